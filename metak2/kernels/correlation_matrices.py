"""Correlations of one sample as dependent effects, and regression from a correlation matrix.

Pairs are in the order (0, 1), (0, 2) … (1, 2) …: the upper triangle row by row.
"""

from itertools import combinations
from typing import NamedTuple

import numpy as np

from metak2.kernels.contract import FloatArray


def pairs_of(variables: int) -> list[tuple[int, int]]:
    """The pairs of variables in their order."""
    return list(combinations(range(variables), 2))


def correlation_covariance(R: FloatArray, n: float, *, fisher: bool) -> FloatArray:
    """The covariance of the correlations in `R` `(q, q)` from `n` people, of Fisher's z where `fisher`.

    Olkin & Siotani (1976), with n - 1, so that a variance is (1 - r²)² / (n - 1); for z with n - 3.
    """
    pairs = np.array(pairs_of(len(R)))
    (i, j), (k, m) = pairs.T[:, :, None], pairs.T[:, None, :]
    between = R[i, k] ** 2 + R[i, m] ** 2 + R[j, k] ** 2 + R[j, m] ** 2
    threes = R[i, j] * (R[i, k] * R[i, m] + R[j, k] * R[j, m]) + R[k, m] * (R[i, k] * R[j, k] + R[i, m] * R[j, m])
    moments = 0.5 * R[i, j] * R[k, m] * between + R[i, k] * R[j, m] + R[i, m] * R[j, k] - threes
    if not fisher:
        return np.asarray(moments / (n - 1))
    own = 1 - R[pairs[:, 0], pairs[:, 1]] ** 2
    return np.asarray(moments / np.outer(own, own) / (n - 3))


class Solved(NamedTuple):
    """Standardised coefficients `(x,)`, their covariance, the explained share of the variance."""

    beta: FloatArray
    vcov: FloatArray
    R2: float


def regression_from_people(R: FloatArray, n: float) -> Solved:
    """The first variable on the others, from the correlations of `n` people."""
    inside, toward = R[1:, 1:], R[1:, 0]
    inverse: FloatArray = np.linalg.inv(inside).astype(np.float64, copy=False)
    beta = inverse @ toward
    R2 = float(beta @ toward)
    return Solved(beta, inverse * (1 - R2) / (n - len(R)), R2)


def regression_from_covariance(R: FloatArray, V: FloatArray) -> Solved:
    """The first variable on the others, from pooled correlations with covariance `V` of their pairs (delta method)."""
    inside, toward = R[1:, 1:], R[1:, 0]
    inverse: FloatArray = np.linalg.inv(inside).astype(np.float64, copy=False)
    beta = inverse @ toward
    slopes = np.zeros((beta.size, len(V)))
    for at, (a, b) in enumerate(pairs_of(len(R))):
        if a == 0:
            slopes[:, at] = inverse[:, b - 1]
        else:
            slopes[:, at] = -(inverse[:, a - 1] * beta[b - 1] + inverse[:, b - 1] * beta[a - 1])
    return Solved(beta, slopes @ V @ slopes.T, float(beta @ toward))
