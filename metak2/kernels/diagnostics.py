"""Residuals and the influence of each study on a mean or a regression, from one batch of refits without it.

Viechtbauer & Cheung (2010), Research Synthesis Methods 1:112-125; Baujat et al. (2002), Statistics in Medicine
21:2641-2652. A study that counts `mi` times is left out altogether.
"""

from dataclasses import dataclass

import numpy as np

from metak2.kernels.contract import Fit, FloatArray
from metak2.kernels.regression import RegressionFit
from metak2.kernels.regression_rows import inverted

Fits = tuple[RegressionFit, RegressionFit, RegressionFit]
"""The fit of all studies (one row), the refits without each of them, and the fits of all at the tau2 of the refits."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Deletion:
    """What a fit and its refits without a study say of each study left out; arrays are `(n, …)`.

    `vi` and `x` `(n, p)` are the study's variance and row of the design, `residual` its effect less what the refit
    predicts, `moved` the shift of its fitted value, `leverage` that in the fit, `tau2` the refit's. `change` `(n, p)`
    is the shift of the coefficients, `distance` its square in their Wald covariance V, `log_ratio` the logarithm of |V|
    without the study over |V| with it, `vcovs` `(n, p, p)` the refits' covariances and `refitted` that of *all* studies
    at the tau2 of the refit; `scale` and `scales` are the factors by which the test multiplies the Wald covariances (1
    for a normal test); `weighted`: weights were given.
    """

    vi: FloatArray
    x: FloatArray
    residual: FloatArray
    moved: FloatArray
    leverage: FloatArray
    tau2: FloatArray
    change: FloatArray
    distance: FloatArray
    log_ratio: FloatArray
    vcovs: FloatArray
    refitted: FloatArray
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


def deletion_of_mean(yi: FloatArray, vi: FloatArray, fit: Fit, scales: FloatArray, *, weighted: bool) -> Deletion:
    """The deletion of each of `n` studies from a mean; `fit` and `scales` hold n + 1 rows, the last of all studies.

    `fit.weights` are `(n + 1, n)`: of a mean they are the leverages too.
    """
    estimate, variance = fit.estimate[:-1], fit.se[:-1] ** 2
    moved, leverage, total = fit.estimate[-1] - estimate, fit.weights[-1] / 100, vi + fit.tau2[:-1]
    share = leverage if weighted else variance / (variance + total)
    return Deletion(
        vi=vi,
        x=np.ones((vi.size, 1)),
        residual=yi - estimate,
        moved=moved,
        leverage=leverage,
        tau2=fit.tau2[:-1],
        change=moved[:, None],
        distance=moved**2 / fit.se[-1] ** 2,
        log_ratio=np.log(variance / fit.se[-1] ** 2),
        vcovs=variance[:, None, None],
        refitted=(variance * (1 - share) ** 2 + total * share**2)[:, None, None],
        scale=float(scales[-1]),
        scales=scales[:-1],
        weighted=weighted,
    )


def deletion_of_regression(
    yi: FloatArray, vi: FloatArray, X: FloatArray, fits: Fits, scales: tuple[float, FloatArray], *, weighted: bool
) -> Deletion:
    """The deletion of each of the studies, (k,), from a regression; `scales` are those of the fit and of the refits."""
    full, refits, again = fits
    predicted = np.diagonal(refits.fitted)
    change = full.beta[0] - refits.beta
    with np.errstate(all="ignore"):
        distance = _distance(vi, X, full, change, weighted=weighted)
        log_ratio = _log_det(vi, X, refits, weighted=weighted) - _log_det(vi, X, full, weighted=weighted)
    return Deletion(
        vi=vi,
        x=X,
        residual=yi - predicted,
        moved=full.fitted[0] - predicted,
        leverage=full.leverage[0],
        tau2=refits.tau2,
        change=change,
        distance=distance,
        log_ratio=log_ratio,
        vcovs=refits.vcov,
        refitted=again.vcov,
        scale=scales[0],
        scales=scales[1],
        weighted=weighted,
    )


def diagnose(d: Deletion) -> Diagnostics:
    """Everything that leaving one study out tells."""
    with np.errstate(all="ignore"):
        total = d.vi + d.tau2
        own, again = (np.einsum("np,npq,nq->n", d.x, vcov, d.x) for vcov in (d.vcovs, d.refitted))
        deleted_se = np.sqrt(d.scales * (total + own))
        return Diagnostics(
            deleted_residual=d.residual,
            deleted_se=deleted_se,
            rstudent=d.residual / deleted_se,
            dffits=d.moved / np.sqrt(d.scales * (again if d.weighted else d.leverage * total)),
            cook_d=d.distance / d.scale,
            cov_r=np.exp(d.log_ratio) * (d.scales / d.scale) ** d.x.shape[1],
            dfbetas=d.change / np.sqrt(d.scales[:, None] * np.diagonal(d.refitted, axis1=1, axis2=2)),
            shift=d.moved**2 / (d.scales * own),
        )


def _distance(vi: FloatArray, X: FloatArray, full: RegressionFit, change: FloatArray, *, weighted: bool) -> FloatArray:
    """Change' V^-1 change; without given weights V^-1 is X'WX, and no matrix is inverted."""
    if not weighted:
        return np.asarray(((change @ X.T) ** 2 / (vi + full.tau2[0])).sum(axis=1))
    return np.asarray(np.einsum("np,pq,nq->n", change, inverted(full.vcov)[0], change))


def _log_det(vi: FloatArray, X: FloatArray, fit: RegressionFit, *, weighted: bool) -> FloatArray:
    """Logarithm of |V|: from the triangle of sqrt(W) X, or with given weights through correlations.

    Either way variances of very different size do not lose digits.
    """
    if not weighted:
        kept = fit.leverage > 0
        root = np.where(kept, 1 / np.sqrt(vi + fit.tau2[:, None]), 0.0)
        triangle = np.linalg.qr(np.where(np.isfinite(root), root, 0.0)[..., None] * X, mode="r")
        log_det = -2 * np.log(np.abs(np.diagonal(triangle, axis1=1, axis2=2))).sum(axis=1)
        return np.where(np.isfinite(fit.vcov).all(axis=(1, 2)), log_det, np.nan)
    variance = np.diagonal(fit.vcov, axis1=1, axis2=2)
    scale = 1 / np.sqrt(variance)
    correlations = scale[:, :, None] * fit.vcov * scale[:, None, :]
    usable = np.asarray(np.isfinite(correlations).all(axis=(1, 2)))
    safe = np.where(usable[:, None, None], correlations, np.eye(fit.vcov.shape[1]))
    return np.asarray(np.where(usable, np.linalg.slogdet(safe)[1], np.nan) + np.log(variance).sum(axis=1))
