"""Weights of one's own in a multilevel model: one for each effect, or a symmetric matrix."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.kernels.multivariate.weighted import weighted_part
from metak2.models.design import Design
from metak2.models.multilevel_result import Fitted, Multilevel
from metak2.studies.table import Column, read_only

LISTED = 5


def weighted(fitted: Fitted, weights: FloatArray) -> Fitted:
    """The same random effects, with coefficients by these weights."""
    found = fitted.found
    fixed = weighted_part(fitted.blocks, (found.theta, found.fixed), fitted.yi, fitted.X, weights)
    return replace(fitted, fixed=fixed, weights=weights)


def weights_of(given: ArrayLike, effects: EffectSizes, used: Column, design: Design) -> FloatArray:
    """The weights of the effects `used`, `(k,)` or `(k, k)`.

    Raises
    ------
    ModelError
        Everything that is wrong with them: their number, what is no number, negative weights, pairs that are not
        symmetric; or weights that leave a coefficient without effects.
    """
    try:
        weights = np.array(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ModelError("weights are numbers: one for each effect, or a symmetric matrix") from error
    problems = []
    k, names = len(effects), [f"number {at + 1}" for at in range(max(weights.shape, default=0))]
    if weights.shape in ((k,), (k, k)):
        names = [study for study, kept in zip(effects.study, used, strict=True) if kept]
        weights = weights[used] if weights.ndim == 1 else weights[np.ix_(used, used)]
    else:
        problems.append(f"there are {k} effects, and the weights are shaped {weights.shape}: give ({k},) or ({k}, {k})")
    problems += _wrong(weights, names)
    if problems:
        raise ModelError("the weights cannot be used: " + "; ".join(problems))
    WX = weights[:, None] * design.X if weights.ndim == 1 else weights @ design.X
    if np.linalg.matrix_rank(design.X.T @ WX, hermitian=True) < design.p:
        raise ModelError(f"these weights leave nothing to estimate {', '.join(design.columns)} from")
    return read_only(weights)


def require_own_weights(result: Multilevel, what: str) -> None:
    """Refuse what is defined for the weights of the model only."""
    if result.fitted.weights is not None:
        raise ModelError(f"{what} follow from the weights of the model itself: fit it without weights=")


def _wrong(weights: FloatArray, names: list[str]) -> list[str]:
    """What is wrong with the numbers; pairs of a matrix are named once."""
    if weights.ndim not in (1, 2) or len(set(weights.shape)) > 1:
        return []
    missing = ~np.isfinite(weights)
    own = weights if weights.ndim == 1 else weights.diagonal()
    told = [
        ("is not a number for", _pairs(missing, names)),
        ("is negative for", [names[at] for at in np.flatnonzero(own < 0)]),
    ]
    if weights.ndim == 2:
        largest = np.abs(weights[~missing]).max(initial=0.0)
        apart = np.abs(np.where(missing | missing.T, 0.0, weights - weights.T)) > 1e-8 * largest
        told.append(("is not symmetric for", _pairs(apart, names)))
    return [f"the weight {what} {_some(where)}" for what, where in told if where]


def _pairs(marked: Column, names: list[str]) -> list[str]:
    if marked.ndim == 1:
        return [names[at] for at in np.flatnonzero(marked)]
    pairs = np.argwhere(np.triu(marked | marked.T))
    return [names[a] if a == b else f"{names[a]} with {names[b]}" for a, b in pairs]


def _some(where: list[str]) -> str:
    more = f" and {len(where) - LISTED} more" if len(where) > LISTED else ""
    return ", ".join(where[:LISTED]) + more
