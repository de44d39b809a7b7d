"""What questions the answer, in the report: each with its sentence, its figure or table, and its described JSON."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import metak2 as mk
from metak2.models.pooled import Pooled
from metak2.models.regress import regress
from metak2.report.blocks import Caveat, Heading, Paragraph, References, Table
from metak2.report.canonical_json import canonical_json
from metak2.report.comparison import Comparison
from metak2.report.compose import full_report
from metak2.report.report import Report, results_json
from metak2.report.results_schema import results_schema
from metak2.robustness.alternatives import Alternatives, Filter, Specification
from metak2.robustness.bootstrap import bootstrap
from metak2.robustness.fragility import fragility
from metak2.robustness.gosh import gosh
from metak2.robustness.influence import influence
from metak2.robustness.leave_one_out import leave_two_out
from metak2.robustness.specification import specification_curve
from tests.report.test_results_schema import strict

ROOT = Path(__file__).parents[2]
KINDS = ("bootstrap", "fragility", "gosh", "influence", "leave-two-out")


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    studies = mk.read_studies(
        ROOT / "datasets/bcg/bcg.xlsx", outcome="tuberculosis", experimental="BCG", control="no vaccination"
    )
    pooled = mk.pool(mk.effect_sizes(studies, measure="RR"), method="DL", test="z")
    return Comparison(
        name="bcg",
        title="BCG",
        about="BCG and tuberculosis",
        primary=pooled,
        columns={"ablat": "Latitude (°)"},
        regressions={
            "ablat": regress(pooled.effects, "ablat", method="DL", test="z"),
            "both": regress(pooled.effects, "ablat + C(alloc)", method="CE"),
        },
        designs={
            "gosh": gosh(pooled, n=500),
            "leave-two-out": leave_two_out(pooled),
            "bootstrap": bootstrap(pooled, n=200),
            "fragility": fragility(pooled),
            "influence": influence(pooled),
        },
        specifications=specification_curve(
            studies,
            planned=Specification(measure="RR", method="DL", test="z"),
            alternatives=Alternatives(
                measures=("OR",),
                methods=("CE", "MH"),
                filters=(*Alternatives().filters, Filter(name="random", column="alloc", keep=("random",))),
            ),
        ),
    )


@pytest.fixture(scope="module")
def report(comparison: Comparison) -> Report:
    return full_report("BCG", comparisons=[comparison])


@pytest.fixture(scope="module")
def written(report: Report) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(canonical_json(results_json(report)))
    return found


def table(report: Report, caption: str) -> Table:
    (found,) = [block for block in report.blocks if isinstance(block, Table) and block.caption == caption]
    return found


def test_every_question_has_a_heading_and_a_sentence_below_it(report: Report) -> None:
    blocks = list(report.blocks)
    for title in (
        "Meta-regression on Latitude (°)",
        "Meta-regression on both",
        "All subsets (GOSH)",
        "Leave-two-out",
        "Bootstrap",
        "Fragility of the conclusion",
        "Influence",
        "Specification curve",
    ):
        at = blocks.index(Heading(title, 3))
        assert isinstance(blocks[at + 1], Paragraph)


def test_every_figure_is_there_under_its_name(report: Report) -> None:
    names = {picture.name for picture in report.pictures}
    assert {
        "bcg-bubble-1",
        "bcg-gosh",
        "bcg-leave-two-out",
        "bcg-bootstrap",
        "bcg-fragility",
        "bcg-specifications",
    } <= names
    (bubble,) = [picture for picture in report.pictures if picture.name == "bcg-bubble-1"]
    assert "against Latitude (°)" in bubble.drawing.alt
    assert "bcg-bubble-2" not in names  # two moderators have no one axis


def test_the_coefficients_stand_on_the_analysis_scale_and_as_ratios(report: Report) -> None:
    shown = table(report, "Coefficients of the meta-regression on Latitude (°)")
    assert [row[0] for row in shown.rows] == ["intercept", "Latitude (°)"]
    # metafor 3.8-1, rma(yi, vi, mods=~ablat, method="DL"): -0.0292 (se 0.0067); exp(-0.0292) = 0.971
    assert shown.rows[1][1].startswith("−0.0292")
    assert shown.rows[1][6].startswith("0.971")
    assert "R² (share of τ² explained)" in shown.notes[0]


def test_influence_has_a_row_for_each_study(report: Report, comparison: Comparison) -> None:
    assert isinstance(comparison.primary, Pooled)
    assert [row[0] for row in table(report, "Influence of each study").rows] == list(comparison.primary.study)


def test_the_answers_by_choice_mark_the_planned_one(report: Report) -> None:
    choices = [row[0] for row in table(report, "Answers by choice").rows]
    assert "method: DL (planned)" in choices
    assert {"method: CE", "random", "not: random (planned)"} <= set(choices)


def test_caveats_of_a_regression_stand_with_it(report: Report) -> None:
    blocks = list(report.blocks)
    after = blocks[blocks.index(Heading("Meta-regression on both", 3)) :]
    assert any(isinstance(block, Caveat) for block in after[:4])  # thirteen studies for three coefficients


def test_the_papers_behind_the_designs_are_cited(report: Report) -> None:
    references = [block for block in report.blocks if isinstance(block, References)][-1]
    cited = " ".join(references.items)
    for author in ("Olkin", "Van den Noortgate", "Atal", "Viechtbauer & Cheung", "Simonsohn", "Thompson & Higgins"):
        assert author in cited


def test_every_name_in_the_json_is_described(written: dict[str, Any]) -> None:
    schema = strict(json.loads(results_schema()))
    assert [(e.json_path, e.message) for e in Draft202012Validator(schema).iter_errors(written)] == []


def test_every_kind_is_checked_by_the_schema_and_not_let_through(written: dict[str, Any]) -> None:
    validator = Draft202012Validator(json.loads(results_schema()))
    results = written["results"]["bcg"]
    found = [*(results[name] for name in KINDS), results["regression"]["ablat"], results["specifications"]]
    for result in found:
        removed = {name: value for name, value in written.items() if name != "results"}
        for name in result.keys() - {"kind"}:
            wrong = {key: value for key, value in result.items() if key != name}
            assert not validator.is_valid({**removed, "results": {"bcg": {"it": wrong}}}), (result["kind"], name)


def test_the_json_of_a_cloud_holds_its_shape_not_each_subset(written: dict[str, Any]) -> None:
    cloud = written["results"]["bcg"]["gosh"]
    assert (cloud["subsets"], cloud["complete"], cloud["seed"]) == (500, False, 1)
    assert cloud["estimate"]["minimum"] < cloud["estimate"]["median"] < cloud["estimate"]["maximum"]
    assert len(cloud["separation"]) == 13


def test_the_json_marks_one_planned_specification_and_it_is_the_primary_answer(written: dict[str, Any]) -> None:
    results = written["results"]["bcg"]
    (planned,) = [one for one in results["specifications"]["specifications"] if one["planned"]]
    # ten digits are written, and a batch and a single fit differ in the last of double precision
    assert planned["estimate"] == pytest.approx(results["primary"]["estimate"], rel=1e-9)


def test_a_pair_in_the_json_is_named(written: dict[str, Any]) -> None:
    pairs = written["results"]["bcg"]["leave-two-out"]["pairs"]
    assert len(pairs) == 13 * 12 / 2
    assert pairs[0]["without"] == ["Aronson 1948", "Ferguson & Simes 1949"]


def test_a_report_without_further_questions_has_none_of_their_headings(comparison: Comparison) -> None:
    plain = Comparison(name="bcg", title="BCG", about="BCG", primary=comparison.primary)
    report = full_report("BCG", comparisons=[plain])
    assert {picture.name for picture in report.pictures} == {"bcg-forest", "bcg-funnel"}
    assert set(report.results["bcg"]) == {"primary"}  # type: ignore[call-overload] # a dict by results_of
