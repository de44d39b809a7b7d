"""What the formulas of effect sizes share: what is estimable, averages over studies, Hedges' correction."""

import numpy as np
from scipy.special import gamma

from metak2.kernels.contract import FloatArray

MANY = 200.0
STIRLING = (1.0, -3 / 8, -7 / 128, -9 / 1024, 59 / 32768, 483 / 262144, -2323 / 4194304)
"""Γ(x) / Γ(x - 1/2) / √x in powers of 1 / x, from the Bernoulli polynomials at 0 and -1/2."""

Effects = tuple[FloatArray, FloatArray]
"""`yi` and `vi`, elementwise, NaN in both where the effect or its variance does not exist."""


def estimable(yi: FloatArray, vi: FloatArray) -> Effects:
    """Both numbers where both are finite, NaN in both elsewhere."""
    known = np.isfinite(yi) & np.isfinite(vi)
    return np.where(known, yi, np.nan), np.where(known, vi, np.nan)


def average(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Weighted mean over the studies (last axis, kept) whose value and weight are known; NaN where there is none."""
    values, weights = np.broadcast_arrays(np.asarray(values, float), np.asarray(weights, float))
    known = np.isfinite(values) & np.isfinite(weights)
    total = np.where(known, weights, 0.0).sum(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(known, values * weights, 0.0).sum(axis=-1, keepdims=True) / total)


def gamma_correction(df: FloatArray) -> FloatArray:
    """Hedges' J with `df` degrees of freedom, exact; Hedges (1981). NaN at 1 degree of freedom and below.

    Beyond `MANY` by Stirling's series in 2 / df, whose first term left out is below 1e-17: the difference of two large
    log Γ would lose digits, and the unbiased variance of g, which subtracts 1 / J² from 1, nearly all of them.
    """
    df = np.asarray(df, dtype=np.float64)
    usable = df > 1
    m = np.where(usable, df, 2.0)
    few, y = np.minimum(m, MANY), 2 / np.maximum(m, MANY)
    exact = gamma(few / 2) / gamma((few - 1) / 2) / np.sqrt(few / 2)
    return np.where(usable, np.where(m < MANY, exact, np.polyval(STIRLING[::-1], y)), np.nan)


def small_sample_correction(df: FloatArray, *, corrected: bool) -> FloatArray:
    """Hedges' J, or 1 where no correction is wanted."""
    return gamma_correction(df) if corrected else np.ones_like(np.asarray(df, dtype=np.float64))


def normal_density(z: FloatArray) -> FloatArray:
    """The standard normal density."""
    return np.asarray(np.exp(-np.square(z) / 2) / np.sqrt(2 * np.pi))


def fisher_z(ri: FloatArray, vi: FloatArray) -> Effects:
    """Fisher's z of a correlation, its variance by the delta method; NaN unless -1 < r < 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimable(np.arctanh(ri), vi / (1 - ri**2) ** 2)
