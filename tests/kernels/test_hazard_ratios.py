import math

import numpy as np
import pytest

from metak2.kernels.hazard_ratios import log_hazard_ratio_from_logrank, log_hazard_ratio_from_percentages


def reconstructed(pval: float, events: float, n1: float, n2: float, sign: float) -> tuple[float, float]:
    yi, vi = log_hazard_ratio_from_logrank(*(np.array(value) for value in (pval, events, n1, n2, sign)))
    return float(yi), float(vi)


def test_equal_arms_give_a_quarter_of_the_events_as_information() -> None:
    # V = 100 / 4 = 25; two-sided p = 0.05 is z = 1.959964; log HR = -1.959964 / 5.
    yi, vi = reconstructed(0.05, 100, 60, 60, -1)
    assert yi == pytest.approx(-1.959963984540054 / 5, rel=1e-13)  # one quantile
    assert vi == pytest.approx(1 / 25, rel=1e-15)  # one rounding


def test_unequal_arms_carry_less_information() -> None:
    # Two to one: V = 90 * 2 / 9 = 20.
    _, vi = reconstructed(0.05, 90, 200, 100, 1)
    assert vi == pytest.approx(1 / 20, rel=1e-14)  # a few roundings


def test_the_reconstructed_ratio_gives_the_p_value_back() -> None:
    yi, vi = reconstructed(0.013, 47, 80, 71, 1)
    assert math.erfc(yi / math.sqrt(2 * vi)) == pytest.approx(0.013, rel=1e-12)  # quantile and back


def test_a_p_value_of_one_is_a_ratio_of_one() -> None:
    assert reconstructed(1.0, 30, 50, 50, -1)[0] == 0


@pytest.mark.parametrize("pval, events, sign", [(0.0, 30, 1), (1.2, 30, 1), (0.5, 0, 1), (0.5, 30, 0), (np.nan, 30, 1)])
def test_what_cannot_be_reconstructed_is_nan(pval: float, events: float, sign: float) -> None:
    assert np.isnan(reconstructed(pval, events, 50, 50, sign)).all()


def test_one_interval_by_hand() -> None:
    # 100 people in each arm, 80 % and 60 % free at one year: D = 20 and 40, log(20 / 40), 1/20 - 1/100 + 1/40 - 1/100.
    yi, vi = log_hazard_ratio_from_percentages(np.array([12.0]), np.array([0.8]), np.array([0.6]), 100, 100)
    assert yi == pytest.approx(math.log(0.5), rel=1e-14)  # a few roundings
    assert vi == pytest.approx(0.055, rel=1e-13)  # as above


def test_two_intervals_by_hand() -> None:
    # Second year: of 80 and 60 at risk 20 and 20 have the event: log((20 / 80) / (20 / 60)), 1/20 - 1/80 + 1/20 - 1/60.
    yi, vi = log_hazard_ratio_from_percentages(
        np.array([12.0, 24.0]), np.array([0.8, 0.6]), np.array([0.6, 0.4]), 100, 100
    )
    first, second = 1 / 0.055, 1 / (1 / 20 - 1 / 80 + 1 / 20 - 1 / 60)
    expected = (first * math.log(0.5) + second * math.log(0.75)) / (first + second)
    assert yi == pytest.approx(expected, rel=1e-13)  # as above
    assert vi == pytest.approx(1 / (first + second), rel=1e-13)  # as above


def test_an_interval_without_an_event_in_one_arm_is_joined_with_the_next() -> None:
    joined = log_hazard_ratio_from_percentages(
        np.array([6.0, 12.0]), np.array([1.0, 0.8]), np.array([0.9, 0.6]), 100, 100
    )
    single = log_hazard_ratio_from_percentages(np.array([12.0]), np.array([0.8]), np.array([0.6]), 100, 100)
    assert joined == single


def test_a_last_interval_without_an_event_in_one_arm_is_joined_with_the_one_before() -> None:
    joined = log_hazard_ratio_from_percentages(
        np.array([6.0, 12.0]), np.array([0.9, 0.8]), np.array([0.6, 0.6]), 100, 100
    )
    single = log_hazard_ratio_from_percentages(np.array([12.0]), np.array([0.8]), np.array([0.6]), 100, 100)
    assert joined == single


def test_swapping_the_arms_negates_the_ratio() -> None:
    times, first, second = np.array([12.0, 24.0]), np.array([0.8, 0.55]), np.array([0.6, 0.3])
    forth = log_hazard_ratio_from_percentages(times, first, second, 90, 120)
    back = log_hazard_ratio_from_percentages(times, second, first, 120, 90)
    assert forth == pytest.approx((-back[0], back[1]), rel=1e-13)  # a few roundings


@pytest.mark.parametrize(
    "times, first, second",
    [
        ([12.0, 24.0], [0.8, 0.9], [0.6, 0.5]),  # a curve that rises
        ([24.0, 12.0], [0.8, 0.7], [0.6, 0.5]),  # times that fall
        ([12.0, 24.0], [1.0, 1.0], [0.6, 0.5]),  # an arm without events
        ([12.0], [80.0], [60.0]),  # per cent where proportions are asked for
        ([12.0], [np.nan], [0.6]),
    ],
)
def test_curves_that_cannot_be_are_nan(times: list[float], first: list[float], second: list[float]) -> None:
    assert np.isnan(log_hazard_ratio_from_percentages(np.array(times), np.array(first), np.array(second), 50, 50)).all()
