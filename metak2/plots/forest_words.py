"""The lines and the alternative text of a forest plot, written from the fitted objects."""

import math

from metak2.display import numbers, sentences
from metak2.display.decimals import decimals
from metak2.display.journal import active
from metak2.effects.sizes import EffectSizes
from metak2.models.conventions import PREDICTIONS
from metak2.models.pooled import Pooled, Subgroups
from metak2.plots.labels import sentence

IN_QUESTION = ("retracted", "concern")


def effect_text(effects: EffectSizes, estimate: float, low: float, high: float) -> str:
    """An effect with its interval on the displayed scale, from numbers on the analysis scale."""
    shown, shown_low, shown_high = (float(value) for value in effects.measure.back([estimate, low, high]))
    digits = decimals(effects)
    return numbers.effect_and_interval(shown, shown_low, shown_high, digits)


def method_name(pooled: Pooled) -> str:
    """The method as the label of a row."""
    return sentence(pooled.method.label)


def total_label(pooled: Pooled) -> str:
    """The label of the pooled row: the method, or the journal's word."""
    return active().forest.total.format(level=sentences.coverage(pooled.level)) or method_name(pooled)


def short_heterogeneity(pooled: Pooled) -> str:
    """Heterogeneity within a subgroup, short enough to stand beside the plot."""
    line = active().forest.heterogeneity
    if line is not None:
        return line.filled(heterogeneity_values(pooled))
    tau2 = f"τ² = {numbers.significant(pooled.tau2)}, " if pooled.tau2 is not None else ""
    return f"Heterogeneity: {tau2}I² = {numbers.percent(pooled.I2)}, {numbers.p_value(pooled.Q_pval)}"


def heterogeneity_values(pooled: Pooled) -> dict[str, str]:
    """What a journal's heterogeneity line may tell; "" for the τ² of a common effect."""
    return {
        "tau2": "" if pooled.tau2 is None else numbers.significant(pooled.tau2, 2),
        "Q": numbers.fixed(pooled.Q, 2),
        "df": numbers.count(pooled.Q_df),
        "p": numbers.p_value(pooled.Q_pval),
        "I2": numbers.percent(pooled.I2),
    }


def pooled_lines(pooled: Pooled) -> tuple[str, ...]:
    """Heterogeneity, the test of the pooled effect and how it was pooled, in the words of the style."""
    style = active().forest
    if style.heterogeneity is None or style.overall is None:
        return sentences.heterogeneity(pooled), overall_test(pooled)
    tested = {
        "letter": "t" if math.isfinite(pooled.ci.df) else "z",
        "statistic": numbers.fixed(pooled.statistic, 2),
        "df": numbers.count(pooled.ci.df) if math.isfinite(pooled.ci.df) else "",
        "p": numbers.p_value(pooled.pval),
    }
    asked = "" if pooled.asked.name == pooled.method.name else f"; asked for: {pooled.asked.label}"
    how = f"{method_name(pooled)}; {sentences.RULES.get(pooled.ci.rule, pooled.ci.rule)}{asked}."
    return style.heterogeneity.filled(heterogeneity_values(pooled)), style.overall.filled(tested), how


def between_subgroups(result: Subgroups) -> str:
    """The test for subgroup differences in the words of the style."""
    line = active().forest.between
    if line is None or result.Q_df < 1:
        return sentences.subgroup_difference(result)
    return line.filled(
        {
            "Q": numbers.fixed(result.Q_between, 2),
            "df": numbers.count(result.Q_df),
            "p": numbers.p_value(result.Q_pval),
            "I2": numbers.percent(result.I2_between),
        }
    )


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


def rebuilt(effects: EffectSizes) -> tuple[str, ...]:
    """The studies whose effect was not printed but reconstructed."""
    return tuple(dict.fromkeys(study for note in effects.notes if note.code == "RECONSTRUCTED" for study in note.where))


def how_rebuilt(effects: EffectSizes) -> str:
    """How they were reconstructed; empty when none was."""
    ways = dict.fromkeys(str(note.values["how"]) for note in effects.notes if note.code == "RECONSTRUCTED")
    return f"Reconstructed, {'; '.join(ways)}." if ways else ""


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
