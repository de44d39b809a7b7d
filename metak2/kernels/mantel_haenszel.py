"""Mantel-Haenszel pooling of 2x2 tables, and of events over person-time."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from metak2.errors import UnknownOptionError
from metak2.kernels.contract import Fit, FloatArray
from metak2.kernels.effect_sizes import (
    Effects,
    log_incidence_rate_ratio,
    log_odds_ratio,
    log_risk_ratio,
    risk_difference,
)
from metak2.kernels.tables import AS_THEY_ARE, Sums, Tables, Zeros, addend, common_effect_fit, counting, tables, total
from metak2.kernels.zero_cells import double_zero, has_zero

Pooled = tuple[FloatArray, FloatArray, FloatArray]  # estimate, squared standard error, weights


def mantel_haenszel(
    ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray, mi: FloatArray, *, measure: str
) -> Fit:
    """The Mantel-Haenszel "RR", "OR" (both logarithmic) or "RD" of a batch of tables; `(batch, k)` to `(batch,)`.

    "RD" has the variance of Sato, Greenland & Robins; "RD, Greenland-Robins" the older one.

    Nothing is added to the sums: zeros, and tables without events, enter as they are. Q is taken about the
    Mantel-Haenszel estimate with inverse-variance study effects; for these alone 0.5 is added to the tables that have a
    zero cell, and tables without events (or with events only) are left out.
    """
    return pool_tables((ai, bi, ci, di), mi, measure=measure)


def pool_tables(cells: Tables, mi: FloatArray, *, measure: str, zeros: Zeros = AS_THEY_ARE) -> Fit:
    """`mantel_haenszel` with another treatment of zeros."""
    if measure not in METHODS:
        raise UnknownOptionError("measure", measure, METHODS)
    pool, effect = METHODS[measure]
    found, m, bad = tables(*cells, mi)
    zero, empty = has_zero(*found), double_zero(*found)
    in_sums = m if zeros.empty_in_sums else np.where(empty, 0.0, m)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate, variance, weights = pool(_plus(found, addend(zero, m, zeros.sums)), in_sums)
        yi, vi = effect(*_plus(found, addend(zero, m, zeros.effects)))
    about = np.zeros_like(empty) if zeros.empty_in_q else empty
    fit = common_effect_fit(_about(estimate, variance, weights, (yi, vi), m * ~about), m, bad)
    return fit if zeros.empty_in_sums else counting(fit, in_sums)


def mantel_haenszel_rates(events: Tables, mi: FloatArray, *, measure: str, zeros: Zeros = AS_THEY_ARE) -> Fit:
    """The Mantel-Haenszel "IRR" (logarithmic) or "IRD"; `events` is x1i, t1i, x2i, t2i, events and person-time.

    Rothman, Greenland & Lash (2008), Modern Epidemiology, chapter 15. Treatment of zeros as in `mantel_haenszel`.
    """
    if measure not in RATE_METHODS:
        raise UnknownOptionError("measure", measure, RATE_METHODS)
    pool, effect = RATE_METHODS[measure]
    x1, t1, x2, t2, mi = (np.atleast_2d(np.asarray(array, dtype=np.float64)) for array in (*events, mi))
    possible = (x1 >= 0) & (x2 >= 0) & (t1 > 0) & (t2 > 0) & np.isfinite(x1 + x2 + t1 + t2)
    m = np.broadcast_to(mi, np.broadcast_shapes(mi.shape, possible.shape))
    bad = np.any((m != 0) & ~(possible & np.isfinite(m) & (m >= 0)), axis=1)
    x1, t1, x2, t2 = (np.where(possible, array, 1.0) for array in (x1, t1, x2, t2))
    zero, empty = (x1 == 0) | (x2 == 0), (x1 == 0) & (x2 == 0)
    in_sums = m if zeros.empty_in_sums else np.where(empty, 0.0, m)
    with np.errstate(divide="ignore", invalid="ignore"):
        more = addend(zero, m, zeros.sums)
        estimate, variance, weights = pool((x1 + more, t1, x2 + more, t2), in_sums)
        more = addend(zero, m, zeros.effects)
        yi, vi = effect(x1 + more, t1, x2 + more, t2)
    about = np.zeros_like(empty) if zeros.empty_in_q else empty
    fit = common_effect_fit(_about(estimate, variance, weights, (yi, vi), m * ~about), m, bad)
    return fit if zeros.empty_in_sums else counting(fit, in_sums)


def _plus(cells: Tables, more: FloatArray) -> Tables:
    a, b, c, d = (cell + more for cell in cells)
    return a, b, c, d


def _about(estimate: FloatArray, variance: FloatArray, weights: FloatArray, effects: Effects, m: FloatArray) -> Sums:
    """The pooled sums with Q of the study effects about the estimate."""
    yi, vi = effects
    informative: NDArray[np.bool_] = np.isfinite(yi) & (vi > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = m * np.where(informative, 1 / vi, 0.0)
        q = (weight * (np.where(informative, yi, 0.0) - estimate[:, None]) ** 2).sum(axis=1)
        se = np.sqrt(variance)
    return Sums(estimate=estimate, se=se, weights=weights, Q=q, informative=(m * informative).sum(axis=1))


def _risk_ratio(cells: Tables, m: FloatArray) -> Pooled:
    """Variance of Greenland & Robins (1985)."""
    a, b, c, d = cells
    n1, n2 = a + b, c + d
    n = n1 + n2
    numerator, denominator = total(m, a * n2 / n), total(m, c * n1 / n)
    variance = total(m, (n1 / n) * (n2 / n) * (a + c) - a * c / n) / (numerator * denominator)
    return np.log(numerator / denominator), variance, m * c * n1 / n


def _odds_ratio(cells: Tables, m: FloatArray) -> Pooled:
    """Variance of Robins, Breslow & Greenland (1986)."""
    a, b, c, d = cells
    n = a + b + c + d
    p, q, r, s = (a + d) / n, (b + c) / n, a * d / n, b * c / n
    sum_r, sum_s = total(m, r), total(m, s)
    variance = (
        total(m, p * r) / (2 * sum_r**2)
        + total(m, p * s + q * r) / (2 * sum_r * sum_s)
        + total(m, q * s) / (2 * sum_s**2)
    )
    return np.log(sum_r / sum_s), variance, m * s


def _risk_difference(cells: Tables, m: FloatArray) -> Pooled:
    """Variance of Sato, Greenland & Robins (1989), right for few large as for many small tables."""
    a, b, c, d = cells
    n1, n2 = a + b, c + d
    n = n1 + n2
    weight = n1 * (n2 / n)
    sum_w = total(m, weight)
    estimate = total(m, (a * n2 - c * n1) / n) / sum_w
    p = c * (n1 / n) ** 2 - a * (n2 / n) ** 2 + (n1 / n) * (n2 / n) * (n2 - n1) / 2
    q = (a * d + c * b) / (2 * n)
    return estimate, (estimate * total(m, p) + total(m, q)) / sum_w**2, m * weight


def _risk_difference_few_tables(cells: Tables, m: FloatArray) -> Pooled:
    """Variance of Greenland & Robins (1985), right for few large tables; RevMan and R's meta have it."""
    a, b, c, d = cells
    n1, n2 = a + b, c + d
    n = n1 + n2
    estimate, _, weights = _risk_difference(cells, m)
    binomial = a * (b / n1) * (n2 / n) ** 2 + c * (d / n2) * (n1 / n) ** 2
    return estimate, total(m, binomial) / total(m, n1 * (n2 / n)) ** 2, weights


def _rate_ratio(events: Tables, m: FloatArray) -> Pooled:
    """Variance of Greenland & Robins (1985)."""
    x1, t1, x2, t2 = events
    time = t1 + t2
    numerator, denominator = total(m, x1 * (t2 / time)), total(m, x2 * (t1 / time))
    variance = total(m, (t1 / time) * (t2 / time) * (x1 + x2)) / (numerator * denominator)
    return np.log(numerator / denominator), variance, m * x2 * (t1 / time)


def _rate_difference(events: Tables, m: FloatArray) -> Pooled:
    """Variance of Greenland & Robins (1985)."""
    x1, t1, x2, t2 = events
    weight = t1 * (t2 / (t1 + t2))
    sum_w = total(m, weight)
    estimate = total(m, weight * (x1 / t1 - x2 / t2)) / sum_w
    return estimate, total(m, weight**2 * (x1 / t1**2 + x2 / t2**2)) / sum_w**2, m * weight


def incidence_rate_difference(x1i: FloatArray, t1i: FloatArray, x2i: FloatArray, t2i: FloatArray) -> Effects:
    """Difference of two rates, events `x1i`, `x2i` per person-time `t1i`, `t2i`."""
    return x1i / t1i - x2i / t2i, x1i / t1i**2 + x2i / t2i**2


METHODS: dict[str, tuple[Callable[[Tables, FloatArray], Pooled], Callable[..., Effects]]] = {
    "RR": (_risk_ratio, log_risk_ratio),
    "OR": (_odds_ratio, log_odds_ratio),
    "RD": (_risk_difference, risk_difference),
    "RD, Greenland-Robins": (_risk_difference_few_tables, risk_difference),
}
RATE_METHODS: dict[str, tuple[Callable[[Tables, FloatArray], Pooled], Callable[..., Effects]]] = {
    "IRR": (_rate_ratio, log_incidence_rate_ratio),
    "IRD": (_rate_difference, incidence_rate_difference),
}
