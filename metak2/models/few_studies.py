"""Intervals for few studies that do not lean on an estimate of tau²."""

import math

import numpy as np

from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.kernels.exact_intervals import LEAST_LEVEL, MOST_STUDIES, typical_values, unweighted_t
from metak2.models.pooled import Interval, Pooled


def exact_intervals(pooled: Pooled) -> tuple[Interval, ...]:
    """Intervals for the mean effect with guaranteed coverage, to be read beside the reported one.

    "exact" and "mid-p": from the weighted means of all subsets of studies, which inverts the sign-flip permutation
    test (Hartigan 1969, J Am Stat Assoc 64:1303-1317; Follmann & Proschan 1999, Biometrics 55:732-737; mid-p: Lancaster
    1961, J Am Stat Assoc 56:223-234). They need symmetric effects, no variance, no tau². The weights are those of a
    tau² as large as the typical sampling variance (I² of 50 %), which the effects do not influence. At 95 % the exact
    interval is finite from six studies, the mid-p interval from five.

    "unweighted t": the t interval of the unweighted mean. Coverage at least nominal for normal effects of any variances
    (Bakirov & Székely 2006, J Math Sci 139:6497-6505; Ibragimov & Müller 2010, J Bus Econ Stat 28:453-468), from two
    studies on; for levels of 0.917 and above.

    Raises
    ------
    ModelError
        Fewer than two studies, more than twenty, or effects without variances.
    """
    kept = pooled.effects.mi > 0
    yi, vi = pooled.effects.yi[kept][None, :], pooled.effects.vi[kept][None, :]
    if not np.isfinite(yi + vi).all():
        raise ModelError("a pooled study has no effect size of its own (no events); use the exact methods for counts")
    if not 2 <= pooled.k <= MOST_STUDIES:
        raise ModelError(f'exact intervals are for two to {MOST_STUDIES} studies, not {pooled.k}; use test="HK"')
    one, level = np.ones_like(yi), pooled.level
    weights = 1 / (vi + _typical(vi))
    made = []
    for rule, mid_p in (("exact", False), ("mid-p", True)):
        low, high, _ = typical_values(yi, vi, one, weights, level=level, mid_p=mid_p)
        centre = float((weights * yi).sum() / weights.sum())
        made.append(_interval(rule, (low, high), level, centre, math.nan))
    if level >= LEAST_LEVEL:
        low, high, _ = unweighted_t(yi, vi, one, level=level)
        made.append(_interval("unweighted t", (low, high), level, float(yi.mean()), pooled.k - 1.0))
    return tuple(made)


def _typical(vi: FloatArray) -> float:
    """The typical sampling variance of Higgins & Thompson (2002)."""
    w = 1 / vi
    return float((vi.size - 1) * w.sum() / (w.sum() ** 2 - (w**2).sum()))


def _interval(rule: str, limits: tuple[FloatArray, FloatArray], level: float, estimate: float, df: float) -> Interval:
    return Interval(
        low=float(limits[0][0]), high=float(limits[1][0]), level=level, rule=rule, estimate=estimate, se=math.nan, df=df
    )
