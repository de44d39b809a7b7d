"""Networks of odds ratios from counts, for rare events: Mantel–Haenszel by design, and the conditional likelihood.

Both take zeros as they are. A study without events, or with nothing but events, says nothing of an odds ratio.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from metak2.kernels.contract import FloatArray, IntArray
from metak2.kernels.network import pseudo_inverse

STEPS = 100
REST = 1e-12  # Newton's decrement at which the summit is reached


class Counts(NamedTuple):
    """One study: its arms' treatments, events and people, each `(a,)`."""

    arms: IntArray
    events: FloatArray
    people: FloatArray


def design_odds_ratios(events: FloatArray, people: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Log odds ratios of all arms against the first from studies of one design `(k, a)`, and their covariance.

    Mantel–Haenszel's, made consistent over the arms by Mickey & Elashoff (1985); the covariance is estimated dually
    consistently, for many small studies and for few large ones (Greenland 1989; Efthimiou et al. 2019).
    """
    others, total = people - events, people.sum(axis=1)
    pairs = np.einsum("kh,ki,k->hi", events, others, 1 / total)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_ratio = np.log(pairs) - np.log(pairs.T)
    odds = np.exp(log_ratio)
    arms = events.shape[1]
    spread = np.zeros((arms, arms, arms))  # (h, i, j): covariance of the pairs h–i and h–j
    for h in range(arms):
        for i in range(arms):
            for j in range(arms):
                if h not in {i, j}:
                    spread[h, i, j] = _covariance(events, others, total, (h, i, j), odds) / (pairs[h, i] * pairs[h, j])
    mean = log_ratio.mean(axis=1)
    covariance = _of_means(spread)
    contrast = np.hstack([-np.ones((arms - 1, 1)), np.eye(arms - 1)])
    return contrast @ mean, contrast @ covariance @ contrast.T


def _covariance(
    events: FloatArray, others: FloatArray, total: FloatArray, arms: tuple[int, int, int], odds: FloatArray
) -> float:
    """Of the estimating functions of the pairs h–i and h–j, an unbiased sum over studies."""
    h, i, j = arms
    if i == j:
        # Robins, Breslow & Greenland (1986), as the variance of a_h b_i - odds a_i b_h over N.
        r, s = events[:, h] * others[:, i] / total, events[:, i] * others[:, h] / total
        p, q = (events[:, h] + others[:, i]) / total, (events[:, i] + others[:, h]) / total
        psi = odds[h, i]
        return float(0.5 * (p * r + psi * (p * s + q * r) + psi**2 * q * s).sum())
    first = others[:, i] * others[:, j] * events[:, h]
    second = odds[h, i] * odds[h, j] * events[:, i] * events[:, j] * others[:, h]
    return float(((first + second) / total**2).sum())


def _of_means(spread: FloatArray) -> FloatArray:
    """Covariance of the arms' mean log odds ratios from that of the pairs; pairs without a common arm share nothing."""
    arms = spread.shape[0]
    pair = np.zeros((arms, arms, arms, arms))  # cov(L_hi, L_jk)
    for h in range(arms):
        for i in range(arms):
            for j in range(arms):
                if h not in {i, j}:
                    value = spread[h, i, j]
                    pair[h, i, h, j] += value
                    pair[i, h, j, h] += value
                    pair[h, i, j, h] -= value
                    pair[i, h, h, j] -= value
    for h in range(arms):
        for i in range(arms):
            if h != i:  # the same pair was counted from both of its arms
                pair[h, i, h, i], pair[h, i, i, h] = spread[h, i, i], -spread[h, i, i]
    return np.asarray(pair.sum(axis=(1, 3)) / arms**2)


Given = Callable[[float, FloatArray, FloatArray], tuple[float, FloatArray, FloatArray]]


def conditional_fit(studies: Sequence[Counts], treatments: int) -> tuple[FloatArray, FloatArray, float]:
    """Log odds ratios `(n,)` up to a constant, their covariance and the log-likelihood given all margins.

    Fisher's non-central hypergeometric distribution, of several variables in a multi-arm study (Stijnen, Hamza &
    Özdemir 2010); the sums over all tables with the same margins are made by convolution.
    """
    return _summit(studies, treatments, moments)


def multinomial_fit(studies: Sequence[Counts], treatments: int) -> tuple[FloatArray, FloatArray, float]:
    """The same with the multinomial distribution, its limit where events are few among many people."""
    return _summit(studies, treatments, _multinomial)


def _summit(studies: Sequence[Counts], treatments: int, given: Given) -> tuple[FloatArray, FloatArray, float]:
    """Newton's steps, halved until the likelihood rises; NaN where they do not come to rest."""
    theta = np.zeros(treatments)
    for _ in range(STEPS):
        height, slope, information = _derivatives(studies, theta, given)
        vcov, _ = pseudo_inverse(information)
        step = vcov @ slope
        if float(slope @ step) < REST:
            return theta + step, vcov, height
        scale = 1.0
        while scale > 1e-6 and _derivatives(studies, theta + scale * step, given)[0] < height:
            scale /= 2
        theta = theta + scale * step
    return np.full(treatments, np.nan), np.full((treatments, treatments), np.nan), np.nan


def _derivatives(studies: Sequence[Counts], theta: FloatArray, given: Given) -> tuple[float, FloatArray, FloatArray]:
    height, slope, information = 0.0, np.zeros_like(theta), np.zeros((theta.size, theta.size))
    for study in studies:
        log_norm, mean, covariance = given(float(study.events.sum()), study.people, theta[study.arms])
        ways = log_choose(study.people, study.events).sum()
        height += float(study.events @ theta[study.arms] + ways - log_norm)
        slope[study.arms] += study.events - mean
        information[np.ix_(study.arms, study.arms)] += covariance
    return height, slope, information


def _multinomial(total: float, people: FloatArray, theta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    mass = people * np.exp(theta - theta.max())
    share = mass / mass.sum()
    log_norm = total * (float(np.log(mass.sum())) + float(theta.max()))
    return log_norm, total * share, total * (np.diag(share) - np.outer(share, share))


def moments(total: float, people: FloatArray, theta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """Log normaliser, mean and covariance of the arms' events given their total, at log odds `theta`, each `(a,)`."""
    size = round(total) + 1
    series, logs = [], 0.0
    # Odds near the solution of sum(people * expit) = total keep every factor's mass near the total: nothing underflows.
    shift = _balance(total, people, theta)
    for n, log_odds in zip(people, theta + shift, strict=True):
        events = np.arange(min(size, round(n) + 1), dtype=np.float64)
        log_mass = log_choose(np.full(events.size, n), events) + events * log_odds
        series.append(np.zeros(size))
        series[-1][: events.size] = np.exp(log_mass - log_mass.max())
        logs += float(log_mass.max())
    events = np.arange(size, dtype=np.float64)
    rest = [_product([s for at, s in enumerate(series) if at != arm], size) for arm in range(len(series))]
    norm = float(series[0] @ rest[0][::-1])
    mean = np.array([(one * events) @ other[::-1] for one, other in zip(series, rest, strict=True)]) / norm
    square = np.array([(one * events**2) @ other[::-1] for one, other in zip(series, rest, strict=True)]) / norm
    second = np.diag(square)
    for i in range(len(series)):
        for j in range(i):
            other = _product([s for at, s in enumerate(series) if at not in {i, j}], size)
            joint = np.convolve(series[i] * events, series[j] * events)[:size] @ other[::-1] / norm
            second[i, j] = second[j, i] = joint
    return float(np.log(norm) + logs - shift * total), mean, second - np.outer(mean, mean)


def log_choose(n: FloatArray, r: FloatArray) -> FloatArray:
    """Log of the number of ways to choose r of n."""
    return np.asarray(gammaln(n + 1) - gammaln(r + 1) - gammaln(n - r + 1))


def _product(series: Sequence[FloatArray], size: int) -> FloatArray:
    whole = np.zeros(size)
    whole[0] = 1.0
    for one in series:
        whole = np.convolve(whole, one)[:size]
    return whole


def _balance(total: float, people: FloatArray, theta: FloatArray) -> float:
    low, high = -60.0 - float(theta.max()), 60.0 - float(theta.min())
    for _ in range(60):
        middle = 0.5 * (low + high)
        expected = float((people / (1 + np.exp(-(theta + middle)))).sum())
        low, high = (middle, high) if expected < total else (low, middle)
    return 0.5 * (low + high)
