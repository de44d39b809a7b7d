"""From what a paper reports to what a formula needs. Each rule is a pure function; `record` keeps what it did.

Cochrane Handbook chapter 6 (sections 6.3 and 6.5.2) is the source unless a function names another.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtrit

from metak2.kernels.contract import FloatArray
from metak2.studies.table import Conversion

FORMULAS: Mapping[str, str] = {
    "SE from CI": "(upper − lower) / (2 q), q the quantile of the level, normal or t; on the log scale for ratios",
    "SE from p": "|estimate| / q, q the quantile of 1 − p/2, normal or t; on the log scale for ratios",
    "SD from SEM": "SEM × √n",
    "SE from SD": "SD / √n",
    "SE of a mean from its CI": "(upper − lower) / (2 z), z the normal quantile of the level",
    "two-sided p from one-sided p": "2 × min(p, 1 − p)",
    "SMD from t": "J(n₁ + n₂ − 2) × t × √(1/n₁ + 1/n₂)",
    "change SD from a paired p": "|mean change| × √n / t(n − 1, 1 − p/2)",
    "log HR from log-rank p": "(O − E) / V with V = events × n₁ n₂ / (n₁ + n₂)² and O − E = z √V",
    "log HR from survival percentages": "mean of the intervals' log hazard ratios, inverse variance (Parmar 1998)",
    "log HR from O − E and V": "(O − E) / V, variance 1 / V",
    "SD from CI": "√n × (upper − lower) / (2 q), q the quantile of t(n − 1) or of the normal distribution",
    "SE from t": "|difference| / |t|",
    "pooled SD from SE": "SE / √(1/n₁ + 1/n₂)",
    "SD from IQR": "(q₃ − q₁) / 1.349",
    "SD from range": "(maximum − minimum) / expected range of n standard normal values",
    "mean and SD from median": "optimal weights of Luo (2018); SD of Wan (2014), with five numbers of Shi (2020)",
    "skewness of a five-number summary": "test of Shi (2023), 5 per cent",
    "mean change": "final mean − baseline mean",
    "change SD": "√(SD₁² + SD₂² − 2 r SD₁ SD₂), r the stated correlation",
    "correlation from SDs": "(SD₁² + SD₂² − SD_change²) / (2 SD₁ SD₂)",
    "SE of a crossover": "√(SD₁² + SD₂² − 2 r SD₁ SD₂) / √n",
    "design effect": "1 + (M − 1) × ICC",
    "effective counts": "count / design effect",
    "inflated SE": "SE × √(design effect)",
    "shared control split": "events and people divided among the comparisons, whole people",
    "counts from percentage": "every count that prints as the percentage",
    "SMD from OR": "log OR × √3/π (logistic values) or / 1.65 (normal values)",
    "OR from SMD": "SMD × π/√3 (logistic values) or × 1.65 (normal values)",
    "r from d": "d / √(d² + (n₁ + n₂)² / (n₁ n₂))",
    "d from r": "2 r / √(1 − r²)",
    "RR from OR": "OR / (1 − p + p OR) at the stated baseline risk p",
    "table from association": "the table with these margins and this OR, phi or χ², rounded",
    "table from accuracy": "prevalence from the predictive values, rounded",
    "delta method": "f(y), variance f′(y)² × v",
    "assumed value": "the reviewer's value where a study gives none",
}


def record(rule: str, inputs: Mapping[str, float], output: Mapping[str, float], assumption: str = "") -> Conversion:
    """The conversion with its formula, ready to be printed beside the number."""
    return Conversion(
        rule=rule, formula=FORMULAS[rule], inputs=dict(inputs), output=dict(output), assumption=assumption
    )


def se_from_ci(low: ArrayLike, high: ArrayLike, level: ArrayLike = 0.95, df: ArrayLike = np.inf) -> FloatArray:
    """Standard error from an interval on the analysis scale, made by the normal or by t with `df` degrees of freedom.

    >>> round(float(se_from_ci(-1.96, 1.96)), 5), round(float(se_from_ci(-2.0, 2.0, df=10)), 5)
    (1.00002, 0.89761)
    """
    level = np.asarray(level, dtype=np.float64)
    width = np.asarray(high, dtype=np.float64) - np.asarray(low, dtype=np.float64)
    return np.asarray(width / (2 * _upper((1 - level) / 2, df)))


def se_from_p(yi: ArrayLike, pval: ArrayLike, df: ArrayLike = np.inf) -> FloatArray:
    """Standard error from an estimate on the analysis scale and its exact two-sided p value, normal or t with `df`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.abs(np.asarray(yi, float)) / t_from_p(pval, df))


def _upper(tail: ArrayLike, df: ArrayLike) -> FloatArray:
    """The value that t with `df` degrees of freedom exceeds with this probability; normal where `df` is infinite."""
    tail, df = np.asarray(tail, dtype=np.float64), np.asarray(df, dtype=np.float64)
    normal = np.isinf(df)
    return np.where(normal, -ndtri(tail), -stdtrit(np.where(normal, 1.0, df), tail))


def two_sided(pval: ArrayLike) -> FloatArray:
    """The two-sided p value that belongs to a one-sided one.

    >>> round(float(two_sided(0.811)), 3)
    0.378
    """
    pval = np.asarray(pval, dtype=np.float64)
    return np.asarray(2 * np.minimum(pval, 1 - pval))


def t_from_p(pval: ArrayLike, df: ArrayLike = np.inf) -> FloatArray:
    """|t| from an exact two-sided p value with `df` degrees of freedom, |z| where infinite; NaN outside 0 < p < 1."""
    pval = np.asarray(pval, dtype=np.float64)
    known = (pval > 0) & (pval < 1)
    return np.where(known, _upper(np.where(known, pval, 0.5) / 2, df), np.nan)


def change_sd_from_paired_p(mean_change: ArrayLike, n: ArrayLike, pval: ArrayLike) -> FloatArray:
    """SD of the change from its mean and a within-arm p value, a paired t test assumed; Cochrane Handbook 6.5.2.8."""
    n = np.asarray(n, dtype=np.float64)
    return np.asarray(np.abs(np.asarray(mean_change, float)) * np.sqrt(n) / t_from_p(pval, n - 1))
