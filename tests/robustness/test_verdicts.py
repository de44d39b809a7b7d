"""A verdict follows from a claim and its cells, and from nothing else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from metak2.robustness.verdicts import VERDICTS, JudgedClaim, judge, shown_beside
from metak2.studies.claims import Claim, Evidence, Role, read_claims
from metak2.studies.sheet import CellValue, raw_text

DATASETS = Path(__file__).parents[2] / "datasets"
BEULENS = {"measure": "HR", "estimate": 0.93, "ci_low": 0.87, "ci_high": 1.0, "p": 0.038}
CLAIM: dict[str, Any] = {  # the fields of Claim by name
    "name": "x",
    "article": "002",
    "topic": "t",
    "sentence": "s",
    "number": None,
    "to": None,
    "decimals": 0,
    "unit": "",
    "basis": "review of trials",
    "rule": "effect",
    "scope": "finding",
    "direction": "lower",
    "note": "",
    "cell": "",
    "evidence": (),
}


def evidence(role: Role, column: str, unit: str = "", **row: object) -> Evidence:
    cells: Mapping[str, CellValue] = {
        name: CellValue(value=value, address=f"effects!{name}", raw=raw_text(value))  # type: ignore[arg-type] # any cell
        for name, value in {"study": "S", "outcome": "o", **row}.items()
    }
    value = row[column]
    return Evidence(
        claim="x",
        dataset="d",
        sheet="effects",
        cell="A1",
        row_of="S",
        note="",
        role=role,
        unit=unit,
        column=column,
        value=float(value) if isinstance(value, (int, float)) else str(value),
        row=cells,
    )


def judged(*links: Evidence, **claim: object) -> JudgedClaim:
    return judge(Claim(**{**CLAIM, **claim, "evidence": links}))


def test_ten_gram_for_ten_microgram_is_the_wrong_unit_by_a_million() -> None:
    found = judged(
        evidence("value", "category", "µg", category="per 10 ug/day"), number=10.0, unit="g", rule="as printed"
    )
    assert found.verdict == "unit wrong"
    assert found.factor == pytest.approx(1e6)


def test_a_number_in_another_unit_of_the_same_size_is_supported() -> None:
    found = judged(evidence("value", "duration", "months", duration=84), number=7.0, unit="years", rule="as printed")
    assert (found.verdict, found.found) == ("supported", 7.0)


def test_seven_per_cent_is_beulens_ratio_with_its_interval_left_out() -> None:
    found = judged(
        evidence("value", "estimate", "ratio", **BEULENS),
        number=7.0,
        unit="%",
        rule="per cent lower",
        basis="cohort",
    )
    assert found.verdicts == ("not a trial", "interval omitted")
    assert found.found == 7
    assert found.interval == (0, 13)  # 1 − 1.00 and 1 − 0.87


def test_habus_87_per_cent_is_right_and_may_be_anything_from_1_to_98() -> None:
    row = {"measure": "HR", "estimate": 0.13, "ci_low": 0.02, "ci_high": 0.99, "p": 0.05}
    links = evidence("value", "estimate", "ratio", **row), evidence("effect", "estimate", **row)
    found = judged(*links, number=87.0, unit="%", rule="per cent lower", basis="trial")
    assert (found.verdicts, found.found, found.interval) == (("interval omitted",), 87, (1, 98))


def test_a_number_that_is_not_the_sources_is_contradicted() -> None:
    found = judged(evidence("value", "dose", "mg a day", dose="45 mg/day"), number=15000.0, unit="µg a day", rule="sum")
    assert (found.verdict, found.found) == ("contradicted", 45000)
    assert found.factor == pytest.approx(1 / 3)


def test_fewer_fractures_by_a_p_of_008_are_overstated_and_the_implied_interval_stands_beside() -> None:
    found = judged(evidence("effect", "estimate", measure="RR", estimate=0.63, p=0.08))  # Huang 2014
    assert found.verdict == "overstated"
    # 0.63, p 0.08: SE = |ln 0.63| / 1.7507 = 0.2639
    assert found.effects[0].implied == pytest.approx((0.3756, 1.0568), abs=5e-4)


def test_an_effect_that_every_linked_result_shows_is_supported() -> None:
    assert judged(evidence("effect", "estimate", **BEULENS)).verdict == "supported"
    assert judged(evidence("effect", "p", p=0.006), direction="higher").verdict == "supported"


def test_one_result_that_does_not_show_it_is_enough_to_overstate() -> None:
    null = evidence("effect", "estimate", measure="RR", estimate=0.87, ci_low=0.64, ci_high=1.2)  # Su 2019
    assert judged(evidence("effect", "estimate", **BEULENS), null).verdict == "overstated"


def test_an_effect_the_other_way_contradicts() -> None:
    assert judged(evidence("effect", "estimate", **BEULENS), direction="higher").verdict == "contradicted"


def test_a_one_sided_p_never_shows_an_effect_by_itself() -> None:
    row = {"measure": "HR", "estimate": 1.15, "ci_low": 0.843, "ci_high": 1.57, "p": 0.011, "p_sided": "one"}
    assert judged(evidence("effect", "estimate", **row)).effects[0].seen == "not shown"


@pytest.mark.parametrize("text,seen", [("<0.00001", "shown"), ("not significant", "not shown"), ("<0.2", "not shown")])
def test_words_in_place_of_a_p_are_read_as_bounds_or_as_not_shown(text: str, seen: str) -> None:
    assert judged(evidence("effect", "p_note", "p", p_note=text)).effects[0].seen == seen


def test_one_trial_does_not_make_a_general_rule() -> None:
    shown = evidence("effect", "estimate", measure="HR", estimate=0.2, ci_low=0.04, ci_high=0.91)
    assert judged(shown, basis="trial", scope="general").verdict == "overstated"
    assert judged(shown, basis="trial", scope="finding").verdict == "supported"


@pytest.mark.parametrize(
    "number,basis,verdict",
    [
        (1.6, "trial", "no source found"),
        (None, "mechanism", "not checkable"),
        (None, "in vitro", "not a trial"),
        (None, "animal", "not a trial"),
        (870.0, "food", "no source found"),
    ],
)
def test_a_claim_without_evidence_is_named_for_what_it_is(number: float | None, basis: str, verdict: str) -> None:
    assert judged(number=number, basis=basis, rule="as printed").verdict == verdict


def test_what_stands_beside_a_claim_judges_nothing() -> None:
    beside = evidence("beside", "estimate", measure="RR", estimate=0.43, p=0.01)
    null = evidence("effect", "estimate", measure="RR", estimate=0.96, p=0.65)  # Ma 2022, with and without one trial
    found = judged(null, beside)
    assert (found.verdict, len(found.effects)) == ("overstated", 1)
    assert [one.seen for one in shown_beside(found.claim)] == ["shown"]


def test_a_range_holds_every_number_within_it() -> None:
    inside = evidence("value", "dose", "µg", dose=180)
    assert judged(inside, number=90.0, to=200.0, unit="µg", rule="as printed").verdict == "supported"
    assert judged(inside, number=90.0, to=100.0, unit="µg", rule="as printed").verdict == "contradicted"


@pytest.mark.parametrize(
    "sentence,verdict",
    [
        ("87 % lower", "interval omitted"),
        ("10 gram", "unit wrong"),
        ("6,425", "supported"),
        ("was 1.6 %", "no source found"),
        ("was 8.8 %", "no source found"),
        ("it is 7.9 %", "no source found"),
        ("will lower the risk of fracture", "overstated"),
        ("strengthens bones and lowers the risk", "overstated"),
        ("907 days", "supported"),
        ("A study of 2019", "not a trial"),
        ("in culture, and so repairs", "not a trial"),
        ("Lack of vitamin K2", "not checkable"),
        ("higher bone density of the spine", "supported"),
    ],
)
def test_the_claims_of_the_five_articles_get_the_verdicts_the_evidence_gives(sentence: str, verdict: str) -> None:
    found = [c for c in read_claims(DATASETS / "k2_claims" / "k2_claims.xlsx", DATASETS) if sentence in c.sentence]
    assert [judge(claim).verdict for claim in found] == [verdict]


def test_every_verdict_has_a_meaning_and_an_order() -> None:
    assert tuple(VERDICTS)[:2] == ("contradicted", "unit wrong")
    assert VERDICTS["supported"] == "the source says so"
