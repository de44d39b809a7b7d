"""A network seen as an electrical circuit: edge weights, evidence flow, and what each edge contributes.

A comparison is a current of 1 from its first treatment to its second; the current through an edge is the entry of the
hat matrix (König, Krahn & Binder 2013; Rücker 2012). Flows run along edges that hold direct evidence only.
"""

from collections import deque
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from metak2.kernels.contract import FloatArray, IntArray
from metak2.kernels.network import pseudo_inverse

STREAM = 1e-10  # of the whole current: what lies below is the rounding of the flow


def edge_weights(laplacians: Sequence[FloatArray]) -> FloatArray:
    """Weight of each edge `(n, n)` from the studies' Laplacians `(n, n)`: a multi-arm study counts each of its edges.

    The weights of a multi-arm study are those that reproduce its covariances (Rücker & Schwarzer 2014).
    """
    total = -np.sum(laplacians, axis=0)
    np.fill_diagonal(total, 0.0)
    return np.asarray(total)


def laplacian(arms: IntArray, precision: FloatArray, treatments: int) -> FloatArray:
    """A study's contrasts against its first arm with this precision, as a Laplacian over all treatments `(n, n)`."""
    contrasts = np.zeros((arms.size - 1, treatments))
    contrasts[np.arange(arms.size - 1), arms[1:]] = 1.0
    contrasts[:, arms[0]] = -1.0
    return np.asarray(contrasts.T @ precision @ contrasts)


def flows(weights: FloatArray) -> FloatArray:
    """The current through edge k–l for the comparison of i with j, `(n, n, n, n)`: positive from k to l."""
    potential, _ = pseudo_inverse(np.diag(weights.sum(axis=1)) - weights)
    drop = potential[:, None, :] - potential[None, :, :]  # (i, j, node)
    return np.asarray(weights * (drop[:, :, :, None] - drop[:, :, None, :]))


Contribution = Callable[[FloatArray, int, int], FloatArray]


def by_shortest_path(flow: FloatArray, source: int, sink: int) -> FloatArray:
    """Share of each edge `(n, n)`, symmetric: streams along shortest paths first; Papakonstantinou et al. (2018).

    Among paths with equally few edges the walk prefers the treatments in the order in which the edges, sorted and
    written along the flow, first name them.
    """
    left = np.where(flow > STREAM, flow, 0.0)
    order = _order(left)
    share = np.zeros_like(flow)
    while path := _shortest(left, source, sink, order):
        steps = list(pairwise(path))
        stream = min(left[step] for step in steps)
        for a, b in steps:
            left[a, b] = left[a, b] - stream if left[a, b] - stream > STREAM else 0.0
            share[a, b] += stream / len(steps)
            share[b, a] += stream / len(steps)
    return share


def by_random_walk(flow: FloatArray, source: int, sink: int) -> FloatArray:
    """Share of each edge `(n, n)`, symmetric: the mean over all paths of a walker who follows the flow; Davies (2022).

    A path counts with its probability, divided among its edges. Currents run downhill, so that the walk ends; the sum
    over paths is made by length, without listing them.
    """
    forward = np.where(flow > STREAM, flow, 0.0)
    leaving = forward.sum(axis=1, keepdims=True)
    step = np.divide(forward, leaving, out=np.zeros_like(forward), where=leaving > 0)
    step[sink] = 0.0
    n = len(flow)
    reach, rest = np.zeros((n, n)), np.zeros((n, n))  # (steps, node): reached after so many; so many to the sink
    reach[0, source] = rest[0, sink] = 1.0
    for length in range(1, n):
        reach[length] = reach[length - 1] @ step
        rest[length] = step @ rest[length - 1]
    share = np.zeros_like(flow)
    for before in range(n):
        for after in range(n - before - 1):
            share += np.outer(reach[before], rest[after]) * step / (before + 1 + after)
    return share + share.T


def _order(forward: FloatArray) -> list[int]:
    rows, columns = np.nonzero(np.triu(forward + forward.T, 1))
    named = [(i, j) if forward[i, j] > 0 else (j, i) for i, j in zip(rows.tolist(), columns.tolist(), strict=True)]
    return list(dict.fromkeys(node for edge in named for node in edge))


def _shortest(left: FloatArray, source: int, sink: int, order: Sequence[int]) -> list[int]:
    """The nodes of the path with the fewest edges; empty where no current is left."""
    came_from = {source: source}
    waiting = deque([source])
    while waiting and sink not in came_from:
        here = waiting.popleft()
        for there in order:
            if left[here, there] > 0 and there not in came_from:
                came_from[there] = here
                waiting.append(there)
    if sink not in came_from:
        return []
    path = [sink]
    while path[-1] != source:
        path.append(came_from[path[-1]])
    return path[::-1]
