"""The teaching set: the first paragraph gives the answer, its spread over settings, and why to doubt it."""

from pathlib import Path

import pytest

import metak2 as mk
from metak2.report.blocks import References

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def report() -> mk.Report:
    return mk.run_plan(Path(__file__).parents[2] / "analyses/bcg.toml")


def text(report: mk.Report) -> str:
    return "\n".join(block.text for block in report.blocks if isinstance(block, mk.Paragraph))


@pytest.mark.parametrize(
    "fact",
    [
        # metafor 3.8-1, rma(yi, vi, test="knha"): exp of -0.7145 (-1.1084 to -0.3206), p = 0.0019
        "risk ratio 0.49 (95\u202f% CI 0.33 to 0.73) from 13 studies",
        "random effects, REML; Hartung–Knapp interval, p = 0.0019",
        "does not include 1, which is no effect",
        "between 0.14 and 1.76 (95\u202f% prediction interval",  # predict(): 0.1359 to 1.7629
        "Why to doubt it: The trials differ far more than chance explains",
        "Risk of bias is not assessed",
    ],
)
def test_the_first_paragraph_answers_with_uncertainty_and_doubt(report: mk.Report, fact: str) -> None:
    assert fact in next(block.text for block in report.blocks if isinstance(block, mk.Paragraph))


def test_moderators_are_called_what_the_plan_calls_them(report: mk.Report) -> None:
    assert "the moderator Latitude (°) explains 75.6" in text(report)  # metafor 3.8-1: R2 75.62662
    assert "ablat" not in text(report)
    assert mk.Heading("Subgroups by Allocation", 3) in report.blocks


def test_the_test_of_subgroups_names_its_model(report: mk.Report) -> None:
    assert "random effects, REML, each group with its own τ² (none in common)" in text(report)


def test_a_risk_difference_has_three_decimals(report: mk.Report) -> None:
    (table,) = (b for b in report.blocks if isinstance(b, mk.Table) and b.caption == "Other choices")
    (row,) = (row for row in table.rows if row[1] == "RD")
    assert row[4].startswith("−0.025 (−0.049 to −0.001)")  # metafor 3.8-1: -0.0252 (-0.0493 to -0.0011)


def test_the_studies_are_cited_where_they_were_read(report: mk.Report) -> None:
    (studies, _) = (block.items for block in report.blocks if isinstance(block, References))
    assert "Aronson 1948" in studies[0]
    assert "https://" in studies[0]
