"""The models behind robust inference: fitted ones, and the working models for effects that share patients."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray, IntArray
from metak2.kernels.multivariate.blocks import Batch
from metak2.kernels.multivariate.likelihood import covariance
from metak2.kernels.working_models import correlated_effects, hierarchical_effects, mean_variances
from metak2.models.aggregate import aggregate
from metak2.models.design import Design
from metak2.models.design_choice import design_of
from metak2.models.multilevel import MultilevelOptions, multilevel
from metak2.models.multilevel_result import Multilevel
from metak2.models.pooled import Pooled
from metak2.models.regress import regression_of
from metak2.models.regression_result import Regression
from metak2.models.robust_result import RobustOptions, Weighted
from metak2.models.shared_patients import cluster_column, cluster_words, sampling_covariance, with_column

ROW = "effect_row"
BETWEEN_WITHIN = ("τ² between clusters", "ω² within clusters")
ROUNDING = 1e-12  # of the mean sampling variance: below it a variance is 0 but for where the climb ended


def fitted_weights(fitted: Pooled | Regression | Multilevel) -> Weighted:
    """A model that was fitted, as it weights its effects."""
    if isinstance(fitted, Multilevel):
        return _of_multilevel(fitted, None)
    regression = regression_of(fitted) if isinstance(fitted, Pooled) else fitted
    working = regression.effects.vi + regression.tau2
    weight = 1 / working if regression.given_weights is None else regression.given_weights
    return Weighted(
        effects=regression.effects,
        design=regression.design,
        estimate=regression.coefficients.estimate,
        blocks=(_diagonal(weight, working),),
        described=regression.choices.method.label,
        variances=(("τ²", regression.tau2),),
        correlation=None,
        notes=regression.notes,
    )


def working_weights(
    effects: EffectSizes, cluster: str, moderators: str | Design, correlation: float, options: RobustOptions
) -> Weighted:
    """The working model of `options.working` for effects with the `correlation` of sampling errors in a cluster."""
    if not 0 <= correlation <= 1:
        raise ModelError(f"the correlation of effects in a cluster lies between 0 and 1; got {correlation:g}")
    if options.working == "CHE":
        return _hierarchical(effects, cluster, moderators, correlation, options.level)
    return _by_moments(effects, cluster, moderators, correlation, options)


def _hierarchical(
    effects: EffectSizes, cluster: str, moderators: str | Design, correlation: float, level: float
) -> Weighted:
    fitted, notes = hierarchical_model(
        effects, cluster, moderators, correlation, MultilevelOptions(level=level, df="residual")
    )
    repeated = len(fitted.fitted.terms) > 1
    made = _of_multilevel(fitted, correlation if repeated else None)
    named = zip(BETWEEN_WITHIN, made.variances, strict=False)
    least = ROUNDING * float(np.mean(fitted.effects.vi))
    variances = tuple((name, value if value > least else 0.0) for name, (_, value) in named)
    described = "correlated and hierarchical effects by REML" if repeated else "random effects by REML"
    return replace(made, described=described, variances=variances, notes=(*made.notes, *notes))


def hierarchical_model(
    effects: EffectSizes, cluster: str, moderators: str | Design, correlation: float, options: MultilevelOptions
) -> tuple[Multilevel, list[Note]]:
    """Effects that vary between clusters and within them, their sampling errors correlated within a cluster.

    A correlation of 1 combines the effects of a cluster first, which a note says.
    """
    notes: list[Note] = []
    if correlation == 1:
        if isinstance(moderators, Design) and len(set(cluster_words(effects, cluster))) < len(effects):
            raise ModelError(
                "a correlation of 1 combines effects, and a design by hand with them not: aggregate() first"
            )
        effects = aggregate(effects, cluster, correlation=1.0)
        notes.append(Note(code="CORRELATION_ONE", values={"cluster": cluster}))
    column = cluster_column(effects, cluster)
    words = cluster_words(effects, cluster)
    repeated = len(set(words)) < len(words)
    known = sampling_covariance(effects, cluster, correlation=correlation) if repeated else None
    rows = with_column(effects, ROW, [str(at + 1) for at in range(len(effects))])
    random = f"{column}/{ROW}" if repeated else column
    return multilevel(rows, random, moderators, covariance=known, options=options), notes


def _of_multilevel(fitted: Multilevel, correlation: float | None) -> Weighted:
    kernel, theta, weights = fitted.fitted.blocks, fitted.fitted.found.theta, fitted.fitted.weights
    if weights is not None and weights.ndim == 2 and np.count_nonzero(weights) > _within_blocks(weights, kernel.made):
        raise ModelError("these weights link effects that the model holds independent: robust errors need blocks")
    blocks = []
    for batch in kernel.made:
        V = covariance(batch, kernel.terms, theta)
        W = np.linalg.inv(V).astype(np.float64, copy=False) if weights is None else _inside(weights, batch.rows)
        blocks.append((batch.rows, W, V))
    return Weighted(
        effects=fitted.effects,
        design=fitted.design,
        estimate=fitted.coefficients.estimate,
        blocks=tuple(blocks),
        described=f"multilevel model by {fitted.asked.method}",
        variances=tuple((one.name, one.value) for one in fitted.components),
        correlation=correlation,
        notes=fitted.notes,
    )


def _inside(weights: FloatArray, rows: IntArray) -> FloatArray:
    """The weights of the rows of each block, `(m, n, n)`."""
    if weights.ndim == 2:
        return weights[rows[:, :, None], rows[:, None, :]]
    return weights[rows][:, :, None] * np.eye(rows.shape[1])


def _within_blocks(weights: FloatArray, made: Sequence[Batch]) -> int:
    """How many weights that are not 0 lie within blocks."""
    return sum(int(np.count_nonzero(_inside(weights, batch.rows))) for batch in made)


def _by_moments(
    effects: EffectSizes, cluster: str, moderators: str | Design, correlation: float, options: RobustOptions
) -> Weighted:
    design, used, notes = design_of(effects, moderators)
    chosen = effects.take(used)
    number = numbered(cluster_words(chosen, cluster))
    yi, vi, X = chosen.yi, chosen.vi, design.X
    if yi.size <= design.p:
        raise ModelError(f"{yi.size} effects cannot carry {design.p} coefficients ({', '.join(design.columns)})")
    variances: tuple[tuple[str, float], ...]
    if options.working == "CORR":
        tau2, _ = correlated_effects(yi, vi, X, number, correlation)
        mean, size = mean_variances(vi, number)
        working, variances = size * (mean + tau2), (("τ²", tau2),)
    else:
        tau2, omega2 = hierarchical_effects(yi, vi, X, number)
        working, variances = vi + tau2 + omega2, tuple(zip(BETWEEN_WITHIN, (tau2, omega2), strict=True))
    weight = 1 / working
    WX = weight[:, None] * X
    return Weighted(
        effects=chosen,
        design=design,
        estimate=np.linalg.solve(X.T @ WX, WX.T @ yi).astype(np.float64, copy=False),
        blocks=(_diagonal(weight, working),),
        described={"CORR": "correlated effects", "HIER": "hierarchical effects"}[options.working],
        variances=variances,
        correlation=correlation if options.working == "CORR" else None,
        notes=(*effects.notes, *notes),
    )


def numbered(words: tuple[str, ...]) -> IntArray:
    """Whole numbers from 0 for words, in the order in which they first stand."""
    place = {word: at for at, word in enumerate(dict.fromkeys(words))}
    return np.array([place[word] for word in words], dtype=np.int64)


def _diagonal(weight: FloatArray, working: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
    return np.arange(weight.size, dtype=np.int64)[:, None], weight[:, None, None], working[:, None, None]
