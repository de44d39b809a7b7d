"""Fisher's non-central hypergeometric distribution of many tables at once, and of their sum.

Given the margins of a 2x2 table, the events of the first arm depend on the log odds ratio theta alone: their
probabilities are proportional to C(n1, j) C(n2, m - j) exp(j theta).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from metak2.kernels.contract import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Supports:
    """The possible tables of k trials, one trial after another.

    `events` and `log_ways` are `(total,)`: events of the first arm, and the log of the number of ways, less the
    largest of the trial. `start` says where each trial begins, `(k,)`, and `trial` which one a place belongs to.
    """

    events: FloatArray
    log_ways: FloatArray
    start: IntArray
    trial: IntArray


def supports(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Supports:
    """The supports of k tables of whole people, each array `(k,)`."""
    n1, n2, m = ai + bi, ci + di, ai + ci
    low, high = np.maximum(0, m - n2), np.minimum(n1, m)
    size = (high - low + 1).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(size)[:-1]]).astype(np.int64)
    trial = np.repeat(np.arange(size.size), size)
    events = np.asarray(np.arange(trial.size) - start[trial] + low[trial], dtype=np.float64)
    rest = m[trial] - events
    log_ways = _log_choose(n1[trial], events) + _log_choose(n2[trial], rest)
    largest = np.maximum.reduceat(log_ways, start)
    return Supports(events=events, log_ways=log_ways - largest[trial], start=start, trial=trial)


def cumulants(tables: Supports, theta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log normaliser, mean and variance of the events at log odds ratios `theta`, all `(k, q)`.

    The log probability of `a` events is `a theta + log_ways - normaliser`.
    """
    tilted = _tilt(tables, theta)
    return tilted.normaliser, tilted.mean, _central_moment(tables, tilted, 2)


def third_cumulant(tables: Supports, theta: FloatArray) -> FloatArray:
    """The third cumulant of the events at log odds ratios `theta`, `(k, q)`."""
    return _central_moment(tables, _tilt(tables, theta), 3)


class _Tilted(NamedTuple):
    """Log normaliser, mean and total mass of each trial, `(k, q)`; masses of the possible tables, `(total, q)`."""

    normaliser: FloatArray
    mean: FloatArray
    sums: FloatArray
    mass: FloatArray


def _tilt(tables: Supports, theta: FloatArray) -> _Tilted:
    exponent = tables.events[:, None] * theta[tables.trial]
    exponent += tables.log_ways[:, None]
    highest = np.maximum.reduceat(exponent, tables.start, axis=0)
    exponent -= highest[tables.trial]
    mass = np.exp(exponent, out=exponent)
    sums = np.add.reduceat(mass, tables.start, axis=0)
    mean = np.add.reduceat(mass * tables.events[:, None], tables.start, axis=0) / sums
    return _Tilted(highest + np.log(sums), mean, sums, mass)


def _central_moment(tables: Supports, tilted: _Tilted, order: int) -> FloatArray:
    deviation = tables.events[:, None] - tilted.mean[tables.trial]
    return np.asarray(np.add.reduceat(tilted.mass * deviation**order, tables.start, axis=0) / tilted.sums)


def conditional_odds_ratios(tables: Supports, events: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Each trial's conditional maximum likelihood log odds ratio and its variance, `(k,)`; ±inf at the support's ends.

    The variance is infinite where the estimate is.
    """
    ends = np.append(tables.start[1:], tables.events.size) - 1
    low, high = tables.events[tables.start], tables.events[ends]
    inside = (events > low) & (events < high)
    theta = np.zeros(events.size)
    for _ in range(200):
        _, mean, variance = (part[:, 0] for part in cumulants(tables, theta[:, None]))
        # At most one unit a step: from 0 the mean is monotone, and Newton cannot leap over the root's basin.
        step = np.where(inside, np.clip((events - mean) / np.maximum(variance, 1e-12), -1.0, 1.0), 0.0)
        theta += step
        if np.abs(step).max(initial=0.0) < 1e-12:
            break
    _, _, variance = (part[:, 0] for part in cumulants(tables, theta[:, None]))
    empty = np.where(low == high, np.nan, np.where(events == low, -np.inf, np.inf))
    with np.errstate(divide="ignore"):
        return np.where(inside, theta, empty), np.where(inside, 1 / variance, np.inf)


def sum_distribution(tables: Supports, theta: float) -> tuple[FloatArray, FloatArray]:
    """Values and probabilities of the sum of the first arms' events over independent tables with one odds ratio.

    Convolution of the trials' distributions; Mehta, Patel & Gray (1985).
    """
    exponent = tables.log_ways + tables.events * theta
    mass = np.exp(exponent - np.maximum.reduceat(exponent, tables.start)[tables.trial])
    mass /= np.add.reduceat(mass, tables.start)[tables.trial]
    whole = np.ones(1)
    for part in np.split(mass, tables.start[1:]):
        whole = np.convolve(whole, part)
    lowest = tables.events[tables.start].sum()
    return lowest + np.arange(whole.size), whole


def _log_choose(n: FloatArray, r: FloatArray) -> FloatArray:
    return np.asarray(gammaln(n + 1) - gammaln(r + 1) - gammaln(n - r + 1))
