"""Estimators of the between-study variance tau2, each from `yi`, `vi`, `mi` to `(tau2, status)`, `(batch,)`."""

from collections.abc import Callable

import numpy as np

from metak2.kernels.contract import FloatArray, IntArray, Status
from metak2.kernels.likelihood import POINTS, highest_summit
from metak2.kernels.profile import q_root
from metak2.kernels.rows import Rows, batch_size, blocks

Estimates = tuple[FloatArray, IntArray]


def dersimonian_laird(yi: FloatArray, vi: FloatArray, mi: FloatArray) -> Estimates:
    """Method of moments with Cochran's Q; DerSimonian & Laird (1986)."""

    def moments(rows: Rows) -> Estimates:
        weight = rows.m / rows.v
        mean = (weight * rows.y).sum(axis=0) / weight.sum(axis=0)
        return _from_q(rows, mean)

    return _estimate(moments, yi, vi, mi)


def dersimonian_laird_about(yi: FloatArray, vi: FloatArray, mi: FloatArray, centre: FloatArray) -> Estimates:
    """DerSimonian & Laird's estimator with Q taken about `centre`, `(batch,)`, in place of the inverse-variance mean.

    About the Mantel-Haenszel estimate this is the random-effects model of RevMan 5 for two-by-two tables.
    """
    about = np.broadcast_to(np.atleast_1d(np.asarray(centre, dtype=np.float64)), (batch_size(yi, vi, mi),))
    tau2 = np.empty(about.shape)
    status = np.empty(about.shape, dtype=np.int64)
    with np.errstate(all="ignore"):
        for part, rows in blocks(yi, vi, mi):
            found = _from_q(rows, (about[part] - rows.centre) / np.sqrt(rows.unit))
            tau2[part], status[part] = _finish(rows, *found)
    status[np.isnan(about) & (status == Status.NOT_CONVERGED)] = Status.BAD_INPUT
    return tau2, status


def paule_mandel(yi: FloatArray, vi: FloatArray, mi: FloatArray) -> Estimates:
    """The tau2 at which the generalised Q equals its degrees of freedom; Paule & Mandel (1982)."""

    def root(rows: Rows) -> Estimates:
        return q_root(rows, rows.k - 1), np.zeros(rows.k.shape, dtype=np.int64)

    return _estimate(root, yi, vi, mi)


def maximum_likelihood(yi: FloatArray, vi: FloatArray, mi: FloatArray) -> Estimates:
    """The highest summit of the likelihood over tau2 >= 0; Hardy & Thompson (1996)."""
    return _estimate(lambda rows: highest_summit(rows, restricted=False), yi, vi, mi, width=POINTS)


def restricted_maximum_likelihood(yi: FloatArray, vi: FloatArray, mi: FloatArray) -> Estimates:
    """The highest summit of the restricted likelihood over tau2 >= 0; Raudenbush (2009), Viechtbauer (2005)."""
    return _estimate(lambda rows: highest_summit(rows, restricted=True), yi, vi, mi, width=POINTS)


def _from_q(rows: Rows, centre: FloatArray) -> Estimates:
    weight = 1.0 / rows.v
    sum_w = (rows.m * weight).sum(axis=0)
    q = (rows.m * weight * (rows.y - centre) ** 2).sum(axis=0)
    trace = (rows.m * weight * (1 - weight / sum_w)).sum(axis=0)
    return np.maximum((q - (rows.k - 1)) / trace, 0.0), np.zeros(rows.k.shape, dtype=np.int64)


def _estimate(
    method: Callable[[Rows], Estimates], yi: FloatArray, vi: FloatArray, mi: FloatArray, *, width: int = 0
) -> Estimates:
    """`method`, block by block, on rows in standard units."""
    batch = batch_size(yi, vi, mi)
    tau2, status = np.empty(batch), np.empty(batch, dtype=np.int64)
    with np.errstate(all="ignore"):
        for part, rows in blocks(yi, vi, mi, width=width):
            tau2[part], status[part] = _finish(rows, *method(rows))
    return tau2, status


def _finish(rows: Rows, tau2: FloatArray, status: IntArray) -> Estimates:
    """tau2 in the unit of vi; NaN and the reason where a row cannot be estimated."""
    refused = rows.status(least=2)
    reason = np.where(np.isfinite(tau2), np.where(tau2 == 0, status | Status.AT_ZERO, status), Status.NOT_CONVERGED)
    usable = (refused == 0) & np.isfinite(tau2)
    return np.where(usable, tau2 * rows.unit, np.nan), np.where(refused == 0, reason, refused).astype(np.int64)
