"""What the whole likelihood of tau2 says, not only its summit: values, intervals, likelihood-ratio tests."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri, gammaincc

from metak2.kernels.contract import FloatArray, IntArray, Status
from metak2.kernels.crossings import POINTS, Crossings
from metak2.kernels.likelihood import evaluate, highest_summit, log_likelihood
from metak2.kernels.rows import Rows, batch_size, blocks

Bounds = tuple[FloatArray, FloatArray, IntArray]

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
                bounds[:, usable] = _crossings(rows, usable, peak - drop, restricted=restricted).around(summit[usable])
            low[part], high[part] = bounds * rows.unit
            lost = (refused == 0) & ~np.isfinite(bounds.sum(axis=0))
            status[part] = np.where(refused != 0, refused, np.where(lost, Status.NOT_CONVERGED, flags))
    return low, high, status


def _crossings(rows: Rows, row: NDArray[np.intp], line: FloatArray, *, restricted: bool) -> Crossings:
    """The crossings of `line`, `(n,)`, of the rows numbered `row`, `(n,)`."""

    def above(tau2: FloatArray, index: NDArray[np.intp]) -> FloatArray:
        return log_likelihood(rows, row[index], tau2, restricted=restricted) - line[index]

    def slope(tau2: FloatArray, index: NDArray[np.intp]) -> FloatArray:
        terms = evaluate(rows, row[index], tau2, restricted=restricted)
        return np.asarray(0.5 * (terms.a - terms.b))

    return Crossings(above=above, slope=slope)


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
