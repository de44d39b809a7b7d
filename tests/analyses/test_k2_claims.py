"""The report on the five articles keeps its promises: every claim judged, every number traced, nothing from nowhere."""

import re
import runpy
from pathlib import Path

import pytest

from metak2.report.blocks import Items, Paragraph, Table
from metak2.report.report import Report

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made() -> Report:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        report = runpy.run_path("analyses/k2_claims.py")["report"]()
    assert isinstance(report, Report)
    return report


def prose(made: Report) -> str:
    parts = [block.text for block in made.blocks if isinstance(block, Paragraph)]
    return "\n".join([*parts, *(item for block in made.blocks if isinstance(block, Items) for item in block.items)])


def table(made: Report, caption: str) -> Table:
    return next(block for block in made.blocks if isinstance(block, Table) and block.caption == caption)


def verdicts(made: Report) -> dict[str, str]:
    found = {}
    for block in made.blocks:
        if isinstance(block, Table) and block.caption.startswith("Claims: "):
            found.update({row[0].partition(":")[0]: row[-1] for row in block.rows})
    return found


def test_every_expected_number_is_found(made: Report) -> None:
    assert [f"{e.of}: {e.quantity} {e.found}" for e in made.expectations if not e.met] == []


def test_every_claim_of_the_workbook_stands_in_one_table_with_its_verdict(made: Report) -> None:
    claims = made.results["claims"]
    assert isinstance(claims, dict)
    assert verdicts(made).keys() == claims.keys()
    for name, said in verdicts(made).items():
        assert said.startswith(claims[name]["verdicts"][0])


def test_the_counts_of_the_verdicts_add_up_to_the_claims(made: Report) -> None:
    rows = table(made, "Verdicts by article").rows
    assert sum(int(row[-1]) for row in rows) == len(verdicts(made))
    assert all(sum(map(int, row[1:-1])) == int(row[-1]) for row in rows)


def test_every_cell_behind_a_verdict_is_listed_for_the_student(made: Report) -> None:
    claims = made.results["claims"]
    assert isinstance(claims, dict)
    assert len(table(made, "Cells behind the verdicts").rows) == sum(len(one["evidence"]) for one in claims.values())


def test_the_opening_gives_habus_counts_with_interval_and_doubt(made: Report) -> None:
    opening = next(block.text for block in made.blocks if isinstance(block, Paragraph))
    for words in ("2 of 21 against 9 of 19", "0.20 (95 % CI 0.05 to 0.82)", "1 to 98\u202f% lower", "anticoagulant"):
        assert words in opening


def test_annual_rates_are_one_plausibility_sentence_and_no_rate_ratio(made: Report) -> None:
    text = prose(made)
    # METHODS section 5: 121 to 129 and 101.7 to 102.9 person-years
    assert "121.2 to 129.0 person-years for 21 women and 101.7 to 102.9 person-years for 19 women" in text
    assert "rate ratio" not in text


def test_the_reviews_are_told_with_all_trials_and_without_one(made: Report) -> None:
    text = prose(made)
    for words in ("RR 0.63, p = 0.08", "RR 0.96, p = 0.65", "RR 0.43, p = 0.01", "not significant"):
        assert words in text


def test_corrections_and_consistency_are_told_with_their_published_numbers(made: Report) -> None:
    text = prose(made)
    for words in (
        "OR 0.23 (95\u202f% CI 0.12 to 0.47), then OR 0.30 (95\u202f% CI 0.05 to 1.74)",
        "OR 0.72 (95\u202f% CI 0.55 to 0.95), then OR 0.74 (95\u202f% CI 0.56 to 0.97)",
        "OR 0.96 (95\u202f% CI 0.83 to 1.11), then OR 0.98 (95\u202f% CI 0.85 to 1.14)",
        "one-sided p = 0.811 follows from the interval",
        "p = 0.64 follows from the interval",
    ):
        assert words in text


def test_no_membership_is_shown_that_no_source_gives(made: Report) -> None:
    matrix = table(made, "Which review holds which trial, as first published")
    *trials, total = matrix.rows
    words = [cell for row in trials for cell in row[1:]]
    assert total == ("Listed trials known to be in it", "3", "4", "1")
    assert set(words) == {"yes", "not known"}
    assert words.count("not known") == 4


def test_nothing_in_the_report_accuses(made: Report) -> None:
    assert not re.search(r"\b(fraud|fabricat|liar|cheat|deceiv)", prose(made), re.IGNORECASE)
