"""The likelihood of the mean effect with tau2 profiled out; Hardy & Thompson (1996), Stat Med 15:619-629."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from metak2.kernels.contract import FloatArray, IntArray, Status
from metak2.kernels.crossings import LOWEST, POINTS
from metak2.kernels.pooling import random_effects
from metak2.kernels.profile_likelihood import LOG_TWO_PI, log_likelihoods
from metak2.kernels.roots import falling_root
from metak2.kernels.rows import Rows, batch_size, blocks
from metak2.kernels.tau2 import maximum_likelihood

Bounds = tuple[FloatArray, FloatArray, IntArray]

WIDENINGS = 60  # of the first guess, the Wald interval, by a factor of 2 each
HALVINGS = 60  # to the last digit of the first guess


def profile_effect_interval(yi: FloatArray, vi: FloatArray, mi: FloatArray, *, level: float) -> Bounds:
    """The mean effects whose profile log-likelihood is within half a chi-squared quantile of the highest.

    `(low, high, status)`, `(batch,)`. Wider than Wald's interval since tau2 may differ from its estimate. NaN and
    TOO_FEW below two studies.
    """
    batch = batch_size(yi, vi, mi)
    tau2, status = maximum_likelihood(yi, vi, mi)
    fit = random_effects(yi, vi, mi, tau2, status)
    drop = float(chdtri(1, 1 - level)) / 2
    line = log_likelihoods(yi, vi, mi, tau2, fit.estimate)[0] - drop
    usable = np.isfinite(line) & np.isfinite(tau2)
    step = np.where(usable, np.sqrt(2 * drop) * fit.se, np.nan)
    ends = [_crossing(yi, vi, mi, (np.where(usable, fit.estimate, 0.0), side * step, line)) for side in (-1.0, 1.0)]
    low, high = (np.where(usable, end, np.nan) for end in ends)
    lost = usable & ~np.isfinite(low + high)
    flags = np.broadcast_to(status, (batch,))
    return low, high, np.where(lost, Status.NOT_CONVERGED, flags).astype(np.int64)


def _crossing(
    yi: FloatArray, vi: FloatArray, mi: FloatArray, start: tuple[FloatArray, FloatArray, FloatArray]
) -> FloatArray:
    """Where the profile falls below a line, on one side; `start` is the summit, the first step and the line."""
    inside, step, line = start
    outside = inside + step
    for _ in range(WIDENINGS):
        above = summit_about(yi, vi, mi, np.nan_to_num(outside))[1] > line
        if not above.any():
            break
        inside, step = np.where(above, outside, inside), np.where(above, 2 * step, step)
        outside = np.where(above, outside + step, outside)
    for _ in range(HALVINGS):
        middle = 0.5 * (inside + outside)
        above = summit_about(yi, vi, mi, np.nan_to_num(middle))[1] > line
        inside, outside = np.where(above, middle, inside), np.where(above, outside, middle)
    return 0.5 * (inside + outside)


def summit_about(yi: FloatArray, vi: FloatArray, mi: FloatArray, centre: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The tau2 that maximises the likelihood when the mean effect is known to be `centre`, and its height; `(batch,)`.

    The height is a log-likelihood with all constants. Scanned at 120 points, then refined by the root of the score.
    """
    batch = batch_size(yi, vi, mi)
    known = np.broadcast_to(np.asarray(centre, dtype=np.float64), (batch,))
    tau2, height = np.empty(batch), np.empty(batch)
    with np.errstate(all="ignore"):
        for part, rows in blocks(yi, vi, mi, width=2 * POINTS):
            square = (rows.y - (known[part] - rows.centre) / np.sqrt(rows.unit)) ** 2
            best, peak = _scan_about(rows, square)
            usable = (rows.k >= 1) & ~rows.bad
            constant = rows.k * (LOG_TWO_PI + np.log(rows.unit))
            tau2[part] = np.where(usable, best * rows.unit, np.nan)
            height[part] = np.where(usable, peak - 0.5 * constant, np.nan)
    return tau2, height


def _scan_about(rows: Rows, square: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Summit and height in standard units; `square` are squared distances from the known mean, `(k, batch)`."""
    square = np.broadcast_to(square, rows.m.shape)
    everyone = np.arange(rows.k.size)

    def height(tau2: FloatArray) -> FloatArray:
        total = rows.v + tau2
        return np.asarray(-0.5 * (rows.m * (np.log(total) + square / total)).sum(axis=0))

    def score(tau2: FloatArray, index: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
        _, v, m = rows.take(index)
        w = 1 / (v + tau2)
        surplus = square[:, index] * w
        value = (m * w * (surplus - 1)).sum(axis=0)
        return value, (m * w**2 * (1 - 2 * surplus)).sum(axis=0)

    highest = np.maximum(2 * np.where(rows.m > 0, square, 0.0).max(axis=0), 1.0)
    steps = np.linspace(0.0, 1.0, 2 * POINTS - 1)[:, None]
    grid = np.vstack([np.zeros_like(highest), LOWEST * (highest / LOWEST) ** steps])
    best = np.argmax([height(points) for points in grid], axis=0)
    low, high = grid[np.maximum(best - 1, 0), everyone], grid[np.minimum(best + 1, len(grid) - 1), everyone]
    rising = score(low, everyone)[0] > 0
    tau2 = np.where(rising, falling_root(score, low, high, 0.5 * (low + high)), low)
    return tau2, height(tau2)
