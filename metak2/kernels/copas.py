"""The selection model of Copas: a study is seen if a latent score, correlated with its effect, is positive.

The score of a study with standard error s is g0 + g1 / s + noise; its noise has correlation rho with that of the
effect. Given (g0, g1), which the data hardly tell, the mean, tau and rho are estimated by maximum likelihood. Copas
(1999), J R Stat Soc A 162:95-109; Copas & Shi (2000), Biostatistics 1:247-262.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtri

from metak2.kernels.ascent import Point, Summit, climb
from metak2.kernels.contract import FloatArray
from metak2.kernels.regression import regression
from metak2.kernels.regression_tau2 import residual_tau2

STRONGEST = 0.9999  # rho, at which the likelihood still exists
FURTHEST = 3.0  # artanh rho from which a search begins: at the limit itself it could not turn
DECREMENT = 1e-9  # what the differences leave of a height
RIDGE = (-STRONGEST, -0.95, -0.85, -0.7, -0.4, 0.0, 0.4, 0.7, 0.85, 0.95, STRONGEST)  # rho, climbed first
STEP = 1e-4  # of the central differences, in units of the parameters' scale
LIMITS = (-float(np.arctanh(STRONGEST)), float(np.arctanh(STRONGEST)))  # artanh rho
LOG_2PI = float(np.log(2 * np.pi))
PAIRS = np.tril_indices(4, -1)
AXES = np.eye(4)
SUMS, DIFFERENCES = AXES[PAIRS[0]] + AXES[PAIRS[1]], AXES[PAIRS[0]] - AXES[PAIRS[1]]
MOVES = np.vstack([np.zeros((1, 4)), AXES, -AXES, SUMS, -SUMS, DIFFERENCES, -DIFFERENCES])  # of the central differences


class CopasFit(NamedTuple):
    """Mean, its standard error (NaN where the likelihood is flat), tau, rho, log-likelihood."""

    mean: float
    se: float
    tau: float
    rho: float
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


def copas(yi: FloatArray, se: FloatArray, gamma: tuple[float, float]) -> CopasFit:
    """Maximum likelihood given `gamma` = (g0, g1), from every top of the ridge along rho; `yi`, `se` `(k,)`.

    The ridge is climbed from a large tau and from a small one: both may be summits.
    """
    of = _Surface(yi, se, gamma)
    centre, spread = of.centre, float(of.scale[0])
    fits = []
    for tau in (0.5 * spread, 0.02 * spread):
        ridge = [of.climb(np.array([centre, tau, z, 0.0]), rho=(z, z)) for z in np.arctanh(RIDGE)]
        heights = np.array([-np.inf, *(one.point.height for one in ridge), -np.inf])
        tops = [one for one, *by in zip(ridge, heights, heights[1:], heights[2:], strict=False) if by[1] >= max(by)]
        fits += [of.climb(one.at * of.scale, rho=LIMITS) for one in tops]
    return of.fit(max(fits, key=lambda one: (one.point.height, -abs(one.at[2]))))


def nearest(yi: FloatArray, se: FloatArray, gamma: tuple[float, float], *, start: CopasFit | None = None) -> CopasFit:
    """The summit that is reached from `start`, by default the estimate without selection; not always the highest."""
    of = _Surface(yi, se, gamma)
    mean, tau, rho = (*_unselected(yi, se, np.ones((yi.size, 1)))[:2], 0.0)
    if start is not None:
        mean, tau, rho = start.mean, start.tau, start.rho
    z = np.clip(np.arctanh(rho), -FURTHEST, FURTHEST)
    return of.fit(of.climb(np.array([mean / of.unit, max(tau / of.unit, of.least), z, 0.0]), rho=LIMITS))


def residual_gain(yi: FloatArray, se: FloatArray, gamma: tuple[float, float], against: CopasFit) -> float:
    """Twice the log-likelihood that a line in s adds to the selection `gamma` of the fit `against`; at least 0.

    The mean is then mean + slope s. Its summit is that reached from the line without selection, with rho of the sign of
    the slope: the other sign would let two opposite biases cancel. One degree of freedom; Copas & Shi (2000).
    """
    of = _Surface(yi, se, gamma, sloped=True)
    mean, tau, slope = _unselected(yi, se, np.column_stack([np.ones(yi.size), se]))
    start = np.array([mean / of.unit, max(tau / of.unit, of.least), 0.0, slope])
    line = of.fit(of.climb(start, rho=(0.0, LIMITS[1]) if slope > 0 else (LIMITS[0], 0.0)))
    return max(0.0, 2 * (line.log_likelihood - against.log_likelihood))


def _unselected(yi: FloatArray, se: FloatArray, x: FloatArray) -> tuple[float, float, float]:
    """Mean, tau and slope on s by maximum likelihood without selection."""
    y, v, m = yi[None], se[None] ** 2, np.ones((1, yi.size))
    tau2 = residual_tau2("ML", y, v, m, x[None]).tau2
    beta = regression(y, v, m, x[None], tau2).beta[0]
    return float(beta[0]), float(np.sqrt(tau2[0])), float(beta[1]) if x.shape[1] > 1 else 0.0


class _Surface:
    """The likelihood of (mean, tau, artanh rho, slope) in units of the smallest error, and climbs upon it."""

    def __init__(self, yi: FloatArray, se: FloatArray, gamma: tuple[float, float], *, sloped: bool = False) -> None:
        self.unit = float(se.min())
        self.y, self.s, self.score = yi / self.unit, se / self.unit, gamma[0] + gamma[1] / se
        self.centre = float(np.average(self.y, weights=1 / self.s**2))
        spread = float(np.std(self.y)) + 1.0
        self.least = 0.02 * spread
        self.sloped = sloped
        self.scale = np.array([spread, spread, 1.0, 1.0])

    def climb(self, start: FloatArray, *, rho: tuple[float, float]) -> Summit:
        """To the nearest summit with artanh rho within `rho`."""
        low = np.array([-np.inf, 0.0, rho[0], -np.inf if self.sloped else 0.0])
        high = np.array([np.inf, np.inf, rho[1], np.inf if self.sloped else 0.0])
        return climb(
            lambda theta: _point(self.y, self.s, self.score, theta, self.scale),
            start / self.scale,
            low,
            high,
            enough=DECREMENT,
        )

    def fit(self, summit: Summit) -> CopasFit:
        """The summit in the units of the effects."""
        mean, tau, rho, _ = _natural(summit.at * self.scale).tolist()
        return CopasFit(
            mean=mean * self.unit,
            se=_error(-summit.point.hessian, ~summit.bound) * float(self.scale[0]) * self.unit,
            tau=tau * self.unit,
            rho=rho,
            log_likelihood=summit.point.height - self.y.size * float(np.log(self.unit)),
            converged=summit.converged,
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
