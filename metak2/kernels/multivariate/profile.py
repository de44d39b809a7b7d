"""Profile-likelihood limits of one random parameter, the others maximised anew at every step."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import chdtri

from metak2.kernels.contract import FloatArray
from metak2.kernels.multivariate.blocks import Term
from metak2.kernels.multivariate.fit import FARTHEST, Found, maximise
from metak2.kernels.multivariate.likelihood import Likelihood
from metak2.kernels.roots import one_falling_root

DOUBLINGS = 60


class Limits(NamedTuple):
    """Limits of a parameter; `flat` where the likelihood never fell far enough on the upper side."""

    low: float
    high: float
    flat: bool


class Profiled(NamedTuple):
    """What is climbed, and where its summit is."""

    likelihood: Likelihood
    terms: tuple[Term, ...]
    spread: float
    restricted: bool
    found: Found


def profile_limits(asked: Profiled, parameter: int, *, level: float) -> Limits:
    """Where twice the fall of the profile likelihood reaches the chi-squared quantile with 1 degree of freedom.

    A deviation is taken as positive, its lower limit is 0 where the likelihood at 0 is within reach.
    """
    at, scale = _parameter(asked, parameter)
    reach = float(chdtri(1.0, 1 - level))
    summit = _height(asked.found, restricted=asked.restricted)
    fallen = _fallen(asked, parameter, summit, reach)
    estimate = abs(float(asked.found.theta[parameter])) if scale else float(asked.found.theta[parameter])
    lowest, highest = (0.0, FARTHEST * asked.spread) if scale else (float(at[0]), float(at[1]))
    low = lowest
    if estimate > lowest and fallen(lowest)[0] < 0:
        mirrored = one_falling_root(_mirrored(fallen, estimate), 0.0, estimate - lowest, 0.5 * (estimate - lowest))
        low = estimate - mirrored
    step = max(0.1 * asked.spread, 0.5 * estimate) if scale else 0.1
    upper = estimate
    for _ in range(DOUBLINGS):
        upper = min(upper + step, highest)
        if fallen(upper)[0] < 0 or upper == highest:
            break
        step *= 2
    if fallen(upper)[0] >= 0:
        return Limits(low, highest if not scale else np.inf, flat=scale)
    return Limits(low, one_falling_root(fallen, estimate, upper, 0.5 * (estimate + upper)), flat=False)


def _parameter(asked: Profiled, parameter: int) -> tuple[tuple[float, float], bool]:
    """The bounds of the parameter, and whether it is a deviation."""
    before = 0
    for term in asked.terms:
        own = parameter - before
        if own < term.structure.size:
            return (float(term.structure.low[own]), float(term.structure.high[own])), own < term.structure.scales
        before += term.structure.size
    raise IndexError(parameter)


def _height(found: Found, *, restricted: bool) -> float:
    return found.fixed.restricted if restricted else found.fixed.log_likelihood


def _fallen(asked: Profiled, parameter: int, summit: float, reach: float) -> Callable[[float], tuple[float, float]]:
    """What is left of `reach` at a value of the parameter, and its slope, which is that of the height (envelope)."""
    held = np.where(asked.found.free, np.nan, asked.found.theta)
    start: FloatArray = asked.found.theta.copy()

    def fallen(value: float) -> tuple[float, float]:
        fixed = held.copy()
        fixed[parameter] = value
        begin = start.copy()
        begin[parameter] = value
        found = maximise(
            asked.likelihood, asked.terms, asked.spread, restricted=asked.restricted, held=fixed, start=begin
        )
        slope = asked.likelihood.evaluate(found.theta, restricted=asked.restricted).gradient[parameter]
        return reach - 2 * (summit - _height(found, restricted=asked.restricted)), 2 * float(slope)

    return fallen


def _mirrored(
    function: Callable[[float], tuple[float, float]], origin: float
) -> Callable[[float], tuple[float, float]]:
    """The function of the distance below `origin`."""

    def mirrored(distance: float) -> tuple[float, float]:
        value, slope = function(origin - distance)
        return value, -slope

    return mirrored
