"""The authors' hazard ratio is the answer; nothing is made of the quartiles and nothing said of 45 mg."""

from pathlib import Path

import pytest

import metak2 as mk
from metak2.plan.expect import unmet

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def report() -> mk.Report:
    return mk.run_plan(Path(__file__).parents[2] / "analyses/beulens2010.py")


def test_the_hazard_ratio_per_ten_micrograms_is_the_answer(report: mk.Report) -> None:
    opening = next(block.text for block in report.blocks if isinstance(block, mk.Paragraph))
    assert "0.93 (95 % CI 0.87 to 1.00), p 0.038" in opening
    assert not list(unmet(report.expectations))


def test_a_trend_of_the_quartiles_is_not_estimable_and_the_missing_columns_are_named(report: mk.Report) -> None:
    text = " ".join(block.text for block in report.blocks if isinstance(block, mk.Paragraph))
    assert "not estimable: columns missing for Beulens 2010: cases, n (people or person-time)" in text
