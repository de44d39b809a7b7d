"""Limit meta-analysis: what the studies would have shown with infinite precision; Rücker et al. (2011).

Biostatistics 12:122-142. The random-effects model is extended by a small-study effect, y = beta + (s^2 + tau2)^(1/2)
(alpha + error); the limit of each study shrinks towards beta.
"""

from typing import Literal, NamedTuple

import numpy as np

from metak2.kernels.contract import FloatArray

Adjustment = Literal["beta0", "betalim", "mulim"]


class Limit(NamedTuple):
    """Adjusted estimate and standard error, the line (alpha, beta), Q split in two, G2 (a share), the study limits.

    `Q_small` is the heterogeneity that a small-study effect explains (1 degree of freedom), `Q_residual` the rest
    (k - 2).
    """

    estimate: float
    se: float
    alpha: float
    beta: float
    Q_small: float
    Q_residual: float
    G2: float
    study_limits: FloatArray


def limit_meta_analysis(yi: FloatArray, vi: FloatArray, tau2: float, adjustment: Adjustment) -> Limit:
    """The adjusted estimate for a given tau2; `yi`, `vi` `(k,)`, k >= 3.

    "beta0" takes the effect at infinite precision from the regression line, "betalim" the slope of a radial line
    through the study limits with an intercept, "mulim" the same without (their common-effect mean).
    """
    error, tau = np.sqrt(vi), np.sqrt(tau2)
    total = np.sqrt(vi + tau2)
    alpha, beta, cross = _line(1 / total, yi / total)
    limits = beta + tau / total * (yi - beta)
    weight = 1 / vi
    q = float((weight * (yi - (weight * yi).sum() / weight.sum()) ** 2).sum())
    egger = _line(1 / error, yi / error)
    residual = float(((yi / error - egger[0] - egger[1] / error) ** 2).sum())
    radial = np.corrcoef(1 / error, limits / error)[0, 1]
    if adjustment == "beta0":
        estimate = beta + tau * alpha
        variance = cross[1, 1] + 2 * tau * cross[0, 1] + tau2 * cross[0, 0]
    elif adjustment == "betalim":
        _, estimate, cross = _line(1 / error, limits / error)
        variance = cross[1, 1]
    else:
        estimate, variance = float((weight * limits).sum() / weight.sum()), 1 / float(weight.sum())
    return Limit(
        estimate=float(estimate),
        se=float(np.sqrt(variance)),
        alpha=alpha,
        beta=beta,
        Q_small=q - residual,
        Q_residual=residual,
        G2=float(1 - radial**2),
        study_limits=limits,
    )


def _line(x: FloatArray, y: FloatArray) -> tuple[float, float, FloatArray]:
    """Intercept, slope and their covariance with residual variance 1, by least squares about the mean of x."""
    centre = x.mean()
    squares = float(((x - centre) ** 2).sum())
    slope = float(((x - centre) * y).sum()) / squares
    cross = np.array([[1 / x.size + centre**2 / squares, -centre / squares], [-centre / squares, 1 / squares]])
    return float(y.mean() - slope * centre), slope, cross
