from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import metak2 as mk
from metak2.display import survival as told
from metak2.effects.survival import SurvivalSummary, survival_summaries
from metak2.errors import ModelError

WORKBOOK = Path(__file__).parents[2] / "datasets" / "k2_hcc_recurrence" / "k2_hcc_recurrence.xlsx"


def summaries() -> dict[str, SurvivalSummary]:
    table = mk.read_studies(
        WORKBOOK, sheet="percentages", outcome="HCC recurrence", experimental="MK-4 45 mg", control="control",
        label=["study", "time"],
    )  # fmt: skip
    return {one.study: one for one in survival_summaries(table)}


def test_the_bounds_of_mizuta_are_the_areas_under_the_earliest_and_the_latest_steps() -> None:
    mizuta = summaries()["Mizuta 2006"]
    free_e, free_c = [0.875, 0.61, 0.357], [0.448, 0.168, 0.084]  # 100 less the printed recurrence
    half = 0.0005  # one decimal is printed
    low = 12 * sum(one - half for one in free_e)
    high = 12 * (1 + sum(one + half for one in free_e[:2]))
    assert (mizuta.mean_e.low, mizuta.mean_e.high) == pytest.approx((low, high), rel=1e-12)
    low_c = 12 * sum(one - half for one in free_c)
    high_c = 12 * (1 + sum(one + half for one in free_c[:2]))
    assert (mizuta.difference.low, mizuta.difference.high) == pytest.approx((low - high_c, high - low_c), rel=1e-12)


def test_the_medians_lie_between_the_printed_times_around_one_half() -> None:
    found = summaries()
    assert (found["Mizuta 2006"].median_e.low, found["Mizuta 2006"].median_e.high) == (24, 36)
    assert (found["Mizuta 2006"].median_c.low, found["Mizuta 2006"].median_c.high) == (0, 12)
    assert (found["Kakizaki 2007"].median_e.low, found["Kakizaki 2007"].median_e.high) == (12, 24)


def test_straight_lines_between_the_printed_times_lie_within_the_bounds() -> None:
    for one in summaries().values():
        assert one.difference.low < one.interpolated < one.difference.high


def test_any_curve_through_the_percentages_lies_within_the_bounds() -> None:
    mizuta, rng = summaries()["Mizuta 2006"], np.random.default_rng(1)
    printed = np.array([1, 0.875, 0.61, 0.357])
    for _ in range(50):
        area = 0.0
        for first, last in pairwise(printed):
            inside = np.sort(rng.uniform(last, first, 20))[::-1]  # a falling curve between two printed values
            area += 12 * float(inside.mean())
        assert mizuta.mean_e.low <= area <= mizuta.mean_e.high


def test_a_median_beyond_the_horizon_is_said_to_be() -> None:
    table = mk.read_studies(
        WORKBOOK, sheet="percentages", outcome="survival", experimental="MK-4 45 mg", control="control",
        label=["study", "time"],
    )  # fmt: skip
    assert {told.span(one.median_e, 0) for one in survival_summaries(table)} == {"beyond 36"}


def test_a_sentence_says_which_arm_is_longer_only_where_every_curve_agrees() -> None:
    mizuta = summaries()["Mizuta 2006"]
    assert mizuta.difference.low > 0
    assert "is longer in the experimental arm" in told.reading(mizuta)
    kakizaki = summaries()["Kakizaki 2007"]
    assert ("either arm" in told.reading(kakizaki)) == (kakizaki.difference.low < 0 < kakizaki.difference.high)


def test_counts_are_refused() -> None:
    table = mk.read_studies(
        WORKBOOK, sheet="binary", outcome="HCC recurrence", at="12 months", experimental="MK-4 45 mg", control="control"
    )
    with pytest.raises(ModelError, match="table of percentages"):
        survival_summaries(table)
