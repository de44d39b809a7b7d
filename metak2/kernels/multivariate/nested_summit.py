"""The summit of a nested likelihood over its two variances: Fisher's scoring from afar, Newton's method near by.

Scoring by the expected information takes long steps that always lead uphill; Newton's by the observed one double the
right digits. Both come with the same pass over the rows. Several climbs advance together, and each pass serves all.
"""

from collections.abc import Generator, Sequence
from itertools import product
from math import isnan
from typing import NamedTuple

import numpy as np

from metak2.kernels.multivariate.nested import Nested

SCAN = (0.05**2, 0.3**2, 1.0)  # variances, of that of the residuals
STARTS = 4  # that go on from the scan: of 5,873 small invented sets these missed no summit, the best two 5
TOGETHER = 0.2  # of each variance: climbs as near as this to each other end on the same summit
NEAR = 1.0  # units of log-likelihood: a step that gains less is Newton's
LAST = 1e-7  # the same: a Newton step that gains less leaves about the square of it
DECREMENT = 1e-13  # relative to 1 + |height|: what rounding leaves of any gain
RISE = 1e-4  # of what the slope promises: a step that gains less is halved
FLAT = 1e-7  # of the box: a last step as long as this says that the likelihood is level
TINY = 1e-10
STEPS = 200
HALVINGS = 40

Pair = tuple[float, float]
Matrix = Sequence[Sequence[float]]


class Place(NamedTuple):
    """What is known at a pair of variances; `known` is the information there if the coefficients were known."""

    height: float
    score: Sequence[float]
    expected: Matrix
    observed: Matrix
    known: Sequence[float]


class Peak(NamedTuple):
    """Where a climb ended, the height before its last step, and whether it came to rest."""

    at: Pair
    height: float
    converged: bool


class Box(NamedTuple):
    """Which of the two variances move, from 0 to `top`."""

    free: tuple[int, ...]
    top: float


class _Step(NamedTuple):
    by: Pair
    gain: float  # twice what the quadratic model promises
    newton: bool


_Climb = Generator[Pair, Place, Peak]


def highest(likelihood: Nested, starts: Sequence[Pair], box: Box, *, restricted: bool) -> Peak:
    """The highest peak that climbs from the best of these starts reach; one that comes to where another is ends."""
    asked = {climb: next(climb) for climb in (_climb(start, box) for start in starts)}
    peaks: list[Peak] = []
    while asked:
        slopes = likelihood.slopes(np.array(list(asked.values())), restricted=restricted)
        places = map(Place._make, zip(*(one.tolist() for one in slopes), strict=True))
        ranked = sorted(zip(asked, places, strict=True), key=lambda one: -one[1].height)
        asked = {}
        for climb, place in ranked[:STARTS]:
            try:
                wanted = climb.send(place)
            except StopIteration as end:
                peaks.append(end.value)
            else:
                if not any(_together(wanted, other) for other in asked.values()):
                    asked[climb] = wanted
    return max(peaks, key=lambda peak: peak.height)


def _together(one: Pair, other: Pair) -> bool:
    (t, s), (also_t, also_s) = one, other
    return abs(t - also_t) <= TOGETHER * max(t, also_t) and abs(s - also_s) <= TOGETHER * max(s, also_s)


def scan(spread: float, held: Sequence[float]) -> list[Pair]:
    """Points of a coarse scan; `held` are variances that do not move, NaN where they do."""
    moving = [one * spread**2 for one in SCAN]
    t, s = (moving if isnan(one) else [one] for one in held)
    return list(product(t, s))


def _climb(at: Pair, box: Box) -> _Climb:
    """Asks for what is known at one pair after the other."""
    here = yield at
    for _ in range(STEPS):
        step, rounding = _next_step(at, here, box), DECREMENT * (1 + abs(here.height))
        if step.gain <= (max(LAST, rounding) if step.newton else rounding):
            finished = step.newton and max(map(abs, step.by)) <= FLAT * box.top
            return Peak(_beyond(at, step.by, 1.0, box) if finished else at, here.height, converged=True)
        length = 1.0
        for _ in range(HALVINGS):
            following = _beyond(at, step.by, length, box)
            there = yield following
            if there.height > here.height + RISE * length * step.gain:
                break
            length *= 0.5
        else:
            return Peak(at, here.height, converged=step.gain <= max(LAST, rounding))
        at, here = following, there
    return Peak(at, here.height, converged=False)


def _beyond(at: Pair, step: Pair, length: float, box: Box) -> Pair:
    (t, s), (by_t, by_s) = at, step
    return (
        min(max(t + length * by_t, 0.0), box.top) if by_t else t,
        min(max(s + length * by_s, 0.0), box.top) if by_s else s,
    )


def _next_step(at: Pair, here: Place, box: Box) -> _Step:
    """Newton's where the observed information is positive definite and leaves little to gain, else scoring."""
    free = [one for one in box.free if _moves(one, at, here, box.top)]
    if _definite(here.observed, free):
        newton = _Step(*_best(at, here.score, here.observed, free, box.top), newton=True)
        if newton.gain <= NEAR:
            return newton
    return _Step(*_best(at, here.score, here.expected, free, box.top), newton=False)


def _moves(one: int, at: Pair, here: Place, top: float) -> bool:
    """Whether this variance does not rest on a bound, and whether the effects tell anything of it at all."""
    score = here.score[one]
    rests = (at[one] <= 0 and score <= 0) or (at[one] >= top and score >= 0)
    return not rests and here.expected[one][one] > TINY * here.known[one]


def _definite(information: Matrix, free: Sequence[int]) -> bool:
    (a, b), (_, d) = information
    if len(free) == 2:
        return a > 0 and d > 0 and a * d - b * b > TINY * a * d
    return not free or information[free[0]][free[0]] > 0


def _best(at: Pair, score: Sequence[float], information: Matrix, free: Sequence[int], top: float) -> tuple[Pair, float]:
    """The step within the box that gains most if the likelihood were quadratic, and the slope times it."""
    if not free:
        return (0.0, 0.0), 0.0
    if len(free) == 2:
        t, s = _both(at, score, information, top)
        return (t, s), t * score[0] + s * score[1]
    (one,) = free
    by = _within(score[one] / information[one][one], at[one], top)
    return ((by, 0.0) if one == 0 else (0.0, by)), by * score[one]


def _both(at: Pair, score: Sequence[float], information: Matrix, top: float) -> Pair:
    """The best step of both variances: the summit of the quadratic, or that of its edges which is highest."""
    (a, b), (_, d) = information
    gt, gs = score

    def rise(by: Pair) -> float:
        t, s = by
        return t * gt + s * gs - 0.5 * (a * t * t + 2 * b * t * s + d * s * s)

    determinant = a * d - b * b
    if determinant > TINY * a * d:
        t, s = (d * gt - b * gs) / determinant, (a * gs - b * gt) / determinant
        if t == _within(t, at[0], top) and s == _within(s, at[1], top):
            return t, s
    edges = [(t, _within((gs - b * t) / d, at[1], top)) for t in (-at[0], top - at[0])]
    edges += [(_within((gt - b * s) / a, at[0], top), s) for s in (-at[1], top - at[1])]
    return max(edges, key=rise)


def _within(step: float, at: float, top: float) -> float:
    return min(max(step, -at), top - at)
