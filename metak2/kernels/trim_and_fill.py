"""Trim and fill: how many studies a symmetric funnel lacks on one side; Duval & Tweedie (2000).

J Am Stat Assoc 95:89-98 and Biometrics 56:455-463. Ranks need the studies one by one: this kernel takes one analysis.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.contract import FloatArray

Estimator = Literal["L0", "R0", "Q0"]
LIMIT = 100
"""Rounds of trimming; a series that returns to an earlier number of studies never ends."""


class Trimmed(NamedTuple):
    """What trimming found, for studies that are missing on the left.

    `k0` studies are missing, `se` the standard error of the unrounded estimate, `pval` of no missing study (R0 only,
    else NaN); `extreme` numbers the `k0` studies to mirror, in ascending order of effect, about `centre`. Not
    `converged`: the iteration did not settle, or (Q0) there is no solution and `se` is NaN.
    """

    k0: int
    se: float
    pval: float
    extreme: NDArray[np.intp]
    centre: float
    converged: bool


def missing_on_the_left(yi: FloatArray, mean: Callable[[NDArray[np.bool_]], float], estimator: Estimator) -> Trimmed:
    """Trim the largest effects of `yi` `(k,)` until their number and that of the missing studies agree.

    `mean` pools the studies that a mask marks.
    """
    k = yi.size
    order = np.argsort(yi, kind="stable")
    k0, converged = 0, False
    for _ in range(LIMIT):
        centre = mean(_kept(order, k0))
        estimate, se = _estimate(yi[order] - centre, estimator)
        found = min(max(0, round(estimate)), k - 1)
        if found == k0:
            converged = bool(np.isfinite(se))
            break
        k0 = found
    pval = 0.5 ** (k0 + 1) if estimator == "R0" else np.nan
    return Trimmed(k0, se, pval, order[k - k0 :], centre, converged)


def _kept(order: NDArray[np.intp], trimmed: int) -> NDArray[np.bool_]:
    kept = np.ones(order.size, dtype=np.bool_)
    kept[order[order.size - trimmed :]] = False
    return kept


def _estimate(deviation: FloatArray, estimator: Estimator) -> tuple[float, float]:
    """The number of missing studies, unrounded, and its standard error; `deviation` ascending, `(k,)`."""
    k = deviation.size
    distance = np.abs(deviation)
    if estimator == "R0":
        farthest_left = distance[deviation < 0].max(initial=-1.0)
        missing = float((distance > farthest_left).sum() - 1)
        return missing, float(np.sqrt(2 * max(0.0, missing) + 2))
    wilcoxon = float(_mid_ranks(distance)[deviation > 0].sum())
    if estimator == "L0":
        missing = (4 * wilcoxon - k * (k + 1)) / (2 * k - 1)
        return missing, 4 * _wilcoxon_error(k, missing) / (2 * k - 1)
    missing = k - 0.5 - float(np.sqrt(max(0.0, 2 * k**2 - 4 * wilcoxon + 0.25)))
    slope = (k - 0.5) ** 2 - missing * (2 * k - missing - 1)
    return missing, float(2 * _wilcoxon_error(k, missing) / np.sqrt(slope)) if slope > 0 else np.nan


def _mid_ranks(distance: FloatArray) -> FloatArray:
    """Ranks from 1, the mean of those that tied values share."""
    _, which, size = np.unique(distance, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(size) - 0.5 * (size - 1))[which])


def _wilcoxon_error(k: int, missing: float) -> float:
    """Standard error of Wilcoxon's statistic when `missing` studies were suppressed; Duval & Tweedie (2000)."""
    variance = k * (k + 1) * (2 * k + 1) + 10 * missing**3 + 27 * missing**2 + 17 * missing
    variance += -18 * k * missing**2 - 18 * k * missing + 6 * k**2 * missing
    return float(np.sqrt(max(0.0, variance / 24)))
