"""Prior densities of tau, the between-study standard deviation; all proper, given as logarithms."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, gammaln

from metak2.kernels.contract import FloatArray

LOG_TWO = float(np.log(2.0))
LOG_TWO_PI = float(np.log(2.0 * np.pi))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TauPrior:
    """A prior for tau > 0.

    `log_density` takes tau, `(n,)`, to the logarithm of the normalised density. `upper` is where the density ends.
    `tail` is the power by which it falls at infinity (2 for half-Cauchy), infinite where it falls faster than any.
    `scale` is a value of tau near which the mass lies.
    """

    log_density: Callable[[FloatArray], FloatArray]
    scale: float
    upper: float = np.inf
    tail: float = np.inf


def half_normal(scale: float) -> TauPrior:
    """|N(0, scale²)|."""

    def log_density(tau: FloatArray) -> FloatArray:
        return np.asarray(LOG_TWO - 0.5 * LOG_TWO_PI - np.log(scale) - 0.5 * (tau / scale) ** 2)

    return TauPrior(log_density=log_density, scale=scale)


def half_t(df: float, scale: float) -> TauPrior:
    """|t(df)| · scale; `df` 1 is the half-Cauchy prior of Gelman (2006)."""
    constant = LOG_TWO + gammaln(0.5 * (df + 1)) - gammaln(0.5 * df) - 0.5 * np.log(df * np.pi) - np.log(scale)

    def log_density(tau: FloatArray) -> FloatArray:
        return np.asarray(constant - 0.5 * (df + 1) * np.log1p((tau / scale) ** 2 / df))

    return TauPrior(log_density=log_density, scale=scale, tail=df + 1)


def uniform(upper: float) -> TauPrior:
    """The same density everywhere from 0 to `upper`."""

    def log_density(tau: FloatArray) -> FloatArray:
        return np.where(tau <= upper, -np.log(upper), -np.inf)

    return TauPrior(log_density=log_density, scale=upper / 2, upper=upper)


def log_normal(location: float, scale: float) -> TauPrior:
    """Normal log tau² with mean `location` and standard deviation `scale`; Turner et al. (2012, 2015)."""

    def log_density(tau: FloatArray) -> FloatArray:
        z = (2 * np.log(tau) - location) / scale
        return np.asarray(LOG_TWO - np.log(tau) - np.log(scale) - 0.5 * LOG_TWO_PI - 0.5 * z**2)

    return TauPrior(log_density=log_density, scale=float(np.exp(location / 2)))


def log_t(df: float, location: float, scale: float) -> TauPrior:
    """A log tau² that is `location` + `scale` · t(df); Rhodes et al. (2015) for standardised mean differences.

    The tail falls like 1 / tau, up to powers of its logarithm.
    """
    constant = LOG_TWO - betaln(0.5, 0.5 * df) - 0.5 * np.log(df) - np.log(scale)

    def log_density(tau: FloatArray) -> FloatArray:
        z = (2 * np.log(tau) - location) / scale
        return np.asarray(constant - np.log(tau) - 0.5 * (df + 1) * np.log1p(z**2 / df))

    return TauPrior(log_density=log_density, scale=float(np.exp(location / 2)), tail=1.0)
