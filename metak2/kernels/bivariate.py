"""Two correlated effects per study with known sampling variances: sensitivity and specificity, or any other pair.

y_i ~ N(mu, S_i + Sigma), S_i diagonal, Sigma unstructured (van Houwelingen, Arends & Stijnen 2002; Reitsma et al.
2005). Sigma is climbed by its Cholesky factor, which keeps it positive semidefinite and lets it rest on the boundary.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from metak2.kernels.ascent import Point, climb
from metak2.kernels.contract import FloatArray

# Sigma = [[a, b], [b, c]] by a, b, c; the factor [[f, 0], [g, h]] has a = f², b = fg, c = g² + h².
ELEMENTS = np.array([[[1.0, 0.0], [0.0, 0.0]], [[0.0, 1.0], [1.0, 0.0]], [[0.0, 0.0], [0.0, 1.0]]])
CURVED = np.array(
    [
        [[2.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
        [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]],
        [[0.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 2.0]],
    ]
)
STARTS = tuple(product((0.1, 1.0), (-0.8, 0.0, 0.8)))
LOG_TWO_PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bivariate:
    """Means `mu` `(2,)` with covariance `vcov`, between-study covariance `sigma`, both `(2, 2)`; constants included."""

    mu: FloatArray
    vcov: FloatArray
    sigma: FloatArray
    log_likelihood: float
    converged: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sums:
    """Everything at one Sigma: mean, its covariance, height, and score and Hessian by a, b, c."""

    mu: FloatArray
    vcov: FloatArray
    height: float
    score: FloatArray
    hessian: FloatArray


def bivariate(y: FloatArray, s: FloatArray, *, restricted: bool) -> Bivariate:
    """Maximum (restricted) likelihood for effects `y` and sampling variances `s`, both `(k, 2)`; k of at least 2.

    >>> import numpy as np
    >>> found = bivariate(np.array([[0.0, 1.0], [1.0, 2.0]]), np.ones((2, 2)), restricted=False)
    >>> found.mu.round(12).tolist()
    [0.5, 1.5]
    """
    unit = float(np.median(s))
    scaled, variances = y / np.sqrt(unit), s / unit

    def at(factor: FloatArray) -> Point:
        sums = _sums(scaled, variances, _sigma(factor), restricted=restricted)
        f, g, h = factor
        slope = np.array([[2 * f, 0.0, 0.0], [g, f, 0.0], [0.0, 2 * g, 2 * h]])
        hessian = slope.T @ sums.hessian @ slope + np.einsum("j,jkl->kl", sums.score, CURVED)
        return Point(sums.height, slope.T @ sums.score, hessian)

    spread = np.maximum(scaled.std(axis=0), 1e-3)
    high = np.full(3, 1e6 * max(1.0, float(spread.max())))
    summits = []
    for size, lean in STARTS:
        start = np.array([size * spread[0], size * lean * spread[1], size * np.sqrt(1 - lean**2) * spread[1]])
        summits.append(climb(at, start, -high, high))
    best = max(summits, key=lambda summit: summit.point.height)
    sigma = _sigma(best.at)
    sums = _sums(scaled, variances, sigma, restricted=restricted)
    k = len(y)
    numbers = 2 * k - (2 if restricted else 0)
    return Bivariate(
        mu=sums.mu * np.sqrt(unit),
        vcov=sums.vcov * unit,
        sigma=sigma * unit,
        log_likelihood=sums.height - 0.5 * numbers * np.log(unit),
        converged=best.converged,
    )


def _sigma(factor: FloatArray) -> FloatArray:
    f, g, h = factor
    return np.array([[f * f, f * g], [f * g, g * g + h * h]])


def _sums(y: FloatArray, s: FloatArray, sigma: FloatArray, *, restricted: bool) -> _Sums:
    k = len(y)
    total = sigma + np.eye(2) * s[:, None, :]
    weight = np.linalg.inv(total)
    vcov = np.linalg.inv(weight.sum(axis=0))
    mu = vcov @ np.einsum("kij,kj->i", weight, y)
    residual = y - mu
    projected = np.einsum("kij,kj->ki", weight, residual)
    height = -0.5 * (np.linalg.slogdet(total)[1].sum() + (residual * projected).sum() + 2 * k * LOG_TWO_PI)
    with_element = np.einsum("kij,ejl->ekil", weight, ELEMENTS)  # W E
    traces = np.einsum("ekii->e", with_element)
    pairs = np.einsum("ekij,fkji->ef", with_element, with_element)
    if restricted:
        height += 0.5 * (np.linalg.slogdet(vcov)[1] + 2 * np.log(k)) + LOG_TWO_PI
        inner = np.einsum("ekij,kjl->eil", with_element, weight)  # sum of W E W
        lost = np.einsum("ij,ejl->eil", vcov, inner)
        three = np.einsum("ekij,fkjl,klm->efim", with_element, with_element, weight)
        traces = traces - np.einsum("eii->e", lost)
        pairs = pairs - 2 * np.einsum("ij,efji->ef", vcov, three) + np.einsum("eij,fji->ef", lost, lost)
    moved = np.einsum("eij,kj->eki", ELEMENTS, projected)  # E P y
    weighted = np.einsum("kij,ekj->eki", weight, moved)
    gathered = weighted.sum(axis=1)
    bends = np.einsum("eki,fki->ef", moved, weighted) - np.einsum("ei,ij,fj->ef", gathered, vcov, gathered)
    return _Sums(
        mu=mu,
        vcov=vcov,
        height=float(height),
        score=-0.5 * traces + 0.5 * np.einsum("ki,eki->e", projected, moved),
        hessian=0.5 * pairs - bends,
    )
