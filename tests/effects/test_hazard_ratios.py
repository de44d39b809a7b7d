"""Hazard ratios rebuilt from printed percentages and from log-rank p values."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.effects.hazard_ratios import hazard_ratio_from_logrank, hazard_ratios_from_percentages
from metak2.errors import ModelError, StudyDataError
from metak2.studies.table import StudyTable
from tests.effects.made_up import study_table, trials
from tests.strategies import quick

TIMES = ("12 months", "24 months")


def curves(
    experimental: Sequence[float | None],
    control: Sequence[float | None],
    *,
    people: tuple[float | None, float | None] = (100, 100),
    direction: str = "event",
    times: tuple[str, ...] = TIMES,
) -> StudyTable:
    """One trial's percentages, a row per time."""
    return study_table(
        "percentages",
        [f"Trial, {time}" for time in times],
        key=["Trial"] * len(times),
        time=times,
        direction=[direction] * len(times),
        percent_e=experimental,
        percent_c=control,
        n_e=[people[0]] * len(times),
        n_c=[people[1]] * len(times),
    )


def ratio(table: StudyTable) -> tuple[float, float]:
    effects = hazard_ratios_from_percentages(table)
    return float(effects.yi[0]), float(effects.vi[0])


def complaints(table: StudyTable) -> list[str]:
    with pytest.raises(StudyDataError) as caught:
        hazard_ratios_from_percentages(table)
    return [f"{problem.code} {problem.cell} {problem.message}" for problem in caught.value.problems]


def test_two_intervals_by_hand() -> None:
    # Parmar 1998: D of R at risk in an interval give log(D1/R1) - log(D2/R2), variance 1/D1 - 1/R1 + 1/D2 - 1/R2.
    # First year: 10 of 100 against 20 of 100. Second: 27 of 90 against 24 of 80. Both by inverse variance.
    first, first_vi = math.log(0.1 / 0.2), 1 / 10 - 1 / 100 + 1 / 20 - 1 / 100
    second, second_vi = math.log(0.3 / 0.3), 1 / 27 - 1 / 90 + 1 / 24 - 1 / 80
    information = 1 / first_vi + 1 / second_vi
    yi, vi = ratio(curves([10, 37], [20, 44]))
    assert yi == pytest.approx((first / first_vi + second / second_vi) / information, rel=1e-12)  # a few roundings
    assert vi == pytest.approx(1 / information, rel=1e-12)  # as above


def test_twice_as_many_people_halve_the_variance() -> None:
    yi, vi = ratio(curves([10, 37], [20, 44]))
    assert ratio(curves([10, 37], [20, 44], people=(200, 200))) == pytest.approx((yi, vi / 2), rel=1e-12)  # roundings


def exponential_percentages(times: tuple[int, ...], hazard: float, people: int, seed: int) -> list[float]:
    """Per cent with the event by each time among simulated people, printed with one decimal."""
    onset = np.random.default_rng(seed).exponential(1 / hazard, people)
    return [round(100 * float(np.mean(onset <= time)), 1) for time in times]


@pytest.mark.parametrize("truth", [0.5, 0.8, 1.0, 1.6])
def test_simulated_exponential_trials_give_the_true_ratio_back(truth: float) -> None:
    months = tuple(range(2, 37, 2))
    table = curves(
        exponential_percentages(months, 0.02 * truth, 4000, seed=1),
        exponential_percentages(months, 0.02, 4000, seed=2),
        people=(4000, 4000),
        times=tuple(f"{month} months" for month in months),
    )
    yi, vi = ratio(table)
    # Chance: three standard errors. Intervals of two months with 4 % at risk of the event shift the ratio by under 1 %.
    assert abs(yi - math.log(truth)) < 3 * math.sqrt(vi) + 0.01


def test_wide_intervals_pull_the_ratio_towards_one() -> None:
    # Exact exponential curves with a hazard ratio of one half: within an interval risks differ less than hazards.
    def pulled(months: tuple[int, ...]) -> float:
        free = [[100 * math.exp(-0.08 * truth * month) for month in months] for truth in (0.5, 1.0)]
        return ratio(curves(*free, direction="event-free", times=tuple(f"{month} months" for month in months)))[0]

    assert math.log(0.5) < pulled((6, 12, 18, 24, 30, 36)) < pulled((12, 24, 36)) < pulled((36,)) < 0


percentages = st.lists(st.integers(1, 95), min_size=2, max_size=2, unique=True).map(sorted)


@given(percentages, percentages, st.integers(5, 400), st.integers(5, 400))
@quick
def test_swapping_the_arms_negates_the_ratio(one: list[int], other: list[int], n: int, m: int) -> None:
    yi, vi = ratio(curves(list(one), list(other), people=(n, m)))
    back, vi_back = ratio(curves(list(other), list(one), people=(m, n)))
    assert yi == pytest.approx(-back, rel=1e-9, abs=1e-12)  # a few roundings
    assert vi == pytest.approx(vi_back, rel=1e-9)  # as above


@given(percentages, percentages)
@quick
def test_percentages_with_the_event_are_a_hundred_minus_those_free_of_it(one: list[int], other: list[int]) -> None:
    free = [[100.0 - percent for percent in arm] for arm in (one, other)]
    assert ratio(curves(list(one), list(other))) == pytest.approx(
        ratio(curves(*free, direction="event-free")),
        rel=1e-9,
        abs=1e-12,  # 1 - p/100 and (100 - p)/100 round differently
    )


def test_the_order_of_the_rows_does_not_matter() -> None:
    assert ratio(curves([37, 10], [44, 20], times=("2 years", "12 months"))) == ratio(curves([10, 37], [20, 44]))


def test_a_time_that_lacks_one_arm_is_passed_over() -> None:
    three = curves([10, 20, 37], [20, None, 44], times=("12 months", "18 months", "24 months"))
    assert ratio(three) == ratio(curves([10, 37], [20, 44]))


def test_an_arm_without_events_is_listed_and_not_estimable() -> None:
    effects = hazard_ratios_from_percentages(curves([0, 0], [20, 44]))
    assert effects.excluded == ("not estimable",)
    assert [note.code for note in effects.notes] == ["EXCLUDED"]


def test_a_rebuilt_ratio_says_so_with_its_cells_and_its_assumption() -> None:
    effects = hazard_ratios_from_percentages(curves([10, 37], [20, 44]))
    (note,) = effects.notes
    assert note.code == "RECONSTRUCTED"
    assert note.where == ("Trial",)
    assert "Kaplan–Meier percentages at 12 and 24 months" in note.values["how"]
    assert effects.words("ratio") == ("reconstructed",)
    (origin,) = effects.origins
    assert origin.cells["percent_e"] == "sheet!E2 + sheet!E3"
    assert origin.values["percent_c"] == "20 at 12 months, 44 at 24 months"
    (step,) = origin.conversions
    assert step.rule == "log HR from survival percentages"
    assert step.inputs["S₁(24 months)"] == pytest.approx(0.63, rel=1e-15)  # one subtraction
    assert "censored" in step.assumption


def test_a_higher_hazard_of_dying_is_worse_though_being_alive_is_better() -> None:
    alive = replace(curves([90, 63], [80, 56], direction="event-free"), higher_is="better")
    assert hazard_ratios_from_percentages(alive).higher_is == "worse"
    assert hazard_ratios_from_percentages(replace(curves([10, 37], [20, 44]), higher_is="worse")).higher_is == "worse"


@pytest.mark.parametrize(
    "table, said",
    [
        (curves([37, 10], [20, 44]), ["MK-P06 sheet!E3 10 per cent event after 37 in sheet!E2"]),
        (curves([63, 90], [56, 40], direction="event-free"), ["MK-P06 sheet!E3 90 per cent event-free after 63"]),
        (curves([10, 37], [20, 44], people=(None, 100)), ["MK-P03 sheet!G2 blank", "MK-P03 sheet!G3 blank"]),
        (curves([10, 37], [None, None]), ["MK-P05 sheet!F2 no percentage of the control", "MK-P05 sheet!F3"]),
        (curves([10, 37], [20, 44], direction="alive"), ["MK-P02 sheet!D2 'alive'", "MK-P02 sheet!D3 'alive'"]),
        (curves([10, 37], [20, 44], times=("early", "late")), ["MK-P01 sheet!C2 'early'", "MK-P01 sheet!C3 'late'"]),
        (curves([10, 37], [20, 44], times=("12 months", "1 year")), ["MK-P01 sheet!C3 '1 year' is the same time"]),
    ],
)
def test_what_cannot_be_a_curve_is_named_with_its_cells(table: StudyTable, said: list[str]) -> None:
    found = complaints(table)
    assert len(found) == len(said)
    assert all(line.startswith(start) for line, start in zip(found, said, strict=True)), found


def test_an_arm_that_grows_between_two_times_is_refused() -> None:
    table = curves([10, 37], [20, 44])
    grown = replace(table, columns={**table.columns, "n_c": np.array([100.0, 120.0])})
    assert complaints(grown) == ["MK-P04 sheet!H3 120 people, but 100 in sheet!H2"]


def test_every_problem_is_reported_at_once() -> None:
    assert len(complaints(curves([37, 10], [44, 20]))) == 2


def test_counts_are_not_percentages() -> None:
    with pytest.raises(ModelError, match="table of percentages; this one holds counts"):
        hazard_ratios_from_percentages(trials([("Trial", 1, 10, 2, 10)]))


def printed(**columns: Any) -> StudyTable:  # noqa: ANN401 - a cell of a study table: number or text
    values = {"measure": "logrank", "pval": 0.04, "p_sided": "two", **columns}
    return study_table("effects", ["Trial"], **{name: [value] for name, value in values.items()})


def test_a_log_rank_p_value_gives_the_ratio_by_hand() -> None:
    # V = 90 * 100 * 50 / 150^2 = 20; p = 0.045500 is z = 2: log HR = -2 / sqrt(20), variance 1 / 20.
    counts = trials([("Trial", 50, 100, 40, 50)])
    two_sigma = math.erfc(2 / math.sqrt(2))
    effects = hazard_ratio_from_logrank(counts, printed(pval=two_sigma), study="Trial", fewer_in="experimental")
    assert effects.yi[0] == pytest.approx(-2 / math.sqrt(20), rel=1e-12)  # quantile and back
    assert effects.vi[0] == pytest.approx(1 / 20, rel=1e-14)  # a few roundings
    assert effects.notes[0].code == "RECONSTRUCTED"
    assert effects.origins[0].cells["pval"] == "sheet!C2"


def test_the_arm_that_fared_better_decides_the_sign() -> None:
    counts = trials([("Trial", 20, 50, 25, 50)])
    lower = hazard_ratio_from_logrank(counts, printed(), study="Trial", fewer_in="experimental")
    higher = hazard_ratio_from_logrank(counts, printed(), study="Trial", fewer_in="control")
    assert lower.yi[0] == -higher.yi[0] < 0


def test_a_one_sided_p_value_is_made_two_sided_first() -> None:
    counts = trials([("Trial", 20, 50, 25, 50)])
    one = hazard_ratio_from_logrank(counts, printed(pval=0.02, p_sided="one"), study="Trial", fewer_in="control")
    two = hazard_ratio_from_logrank(counts, printed(pval=0.04), study="Trial", fewer_in="control")
    assert one.yi[0] == two.yi[0]
    assert [step.rule for step in one.origins[0].conversions] == [
        "two-sided p from one-sided p",
        "log HR from log-rank p",
    ]


@pytest.mark.parametrize("test, said", [("p", "an unnamed test"), ("", "an unnamed test"), ("RR", "RR")])
def test_a_p_value_of_another_test_gives_no_ratio(test: str, said: str) -> None:
    counts = trials([("Trial", 20, 50, 25, 50)])
    with pytest.raises(ModelError, match=f"its p value is of {said}, not of the log-rank test"):
        hazard_ratio_from_logrank(counts, printed(measure=test), study="Trial", fewer_in="control")


def test_blank_events_and_a_blank_p_value_are_named_together() -> None:
    counts = trials([("Trial", math.nan, 50, 25, 50)])
    with pytest.raises(StudyDataError) as caught:
        hazard_ratio_from_logrank(counts, printed(pval=math.nan), study="Trial", fewer_in="control")
    assert [problem.cell for problem in caught.value.problems] == ["sheet!B2", "sheet!C2"]


def test_a_study_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(ModelError, match="no study called 'Habu 2004'; there are Trial"):
        hazard_ratio_from_logrank(trials([("Trial", 20, 50, 25, 50)]), printed(), study="Habu 2004", fewer_in="control")


def test_two_rows_of_one_study_leave_a_choice() -> None:
    counts = trials([("Trial, 45 mg", 20, 50, 25, 50), ("Trial, 90 mg", 22, 50, 25, 50)], key=["Trial", "Trial"])
    with pytest.raises(ModelError, match="2 rows of Trial: Trial, 45 mg; Trial, 90 mg"):
        hazard_ratio_from_logrank(counts, printed(), study="Trial", fewer_in="control")
