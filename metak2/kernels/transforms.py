"""Scales and the ways between them: elementwise, arrays of any shape. NaN stays NaN.

`to_…` leads to the scale on which effects are pooled, `from_…` back to the one a reader knows.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit, ndtr

from metak2.kernels.contract import FloatArray


def floats(*values: ArrayLike) -> tuple[FloatArray, ...]:
    """Whatever is like an array, as arrays of float64."""
    return tuple(np.asarray(value, dtype=np.float64) for value in values)


def to_log(x: ArrayLike) -> FloatArray:
    """Natural logarithm; NaN unless above 0."""
    (x,) = floats(x)
    return np.log(np.where(x > 0, x, np.nan))


def from_log(y: ArrayLike) -> FloatArray:
    """The exponential."""
    return np.asarray(np.exp(floats(y)[0]))


def to_logit(p: ArrayLike) -> FloatArray:
    """Log odds of a proportion; NaN outside 0 to 1, infinite at 0 and 1."""
    (p,) = floats(p)
    return np.asarray(logit(np.where((p >= 0) & (p <= 1), p, np.nan)))


def from_logit(y: ArrayLike) -> FloatArray:
    """The proportion of a log odds."""
    return np.asarray(expit(floats(y)[0]))


def to_arcsine(p: ArrayLike) -> FloatArray:
    """Arcsine of the square root of a proportion; NaN outside 0 to 1."""
    (p,) = floats(p)
    return np.asarray(np.arcsin(np.sqrt(np.where((p >= 0) & (p <= 1), p, np.nan))))


def from_arcsine(y: ArrayLike) -> FloatArray:
    """The proportion of an arcsine; 0 below 0, 1 above π/2."""
    return np.asarray(np.sin(np.clip(floats(y)[0], 0, np.pi / 2)) ** 2)


def to_double_arcsine(p: ArrayLike, ni: ArrayLike) -> FloatArray:
    """Half the double arcsine of Freeman & Tukey (1950) of the proportion `p` of `ni` people."""
    p, ni = floats(p, ni)
    xi = np.where((p >= 0) & (p <= 1), p, np.nan) * ni
    return np.asarray((np.arcsin(np.sqrt(xi / (ni + 1))) + np.arcsin(np.sqrt((xi + 1) / (ni + 1)))) / 2)


def from_double_arcsine(y: ArrayLike, ni: ArrayLike) -> FloatArray:
    """The proportion behind half a double arcsine of a sample of `ni` people; Miller (1978).

    Exact for one study with its own n. A pooled value belongs to no n: Miller's harmonic mean is a convention, and with
    sizes that differ widely the answer can lie far from every study (Schwarzer et al. 2019). Values beyond those of 0
    and of n events become 0 and 1.
    """
    y, ni = np.broadcast_arrays(*floats(y, ni))
    low, high = to_double_arcsine(np.zeros_like(ni), ni), to_double_arcsine(np.ones_like(ni), ni)
    inside = (y > low) & (y < high)
    double = 2 * np.where(inside, y, np.pi / 4)
    sine = np.sin(double)
    square = 1 - (sine + (sine - 1 / sine) / ni) ** 2
    p = (1 - np.sign(np.cos(double)) * np.sqrt(np.maximum(square, 0.0))) / 2
    return np.where(np.isnan(y) | np.isnan(ni), np.nan, np.where(inside, p, np.where(y <= low, 0.0, 1.0)))


def to_root(x: ArrayLike) -> FloatArray:
    """Square root; NaN below 0."""
    (x,) = floats(x)
    return np.sqrt(np.where(x >= 0, x, np.nan))


def from_root(y: ArrayLike) -> FloatArray:
    """The square; 0 below 0."""
    return np.asarray(np.maximum(floats(y)[0], 0.0) ** 2)


def to_freeman_tukey_rate(rate: ArrayLike, ti: ArrayLike) -> FloatArray:
    """Mean of the square roots of x/t and (x + 1)/t for a rate x/t in `ti` person-time; Freeman & Tukey (1950)."""
    rate, ti = floats(rate, ti)
    rate = np.where(rate >= 0, rate, np.nan)
    return np.asarray((np.sqrt(rate) + np.sqrt(rate + 1 / ti)) / 2)


def from_freeman_tukey_rate(y: ArrayLike, ti: ArrayLike) -> FloatArray:
    """The rate behind it, (y - 1 / (4 t y))², exact; 0 at and below the value of no events."""
    y, ti = floats(y, ti)
    root = y - 1 / (4 * ti * np.where(y > 0, y, np.nan))
    return np.where(np.isnan(y), np.nan, np.where(y > 1 / (2 * np.sqrt(ti)), root**2, 0.0))


def to_fisher_z(r: ArrayLike) -> FloatArray:
    """Fisher's z of a correlation; NaN outside -1 to 1, infinite at its ends."""
    (r,) = floats(r)
    with np.errstate(divide="ignore"):
        return np.asarray(np.arctanh(np.where(np.abs(r) <= 1, r, np.nan)))


def from_fisher_z(z: ArrayLike) -> FloatArray:
    """The correlation of a Fisher's z."""
    return np.asarray(np.tanh(floats(z)[0]))


def to_hakstian_whalen(alpha: ArrayLike) -> FloatArray:
    """1 - (1 - alpha)^(1/3); Hakstian & Whalen (1976)."""
    return np.asarray(1 - np.cbrt(1 - floats(alpha)[0]))


def from_hakstian_whalen(y: ArrayLike) -> FloatArray:
    """Cronbach's alpha again."""
    return np.asarray(1 - (1 - floats(y)[0]) ** 3)


def to_bonett(alpha: ArrayLike) -> FloatArray:
    """-ln(1 - alpha); Bonett (2002)."""
    (alpha,) = floats(alpha)
    return -to_log(1 - alpha)


def from_bonett(y: ArrayLike) -> FloatArray:
    """Cronbach's alpha again."""
    return np.asarray(-np.expm1(-floats(y)[0]))


def mean_on_scale(y: ArrayLike, tau2: ArrayLike, back: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """The mean of `back(θ)` where θ is normal about `y` with variance `tau2`: the average, not the median, effect.

    Trapezoids over ± 10 SD, exact to rounding for the functions of this module.
    """
    y, tau2 = np.broadcast_arrays(*floats(y, tau2))
    nodes = np.linspace(-10, 10, 801)
    weights = np.exp(-(nodes**2) / 2)
    theta = y[..., np.newaxis] + np.sqrt(tau2)[..., np.newaxis] * nodes
    return np.asarray((back(theta) * weights).sum(axis=-1) / weights.sum())


def d_to_u1(d: ArrayLike) -> FloatArray:
    """Cohen's U1: share of both groups that does not overlap; Cohen (1988)."""
    shared = ndtr(np.abs(floats(d)[0]) / 2)
    return np.asarray((2 * shared - 1) / shared)


def d_to_u2(d: ArrayLike) -> FloatArray:
    """Cohen's U2: share of the first group above the same share of the second; Cohen (1988)."""
    return np.asarray(ndtr(floats(d)[0] / 2))


def d_to_u3(d: ArrayLike) -> FloatArray:
    """Cohen's U3: share of the second group below the mean of the first; Cohen (1988)."""
    return np.asarray(ndtr(floats(d)[0]))


def d_to_superiority(d: ArrayLike) -> FloatArray:
    """P(a value of the first group is the larger), equal variances; McGraw & Wong (1992)."""
    return np.asarray(ndtr(floats(d)[0] / np.sqrt(2)))


def d_to_success_rate(d: ArrayLike) -> FloatArray:
    """Binomial effect size display: the first group's success rate; Rosenthal & Rubin (1982)."""
    (d,) = floats(d)
    return np.asarray(0.5 + d / np.sqrt(d**2 + 4) / 2)


def d_to_correlation(d: ArrayLike, n1i: ArrayLike | None = None, n2i: ArrayLike | None = None) -> FloatArray:
    """Point-biserial correlation of a d; without sizes, of two large groups of equal size."""
    (d,) = floats(d)
    if n1i is None or n2i is None:
        return np.asarray(d / np.sqrt(d**2 + 4))
    n1i, n2i = floats(n1i, n2i)
    return np.asarray(d / np.sqrt(d**2 + (n1i + n2i - 2) * (1 / n1i + 1 / n2i)))


def correlation_to_d(r: ArrayLike) -> FloatArray:
    """Cohen's d of a point-biserial correlation, groups of equal size: 2 r / √(1 - r²)."""
    (r,) = floats(r)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(2 * r / np.sqrt(1 - r**2))


def odds_ratio_at_risk(log_or: ArrayLike, control_risk: ArrayLike) -> FloatArray:
    """The experimental risk that a log odds ratio implies at a control risk."""
    log_or, control_risk = floats(log_or, control_risk)
    return np.asarray(expit(log_or + logit(control_risk)))


def log_odds_to_risk_ratio(log_or: ArrayLike, control_risk: ArrayLike) -> FloatArray:
    """The risk ratio that a log odds ratio implies at a control risk; Cochrane Handbook 15.4.4.4."""
    return np.asarray(odds_ratio_at_risk(log_or, control_risk) / floats(control_risk)[0])


def log_odds_to_risk_difference(log_or: ArrayLike, control_risk: ArrayLike) -> FloatArray:
    """The risk difference that a log odds ratio implies at a control risk."""
    return np.asarray(odds_ratio_at_risk(log_or, control_risk) - floats(control_risk)[0])
