"""Estimators of the between-study variance tau2, each from `yi`, `vi`, `mi` to `(tau2, status)`, `(batch,)`."""

from collections.abc import Callable

import numpy as np
from scipy.special import gammaincinv

from metak2.kernels.contract import FloatArray, IntArray, Status
from metak2.kernels.likelihood import WIDTH, highest_summit
from metak2.kernels.profile import generalised_q, q_root
from metak2.kernels.rows import Rows, batch_size, blocks
from metak2.kernels.tau2_distribution import probability_root, weighted_blocks

Estimates = tuple[FloatArray, IntArray]
Weighted = tuple[FloatArray, FloatArray, FloatArray, FloatArray]


def dersimonian_laird(yi: FloatArray, vi: FloatArray, mi: FloatArray) -> Estimates:
    """Method of moments with Cochran's Q; DerSimonian & Laird (1986)."""

    def moments(rows: Rows) -> Estimates:
        return _from_q(rows, _mean(rows, 1 / rows.v))

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


def two_step_dersimonian_laird(yi: FloatArray, vi: FloatArray, mi: FloatArray) -> Estimates:
    """Method of moments with weights 1 / (vi + tau2) of DerSimonian & Laird; DerSimonian & Kacker (2007), "DL2"."""

    def moments(rows: Rows) -> Estimates:
        first, _ = _from_q(rows, _mean(rows, 1 / rows.v))
        return _generalised_moments(rows, 1 / (rows.v + first))

    return _estimate(moments, yi, vi, mi)


def hedges(yi: FloatArray, vi: FloatArray, mi: FloatArray) -> Estimates:
    """Variance of the effects less the mean sampling variance; Hedges (1983), Hedges & Olkin (1985)."""
    return _estimate(lambda rows: _generalised_moments(rows, np.ones_like(rows.v)), yi, vi, mi)


def hunter_schmidt(yi: FloatArray, vi: FloatArray, mi: FloatArray) -> Estimates:
    """(Q - k) / sum w; Hunter & Schmidt (1990), negatively biased."""
    return _estimate(lambda rows: _hunter_schmidt(rows, np.ones_like(rows.k)), yi, vi, mi)


def hunter_schmidt_corrected(yi: FloatArray, vi: FloatArray, mi: FloatArray) -> Estimates:
    """(Q k / (k - 1) - k) / sum w; the small-sample correction of Brannick et al. (2019)."""
    return _estimate(lambda rows: _hunter_schmidt(rows, rows.k / (rows.k - 1)), yi, vi, mi)


def sidik_jonkman(yi: FloatArray, vi: FloatArray, mi: FloatArray) -> Estimates:
    """Weighted residual variance that starts from the variance of the effects; Sidik & Jonkman (2005).

    Positive unless all effects are equal.
    """

    def two_steps(rows: Rows) -> Estimates:
        rough = (rows.m * (rows.y - _mean(rows, np.ones_like(rows.v))) ** 2).sum(axis=0) / rows.k
        q, _ = generalised_q(rows.y, rows.v, rows.m, rough)
        return rough * q / (rows.k - 1), np.zeros(rows.k.shape, dtype=np.int64)

    return _estimate(two_steps, yi, vi, mi)


def paule_mandel(yi: FloatArray, vi: FloatArray, mi: FloatArray) -> Estimates:
    """The tau2 at which the generalised Q equals its degrees of freedom; Paule & Mandel (1982).

    Morris's (1983) empirical Bayes estimator, the iterated estimators of DerSimonian & Laird and of Sidik & Jonkman
    solve the same equation.
    """
    return _estimate(lambda rows: _root_of_q(rows, rows.k - 1), yi, vi, mi)


def median_paule_mandel(yi: FloatArray, vi: FloatArray, mi: FloatArray) -> Estimates:
    """The tau2 at which the generalised Q equals the median of its chi-squared distribution; Viechtbauer (2021).

    Overestimates as often as it underestimates.
    """

    def root(rows: Rows) -> Estimates:
        return _root_of_q(rows, np.asarray(2 * gammaincinv(np.fmax(rows.k - 1, 1) / 2, 0.5), dtype=np.float64))

    return _estimate(root, yi, vi, mi)


def generalised_moments(yi: FloatArray, vi: FloatArray, mi: FloatArray, ai: FloatArray) -> Estimates:
    """Method of moments with any weights `ai`, `(batch, k)`; DerSimonian & Kacker (2007), "GENQ"."""
    return _estimate_weighted(_generalised_moments, (yi, vi, mi, ai))


def median_generalised_moments(yi: FloatArray, vi: FloatArray, mi: FloatArray, ai: FloatArray) -> Estimates:
    """The tau2 for which the weighted Q is the median of its distribution, weights `ai`; Viechtbauer (2021), "GENQM".

    The distribution is Jackson's (2013), exact for normal effects with known vi.
    """

    def median(rows: Rows, a: FloatArray) -> Estimates:
        return probability_root(rows, a, 0.5), np.zeros(rows.k.shape, dtype=np.int64)

    return _estimate_weighted(median, (yi, vi, mi, ai))


def maximum_likelihood(yi: FloatArray, vi: FloatArray, mi: FloatArray) -> Estimates:
    """The highest summit of the likelihood over tau2 >= 0; Hardy & Thompson (1996)."""
    return _estimate(lambda rows: highest_summit(rows, restricted=False), yi, vi, mi, width=WIDTH)


def restricted_maximum_likelihood(yi: FloatArray, vi: FloatArray, mi: FloatArray) -> Estimates:
    """The highest summit of the restricted likelihood over tau2 >= 0; Raudenbush (2009), Viechtbauer (2005)."""
    return _estimate(lambda rows: highest_summit(rows, restricted=True), yi, vi, mi, width=WIDTH)


def _mean(rows: Rows, weight: FloatArray) -> FloatArray:
    return np.asarray((rows.m * weight * rows.y).sum(axis=0) / (rows.m * weight).sum(axis=0))


def _root_of_q(rows: Rows, target: FloatArray) -> Estimates:
    return q_root(rows, target), np.zeros(rows.k.shape, dtype=np.int64)


def _hunter_schmidt(rows: Rows, correction: FloatArray) -> Estimates:
    q, _ = generalised_q(rows.y, rows.v, rows.m, np.zeros_like(rows.k))
    tau2 = (q * correction - rows.k) / (rows.m / rows.v).sum(axis=0)
    return np.maximum(tau2, 0.0), np.zeros(rows.k.shape, dtype=np.int64)


def _generalised_moments(rows: Rows, a: FloatArray) -> Estimates:
    """Weights `a` are `(k, batch)` or `(k, 1)`."""
    counted = rows.m * a
    total = counted.sum(axis=0)
    q = (counted * (rows.y - _mean(rows, a)) ** 2).sum(axis=0)
    expected = (counted * rows.v * (1 - a / total)).sum(axis=0)
    trace = (counted * (1 - a / total)).sum(axis=0)
    return np.maximum((q - expected) / trace, 0.0), np.zeros(rows.k.shape, dtype=np.int64)


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


def _estimate_weighted(method: Callable[[Rows, FloatArray], Estimates], data: Weighted) -> Estimates:
    """`method` on `(yi, vi, mi, ai)`, block by block; a row whose weights are not usable is BAD_INPUT."""
    batch = batch_size(*data)
    tau2, status = np.empty(batch), np.empty(batch, dtype=np.int64)
    with np.errstate(all="ignore"):
        for part, rows, a in weighted_blocks(*data):
            tau2[part], status[part] = _finish(rows, *method(rows, a))
    return tau2, status


def _finish(rows: Rows, tau2: FloatArray, status: IntArray) -> Estimates:
    """tau2 in the unit of vi; NaN and the reason where a row cannot be estimated."""
    if rows.k.size == 1 and rows.k[0] >= 2 and not rows.bad[0] and 0 < tau2[0] < np.inf:
        return tau2 * rows.unit, status
    refused = rows.status(least=2)
    reason = np.where(np.isfinite(tau2), np.where(tau2 == 0, status | Status.AT_ZERO, status), Status.NOT_CONVERGED)
    usable = (refused == 0) & np.isfinite(tau2)
    return np.where(usable, tau2 * rows.unit, np.nan), np.where(refused == 0, reason, refused).astype(np.int64)
