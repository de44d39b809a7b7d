"""Log hazard ratios reconstructed from printed results; Parmar, Torri & Stewart (1998), Tierney et al. (2007)."""

import numpy as np
from scipy.special import ndtri

from metak2.kernels.contract import FloatArray
from metak2.kernels.effect_sizes import Effects


def log_hazard_ratio_from_logrank(
    pval: FloatArray, events: FloatArray, n1i: FloatArray, n2i: FloatArray, sign: FloatArray
) -> Effects:
    """From a two-sided log-rank p value and the events of both arms together. Elementwise.

    V = events n1 n2 / (n1 + n2)^2, |O - E| = z sqrt(V), log HR = (O - E) / V with variance 1 / V. `n1i`, `n2i` are
    the numbers randomised, or any numbers in the ratio of the allocation. `sign` is -1 where the first arm fares
    better, +1 where worse. NaN outside 0 < p <= 1 and where there is no event.
    """
    pval, events, n1i, n2i, sign = (np.asarray(array, dtype=np.float64) for array in (pval, events, n1i, n2i, sign))
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = events * (n1i / (n1i + n2i)) * (n2i / (n1i + n2i))
        known = (pval > 0) & (pval <= 1) & (variance > 0) & np.isfinite(variance) & (np.abs(sign) == 1)
        yi = -np.sign(sign) * ndtri(np.where(known, pval, 1.0) / 2) / np.sqrt(variance)
        return np.where(known, yi, np.nan), np.where(known, 1 / variance, np.nan)


def log_hazard_ratio_from_percentages(
    times: FloatArray, surv1: FloatArray, surv2: FloatArray, n1: float, n2: float
) -> tuple[float, float]:
    """From the proportions (0 to 1) still free of the event at a few rising times, 0 not among them; `(t,)` each.

    Assumes that nobody is censored before the last time, so that n times the proportion is the number at risk;
    follow-up that was lost makes the true variance larger. An interval with R at risk at its start and D events
    contributes log(D1 / R1) - log(D2 / R2) with variance 1/D1 - 1/R1 + 1/D2 - 1/R2, which takes the ratio of risks
    within the interval for the ratio of hazards; intervals are pooled by inverse variance. One in which an arm has no
    event is joined with the next, the last with the one before. NaN where an arm has no event at all, or a curve
    rises.
    """
    curves = np.vstack([[1.0, 1.0], np.column_stack([surv1, surv2])]).astype(np.float64)
    at_risk = curves * np.array([n1, n2], dtype=np.float64)
    falls = -np.diff(at_risk, axis=0)
    rising_times = np.all(np.diff(np.concatenate([[0.0], times])) > 0)
    possible = rising_times and np.all(falls >= 0) and np.all((curves >= 0) & (curves <= 1)) and n1 > 0 and n2 > 0
    if not possible or np.any(at_risk[0] == at_risk[-1]):
        return float("nan"), float("nan")
    ends = [0]
    for end in range(1, len(at_risk)):
        if np.all(at_risk[ends[-1]] > at_risk[end]):
            ends.append(end)
    ends[-1] = len(at_risk) - 1
    start, events = at_risk[ends[:-1]], -np.diff(at_risk[ends], axis=0)
    log_ratio = np.log(events[:, 0] / start[:, 0]) - np.log(events[:, 1] / start[:, 1])
    information = 1 / (1 / events - 1 / start).sum(axis=1)
    return float((information * log_ratio).sum() / information.sum()), float(1 / information.sum())
