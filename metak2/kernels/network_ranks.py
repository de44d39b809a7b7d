"""Which treatment is best, second, …: P-scores in closed form and ranks by simulation with a seed."""

import numpy as np
from scipy.special import ndtr

from metak2.kernels.contract import FloatArray

CHUNK = 20_000


def p_scores(effects: FloatArray, vcov: FloatArray) -> FloatArray:
    """Mean certainty that a treatment's effect is smaller than another's, `(n,)`; Rücker & Schwarzer (2015).

    Under the normal distribution that the ranks are drawn from this is SUCRA itself: one minus the mean rank, scaled.
    """
    n = effects.size
    variance = np.diag(vcov)[:, None] + np.diag(vcov)[None, :] - 2 * vcov
    off = ~np.eye(n, dtype=bool)
    z = np.zeros((n, n))
    z[off] = (effects[None, :] - effects[:, None])[off] / np.sqrt(variance[off])
    return np.asarray((ndtr(z) * off).sum(axis=1) / (n - 1))


def rank_probabilities(effects: FloatArray, vcov: FloatArray, *, draws: int, seed: int) -> FloatArray:
    """Probability that treatment i (row) has rank r (column), smallest effect first, `(n, n)`.

    Draws from the multivariate normal distribution of the effects, in pairs mirrored about the estimates.
    """
    values, vectors = np.linalg.eigh(vcov)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    generator = np.random.default_rng(seed)
    n = effects.size
    counted = np.zeros((n, n))
    pairs = (draws + 1) // 2
    for first in range(0, pairs, CHUNK):
        normal = generator.standard_normal((min(CHUNK, pairs - first), n)) @ root.T
        for drawn in (effects + normal, effects - normal):
            ranks = drawn.argsort(axis=1).argsort(axis=1)
            for rank in range(n):
                counted[:, rank] += (ranks == rank).sum(axis=0)
    return np.asarray(counted / (2 * pairs))
