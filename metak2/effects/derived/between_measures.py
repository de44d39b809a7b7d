"""From one effect measure to another, with the standard error; and Wald estimates from what a paper prints."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels import transforms
from metak2.kernels.contract import FloatArray
from metak2.kernels.effects_counts import LOGISTIC, PROBIT
from metak2.kernels.estimable import Effects, estimable

FACTORS = {"logistic": LOGISTIC, "normal": PROBIT}
"""SMD per unit of log odds ratio: logistic values √3/π (Hasselblad & Hedges 1995), normal 1/1.65 (Cox & Snell 1989)."""


def smd_from_log_or(yi: ArrayLike, vi: ArrayLike, *, values: str = "logistic") -> Effects:
    """Standardised mean difference and variance from a log odds ratio.

    >>> yi, vi = smd_from_log_or(np.log(2.0), 0.1)
    >>> round(float(yi), 4), round(float(vi), 4)
    (0.3822, 0.0304)
    """
    factor = _factor(values)
    return factor * np.asarray(yi, dtype=np.float64), factor**2 * np.asarray(vi, dtype=np.float64)


def log_or_from_smd(yi: ArrayLike, vi: ArrayLike, *, values: str = "logistic") -> Effects:
    """Log odds ratio and variance from a standardised mean difference."""
    factor = 1 / _factor(values)
    return factor * np.asarray(yi, dtype=np.float64), factor**2 * np.asarray(vi, dtype=np.float64)


def correlation_from_d(d: ArrayLike, vd: ArrayLike, n1i: ArrayLike = 1.0, n2i: ArrayLike = 1.0) -> Effects:
    """Correlation and variance from d, r = d / √(d² + a), a = (n₁ + n₂)² / (n₁ n₂); Borenstein et al. (2009)."""
    d, vd, n1i, n2i = (np.asarray(value, dtype=np.float64) for value in (d, vd, n1i, n2i))
    a = (n1i + n2i) ** 2 / (n1i * n2i)
    return estimable(d / np.sqrt(d**2 + a), a**2 * vd / (d**2 + a) ** 3)


def d_from_correlation(r: ArrayLike, vr: ArrayLike) -> Effects:
    """Standardised difference and variance from r, 2 r / √(1 − r²); Borenstein et al. (2009). NaN at −1 and 1."""
    r, vr = np.asarray(r, dtype=np.float64), np.asarray(vr, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimable(transforms.correlation_to_d(r), 4 * vr / (1 - r**2) ** 3)


def risk_ratio_from_odds_ratio(odds_ratio: ArrayLike, baseline_risk: ArrayLike) -> FloatArray:
    """OR / (1 − p + p OR) at a baseline risk p, which must be stated; Cochrane Handbook 15.4.4.4.

    >>> float(risk_ratio_from_odds_ratio(3.0, 0.5))
    1.5
    """
    baseline = np.asarray(baseline_risk, dtype=np.float64)
    if np.any((baseline <= 0) | (baseline >= 1)):
        raise ModelError("a baseline risk lies between 0 and 1, such as 0.2 for 20 per cent")
    return transforms.log_odds_to_risk_ratio(transforms.to_log(odds_ratio), baseline)


def log_rr_from_log_or(yi: ArrayLike, vi: ArrayLike, baseline_risk: ArrayLike) -> Effects:
    """Log risk ratio and its variance by the delta method, at a baseline risk p that is taken as known.

    d log RR / d log OR = (1 − p) / (1 − p + p OR).

    >>> yi, vi = log_rr_from_log_or(np.log(3.0), 0.04, 0.5)
    >>> round(float(yi), 6) == round(float(np.log(1.5)), 6), round(float(vi), 4)
    (True, 0.0025)
    """
    ratio = risk_ratio_from_odds_ratio(transforms.from_log(yi), baseline_risk)
    slope = (1 - np.asarray(baseline_risk)) * ratio / transforms.from_log(yi)
    return transforms.to_log(ratio), np.asarray(slope**2 * np.asarray(vi, dtype=np.float64))


def wald_from_interval(
    estimate: ArrayLike, low: ArrayLike, high: ArrayLike, *, level: float = 0.95, log: bool = False
) -> Effects:
    """Effect and variance from an estimate with its normal interval; `log` for ratios. NaN where it is not positive.

    A blank estimate is the middle of its interval.
    """
    numbers = [np.asarray(value, dtype=np.float64) for value in (estimate, low, high)]
    yi, lower, upper = (transforms.to_log(value) for value in numbers) if log else numbers
    if not 0 < level < 1:
        raise ModelError(f"a level is a share between 0 and 1, such as 0.95; got {level}")
    return np.where(np.isnan(yi), (lower + upper) / 2, yi), ((upper - lower) / (2 * ndtri((1 + level) / 2))) ** 2


def delta_method(yi: ArrayLike, vi: ArrayLike, transform: Callable[[FloatArray], FloatArray]) -> Effects:
    """The transformed effect and its variance, f′(y)² v; the slope by a five-point difference.

    >>> y, v = delta_method(0.0, 0.04, transforms.from_log)
    >>> round(float(y), 6), round(float(v), 6)
    (1.0, 0.04)
    """
    yi, vi = np.asarray(yi, dtype=np.float64), np.asarray(vi, dtype=np.float64)
    step = 1e-3 * np.maximum(1.0, np.abs(yi))
    near = transform(yi + step) - transform(yi - step)
    far = transform(yi + 2 * step) - transform(yi - 2 * step)
    slope = (8 * near - far) / (12 * step)
    return estimable(np.asarray(transform(yi)), np.asarray(slope**2 * vi))


def _factor(values: str) -> float:
    if values not in FACTORS:
        raise UnknownOptionError("values", values, FACTORS)
    return FACTORS[values]
