"""The posterior of the deviations of random terms: Laplace's approximation, corrected by importance sampling.

In u = log of each standard deviation the posterior is close to normal. Points of a low-discrepancy sequence are drawn
from a t distribution (4 degrees of freedom, heavier than any posterior here) about its mode and weighted by what the
posterior really is there; the weights say how good Laplace was. Given u the coefficients are normal, so that every
posterior is a mixture of normals. A fixed seed makes the answer the same on every run.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri, gammaln, ndtri

from metak2.kernels.ascent import Point, climb
from metak2.kernels.contract import FloatArray

FREEDOM = 4.0
STEP = 1e-3
REACH = 30.0

LogPosterior = Callable[[FloatArray], float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draws:
    """Deviations `sd` `(n, q)` with `weight` `(n,)` that sum to 1, and what the check says.

    `log_evidence` is that of the importance sampling, `laplace` that of Laplace's approximation; `effective` is the
    number of equally weighted draws that the weights are worth.
    """

    sd: FloatArray
    weight: FloatArray
    log_evidence: float
    laplace: float
    effective: float


def sample_deviations(log_posterior: LogPosterior, start: FloatArray, *, n: int, seed: int) -> Draws:
    """Weighted draws of q deviations from `log_posterior(u)`, the log density of u = log deviation; `start` `(q,)`.

    `n` is a power of 2.
    """
    from scipy.stats import qmc  # noqa: PLC0415 - 0.8 s that only this function needs

    q = start.size
    mode, covariance, height = _summit(log_posterior, start)
    root = np.linalg.cholesky(covariance)
    points = qmc.Sobol(d=q + 1, scramble=True, seed=seed).random(n)
    normal = ndtri(np.clip(points[:, :q], 1e-12, 1 - 1e-12))
    chi2 = chdtri(FREEDOM, np.clip(points[:, q], 1e-12, 1 - 1e-12))
    z = normal / np.sqrt(chi2 / FREEDOM)[:, None]
    u = np.clip(mode + z @ root.T, mode - REACH, mode + REACH)
    spread = float(np.log(np.diag(root)).sum())
    proposal = (
        gammaln((FREEDOM + q) / 2)
        - gammaln(FREEDOM / 2)
        - 0.5 * q * np.log(FREEDOM * np.pi)
        - spread
        - 0.5 * (FREEDOM + q) * np.log1p((z**2).sum(axis=1) / FREEDOM)
    )
    ratio = np.array([log_posterior(one) for one in u]) - proposal
    ratio[~np.isfinite(ratio)] = -np.inf
    top = ratio.max()
    weight = np.exp(ratio - top)
    total = weight.sum()
    return Draws(
        sd=np.exp(u),
        weight=weight / total,
        log_evidence=float(top + np.log(total / n)),
        laplace=height + 0.5 * q * float(np.log(2 * np.pi)) + spread,
        effective=float(total**2 / (weight**2).sum()),
    )


def deviations_of(u: FloatArray) -> FloatArray:
    """Standard deviations from their logarithms."""
    return np.asarray(np.exp(u))


def _summit(log_posterior: LogPosterior, start: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Mode, inverse curvature and height; derivatives by differences of the exact posterior."""
    q = start.size
    unit = STEP * np.eye(q)

    def at(u: FloatArray) -> Point:
        here = log_posterior(u)
        gradient, hessian = np.empty(q), np.empty((q, q))
        for a in range(q):
            above, below = log_posterior(u + unit[a]), log_posterior(u - unit[a])
            gradient[a] = (above - below) / (2 * STEP)
            hessian[a, a] = (above - 2 * here + below) / STEP**2
            for b in range(a):
                corners = [
                    log_posterior(u + s * unit[a] + t * unit[b]) for s, t in ((1, 1), (1, -1), (-1, 1), (-1, -1))
                ]
                hessian[a, b] = hessian[b, a] = (corners[0] - corners[1] - corners[2] + corners[3]) / (4 * STEP**2)
        return Point(here, gradient, hessian)

    found = climb(at, start, start - REACH, start + REACH, enough=1e-8)
    values, vectors = np.linalg.eigh(-found.point.hessian)
    covariance = vectors @ np.diag(1 / np.maximum(values, 0.05)) @ vectors.T  # a flat direction gets a spread of 4.5
    return found.at, covariance, found.point.height
