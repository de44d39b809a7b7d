"""What the pictures of points have in common: discs of one size, lines that stay on the axes, an axis with room."""

from collections.abc import Sequence

import numpy as np

from metak2.kernels.contract import FloatArray
from metak2.plots.axis import Axis
from metak2.plots.chart_marks import Disc, Tone, plain_axis
from metak2.plots.labels import clean

RADIUS = 3.0
ROOM = 0.06  # of the range, beyond the outermost point
SOME_UNNAMED = "Names are left out where they would cover others."


def same_discs(study: Sequence[str], x: FloatArray, y: FloatArray, *, tone: Tone = "blue 2") -> tuple[Disc, ...]:
    """One disc per study, all of one size."""
    return tuple(
        Disc(x=float(at), y=float(height), radius=RADIUS, tone=tone, name=clean(name))
        for name, at, height in zip(study, x, y, strict=True)
    )


def roomy_axis(label: str, *values: FloatArray | float, start: float | None = None) -> Axis:
    """A plain axis over all of these values with room at its ends; it begins at `start` where that is given."""
    every = np.concatenate([np.atleast_1d(np.asarray(each, dtype=np.float64)) for each in values])
    every = every[np.isfinite(every)]
    low = float(every.min()) if start is None else start
    high = float(every.max())
    span = high - low
    size = max(abs(high), abs(low)) or 1.0
    room = ROOM * (span if span > 1e-9 * size else size)  # values that differ by rounding only are one value
    return plain_axis(label, low - room if start is None else start, high + room)


def on_axes(xs: FloatArray, ys: FloatArray, across: Axis, up: Axis) -> tuple[tuple[float, float], ...]:
    """The points of a line that lie on both axes."""
    return tuple(
        (float(x), float(y))
        for x, y in zip(xs, ys, strict=True)
        if np.isfinite(x) and np.isfinite(y) and not across.beyond(float(x)) and not up.beyond(float(y))
    )
