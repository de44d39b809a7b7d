"""Residuals and the influence of each study on a meta-regression, from one batch of refits without it.

Viechtbauer & Cheung (2010), Research Synthesis Methods 1:112-125; Baujat et al. (2002), Statistics in Medicine
21:2641-2652. A study that counts `mi` times is left out altogether.
"""

from dataclasses import dataclass

import numpy as np

from metak2.kernels.contract import FloatArray, IntArray
from metak2.kernels.regression import RegressionFit
from metak2.kernels.regression_rows import inverted


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Deletion:
    """A fit (one row) and its refits (n rows), row i without the study `left_out[i]`.

    `refitted` holds the coefficients' covariance from *all* studies at the tau2 of refit i; `scale` and `scales` are
    the factors by which the test multiplies the Wald covariances (1 for a normal test); `weighted`: weights were
    given.
    """

    yi: FloatArray
    vi: FloatArray
    X: FloatArray
    left_out: IntArray
    full: RegressionFit
    refits: RegressionFit
    refitted: RegressionFit
    scale: float
    scales: FloatArray
    weighted: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Diagnostics:
    """One number per study left out, `(n,)`; `dfbetas` is `(n, p)`. NaN where the refit cannot be estimated."""

    deleted_residual: FloatArray
    deleted_se: FloatArray
    rstudent: FloatArray
    dffits: FloatArray
    cook_d: FloatArray
    cov_r: FloatArray
    dfbetas: FloatArray
    shift: FloatArray


def standardised_se(vi: FloatArray, X: FloatArray, fit: RegressionFit) -> FloatArray:
    """Standard errors of the raw residuals of a fit of one row, `(k,)`: diagonal of (I - H) S (I - H)'."""
    total = vi + fit.tau2[0]
    spread = total * (1 - 2 * fit.leverage[0]) + quadratic(X, fit.vcov[0])
    return np.asarray(np.sqrt(np.where(spread > 1e-12 * total, spread, np.nan)))


def quadratic(X: FloatArray, vcov: FloatArray) -> FloatArray:
    """The quadratic form x' V x of each row of X, `(k,)`; 0 where rounding leaves it below."""
    return np.asarray(np.maximum(((X @ vcov) * X).sum(axis=1), 0.0))


def diagnose(d: Deletion) -> Diagnostics:
    """Everything that leaving one study out tells."""
    i, rows = d.left_out, np.arange(d.left_out.size)
    x = d.X[i]
    with np.errstate(all="ignore"):
        total = d.vi[i] + d.refits.tau2
        own = np.einsum("np,npq,nq->n", x, d.refits.vcov, x)
        residual = d.yi[i] - d.refits.fitted[rows, i]
        deleted_se = np.sqrt(d.scales * (total + own))
        again = np.einsum("np,npq,nq->n", x, d.refitted.vcov, x)
        change = d.full.beta[0] - d.refits.beta
        moved = d.full.fitted[0, i] - d.refits.fitted[rows, i]
        variance = np.diagonal(d.refitted.vcov, axis1=1, axis2=2)
        return Diagnostics(
            deleted_residual=residual,
            deleted_se=deleted_se,
            rstudent=residual / deleted_se,
            dffits=moved / np.sqrt(d.scales * (again if d.weighted else d.full.leverage[0, i] * total)),
            cook_d=_cook(d, change),
            cov_r=np.exp(_log_det(d, d.refits) - _log_det(d, d.full)) * (d.scales / d.scale) ** d.full.p,
            dfbetas=change / np.sqrt(d.scales[:, None] * variance),
            shift=moved**2 / (d.scales * own),
        )


def _cook(d: Deletion, change: FloatArray) -> FloatArray:
    """Change' V^-1 change; without given weights V^-1 is X'WX, and no matrix is inverted."""
    if not d.weighted:
        return np.asarray(((change @ d.X.T) ** 2 / (d.vi + d.full.tau2[0])).sum(axis=1) / d.scale)
    inverse = inverted(d.full.vcov)
    return np.asarray(np.einsum("np,pq,nq->n", change, inverse[0], change) / d.scale)


def _log_det(d: Deletion, fit: RegressionFit) -> FloatArray:
    """Logarithm of |V|: from the triangle of sqrt(W) X, or with given weights through correlations.

    Either way variances of very different size do not lose digits.
    """
    if not d.weighted:
        kept = fit.leverage > 0
        root = np.where(kept, 1 / np.sqrt(d.vi + fit.tau2[:, None]), 0.0)
        triangle = np.linalg.qr(np.where(np.isfinite(root), root, 0.0)[..., None] * d.X, mode="r")
        log_det = -2 * np.log(np.abs(np.diagonal(triangle, axis1=1, axis2=2))).sum(axis=1)
        return np.where(np.isfinite(fit.vcov).all(axis=(1, 2)), log_det, np.nan)
    variance = np.diagonal(fit.vcov, axis1=1, axis2=2)
    scale = 1 / np.sqrt(variance)
    correlations = scale[:, :, None] * fit.vcov * scale[:, None, :]
    usable = np.asarray(np.isfinite(correlations).all(axis=(1, 2)))
    safe = np.where(usable[:, None, None], correlations, np.eye(fit.vcov.shape[1]))
    return np.asarray(np.where(usable, np.linalg.slogdet(safe)[1], np.nan) + np.log(variance).sum(axis=1))
