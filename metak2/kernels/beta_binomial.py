"""Beta-binomial regression of counts in one or two arms, with one intra-class correlation.

The probability of x events among n, with mean mu and gamma = rho / (1 - rho), is C(n, x) times the product of
mu + j gamma over j < x and of 1 - mu + j gamma over j < n - x, over that of 1 + j gamma over j < n. For rare events see
Kuss (2015), Stat Med 34:1097-1116.
In this form the binomial, gamma = 0, is an ordinary point.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, gammaln, logit

from metak2.kernels.contract import FloatArray

SCAN = (1e-4, 1e-3, 1e-2, 0.1, 1.0)
STEPS = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BetaBinomialFit:
    """Log odds of each arm `(arms,)`, their covariance, the intra-class correlation and the log-likelihood."""

    log_odds: FloatArray
    vcov: FloatArray
    rho: float
    log_likelihood: float
    converged: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Arm:
    """How many studies have more than j events, more than j without, more than j people, for j = 0, 1, and so on."""

    events: FloatArray
    rest: FloatArray
    people: FloatArray


def beta_binomial(events: FloatArray, people: FloatArray) -> BetaBinomialFit:
    """Maximum likelihood for counts `(k, arms)`; every arm needs an event and a person without one.

    The likelihood is searched from the binomial and from several correlations, and the highest summit is taken.
    """
    arms = [_arm(x, n) for x, n in zip(events.T, people.T, strict=True)]
    constant = float((gammaln(people + 1) - gammaln(events + 1) - gammaln(people - events + 1)).sum())
    binomial = logit(events.sum(axis=0) / people.sum(axis=0))
    heights = [(_value(arms, binomial, gamma), gamma) for gamma in SCAN]
    inside, height, information, converged = _climb(arms, np.append(binomial, np.log(max(heights)[1])))
    at_zero = _value(arms, binomial, 0.0)
    if height <= at_zero + 1e-9 * abs(at_zero):
        mu = expit(binomial)
        at_binomial = np.diag(1 / (people.sum(axis=0) * mu * (1 - mu)))
        return BetaBinomialFit(
            log_odds=binomial, vcov=at_binomial, rho=0.0, log_likelihood=at_zero + constant, converged=True
        )
    vcov: FloatArray = np.asarray(np.linalg.pinv(information, hermitian=True)[:-1, :-1], dtype=np.float64)
    gamma = float(np.exp(inside[-1]))
    return BetaBinomialFit(
        log_odds=inside[:-1],
        vcov=vcov,
        rho=gamma / (1 + gamma),
        log_likelihood=height + constant,
        converged=converged,
    )


def _arm(events: FloatArray, people: FloatArray) -> _Arm:
    def exceeding(counts: FloatArray) -> FloatArray:
        tally = np.bincount(counts.astype(np.int64), minlength=1)
        return np.asarray(counts.size - np.cumsum(tally)[:-1], dtype=np.float64)

    return _Arm(events=exceeding(events), rest=exceeding(people - events), people=exceeding(people))


def _value(arms: list[_Arm], log_odds: FloatArray, gamma: float) -> float:
    total = 0.0
    for arm, mu in zip(arms, expit(log_odds), strict=True):
        for tally, at in ((arm.events, mu), (arm.rest, 1 - mu), (-arm.people, 1.0)):
            total += float(tally @ np.log(at + gamma * np.arange(tally.size)))
    return total


def _derivatives(arms: list[_Arm], place: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Gradient and Hessian by the log odds of each arm and log gamma."""
    size, gamma = place.size, float(np.exp(place[-1]))
    gradient, hessian = np.zeros(size), np.zeros((size, size))
    for a, (arm, mu) in enumerate(zip(arms, expit(place[:-1]), strict=True)):
        slope = mu * (1 - mu)
        for tally, at, sign in ((arm.events, mu, 1.0), (arm.rest, 1 - mu, -1.0), (-arm.people, 1.0, 0.0)):
            j = np.arange(tally.size)
            first = tally / (at + gamma * j)
            second = -first / (at + gamma * j)
            by_mu, by_gamma = sign * first.sum(), first @ j
            gradient[a] += by_mu * slope
            gradient[-1] += by_gamma * gamma
            hessian[a, a] += sign**2 * second.sum() * slope**2 + by_mu * slope * (1 - 2 * mu)
            hessian[a, -1] += sign * (second @ j) * slope * gamma
            hessian[-1, -1] += (second @ j**2) * gamma**2 + by_gamma * gamma
    hessian[-1, :-1] = hessian[:-1, -1]
    return gradient, hessian


def _climb(arms: list[_Arm], place: FloatArray) -> tuple[FloatArray, float, FloatArray, bool]:
    """Safeguarded Newton: the summit, its height, the information there, and whether it came to rest."""
    height = _value(arms, place[:-1], float(np.exp(place[-1])))
    gradient, hessian = _derivatives(arms, place)
    for _ in range(STEPS):
        values, vectors = np.linalg.eigh(hessian)
        step = vectors @ ((vectors.T @ gradient) / np.maximum(np.abs(values), 1e-10 * np.abs(values).max()))
        gain = float(gradient @ step)
        if gain < 1e-13 * abs(height) or place[-1] < -30:
            return place, height, -hessian, True
        step *= min(1.0, 2.0 / float(np.abs(step).max()))
        for _ in range(60):
            tried = place + step
            risen = _value(arms, tried[:-1], float(np.exp(tried[-1])))
            if risen > height:
                break
            step *= 0.5
        else:
            return place, height, -hessian, gain < 1e-8 * abs(height)
        place, height = tried, risen
        gradient, hessian = _derivatives(arms, place)
    return place, height, -hessian, False
