"""Studies of many meta-analyses, packed into blocks of meta-analyses of like size, as the kernels want them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.contract import FloatArray, IntArray
from metak2.kernels.rows import ELEMENTS
from metak2.kernels.summit import MOST_POINTS

MANY = 500  # meta-analyses of one size that are worth a block of their own


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Studies:
    """The studies that are pooled, in the order of the table: `yi`, `vi` and the number of their meta-analysis.

    `counts` are the columns of two-by-two tables where the method pools these. Every array is `(studies,)`.
    """

    group: IntArray
    yi: FloatArray
    vi: FloatArray
    counts: Mapping[str, FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """Meta-analyses number `groups`, `(batch,)`; the arrays are `(batch + 1, k)`, laid out study by study.

    The last row is a stranger. With it no block is a single row, and no block looks as if its rows shared their
    variances: for either the kernels take a shortcut that moves the last digits, and a meta-analysis must not depend on
    those that happen to stand beside it.
    """

    groups: NDArray[np.intp]
    yi: FloatArray
    vi: FloatArray
    mi: FloatArray
    counts: Mapping[str, FloatArray]


def blocks(studies: Studies, size: IntArray) -> Iterator[Block]:
    """All meta-analyses with at least one study in blocks; `size` is the number of studies of each, `(groups,)`."""
    order = np.argsort(studies.group, kind="stable")
    start = np.cumsum(size) - size
    by_size = np.argsort(size, kind="stable")
    sizes = size[by_size]
    at = int(np.searchsorted(sizes, 1))
    while at < sizes.size:
        smallest = int(sizes[at])
        same = int(np.searchsorted(sizes, smallest, side="right"))
        widest = smallest if same - at >= MANY else smallest + max(1, smallest // 4)
        rows = max(1, ELEMENTS // max(widest, MOST_POINTS) - 1)
        end = min(int(np.searchsorted(sizes, widest, side="right")), at + rows)
        yield _block(studies, by_size[at:end], order, start, size)
        at = end


def _block(
    studies: Studies, groups: NDArray[np.intp], order: NDArray[np.intp], start: IntArray, size: IntArray
) -> Block:
    k = int(size[groups].max())
    place = np.arange(k)[:, None]
    there = place < size[groups]
    index = order[np.where(there, start[groups] + place, 0)]
    stranger = np.sqrt(np.arange(2.0, k + 2.0))[:, None]

    def packed(values: FloatArray, instead: float, last: FloatArray) -> FloatArray:
        return np.hstack([np.where(there, values[index], instead), last]).T

    return Block(
        groups=groups,
        yi=packed(studies.yi, 0.0, stranger),
        vi=packed(studies.vi, 1.0, stranger),
        mi=np.hstack([there.astype(np.float64), np.ones((k, 1))]).T,
        counts={
            name: packed(values, 2.0 if name.startswith("n_") else 1.0, np.full((k, 1), 9.0 if name[0] == "n" else 3.0))
            for name, values in studies.counts.items()
        },
    )
