"""Standardised mean differences without the means: from a t value, over every split of an n that is not reported."""

import numpy as np
from numpy.typing import ArrayLike

from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.kernels.effect_sizes import standardised_mean_difference


def smd_from_t(t: ArrayLike, n1i: ArrayLike, n2i: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Hedges' g and its variance from the t value of two independent groups with a common variance; any shape.

    d = t √(1/n₁ + 1/n₂) is the difference of two means whose SDs are 1, so that correction and variance are those of
    `kernels.effect_sizes.standardised_mean_difference`. `t` carries the sign of first less second group.

    >>> yi, vi = smd_from_t(2.0, 20, 20)
    >>> round(float(yi), 4), round(float(vi), 4)
    (0.6199, 0.1048)
    """
    n1i, n2i = np.asarray(n1i, dtype=np.float64), np.asarray(n2i, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        d = np.asarray(t, dtype=np.float64) * np.sqrt(1 / n1i + 1 / n2i)
    one = np.ones_like(d)
    return standardised_mean_difference(d, one, n1i, np.zeros_like(d), one, n2i)


def possible_splits(total: int, most_e: int, most_c: int) -> tuple[FloatArray, FloatArray]:
    """Every way in which `total` people can have come from two arms of at most `most_e` and `most_c`.

    An arm that prints an SD has two people at least. ModelError where no split exists.

    >>> possible_splits(5, 3, 9)
    (array([2., 3.]), array([3., 2.]))
    """
    n_e = np.arange(max(2, total - most_c), min(most_e, total - 2) + 1, dtype=np.float64)
    if n_e.size == 0:
        raise ModelError(f"{total} people cannot be split into two arms of 2 to {most_e} and 2 to {most_c}")
    return n_e, total - n_e
