"""Cochran's Q: its p value, I2 from it, and the Q-profile interval for tau2."""

from functools import partial
from typing import overload

import numpy as np
from scipy.special import gammaincc, gammainccinv, gammaincinv

from metak2.kernels.contract import FloatArray, IntArray, Status
from metak2.kernels.distinct import of_distinct
from metak2.kernels.profile import q_root
from metak2.kernels.rows import batch_size, blocks


@overload
def q_pval(Q: float, df: float) -> float: ...
@overload
def q_pval(Q: FloatArray, df: FloatArray) -> FloatArray: ...
def q_pval(Q: FloatArray | float, df: FloatArray | float) -> FloatArray | float:
    """P(chi-squared with `df` degrees of freedom >= Q); 1 where df is 0. Elementwise."""
    if isinstance(Q, float) and isinstance(df, float) and Q >= 0 and df > 0:
        return float(gammaincc(df / 2, Q / 2))
    statistic, freedom = np.asarray(Q, dtype=np.float64), np.asarray(df, dtype=np.float64)
    positive = freedom > 0
    tail = gammaincc(np.where(positive, freedom, 2.0) / 2, np.where(statistic > 0, statistic, 0.0) / 2)
    known = np.isfinite(statistic) & (freedom >= 0)
    return np.where(known, np.where(positive, tail, 1.0), np.nan)


@overload
def i2_from_q(Q: float, df: float) -> float: ...
@overload
def i2_from_q(Q: FloatArray, df: FloatArray) -> FloatArray: ...
def i2_from_q(Q: FloatArray | float, df: FloatArray | float) -> FloatArray | float:
    """I2 in per cent, max(0, (Q - df) / Q); Higgins & Thompson (2002). 0 where Q is 0. Elementwise."""
    if isinstance(Q, float) and isinstance(df, float):
        return 100 * max(Q - df, 0.0) / Q if Q > 0 else Q
    return np.where(df < Q, 100 * (Q - df) / np.where(Q > 0, Q, 1.0), np.where(np.isnan(Q), np.nan, 0.0))


def _limit(half_df: FloatArray, *, probability: float, upper: bool) -> FloatArray:
    """The chi-squared value that `probability` lies above, or below, for twice `half_df` degrees of freedom."""
    quantile = gammainccinv if upper else gammaincinv
    return 2 * np.asarray(quantile(half_df, probability), dtype=np.float64)


def q_profile(
    yi: FloatArray, vi: FloatArray, mi: FloatArray, *, level: float
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Confidence interval for tau2 by the Q-profile method, Viechtbauer (2007): `(low, high, status)`, `(batch,)`.

    A limit that would be negative is 0; AT_ZERO where even the upper one is. NaN and TOO_FEW below two studies.
    """
    batch = batch_size(yi, vi, mi)
    low, high, status = np.empty(batch), np.empty(batch), np.empty(batch, dtype=np.int64)
    with np.errstate(all="ignore"):
        for part, rows in blocks(yi, vi, mi):
            half_df = np.maximum(rows.k - 1, 1) / 2
            bounds = [
                q_root(rows, of_distinct(partial(_limit, probability=(1 - level) / 2, upper=upper), half_df))
                * rows.unit
                for upper in (True, False)
            ]
            flags = rows.status(least=2)
            flags = np.where((flags == 0) & (bounds[1] == 0), Status.AT_ZERO, flags)
            flags = np.where((flags == 0) & ~np.isfinite(bounds[0] + bounds[1]), Status.NOT_CONVERGED, flags)
            refused = (flags != 0) & (flags != Status.AT_ZERO)
            low[part], high[part] = (np.where(refused, np.nan, bound) for bound in bounds)
            status[part] = flags
    return low, high, status
