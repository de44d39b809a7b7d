"""Rows that share nothing are independent: those that do are gathered in blocks, and blocks of a size together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from metak2.kernels.contract import FloatArray, IntArray
from metak2.kernels.multivariate.structures import Structure


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Term:
    """A random term: loadings `(k, J)`, the group of each row `(k,)` (whole numbers from 0), how G is made.

    `relation` `(groups, groups)` is a known correlation between groups; None where groups are independent.
    """

    loadings: FloatArray
    group: IntArray
    structure: Structure
    relation: FloatArray | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """`m` blocks of `n` rows: `rows` `(m, n)` are their numbers, `y` `(m, n)`, `X` `(m, n, p)`, `S` `(m, n, n)`.

    For each term: loadings `(m, n, J)` and who shares a draw, `(m, n, n)`.
    """

    rows: IntArray
    y: FloatArray
    X: FloatArray
    S: FloatArray
    loadings: tuple[FloatArray, ...]
    shared: tuple[FloatArray, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sampling:
    """The sampling errors: `variances` `(k,)`, and the rows and the matrix of each block that is correlated."""

    variances: FloatArray
    correlated: tuple[tuple[IntArray, FloatArray], ...]


def batches(y: FloatArray, X: FloatArray, sampling: Sampling, terms: Sequence[Term]) -> tuple[Batch, ...]:
    """Blocks of rows that share sampling errors or groups, gathered by size."""
    block = _components(y.size, sampling, terms)
    order = np.argsort(block, kind="stable")
    sizes = np.bincount(block)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    place = np.empty(y.size, dtype=np.int64)
    place[order] = np.arange(y.size) - np.repeat(starts[:-1], sizes)
    made = []
    for size in np.unique(sizes):
        chosen = np.flatnonzero(sizes == size)
        rows = order[starts[chosen][:, None] + np.arange(size)]
        made.append(_batch(rows, (y, X, sampling), (block, place, chosen), terms))
    return tuple(made)


def _batch(
    rows: IntArray,
    data: tuple[FloatArray, FloatArray, Sampling],
    where: tuple[IntArray, IntArray, IntArray],
    terms: Sequence[Term],
) -> Batch:
    (y, X, sampling), (block, place, chosen) = data, where
    m, n = rows.shape
    S = np.zeros((m, n, n))
    S[:, np.arange(n), np.arange(n)] = sampling.variances[rows]
    position = np.full(int(block.max()) + 1, -1)
    position[chosen] = np.arange(m)
    for members, matrix in sampling.correlated:
        at = position[block[members[0]]]
        if at >= 0:
            inside = place[members]
            S[at, inside[:, None], inside] = matrix
    shared = []
    for term in terms:
        groups = term.group[rows]
        if term.relation is None:
            shared.append((groups[:, :, None] == groups[:, None, :]).astype(np.float64))
        else:
            shared.append(term.relation[groups[:, :, None], groups[:, None, :]])
    return Batch(
        rows=rows,
        y=y[rows],
        X=X[rows],
        S=S,
        loadings=tuple(term.loadings[rows] for term in terms),
        shared=tuple(shared),
    )


def _components(k: int, sampling: Sampling, terms: Sequence[Term]) -> IntArray:
    """The number of the block of each row: rows are linked by a group they share or by correlated sampling errors."""
    links = [(members[:-1], members[1:]) for members, _ in sampling.correlated]
    for term in terms:
        if term.relation is None:
            order = np.argsort(term.group, kind="stable")
            same = term.group[order][1:] == term.group[order][:-1]
            links.append((order[:-1][same], order[1:][same]))
        else:
            links.append((np.arange(k - 1), np.arange(1, k)))
    if not links:
        return np.arange(k)
    start, end = (np.concatenate([link[side] for link in links]) for side in (0, 1))
    graph = coo_array((np.ones(start.size), (start, end)), shape=(k, k))
    return connected_components(graph, directed=False)[1].astype(np.int64)
