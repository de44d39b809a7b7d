"""Confidence intervals for tau2 from the exact distribution of a weighted Q, and what they mean for I2 and H2.

The Q-profile interval is in `kernels.heterogeneity`, the profile likelihood's in `kernels.profile_likelihood`.
"""

import numpy as np
from scipy.special import ndtri

from metak2.kernels.contract import FloatArray, IntArray, Number, Status
from metak2.kernels.heterogeneity import i2_from_q
from metak2.kernels.intervals import Interval
from metak2.kernels.rows import batch_size
from metak2.kernels.tau2_distribution import probability_root, weighted_blocks

Bounds = tuple[FloatArray, FloatArray, IntArray]


def generalised_q(yi: FloatArray, vi: FloatArray, mi: FloatArray, ai: FloatArray, *, level: float) -> Bounds:
    """The tau2 at which Q with fixed weights `ai`, `(batch, k)`, would be too large or too small; Jackson (2013).

    `(low, high, status)`, `(batch,)`; exact for normal effects with known vi. A limit that would be negative is 0;
    AT_ZERO where even the upper one is. NaN and TOO_FEW below two studies.
    """
    batch = batch_size(yi, vi, mi, ai)
    low, high, status = np.empty(batch), np.empty(batch), np.empty(batch, dtype=np.int64)
    tail = (1 - level) / 2
    with np.errstate(all="ignore"):
        for part, rows, a in weighted_blocks(yi, vi, mi, ai):
            bounds = [probability_root(rows, a, target) * rows.unit for target in (1 - tail, tail)]
            flags = rows.status(least=2)
            flags = np.where((flags == 0) & (bounds[1] == 0), Status.AT_ZERO, flags)
            flags = np.where((flags == 0) & ~np.isfinite(bounds[0] + bounds[1]), Status.NOT_CONVERGED, flags)
            refused = (flags != 0) & (flags != Status.AT_ZERO)
            low[part], high[part] = (np.where(refused, np.nan, bound) for bound in bounds)
            status[part] = flags
    return low, high, status


def biggerstaff_jackson(yi: FloatArray, vi: FloatArray, mi: FloatArray, *, level: float) -> Bounds:
    """Jackson's interval with the weights 1 / vi of Cochran's Q; Biggerstaff & Jackson (2008)."""
    with np.errstate(all="ignore"):
        return generalised_q(yi, vi, mi, 1 / np.asarray(vi, dtype=np.float64), level=level)


def jackson(yi: FloatArray, vi: FloatArray, mi: FloatArray, *, level: float) -> Bounds:
    """Jackson's interval with the weights 1 / sqrt(vi) that he recommends where nothing is known of tau2 (2013)."""
    with np.errstate(all="ignore"):
        return generalised_q(yi, vi, mi, 1 / np.sqrt(np.asarray(vi, dtype=np.float64)), level=level)


def i2_from_tau2(tau2: Number, vt: Number) -> Number:
    """I2 in per cent, the share of tau2 in tau2 + the typical sampling variance; Higgins & Thompson (2002)."""
    return 100 * tau2 / (tau2 + vt)


def h2_from_tau2(tau2: Number, vt: Number) -> Number:
    """H2 = 1 + tau2 / vt. Elementwise."""
    return 1 + tau2 / vt


def h2_interval_from_q(Q: FloatArray, df: FloatArray, *, level: float) -> Interval:
    """Test-based interval for H2 = Q / df, no limit below 1; Higgins & Thompson (2002), appendix A2. Elementwise.

    NaN below two degrees of freedom where Q is not above df + 1: the formula has none there.
    """
    statistic, freedom = np.broadcast_arrays(np.asarray(Q, dtype=np.float64), np.asarray(df, dtype=np.float64))
    k = freedom + 1
    with np.errstate(all="ignore"):
        large = 0.5 * (np.log(statistic) - np.log(freedom)) / (np.sqrt(2 * statistic) - np.sqrt(2 * k - 3))
        small = np.sqrt((1 - 1 / (3 * (k - 2) ** 2)) / (2 * (k - 2)))
        spread = -ndtri((1 - level) / 2) * np.where(statistic > k, large, small)
        log_h = np.log(np.maximum(np.sqrt(statistic / freedom), 1.0))
        low, high = (np.maximum(np.exp(2 * (log_h + side * spread)), 1.0) for side in (-1.0, 1.0))
    known = np.isfinite(statistic) & (freedom >= 1)
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def i2_interval_from_q(Q: FloatArray, df: FloatArray, *, level: float) -> Interval:
    """Test-based interval for I2 from Q, in per cent; Higgins & Thompson (2002). Elementwise."""
    low, high = h2_interval_from_q(Q, df, level=level)
    return i2_from_q(low, np.ones_like(low)), i2_from_q(high, np.ones_like(high))
