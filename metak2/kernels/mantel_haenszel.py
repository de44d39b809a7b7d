"""Mantel-Haenszel pooling of 2x2 tables."""

from collections.abc import Callable

import numpy as np

from metak2.errors import UnknownOptionError
from metak2.kernels.contract import Fit, FloatArray
from metak2.kernels.effect_sizes import Effects, log_odds_ratio, log_risk_ratio, risk_difference
from metak2.kernels.tables import Sums, Tables, common_effect_fit, tables, total
from metak2.kernels.zero_cells import add_constant, double_zero, has_zero

Pooled = tuple[FloatArray, FloatArray, FloatArray]  # estimate, squared standard error, weights


def mantel_haenszel(
    ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray, mi: FloatArray, *, measure: str
) -> Fit:
    """The Mantel-Haenszel "RR", "OR" (both logarithmic) or "RD" of a batch of tables; `(batch, k)` to `(batch,)`.

    Nothing is added to the sums: zeros, and tables without events, enter as they are. Q is taken about the
    Mantel-Haenszel estimate with inverse-variance study effects; for these alone 0.5 is added to the tables that have a
    zero cell, and tables without events (or with events only) are left out.
    """
    if measure not in METHODS:
        raise UnknownOptionError("measure", measure, METHODS)
    pool, effect = METHODS[measure]
    cells, m, bad = tables(ai, bi, ci, di, mi)
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate, variance, weights = pool(cells, m)
        yi, vi = effect(*add_constant(*cells, where=has_zero(*cells)))
        informative = ~double_zero(*cells) & (vi > 0)
        weight = m * np.where(informative, 1 / vi, 0.0)
        q = (weight * (np.where(informative, yi, 0.0) - estimate[:, None]) ** 2).sum(axis=1)
        sums = Sums(estimate=estimate, se=np.sqrt(variance), weights=weights, Q=q, informative=total(m, informative))
    return common_effect_fit(sums, m, bad)


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


METHODS: dict[str, tuple[Callable[[Tables, FloatArray], Pooled], Callable[..., Effects]]] = {
    "RR": (_risk_ratio, log_risk_ratio),
    "OR": (_odds_ratio, log_odds_ratio),
    "RD": (_risk_difference, risk_difference),
}
