"""The lines and the alternative text of a forest plot, written from the fitted objects."""

import math

from metak2.display import numbers, sentences
from metak2.display.decimals import decimals
from metak2.effects.sizes import EffectSizes
from metak2.models.conventions import PREDICTIONS
from metak2.models.pooled import Pooled
from metak2.plots.labels import sentence

IN_QUESTION = ("retracted", "concern")


def effect_text(effects: EffectSizes, estimate: float, low: float, high: float) -> str:
    """An effect with its interval on the displayed scale, from numbers on the analysis scale."""
    shown, shown_low, shown_high = (float(value) for value in effects.measure.back([estimate, low, high]))
    digits = decimals(effects)
    return f"{numbers.effect(shown, digits)} ({numbers.interval(shown_low, shown_high, digits)})"


def method_name(pooled: Pooled) -> str:
    """The method as the label of a row."""
    return sentence(pooled.method.label)


def short_heterogeneity(pooled: Pooled) -> str:
    """Heterogeneity within a subgroup, short enough to stand beside the plot."""
    tau2 = f"τ² = {numbers.significant(pooled.tau2)}, " if pooled.tau2 is not None else ""
    return f"Heterogeneity: {tau2}I² = {numbers.percent(pooled.I2)}, {numbers.p_value(pooled.Q_pval)}"


def overall_test(pooled: Pooled) -> str:
    """The test of the pooled effect with the method, the rule of its interval and the convention."""
    statistic = "t" if math.isfinite(pooled.ci.df) else "z"
    degrees = f", df = {numbers.count(pooled.ci.df)}" if math.isfinite(pooled.ci.df) else ""
    asked = "" if pooled.asked.name == pooled.method.name else f"; asked for: {pooled.asked.label}"
    value = f"{statistic} = {numbers.fixed(pooled.statistic, 2)}{degrees}, {numbers.p_value(pooled.pval)}"
    rule = sentences.RULES.get(pooled.ci.rule, pooled.ci.rule)
    return f"Overall effect: {value} ({pooled.method.label}; {rule}; convention {pooled.convention.label}{asked})."


def prediction_rule(pooled: Pooled) -> str:
    """Which distribution the prediction interval rests on."""
    return f"Prediction interval: {PREDICTIONS[pooled.choices.prediction]}."


def left_out(effects: EffectSizes, what: str = "Shown, not pooled") -> str:
    """The studies that are marked, counted by reason; empty when there are none."""
    reasons = [why for why in effects.excluded if why]
    if not reasons:
        return ""
    counted = ", ".join(f"{why} ({reasons.count(why)})" for why in dict.fromkeys(reasons))
    return f"{what}: {counted}."


def pooled_in_question(effects: EffectSizes) -> str:
    """The studies that are pooled although retracted or of concern, counted; empty when there are none."""
    words = effects.words("integrity_status")
    found = [word for word, why in zip(words, effects.excluded, strict=True) if not why and word in IN_QUESTION]
    if not found:
        return ""
    return f"Pooled all the same: {', '.join(f'{word} ({found.count(word)})' for word in dict.fromkeys(found))}."


def pooled_in_words(pooled: Pooled) -> str:
    """The pooled effect for a reader who cannot see the picture."""
    if pooled.k == 1:
        return f"one study by itself, {sentences.estimate(pooled)}"
    i2 = "" if math.isnan(pooled.I2) else f", I² {numbers.percent(pooled.I2)}"
    return f"pooled {sentences.estimate(pooled)}, {pooled.method.label}{i2}"
