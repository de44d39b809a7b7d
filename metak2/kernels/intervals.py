"""Confidence and prediction intervals, and two-sided p values accurate far out in the tail. All elementwise."""

import math
from functools import lru_cache
from typing import overload

import numpy as np
from scipy.special import betainc, gammainccinv, gammaincinv, ndtr, ndtri, stdtrit

from metak2.kernels.contract import FloatArray, Number
from metak2.kernels.distinct import of_distinct

Interval = tuple[FloatArray, FloatArray]


def normal_interval(estimate: FloatArray, se: FloatArray, *, level: float) -> Interval:
    """Estimate ± z * se, with z the normal quantile of `level` (0.95)."""
    half = -ndtri((1 - level) / 2) * se
    return estimate - half, estimate + half


def t_interval(estimate: Number, se: Number, df: Number, *, level: float) -> tuple[Number, Number]:
    """Estimate ± t * se, with t of `df` degrees of freedom; infinite df means normal, no df NaN."""
    half = t_quantile(df, level=level) * se
    return estimate - half, estimate + half


@overload
def t_quantile(df: float, *, level: float) -> float: ...
@overload
def t_quantile(df: FloatArray, *, level: float) -> FloatArray: ...
def t_quantile(df: FloatArray | float, *, level: float) -> FloatArray | float:
    """The t value that holds the central `level` of the distribution with `df` degrees of freedom."""
    if isinstance(df, float) and df > 0:
        return _one_t_quantile(df, level)
    freedom = np.asarray(df, dtype=np.float64)
    finite = np.isfinite(freedom) & (freedom > 0)
    tail = (1 - level) / 2
    if finite.all():
        return of_distinct(lambda df: -stdtrit(df, tail), freedom)
    student = of_distinct(lambda df: -stdtrit(df, tail), np.where(finite, freedom, 1.0))
    return np.where(finite, student, np.where(np.isposinf(freedom), -ndtri(tail), np.nan))


def normal_pval(z: FloatArray) -> FloatArray:
    """Two-sided p value of a standard normal statistic."""
    return np.asarray(2 * ndtr(-np.abs(z)))


@lru_cache(maxsize=4096)
def _one_t_quantile(df: float, level: float) -> float:
    """`t_quantile` of a number; the same few are asked for again and again."""
    tail = (1 - level) / 2
    return float(-stdtrit(df, tail) if df < math.inf else -ndtri(tail))


@lru_cache(maxsize=4096)
def chi2_quantiles(df: float, level: float) -> tuple[float, float]:
    """The quantiles that hold the central `level` of chi-squared with `df` degrees of freedom, the upper one first."""
    tail = (1 - level) / 2
    return float(2 * gammainccinv(df / 2, tail)), float(2 * gammaincinv(df / 2, tail))


@overload
def t_pval(t: float, df: float) -> float: ...
@overload
def t_pval(t: FloatArray, df: FloatArray) -> FloatArray: ...
def t_pval(t: FloatArray | float, df: FloatArray | float) -> FloatArray | float:
    """Two-sided p value of a t statistic; infinite df means normal, no df NaN."""
    if isinstance(t, float) and isinstance(df, float) and 0 < df < math.inf:
        return float(betainc(df / 2, 0.5, df / (df + t * t)))
    statistic, freedom = np.asarray(t, dtype=np.float64), np.asarray(df, dtype=np.float64)
    finite = np.isfinite(freedom) & (freedom > 0)
    all_finite = bool(finite.all())
    n = freedom if all_finite else np.where(finite, freedom, 1.0)
    # For |t| > 1e150 the square overflows, and the p value is 0 as it should be.
    with np.errstate(over="ignore"):
        student = betainc(n / 2, 0.5, n / (n + statistic**2))
    if all_finite:
        return np.asarray(student)
    return np.where(finite, student, np.where(np.isposinf(freedom), normal_pval(statistic), np.nan))


def prediction_interval(
    estimate: Number, se: Number, tau2: Number, df: Number, *, level: float
) -> tuple[Number, Number]:
    """Where the effect of a new study lies: estimate ± t * sqrt(tau2 + se^2); Higgins, Thompson & Spiegelhalter (2009).

    Infinite df means the normal quantile.
    """
    return t_interval(estimate, (tau2 + se**2) ** 0.5, df, level=level)
