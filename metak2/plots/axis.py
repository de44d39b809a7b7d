"""The effect axis of a picture: its range, its ticks and where a value stands on it."""

import math
from dataclasses import dataclass

import numpy as np

from metak2.display import numbers
from metak2.effects.measures import Measure
from metak2.kernels.contract import FloatArray

MOST_TICKS = 9
NARROWEST_STEP = 0.085  # of the axis: two tick labels of four figures side by side
FARTHEST_RATIO = 100.0
FARTHEST_WIDTHS = 5.0
MARGIN = 0.03
OVERHANG = 0.2  # of the range of the rest: how far an interval is drawn before it leaves the axis


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """An effect axis on the displayed scale; a logarithmic one for ratios."""

    label: str
    log: bool
    low: float
    high: float
    null: float
    ticks: tuple[float, ...]
    tick_labels: tuple[str, ...]

    def position(self, value: float) -> float:
        """Where a displayed value stands: 0 at the left end, 1 at the right; values beyond an end stand at that end."""
        low, high, at = (_scaled(number, log=self.log) for number in (self.low, self.high, value))
        return min(max((at - low) / (high - low), 0.0), 1.0)

    def beyond(self, value: float) -> bool:
        """Whether the value lies off the axis."""
        return not self.low <= value <= self.high


def _scaled(value: float, *, log: bool) -> float:
    if not log:
        return value
    return math.log(value) if value > 0 else -math.inf


def effect_axis(measure: Measure, centres: FloatArray, limits: FloatArray) -> Axis:
    """An axis that shows the estimates and their intervals.

    `centres` are the estimates and `limits` all ends of intervals, on the analysis scale. One enormous interval does
    not flatten the rest: beyond five times the median reach of an interval from the median estimate, or a factor of
    100 from it, intervals leave the axis.
    """
    low, high = _range(centres, limits, measure)
    return axis_over(measure, low, high)


def axis_over(measure: Measure, low: float, high: float) -> Axis:
    """An axis that shows this range of the analysis scale and no effect, with a margin."""
    null = float(measure.forward(measure.null))
    low, high = min(low, null), max(high, null)
    span = high - low or 1.0
    low = min(low, null - 0.1 * span) - MARGIN * span
    high = max(high, null + 0.1 * span) + MARGIN * span
    shown_low, shown_high = (float(value) for value in measure.back([low, high]))
    ticks = log_ticks(shown_low, shown_high) if measure.log else linear_ticks(shown_low, shown_high)
    return Axis(
        label=measure.label + (" (log scale)" if measure.log else ""),
        log=measure.log,
        low=shown_low,
        high=shown_high,
        null=measure.null,
        ticks=ticks,
        tick_labels=tick_labels(ticks, log=measure.log),
    )


def _range(centres: FloatArray, limits: FloatArray, measure: Measure) -> tuple[float, float]:
    centres, limits = centres[np.isfinite(centres)], limits[np.isfinite(limits)]
    if centres.size == 0 or limits.size == 0:
        return -1.0, 1.0
    middle = float(np.median(centres))
    reach = FARTHEST_WIDTHS * float(np.median(np.abs(limits - middle)))
    if measure.log:
        reach = min(reach, math.log(FARTHEST_RATIO))
    shown = np.concatenate([centres, limits])
    near = shown[np.abs(shown - middle) <= reach] if reach > 0 else shown
    room = OVERHANG * float(near.max() - near.min())
    low, high = float(near.min()) - room, float(near.max()) + room
    return max(float(shown.min()), low), min(float(shown.max()), high)


def log_ticks(low: float, high: float) -> tuple[float, ...]:
    """Ticks of a ratio axis: 0.1 0.2 0.5 1 2 5 10 by decades, powers of ten where those are too many.

    A range too narrow for three of them takes round numbers at equal distances.

    >>> log_ticks(0.15, 6)
    (0.2, 0.5, 1.0, 2.0, 5.0)
    """
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    span = math.log10(high / low)
    for digits in ((1, 2, 5), (1,)):
        ticks = tuple(float(f"{digit}e{power}") for power in decades for digit in digits)
        ticks = tuple(tick for tick in ticks if low <= tick <= high)
        narrowest = (0.30 if len(digits) > 1 else 1.0) / span
        if len(ticks) < 3 and len(digits) > 1:
            return linear_ticks(low, high)
        if len(ticks) <= MOST_TICKS and narrowest >= NARROWEST_STEP:
            return ticks
    every = math.ceil(len(ticks) / MOST_TICKS)
    return tuple(tick for tick in ticks if round(math.log10(tick)) % every == 0)


def linear_ticks(low: float, high: float) -> tuple[float, ...]:
    """Four to eight ticks at a distance of 1, 2, 2.5 or 5 times a power of ten.

    >>> linear_ticks(-1.1, 0.6)
    (-1.0, -0.5, 0.0, 0.5)
    """
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(float(f"{count * step:.10g}") + 0.0 for count in range(first, last + 1))


def tick_labels(ticks: tuple[float, ...], *, log: bool) -> tuple[str, ...]:
    """The ticks as text: all with the same decimals on a linear axis, each with its own on a decade axis.

    >>> tick_labels((0.5, 1.0, 2.0), log=True), tick_labels((-0.5, 0.0), log=False)
    (('0.5', '1', '2'), ('−0.5', '0.0'))
    """
    own = [max((_decimals(tick) for tick in ticks), default=0)] * len(ticks)
    if log and not _evenly_spaced(ticks):
        own = [_decimals(tick) for tick in ticks]
    return tuple(numbers.fixed(tick, digits) for tick, digits in zip(ticks, own, strict=True))


def _decimals(value: float) -> int:
    text = f"{value:.10f}".rstrip("0")
    return len(text) - text.index(".") - 1


def _evenly_spaced(ticks: tuple[float, ...]) -> bool:
    steps = np.diff(np.array(ticks))
    return bool(steps.size > 1 and np.allclose(steps, steps[0], rtol=1e-6))
