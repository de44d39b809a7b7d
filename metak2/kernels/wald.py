"""Wald statistics of several coefficients, the tail of the F distribution and variance inflation."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from metak2.kernels.contract import FloatArray
from metak2.kernels.regression_rows import inverted


def wald_statistic(estimate: FloatArray, vcov: FloatArray) -> FloatArray:
    """The Wald statistic b' V^-1 b; `(n, m)` and `(n, m, m)` to `(n,)`."""
    with np.errstate(all="ignore"):
        if estimate.shape[1] == 1:
            return np.asarray(estimate[:, 0] ** 2 / vcov[:, 0, 0])
        return np.asarray((estimate[:, None, :] @ inverted(vcov) @ estimate[..., None])[:, 0, 0])


def f_pval(statistic: FloatArray, df: FloatArray, df_residual: FloatArray) -> FloatArray:
    """P(F >= statistic), accurate far out in the tail; NaN without residual degrees of freedom. Elementwise.

    >>> float(f_pval(np.array(5.0), np.array(2.0), np.array(10.0)))
    0.03125
    """
    value, m, n = np.broadcast_arrays(*(np.asarray(one, dtype=np.float64) for one in (statistic, df, df_residual)))
    usable = (n > 0) & np.isfinite(n) & (m > 0) & (value >= 0)
    n, m, value = np.where(usable, n, 1.0), np.where(usable, m, 1.0), np.where(usable, value, 0.0)
    return np.where(usable, betainc(n / 2, m / 2, n / (n + m * value)), np.nan)


def generalised_inflation(vcov: FloatArray, own: NDArray[np.bool_]) -> float:
    """Generalised variance inflation of the coefficients `own` among all slopes, `vcov` `(p, p)`; 1 if orthogonal.

    Fox & Monette (1992), Journal of the American Statistical Association 87:178-183.
    """
    spread = 1 / np.sqrt(np.diag(vcov))
    correlation = vcov * spread[:, None] * spread
    apart = sum(float(np.linalg.slogdet(correlation[np.ix_(part, part)])[1]) for part in (own, ~own))
    return float(np.exp(apart - np.linalg.slogdet(correlation)[1]))
