import numpy as np
import pytest

from metak2.effects.measures import measure_named
from metak2.plots.axis import Axis, effect_axis, linear_ticks, log_ticks, tick_labels
from tests.plots.factory import VI, YI

RATIO, DIFFERENCE = measure_named("RR"), measure_named("MD")


def axis(measure: str, centres: list[float], half: list[float]) -> Axis:
    middle, reach = np.array(centres), np.array(half)
    return effect_axis(measure_named(measure), middle, np.concatenate([middle - reach, middle + reach]))


def test_a_ratio_axis_has_the_ticks_clinicians_know() -> None:
    thirteen = axis("RR", list(YI), [1.96 * v**0.5 for v in VI])
    assert thirteen.ticks == (0.1, 0.2, 0.5, 1, 2, 5)
    assert thirteen.tick_labels == ("0.1", "0.2", "0.5", "1", "2", "5")


@pytest.mark.parametrize(
    "low,high,ticks",
    [
        (0.08, 12.0, (0.1, 0.2, 0.5, 1, 2, 5, 10)),
        (0.015, 90.0, (0.1, 1, 10)),
        (0.04, 2.5, (0.05, 0.1, 0.2, 0.5, 1, 2)),
        (0.001, 1000.0, (0.001, 0.01, 0.1, 1, 10, 100, 1000)),
    ],
)
def test_ratio_ticks_go_by_decades(low: float, high: float, ticks: tuple[float, ...]) -> None:
    assert log_ticks(low, high) == ticks


def test_a_narrow_ratio_axis_takes_even_steps_with_the_null_among_them() -> None:
    assert log_ticks(0.82, 1.23) == (0.9, 1.0, 1.1, 1.2)
    assert tick_labels((0.9, 1.0, 1.1), log=True) == ("0.9", "1.0", "1.1")


def test_ticks_over_ten_orders_of_magnitude_are_still_few() -> None:
    assert len(log_ticks(1e-8, 1e8)) <= 9


@pytest.mark.parametrize("low,high", [(-3.2, 0.4), (-0.031, 0.058), (0.0, 1200.0), (-1e-6, 3e-6)])
def test_linear_ticks_are_four_to_seven_round_numbers(low: float, high: float) -> None:
    ticks = linear_ticks(low, high)
    assert 4 <= len(ticks) <= 7
    assert low <= min(ticks)
    assert max(ticks) <= high
    assert len(set(np.round(np.diff(ticks), 12))) == 1


def test_tick_labels_of_a_difference_have_the_same_decimals_and_a_true_minus() -> None:
    assert tick_labels((-0.5, 0.0, 0.5), log=False) == ("−0.5", "0.0", "0.5")


def test_no_effect_is_always_on_the_axis() -> None:
    assert not axis("MD", [10.0, 11.0], [1.0, 1.0]).beyond(0.0)
    assert not axis("HR", [-3.0], [0.2]).beyond(1.0)


def test_one_enormous_interval_does_not_flatten_the_rest() -> None:
    usual = [0.5, 0.5, 0.5, 0.5]
    calm, wild = axis("MD", [0.0, 0.2, -0.1, 0.3], usual), axis("MD", [0.0, 0.2, -0.1, 0.3, 0.1], [*usual, 1000.0])
    # the axis grows by at most 0.2 of the range of the rest on each side, and the margins with it
    assert wild.high - wild.low < 1.5 * (calm.high - calm.low)
    assert wild.beyond(-999.9)
    assert wild.beyond(1000.1)


def test_a_ratio_axis_ends_a_factor_of_a_hundred_from_the_middle_study() -> None:
    wide = axis("OR", [0.0, 0.0, 0.0], [6.0, 6.0, 1.0])
    assert wide.high < 100 * 1.5  # 100 and the margins of the axis
    assert wide.beyond(np.exp(6.0))


def test_positions_are_even_on_the_log_scale_and_stop_at_the_ends() -> None:
    axis = Axis(label="", log=True, low=0.1, high=10.0, null=1.0, ticks=(), tick_labels=())
    assert axis.position(1.0) == pytest.approx(0.5, abs=1e-15)  # one rounding of a logarithm
    assert axis.position(0.0) == 0.0
    assert axis.position(1e9) == 1.0


def test_studies_that_cannot_be_estimated_leave_an_axis_around_no_effect() -> None:
    nothing = np.array([np.nan])
    empty = effect_axis(DIFFERENCE, nothing, np.array([np.nan, np.nan]))
    assert empty.low < 0 < empty.high
    assert effect_axis(RATIO, nothing, nothing).null == 1.0


def test_equal_effects_without_any_width_still_have_an_axis() -> None:
    point = effect_axis(DIFFERENCE, np.zeros(3), np.zeros(6))
    assert point.low < 0 < point.high
