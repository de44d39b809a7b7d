"""Fail-safe N: how many unseen null studies would undo a result. `yi` and `vi` are `(k,)`; counts are rounded up."""

import numpy as np
from scipy.special import ndtr, ndtri

from metak2.kernels.contract import FloatArray


def rosenthal(yi: FloatArray, vi: FloatArray, alpha: float) -> tuple[float, float]:
    """Studies with z = 0 that bring Stouffer's one-sided p up to `alpha`, and that p; Rosenthal (1979)."""
    k = yi.size
    stouffer = abs(float((yi / np.sqrt(vi)).sum())) / np.sqrt(k)
    return _whole(k * (stouffer / ndtri(alpha)) ** 2 - k), float(ndtr(-stouffer))


def rosenberg(yi: FloatArray, vi: FloatArray, alpha: float) -> tuple[float, float, float]:
    """Null studies of mean weight that bring the common effect's two-sided p to `alpha`, that p and the mean effect.

    Rosenberg (2005), Evolution 59:464-468, normal quantile.
    """
    weight = 1 / vi
    total = float(weight.sum())
    mean = float((weight * yi).sum()) / total
    needed = (mean * total / float(ndtri(alpha / 2))) ** 2 - total
    return _whole(yi.size * needed / total), mean, float(2 * ndtr(-abs(mean) * np.sqrt(total)))


def orwin(yi: FloatArray, vi: FloatArray, target: float | None, *, weighted: bool) -> tuple[float, float, float]:
    """Null studies that bring the mean effect down to `target` (default: half of it), the mean and the target used.

    A target on the other side of 0 is taken with the sign of the mean. Orwin (1983), J Educ Stat 8:157-159; weighted by
    1 / vi where `weighted`.
    """
    weight = 1 / vi if weighted else np.ones(yi.size)
    mean = float((weight * yi).sum() / weight.sum())
    aim = mean / 2 if target is None else float(np.copysign(target, mean))
    if aim == 0:
        return (0.0 if mean == 0 else np.inf), mean, aim
    return _whole(yi.size * (mean - aim) / aim), mean, aim


def _whole(needed: float) -> float:
    """Rounded up; a number that is whole but for the last bits stays what it is."""
    return float(np.ceil(max(0.0, needed) * (1 - 1e-12)))
