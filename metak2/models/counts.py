"""Generalised linear mixed models of counts: no normal approximation within studies, no continuity correction."""

from dataclasses import replace

import numpy as np

from metak2.effects.notes import Note
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray, IntArray
from metak2.kernels.glmm_families import Hypergeometric
from metak2.kernels.glmm_fit import Summit, conditional_deviance, maximise
from metak2.kernels.glmm_problem import Problem
from metak2.models.count_data import CountData, counts_of
from metak2.models.design import Design, design_from, recipe_for
from metak2.models.formula import formula
from metak2.models.glmm_designs import ALLOWED, Structure, corrected_effects, problem, study_by_study
from metak2.models.glmm_options import (
    DEFAULTS,
    GlmmOptions,
    refuse_design,
    refuse_infinite,
    refuse_unknown,
    refuse_unknown_options,
)
from metak2.models.glmm_result import Fitted, Glmm, Heterogeneity, Inference, Likelihood, assemble
from metak2.studies.table import StudyTable

GIANT = 50.0  # the standard error of a study's fitted log ratio that is on its way to infinity


def fit_glmm(
    data: EffectSizes | StudyTable | CountData,
    *,
    model: str = "",
    method: str = "ML",
    moderators: str | Design = "",
    level: float = 0.95,
    options: GlmmOptions = DEFAULTS,
) -> Glmm:
    """A generalised linear mixed model of two-arm counts (odds ratio), rates (rate ratio), proportions or single rates.

    Parameters
    ----------
    model
        Two arms: "UM.FS" (fixed study effects, the default), "UM.RS" (random study effects), "CM.EL" (conditional on
        the margins, exact), "CM.AL" (approximate; odds ratios of rare events). One arm: nothing to choose.
    method
        "ML" (random effects) or "CE" (common effect).
    moderators
        A formula such as "ablat + C(alloc)", or a `Design`.

    Raises
    ------
    UnknownOptionError
        A word that is not documented.
    ModelError
        No study with events, events in one arm only, or more coefficients than studies; the message says what to use.
    """
    counts = counts_of(data)
    refuse_unknown(counts, model, method)
    refuse_unknown_options(options)
    if not 0.5 <= level < 1:
        raise ModelError(f"level is the coverage of the intervals, such as 0.95; got {level}")
    chosen = model or ALLOWED[counts.measure][0]
    unused = options.double_zero == "left out" or chosen.startswith("CM")
    kept = ~counts.empty if unused else np.ones(len(counts.study), dtype=bool)
    used = counts.take(kept)
    refuse_infinite(used, chosen, heterogeneous=method == "ML")
    design = _design(used, moderators, kept)
    k = design.X.shape[0]
    refuse_design(design, k)
    heterogeneous = method == "ML" and k > 1
    structure = Structure(
        model=chosen, heterogeneous=heterogeneous, coding=float(options.coding), correlated=options.correlated
    )
    rule = _points(structure, options)
    likelihood = problem(used, design.X, structure)
    summit = _maximise(likelihood, rule, design)
    fitted = Fitted(
        data=used, structure=structure, method=method, design=design, summit=summit, level=level,
        notes=_notes(counts, kept, k),
    )  # fmt: skip
    saturated = float(likelihood.family.saturated().sum())
    return assemble(
        fitted,
        _likelihood(likelihood, fitted, saturated, options),
        _heterogeneity(likelihood, fitted, saturated, rule),
        inference=_inference(used, design.X, options),
    )


def _inference(data: CountData, X: FloatArray, options: GlmmOptions) -> Inference:
    k, p = X.shape
    df = float(k - p) if options.test == "t" else np.inf
    prediction = df if options.convention == "metafor" else float(k - p) if k >= 3 else np.nan
    return Inference(df=df, prediction_df=prediction, typical_variance=typical_variance(data, X) if k > p else np.nan)


def _points(structure: Structure, options: GlmmOptions) -> int | None:
    if options.convention == "metak2" or options.points is not None:
        return options.points
    if structure.model == "CM.EL":
        return None
    return 1 if structure.model == "UM.RS" and structure.heterogeneous else 7


def _maximise(likelihood: Problem, points: int | None, design: Design) -> Summit:
    p = likelihood.design.shape[2]
    summit = maximise(likelihood, points=points)
    own = slice(p - design.X.shape[1], p)
    variance = ((design.X @ summit.vcov[own, own]) * design.X).sum(axis=1)
    if design.X.shape[1] > 1 and np.any(variance > GIANT**2):
        raise ModelError(
            "the events are separated: some combination of moderators predicts them perfectly, and no finite estimate "
            "exists; use fewer moderators"
        )
    if not summit.converged or np.any(np.diag(summit.vcov) < 0) or np.any(variance > GIANT**2):
        raise ModelError(
            'the likelihood is flat and did not come to rest; use method="CE", or exact_odds_ratio() for odds ratios'
        )
    if not summit.accurate and points is None:
        raise ModelError("the integrals of this likelihood are not accurate to 1e-6; use CM.AL or a common effect")
    return summit


def _likelihood(likelihood: Problem, fitted: Fitted, saturated: float, options: GlmmOptions) -> Likelihood:
    """Log-likelihood, parameters and observations; under `metafor` as that program reports them."""
    k, arms, p = likelihood.design.shape
    structure, variances = fitted.structure, likelihood.random.axis.size
    value, shift = fitted.summit.log_likelihood, 0.0
    if options.convention == "metafor":
        variances = likelihood.random.axes
        if structure.model == "UM.RS":
            shift = 0.0 if structure.heterogeneous else saturated
        elif structure.heterogeneous and not isinstance(likelihood.family, Hypergeometric):
            value = saturated - 0.5 * conditional_deviance(likelihood, fitted.summit.place)
    return Likelihood(
        value=value - shift,
        parameters=p + variances + (k if likelihood.own else 0),
        observations=k * arms,
        saturated=saturated,
        shift=shift,
    )


def _heterogeneity(likelihood: Problem, fitted: Fitted, saturated: float, points: int | None) -> Heterogeneity:
    """The tests of k − p further coefficients, one for each study: likelihood ratio and Wald."""
    data, structure, X = fitted.data, fitted.structure, fitted.design.X
    k, p = X.shape
    if k <= p:
        return Heterogeneity(wald=np.nan, lrt=np.nan, df=0, saturated=np.nan)
    if structure.model != "UM.RS":
        estimates, weights = study_by_study(data, likelihood.family, structure.model)
        wald = _residual_q(estimates, np.diag(weights), X)
        return Heterogeneity(wald=wald, lrt=2 * (saturated - fitted.summit.without), df=k - p, saturated=saturated)
    common = replace(structure, heterogeneous=False, correlated=False)
    null = maximise(problem(data, X, common), points=points)
    full = maximise(problem(data, np.eye(k), replace(common, coding=1.0)), points=points)
    wald = _residual_q(full.place.beta[1:], _partial(full.information, np.arange(1, k + 1)), X)
    saturated = full.log_likelihood
    return Heterogeneity(wald=wald, lrt=2 * (saturated - null.log_likelihood), df=k - p, saturated=saturated)


def _partial(information: FloatArray, kept: IntArray) -> FloatArray:
    """The information on some parameters when the others are unknown; unlike a variance it is never infinite."""
    rest = np.setdiff1d(np.arange(information.shape[0]), kept)
    cross = information[np.ix_(kept, rest)]
    return information[np.ix_(kept, kept)] - cross @ np.linalg.pinv(information[np.ix_(rest, rest)]) @ cross.T


def _residual_q(estimates: FloatArray, weights: FloatArray, X: FloatArray) -> float:
    """(b − Xβ)'W(b − Xβ) at its smallest: the Wald statistic of what X leaves open."""
    inner = X.T @ weights @ X
    residual = estimates - X @ (np.linalg.pinv(inner) @ X.T @ weights @ estimates)
    return float(residual @ weights @ residual)


def typical_variance(data: CountData, X: FloatArray) -> float:
    """(k − p) / tr P of the corrected effect sizes; Higgins & Thompson (2002), Stat Med 21:1539-1558."""
    _, vi = corrected_effects(data)
    w = 1 / vi
    leverage = np.linalg.solve(X.T @ (w[:, None] * X), X.T @ (w[:, None] ** 2 * X))
    return float((X.shape[0] - X.shape[1]) / (w.sum() - np.trace(leverage)))


def _design(data: CountData, moderators: str | Design, kept: FloatArray) -> Design:
    if isinstance(moderators, Design):
        X = moderators.X[kept] if moderators.X.shape[0] == kept.size else moderators.X
        if X.shape[0] != len(data.study):
            raise ModelError(f"the design has {X.shape[0]} rows for {len(data.study)} studies")
        return design_from(X, moderators.columns)
    if not moderators:
        return design_from(np.ones((len(data.study), 1)), ("intercept",))
    everyone = np.ones(len(data.study), dtype=bool)
    return recipe_for(formula(moderators), data.moderators, everyone, data.study).build(data.moderators, everyone.size)


def _notes(data: CountData, kept: FloatArray, k: int) -> tuple[Note, ...]:
    notes = []
    out = tuple(name for name, keep in zip(data.study, kept, strict=True) if not keep)
    if out:
        notes.append(Note(code="EXCLUDED", values={"reason": "double zero"}, where=out))
    if k == 1:
        notes.append(Note(code="ONE_STUDY"))
    if k == 2:
        notes.append(Note(code="TWO_STUDIES_AS_ASKED"))
    return tuple(notes)
