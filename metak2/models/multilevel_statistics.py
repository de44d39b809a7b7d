"""What follows from a fitted multilevel model: the effects without its random terms, and how well it fits."""

from typing import NamedTuple

import numpy as np

from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.kernels.multivariate.likelihood import LOG_TWO_PI, Fixed
from metak2.models.fit_statistics import FitStatistics, information_of
from metak2.models.sampling_covariance import SamplingCovariance

SINGULAR = 1e14  # condition number at which nothing is left of the solution


class SamplingAlone(NamedTuple):
    """Q of the residuals, the typical sampling variance, and the log-likelihood of a saturated model."""

    Q: float
    vt: float
    saturated: float


def sampling_alone(yi: FloatArray, X: FloatArray, sampling: SamplingCovariance) -> SamplingAlone:
    """The model whose only variation is that of sampling. ModelError where it leaves the moderators undetermined."""
    k, p = X.shape
    alone = sampling.alone
    w = 1 / sampling.variances[alone]
    WX, Wy = np.empty_like(X), np.empty_like(yi)
    WX[alone], Wy[alone] = w[:, None] * X[alone], w * yi[alone]
    total, half = float(w.sum()), -0.5 * float(np.log(w).sum())
    for rows, block in sampling.correlated:
        W = np.linalg.inv(block)
        WX[rows], Wy[rows] = W @ X[rows], W @ yi[rows]
        total += float(np.trace(W))
        half += 0.5 * float(np.linalg.slogdet(block)[1])
    scale = 1 / np.sqrt((X * WX).sum(axis=0))
    information = scale[:, None] * (X.T @ WX) * scale
    if np.linalg.cond(information) > SINGULAR:
        raise ModelError(
            "the sampling variances differ so much that the moderators cannot be told apart; check the most precise "
            "effect, or leave a moderator out"
        )
    beta = scale * np.linalg.solve(information, scale * (WX.T @ yi))
    Q = float((yi - X @ beta) @ (Wy - WX @ beta))
    trace = total - float(np.trace(np.linalg.solve(information, scale[:, None] * (WX.T @ WX) * scale)))
    return SamplingAlone(Q, (k - p) / trace, -half - 0.5 * k * LOG_TWO_PI)


def statistics_of(fixed: Fixed, free: int, X: FloatArray, saturated: float) -> FitStatistics:
    """Both likelihoods at the estimates, with the criteria made of them; `free` counts the random parameters."""
    k, p = X.shape
    ml, reml = fixed.log_likelihood, fixed.restricted
    return FitStatistics(
        ML=information_of(ml, -2 * (ml - saturated), p + free, k),
        REML=information_of(reml, -2 * reml, p + free, k - p),
        parameters=p + free,
    )
