"""The test of excess significance: are there more significant studies than their power allows? Ioannidis & Trikalinos.

Clinical Trials (2007) 4:245-253. Arrays are `(k,)`.
"""

from typing import Literal

import numpy as np
from scipy.special import bdtrc, erfc, ndtr, ndtri

from metak2.kernels.contract import FloatArray

Alternative = Literal["two-sided", "greater", "less"]
Test = Literal["chi2", "binomial", "exact"]


def significant(z: FloatArray, alpha: float, alternative: Alternative) -> FloatArray:
    """1 where a study with this z is significant at `alpha`, else 0."""
    if alternative == "two-sided":
        return (np.abs(z) >= -ndtri(alpha / 2)).astype(np.float64)
    side = z if alternative == "greater" else -z
    return (side >= -ndtri(alpha)).astype(np.float64)


def power(shift: FloatArray, alpha: float, alternative: Alternative) -> FloatArray:
    """The probability of significance of a study whose z has this mean and standard deviation 1."""
    if alternative == "two-sided":
        limit = -ndtri(alpha / 2)
        return np.asarray(ndtr(shift - limit) + ndtr(-shift - limit))
    return np.asarray(ndtr((shift if alternative == "greater" else -shift) + ndtri(alpha)))


def chi_squared(observed: float, chances: FloatArray) -> tuple[float, float]:
    """Pearson's statistic and the one-sided p value of an excess; NaN where no or every study must be significant."""
    k, expected = chances.size, float(chances.sum())
    if not 0 < expected < k:
        return np.nan, np.nan
    statistic = (observed - expected) ** 2 * (1 / expected + 1 / (k - expected))
    half = 0.5 * float(erfc(np.sqrt(statistic / 2)))
    return statistic, half if observed > expected else 1 - half


def binomial_pval(observed: float, chances: FloatArray) -> float:
    """P(at least `observed` significant studies), each with the mean power."""
    return 1.0 if observed == 0 else float(bdtrc(observed - 1, chances.size, chances.mean()))


def exact_pval(observed: float, chances: FloatArray) -> float:
    """P(at least `observed` significant studies), each with its own power: the Poisson-binomial distribution."""
    distribution = np.ones(1)
    for chance in chances:
        distribution = np.convolve(distribution, [1 - chance, chance])
    return float(min(1.0, distribution[int(observed) :].sum()))
