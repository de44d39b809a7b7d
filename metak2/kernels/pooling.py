"""Inverse-variance pooling under the common-effect and the random-effects model."""

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np

from metak2.kernels.contract import Fit, FloatArray, IntArray, Status
from metak2.kernels.heterogeneity import i2_from_q
from metak2.kernels.likelihood import CANCELLED
from metak2.kernels.rows import Rows, batch_size, blocks
from metak2.kernels.tau2 import Estimator
from metak2.kernels.tau2_distribution import weighted_blocks
from metak2.kernels.tau2_errors import trace_pp


def common_effect(yi: FloatArray, vi: FloatArray, mi: FloatArray) -> Fit:
    """The inverse-variance mean of studies that share one effect; tau2 is 0, I2 and H2 come from Cochran's Q.

    A row of one study is that study itself.

    >>> import numpy as np
    >>> fit = common_effect(np.array([[0.0, 1.0]]), np.array([[1.0, 1.0]]), np.ones((1, 2)))
    >>> float(fit.estimate[0]), float(fit.Q[0])
    (0.5, 0.5)
    """

    def pool(rows: Rows, _: slice) -> Fit:
        fit = _inverse_variance(rows, np.zeros(rows.k.shape), rows.status(least=2))
        nothing = np.full(rows.k.shape, np.nan)
        h2 = np.where(fit.Q_df > 0, fit.Q / fit.Q_df, np.nan)
        return replace(fit, se_hk=nothing, I2=fit.I2_from_Q, H2=h2)

    return _in_blocks(pool, yi, vi, mi)


def random_effects(yi: FloatArray, vi: FloatArray, mi: FloatArray, tau2: FloatArray, status: IntArray) -> Fit:
    """The mean of normally distributed effects, weights 1 / (vi + tau2); `tau2` and its `status` are `(batch,)`.

    `se_hk` is the standard error of Hartung & Knapp (2001), not truncated; I2 and H2 come from tau2 and the typical
    sampling variance (Higgins & Thompson 2002); Q is Cochran's. A row of one study is that study itself.
    """
    shape = (batch_size(yi, vi, mi),)
    given = np.broadcast_to(np.asarray(tau2, dtype=np.float64), shape)
    flags = np.broadcast_to(np.asarray(status, dtype=np.int64), shape)

    def pool(rows: Rows, part: slice) -> Fit:
        return _inverse_variance(rows, np.where(rows.k == 1, 0.0, given[part]), flags[part] | rows.status(least=2))

    return _in_blocks(pool, yi, vi, mi)


def random_effects_by(estimator: Estimator, yi: FloatArray, vi: FloatArray, mi: FloatArray) -> Fit:
    """`random_effects` at the tau2 of an estimator, both from the same rows in standard units."""

    def pool(rows: Rows, _: slice) -> Fit:
        tau2, status = estimator.of_rows(rows)
        return _inverse_variance(rows, np.where(rows.k == 1, 0.0, tau2), status | rows.status(least=2))

    return _in_blocks(pool, yi, vi, mi, width=estimator.width)


def weighted_average(yi: FloatArray, vi: FloatArray, mi: FloatArray, ai: FloatArray, fitted: Fit) -> Fit:
    """The mean with weights `ai`, `(batch, k)`, chosen by the user (1 for all: the unweighted mean), model `fitted`.

    Standard error sqrt(sum a^2 (vi + tau2)) / sum a, with the tau2 of `fitted` (0 where it has none); `se_hk` takes its
    scale factor from the inverse-variance fit, so that it does not depend on the weights (as in R's metafor). tau2, Q,
    I2 and H2 are those of `fitted`.
    """
    batch = batch_size(yi, vi, mi, ai)
    between = np.where(np.isfinite(fitted.tau2), fitted.tau2, 0.0)
    random = np.isfinite(fitted.se_hk)
    columns = np.broadcast_shapes(*(np.atleast_2d(array).shape for array in (yi, vi, mi, ai)))[1]
    estimate, se = np.empty(batch), np.empty(batch)
    weights, bad = np.empty((batch, columns)), np.empty(batch, dtype=bool)
    with np.errstate(all="ignore"):
        for part, rows, a in weighted_blocks(yi, vi, mi, ai):
            counted = rows.m * a
            total = counted.sum(axis=0)
            usable = ~rows.bad & np.isfinite(fitted.estimate[part])
            spread = np.sqrt((counted * a * (rows.v + between[part] / rows.unit)).sum(axis=0)) / total
            scale = np.sqrt(rows.unit)
            estimate[part] = np.where(usable, rows.centre + scale * (counted * rows.y).sum(axis=0) / total, np.nan)
            se[part] = np.where(usable, scale * spread, np.nan)
            weights[part] = (100 * counted / total).T
            bad[part] = rows.bad
        se_hk = np.where(random, se * fitted.se_hk / fitted.se, np.nan)
    flags = np.where(bad, fitted.status | Status.BAD_INPUT, fitted.status)
    return replace(fitted, estimate=estimate, se=se, se_hk=se_hk, weights=weights, status=flags)


def kenward_roger(yi: FloatArray, vi: FloatArray, mi: FloatArray, tau2: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Standard error corrected for the estimation of tau2 by REML, and its degrees of freedom; `(batch,)`.

    Kenward & Roger (1997), expected information; for meta-analysis Partlett & Riley (2017). The degrees of freedom take
    the corrected variance where Kenward & Roger take the plain one, as R's meta and pimeta do: fewer, by
    (plain / corrected)^2. Both NaN below two studies.
    """
    given = np.broadcast_to(np.asarray(tau2, dtype=np.float64), (batch_size(yi, vi, mi),))
    se, df = np.empty(given.shape), np.empty(given.shape)
    with np.errstate(all="ignore"):
        for part, rows in blocks(yi, vi, mi):
            t = given[part] / rows.unit
            s1, s2, s3 = ((rows.m * (rows.v + t) ** -power).sum(axis=0) for power in (1, 2, 3))
            variance = 2 / trace_pp(rows, t)
            adjusted = 1 / s1 + 2 * variance * (s3 - s2**2 / s1) / s1**2
            usable = (rows.k >= 2) & ~rows.bad
            se[part] = np.where(usable, np.sqrt(adjusted * rows.unit), np.nan)
            df[part] = np.where(usable, 2 / (variance * (s2 * adjusted) ** 2), np.nan)
    return se, df


def _in_blocks(
    pool: Callable[[Rows, slice], Fit], yi: FloatArray, vi: FloatArray, mi: FloatArray, *, width: int = 0
) -> Fit:
    with np.errstate(all="ignore"):
        parts = [pool(rows, part) for part, rows in blocks(yi, vi, mi, width=width)]
    if len(parts) == 1:
        return parts[0]
    return Fit(**{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Fit)})


def _inverse_variance(rows: Rows, tau2: FloatArray, status: IntArray) -> Fit:
    """The fit of a block for given tau2 (in the unit of vi), I2 and H2 from tau2."""
    usable = ~rows.bad & (rows.k >= 1) & np.isfinite(tau2)
    between = np.where(usable, tau2 / rows.unit, np.nan)
    weight = rows.m / (rows.v + between)
    sum_w, mean, squares = _about_mean(weight, rows.y)
    df = rows.k - 1
    several = usable & (df >= 1)
    hk = np.sqrt(squares / df / sum_w)
    q, trace = _cochran(rows)
    vt = np.where(several, df / trace, np.nan)
    scale = np.sqrt(rows.unit)
    spread = np.sqrt(1 / sum_w)
    alone = (usable & (rows.k == 1)).nonzero()[0]
    if alone.size:
        y, v, m = rows.take(alone)
        only, column = np.argmax(m > 0, axis=0), 0 if y.shape[1] == 1 else np.arange(alone.size)
        mean[alone], spread[alone] = y[only, column], np.sqrt(v[only, column])
    weight *= 100 / sum_w
    return Fit(
        k=rows.k,
        estimate=rows.centre + scale * mean,
        se=scale * spread,
        se_hk=np.where(several, scale * hk, np.nan),
        tau2=np.where(several, tau2, np.nan),
        weights=weight.T,
        Q=np.where(usable, q, np.nan),
        Q_df=np.where(usable, df, np.nan),
        vt=vt * rows.unit,
        I2=100 * between / (between + vt),
        I2_from_Q=np.where(several, i2_from_q(q, df), np.nan),
        H2=between / vt + 1,
        status=status.astype(np.int64),
    )


def _cochran(rows: Rows) -> tuple[FloatArray, FloatArray]:
    """Cochran's Q about the common effect, and tr P, both at tau2 = 0; `(batch,)`."""
    weight = 1.0 / rows.v
    counted = rows.m * weight
    sum_w, _, q = _about_mean(counted, rows.y)
    if weight.shape == counted.shape:
        return q, np.einsum("kn,kn->n", counted, 1 - weight / sum_w)
    trace = sum_w - weight[:, 0] @ counted / sum_w
    lost = (trace < CANCELLED * sum_w).nonzero()[0]
    if lost.size:
        trace[lost] = np.einsum("kn,kn->n", counted[:, lost], 1 - weight / sum_w[lost])
    return q, trace


def _about_mean(weight: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The sum of the weights `(k, batch)`, the weighted mean and the weighted sum of squares about it; `(batch,)`.

    By a matrix product where rows share `y`, but for those in which the difference of its sums has lost digits.
    """
    sum_w = weight.sum(axis=0)
    if y.shape == weight.shape:
        mean = np.einsum("kn,kn->n", weight, y) / sum_w
        residual = y - mean
        return sum_w, mean, np.einsum("kn,kn,kn->n", weight, residual, residual)
    column = y[:, 0]
    linear, square = np.array([column, column * column]) @ weight
    mean = linear / sum_w
    squares = square - mean * linear
    lost = (squares < CANCELLED * square).nonzero()[0]
    if lost.size:
        residual = y - mean[lost]
        squares[lost] = np.einsum("kn,kn,kn->n", weight[:, lost], residual, residual)
    return sum_w, mean, squares
