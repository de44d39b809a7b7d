"""The wild cluster bootstrap: residuals of the model under the null hypothesis, their signs drawn cluster by cluster.

Weights and working variances stay as they were fitted, so that each draw is linear in the signs and nothing but sums
over clusters is needed.
"""

from itertools import product
from typing import Literal, NamedTuple

import numpy as np

from metak2.kernels.contract import FloatArray
from metak2.kernels.robust import Clusters, Model, Sandwich, model_of, sandwich

Signs = Literal["Rademacher", "Webb"]
WEBB = np.sqrt(np.array([1.5, 1.0, 0.5]))
CHUNK = 2_000_000  # numbers held at once
TIE = 1e-9  # relative: statistics of mirrored signs are equal but for rounding


class WildBootstrap(NamedTuple):
    """The share of draws at least as far from the null as the data, how many there were, whether all signs were."""

    statistic: float
    pval: float
    draws: int
    exhaustive: bool


def wild_bootstrap(
    found: Sandwich, yi: FloatArray, contrasts: FloatArray, *, signs: Signs, draws: int, seed: int
) -> WildBootstrap:
    """Test that `contrasts` `(q, p)` of the coefficients are zero; the robust Wald statistic is compared.

    Residuals of the null model are adjusted as CR2 adjusts them. Where all 2^m patterns of signs are no more than
    `draws`, each is taken once. "Webb" are the six values of Webb (2013), Queen's Economics Department paper 1315.
    """
    model = found.model
    estimate = model.bread @ _score(model, yi)
    held = estimate - _projection(model, contrasts) @ (contrasts @ estimate)
    adjusted = _null_residuals(model, yi, held, contrasts)
    z, r, R = _pieces(found, adjusted)
    observed = float(_wald(found.scores[None], estimate[None], model.bread, contrasts)[0])
    drawn, exhaustive = _signs(model.m, signs, draws, seed)
    size = max(1, CHUNK // (model.m * model.p))
    beyond = 0
    for start in range(0, len(drawn), size):
        eta = drawn[start : start + size]
        b = eta @ z @ model.bread
        s = eta[:, :, None] * r - np.einsum("mpq,bq->bmp", R, b)
        beyond += int((_wald(s, b, model.bread, contrasts) >= observed * (1 - TIE)).sum())
    count = len(drawn)
    pval = beyond / count if exhaustive else (1 + beyond) / (1 + count)
    return WildBootstrap(statistic=observed / len(contrasts), pval=pval, draws=count, exhaustive=exhaustive)


def _score(model: Model, yi: FloatArray) -> FloatArray:
    return np.asarray(sum(np.einsum("map,mab,mb->p", c.X, c.weight, yi[c.rows]) for c in model.clusters))


def _projection(model: Model, contrasts: FloatArray) -> FloatArray:
    """What takes an estimate to the nearest one that meets the null hypothesis, by the weights of the model."""
    spread = model.bread @ contrasts.T
    return np.asarray(spread @ np.linalg.inv(contrasts @ spread))


def _null_residuals(model: Model, yi: FloatArray, held: FloatArray, contrasts: FloatArray) -> list[FloatArray]:
    """Adjusted residuals of the null model, by clusters of a size `(m, n)`."""
    residuals = [yi[one.rows] - one.X @ held for one in model.clusters]
    left = np.linalg.svd(contrasts)[2][
        len(contrasts) :
    ].T  # every combination of coefficients that the null leaves free
    if left.shape[1] == 0:
        return residuals
    parts = tuple(
        Clusters(rows=one.rows, X=one.X @ left, weight=one.weight, working=one.working) for one in model.clusters
    )
    null = sandwich(model_of(parts, model.k), yi, "CR2")
    return [np.einsum("mab,mb->ma", A, e) for A, e in zip(null.adjusted, residuals, strict=True)]


def _pieces(found: Sandwich, residuals: list[FloatArray]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Of each cluster: X'We `(m, p)`, X'WAe `(m, p)`, X'WAX `(m, p, p)`."""
    z, r, R = [], [], []
    for one, A, e in zip(found.model.clusters, found.adjusted, residuals, strict=True):
        XW = (one.weight @ one.X).transpose(0, 2, 1)
        z.append((XW @ e[:, :, None])[:, :, 0])
        r.append((XW @ A @ e[:, :, None])[:, :, 0])
        R.append(XW @ A @ one.X)
    return np.concatenate(z), np.concatenate(r), np.concatenate(R)


def _wald(scores: FloatArray, estimate: FloatArray, bread: FloatArray, contrasts: FloatArray) -> FloatArray:
    """The robust Wald statistic of each draw, `(b,)`."""
    moved = scores @ (bread @ contrasts.T)
    vcov = moved.transpose(0, 2, 1) @ moved
    apart = estimate @ contrasts.T
    return np.asarray((apart * np.linalg.solve(vcov, apart[:, :, None])[:, :, 0]).sum(axis=1))


def _signs(m: int, signs: Signs, draws: int, seed: int) -> tuple[FloatArray, bool]:
    if signs == "Rademacher" and 2**m <= draws:
        return np.array(list(product((-1.0, 1.0), repeat=m))), True
    rng = np.random.default_rng(seed)
    points = np.array([-1.0, 1.0]) if signs == "Rademacher" else np.concatenate([-WEBB, WEBB])
    return rng.choice(points, size=(draws, m)), False
