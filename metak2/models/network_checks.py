"""Do the comparisons of a multi-arm trial fit together? If not: which number must be wrong."""

from itertools import combinations

import numpy as np

from metak2.errors import CellProblem
from metak2.kernels.contract import FloatArray
from metak2.kernels.network_effects import from_pairs
from metak2.studies.checks.network import contrasts_disagree, variance_impossible
from metak2.studies.network_rows import NetworkStudy

ROUNDING = 0.1  # of the trial's smallest standard error: no rounding of a printed estimate is larger
VARIANCE_ROUNDING = 0.05  # relative: standard errors printed to two digits
EXACT = 1e-6  # of the smallest standard error: below it nothing was repaired


def repaired(study: NetworkStudy) -> bool:
    """Whether the comparisons had to be moved, within rounding, to add up."""
    rest, se = _rest(study)
    return bool(np.abs(rest).max() > EXACT * se)


def pairs_problems(study: NetworkStudy, *, additive: bool) -> list[CellProblem]:
    """What is wrong with the comparisons of a trial of three arms or more.

    `additive`: the variance of a comparison is the sum of its arms' variances, as for every measure but those
    standardised by a standard deviation.
    """
    a = len(study.arms)
    if a < 3:
        return []
    values, variances = study.numbers["estimate"], study.numbers["se"] ** 2
    wrong = _impossible(variances, additive=additive)
    if wrong is not None:
        pair, limit = wrong
        names = (study.arms[pair[0]], study.arms[pair[1]])
        return [
            variance_impossible(study.cells[frozenset(names)], study.study, names, float(variances[pair] ** 0.5), limit)
        ]
    rest, se = _rest(study)
    if np.abs(rest).max() <= ROUNDING * se:
        return []
    pair, others = _suspect(values, variances, ROUNDING * se)
    names = (study.arms[pair[0]], study.arms[pair[1]])
    return [contrasts_disagree(study.cells[frozenset(names)], study.study, names, float(values[pair]), others)]


def _rest(study: NetworkStudy) -> tuple[FloatArray, float]:
    variances = study.numbers["se"] ** 2
    rest = from_pairs(study.numbers["estimate"], variances)[2]
    return rest, float(np.sqrt(variances[np.triu_indices(len(study.arms), 1)].min()))


def _impossible(variances: FloatArray, *, additive: bool) -> tuple[tuple[int, int], float] | None:
    """The pair whose standard error cannot stand beside the others, and the limit they set for it."""
    a = len(variances)
    for i, j, k in combinations(range(a), 3):
        for pair, via in (((i, j), k), ((i, k), j), ((j, k), i)):
            most = variances[pair[0], via] + variances[pair[1], via]
            allowed = most if additive else (variances[pair[0], via] ** 0.5 + variances[pair[1], via] ** 0.5) ** 2
            if variances[pair] > allowed * (1 + VARIANCE_ROUNDING):
                return pair, float(allowed**0.5)
    if a == 3 or not additive:
        return None
    rows, columns = np.triu_indices(a, 1)
    given = variances[rows, columns]
    off = np.abs(given - _by_arms(variances, None)) / given
    if off.max() <= VARIANCE_ROUNDING:
        return None
    pairs = list(zip(rows.tolist(), columns.tolist(), strict=True))

    def left(pair: tuple[int, int]) -> float:
        kept = [at for at, one in enumerate(pairs) if one != pair]
        return float((np.abs(given - _by_arms(variances, pair)) / given)[kept].max())

    pair = min(pairs, key=left)
    return pair, float(max(_by_arms(variances, pair)[pairs.index(pair)], 0.0) ** 0.5)


def _by_arms(variances: FloatArray, without: tuple[int, int] | None) -> FloatArray:
    """The variance of each pair as the sum of the two arms' that fit the pairs best, one pair left out."""
    rows, columns = np.triu_indices(len(variances), 1)
    sums = np.zeros((rows.size, len(variances)))
    sums[np.arange(rows.size), rows] = sums[np.arange(rows.size), columns] = 1.0
    kept = [at for at, pair in enumerate(zip(rows.tolist(), columns.tolist(), strict=True)) if pair != without]
    arms = np.linalg.lstsq(sums[kept], variances[rows, columns][kept], rcond=None)[0]
    return np.asarray(sums @ arms)


def _suspect(values: FloatArray, variances: FloatArray, rounding: float) -> tuple[tuple[int, int], float]:
    """The pair to look at first, and what the others say of it.

    One whose sign turned makes all add up; else the one without which the rest adds up best; among equals the one
    that lies farthest, in its own standard errors, from what the others say.
    """
    pairs = list(combinations(range(len(values)), 2))

    def turned(pair: tuple[int, int]) -> float:
        other = values.copy()
        other[pair], other[pair[::-1]] = -values[pair], -values[pair[::-1]]
        return float(np.abs(from_pairs(other, variances)[2]).max())

    best = min(pairs, key=turned)
    if turned(best) <= rounding:
        return best, -float(values[best])

    def without(pair: tuple[int, int]) -> tuple[float, float]:
        loose = variances.copy()
        loose[pair] = loose[pair[::-1]] = variances.max() * 1e6
        rest = _loose_rest(values, loose)
        others = [abs(rest[one]) for one in pairs if one != pair]
        return round(max(others) / rounding, 3), -abs(rest[pair]) / float(variances[pair] ** 0.5)

    pair = min(pairs, key=without)
    loose = variances.copy()
    loose[pair] = loose[pair[::-1]] = variances.max() * 1e6
    return pair, float(values[pair] - _loose_rest(values, loose)[pair])


def _loose_rest(values: FloatArray, variances: FloatArray) -> FloatArray:
    """What remains of each pair about the arms that fit all pairs best, each weighted alone."""
    weights = 1 / np.where(np.eye(len(values), dtype=bool), np.inf, variances)
    arms = np.linalg.pinv(np.diag(weights.sum(axis=1)) - weights) @ (weights * values).sum(axis=1)
    return np.asarray(values - (arms[:, None] - arms[None, :]))
