"""Posteriors as sentences and in print. Importing this module registers what `print(result)` shows."""

from metak2.display.decimals import decimals
from metak2.display.grid import Grid, Part, shown_in_parts
from metak2.display.notes import sentence
from metak2.display.numbers import between, effect, effect_and_interval, interval, percent, significant
from metak2.display.sentences import coverage, estimate, lower_first, method_text, studies
from metak2.effects.sizes import EffectSizes
from metak2.models.bayes_multilevel import BayesianMultilevel
from metak2.models.bayes_result import Bayesian
from metak2.models.priors import EffectPrior
from metak2.robustness.prior_sensitivity import PriorSensitivity
from metak2.shown import show

CERTAIN = 0.999
STRONG = 1000.0  # beyond this a Bayes factor is not worth more digits


def answer(result: Bayesian) -> str:
    """The posterior median of the effect with its interval, the priors, and the probability of benefit."""
    one = result.effect
    median = effect(float(result.measure.back(one.median)), decimals(result.effects))
    return (
        f"{result.measure.label} {median} ({coverage(result.level)} credible interval "
        f"{limits(result.effects, one.low, one.high)}) from {studies(result.k)}; priors: {priors(result)}."
    )


def heterogeneity(result: Bayesian) -> str:
    """What is believed of tau, and how strongly the data ask for it."""
    tau = result.tau
    return (
        f"Between studies τ has the posterior median {significant(tau.median)} ({coverage(result.level)} credible "
        f"interval {between(tau.low, tau.high)}). Bayes factor for τ from its prior against no "
        f"heterogeneity: {factor(result.bayes_factor_heterogeneity)}."
    )


def prediction(result: Bayesian) -> str:
    """The effect in a new setting."""
    if result.prediction is None:
        return ""
    expected = limits(result.effects, result.prediction.low, result.prediction.high)
    return f"Effect expected in a new setting like these: {expected} ({coverage(result.level)} prediction interval)."


def beyond(result: Bayesian, threshold: float) -> str:
    """How probable an effect below a threshold is, here and in a new setting."""
    here, new = (probability(result.probability_below(threshold, new_setting=one)) for one in (False, True))
    label = lower_first(result.measure.label)
    return f"The probability that the {label} is below {threshold:g} is {here}, in a new setting {new}."


def probability(value: float) -> str:
    """A probability in per cent; never 0 or 100, which no finite data give.

    >>> probability(0.9137), probability(0.99999), probability(1e-9)
    ('91.4\u202f%', 'above 99.9\u202f%', 'below 0.1\u202f%')
    """
    if value > CERTAIN:
        return f"above {percent(100 * CERTAIN, 1)}"
    return f"below {percent(100 - 100 * CERTAIN, 1)}" if value < 1 - CERTAIN else percent(100 * value, 1)


def against_no_effect(result: Bayesian) -> str:
    """The Bayes factor for an effect; empty where the prior is flat."""
    if result.bayes_factor_effect is None:
        return ""
    return (
        f"Bayes factor for an effect from {result.effect_prior.words} against no effect: "
        f"{factor(result.bayes_factor_effect)}."
    )


def priors(result: Bayesian | BayesianMultilevel) -> str:
    """Both priors with the source of a published one."""
    heterogeneity_prior = result.tau_prior
    source = f" ({heterogeneity_prior.source})" if heterogeneity_prior.source else ""
    on = "" if "τ²" in heterogeneity_prior.words else " for τ"
    return f"{heterogeneity_prior.words}{on}{source}, {_effect_prior(result.effect_prior)} for the effect"


def _effect_prior(prior: EffectPrior) -> str:
    return prior.words if prior.flat else f"{prior.words} on the analysis scale"


def factor(value: float) -> str:
    """A Bayes factor: three digits, and no more where the data leave no doubt."""
    if value > STRONG:
        return f"above {STRONG:,.0f}"
    return f"below 1/{STRONG:,.0f}" if value < 1 / STRONG else significant(value)


def effect_text(result: Bayesian) -> str:
    """Posterior median and credible interval of the effect: 0.48 (0.33 to 0.70)."""
    one = result.effect
    median, low, high = (float(value) for value in result.measure.back([one.median, one.low, one.high]))
    return effect_and_interval(median, low, high, decimals(result.effects))


def limits(effects: EffectSizes, low: float, high: float) -> str:
    """An interval on the displayed scale, from its limits on the analysis scale."""
    shown_low, shown_high = effects.measure.back([low, high])
    return interval(float(shown_low), float(shown_high), decimals(effects))


def sensitivity(result: PriorSensitivity) -> str:
    """Whether the priors agree on the side of no effect that the interval shows."""
    lows, highs = zip(*((one.effect.low, one.effect.high) for one in result.posteriors), strict=True)
    null = result.measure.null_value
    excluding = sum(low > null or high < null for low, high in zip(lows, highs, strict=True))
    names = f"{len(result.posteriors)} priors of τ"
    if not result.measure.comparison:
        said = ""
    elif excluding in {0, len(result.posteriors)}:
        verb = "include" if excluding == 0 else "do not include"
        said = f" Under all {names} the credible intervals {verb} {result.measure.null:g}, which is no effect."
    else:
        said = (
            f" The answer depends on the prior: under {excluding} of {names} the credible interval does not include "
            f"{result.measure.null:g}, which is no effect."
        )
    return f"The credible intervals lie within {limits(result.base.effects, min(lows), max(highs))}.{said}"


@show.register
def _(result: Bayesian) -> str:
    if result.prediction is None:
        digits = max(decimals(result.effects), 3)
        lines = [f"Bayesian meta-regression, {studies(result.k)}; priors: {priors(result)} (analysis scale)"]
        lines += [
            f"  {name}: {effect(one.median, digits)} ({coverage(result.level)} credible interval "
            f"{interval(one.low, one.high, digits)})"
            for name, one in zip(result.design.columns, result.coefficients, strict=True)
        ]
        lines.append(heterogeneity(result))
    else:
        lines = [answer(result), heterogeneity(result), prediction(result), against_no_effect(result)]
        if result.measure.comparison:
            lines.append(beyond(result, result.measure.null))
    return "\n".join([*(line for line in lines if line), *(sentence(note) for note in result.notes)])


@shown_in_parts(BayesianMultilevel)
def _(result: BayesianMultilevel) -> list[Part]:
    digits = max(decimals(result.effects), 3)
    named = (
        *zip(result.design.columns, result.coefficients, strict=True),
        *((f"τ of {name}", one) for name, one in result.deviations),
    )
    rows = [(name, effect(one.median, digits), interval(one.low, one.high, digits)) for name, one in named]
    return [
        f"Bayesian multilevel model of {result.k} effects; priors: {priors(result)} (analysis scale)",
        Grid(heads=("", "posterior median", f"{coverage(result.level)} credible interval"), rows=rows),
        (
            f"Importance sampling about Laplace's approximation (seed {result.seed}): the draws are worth "
            f"{percent(100 * result.effective)} of their number."
        ),
        *(sentence(note) for note in result.notes),
    ]


@shown_in_parts(PriorSensitivity)
def _(result: PriorSensitivity) -> list[Part]:
    rows = [(one.tau_prior.words, effect_text(one), significant(one.tau.median)) for one in result.posteriors]
    base = result.base
    heads = ("Prior of τ", f"{result.measure.label} ({coverage(base.level)} credible interval)", "τ")
    return [f"Without priors: {estimate(base)}; {method_text(base)}", Grid(heads=heads, rows=rows), sensitivity(result)]
