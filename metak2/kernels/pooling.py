"""Inverse-variance pooling under the common-effect and the random-effects model."""

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np

from metak2.kernels.contract import Fit, FloatArray, IntArray
from metak2.kernels.heterogeneity import i2_from_q
from metak2.kernels.rows import Rows, batch_size, blocks


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
        alone = rows.k == 1
        return _inverse_variance(rows, np.where(alone, 0.0, given[part]), flags[part] | rows.status(least=2))

    return _in_blocks(pool, yi, vi, mi)


def _in_blocks(pool: Callable[[Rows, slice], Fit], yi: FloatArray, vi: FloatArray, mi: FloatArray) -> Fit:
    with np.errstate(all="ignore"):
        parts = [pool(rows, part) for part, rows in blocks(yi, vi, mi)]
    if len(parts) == 1:
        return parts[0]
    return Fit(**{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Fit)})


def _inverse_variance(rows: Rows, tau2: FloatArray, status: IntArray) -> Fit:
    """The fit of a block for given tau2 (in the unit of vi), I2 and H2 from tau2."""
    usable = ~rows.bad & (rows.k >= 1) & np.isfinite(tau2)
    between = np.where(usable, tau2 / rows.unit, np.nan)
    weight = rows.m / (rows.v + between)
    sum_w = weight.sum(axis=0)
    mean = (weight * rows.y).sum(axis=0) / sum_w
    df = rows.k - 1
    several = usable & (df >= 1)
    hk = np.sqrt((weight * (rows.y - mean) ** 2).sum(axis=0) / df / sum_w)
    q, trace = _cochran(rows)
    vt = np.where(several, df / trace, np.nan)
    scale = np.sqrt(rows.unit)
    alone = usable & (rows.k == 1)
    only = np.argmax(rows.m > 0, axis=0)
    column = np.zeros(only.size, dtype=np.intp) if rows.y.shape[1] == 1 else np.arange(only.size)
    spread = np.where(alone, np.sqrt(rows.v[only, column]), np.sqrt(1 / sum_w))
    return Fit(
        k=rows.k,
        estimate=rows.centre + scale * np.where(alone, rows.y[only, column], mean),
        se=scale * spread,
        se_hk=np.where(several, scale * hk, np.nan),
        tau2=np.where(several, tau2, np.nan),
        weights=(100 * weight / sum_w).T,
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
    sum_w = counted.sum(axis=0)
    q = (counted * (rows.y - (counted * rows.y).sum(axis=0) / sum_w) ** 2).sum(axis=0)
    return q, (counted * (1 - weight / sum_w)).sum(axis=0)
