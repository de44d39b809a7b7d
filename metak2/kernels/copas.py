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
PAIRS = np.tril_indices(4, -1)
AXES = np.eye(4)
SUMS, DIFFERENCES = AXES[PAIRS[0]] + AXES[PAIRS[1]], AXES[PAIRS[0]] - AXES[PAIRS[1]]
MOVES = np.vstack([np.zeros((1, 4)), AXES, -AXES, SUMS, -SUMS, DIFFERENCES, -DIFFERENCES])  # of the central differences


class CopasFit(NamedTuple):
    """Mean, its standard error (NaN where the likelihood is flat), tau, rho, the slope on s, log-likelihood."""

    mean: float
    se: float
    tau: float
    rho: float
    slope: float
    log_likelihood: float
    converged: bool

    @property
    def sound(self) -> bool:
        """Whether it converged to a summit of finite curvature with rho inside its limits."""
        return self.converged and bool(np.isfinite(self.se)) and abs(self.rho) < STRONGEST - 1e-9


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
    end = float(np.arctanh(STRONGEST))
    low = np.array([-np.inf, 0.0, -end, -np.inf if sloped else 0.0])
    high = np.array([np.inf, np.inf, end, np.inf if sloped else 0.0])
    scale = np.array([spread, spread, 1.0, 1.0])

    def point(theta: FloatArray) -> Point:
        return _point(y, s, score, theta, scale)

    held = np.array([False, False, True, False])
    ridge = []
    for z in np.arctanh(RIDGE):
        start = np.array([centre, 0.5 * spread, z, 0.0]) / scale
        ridge.append(climb(point, start, np.where(held, z, low), np.where(held, z, high), enough=DECREMENT))
    heights = np.array([-np.inf, *(one.point.height for one in ridge), -np.inf])
    tops = [one for one, *of in zip(ridge, heights, heights[1:], heights[2:], strict=False) if of[1] >= max(of)]
    summits = [climb(point, one.at, low, high, enough=DECREMENT) for one in tops]
    best = max(summits, key=lambda one: (one.point.height, -abs(one.at[2])))
    mean, tau, rho, slope = _natural(best.at * scale).tolist()
    return CopasFit(
        mean=mean * unit,
        se=_error(-best.point.hessian, ~best.bound) * float(scale[0]) * unit,
        tau=tau * unit,
        rho=rho,
        slope=slope,
        log_likelihood=best.point.height - yi.size * float(np.log(unit)),
        converged=best.converged,
    )


def log_likelihood(y: FloatArray, s: FloatArray, score: FloatArray, theta: FloatArray) -> FloatArray:
    """Of theta = (mean, tau, rho, slope), `(..., 4)`, shape `(...)`; `score` is g0 + g1 / s, `(k,)`.

    The error of a study that was seen is smaller than that of all such studies, which `s` stands for: its variance is
    s^2 / (1 - rho^2 l (score + l)) with Mills' ratio l.
    """
    mean, tau, rho, slope = np.moveaxis(theta, -1, 0)[..., None]
    mills = np.exp(-0.5 * (score**2 + LOG_2PI) - log_ndtr(score))
    variance = s**2 / (1 - rho**2 * mills * (score + mills))
    total = variance + tau**2
    residual = y - mean - slope * s
    share = rho * np.sqrt(variance / total)
    chance = log_ndtr((score + share * residual / np.sqrt(total)) / np.sqrt(1 - share**2))
    height = chance - log_ndtr(score) - 0.5 * (LOG_2PI + np.log(total) + residual**2 / total)
    return np.asarray(height.sum(axis=-1))


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
    heights = log_likelihood(y, s, score, _natural((theta + STEP / 2 * MOVES) * scale))
    here, ahead, behind = heights[0], heights[1 : 1 + size], heights[1 + size : 1 + 2 * size]
    hessian = np.diag(4 * (ahead - 2 * here + behind) / STEP**2)
    same, opposite = heights[1 + 2 * size :].reshape(2, 2, -1).sum(axis=1)
    hessian[PAIRS] = (same - opposite) / STEP**2
    hessian[PAIRS[::-1]] = hessian[PAIRS]
    return Point(float(here), (ahead - behind) / STEP, hessian)


def _natural(climbed: FloatArray) -> FloatArray:
    """(mean, tau, rho, slope) of (mean, tau, artanh rho, slope): near rho = 1 the likelihood bends too fast in rho."""
    natural = climbed.copy()
    natural[..., 2] = np.tanh(climbed[..., 2])
    return natural
