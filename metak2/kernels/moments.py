"""The terms of the score of tau2 from weighted sums over studies, for any number of moderators; batch last.

With w = 1 / (vi + tau2), all that a fit of p columns x needs are the sums of w, w^2 and w^3, alone and times x_i x_j,
x_i y and y^2. Where rows share their variances such sums are matrix products; here is what they mean.
"""

from typing import NamedTuple

import numpy as np

from metak2.kernels.contract import FloatArray, Number
from metak2.kernels.summit import ScoreTerms, Terms

Powers = FloatArray | tuple[FloatArray, ...]
"""Sums by the power of w: the first axis of an array, or one array each."""


class Moments(NamedTuple):
    """Sums over studies, the powers of w along the first axis; all broadcast to `(powers, points, n)`.

    `weight` are those of w and w^2, `effects` of w^2 y^2 and w^3 y^2; with all three powers `along[i]` are those of
    w x_i y and `across[i, j]`, i <= j, of w x_i x_j.
    """

    weight: FloatArray
    effects: FloatArray
    along: list[FloatArray]
    across: dict[tuple[int, int], FloatArray]


def terms_of_moments(moments: Moments, *, restricted: bool) -> Terms:
    """The terms, `(points, n)`, for scans and proofs: sums of squares lose digits where columns explain nearly all."""
    p = len(moments.along)
    along, across = _orthogonal(moments)
    every = [(i, j, 1 + (i < j)) for i in range(p) for j in range(i, p)]
    square = [across[i, i][0] for i in range(p)]
    coefficient = [along[i][0] / square[i] for i in range(p)]
    bent = [along[i][1] - sum(coefficient[j] * across[min(i, j), max(i, j)][1] for j in range(p)) for i in range(p)]
    a, a_fall = moments.effects
    for i in range(p):
        a = a - 2 * coefficient[i] * along[i][1]
        a_fall = a_fall - 2 * coefficient[i] * along[i][2] - bent[i] ** 2 / square[i]
    for i, j, times in every:
        both = times * coefficient[i] * coefficient[j]
        a = a + both * across[i, j][1]
        a_fall = a_fall + both * across[i, j][2]
    a, a_fall = np.maximum(a, 0.0), 2 * a_fall
    b, b_fall = moments.weight
    if restricted:
        for i in range(p):
            b = b - across[i, i][1] / square[i]
            b_fall = b_fall - 2 * across[i, i][2] / square[i]
        for i, j, times in every:
            b_fall = b_fall + times * across[i, j][1] ** 2 / (square[i] * square[j])
    return ScoreTerms(a, np.broadcast_to(b, a.shape), a_fall, np.broadcast_to(b_fall, a.shape))


def terms_of_sums(weight: Powers, along: Powers, effects: Powers, *, restricted: bool) -> Terms:
    """`mean_terms` of many rows: a not below 0, whatever the sums lose in rounding, and all terms of one shape."""
    w, w2, w3 = weight
    wy, w2y, w3y = along
    a, b, a_fall, b_fall = mean_terms((w, w2, w3), (wy, w2y, w3y), (effects[0], effects[1]), restricted=restricted)
    if b.shape != a.shape:
        b, b_fall = np.broadcast_to(b, a.shape), np.broadcast_to(b_fall, a.shape)
    return ScoreTerms(np.maximum(a, 0.0), b, a_fall, b_fall)


def mean_terms(
    weight: tuple[Number, Number, Number],
    along: tuple[Number, Number, Number],
    effects: tuple[Number, Number],
    *,
    restricted: bool,
) -> ScoreTerms[Number]:
    """`terms_of_moments` of a mean alone, in half the passes; sums of w and its powers, times y, and times y^2.

    Of residuals the first sum of `along` is 0, and the last one is not needed.
    """
    w, w2, w3 = weight
    wy, w2y, w3y = along
    mean = wy / w
    bent = w2y - mean * w2
    a = effects[0] - mean * (w2y + bent)
    a_fall = 2 * (effects[1] - mean * (2 * w3y - mean * w3) - bent * bent / w)
    if not restricted:
        return ScoreTerms(a, w, a_fall, w2)
    typical = w2 / w
    return ScoreTerms(a, w - typical, a_fall, w2 - 2 * w3 / w + typical * typical)


def _orthogonal(moments: Moments) -> tuple[list[FloatArray], dict[tuple[int, int], FloatArray]]:
    """The sums for columns made orthogonal under w one after the other, as in Gram and Schmidt's process."""
    along, across = list(moments.along), dict(moments.across)
    p = len(along)
    for pivot in range(p):
        for column in range(pivot + 1, p):
            share = across[pivot, column][0] / across[pivot, pivot][0]
            own = across[column, column] - 2 * share * across[pivot, column] + share**2 * across[pivot, pivot]
            for other in range(p):
                if other != column:
                    pair = (min(other, column), max(other, column))
                    across[pair] = across[pair] - share * across[min(other, pivot), max(other, pivot)]
            across[column, column] = own
            along[column] = along[column] - share * along[pivot]
    return along, across
