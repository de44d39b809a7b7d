"""What each arm contributes to the sampling variance of an effect, so that effects that share an arm covary.

An effect is a difference of two arms, so its variance is the sum of what each contributes, and two effects that share
an arm have that arm's contribution as their covariance, negative where it is the experimental arm of one and the
control of the other; Gleser & Olkin (2009), Stochastically dependent effect sizes, in Cooper, Hedges & Valentine (eds).
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from metak2.kernels.contract import FloatArray


class Arms(NamedTuple):
    """Contributions of the experimental and of the control arm to the sampling variance, each `(k,)`."""

    experimental: FloatArray
    control: FloatArray


def _log_risk(event: FloatArray, n: FloatArray) -> FloatArray:
    return 1 / event - 1 / n


def _log_odds(event: FloatArray, n: FloatArray) -> FloatArray:
    return 1 / event + 1 / (n - event)


def _risk(event: FloatArray, n: FloatArray) -> FloatArray:
    return event / n * (1 - event / n) / n


def _arcsine(_event: FloatArray, n: FloatArray) -> FloatArray:
    return 1 / (4 * n)


def _log_rate(event: FloatArray, _time: FloatArray) -> FloatArray:
    return 1 / event


def _rate(event: FloatArray, time: FloatArray) -> FloatArray:
    return event / time**2


OF_COUNTS: Mapping[str, Callable[[FloatArray, FloatArray], FloatArray]] = MappingProxyType(
    {"RR": _log_risk, "OR": _log_odds, "RD": _risk, "AS": _arcsine, "IRR": _log_rate, "IRD": _rate}
)
"""Of events and people, or of events and person-time, of one arm."""


def of_mean(sd: FloatArray, n: FloatArray) -> FloatArray:
    """Of a mean difference."""
    return sd**2 / n


def of_log_mean(mean: FloatArray, sd: FloatArray, n: FloatArray) -> FloatArray:
    """Of a log ratio of means."""
    return sd**2 / (n * mean**2)


def standardised_covariance(
    first: FloatArray, second: FloatArray, n_shared: FloatArray, total: FloatArray
) -> FloatArray:
    """Covariance of two standardised mean differences with a control of `n_shared` people, `total` in all arms."""
    return 1 / n_shared + first * second / (2 * total)
