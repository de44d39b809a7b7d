"""The first paragraph says what one small trial found, how sure it is, and why to doubt it."""

from pathlib import Path

import pytest

import metak2 as mk

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def report() -> mk.Report:
    return mk.run_plan(Path(__file__).parents[2] / "analyses/habu2004.py")


@pytest.fixture(scope="module")
def opening(report: mk.Report) -> str:
    return next(block.text for block in report.blocks if isinstance(block, mk.Paragraph))


@pytest.mark.parametrize(
    "fact",
    [
        "2 of 21 women",
        "9 of 19",
        "45 mg a day",
        "over about 7 years",
        "risk ratio 0.20 (95\u202f% CI 0.05 to 0.82)",  # metafor 3.8-1: 0.2011 (0.0495 to 0.8160)
        "Fisher's exact p = 0.012",  # exact arithmetic: 0.0123
        "38 fewer per 100 (12 to 64 fewer)",  # metafor 3.8-1: RD -0.378 (-0.636 to -0.121)
    ],
)
def test_the_opening_gives_counts_ratio_difference_and_exact_p(opening: str, fact: str) -> None:
    assert fact in opening


@pytest.mark.parametrize(
    "doubt",
    [
        "one small trial",
        "not the trial's own endpoint",
        "risk of bias is not assessed",
        "eleven events decide it",
        "a large blinded trial on the return of treated cancer found no benefit",
    ],
)
def test_the_opening_says_why_to_doubt_it(opening: str, doubt: str) -> None:
    assert doubt in opening
    assert "significan" not in opening


def test_the_number_needed_has_its_horizon_and_baseline_risk_in_whole_people(report: mk.Report) -> None:
    (lines,) = (block.items for block in report.blocks if isinstance(block, mk.Items))
    # 1 / 0.3784, 1 / 0.6357 and 1 / 0.1212, each up to a whole person
    assert lines[-1] == "Number needed to treat over 7 years, at a baseline risk of 47\u202f%: NNTB 3 (2 to 9)."


def test_every_expected_number_is_found(report: mk.Report) -> None:
    assert len(report.expectations) >= 9
    assert [one for one in report.expectations if not one.met] == []
