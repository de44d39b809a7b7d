"""Regression tests of funnel plot asymmetry: a weighted regression of effects on a measure of study size.

Every test is one design: the intercept, moderators if there are any, and the predictor as the last column. `lm` is
weighted least squares with a multiplicative dispersion (Egger et al. 1997 in its equivalent form, Sterne & Egger 2005);
`rma` is a meta-regression with an additive tau2 (Thompson & Sharp 1999).
"""

from typing import NamedTuple

import numpy as np

from metak2.kernels.contract import FloatArray, Status
from metak2.kernels.regression import RegressionFit, regression

ROUNDING = 1e-12  # relative


class Line(NamedTuple):
    """Coefficients and standard errors `(p,)`, the residual dispersion, studies, degrees of freedom, status flags."""

    beta: FloatArray
    se: FloatArray
    dispersion: float
    k: int
    df: float
    status: Status


def multiplicative_line(yi: FloatArray, weights: FloatArray, X: FloatArray) -> Line:
    """Weighted least squares with the dispersion estimated; `yi`, `weights` `(k,)`, `X` `(k, p)`.

    Residuals that are rounding have no dispersion, coefficients that are rounding are 0: their ratio would be noise.
    """
    fit = regression(yi[None], 1 / weights[None], np.ones((1, yi.size)), X[None], np.zeros(1))
    dispersion = float(fit.scale[0])
    if dispersion > ROUNDING**2 * float((weights * yi**2).sum()):
        return _line(fit, dispersion)
    line = _line(fit, 0.0)
    moved = np.abs(line.beta) * np.abs(X).max(axis=0) > ROUNDING * np.abs(yi).max()
    return line._replace(beta=np.where(moved, line.beta, 0.0))


def additive_line(yi: FloatArray, vi: FloatArray, X: FloatArray, tau2: float, *, scaled: bool, least: float) -> Line:
    """Meta-regression with variances vi + tau2; `scaled` multiplies them by Knapp & Hartung's factor, at least `least`.

    Degrees of freedom are k - p; who tests with the normal distribution ignores them.
    """
    fit = regression(yi[None], vi[None], np.ones((1, yi.size)), X[None], np.array([tau2]))
    return _line(fit, max(float(fit.scale[0]), least) if scaled else 1.0)


class Scores(NamedTuple):
    """The efficient score Z of a log ratio at no effect and its variance V, each `(k,)`."""

    z: FloatArray
    v: FloatArray


def odds_ratio_scores(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Scores:
    """Score of the log odds ratio given all margins (observed minus expected, hypergeometric variance)."""
    n1, n2, events, others = ai + bi, ci + di, ai + ci, bi + di
    n = n1 + n2
    return Scores(ai - n1 * events / n, n1 * n2 * events * others / (n**2 * (n - 1)))


def risk_ratio_scores(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Scores:
    """Score of the log risk ratio; Harbord, Egger & Sterne (2006), Statistics in Medicine 25:3443-3457."""
    n1, n2, events, others = ai + bi, ci + di, ai + ci, bi + di
    n = n1 + n2
    return Scores((ai * n - n1 * events) / others, n1 * n2 * events / (n * others))


def _line(fit: RegressionFit, dispersion: float) -> Line:
    with np.errstate(invalid="ignore"):
        se = np.sqrt(np.diagonal(fit.vcov[0]) * dispersion)
    return Line(fit.beta[0], se, dispersion, int(fit.k[0]), float(fit.k[0]) - fit.p, Status(int(fit.status[0])))
