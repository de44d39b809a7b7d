"""From counts and the name of a model to the likelihood that the kernel maximises.

The models of Stijnen, Hamza & Ozdemir (2010, Stat Med 29:3046-3067) and Jackson, Law, Stijnen, Viechtbauer & White
(2018, Stat Med 37:1059-1085).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from metak2.kernels.contract import FloatArray, IntArray
from metak2.kernels.glmm_families import Binomial, Family, Hypergeometric, Poisson
from metak2.kernels.glmm_marginal import Random
from metak2.kernels.glmm_problem import Problem
from metak2.kernels.hypergeometric import supports
from metak2.models.count_data import CountData

GlmmModel = Literal["UM.FS", "UM.RS", "CM.EL", "CM.AL"]
MODELS: dict[str, str] = {
    "UM.FS": "generalised linear mixed model, fixed study effects",
    "UM.RS": "generalised linear mixed model, random study effects",
    "CM.EL": "conditional generalised linear mixed model, exact likelihood",
    "CM.AL": "conditional generalised linear mixed model, approximate likelihood",
}
ALLOWED = {"OR": tuple(MODELS), "IRR": ("UM.FS", "UM.RS", "CM.EL"), "PLO": ("",), "IRLN": ("",)}
CODING = {0.5: (0.5, -0.5), 1.0: (1.0, 0.0), 0.0: (0.0, -1.0)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """Which effects a model has: its name, random treatment effects or not, how arms are coded, correlated or not."""

    model: str
    heterogeneous: bool
    coding: float
    correlated: bool


def problem(data: CountData, X: FloatArray, structure: Structure) -> Problem:
    """The likelihood of the counts; `X` `(k, p)` is the design of the treatment effect (or of the single arm).

    Moderators act on the first arm; study effects of their own make every other coding the same model, random ones do
    not: the risk in the second arm is then the same for all values of a moderator.
    """
    family, offset = _family(data, structure.model)
    k, arms = offset.shape
    group = np.array(CODING[structure.coding]) if arms == 2 else np.ones(1)
    first = np.array(CODING[1.0]) if arms == 2 else group
    design = first[:, None] * X[:, None, :]
    if structure.model == "UM.RS":
        design = np.concatenate([np.ones((k, arms, 1)), design], axis=2)
    return Problem(
        family=family,
        offset=offset,
        design=np.broadcast_to(design, (k, arms, design.shape[2])),
        own=structure.model == "UM.FS",
        random=_random(k, group, structure),
    )


def _random(k: int, group: FloatArray, structure: Structure) -> Random:
    """First tau, then sigma of the study effects or, correlated, their loadings on tau's deviate and on their own."""
    columns: list[FloatArray] = []
    axis: list[int] = []
    if structure.heterogeneous:
        columns, axis = [group], [0]
    if structure.model == "UM.RS":
        own = np.ones(group.size)
        both = structure.correlated and structure.heterogeneous
        columns += [own, own] if both else [own]
        axis += [0, 1] if both else [len(axis)]
    weights = np.stack(columns, axis=1) if columns else np.zeros((group.size, 0))
    numbered: IntArray = np.array(axis, dtype=np.int64)
    return Random(weights=np.broadcast_to(weights, (k, *weights.shape)), axis=numbered)


def _family(data: CountData, model: str) -> tuple[Family, FloatArray]:
    """The distribution of the counts and the offset of the linear predictor, `(k, arms)`."""
    events, exposure = data.events, data.exposure
    if model == "CM.EL" and data.kind == "counts":
        a, c = events.T
        b, d = (exposure - events).T
        return Hypergeometric(events=events[:, :1], tables=supports(a, b, c, d)), np.zeros((a.size, 1))
    if model.startswith("CM"):
        offset = np.log(exposure[:, :1]) - np.log(exposure[:, 1:])
        return Binomial(events=events[:, :1], people=events.sum(axis=1, keepdims=True)), offset
    if data.kind in {"counts", "proportions"}:
        return Binomial(events=events, people=exposure), np.zeros(events.shape)
    return Poisson(events=events), np.log(exposure)


def study_by_study(data: CountData, family: Family, model: str) -> tuple[FloatArray, FloatArray]:
    """Each study's own maximum likelihood estimate under the model and its weight 1 / variance; 0 where infinite."""
    if isinstance(family, Hypergeometric):
        estimate, variance = family.own_estimates
        known = np.isfinite(estimate)
        return np.where(known, estimate, 0.0), np.where(known, 1 / variance, 0.0)
    events, exposure = data.events, data.exposure
    sign = np.array([1.0, -1.0])[: events.shape[1]]
    binomial = data.kind in {"counts", "proportions"} and model != "CM.AL"
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = exposure - events if binomial else exposure
        estimate = ((np.log(events) - np.log(rest)) * sign).sum(axis=1)
        variance = (1 / events + (1 / rest if binomial else 0.0)).sum(axis=1)
    known = np.isfinite(estimate) & np.isfinite(variance)
    return np.where(known, estimate, 0.0), np.where(known, 1 / np.where(known, variance, 1.0), 0.0)


def corrected_effects(data: CountData) -> tuple[FloatArray, FloatArray]:
    """Effect sizes and variances as inverse-variance methods have them, half an event added where a cell is zero.

    They give the typical sampling variance behind I²; no estimate uses them.
    """
    events, exposure = data.events, data.exposure
    people = data.kind in {"counts", "proportions"}
    rest = exposure - events if people else exposure
    zero = np.any(events == 0, axis=1) | (people & np.any(rest == 0, axis=1))
    half = np.where(zero, 0.5, 0.0)[:, None]
    events = events + half
    rest = rest + half if people else rest
    sign = np.array([1.0, -1.0])[: events.shape[1]]
    yi = ((np.log(events) - np.log(rest)) * sign).sum(axis=1)
    return yi, (1 / events + (1 / rest if people else 0.0)).sum(axis=1)
