"""Roots of many falling functions at once."""

from collections.abc import Callable
from typing import overload

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.contract import FloatArray, Number

RELATIVE_STEP = 1e-10  # Newton's error after a step this small is its square
ROUNDING = 1e-16  # relative error that two steps in a row foretell of the second: not worth a third evaluation
PATIENCE = 25  # steps before every other one becomes a bisection
LIMIT = 250
NARROW = 4 * float(np.finfo(np.float64).eps)

Falling = Callable[[FloatArray, NDArray[np.intp]], tuple[FloatArray, FloatArray]]
OneFalling = Callable[[float], tuple[float, float]]


def falling_root(
    function: Falling, low: FloatArray, high: FloatArray, start: FloatArray, before: FloatArray | None = None
) -> FloatArray:
    """Roots between `low` (function positive) and `high` (not positive) by bracketed Newton steps; NaN if not reached.

    `function(t, index)` gives value and slope at `t` for the functions numbered `index`; each leaves the iteration
    when it has converged itself. `before` is the length of the step that led to `start`, where there was one. All
    arrays are `(n,)`.
    """
    low, high, root = low.copy(), high.copy(), start.copy()
    active = np.arange(root.size)
    before = np.full(root.size, np.nan) if before is None else before
    for iteration in range(LIMIT):
        if active.size == 0:
            break
        here = root[active]
        value, slope = function(here, active)
        above = value > 0
        low[active[above]] = here[above]
        high[active[~above]] = here[~above]
        lowest, highest = low[active], high[active]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            newton = here - value / slope
        trusted = (slope < 0) & (newton >= lowest) & (newton <= highest)
        if iteration > PATIENCE and iteration % 2:
            trusted &= np.abs(newton - here) <= RELATIVE_STEP * highest
        following = np.where(trusted, newton, 0.5 * (lowest + highest))
        root[active] = following
        step, size = np.abs(following - here), np.abs(following)
        small_step = trusted & ((step <= RELATIVE_STEP * size) | _settled(step, before, size))
        narrow = highest - lowest <= NARROW * highest
        left = ~(small_step | narrow | (value == 0))
        active, before = active[left], np.where(trusted, step, np.nan)[left]
    root[active] = np.nan
    return root


@overload
def _settled(step: float, before: float, size: float) -> bool: ...
@overload
def _settled(step: FloatArray, before: FloatArray, size: FloatArray) -> NDArray[np.bool_]: ...
def _settled(step: Number, before: Number, size: Number) -> NDArray[np.bool_] | bool:
    """Whether Newton's steps shrink as the square of the one before, and the next would be lost in rounding."""
    return (step <= 0.01 * before) & (step * step * step <= ROUNDING * size * before * before)


def one_falling_root(
    function: OneFalling, low: float, high: float, start: float, before: float = float("nan")
) -> float:
    """`falling_root` of a single function of a number: the same steps without the arrays that one row does not need."""
    here = start
    for iteration in range(LIMIT):
        value, slope = function(here)
        if value > 0:
            low = here
        else:
            high = here
        newton = here - value / slope if slope < 0 else np.nan
        trusted = low <= newton <= high
        if iteration > PATIENCE and iteration % 2:
            trusted = trusted and abs(newton - here) <= RELATIVE_STEP * high
        following = newton if trusted else 0.5 * (low + high)
        step, size = abs(following - here), abs(following)
        small_step = trusted and (step <= RELATIVE_STEP * size or _settled(step, before, size))
        if small_step or high - low <= NARROW * high or value == 0:
            return float(following)
        here, before = following, step if trusted else float("nan")
    return float("nan")
