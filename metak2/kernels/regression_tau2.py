"""Estimators of the residual between-study variance beside moderators, by the names of `models.methods`.

Each takes a block of rows in standard units and gives `(tau2, se, status)`, `(batch,)`; `residual_tau2` applies one to
a batch. With a column of ones alone they are the estimators of `kernels.tau2`.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from metak2.kernels.contract import FloatArray, IntArray, Status
from metak2.kernels.regression_rows import DesignRows, Solved, cross, design_blocks, solve, trace_of_squares
from metak2.kernels.regression_summit import highest_summit, terms_of
from metak2.kernels.residual_distribution import residual_probability_root
from metak2.kernels.roots import falling_root


class Tau2(NamedTuple):
    """tau2, its standard error where the estimator has one (else NaN), and status flags; `(batch,)`."""

    tau2: FloatArray
    se: FloatArray
    status: IntArray


Estimator = Callable[[DesignRows, FloatArray | None], Tau2]


class _Form(NamedTuple):
    """The quadratic form y'P(a)y, its expectation under vi alone, tr P(a) and the solved system."""

    value: FloatArray
    expected: FloatArray
    trace: FloatArray
    fit: Solved


def residual_tau2(
    name: str, yi: FloatArray, vi: FloatArray, mi: FloatArray, X: FloatArray, *, weights: FloatArray | None = None
) -> Tau2:
    """The estimator `name` on a batch; `X` is `(batch, k, p)` or broadcasts to it. `weights` are for GENQ and GENQM."""
    parts = []
    with np.errstate(all="ignore"):
        for part, rows in design_blocks(yi, vi, mi, X):
            given = None if weights is None else _part(weights, part, rows)
            found = ESTIMATORS[name](rows, given)
            refused = rows.status()
            usable = (refused == 0) & np.isfinite(found.tau2)
            reason = np.where(found.tau2 == 0, found.status | Status.AT_ZERO, found.status)
            reason = np.where(np.isfinite(found.tau2), reason, Status.NOT_CONVERGED)
            parts.append(
                Tau2(
                    np.where(usable, found.tau2 * rows.unit, np.nan),
                    np.where(usable, found.se * rows.unit, np.nan),
                    np.where(refused == 0, reason, refused).astype(np.int64),
                )
            )
    return Tau2(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def residual_q_root(yi: FloatArray, vi: FloatArray, mi: FloatArray, X: FloatArray, *, target: FloatArray) -> FloatArray:
    """The tau2 at which the generalised residual Q equals `target`, 0 where Q(0) is below it; `(batch,)`.

    At the quantiles of chi-squared with k - p degrees of freedom these are the Q-profile limits; Viechtbauer (2007).
    """
    wanted = np.atleast_1d(np.asarray(target, dtype=np.float64))
    parts = []
    with np.errstate(all="ignore"):
        for part, rows in design_blocks(yi, vi, mi, X):
            aim = np.broadcast_to(wanted if wanted.size == 1 else wanted[part], rows.k.shape)
            parts.append(np.where(rows.estimable, q_root(rows, aim) * rows.unit, np.nan))
    return np.concatenate(parts)


def q_root(rows: DesignRows, target: FloatArray) -> FloatArray:
    """The root in units of `rows.unit`, by Newton on 1 / Q; the bracket closes at the unweighted sum of squares."""
    tau2 = np.full(rows.k.size, np.nan)
    own = np.flatnonzero(rows.estimable & (target > 0))
    at_zero, _ = _generalised_q(rows, own, np.zeros(own.size))
    positive = own[at_zero > target[own]]
    tau2[own] = 0.0

    def inverse_gap(here: FloatArray, index: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
        q, fall = _generalised_q(rows, positive[index], here)
        return 1.0 / target[positive[index]] - 1.0 / q, -fall / q**2

    low = np.zeros(positive.size)
    ceiling = rows.spread[positive] / target[positive]
    tau2[positive] = falling_root(inverse_gap, low, ceiling * (1 + 1e-9), low)
    return tau2


def _generalised_q(rows: DesignRows, index: NDArray[np.intp], tau2: FloatArray) -> tuple[FloatArray, FloatArray]:
    y, v, m, z = rows.take(index)
    fit = solve(y, m, z, 1.0 / (v + tau2[:, None]))
    weighted = m * fit.w * fit.residual**2
    return weighted.sum(axis=1), (weighted * fit.w).sum(axis=1)


def _part(weights: FloatArray, part: slice, rows: DesignRows) -> FloatArray:
    given = np.atleast_2d(np.asarray(weights, dtype=np.float64))
    own: FloatArray = given if given.shape[0] == 1 else given[part]
    return np.broadcast_to(own, rows.m.shape)


def _form(rows: DesignRows, a: FloatArray) -> _Form:
    fit = solve(rows.y, rows.m, rows.z, a)
    ma = rows.m * a
    return _Form(
        value=(ma * fit.residual**2).sum(axis=1),
        expected=(ma * rows.v * (1 - a * fit.q)).sum(axis=1),
        trace=(ma * (1 - a * fit.q)).sum(axis=1),
        fit=fit,
    )


def _form_se(rows: DesignRows, form: _Form, tau2: FloatArray) -> FloatArray:
    """Standard deviation of the quadratic form when the total variances are vi + tau2: sqrt(2 tr(P S P S))."""
    a, s = form.fit.w, rows.v + tau2[:, None]
    ma = rows.m * a
    own = (ma * a * s**2 * (1 - 2 * a * form.fit.q)).sum(axis=1)
    return np.asarray(np.sqrt(2 * (own + trace_of_squares(form.fit.inverse, cross(rows.z, ma * a * s)))))


def _moments(rows: DesignRows, a: FloatArray) -> Tau2:
    """The generalised method of moments; DerSimonian & Kacker (2007)."""
    form = _form(rows, a)
    tau2 = np.maximum((form.value - form.expected) / form.trace, 0.0)
    return Tau2(tau2, _form_se(rows, form, tau2) / form.trace, _ok(rows))


def _ok(rows: DesignRows) -> IntArray:
    return np.zeros(rows.k.shape, dtype=np.int64)


def _dersimonian_laird(rows: DesignRows, _: FloatArray | None) -> Tau2:
    return _moments(rows, 1.0 / rows.v)


def _hedges(rows: DesignRows, _: FloatArray | None) -> Tau2:
    return _moments(rows, np.ones(rows.v.shape))


def _general(rows: DesignRows, weights: FloatArray | None) -> Tau2:
    given = np.ones(rows.v.shape) if weights is None else weights
    return _moments(rows, np.where(rows.m > 0, given, 0.0))


def _median_general(rows: DesignRows, weights: FloatArray | None) -> Tau2:
    """The weighted Q is the median of its distribution; Viechtbauer (2021), Jackson (2013). The error is GENQ's."""
    a = np.where(rows.m > 0, np.ones(rows.v.shape) if weights is None else weights, 0.0)
    form = _form(rows, a)
    tau2 = residual_probability_root(rows, a, 0.5)
    return Tau2(tau2, _form_se(rows, form, tau2) / form.trace, _ok(rows))


def _two_step(rows: DesignRows, _: FloatArray | None) -> Tau2:
    """DerSimonian & Kacker (2007): moments with the weights of DerSimonian and Laird's random effects."""
    return _moments(rows, 1.0 / (rows.v + _dersimonian_laird(rows, None).tau2[:, None]))


def _hunter_schmidt(rows: DesignRows, *, corrected: bool) -> Tau2:
    """(Q - k) / sum of weights; Hunter & Schmidt (1990). Corrected: Q times k / (k - p), Brannick et al. (2019)."""
    form = _form(rows, 1.0 / rows.v)
    factor = rows.k / rows.df if corrected else np.ones(rows.k.shape)
    total = (rows.m / rows.v).sum(axis=1)
    tau2 = np.maximum((factor * form.value - rows.k) / total, 0.0)
    return Tau2(tau2, factor * _form_se(rows, form, tau2) / total, _ok(rows))


def _sidik_jonkman(rows: DesignRows, _: FloatArray | None) -> Tau2:
    """Sidik & Jonkman (2005), started from the variance of the effects with divisor k."""
    start = (rows.m * rows.raw**2).sum(axis=1) / rows.k
    form = _form(rows, 1.0 / (rows.v + start[:, None]))
    factor = start / rows.df
    tau2 = factor * form.value
    return Tau2(tau2, factor * _form_se(rows, form, tau2), _ok(rows))


def _root_of_q(rows: DesignRows, *, median: bool) -> Tau2:
    """Q = its expectation (Paule & Mandel 1982) or the median of chi-squared; Viechtbauer (2021) for the latter.

    The standard error is that of the empirical Bayes estimator, which solves the same equation; Morris (1983).
    """
    half = np.maximum(rows.df, 1.0) / 2
    target = np.asarray(2 * gammaincinv(half, 0.5), dtype=np.float64) if median else rows.df
    tau2 = q_root(rows, target)
    total = (rows.m / (rows.v + tau2[:, None])).sum(axis=1)
    return Tau2(tau2, np.sqrt(2 * rows.k**2 / rows.df) / total, _ok(rows))


def _likelihood(rows: DesignRows, *, restricted: bool) -> Tau2:
    """The highest summit; the standard error is from the expected information. Raudenbush (2009)."""
    tau2, status = highest_summit(rows, restricted=restricted)
    fit = solve(rows.y, rows.m, rows.z, 1.0 / (rows.v + tau2[:, None]))
    return Tau2(tau2, np.sqrt(2 / terms_of(rows.m, rows.z, fit, restricted=restricted).b_fall), status)


ESTIMATORS: Mapping[str, Estimator] = MappingProxyType(
    {
        "DL": _dersimonian_laird,
        "DL2": _two_step,
        "DLIT": lambda rows, _: _root_of_q(rows, median=False),
        "HE": _hedges,
        "GENQ": _general,
        "GENQM": _median_general,
        "HS": lambda rows, _: _hunter_schmidt(rows, corrected=False),
        "HSk": lambda rows, _: _hunter_schmidt(rows, corrected=True),
        "SJ": _sidik_jonkman,
        "SJIT": lambda rows, _: _root_of_q(rows, median=False),
        "EB": lambda rows, _: _root_of_q(rows, median=False),
        "PM": lambda rows, _: _root_of_q(rows, median=False),
        "PMM": lambda rows, _: _root_of_q(rows, median=True),
        "ML": lambda rows, _: _likelihood(rows, restricted=False),
        "REML": lambda rows, _: _likelihood(rows, restricted=True),
    }
)
"""By name. EB, PM and the iterated Sidik-Jonkman estimator solve one equation, Q = k - p."""
