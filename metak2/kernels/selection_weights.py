"""How likely a study is to be seen, given its p value: the weight functions of selection models.

A study has z = yi / sqrt(vi) towards the side that is favoured, and p = 1 - Phi(z) (one-sided) or 2 - 2 Phi(|z|)
(two-sided). Each function gives log w and its first and second derivatives by the parameters delta, so that the
likelihood has an exact gradient and Hessian. `c` is the precision of a study relative to the least precise one (1 where
selection does not depend on it). Sources: Hedges (1992), Citkowicz & Vevea (2017, beta), Preston, Ashby & Smyth (2004,
half-normal, logistic, negative exponential), Begg & Mazumdar (1994, negative exponential power).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from scipy.special import erf, expit, log_ndtr, ndtri

from metak2.kernels.contract import FloatArray

CENSORED = 1e-5
SMALLEST_BETA, LARGEST = 1e-5, 100.0
"""The box of delta: beyond it selection is so steep that its exact value means nothing."""


class Place(NamedTuple):
    """Where weights are asked for: z, log p and log (1 - p), and the precision c, all broadcasting together."""

    z: FloatArray
    log_p: FloatArray
    log_q: FloatArray
    c: FloatArray


class LogWeight(NamedTuple):
    """log w, its gradient by delta `(m, ...)` and its Hessian `(m, m, ...)`."""

    value: FloatArray
    first: FloatArray
    second: FloatArray


Weigher = Callable[[Place, FloatArray], LogWeight]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeightFunction:
    """A weight function of `parameters` deltas: its box, the delta without selection and starts for the search.

    `steps` are the p values at which the weight jumps. p values closer to 0 or 1 than `smallest_p` count as that: beta
    and power weights have no finite integral otherwise (Citkowicz & Vevea 2017).
    """

    name: str
    weigh: Weigher
    parameters: int
    null: tuple[float, ...]
    low: tuple[float, ...]
    starts: tuple[tuple[float, ...], ...]
    steps: tuple[float, ...] = ()
    smallest_p: float = 0.0


def place(z: FloatArray, c: FloatArray, *, two_sided: bool, smallest_p: float = 0.0) -> Place:
    """`z` with the logarithms of its p value and of 1 - p, accurate in both tails, p censored at `smallest_p`."""
    if two_sided:
        with np.errstate(divide="ignore"):
            log_p, log_q = np.log(2) + log_ndtr(-np.abs(z)), np.log(erf(np.abs(z) / np.sqrt(2)))
    else:
        log_p, log_q = log_ndtr(-z), log_ndtr(z)
    if smallest_p:
        ends = np.log(smallest_p), np.log1p(-smallest_p)
        log_p, log_q = np.clip(log_p, *ends), np.clip(log_q, *ends)
    return Place(z, log_p, log_q, c)


def jumps(weights: WeightFunction, *, two_sided: bool) -> FloatArray:
    """The z at which the weight jumps, or stops to follow p because p is censored."""
    censored = (weights.smallest_p, 1 - weights.smallest_p) if weights.smallest_p else ()
    inner = np.array([step for step in (*weights.steps, *censored) if 0 < step < 1])
    return np.concatenate([ndtri(inner / 2), -ndtri(inner / 2)]) if two_sided else -ndtri(inner)


def from_step(function: WeightFunction, step: float) -> WeightFunction:
    """1 for every p value up to `step`, and the same weights relative to that at the step beyond it."""

    def weigh(at: Place, delta: FloatArray) -> LogWeight:
        beyond = _beyond(at, np.array([step])) > 0
        own = function.weigh(at, delta)
        there = at._replace(log_p=np.full_like(at.c, np.log(step)), log_q=np.full_like(at.c, np.log1p(-step)))
        edge = function.weigh(there, delta)
        return LogWeight(*(np.where(beyond, one - other, 0.0) for one, other in zip(own, edge, strict=True)))

    return replace(function, weigh=weigh, steps=(step,))


def _beyond(at: Place, steps: FloatArray) -> FloatArray:
    """How many steps p lies beyond; a p value that is a step, which its logarithm may miss by the last bits, is not."""
    return np.searchsorted(np.log(steps) + 1e-12, at.log_p, side="left").astype(np.float64)


def _beta(at: Place, delta: FloatArray) -> LogWeight:
    value = _times(delta[0] - 1, at.log_p) + _times(delta[1] - 1, at.log_q)
    return LogWeight(value, np.stack(np.broadcast_arrays(at.log_p, at.log_q)), np.zeros((2, 2, 1, 1)))


def _times(factor: float, logarithm: FloatArray) -> FloatArray:
    return factor * logarithm if factor else np.zeros_like(logarithm)


def _linear(term: FloatArray, delta: FloatArray) -> LogWeight:
    """Log w = delta term, and 0 without selection even where the term is infinite."""
    return LogWeight(_times(float(delta[0]), term), term[None], np.zeros((1, 1, 1, 1)))


def _half_normal(at: Place, delta: FloatArray) -> LogWeight:
    return _linear(-at.c * np.exp(2 * at.log_p), delta)


def _negative_exponential(at: Place, delta: FloatArray) -> LogWeight:
    return _linear(-at.c * np.exp(at.log_p), delta)


def _power(at: Place, delta: FloatArray) -> LogWeight:
    return _linear(at.c * at.log_q, delta)


def _logistic(at: Place, delta: FloatArray) -> LogWeight:
    term = at.c * np.exp(at.log_p)
    steepness = expit(delta[0] * term)
    value = np.log(2) - np.logaddexp(0.0, delta[0] * term)
    return LogWeight(value, (-term * steepness)[None], (-(term**2) * steepness * (1 - steepness))[None, None])


def _negative_exponential_power(at: Place, delta: FloatArray) -> LogWeight:
    rate, root = float(delta[0]), float(delta[1])
    term = at.c * np.exp(at.log_p / root)
    slope = term * at.log_p / root**2  # minus the derivative of term by root
    mixed = slope
    own = -rate * (slope * at.log_p / root**2 + 2 * slope / root)
    return LogWeight(
        -rate * term, np.stack([-term, rate * slope]), np.array([[np.zeros_like(own), mixed], [mixed, own]])
    )


def step_function(steps: tuple[float, ...]) -> WeightFunction:
    """Weight 1 up to the first step of p, then a delta of its own in each further interval; Hedges (1992)."""
    edges = np.array([step for step in steps if step < 1])

    count = edges.size
    return WeightFunction(
        name="step",
        weigh=lambda at, delta: _piecewise(_beyond(at, edges), delta),
        parameters=count,
        null=(1.0,) * count,
        low=(1e-8,) * count,
        starts=((1.0,) * count, (0.3,) * count, (0.05,) * count),
        steps=tuple(edges.tolist()),
    )


def _piecewise(interval: FloatArray, delta: FloatArray) -> LogWeight:
    """Log delta of the interval; interval 0 has weight 1."""
    m = delta.size
    inside = np.stack([interval == j + 1 for j in range(m)])
    value = np.append(0.0, np.log(delta))[interval.astype(np.intp)]
    shape = (m,) + (1,) * interval.ndim
    second = np.zeros((m, m, *interval.shape))
    for j in range(m):
        second[j, j] = np.where(inside[j], -1 / delta[j] ** 2, 0.0)
    return LogWeight(value, inside / delta.reshape(shape), second)


def _smooth(name: str, weigh: Weigher, smallest_p: float = 0.0) -> WeightFunction:
    return WeightFunction(
        name=name,
        weigh=weigh,
        parameters=1,
        null=(0.0,),
        low=(0.0,),
        starts=((0.0,), (1.0,), (10.0,)),
        smallest_p=smallest_p,
    )


SMOOTH: Mapping[str, WeightFunction] = MappingProxyType(
    {
        function.name: function
        for function in (
            WeightFunction(
                name="beta",
                weigh=_beta,
                parameters=2,
                null=(1.0, 1.0),
                low=(SMALLEST_BETA, SMALLEST_BETA),
                starts=((1.0, 1.0), (0.7, 1.2), (1.4, 1.4), (0.9, 2.0), (1.0, 0.5), (0.9, 5.0), (1.5, 15.0)),
                smallest_p=CENSORED,
            ),
            _smooth("half-normal", _half_normal),
            _smooth("negative exponential", _negative_exponential),
            _smooth("logistic", _logistic),
            _smooth("power", _power, CENSORED),
            WeightFunction(
                name="negative exponential power",
                weigh=_negative_exponential_power,
                parameters=2,
                null=(0.0, 1.0),
                low=(0.0, 1e-3),
                starts=((0.1, 1.0), (2.0, 1.0), (2.0, 4.0), (10.0, 10.0), (2.0, 0.3)),
            ),
        )
    }
)
"""The weight functions that do not jump, by name."""


def same_side(significant: FloatArray, cut: float) -> WeightFunction:
    """Each study stands for those on its own side of a p value `cut`; `significant` `(k, 1)` is 1 or 0.

    No relation between the two sides is assumed: p-uniform*, van Aert & van Assen (2018).
    """

    def weigh(at: Place, _: FloatArray) -> LogWeight:
        there = (_beyond(at, np.array([cut])) == 0) == (significant > 0)
        value = np.where(there, 0.0, -np.inf)
        return LogWeight(value, np.zeros((0, *value.shape)), np.zeros((0, 0, *value.shape)))

    return WeightFunction(name="p-uniform*", weigh=weigh, parameters=0, null=(), low=(), starts=((),), steps=(cut,))
