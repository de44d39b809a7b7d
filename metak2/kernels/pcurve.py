"""p-curve: the distribution of significant p values; Simonsohn, Nelson & Simmons (2014), J Exp Psychol Gen 143:534-547.

Without any effect p values below 0.05 are uniform; true effects make small ones more frequent. The tests combine the
probabilities of the p values (the pp values) by Stouffer's method (Simonsohn, Simmons & Nelson 2015, "Better
p-curves"). z values are absolute, two-sided tests with the normal distribution.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from metak2.kernels.contract import FloatArray

ALPHA = 0.05
POWER_FLOOR, POWER_CEILING = 0.05, 0.99
SMALLEST = 1e-300


class PCurve(NamedTuple):
    """Stouffer's z and p of each test, the numbers of p values they rest on, and the power of the studies.

    `right_skew` tests for evidential value, `half` the same among p < 0.025, `flat` whether the curve is flatter than
    33 % power would make it. `power` is the average power that fits best, between 5 and 99 %.
    """

    k: int
    k_half: int
    right_skew: tuple[float, float]
    half: tuple[float, float]
    flat: tuple[float, float]
    power: float


def p_curve(z: FloatArray) -> PCurve:
    """The tests on the significant ones of `z`, absolute values `(k,)`; NaN where there are none."""
    chosen = z[z >= -ndtri(ALPHA / 2)]
    p = 2 * ndtr(-chosen)
    half = p[p < ALPHA / 2]
    return PCurve(
        k=chosen.size,
        k_half=half.size,
        right_skew=stouffer(p / ALPHA),
        half=stouffer(half / (ALPHA / 2)),
        flat=stouffer(1 - _pp(chosen, 1 / 3)),
        power=_best_power(chosen) if chosen.size else np.nan,
    )


def stouffer(pp: FloatArray) -> tuple[float, float]:
    """The sum of the normal scores over its standard deviation, and P(a smaller one)."""
    if pp.size == 0:
        return np.nan, np.nan
    z = float(ndtri(np.clip(pp, SMALLEST, 1 - 1e-16)).sum() / np.sqrt(pp.size))
    return z, float(ndtr(z))


def _pp(z: FloatArray, power: float) -> FloatArray:
    """P(a larger z | significant), when studies have this power."""
    shift = noncentrality(power)
    tail, chance = _beyond(z, shift), _beyond(np.array(-ndtri(ALPHA / 2)), shift)
    return np.asarray(tail / chance)


def _beyond(z: FloatArray, shift: float) -> FloatArray:
    return np.asarray(ndtr(shift - z) + ndtr(-shift - z))


def noncentrality(power: float) -> float:
    """The mean of z at which a two-sided test at 0.05 has this power, by bisection."""
    low, high = 0.0, 40.0
    for _ in range(100):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _beyond(np.array(-ndtri(ALPHA / 2)), middle) < power else (low, middle)
    return 0.5 * (low + high)


def _best_power(z: FloatArray) -> float:
    """The power under which Stouffer's z of the pp values is 0: it rises with power."""
    low, high = POWER_FLOOR, POWER_CEILING
    if stouffer(_pp(z, low))[0] >= 0:
        return low
    if stouffer(_pp(z, high))[0] <= 0:
        return high
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if stouffer(_pp(z, middle))[0] < 0 else (low, middle)
    return 0.5 * (low + high)
