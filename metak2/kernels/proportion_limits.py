"""Limits of a single proportion; Newcombe (1998), Statistics in Medicine 17:857-872, whose methods 1 to 5 these are.

Agresti & Coull (1998), The American Statistician 52:119-126. Arrays of events and people `(k,)` in, shares out.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from scipy.special import betaincinv

from metak2.kernels.contract import FloatArray

Limits = tuple[FloatArray, FloatArray]


def exact(events: FloatArray, n: FloatArray, tail: float, z: float) -> Limits:
    """Clopper & Pearson: tails of the binomial distribution, of `tail` each."""
    del z
    none, every = events == 0, events == n
    low = betaincinv(np.where(none, 1.0, events), n - events + 1, tail)
    high = betaincinv(events + 1, np.where(every, 1.0, n - events), 1 - tail)
    return np.where(none, 0.0, low), np.where(every, 1.0, high)


def wilson(events: FloatArray, n: FloatArray, tail: float, z: float) -> Limits:
    """Wilson's score limits."""
    del tail
    middle, half = events + z**2 / 2, z * np.sqrt(events * (n - events) / n + z**2 / 4)
    return (middle - half) / (n + z**2), (middle + half) / (n + z**2)


def wilson_corrected(events: FloatArray, n: FloatArray, tail: float, z: float) -> Limits:
    """Wilson's limits with a correction for continuity, 0 where nobody and 1 where everybody has the event."""
    del tail
    return _wilson_low(events, n, z), 1 - _wilson_low(n - events, n, z)


def agresti_coull(events: FloatArray, n: FloatArray, tail: float, z: float) -> Limits:
    """Wald's limits after z^2 / 2 people with and as many without the event have been added."""
    return wald(events + z**2 / 2, n + z**2, tail, z)


def wald(events: FloatArray, n: FloatArray, tail: float, z: float) -> Limits:
    """The simple asymptotic limits of the proportion itself, cut at 0 and 1."""
    del tail
    share = events / n
    half = z * np.sqrt(share * (1 - share) / n)
    return np.maximum(share - half, 0.0), np.minimum(share + half, 1.0)


def wald_corrected(events: FloatArray, n: FloatArray, tail: float, z: float) -> Limits:
    """Wald's limits, wider by half a person."""
    del tail
    share = events / n
    half = z * np.sqrt(share * (1 - share) / n) + 0.5 / n
    return np.maximum(share - half, 0.0), np.minimum(share + half, 1.0)


def _wilson_low(events: FloatArray, n: FloatArray, z: float) -> FloatArray:
    share = events / n
    root = np.sqrt(np.maximum(z**2 - 2 - 1 / n + 4 * share * (n * (1 - share) + 1), 0.0))
    return np.where(events == 0, 0.0, (2 * events + z**2 - 1 - z * root) / (2 * (n + z**2)))


RULES: Mapping[str, Callable[[FloatArray, FloatArray, float, float], Limits]] = MappingProxyType(
    {
        "exact": exact,
        "Wilson": wilson,
        "Wilson, corrected": wilson_corrected,
        "Agresti-Coull": agresti_coull,
        "Wald": wald,
        "Wald, corrected": wald_corrected,
    }
)
