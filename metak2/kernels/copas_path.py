"""A straight path across the contours of a surface over a square: how Copas' model is summed up in one line.

Contours of the effect over (gamma0, gamma1) are nearly parallel lines. Each is replaced by its least-squares line, and
the path starts at the corner of least selection and goes at right angles to their mean slope; Carpenter, Schwarzer,
Ruecker & Kuenstler (2009), J Clin Epidemiol 62:624-631.
"""

from typing import NamedTuple

import numpy as np

from metak2.kernels.contract import FloatArray, IntArray

ABOUT = 10  # levels
STRAIGHT = 0.9  # R2 of a contour that counts for the slope
STEPS = 100  # of the path


class Contour(NamedTuple):
    """A contour as a line: intercept and slope of y on x, R2, and the number of points that it rests on."""

    level: float
    intercept: float
    slope: float
    R2: float
    points: int


def round_levels(low: float, high: float) -> FloatArray:
    """About ten round numbers inside the range: multiples of 1, 2 or 5 times a power of ten."""
    if not high > low:
        return np.empty(0)
    cell = (high - low) / ABOUT
    base = 10.0 ** np.floor(np.log10(cell))
    step = base * next(nice for nice, most in ((1, 1.4), (2, 2.8), (5, 7.0), (10, np.inf)) if cell / base <= most)
    return np.asarray(np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step)


def contour(z: FloatArray, level: float) -> Contour:
    """The line through the points where `z` `(n, n)`, over a square of side 1 by (x, y), crosses `level`."""
    at = np.linspace(0.0, 1.0, z.shape[0])
    down, across = _crossings(z, level), _crossings(z.T, level)
    x = np.concatenate([_between(at, down), at[across[1]]])
    y = np.concatenate([at[down[1]], _between(at, across)])
    if x.size < 2:
        return Contour(level, np.nan, np.nan, 0.0, x.size)
    dx, dy = x - x.mean(), y - y.mean()
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = float((dx @ dy) / (dx @ dx))
        R2 = float((dx @ dy) ** 2 / ((dx @ dx) * (dy @ dy)))
    return Contour(level, float(y.mean() - slope * x.mean()), slope, R2, x.size)


Crossing = tuple[np.ndarray, np.ndarray, FloatArray]
"""Row before the crossing, column, and how far between the rows it lies."""


def _crossings(z: FloatArray, level: float) -> Crossing:
    above = z - level
    row, column = np.nonzero(above[:-1] * above[1:] < 0)
    start, end = above[row, column], above[row + 1, column]
    return row, column, start / (start - end)


def _between(at: FloatArray, crossing: Crossing) -> FloatArray:
    row, _, share = crossing
    return np.asarray(at[row] + share * (at[row + 1] - at[row]))


def slope_across(z: FloatArray) -> float:
    """The slope at right angles to the contours of a surface `z` `(n, n)` over the square; NaN where it has none.

    Contours that are bent, or that cut off a corner only, have no say in it, unless there are no others.
    """
    lines = [contour(z, float(level)) for level in round_levels(float(z.min()), float(z.max()))]
    lines = [line for line in lines if np.isfinite(line.slope) and line.slope != 0]
    straight = [line for line in lines if line.R2 >= STRAIGHT and line.points >= z.shape[0] / 2] or lines
    return -1 / float(np.mean([line.slope for line in straight])) if straight else np.nan


def path_down(slope: float) -> FloatArray:
    """Points `(n, 2)` of the square from its corner (1, 1) along `slope` to its edge."""
    length = 1.0 if slope <= 1 else 1 / slope
    x = 1 - length * np.linspace(0.0, 1.0, STEPS + 1)
    return np.column_stack([x, 1 + slope * (x - 1)])


class Passed(NamedTuple):
    """Where a curve of values passes levels: the step in which it does, and how far within it."""

    level: FloatArray
    step: IntArray
    share: FloatArray


def passed_levels(values: FloatArray, levels: FloatArray) -> Passed:
    """The last step in which `values` `(n,)` pass each of `levels`, in the order of the steps."""
    found = []
    for level in levels.tolist():
        side = values - level
        steps = np.flatnonzero(side[:-1] * side[1:] <= 0)
        steps = steps[values[steps] != values[steps + 1]]
        if steps.size:
            step = int(steps[-1])
            found.append((step, float(side[step] / (side[step] - side[step + 1])), level))
    found.sort()
    return Passed(
        level=np.array([level for _, _, level in found]),
        step=np.array([step for step, _, _ in found], dtype=np.int64),
        share=np.array([share for _, share, _ in found]),
    )
