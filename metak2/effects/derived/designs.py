"""Effective sizes: clusters, a control arm used twice, percentages; Cochrane Handbook sections 6.2 and 23."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray


def design_effect(cluster_size: ArrayLike, icc: ArrayLike) -> FloatArray:
    """1 + (M − 1) ICC for clusters of M people on average (section 23.1.4).

    >>> float(design_effect(21, 0.05))
    2.0
    """
    size, icc = np.asarray(cluster_size, dtype=np.float64), np.asarray(icc, dtype=np.float64)
    if np.any(size < 1) or np.any((icc < 0) | (icc > 1)):
        raise ModelError("a cluster has one person at least, and an intracluster correlation lies between 0 and 1")
    return np.asarray(1 + (size - 1) * icc)


def effective_counts(counts: ArrayLike, effect: ArrayLike) -> FloatArray:
    """Events or people over the design effect; not whole numbers, and not to be rounded (section 23.1.4)."""
    return np.asarray(np.asarray(counts, dtype=np.float64) / np.asarray(effect, dtype=np.float64))


def inflated_se(se: ArrayLike, effect: ArrayLike) -> FloatArray:
    """A standard error that ignored clusters, times √(design effect) (section 23.1.5)."""
    return np.asarray(np.asarray(se, dtype=np.float64) * np.sqrt(np.asarray(effect, dtype=np.float64)))


def split_control(counts: Sequence[float], shares: int) -> tuple[tuple[float, ...], ...]:
    """Events and people of a control arm shared among several comparisons, one tuple a comparison (section 23.3.4).

    Whole people: the shares differ by one at most, those that come first are the larger, and events go with people.
    Means and SDs stay as they are. Combining the experimental arms is preferable.

    >>> split_control((7, 41), 2)
    ((4.0, 21.0), (3.0, 20.0))
    """
    if shares < 1 or any(count < 0 or count != int(count) for count in counts):
        raise ModelError("counts of a control arm are whole, and are split into one share at least")
    each = [[int(count) // shares + (share < int(count) % shares) for count in counts] for share in range(shares)]
    return tuple(tuple(float(count) for count in part) for part in each)


def counts_from_percentage(percent: float, n: int, *, decimals: int) -> tuple[int, ...]:
    """Every count of n people that prints as this percentage with so many decimals; none if it fits no count.

    >>> counts_from_percentage(33, 40, decimals=0)
    (13,)
    >>> counts_from_percentage(12, 250, decimals=0)
    (29, 30, 31)
    """
    if not 0 <= percent <= 100 or n < 1:
        raise ModelError(f"{percent} per cent of {n} people is not a percentage of an arm")
    half = 0.5 * 10.0**-decimals
    slack = 1e-9  # a tie such as 12.5 may be printed either way
    low, high = ((percent - half) * n / 100 - slack, (percent + half) * n / 100 + slack)
    return tuple(range(max(0, math.ceil(low)), min(n, math.floor(high)) + 1))
