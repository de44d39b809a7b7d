"""What the whole likelihood of tau2 says, not only its summit: values, intervals, likelihood-ratio tests."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri, gammaincc

from metak2.kernels.contract import FloatArray, IntArray, Status
from metak2.kernels.likelihood import evaluate, highest_summit, log_likelihood
from metak2.kernels.roots import falling_root
from metak2.kernels.rows import Rows, batch_size, blocks

Bounds = tuple[FloatArray, FloatArray, IntArray]

POINTS = 60  # on either side of the summit
LOWEST = 1e-3  # first point above 0, in units of the smallest vi
RAISES = 60  # of the upper end of the scan, by a factor of 8 each
LOG_TWO_PI = float(np.log(2 * np.pi))


def log_likelihoods(
    yi: FloatArray, vi: FloatArray, mi: FloatArray, tau2: FloatArray, estimate: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Log-likelihood and restricted log-likelihood at `tau2` and `estimate`, `(batch,)`, with all constants.

    The restricted one adds log(k) / 2 for |X'X| (as R's metafor does); its quadratic form is taken about `estimate`.
    """
    batch = batch_size(yi, vi, mi)
    given = [np.broadcast_to(np.asarray(array, dtype=np.float64), (batch,)) for array in (tau2, estimate)]
    plain, restricted = np.empty(batch), np.empty(batch)
    with np.errstate(all="ignore"):
        for part, rows in blocks(yi, vi, mi):
            total = rows.v + given[0][part] / rows.unit
            residual = rows.y - (given[1][part] - rows.centre) / np.sqrt(rows.unit)
            logs = (rows.m * np.log(total)).sum(axis=0) + rows.k * np.log(rows.unit)
            common = logs + (rows.m * residual**2 / total).sum(axis=0)
            precision = (rows.m / total).sum(axis=0) / rows.unit
            usable = (rows.k >= 1) & ~rows.bad
            ll = -0.5 * (rows.k * LOG_TWO_PI + common)
            reml = -0.5 * ((rows.k - 1) * LOG_TWO_PI + common + np.log(precision) - np.log(rows.k))
            plain[part], restricted[part] = np.where(usable, ll, np.nan), np.where(usable, reml, np.nan)
    return plain, restricted


def profile_interval(yi: FloatArray, vi: FloatArray, mi: FloatArray, *, level: float, restricted: bool) -> Bounds:
    """The tau2 whose (restricted) log-likelihood is within half a chi-squared quantile of the highest.

    Hardy & Thompson (1996); with `restricted`, Viechtbauer (2007). `(low, high, status)`, `(batch,)`: where the set is
    not connected (TWO_SUMMITS), its outermost points. FLAT where the likelihood hardly falls over orders of magnitude:
    the interval then says only that the data do not tell.
    """
    drop = float(chdtri(1, 1 - level)) / 2
    batch = batch_size(yi, vi, mi)
    low, high, status = np.empty(batch), np.empty(batch), np.empty(batch, dtype=np.int64)
    with np.errstate(all="ignore"):
        for part, rows in blocks(yi, vi, mi, width=2 * POINTS):
            summit, flags = highest_summit(rows, restricted=restricted)
            refused = rows.status(least=2)
            usable = np.flatnonzero((refused == 0) & np.isfinite(summit))
            bounds = np.full((2, rows.k.size), np.nan)
            if usable.size:
                peak = log_likelihood(rows, usable, summit[usable], restricted=restricted)
                height = _Level(rows=rows, row=usable, line=peak - drop, restricted=restricted)
                bounds[0, usable] = height.lower(summit[usable])
                bounds[1, usable] = height.upper(summit[usable])
            low[part], high[part] = bounds * rows.unit
            lost = (refused == 0) & ~np.isfinite(bounds.sum(axis=0))
            status[part] = np.where(refused != 0, refused, np.where(lost, Status.NOT_CONVERGED, flags))
    return low, high, status


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Level:
    """Heights `line`, `(n,)`, on the log-likelihoods of the rows numbered `row`, `(n,)`."""

    rows: Rows
    row: NDArray[np.intp]
    line: FloatArray
    restricted: bool

    def above(self, tau2: FloatArray, index: NDArray[np.intp]) -> FloatArray:
        """Height above the line."""
        return log_likelihood(self.rows, self.row[index], tau2, restricted=self.restricted) - self.line[index]

    def slope(self, tau2: FloatArray, index: NDArray[np.intp]) -> FloatArray:
        """Of the log-likelihood."""
        terms = evaluate(self.rows, self.row[index], tau2, restricted=self.restricted)
        return np.asarray(0.5 * (terms.a - terms.b))

    def upper(self, summit: FloatArray) -> FloatArray:
        """The outermost crossing above the summit: the likelihood falls without end."""
        everyone = np.arange(summit.size)
        ceiling = 4 * (summit + 1)
        rising = everyone
        for _ in range(RAISES):
            rising = rising[self.above(ceiling[rising], rising) > 0]
            if rising.size == 0:
                break
            ceiling[rising] *= 8
        steps = np.linspace(0.0, 1.0, POINTS)[:, None]
        grid = (summit + 1) * ((ceiling + 1) / (summit + 1)) ** steps - 1
        grid[0], grid[-1] = summit, ceiling
        heights = np.array([self.above(points, everyone) for points in grid])
        last = POINTS - 1 - np.argmax(heights[::-1] > 0, axis=0)
        after = np.minimum(last + 1, POINTS - 1)

        def gap(tau2: FloatArray, index: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
            return self.above(tau2, index), self.slope(tau2, index)

        low, high = grid[last, everyone], grid[after, everyone]
        return falling_root(gap, low, high, 0.5 * (low + high))

    def lower(self, summit: FloatArray) -> FloatArray:
        """The outermost crossing below the summit; 0 where the likelihood at 0 is above the line."""
        found = np.zeros(summit.size)
        below = np.flatnonzero((self.above(np.zeros(summit.size), np.arange(summit.size)) < 0) & (summit > 0))
        if below.size == 0:
            return found
        steps = np.linspace(0.0, 1.0, POINTS - 1)[:, None]
        first = np.minimum(LOWEST, 0.5 * summit[below])
        grid = np.vstack([np.zeros(below.size), first * (summit[below] / first) ** steps])
        grid[-1] = summit[below]
        heights = np.array([self.above(points, below) for points in grid])
        inside = np.argmax(heights > 0, axis=0)
        columns = np.arange(below.size)
        low, high = grid[np.maximum(inside - 1, 0), columns], grid[inside, columns]

        def mirrored(u: FloatArray, index: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
            tau2 = high[index] - u
            return self.above(tau2, below[index]), -self.slope(tau2, below[index])

        width = high - low
        found[below] = high - falling_root(mirrored, np.zeros(below.size), width, 0.5 * width)
        return found


def profile(
    yi: FloatArray, vi: FloatArray, mi: FloatArray, tau2: FloatArray, *, restricted: bool
) -> tuple[FloatArray, FloatArray]:
    """Log-likelihood and pooled effect along the points `tau2`, `(points,)`; both `(batch, points)`."""
    points = np.asarray(tau2, dtype=np.float64)
    batch = batch_size(yi, vi, mi)
    heights, means = np.empty((batch, points.size)), np.empty((batch, points.size))
    for column, point in enumerate(points):
        mean = np.empty(batch)
        with np.errstate(all="ignore"):
            for part, rows in blocks(yi, vi, mi):
                w = rows.m / (rows.v + point / rows.unit)
                mean[part] = rows.centre + np.sqrt(rows.unit) * (w * rows.y).sum(axis=0) / w.sum(axis=0)
        both = log_likelihoods(yi, vi, mi, np.full(batch, point), mean)
        heights[:, column], means[:, column] = both[1 if restricted else 0], mean
    return heights, means


def boundary_pval(statistic: FloatArray) -> FloatArray:
    """P value of a likelihood-ratio test of tau2 = 0, half a chi-squared with 1 df and half 0; Self & Liang (1987)."""
    value = np.asarray(statistic, dtype=np.float64)
    return np.where(value > 0, 0.5 * gammaincc(0.5, np.maximum(value, 0.0) / 2), np.where(np.isnan(value), np.nan, 1.0))
