"""Closed forms over the subsets of one meta-analysis: the sums of a subset come from the sums of smaller ones.

With the weights w = 1 / vi, all that a subset needs for the common effect, Q and DerSimonian & Laird's tau2 are the
sums of 1, w, wy, wy² and w² over its studies. Over *all* subsets they are made by doubling (the subsets with a further
study are those without it, plus that study), over sampled ones as a matrix product with the 0/1 matrix.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.contract import Batch, FloatArray
from metak2.kernels.rows import standardise

Number = TypeVar("Number", np.float64, np.bool_)

LOW_BITS = 13  # 8,192 subsets at a time: their arrays stay in the second-level cache
MOST = 20  # studies of which all subsets are made


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SubsetFit(Batch):
    """The fits of many subsets, each array `(subsets,)`, on the scale of `yi`; `I2` is in per cent, from Q.

    Q, I2 and tau2 of one study alone are NaN; tau2 is NaN under the common-effect model.
    """

    k: FloatArray
    estimate: FloatArray
    tau2: FloatArray
    Q: FloatArray
    I2: FloatArray


class _Block(NamedTuple):
    """A run of subsets: the five sums, `(5, n)`, and each study's 0/1 row `(n,)`; None where all have the study."""

    part: slice
    sums: FloatArray
    members: list[tuple[int, FloatArray | None]]


def every_subset(k: int) -> NDArray[np.bool_]:
    """All non-empty subsets of `k` studies, `(2**k - 1, k)`: study i is in row r where bit i of r + 1 is set.

    >>> every_subset(2).astype(int).tolist()
    [[1, 0], [0, 1], [1, 1]]
    """
    return _patterns(k, np.zeros((k, 2**k), dtype=np.bool_))[:, 1:].T


def pool_subsets(
    yi: FloatArray, vi: FloatArray, members: NDArray[np.bool_] | None = None, *, random: bool
) -> SubsetFit:
    """Common effect, or random effects by DerSimonian & Laird (1986), of every subset or of those in `members`.

    `yi` and `vi` are `(k,)`; `members` is `(subsets, k)`, and None stands for `every_subset(k)`, up to 20 studies. All
    is NaN where an effect or variance cannot be used.
    """
    if members is None and yi.size > MOST:
        raise ValueError(f"{yi.size} studies have too many subsets; {MOST} is the most")
    rows = standardise(yi[None], vi[None], np.ones((1, yi.size)))
    y, v, unit = rows.y[:, 0], rows.v[:, 0], float(rows.unit[0])
    columns = np.stack([np.ones_like(y), 1 / v, y / v, y**2 / v, v**-2.0])
    size = 2**yi.size - 1 if members is None else len(members)
    found = {field.name: np.full(size, np.nan) for field in fields(SubsetFit)}
    if not rows.bad.any():
        with np.errstate(divide="ignore", invalid="ignore"):
            for block in _by_doubling(columns, random=random) if members is None else _by_product(columns, members):
                _fit(block, y, v, {name: array[block.part] for name, array in found.items()}, random=random)
    found["tau2"] *= unit
    found["estimate"] *= np.sqrt(unit)
    found["estimate"] += rows.centre[0]
    return SubsetFit(**found)


def totals(columns: FloatArray) -> FloatArray:
    """Sums over all subsets, `(n, subsets)` to `(n, 1)`."""
    return np.asarray(columns.sum(axis=1, keepdims=True))


def sums_with(columns: FloatArray, members: NDArray[np.bool_] | None, k: int) -> FloatArray:
    """Sums over the subsets that hold each study, `(n, subsets)` to `(n, k)`.

    For all subsets in binary order by folding: those with the last study are the second half, and the two halves added
    are the sums over the studies before it.
    """
    if members is not None:
        return np.asarray(columns @ members)
    folded = np.hstack([np.zeros((columns.shape[0], 1)), columns])
    with_study = np.empty((columns.shape[0], k))
    for study in reversed(range(k)):
        half = 2**study
        with_study[:, study] = folded[:, half:].sum(axis=1)
        folded = folded[:, :half] + folded[:, half:]
    return with_study


def _by_doubling(columns: FloatArray, *, random: bool) -> Iterator[_Block]:
    """All subsets in binary order: those of the low bits once, then again with each subset of the studies above.

    Only random effects look at the members again.
    """
    k = columns.shape[1]
    low = min(k, LOW_BITS)
    inside, above = _doubled(columns[:, :low]), _doubled(columns[:, low:])
    patterns = _low_patterns(low) if random else np.empty((0, 2**low))
    for high in range(above.shape[1]):
        first = 1 if high == 0 else 0
        start = high * 2**low + first - 1
        members: list[tuple[int, FloatArray | None]] = [(i, pattern[first:]) for i, pattern in enumerate(patterns)]
        members += [(low + bit, None) for bit in range(k - low) if high >> bit & 1]
        sums = inside[:, first:] + above[:, high, None] if high else inside[:, first:]
        yield _Block(slice(start, start + sums.shape[1]), sums, members)


@cache
def _low_patterns(k: int) -> FloatArray:
    """`_patterns` of up to 13 studies as numbers, 0.9 MB at most."""
    return _patterns(k, np.zeros((k, 2**k)))


def _patterns(k: int, rows: NDArray[Number]) -> NDArray[Number]:
    """`rows`, `(k, 2**k)`, with 1 where a subset in binary order, the empty one first, holds the study of the row."""
    for bit in range(k):
        rows[bit].reshape(-1, 2, 2**bit)[:, 1] = 1
    return rows


def _doubled(columns: FloatArray) -> FloatArray:
    """Sums over all subsets, the empty one first: `(sums, k)` to `(sums, 2**k)`."""
    sums = np.zeros((columns.shape[0], 2 ** columns.shape[1]))
    for bit, column in enumerate(columns.T):
        np.add(sums[:, : 2**bit], column[:, None], out=sums[:, 2**bit : 2 ** (bit + 1)])
    return sums


def _by_product(columns: FloatArray, members: NDArray[np.bool_]) -> Iterator[_Block]:
    """The subsets of a sample as a 0/1 matrix product."""
    for start in range(0, len(members), 2**LOW_BITS):
        part = slice(start, min(start + 2**LOW_BITS, len(members)))
        chosen = np.ascontiguousarray(members[part].T, dtype=np.float64)
        yield _Block(part, columns @ chosen, list(enumerate(chosen)))


def _fit(block: _Block, y: FloatArray, v: FloatArray, out: dict[str, FloatArray], *, random: bool) -> None:
    """Fill `out` with the fits of one block, in standard units."""
    count, w, wy, wyy, ww = block.sums
    alone = count == 1
    mean = wy / w
    out["k"][:] = count
    Q, df = np.maximum(wyy - mean * wy, 0.0), count - 1
    Q[alone] = np.nan
    excess = np.maximum(Q - df, 0.0)
    out["Q"][:] = Q
    np.divide(excess, np.where(Q > 0, Q, 1.0), out=out["I2"])
    out["I2"] *= 100
    out["I2"][alone] = np.nan
    if not random:
        out["estimate"][:] = mean
        return
    tau2 = excess / (w - ww / w)
    out["tau2"][:] = tau2
    tau2[alone] = 0.0
    out["estimate"][:] = _mean(block, y, v, tau2)


def _mean(block: _Block, y: FloatArray, v: FloatArray, tau2: FloatArray) -> FloatArray:
    """The mean with weights 1 / (vi + tau2), study by study, in place."""
    sum_w, sum_wy, weight = np.zeros_like(tau2), np.zeros_like(tau2), np.empty_like(tau2)
    for study, member in block.members:
        np.add(tau2, v[study], out=weight)
        np.divide(1.0 if member is None else member, weight, out=weight)
        sum_w += weight
        weight *= y[study]
        sum_wy += weight
    return np.asarray(sum_wy / sum_w)
