"""Kendall's rank correlation between effects and their precision: Begg & Mazumdar (1994), Schwarzer et al. (2007)."""

from typing import NamedTuple

import numpy as np
from scipy.special import gammaln, ndtr

from metak2.kernels.contract import FloatArray


class Kendall(NamedTuple):
    """Kendall's tau-b, the score S (concordant minus discordant pairs), its null standard error, two-sided p values.

    `exact_pval` is the p value from the permutation distribution of S, NaN where values are tied; `normal_pval` the
    normal approximation without continuity correction.
    """

    tau: float
    score: float
    se: float
    exact_pval: float
    normal_pval: float


def kendall(x: FloatArray, y: FloatArray) -> Kendall:
    """Kendall's rank correlation of two variables, each `(k,)`; NaN where one of them does not vary or k < 2.

    >>> import numpy as np
    >>> kendall(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.0, 4.0, 3.0])).score
    4.0
    """
    k = x.size
    score = float((np.sign(x[:, None] - x) * np.sign(y[:, None] - y)).sum() / 2)
    ties_x, ties_y = (np.unique(one, return_counts=True)[1].astype(np.float64) for one in (x, y))
    pairs = k * (k - 1) / 2
    untied = [pairs - (ties * (ties - 1)).sum() / 2 for ties in (ties_x, ties_y)]
    se = _tied_error(k, ties_x, ties_y)
    if k < 2 or min(untied) == 0:
        return Kendall(np.nan, score, se, np.nan, np.nan)
    tied = max(ties_x.max(), ties_y.max()) > 1
    return Kendall(
        tau=score / float(np.sqrt(untied[0] * untied[1])),
        score=score,
        se=se,
        exact_pval=np.nan if tied else exact_pval(score, k),
        normal_pval=float(2 * ndtr(-abs(score) / se)),
    )


def exact_pval(score: float, k: int) -> float:
    """Two-sided p value of S among the k! orders of untied values: the distribution of the number of inversions."""
    inversions = np.ones(1)
    for size in range(2, k + 1):
        inversions = np.convolve(inversions, np.full(size, 1.0 / size))
    concordant = round((score + k * (k - 1) / 2) / 2)
    tails = inversions[: concordant + 1].sum(), inversions[concordant:].sum()
    return min(1.0, 2 * float(min(tails)))


def begg_scores(yi: FloatArray, vi: FloatArray) -> FloatArray:
    """Effects less their common-effect mean, over the standard error of the difference, `(k,)`.

    Begg & Mazumdar (1994), Biometrics 50:1088-1101.
    """
    weight = 1 / vi
    mean = (weight * yi).sum() / weight.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((yi - mean) / np.sqrt(vi - 1 / weight.sum()))


def hypergeometric_scores(
    ai: FloatArray, n1i: FloatArray, ci: FloatArray, n2i: FloatArray, log_or: float
) -> tuple[FloatArray, FloatArray]:
    """Events less their expectation under a common log odds ratio, standardised, and 1 / variance; both `(k,)`.

    The moments are those of the non-central hypergeometric distribution given both margins; Schwarzer, Antes &
    Schumacher (2007), Statistics in Medicine 26:721-733.
    """
    moments = np.array([_moments(n1, n2, m, log_or) for n1, n2, m in zip(n1i, n2i, ai + ci, strict=True)]).reshape(
        -1, 2
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return (ai - moments[:, 0]) / np.sqrt(moments[:, 1]), 1 / moments[:, 1]


def _moments(n1: float, n2: float, events: float, log_or: float) -> tuple[float, float]:
    """Mean and variance of the events of arm 1 given all events."""
    x = np.arange(max(0.0, events - n2), min(n1, events) + 1)
    log_weight = -(gammaln(x + 1) + gammaln(n1 - x + 1) + gammaln(events - x + 1) + gammaln(n2 - events + x + 1))
    log_weight += x * log_or
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    mean = float((weight * x).sum())
    return mean, float((weight * (x - mean) ** 2).sum())


def _tied_error(k: int, ties_x: FloatArray, ties_y: FloatArray) -> float:
    """Null standard error of S with ties; Kendall (1970), Rank correlation methods, chapter 4."""
    whole = k * (k - 1) * (2 * k + 5)
    lost = sum(float((ties * (ties - 1) * (2 * ties + 5)).sum()) for ties in (ties_x, ties_y))
    twos = [float((ties * (ties - 1)).sum()) for ties in (ties_x, ties_y)]
    threes = [float((ties * (ties - 1) * (ties - 2)).sum()) for ties in (ties_x, ties_y)]
    variance = (whole - lost) / 18
    variance += twos[0] * twos[1] / max(2 * k * (k - 1), 1)
    variance += threes[0] * threes[1] / max(9 * k * (k - 1) * (k - 2), 1)
    return float(np.sqrt(max(variance, 0.0)))
