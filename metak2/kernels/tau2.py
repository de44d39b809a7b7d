"""Estimators of the between-study variance tau2, each from `yi`, `vi`, `mi` to `(tau2, status)`, `(batch,)`."""

from collections.abc import Callable
from functools import partial, update_wrapper

import numpy as np
from scipy.special import gammaincinv

from metak2.kernels.contract import FloatArray, IntArray, Status
from metak2.kernels.likelihood import WIDTH, highest_summit
from metak2.kernels.profile import generalised_q, q_root
from metak2.kernels.rows import Rows, batch_size, blocks
from metak2.kernels.tau2_distribution import probability_root, weighted_blocks

Estimates = tuple[FloatArray, IntArray]
Weighted = tuple[FloatArray, FloatArray, FloatArray, FloatArray]


class Estimator:
    """A formula for rows in standard units as a kernel from `yi`, `vi`, `mi` to `(tau2, status)`, `(batch,)`.

    `width` is the number of elements that a row needs if more than k.
    """

    def __init__(self, formula: Callable[[Rows], Estimates], width: int = 0) -> None:
        self.formula, self.width = formula, width
        update_wrapper(self, formula)

    def __call__(self, yi: FloatArray, vi: FloatArray, mi: FloatArray) -> Estimates:
        """tau2 and status of each row, block by block."""
        batch = batch_size(yi, vi, mi)
        tau2, status = np.empty(batch), np.empty(batch, dtype=np.int64)
        with np.errstate(all="ignore"):
            for part, rows in blocks(yi, vi, mi, width=self.width):
                tau2[part], status[part] = self.of_rows(rows)
        return tau2, status

    def of_rows(self, rows: Rows) -> Estimates:
        """tau2, in the unit of vi, and status of the rows of one block."""
        return _finish(rows, *self.formula(rows))


@Estimator
def dersimonian_laird(rows: Rows) -> Estimates:
    """Method of moments with Cochran's Q; DerSimonian & Laird (1986)."""
    return _from_q(rows, _mean(rows, 1 / rows.v))


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


@Estimator
def two_step_dersimonian_laird(rows: Rows) -> Estimates:
    """Method of moments with weights 1 / (vi + tau2) of DerSimonian & Laird; DerSimonian & Kacker (2007), "DL2"."""
    first, _ = _from_q(rows, _mean(rows, 1 / rows.v))
    return _generalised_moments(rows, 1 / (rows.v + first))


@Estimator
def hedges(rows: Rows) -> Estimates:
    """Variance of the effects less the mean sampling variance; Hedges (1983), Hedges & Olkin (1985)."""
    return _generalised_moments(rows, np.ones_like(rows.v))


@Estimator
def hunter_schmidt(rows: Rows) -> Estimates:
    """(Q - k) / sum w; Hunter & Schmidt (1990), negatively biased."""
    return _hunter_schmidt(rows, np.ones_like(rows.k))


@Estimator
def hunter_schmidt_corrected(rows: Rows) -> Estimates:
    """(Q k / (k - 1) - k) / sum w; the small-sample correction of Brannick et al. (2019)."""
    return _hunter_schmidt(rows, rows.k / (rows.k - 1))


@Estimator
def sidik_jonkman(rows: Rows) -> Estimates:
    """Weighted residual variance that starts from the variance of the effects; Sidik & Jonkman (2005).

    Positive unless all effects are equal.
    """
    rough = (rows.m * (rows.y - _mean(rows, np.ones_like(rows.v))) ** 2).sum(axis=0) / rows.k
    q, _ = generalised_q(rows.y, rows.v, rows.m, rough)
    return rough * q / (rows.k - 1), np.zeros(rows.k.shape, dtype=np.int64)


@Estimator
def paule_mandel(rows: Rows) -> Estimates:
    """The tau2 at which the generalised Q equals its degrees of freedom; Paule & Mandel (1982).

    Morris's (1983) empirical Bayes estimator, the iterated estimators of DerSimonian & Laird and of Sidik & Jonkman
    solve the same equation.
    """
    return _root_of_q(rows, rows.k - 1)


@Estimator
def median_paule_mandel(rows: Rows) -> Estimates:
    """The tau2 at which the generalised Q equals the median of its chi-squared distribution; Viechtbauer (2021).

    Overestimates as often as it underestimates.
    """
    return _root_of_q(rows, np.asarray(2 * gammaincinv(np.fmax(rows.k - 1, 1) / 2, 0.5), dtype=np.float64))


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


@partial(Estimator, width=WIDTH)
def maximum_likelihood(rows: Rows) -> Estimates:
    """The highest summit of the likelihood over tau2 >= 0; Hardy & Thompson (1996)."""
    return highest_summit(rows, restricted=False)


@partial(Estimator, width=WIDTH)
def restricted_maximum_likelihood(rows: Rows) -> Estimates:
    """The highest summit of the restricted likelihood over tau2 >= 0; Raudenbush (2009), Viechtbauer (2005)."""
    return highest_summit(rows, restricted=True)


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
    several = rows.k.min(initial=2.0) >= 2 and not rows.bad.any()
    if several and tau2.min(initial=1.0) > 0 and tau2.max(initial=1.0) < np.inf:
        return tau2 * rows.unit, status
    refused = rows.status(least=2)
    reason = np.where(np.isfinite(tau2), np.where(tau2 == 0, status | Status.AT_ZERO, status), Status.NOT_CONVERGED)
    usable = (refused == 0) & np.isfinite(tau2)
    return np.where(usable, tau2 * rows.unit, np.nan), np.where(refused == 0, reason, refused).astype(np.int64)
