"""The types that kernels share: array aliases, status flags and the fit of a batch."""

from dataclasses import dataclass, fields
from enum import IntFlag
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Number = TypeVar("Number", float, FloatArray)
"""A number or an array of them, in formulas that hold for either."""


class Status(IntFlag):
    """What a reader must know about one row of a batch. Flags add up."""

    OK = 0
    TOO_FEW = 1  # fewer studies than the quantity needs: the value is NaN
    AT_ZERO = 2  # tau2 is estimated as exactly 0
    TWO_SUMMITS = 4  # the likelihood has more than one local maximum; the highest was taken
    SCANNED_NOT_PROVED = 8  # the highest of all scanned points was taken, without a proof that none lies between them
    FLAT = 16  # the likelihood hardly changes over orders of magnitude of tau2
    RANK_DEFICIENT = 32  # the design has redundant columns
    BAD_INPUT = 64  # NaN, infinity, or a variance that is not positive
    NOT_CONVERGED = 128  # the iteration limit was reached: the value is NaN


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """A dataclass of arrays, which nobody may write into once it is made."""

    def __post_init__(self) -> None:
        for field in fields(self):
            getattr(self, field.name).flags.writeable = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit(Batch):
    """A batch of pooled effects. Every array is `(batch,)` but `weights`, which is `(batch, k)` in per cent.

    `estimate` and `se` are on the analysis scale (log for ratios). `se` is the model's own (Wald) standard error,
    `se_hk` that of Hartung & Knapp; NaN where the model has none. `Q` has `Q_df` degrees of freedom. `k` counts
    studies with their multiplicity. `I2` is in per cent, from tau2 and the typical sampling variance `vt` where the
    model has them (`I2_from_Q` from Q). `status` holds `Status` flags.
    """

    k: FloatArray
    estimate: FloatArray
    se: FloatArray
    se_hk: FloatArray
    tau2: FloatArray
    weights: FloatArray
    Q: FloatArray
    Q_df: FloatArray
    vt: FloatArray
    I2: FloatArray
    I2_from_Q: FloatArray
    H2: FloatArray
    status: IntArray
