"""The answer under several priors as a forest plot: a row for each prior of tau. No drawing."""

import numpy as np

from metak2.display import bayes as told
from metak2.display.numbers import significant
from metak2.display.sentences import coverage, lower_first
from metak2.models.bayes_result import Bayesian
from metak2.plots import forest_words as words
from metak2.plots.axis import Axis, effect_axis
from metak2.plots.forest_rows import UNWEIGHTED_SQUARE, mark_on
from metak2.plots.labels import clean, wrapped
from metak2.plots.marks import Column, ForestLayout, Row
from metak2.robustness.prior_sensitivity import PriorSensitivity

TAU = "τ, posterior median"


def priors_layout(result: PriorSensitivity, *, favours: tuple[str, str] | None = None, title: str = "") -> ForestLayout:
    """Effect with its credible interval, prediction interval and τ under each prior; the diamond has no prior."""
    base, measure = result.base, result.measure
    effects = [one.effect for one in result.posteriors]
    limits = np.array([value for one in effects for value in (one.low, one.high)] + [base.ci.low, base.ci.high])
    axis = effect_axis(measure, np.array([one.median for one in effects]), limits)
    rows = tuple(_row(one, axis) for one in result.posteriors)
    values = (base.estimate, base.ci.low, base.ci.high)
    tau = "" if base.tau2 is None else significant(float(np.sqrt(base.tau2)))
    diamond = Row(
        kind="pooled",
        name=words.method_name(base),
        cells=(
            wrapped(f"No prior: {words.method_name(base)}"),
            tau,
            words.effect_text(base.effects, *values),
            "" if base.pi is None else told.limits(base.effects, base.pi.low, base.pi.high),
        ),
        mark=mark_on(axis, "diamond", measure.back(values)),
    )
    sentence = clean(told.sensitivity(result))
    return ForestLayout(
        title=clean(title),
        columns=_columns(result),
        rows=(*rows, Row(kind="space", name="", cells=("",) * 4), diamond),
        axis=axis,
        favours=favours,
        summary=float(measure.back(base.estimate)),
        footer=(f"Prior of the effect: {result.planned.effect_prior.words}.", sentence),
        alt=f"Prior sensitivity of the {lower_first(measure.label)}: {sentence}",
    )


def _columns(result: PriorSensitivity) -> tuple[Column, ...]:
    level = coverage(result.base.level)
    return (
        Column(key="study", title=("Prior of τ",), align="left"),
        Column(key="tau", title=("Posterior", "median of τ"), align="right"),
        Column(key="effect", title=(result.measure.label, f"({level} interval)"), align="right", after_plot=True),
        Column(key="prediction", title=(f"{level} prediction", "interval"), align="right", after_plot=True),
    )


def _row(one: Bayesian, axis: Axis) -> Row:
    values = (one.effect.median, one.effect.low, one.effect.high)
    predicted = "" if one.prediction is None else told.limits(one.effects, one.prediction.low, one.prediction.high)
    return Row(
        kind="refit",
        name=one.tau_prior.words,
        cells=(
            wrapped(one.tau_prior.words),
            significant(one.tau.median),
            words.effect_text(one.effects, *values),
            predicted,
        ),
        mark=mark_on(axis, "square", one.measure.back(values), UNWEIGHTED_SQUARE),
    )
