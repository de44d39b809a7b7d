"""Log-likelihoods of single counts as functions of a linear predictor, with their derivatives.

`eta` is `(k, arms, q)`: k studies, one or two counts each, q places. All three are concave in `eta`.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
from scipy.special import expit, gammaln, xlogy

from metak2.kernels.contract import FloatArray
from metak2.kernels.hypergeometric import Supports, conditional_odds_ratios, cumulants, third_cumulant


class Derivatives(NamedTuple):
    """Log-likelihood and its first and second derivative by the linear predictor, each as `eta`."""

    value: FloatArray
    first: FloatArray
    second: FloatArray


class Family(Protocol):
    """A distribution of counts."""

    def at(self, eta: FloatArray) -> Derivatives:
        """The log-likelihood of each count, with its constants, and its derivatives."""

    def third(self, eta: FloatArray) -> FloatArray:
        """The third derivative."""

    def unpooled(self) -> FloatArray:
        """A finite linear predictor at or near the highest log-likelihood of each count, `(k, arms)`."""

    def saturated(self) -> FloatArray:
        """The highest log-likelihood that each count can have, `(k, arms)`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Binomial:
    """Events among people; `eta` is the log odds. Arrays `(k, arms)`."""

    events: FloatArray
    people: FloatArray
    log_ways: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        x, n = self.events, self.people
        # Once, not at every place of the quadrature: three gamma functions cost more than the rest of it.
        object.__setattr__(self, "log_ways", gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1))

    def at(self, eta: FloatArray) -> Derivatives:
        """See `Family`."""
        x, n = self.events[..., None], self.people[..., None]
        p = expit(eta)
        value = x * eta - n * np.logaddexp(0, eta) + self.log_ways[..., None]
        expected = n * p
        return Derivatives(value, x - expected, expected * (p - 1))

    def third(self, eta: FloatArray) -> FloatArray:
        """See `Family`."""
        p = expit(eta)
        return np.asarray(-self.people[..., None] * p * (1 - p) * (1 - 2 * p))

    def unpooled(self) -> FloatArray:
        """See `Family`: half an event from either end."""
        return np.asarray(np.log((self.events + 0.5) / (self.people - self.events + 0.5)))

    def saturated(self) -> FloatArray:
        """See `Family`."""
        x, n = self.events, self.people
        share = x / np.maximum(n, 1.0)  # a study without events has a binomial of nobody in the conditional model
        return np.asarray(xlogy(x, share) + xlogy(n - x, 1 - share) + self.log_ways)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Poisson:
    """Events in a stretch of time; `eta` is the log of their expected number. Array `(k, arms)`."""

    events: FloatArray
    log_orders: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "log_orders", gammaln(self.events + 1))

    def at(self, eta: FloatArray) -> Derivatives:
        """See `Family`."""
        x = self.events[..., None]
        with np.errstate(over="ignore"):
            expected = np.exp(eta)
        return Derivatives(x * eta - expected - self.log_orders[..., None], x - expected, -expected)

    def third(self, eta: FloatArray) -> FloatArray:
        """See `Family`."""
        return np.asarray(-np.exp(eta))

    def unpooled(self) -> FloatArray:
        """See `Family`: half an event more."""
        return np.asarray(np.log(self.events + 0.5))

    def saturated(self) -> FloatArray:
        """See `Family`."""
        x = self.events
        return np.asarray(xlogy(x, x) - x - self.log_orders)


@dataclass(frozen=True, kw_only=True, eq=False)
class Hypergeometric:
    """Events of the first arm given the margins; `eta` is the log odds ratio. `events` is `(k, 1)`."""

    events: FloatArray
    tables: Supports

    @cached_property
    def own_estimates(self) -> tuple[FloatArray, FloatArray]:
        """Each study's conditional log odds ratio and its variance, `(k,)`; infinite for a table at an end."""
        return conditional_odds_ratios(self.tables, self.events[:, 0])

    @cached_property
    def log_ways(self) -> FloatArray:
        """The log of the number of ways to the observed tables, `(k, 1)`."""
        place = self.tables.start + (self.events[:, 0] - self.tables.events[self.tables.start]).astype(np.int64)
        return np.asarray(self.tables.log_ways[place][:, None])

    def at(self, eta: FloatArray) -> Derivatives:
        """See `Family`."""
        normaliser, mean, variance = cumulants(self.tables, eta[:, 0])
        value = self.events * eta[:, 0] + self.log_ways - normaliser
        return Derivatives(value[:, None], (self.events - mean)[:, None], -variance[:, None])

    def third(self, eta: FloatArray) -> FloatArray:
        """See `Family`."""
        return -third_cumulant(self.tables, eta[:, 0])[:, None]

    def unpooled(self) -> FloatArray:
        """See `Family`: the study's own estimate, 0 where that is infinite."""
        theta, _ = self.own_estimates
        return np.where(np.isfinite(theta), theta, 0.0)[:, None]

    def saturated(self) -> FloatArray:
        """See `Family`; a table at the end of its support has probability 1 in the limit."""
        at_end = ~np.isfinite(self.own_estimates[0])
        return np.where(at_end[:, None], 0.0, self.at(self.unpooled()[..., None]).value[..., 0])
