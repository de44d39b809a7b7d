import json
import runpy
from pathlib import Path

import pytest

import metak2 as mk
from metak2.report.canonical_json import canonical_json
from metak2.report.report import results_json

ROOT = Path(__file__).parents[2]
FORMULA = ("C(", "[AL]", "|", "district/school", "groups of")


def made(name: str) -> mk.Report:
    report: mk.Report = runpy.run_path(str(ROOT / "analyses" / f"{name}.py"))["report"]()
    return report


@pytest.fixture(scope="module")
def schools() -> mk.Report:
    return made("school_calendars")


@pytest.fixture(scope="module")
def surgery() -> mk.Report:
    return made("periodontal_surgery")


def first(report: mk.Report) -> str:
    opening = report.blocks[0]
    assert isinstance(opening, mk.Paragraph)
    return opening.text


def test_the_first_paragraph_tells_answer_levels_predictions_and_doubts_in_words(schools: mk.Report) -> None:
    words = first(schools)
    for part in (
        "standardised mean difference 0.185 (95\u202f% CI −0.004 to 0.373) from 56 schools in 11 districts",
        "67\u202f% lies between districts and 33\u202f% between schools of one district",
        "In a new district the effect is expected within",
        "a single school there within",
        "Why to doubt it: Schools of one district resemble each other",
        "With one district at a time left out the estimate lies between 0.122 (without district 71)",
    ):
        assert part in words


def test_outcomes_are_called_by_their_names_and_say_whom_they_favour(surgery: mk.Report) -> None:
    words = first(surgery)
    assert "from 10 effects in 5 trials" in words
    assert "for attachment level (AL), p = " in words
    assert "for probing depth (PD), p < 0.001, which favours surgery" in words


@pytest.mark.parametrize("which", ["schools", "surgery"])
def test_no_formula_stands_in_the_first_paragraph_or_a_table(which: str, request: pytest.FixtureRequest) -> None:
    report: mk.Report = request.getfixturevalue(which)
    tables = [block for block in report.blocks if isinstance(block, mk.Table)]
    heads = [column.title for table in tables for column in table.columns]
    cells = [row[0] for table in tables for row in table.rows]
    for text in (first(report), *heads, *cells):
        assert not [sign for sign in FORMULA if sign in text]


@pytest.mark.parametrize("which, pages", [("schools", 2), ("surgery", 1)])
def test_the_report_has_its_forest_plot(which: str, pages: int, request: pytest.FixtureRequest) -> None:
    pictures = [block for block in request.getfixturevalue(which).blocks if isinstance(block, mk.Picture)]
    assert len(pictures) == pages
    assert pictures[-1].drawing.alt.count("prediction interval")


def test_each_level_is_in_results_json_with_its_share_and_its_prediction(schools: mk.Report) -> None:
    primary = json.loads(canonical_json(results_json(schools)))["results"]["multilevel"]["primary"]
    assert [one["term"] for one in primary["levels"]] == ["district", "district/school"]
    assert sum(one["share"] for one in primary["levels"]) == pytest.approx(100)


def test_a_report_on_a_regression_of_levels_names_its_coefficients() -> None:
    effects = mk.effect_sizes(mk.read_studies(ROOT / "datasets/teaching/konstantopoulos2011.csv"), measure="SMD")
    result = mk.multilevel(effects, "district/school", "center(year)")
    report = mk.multilevel_report("Years", result, about="schools over the years", cluster="district")
    assert "year (about its mean): " in first(report)
    assert "Of the variance of the true effects" in first(report)
