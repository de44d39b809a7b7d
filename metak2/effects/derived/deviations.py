"""SDs and standard errors from whatever a paper prints of them; Cochrane Handbook sections 6.5.2 and 23.

Pure functions of arrays of any shape; NaN where a number is not possible (n below 2, p outside 0 to 1).
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri, stdtrit

from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.contract import FloatArray
from metak2.kernels.medians import expected_range
from metak2.kernels.transforms import floats

QUANTILES = ("t", "normal")


def sd_from_se(se: ArrayLike, n: ArrayLike) -> FloatArray:
    """SD of one group from the standard error of its mean: SE √n.

    >>> float(sd_from_se(0.5, 25))
    2.5
    """
    se, n = floats(se, n)
    return np.asarray(se * np.sqrt(n))


def sd_from_ci(
    low: ArrayLike, high: ArrayLike, n: ArrayLike, *, level: float = 0.95, quantile: str = "t"
) -> FloatArray:
    """SD of one group from the interval of its mean: √n × width / (2 q), q of t with n − 1 df or of the normal.

    >>> round(float(sd_from_ci(30, 34.2, 25, quantile="normal")), 2)
    5.36
    """
    low, high, n = floats(low, high, n)
    return np.asarray(np.sqrt(n) * (high - low) / (2 * _quantile(level, n - 1, quantile)))


def se_from_t(difference: ArrayLike, t: ArrayLike) -> FloatArray:
    """Standard error of a difference, or of a change, from its t (or z) value: |difference / t|."""
    difference, t = floats(difference, t)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.abs(difference / np.where(t != 0, t, np.nan)))


def pooled_sd_from_se(se: ArrayLike, n_e: ArrayLike, n_c: ArrayLike) -> FloatArray:
    """The SD that both groups share, from the standard error of their difference: SE / √(1/n₁ + 1/n₂)."""
    se, n_e, n_c = floats(se, n_e, n_c)
    return np.asarray(se / np.sqrt(1 / n_e + 1 / n_c))


def sd_from_iqr(q1: ArrayLike, q3: ArrayLike) -> FloatArray:
    """SD of a normal distribution from its quartiles in a large sample: IQR / 1.349; `means_from_medians` uses n."""
    q1, q3 = floats(q1, q3)
    return np.asarray((q3 - q1) / (2 * ndtri(0.75)))


def sd_from_range(low: ArrayLike, high: ArrayLike, n: ArrayLike) -> FloatArray:
    """SD from a range over its expectation in n normal values; the Handbook advises against ranges where else is."""
    low, high, n = floats(low, high, n)
    return np.asarray((high - low) / expected_range(n))


def change_sd(sd_baseline: ArrayLike, sd_final: ArrayLike, correlation: ArrayLike) -> FloatArray:
    """SD of the change: √(SD₁² + SD₂² − 2 r SD₁ SD₂), the correlation stated.

    >>> float(change_sd(3, 4, 0.5)) == 13 ** 0.5
    True
    """
    first, second, r = floats(sd_baseline, sd_final, correlation)
    r = np.where(np.abs(r) <= 1, r, np.nan)
    return np.asarray(np.sqrt(first**2 + second**2 - 2 * r * first * second))


def correlation_from_sds(sd_baseline: ArrayLike, sd_final: ArrayLike, sd_change: ArrayLike) -> FloatArray:
    """The correlation that three SDs imply; NaN where no correlation does."""
    first, second, change = floats(sd_baseline, sd_final, sd_change)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = (first**2 + second**2 - change**2) / (2 * first * second)
    return np.where(np.abs(r) <= 1, r, np.nan)


def crossover_se(sd_e: ArrayLike, sd_c: ArrayLike, correlation: ArrayLike, n: ArrayLike) -> FloatArray:
    """Standard error of a crossover's mean difference of n people, each treated both ways (section 23.2.7.1)."""
    return np.asarray(change_sd(sd_e, sd_c, correlation) / np.sqrt(np.asarray(n, dtype=np.float64)))


def _quantile(level: float, df: FloatArray, quantile: str) -> FloatArray:
    if quantile not in QUANTILES:
        raise UnknownOptionError("quantile", quantile, QUANTILES)
    if not 0 < level < 1:
        raise ModelError(f"a level is a share between 0 and 1, such as 0.95; got {level}")
    probability = (1 + level) / 2
    return np.asarray(stdtrit(np.where(df > 0, df, np.nan), probability) if quantile == "t" else ndtri(probability))
