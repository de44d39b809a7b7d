"""Which cluster moves a multilevel model: residuals of what is there, and refits without each cluster."""

from dataclasses import dataclass

import numpy as np

from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.kernels.multivariate.likelihood import covariance
from metak2.models.multilevel import fit_terms
from metak2.models.multilevel_result import Multilevel
from metak2.models.multilevel_weights import require_own_weights
from metak2.models.random_terms import column_words
from metak2.shown import Shown
from metak2.studies.table import Column, read_only


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClusterResiduals(Shown):
    """Standardised residuals: `residual`, `se`, `hat` `(k,)`; `chi2` `(clusters,)` tests those of a cluster at once."""

    residual: FloatArray
    se: FloatArray
    hat: FloatArray
    clusters: tuple[str, ...]
    chi2: FloatArray
    df: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClusterInfluence(Shown):
    """What happens without each cluster: `cook_d` and `chi2` `(clusters,)`, `dfbetas` and `estimate` `(clusters, p)`.

    `chi2` tests the cluster's effects against what the others predict, on `df` degrees of freedom. NaN where the model
    cannot be fitted without the cluster.
    """

    clusters: tuple[str, ...]
    estimate: FloatArray
    cook_d: FloatArray
    dfbetas: FloatArray
    chi2: FloatArray
    df: FloatArray


def cluster_residuals(result: Multilevel, cluster: str = "study") -> ClusterResiduals:
    """Residuals standardised by the model, and one test for each cluster; the model must not link clusters.

    Raises
    ------
    ModelError
        A column that does not exist, or random effects that lie across clusters.
    """
    require_own_weights(result, "standardised residuals of clusters")
    groups, names = _clusters(result, cluster)
    fitted = result.fitted
    k = result.k
    residual, variance, hat = np.empty(k), np.empty(k), np.empty(k)
    blocks: dict[int, FloatArray] = {}
    for batch in fitted.blocks.made:
        V = covariance(batch, fitted.blocks.terms, fitted.found.theta)
        W = np.linalg.inv(V)
        for at, rows in enumerate(batch.rows):
            X = batch.X[at]
            spread = V[at] - X @ result.vcov @ X.T
            residual[rows] = batch.y[at] - X @ result.coefficients.estimate
            variance[rows] = np.diag(spread)
            hat[rows] = np.diag(X @ result.vcov @ X.T @ W[at])
            for group in np.unique(groups[rows]):
                inside = groups[rows] == group
                if group in blocks or inside.sum() != (groups == group).sum():
                    raise ModelError(
                        f"random effects lie across {cluster}: choose the outermost grouping as the cluster"
                    )
                own = residual[rows][inside]
                blocks[int(group)] = own @ np.linalg.solve(spread[np.ix_(inside, inside)], own)
    chi2 = np.array([blocks[at] for at in range(len(names))])
    return ClusterResiduals(
        residual=read_only(residual),
        se=read_only(np.sqrt(variance)),
        hat=read_only(hat),
        clusters=names,
        chi2=read_only(chi2),
        df=read_only(np.bincount(groups).astype(np.float64)),
    )


def cluster_influence(result: Multilevel, cluster: str = "study") -> ClusterInfluence:
    """The model refitted without each cluster, every climb beginning where that of all clusters ended."""
    require_own_weights(result, "refits without each cluster")
    groups, names = _clusters(result, cluster)
    p = result.p
    estimate, dfbetas = np.full((len(names), p), np.nan), np.full((len(names), p), np.nan)
    cook_d, chi2 = np.full(len(names), np.nan), np.full(len(names), np.nan)
    precision = np.linalg.inv(result.vcov)
    for at in range(len(names)):
        found = _without(result, groups != at)
        if found is None:
            continue
        beta, vcov, distance = found
        moved = result.coefficients.estimate - beta
        estimate[at] = beta
        cook_d[at] = moved @ precision @ moved
        dfbetas[at] = moved / np.sqrt(np.diag(vcov))
        chi2[at] = distance
    return ClusterInfluence(
        clusters=names,
        estimate=read_only(estimate),
        cook_d=read_only(cook_d),
        dfbetas=read_only(dfbetas),
        chi2=read_only(chi2),
        df=read_only(np.bincount(groups).astype(np.float64)),
    )


def _without(result: Multilevel, kept: Column) -> tuple[FloatArray, FloatArray, float] | None:
    """Coefficients, the covariance that scales their change, and the distance of those left out; None without a fit."""
    X, yi = result.design.X, result.effects.yi
    if np.linalg.matrix_rank(X[kept]) < result.p:
        return None
    rows = np.flatnonzero(kept)
    terms = tuple(one.take(rows) for one in result.fitted.terms)
    fitted = fit_terms(
        yi[kept],
        X[kept],
        result.covariance.take(kept),
        terms,
        restricted=result.asked.method != "ML",
        start=result.fitted.found.theta,
    )
    fixed = fitted.found.fixed
    if not fitted.found.converged:
        return None
    whole = result.fitted.blocks.fixed_part(fitted.found.theta)
    distance = _distance(result, ~kept, fitted.found.theta, fixed.beta, fixed.vcov)
    return fixed.beta, whole.vcov, distance


def _distance(result: Multilevel, left: Column, theta: FloatArray, beta: FloatArray, vcov: FloatArray) -> float:
    """How far the effects that were left out lie from what the others predict."""
    total = 0.0
    blocks = result.fitted.blocks
    for batch in blocks.made:
        if not left[batch.rows].any():
            continue
        V = covariance(batch, blocks.terms, theta)
        for at, rows in enumerate(batch.rows):
            inside = left[rows]
            if inside.any():
                X = batch.X[at][inside]
                own = batch.y[at][inside] - X @ beta
                spread = V[at][np.ix_(inside, inside)] + X @ vcov @ X.T
                total += float(own @ np.linalg.solve(spread, own))
    return total


def _clusters(result: Multilevel, cluster: str) -> tuple[FloatArray, tuple[str, ...]]:
    words = column_words(result.effects, cluster)
    names = tuple(dict.fromkeys(words))
    place = {name: at for at, name in enumerate(names)}
    return np.array([place[word] for word in words]), names
