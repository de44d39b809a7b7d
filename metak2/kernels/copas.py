"""The selection model of Copas: a study is seen if a latent score, correlated with its effect, is positive.

The score of a study with standard error s is g0 + g1 / s + noise; its noise has correlation rho with that of the
effect. Given (g0, g1), which the data hardly tell, the mean, tau and rho are estimated by maximum likelihood. Copas
(1999), J R Stat Soc A 162:95-109; Copas & Shi (2000), Biostatistics 1:247-262.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtri

from metak2.kernels.ascent import Point, climb
from metak2.kernels.contract import FloatArray

STRONGEST = 0.9999  # rho, at which the likelihood still exists
DECREMENT = 1e-9  # what the differences leave of a height
RIDGE = (-STRONGEST, -0.95, -0.85, -0.7, -0.4, 0.0, 0.4, 0.7, 0.85, 0.95, STRONGEST)  # rho, climbed first
STEP = 1e-4  # of the central differences, in units of the parameters' scale
LOG_2PI = float(np.log(2 * np.pi))


class CopasFit(NamedTuple):
    """Mean, its standard error (NaN where the likelihood is flat), tau, rho, the slope on s, log-likelihood."""

    mean: float
    se: float
    tau: float
    rho: float
    slope: float
    log_likelihood: float
    converged: bool


def gammas(se: FloatArray, chance_precise: float, chance_imprecise: float) -> tuple[float, float]:
    """g0 and g1 with these chances of being seen for the most and the least precise of the studies."""
    ends = 1 / se.min(), 1 / se.max()
    scores = float(ndtri(chance_precise)), float(ndtri(chance_imprecise))
    g1 = (scores[0] - scores[1]) / (ends[0] - ends[1])
    return scores[0] - g1 * ends[0], g1


def copas(yi: FloatArray, se: FloatArray, gamma: tuple[float, float], *, sloped: bool = False) -> CopasFit:
    """Maximum likelihood given `gamma` = (g0, g1), from every top of the ridge along rho; `yi`, `se` `(k,)`.

    `sloped` adds a multiple of s to the mean: what selection leaves of the small-study effect.
    """
    unit = float(se.min())
    y, s, score = yi / unit, se / unit, gamma[0] + gamma[1] / se
    centre = float(np.average(y, weights=1 / s**2))
    spread = float(np.std(y)) + 1.0
    low = np.array([-np.inf, 0.0, -STRONGEST, -np.inf if sloped else 0.0])
    high = np.array([np.inf, np.inf, STRONGEST, np.inf if sloped else 0.0])
    scale = np.array([spread, spread, 1.0, 1.0])

    def point(theta: FloatArray) -> Point:
        return _point(y, s, score, theta, scale)

    held = np.array([False, False, True, False])
    ridge = []
    for rho in RIDGE:
        start = np.array([centre, 0.5 * spread, rho, 0.0]) / scale
        ridge.append(climb(point, start, np.where(held, rho, low), np.where(held, rho, high), enough=DECREMENT))
    heights = np.array([-np.inf, *(one.point.height for one in ridge), -np.inf])
    tops = [one for one, *of in zip(ridge, heights, heights[1:], heights[2:], strict=False) if of[1] >= max(of)]
    best = max((climb(point, one.at, low, high, enough=DECREMENT) for one in tops), key=lambda one: one.point.height)
    mean, tau, rho, slope = (best.at * scale).tolist()
    return CopasFit(
        mean=mean * unit,
        se=_error(-best.point.hessian, ~best.bound) * float(scale[0]) * unit,
        tau=tau * unit,
        rho=rho,
        slope=slope,
        log_likelihood=best.point.height - yi.size * float(np.log(unit)),
        converged=best.converged,
    )


def log_likelihood(y: FloatArray, s: FloatArray, score: FloatArray, theta: FloatArray) -> float:
    """Of theta = (mean, tau, rho, slope); `score` is g0 + g1 / s, `(k,)`.

    The error of a study that was seen is smaller than that of all such studies, which `s` stands for: its variance is
    s^2 / (1 - rho^2 l (score + l)) with Mills' ratio l.
    """
    mean, tau, rho, slope = theta
    mills = np.exp(-0.5 * (score**2 + LOG_2PI) - log_ndtr(score))
    variance = s**2 / (1 - rho**2 * mills * (score + mills))
    total = variance + tau**2
    residual = y - mean - slope * s
    share = rho * np.sqrt(variance / total)
    chance = log_ndtr((score + share * residual / np.sqrt(total)) / np.sqrt(1 - share**2))
    return float((chance - log_ndtr(score) - 0.5 * (LOG_2PI + np.log(total) + residual**2 / total)).sum())


def _error(information: FloatArray, free: NDArray[np.bool_]) -> float:
    """Standard error of the mean; without selection rho has no information and is left out."""
    for kept in (free, free & np.array([True, True, False, True])):
        part = information[np.ix_(kept, kept)]
        if kept[0] and np.linalg.eigvalsh(part).min() > 1e-6:
            return float(np.sqrt(np.linalg.inv(part)[0, 0]))
    return np.nan


def _point(y: FloatArray, s: FloatArray, score: FloatArray, theta: FloatArray, scale: FloatArray) -> Point:
    """Height with derivatives by central differences, in units of `scale`; tau and -tau are the same."""
    size = theta.size
    inside = theta.copy()
    inside[2] = np.clip(theta[2], -STRONGEST + STEP, STRONGEST - STEP)

    def height(*moves: tuple[int, float]) -> float:
        at = inside.copy()
        for j, sign in moves:
            at[j] += sign * STEP / 2
        return log_likelihood(y, s, score, at * scale)

    here = log_likelihood(y, s, score, theta * scale)
    middle = height()
    gradient, hessian = np.empty(size), np.empty((size, size))
    for i in range(size):
        ahead, behind = height((i, 1.0)), height((i, -1.0))
        gradient[i] = (ahead - behind) / STEP
        hessian[i, i] = 4 * (ahead - 2 * middle + behind) / STEP**2
        for j in range(i):
            mixed = [a * b * height((i, a), (j, b)) for a in (1.0, -1.0) for b in (1.0, -1.0)]
            hessian[i, j] = hessian[j, i] = sum(mixed) / STEP**2
    return Point(here, gradient, hessian)
