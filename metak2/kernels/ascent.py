"""The maximum of a smooth function of a few variables in a box, by Newton steps; the gradient and Hessian are exact."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.contract import FloatArray

STEPS = 200
HALVINGS = 40
DECREMENT = 1e-13  # the height that a further Newton step would gain, relative to 1 + |height|


class Point(NamedTuple):
    """Height, gradient `(p,)` and Hessian `(p, p)`; a height of -inf is outside the domain."""

    height: float
    gradient: FloatArray
    hessian: FloatArray


class Summit(NamedTuple):
    """Where the climb ended, the function there, which variables rest on their bounds, and whether it converged."""

    at: FloatArray
    point: Point
    bound: NDArray[np.bool_]
    converged: bool


def climb(
    function: Callable[[FloatArray], Point],
    start: FloatArray,
    low: FloatArray,
    high: FloatArray,
    *,
    enough: float = DECREMENT,
) -> Summit:
    """Climb from `start` within `low` and `high`; a direction of negative curvature is followed uphill.

    The climb ends where a Newton step would gain less than `enough`, relative to 1 + |height|.
    """
    here = np.clip(start, low, high)
    point = function(here)
    for _ in range(STEPS):
        free = _free(here, point.gradient, low, high)
        if not np.isfinite(point.height) or not free.any():
            break
        step = np.zeros(here.size)
        step[free] = _newton(point.gradient[free], point.hessian[np.ix_(free, free)])
        gain = float(step @ point.gradient)
        if gain <= enough * (1 + abs(point.height)):
            return Summit(here, point, ~free, converged=True)
        following, at = _search(function, (here, point), step, (low, high))
        if at is None:
            close = gain <= 1e-7 * (1 + abs(point.height))
            return Summit(here, point, ~free, converged=close)
        here, point = following, at
    free = _free(here, point.gradient, low, high)
    return Summit(here, point, ~free, converged=bool(np.isfinite(point.height) and not free.any()))


def _free(here: FloatArray, gradient: FloatArray, low: FloatArray, high: FloatArray) -> NDArray[np.bool_]:
    return ~(((here <= low) & (gradient <= 0)) | ((here >= high) & (gradient >= 0)))


def _newton(gradient: FloatArray, hessian: FloatArray) -> FloatArray:
    """The Newton step, with every curvature taken as downward."""
    scale = 1 / np.sqrt(np.maximum(np.abs(np.diag(hessian)), 1e-12))
    values, vectors = np.linalg.eigh(-hessian * scale[:, None] * scale)
    curvature = np.maximum(np.abs(values), 1e-9)
    return np.asarray(scale * (vectors @ ((vectors.T @ (scale * gradient)) / curvature)))


def _search(
    function: Callable[[FloatArray], Point],
    origin: tuple[FloatArray, Point],
    step: FloatArray,
    box: tuple[FloatArray, FloatArray],
) -> tuple[FloatArray, Point | None]:
    """Halve the step until it gains height, projected on the box; None where it never does."""
    here, point = origin
    length = 1.0
    for _ in range(HALVINGS):
        following = np.clip(here + length * step, *box)
        at = function(following)
        if at.height > point.height + 1e-4 * float(point.gradient @ (following - here)) - 1e-15 * abs(point.height):
            return (following, at) if not np.array_equal(following, here) else (here, None)
        length *= 0.5
    return here, None
