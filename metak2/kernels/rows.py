"""The rows of a batch as the kernels compute on them: study-major, centred, in units of the smallest variance.

Centring and the choice of the unit make every result shift- and scale-equivariant, and sums over studies are about four
times faster along the first axis.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.contract import FloatArray, IntArray, Status

OK, TOO_FEW, BAD_INPUT = (np.int64(flag) for flag in (Status.OK, Status.TOO_FEW, Status.BAD_INPUT))
ELEMENTS = 120_000  # per block: large enough to hide NumPy's call overhead, small enough for the second-level cache


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """A block of meta-analyses in standard units.

    `y` and `v` are `(k, batch)`, or `(k, 1)` where all rows share them; `m` is `(k, batch)`. An effect is
    `centre + y * sqrt(unit)`, a variance `v * unit`. `k`, `centre`, `unit` and `bad` are `(batch,)`; a bad row holds
    placeholders, and its results are to be overwritten with NaN.
    """

    y: FloatArray
    v: FloatArray
    m: FloatArray
    k: FloatArray
    centre: FloatArray
    unit: FloatArray
    bad: NDArray[np.bool_]

    def take(self, index: NDArray[np.intp]) -> tuple[FloatArray, FloatArray, FloatArray]:
        """`y`, `v` and `m` of the rows named in `index`; what is shared stays `(k, 1)`."""
        shared = self.y.shape[1] == 1
        if index.size == self.k.size and (index == np.arange(index.size)).all():
            return self.y, self.v, self.m
        m = self.m.take(index, axis=1)
        return (self.y, self.v, m) if shared else (self.y.take(index, axis=1), self.v.take(index, axis=1), m)

    def status(self, *, least: int) -> IntArray:
        """BAD_INPUT, or TOO_FEW where a row holds fewer than `least` studies."""
        return np.where(self.bad, BAD_INPUT, np.where(self.k < least, TOO_FEW, OK))


def blocks(yi: FloatArray, vi: FloatArray, mi: FloatArray, *, width: int = 0) -> Iterator[tuple[slice, Rows]]:
    """The batch cut into blocks of bounded memory; `width` is the number of elements a row needs if more than k."""
    yi, vi, mi = (_two_axes(np.asarray(array, dtype=np.float64)) for array in (yi, vi, mi))
    batch, k = _shape(yi, vi, mi)
    if batch == 1:
        yield slice(0, 1), standardise(yi, vi, mi)
        return
    size = max(1, ELEMENTS // max(k, width, 1))
    for start in range(0, max(batch, 1), size):
        part = slice(start, min(start + size, batch))
        yield part, standardise(*(array if array.shape[0] == 1 else array[part] for array in (yi, vi, mi)))


def batch_size(*arrays: FloatArray) -> int:
    """Number of rows of the batch that `arrays` broadcast to."""
    return _shape(*(_two_axes(np.asarray(array)) for array in arrays))[0]


def _two_axes(array: FloatArray) -> FloatArray:
    return array if array.ndim == 2 else np.atleast_2d(array)


def _shape(first: FloatArray, *others: FloatArray) -> tuple[int, int]:
    """Rows and columns of the batch that arrays of two axes broadcast to."""
    if all(array.shape == first.shape for array in others):
        return first.shape[0], first.shape[1]
    batch, k = np.broadcast_shapes(first.shape, *(array.shape for array in others))
    return batch, k


def standardise(yi: FloatArray, vi: FloatArray, mi: FloatArray) -> Rows:
    """Rows in standard units; `yi` and `vi` stay one column where both have one row."""
    alone = _one_sound_row(yi[0], vi[0], mi[0]) if yi.shape == vi.shape == mi.shape and len(yi) == 1 else None
    if alone is not None:
        return alone
    yi, vi, mi = np.broadcast_arrays(yi, vi, mi) if yi.shape[0] + vi.shape[0] > 2 else (yi, vi, mi)
    mi = mi if mi.shape[1] == yi.shape[1] else np.broadcast_to(mi, (mi.shape[0], yi.shape[1]))
    y, v, m = (np.ascontiguousarray(array.T) for array in (yi, vi, mi))
    if _sound(y, v, m):
        return _standard(y, v, m)
    with np.errstate(invalid="ignore"):
        fit_for_use = np.isfinite(y) & np.isfinite(v) & (v > 0)
        counted = np.isfinite(m) & (m >= 0)
    bad = np.any((m != 0) & ~(fit_for_use & counted), axis=0)
    m = np.where(counted & ~bad, m, 0.0)
    used = fit_for_use & (np.any(m > 0, axis=1, keepdims=True) if y.shape[1] == 1 else m > 0)
    unit = np.min(np.where(used, v, np.inf), axis=0, initial=np.inf)
    unit = np.where(np.isfinite(unit), unit, 1.0)
    v = np.where(used, v, unit) / unit
    weight = used / v
    y = np.where(used, y, 0.0)
    centre = (weight * y).sum(axis=0) / np.maximum(weight.sum(axis=0), np.finfo(np.float64).tiny)
    with np.errstate(over="ignore"):
        y = np.where(used, (y - centre) / np.sqrt(unit), 0.0)
    shape = (m.shape[1],)
    return Rows(
        y=y,
        v=v,
        m=m,
        k=m.sum(axis=0),
        centre=np.broadcast_to(centre, shape),
        unit=np.broadcast_to(unit, shape),
        bad=bad,
    )


def _sound(y: FloatArray, v: FloatArray, m: FloatArray) -> bool:
    """Whether every number of a block can be used, also where a study is left out; NaN fails every comparison."""
    if m.size == 0 or not (m.max() < np.inf and v.min() > 0 and v.max() < np.inf):
        return False
    fewest = m.min()
    counted = fewest > 0 or (fewest == 0 and y.shape[1] == 1 and m.any(axis=1).all())
    return bool(counted and -np.inf < y.min() and y.max() < np.inf)


def _standard(y: FloatArray, v: FloatArray, m: FloatArray) -> Rows:
    """`standardise` of a sound block, arrays `(k, batch)` or `(k, 1)`, in which every study counts somewhere."""
    unit = v.min(axis=0)
    v = v / unit
    weight = 1.0 / v
    centre = np.einsum("kn,kn->n", weight, y) / weight.sum(axis=0)
    with np.errstate(over="ignore"):
        y = (y - centre) / np.sqrt(unit)
    batch = m.shape[1]
    if centre.size != batch:
        centre, unit = np.full(batch, centre[0]), np.full(batch, unit[0])
    return Rows(y=y, v=v, m=m, k=m.sum(axis=0), centre=centre, unit=unit, bad=np.zeros(batch, dtype=np.bool_))


def _one_sound_row(yi: FloatArray, vi: FloatArray, mi: FloatArray) -> Rows | None:
    """`standardise` of a single row, arrays `(k,)`; None unless every study counts and can be used."""
    if yi.size == 0:
        return None
    unit = np.minimum.reduce(vi)
    if not (unit > 0 and np.maximum.reduce(vi) < np.inf and np.minimum.reduce(mi) > 0):
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        v = vi / unit
        weight = 1.0 / v
        k, centre = np.add.reduce(mi), (weight @ yi) / np.add.reduce(weight)
        y = (yi - centre) / np.sqrt(unit)
    if not (k < np.inf and -np.inf < centre < np.inf):
        return None
    return Rows(
        y=y[:, None],
        v=v[:, None],
        m=mi[:, None],
        k=np.array([k]),
        centre=np.array([centre]),
        unit=np.array([unit]),
        bad=np.zeros(1, dtype=np.bool_),
    )
