"""Log-likelihoods of single counts as functions of a linear predictor, with three derivatives.

`eta` is `(k, arms, q)`: k studies, one or two counts each, q places. All three are concave in `eta`.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from scipy.special import expit, gammaln, xlogy

from metak2.kernels.contract import FloatArray
from metak2.kernels.hypergeometric import Supports, conditional_odds_ratios, cumulants


class Derivatives(NamedTuple):
    """Log-likelihood and its first, second and third derivative by the linear predictor, each as `eta`."""

    value: FloatArray
    first: FloatArray
    second: FloatArray
    third: FloatArray


class Family(Protocol):
    """A distribution of counts."""

    def at(self, eta: FloatArray) -> Derivatives:
        """The log-likelihood of each count, with its constants, and its derivatives."""

    def saturated(self) -> FloatArray:
        """The highest log-likelihood that each count can have, `(k, arms)`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Binomial:
    """Events among people; `eta` is the log odds. Arrays `(k, arms)`."""

    events: FloatArray
    people: FloatArray

    def at(self, eta: FloatArray) -> Derivatives:
        """See `Family`."""
        x, n = self.events[..., None], self.people[..., None]
        p = expit(eta)
        constant = self._log_ways()[..., None]
        second = -n * p * (1 - p)
        return Derivatives(x * eta - n * np.logaddexp(0, eta) + constant, x - n * p, second, second * (1 - 2 * p))

    def saturated(self) -> FloatArray:
        """See `Family`."""
        x, n = self.events, self.people
        share = x / np.maximum(n, 1.0)  # a study without events has a binomial of nobody in the conditional model
        return np.asarray(xlogy(x, share) + xlogy(n - x, 1 - share) + self._log_ways())

    def _log_ways(self) -> FloatArray:
        x, n = self.events, self.people
        return np.asarray(gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Poisson:
    """Events in a stretch of time; `eta` is the log of their expected number. Array `(k, arms)`."""

    events: FloatArray

    def at(self, eta: FloatArray) -> Derivatives:
        """See `Family`."""
        x = self.events[..., None]
        with np.errstate(over="ignore"):
            expected = np.exp(eta)
        return Derivatives(x * eta - expected - gammaln(x + 1), x - expected, -expected, -expected)

    def saturated(self) -> FloatArray:
        """See `Family`."""
        x = self.events
        return np.asarray(xlogy(x, x) - x - gammaln(x + 1))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hypergeometric:
    """Events of the first arm given the margins; `eta` is the log odds ratio. `events` is `(k, 1)`."""

    events: FloatArray
    tables: Supports

    def at(self, eta: FloatArray) -> Derivatives:
        """See `Family`."""
        normaliser, mean, variance, third = cumulants(self.tables, eta[:, 0])
        place = self.tables.start + (self.events[:, 0] - self.tables.events[self.tables.start]).astype(np.int64)
        value = self.events * eta[:, 0] + self.tables.log_ways[place][:, None] - normaliser
        return Derivatives(*(part[:, None] for part in (value, self.events - mean, -variance, -third)))

    def saturated(self) -> FloatArray:
        """See `Family`; a table at the end of its support has probability 1 in the limit."""
        theta, _ = conditional_odds_ratios(self.tables, self.events[:, 0])
        at_end = ~np.isfinite(theta)
        value = self.at(np.where(at_end, 0.0, theta)[:, None, None]).value[:, 0]
        return np.where(at_end[:, None], 0.0, value)
