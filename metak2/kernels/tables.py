"""What the pooled 2x2 methods share: the tables of a batch and the assembly of their common-effect fit."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.contract import Fit, FloatArray, Status
from metak2.kernels.heterogeneity import i2_from_q

Tables = tuple[FloatArray, FloatArray, FloatArray, FloatArray]
Where = Literal["only0", "all", "if0all", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What is added to every cell, and where.

    "only0": the tables with a zero; "if0all": all tables if one has a zero; "all"; "none".
    """

    add: float = 0.5
    to: Where = "only0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Zeros:
    """How a pooled method of counts treats zeros.

    `effects` is the correction of the study effects, which enter Q alone; `sums` that of the pooled sums: none, unless
    an old review is to be reproduced. Tables without events (or, in 2x2 tables, with events only) stay out of Q unless
    `empty_in_q`; they stay in the sums unless `empty_in_sums` is false, which matters for differences only.
    """

    effects: Correction = Correction()
    sums: Correction = Correction(add=0.0, to="none")
    empty_in_q: bool = False
    empty_in_sums: bool = True


AS_THEY_ARE = Zeros()


def addend(zero: NDArray[np.bool_], m: FloatArray, correction: Correction) -> FloatArray:
    """What is added to each cell of each table, `(batch, k)` or `(1, k)`; `zero` marks the tables that have one."""
    if correction.to == "none" or correction.add == 0:
        return np.zeros((1, 1))
    if correction.to == "all":
        return np.full((1, 1), correction.add)
    if correction.to == "only0":
        return np.where(zero, correction.add, 0.0)
    return np.where(np.any(zero & (m > 0), axis=1, keepdims=True), correction.add, 0.0)


def tables(*arrays: FloatArray) -> tuple[Tables, FloatArray, NDArray[np.bool_]]:
    """Cells and multiplicity as `(batch, k)` or `(1, k)`, and the rows that hold an impossible count, `(batch,)`.

    Cells of studies that are left out, or impossible, become 1, so that no sum meets a NaN.
    """
    ai, bi, ci, di, mi = (np.atleast_2d(np.asarray(array, dtype=np.float64)) for array in arrays)
    cells = np.broadcast_arrays(ai, bi, ci, di)
    possible = np.all([np.isfinite(cell) & (cell >= 0) for cell in cells], axis=0)
    possible &= (cells[0] + cells[1] > 0) & (cells[2] + cells[3] > 0)
    counted = np.isfinite(mi) & (mi >= 0)
    bad = np.any((mi != 0) & ~(possible & counted), axis=1)
    a, b, c, d = (np.where(possible, cell, 1.0) for cell in cells)
    batch, k = np.broadcast_shapes(a.shape, mi.shape)
    m = np.broadcast_to(np.where(counted, mi, 0.0), (batch, k))
    return (a, b, c, d), m, np.broadcast_to(bad, (batch,))


def total(m: FloatArray, term: NDArray[np.float64] | NDArray[np.bool_]) -> FloatArray:
    """The sum of a term over studies, with multiplicity; a matrix product where all rows share the tables."""
    if term.shape[0] == 1:
        return np.asarray(m @ term[0].astype(np.float64))
    return np.asarray((m * term).sum(axis=1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sums:
    """The sums of one method over the studies of each row; `(batch,)`, but `weights` `(batch, k)` on any scale."""

    estimate: FloatArray
    se: FloatArray
    weights: FloatArray
    Q: FloatArray
    informative: FloatArray  # studies that contribute to Q


def common_effect_fit(sums: Sums, m: FloatArray, bad: NDArray[np.bool_]) -> Fit:
    """The fit of a common-effect model: tau2 is 0, I2 and H2 come from Q; NaN and TOO_FEW where not estimable."""
    known = ~bad & np.isfinite(sums.estimate) & np.isfinite(sums.se) & (sums.se > 0)
    nothing = np.full(known.shape, np.nan)
    q = np.where(known, sums.Q, np.nan)
    df = np.where(known, np.maximum(sums.informative - 1, 0.0), np.nan)
    several = known & (df > 0)
    i2 = np.where(several, i2_from_q(q, df), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = np.where(known[:, None], 100 * sums.weights / sums.weights.sum(axis=1, keepdims=True), np.nan)
        h2 = np.where(several, q / df, np.nan)
    status = np.where(bad, Status.BAD_INPUT, np.where(known, Status.OK, Status.TOO_FEW)).astype(np.int64)
    return Fit(
        k=m.sum(axis=1),
        estimate=np.where(known, sums.estimate, np.nan),
        se=np.where(known, sums.se, np.nan),
        se_hk=nothing,
        tau2=np.where(known, 0.0, np.nan),
        weights=weights,
        Q=q,
        Q_df=df,
        vt=nothing.copy(),
        I2=i2,
        I2_from_Q=i2.copy(),
        H2=h2,
        status=status,
    )


def counting(fit: Fit, m: FloatArray) -> Fit:
    """The fit with k of the studies that entered the sums."""
    return Fit(**{name: getattr(fit, name) for name in Fit.__slots__} | {"k": m.sum(axis=1)})
