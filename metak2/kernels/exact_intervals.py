"""Intervals for the mean effect of few studies whose coverage needs no estimate of tau2. Row by row."""

import numpy as np

from metak2.kernels.contract import FloatArray, IntArray, Status
from metak2.kernels.intervals import t_quantile
from metak2.kernels.rows import Rows, batch_size, blocks
from metak2.kernels.tau2_distribution import weighted_blocks

Bounds = tuple[FloatArray, FloatArray, IntArray]

MOST_STUDIES = 20  # a million subsets
LEAST_LEVEL = 0.917  # below it (alpha above 0.083) the t interval of unequal variances is not conservative


def typical_values(
    yi: FloatArray, vi: FloatArray, mi: FloatArray, ai: FloatArray, *, level: float, mid_p: bool
) -> Bounds:
    """Exact interval from the weighted means of all subsets of studies, weights `ai`; Hartigan (1969).

    The true mean falls between any two neighbouring subset means with the same probability 2^-k, whatever tau2, as
    long as every effect is symmetric about it and the weights do not depend on the effects. It inverts the sign-flip
    permutation test of Follmann & Proschan (1999). `mid_p` counts half the probability of the observed signs
    (Lancaster 1961): coverage is then nominal on average, not guaranteed. Infinite limits where k is too small for the
    level (below 6 at 95 %, with mid-p below 5). TOO_FEW without a study; BAD_INPUT above twenty.
    """
    batch = batch_size(yi, vi, mi, ai)
    low, high, status = np.full(batch, np.nan), np.full(batch, np.nan), np.empty(batch, dtype=np.int64)
    for part, rows, a in weighted_blocks(yi, vi, mi, ai):
        flags = rows.status(least=1)
        flags[(flags == 0) & (rows.k > MOST_STUDIES)] = Status.BAD_INPUT
        for row in np.flatnonzero(flags == 0):
            means = _subset_means(rows, int(row), a[:, 0] if a.shape[1] == 1 else a[:, row])
            rank = int(np.floor((1 - level) / 2 * (means.size + 1) + (0.5 if mid_p else 0.0)))
            inside = (means[rank - 1], means[-rank]) if rank > 0 else (-np.inf, np.inf)
            scale = np.sqrt(rows.unit[row])
            low[part.start + row], high[part.start + row] = (rows.centre[row] + scale * end for end in inside)
        status[part] = flags
    return low, high, status


def unweighted_t(yi: FloatArray, vi: FloatArray, mi: FloatArray, *, level: float) -> Bounds:
    """The t interval of the unweighted mean, k - 1 degrees of freedom: coverage at least `level`, whatever vi and tau2.

    Bakirov & Szekely (2006), Ibragimov & Mueller (2010): for independent normal effects of any variances the t test
    is conservative at levels of 0.917 and above; exact where all variances are equal. BAD_INPUT for a lower level.
    """
    batch = batch_size(yi, vi, mi)
    low, high, status = np.empty(batch), np.empty(batch), np.empty(batch, dtype=np.int64)
    with np.errstate(all="ignore"):
        for part, rows in blocks(yi, vi, mi):
            mean = (rows.m * rows.y).sum(axis=0) / rows.k
            variance = (rows.m * (rows.y - mean) ** 2).sum(axis=0) / (rows.k - 1) / rows.k
            half = t_quantile(rows.k - 1, level=level) * np.sqrt(variance)
            flags = rows.status(least=2)
            flags = np.where((flags == 0) & (level < LEAST_LEVEL), Status.BAD_INPUT, flags)
            scale = np.sqrt(rows.unit)
            low[part], high[part] = (
                np.where(flags == 0, rows.centre + scale * end, np.nan) for end in (mean - half, mean + half)
            )
            status[part] = flags
    return low, high, status


def _subset_means(rows: Rows, row: int, weight: FloatArray) -> FloatArray:
    """The weighted means of all non-empty subsets, ascending; a study counted twice is two studies."""
    y, _, m = rows.take(np.array([row]))
    times = m[:, 0].astype(np.int64)
    effects, weights = np.repeat(y[:, 0], times), np.repeat(weight, times)
    counted = weights > 0
    above, below = np.zeros(1), np.zeros(1)
    for effect, share in zip(effects[counted], weights[counted], strict=True):
        above, below = np.concatenate([above, above + share * effect]), np.concatenate([below, below + share])
    return np.sort(above[1:] / below[1:])
