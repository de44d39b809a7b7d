"""Meta-regression of a batch: weighted least squares for given tau2, with everything that inference needs."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.contract import FloatArray, IntArray
from metak2.kernels.regression_rows import DesignRows, Solved, cross, design_blocks, solve

LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegressionFit:
    """A batch of meta-regressions. Arrays are `(batch,)` unless a shape is given; NaN where `status` says why.

    Attributes
    ----------
    beta, vcov
        Coefficients `(batch, p)` and their Wald covariance `(batch, p, p)`, for the columns of X.
    scale
        Hartung and Knapp's factor: the residual sum of squares under 1 / (vi + tau2), by its degrees of freedom.
    fitted, leverage, weights
        `(batch, k)`: x beta, the diagonal of the hat matrix, and the weights in per cent. Studies left out have a
        fitted value, but leverage and weight 0.
    QE, QE_df
        Residual heterogeneity with weights 1 / vi.
    vt, I2, H2
        Typical sampling variance (k - p) / tr P; heterogeneity from tau2 (`I2` in per cent).
    ll_ml, ll_reml, ll_saturated
        Log-likelihoods with all constants (REML's with log |X'X| / 2); the saturated one has a parameter per study.
    """

    k: FloatArray
    p: int
    beta: FloatArray
    vcov: FloatArray
    scale: FloatArray
    tau2: FloatArray
    fitted: FloatArray
    leverage: FloatArray
    weights: FloatArray
    QE: FloatArray
    QE_df: FloatArray
    vt: FloatArray
    I2: FloatArray
    H2: FloatArray
    ll_ml: FloatArray
    ll_reml: FloatArray
    ll_saturated: FloatArray
    redundant: NDArray[np.bool_]
    status: IntArray


def regression(
    yi: FloatArray,
    vi: FloatArray,
    mi: FloatArray,
    X: FloatArray,
    tau2: FloatArray,
    *,
    weights: FloatArray | None = None,
) -> RegressionFit:
    """Fit each row for its `tau2` `(batch,)`, or `(batch, k)` where it differs between studies.

    `weights` `(batch, k)` replace 1 / (vi + tau2); the covariance is then the sandwich form and the scale factor stays
    that of the inverse-variance fit. Berkey et al. (1995); Knapp & Hartung (2003).
    """
    between = np.asarray(tau2, dtype=np.float64)
    between = between[:, None] if between.ndim == 1 else between
    parts: list[RegressionFit] = []
    with np.errstate(all="ignore"):
        for part, rows in design_blocks(yi, vi, mi, X):
            own = between if between.shape[0] == 1 else between[part]
            given = None if weights is None else np.atleast_2d(weights)
            given = given if given is None or given.shape[0] == 1 else given[part]
            parts.append(_fit(rows, own, given))
    return parts[0] if len(parts) == 1 else _joined(parts)


def _joined(parts: list[RegressionFit]) -> RegressionFit:
    names = [field.name for field in fields(RegressionFit) if field.name != "p"]
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return RegressionFit(p=parts[0].p, **columns)


def _fit(rows: DesignRows, tau2: FloatArray, given: FloatArray | None) -> RegressionFit:
    t = np.broadcast_to(tau2 / rows.unit[:, None], rows.v.shape)
    t = np.where(rows.determined(t)[:, None], t, np.nan)
    best = solve(rows.y, rows.m, rows.z, 1.0 / (rows.v + t))
    used = best if given is None else solve(rows.y, rows.m, rows.z, np.where(rows.m > 0, given, 0.0))
    inner = used.inverse if given is None else _sandwich(rows, used, t)
    squares = (rows.m * best.w * best.residual**2).sum(axis=1)
    root = np.sqrt(rows.unit)[:, None]
    kept = np.where(rows.m > 0, used.w, 0.0)
    share = rows.m * kept
    common = solve(rows.y, rows.m, rows.z, np.where(np.isnan(t), np.nan, 1.0 / rows.v))
    trace = (rows.m * common.w * (1 - common.w * common.q)).sum(axis=1)
    QE = (rows.m * common.w * common.residual**2).sum(axis=1)
    vt = rows.df / trace
    beta = rows.start + (rows.back @ used.gamma[..., None])[..., 0] * root
    single = t[:, 0]
    H2 = single / vt + 1
    ll_ml, ll_reml, ll_saturated = _log_likelihoods(rows, t, best, used)
    return RegressionFit(
        k=rows.k,
        p=rows.p,
        beta=beta,
        vcov=rows.back @ inner @ np.swapaxes(rows.back, 1, 2) * rows.unit[:, None, None],
        scale=squares / rows.df,
        tau2=single * rows.unit,
        fitted=(rows.x @ rows.start[..., None])[..., 0] + (rows.z @ used.gamma[..., None])[..., 0] * root,
        leverage=kept * used.q,
        weights=100 * share / share.sum(axis=1, keepdims=True),
        QE=QE,
        QE_df=np.where(rows.bad, np.nan, rows.df),
        vt=vt * rows.unit,
        I2=100 * single / (single + vt),
        H2=H2,
        ll_ml=ll_ml,
        ll_reml=ll_reml,
        ll_saturated=ll_saturated,
        redundant=rows.redundant,
        status=rows.status(),
    )


def _sandwich(rows: DesignRows, used: Solved, tau2: FloatArray) -> FloatArray:
    """Covariance of the coefficients in the basis, for weights that are not the inverse variances."""
    mw = rows.m * used.w
    return np.asarray(used.inverse @ cross(rows.z, mw * used.w * (rows.v + tau2)) @ used.inverse)


def _log_likelihoods(
    rows: DesignRows, tau2: FloatArray, best: Solved, used: Solved
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """ML, REML and saturated, of the coefficients that are reported, under the total variances vi + tau2."""
    squares = (rows.m * best.w * used.residual**2).sum(axis=1)
    spread = (rows.m * np.log(rows.v + tau2)).sum(axis=1) + rows.k * np.log(rows.unit)
    information = -np.linalg.slogdet(best.inverse)[1] + rows.log_basis - rows.p * np.log(rows.unit)
    ml = -0.5 * (rows.k * LOG_2PI + spread + squares)
    reml = -0.5 * (rows.df * LOG_2PI + spread + squares + information - rows.log_det)
    common = (rows.m * np.log(rows.v)).sum(axis=1) + rows.k * np.log(rows.unit)
    saturated = np.where(rows.determined(tau2), -0.5 * (rows.k * LOG_2PI + common), np.nan)
    return ml, reml, saturated
