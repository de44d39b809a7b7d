"""Zeros in 2x2 tables: where they are, and the continuity corrections that reviewers use. Elementwise."""

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.contract import FloatArray

BoolArray = NDArray[np.bool_]
Cells = tuple[FloatArray, FloatArray, FloatArray, FloatArray]


def has_zero(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> BoolArray:
    """Whether any of the four cells is zero."""
    return np.asarray((ai == 0) | (bi == 0) | (ci == 0) | (di == 0))


def double_zero(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> BoolArray:
    """Whether neither arm has an event, or neither has anything but events."""
    return np.asarray(((ai == 0) & (ci == 0)) | ((bi == 0) & (di == 0)))


def add_constant(
    ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray, *, constant: float = 0.5, where: BoolArray
) -> Cells:
    """`constant` added to the four cells of the tables marked in `where`."""
    addend = np.where(where, constant, 0.0)
    return ai + addend, bi + addend, ci + addend, di + addend


def add_treatment_arm(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray, *, where: BoolArray) -> Cells:
    """The treatment-arm continuity correction of Sweeting, Sutton & Lambert (2004), in the tables marked in `where`.

    The corrections of the two arms sum to 1, and each is proportional to its arm's own size. An equal number of
    people in both arms gives 0.5.
    """
    n1i, n2i = ai + bi, ci + di
    total = n1i + n2i
    usable = np.asarray(where) & (total > 0)
    whole = np.where(usable, total, 1.0)
    first, second = np.where(usable, n1i / whole, 0.0), np.where(usable, n2i / whole, 0.0)
    return ai + first, bi + first, ci + second, di + second
