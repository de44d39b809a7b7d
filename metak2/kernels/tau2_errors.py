"""Standard errors of the estimators of tau2, each from `yi`, `vi`, `mi` and the estimate to `(batch,)`.

An estimator that is linear in a quadratic form y'Ay has the variance 2 tr(AVAV) of that form under normality, with
V = diag(vi + tau2) at the estimate; the likelihood estimators have the inverse of the expected information. The
truncation at 0 is not accounted for: near 0 a standard error says little, and no interval should be built on it.
"""

from collections.abc import Callable

import numpy as np

from metak2.kernels.contract import FloatArray
from metak2.kernels.rows import Rows, batch_size, blocks
from metak2.kernels.tau2_distribution import weighted_blocks

Formula = Callable[[Rows, FloatArray], FloatArray]


def se_dersimonian_laird(yi: FloatArray, vi: FloatArray, mi: FloatArray, tau2: FloatArray) -> FloatArray:
    """DerSimonian & Laird's estimator; Biggerstaff & Tweedie (1997)."""
    return _in_blocks(lambda rows, t: _moments(rows, 1 / rows.v, t), (yi, vi, mi), tau2)


def se_hedges(yi: FloatArray, vi: FloatArray, mi: FloatArray, tau2: FloatArray) -> FloatArray:
    """Hedges's estimator."""
    return _in_blocks(lambda rows, t: _moments(rows, np.ones_like(rows.v), t), (yi, vi, mi), tau2)


def se_hunter_schmidt(yi: FloatArray, vi: FloatArray, mi: FloatArray, tau2: FloatArray) -> FloatArray:
    """Hunter & Schmidt's estimator."""
    return _in_blocks(_hunter_schmidt, (yi, vi, mi), tau2)


def se_hunter_schmidt_corrected(yi: FloatArray, vi: FloatArray, mi: FloatArray, tau2: FloatArray) -> FloatArray:
    """Hunter & Schmidt's estimator with the small-sample correction."""
    return _in_blocks(lambda rows, t: rows.k / (rows.k - 1) * _hunter_schmidt(rows, t), (yi, vi, mi), tau2)


def se_sidik_jonkman(yi: FloatArray, vi: FloatArray, mi: FloatArray, tau2: FloatArray) -> FloatArray:
    """Sidik & Jonkman's estimator, its starting value taken as fixed; 0 where all effects are equal."""

    def formula(rows: Rows, t: FloatArray) -> FloatArray:
        mean = (rows.m * rows.y).sum(axis=0) / rows.k
        rough = (rows.m * (rows.y - mean) ** 2).sum(axis=0) / rows.k
        return np.asarray(rough / (rows.k - 1) * np.sqrt(_variance_of_form(rows, 1 / (rows.v + rough), t)))

    return _in_blocks(formula, (yi, vi, mi), tau2)


def se_maximum_likelihood(yi: FloatArray, vi: FloatArray, mi: FloatArray, tau2: FloatArray) -> FloatArray:
    """Expected information of the likelihood, tr(WW) / 2."""
    return _in_blocks(lambda rows, t: np.sqrt(2 / (rows.m / (rows.v + t) ** 2).sum(axis=0)), (yi, vi, mi), tau2)


def se_restricted_maximum_likelihood(yi: FloatArray, vi: FloatArray, mi: FloatArray, tau2: FloatArray) -> FloatArray:
    """Expected information of the restricted likelihood, tr(PP) / 2."""
    return _in_blocks(lambda rows, t: np.sqrt(2 / trace_pp(rows, t)), (yi, vi, mi), tau2)


def se_paule_mandel(yi: FloatArray, vi: FloatArray, mi: FloatArray, tau2: FloatArray) -> FloatArray:
    """Paule & Mandel's estimator and its equals, among them Morris's (1983) empirical Bayes estimator."""

    def formula(rows: Rows, t: FloatArray) -> FloatArray:
        return np.asarray(rows.k * np.sqrt(2 / (rows.k - 1)) / (rows.m / (rows.v + t)).sum(axis=0))

    return _in_blocks(formula, (yi, vi, mi), tau2)


def se_generalised_moments(
    yi: FloatArray, vi: FloatArray, mi: FloatArray, tau2: FloatArray, ai: FloatArray
) -> FloatArray:
    """The method of moments with fixed weights `ai`; Jackson (2013)."""
    given = np.broadcast_to(np.asarray(tau2, dtype=np.float64), (batch_size(yi, vi, mi, ai),))
    se = np.empty(given.shape)
    with np.errstate(all="ignore"):
        for part, rows, a in weighted_blocks(yi, vi, mi, ai):
            se[part] = _finish(rows, _moments(rows, a, given[part] / rows.unit))
    return se


def trace_pp(rows: Rows, tau2: FloatArray) -> FloatArray:
    """tr(PP) at `tau2` in units of `rows.unit`; `(batch,)`."""
    w = 1 / (rows.v + tau2)
    s1, s2, s3 = ((rows.m * power).sum(axis=0) for power in (w, w * w, w * w * w))
    return np.asarray(s2 - 2 * s3 / s1 + (s2 / s1) ** 2)


def _variance_of_form(rows: Rows, a: FloatArray, tau2: FloatArray) -> FloatArray:
    """2 tr(AVAV) for A = diag(a) - aa' / sum(a)."""
    d = a * (rows.v + tau2)
    total = (rows.m * a).sum(axis=0)
    return np.asarray(
        2
        * (
            (rows.m * d**2).sum(axis=0)
            - 2 * (rows.m * a * d**2).sum(axis=0) / total
            + ((rows.m * a * d).sum(axis=0) / total) ** 2
        )
    )


def _moments(rows: Rows, a: FloatArray, tau2: FloatArray) -> FloatArray:
    trace = (rows.m * a * (1 - a / (rows.m * a).sum(axis=0))).sum(axis=0)
    return np.asarray(np.sqrt(_variance_of_form(rows, a, tau2)) / trace)


def _hunter_schmidt(rows: Rows, tau2: FloatArray) -> FloatArray:
    return np.asarray(np.sqrt(_variance_of_form(rows, 1 / rows.v, tau2)) / (rows.m / rows.v).sum(axis=0))


def _in_blocks(formula: Formula, data: tuple[FloatArray, FloatArray, FloatArray], tau2: FloatArray) -> FloatArray:
    given = np.broadcast_to(np.asarray(tau2, dtype=np.float64), (batch_size(*data),))
    se = np.empty(given.shape)
    with np.errstate(all="ignore"):
        for part, rows in blocks(*data):
            se[part] = _finish(rows, formula(rows, given[part] / rows.unit))
    return se


def _finish(rows: Rows, se: FloatArray) -> FloatArray:
    """In the unit of vi; NaN below two studies and where the row is bad."""
    return np.where((rows.k >= 2) & ~rows.bad, se * rows.unit, np.nan)
