"""A multilevel model in the words of a report's first paragraph: what each level holds, where new groups may lie."""

import numpy as np

from metak2.display.decimals import decimals
from metak2.display.listing import listed
from metak2.display.numbers import effect, fixed, interval, p_value, percent, significant
from metak2.display.sentences import coverage, lower_first, where_no_effect_is
from metak2.display.wording import NO_WORDS, Wording, coefficient_names, columns_of
from metak2.errors import ModelError
from metak2.models.multilevel_influence import ClusterInfluence
from metak2.models.multilevel_levels import Level, categories_of, expected_levels, levels_of
from metak2.models.multilevel_predict import component_interval
from metak2.models.multilevel_result import Component, Multilevel

BY_ARMS = {
    "better": ("the control", "the experimental treatment"),
    "worse": ("the experimental treatment", "the control"),
}
METHODS = {"REML": "restricted maximum likelihood", "ML": "maximum likelihood", "CE": "no random terms"}


def size(result: Multilevel, wording: Wording = NO_WORDS) -> str:
    """What was pooled: "56 schools in 11 districts", "10 effects in 5 trials"."""
    terms = {one.name: int(np.unique(one.term.group).size) for one in result.fitted.terms}
    inner = [name for name in terms if not any(other.startswith(f"{name}/") for other in terms)]
    chains = [_chain(name, terms, wording) for name in inner]
    if not chains:
        return f"{result.k} effects"
    if len(chains) == 1 and terms[inner[0]] == result.k:
        return chains[0]
    return f"{result.k} effects in {' and '.join(chains)}"


def _chain(name: str, terms: dict[str, int], wording: Wording) -> str:
    """A nested term from the inside: "56 schools in 11 districts"."""
    if "|" in name:
        return wording.counted(columns_of(name)[-1], terms[name])
    path = columns_of(name)
    depths = [depth for depth in range(len(path), 0, -1) if "/".join(path[:depth]) in terms]
    return " in ".join(wording.counted(path[depth - 1], terms["/".join(path[:depth])]) for depth in depths)


def answer(result: Multilevel, wording: Wording = NO_WORDS) -> str:
    """The pooled effect with its interval and test; for a model without moderators."""
    return (
        f"{result.measure.label} {estimate(result, 0)} from {size(result, wording)} "
        f"({tested(result)}, {p_value(float(result.coefficients.pval[0]))})."
    )


def tested(result: Multilevel) -> str:
    """The method and its test: "restricted maximum likelihood; t test with 10 degrees of freedom"."""
    if result.asked.df == "Satterthwaite":
        smallest = fixed(float(np.nanmin(result.coefficients.df)), 1)
        return f"{METHODS[result.asked.method]}; cluster-robust errors with {smallest} degrees of freedom"
    df = sorted({float(one) for one in result.coefficients.df if np.isfinite(one)})
    counted = " to ".join(fixed(one, 0) for one in dict.fromkeys((df[0], df[-1]))) if df else ""
    degrees = f" with {counted} degree{'' if counted == '1' else 's'} of freedom" if df else ""
    return f"{METHODS[result.asked.method]}; {result.asked.test} test{degrees}"


def estimate(result: Multilevel, at: int) -> str:
    """A coefficient as an effect with its interval, on the displayed scale: 0.18 (95 % CI −0.01 to 0.37)."""
    found, digits = result.coefficients, decimals(result.effects)
    back = [float(one) for one in result.measure.back([found.estimate[at], found.ci_low[at], found.ci_high[at]])]
    return f"{effect(back[0], digits)} ({coverage(result.level)} CI {interval(back[1], back[2], digits)})"


def meaning(result: Multilevel, wording: Wording = NO_WORDS) -> str:
    """Whether the interval of the pooled effect includes no effect, and whom it favours if it does not."""
    if not result.measure.comparison:
        return ""
    where = where_no_effect_is(result.measure.null, inside=_beside(result, 0) == 0)
    return f"The interval {where}{_favoured(result, 0, wording)}."


def _beside(result: Multilevel, at: int) -> int:
    """-1 or 1 where the interval lies below or above no effect, 0 where it includes it."""
    null = result.measure.null_value
    return int(result.coefficients.ci_low[at] > null) - int(result.coefficients.ci_high[at] < null)


def _favoured(result: Multilevel, at: int, wording: Wording, joint: str = ", and") -> str:
    beside, favours = _beside(result, at), wording.favours or BY_ARMS.get(result.effects.higher_is)
    return f"{joint} favours {favours[beside > 0]}" if favours and beside else ""


def by_category(result: Multilevel, wording: Wording = NO_WORDS) -> str:
    """The effect for each category, and whom its interval favours; empty for a model of another kind."""
    told = [
        f"{estimate(result, one.at)} for {wording.category(one.name)}, "
        f"{p_value(float(result.coefficients.pval[one.at]))}{_favoured(result, one.at, wording, ', which')}"
        for one in categories_of(result)
    ]
    return f"{lower_first(result.measure.label)} {'; '.join(told)}" if told else ""


def held(result: Multilevel, wording: Wording = NO_WORDS) -> str:
    """Which level holds how much of the heterogeneity; empty for terms with several variances."""
    levels = levels_of(result)
    if not levels:
        return ""
    named = [_between(one.term, wording) for one in levels]
    if np.isnan(levels[0].share):
        return f"No variance {' or '.join(named)} was found beyond sampling error."
    I2 = [percent(one.I2) for one in levels]
    if len(levels) == 1:
        spread = significant(float(np.sqrt(levels[0].variance)), 2)
        return f"True effects vary {named[0]} with a standard deviation of {spread}{_scale(result)} (I² {I2[0]})."
    parts = [f"{percent(one.share)} {name}" for one, name in zip(levels, named, strict=True)]
    parts[0] = parts[0].replace(" between", " lies between", 1)
    rest = percent(100 - sum(one.I2 for one in levels))
    return (
        f"Of the variance of the true effects {listed(tuple(parts))} (I² {listed(tuple(I2))}; the remaining {rest} of "
        "what is seen is sampling error)."
    )


def _between(term: str, wording: Wording) -> str:
    path = columns_of(term)
    inside = f" of one {wording.one(path[-2])}" if len(path) > 1 else ""
    return f"between {wording.many(path[-1])}{inside}"


def _scale(result: Multilevel) -> str:
    return " on the log scale" if result.measure.log else ""


def prediction(result: Multilevel, wording: Wording = NO_WORDS) -> str:
    """Where the effects of new groups of every level are expected; empty where the model does not say."""
    levels = expected_levels(result)
    if not levels:
        return _prediction_by_category(result, wording)
    said = ", ".join(_expected(result, one, wording) for one in levels)
    null, plural = result.measure.null_value, "s" if len(levels) > 1 else ""
    told = f"{said[:1].upper()}{said[1:]} ({coverage(result.level)} prediction interval{plural})."
    if not result.measure.comparison or not all(one.pi_low <= null <= one.pi_high for one in levels):
        return told
    both = {1: "It includes", 2: "Both include"}.get(len(levels), "All include")
    return f"{told} {both} {fixed(result.measure.null, 0)}: a new setting may well see no effect."


def _expected(result: Multilevel, one: Level, wording: Wording) -> str:
    path = columns_of(one.term)
    limits = displayed(result, one.pi_low, one.pi_high)
    if len(path) > 1:
        return f"a single {wording.one(path[-1])} there within {limits}"
    return f"in a new {wording.one(path[-1])} the effect is expected within {limits}"


def _prediction_by_category(result: Multilevel, wording: Wording) -> str:
    known = [one for one in categories_of(result) if np.isfinite(one.pi_low)]
    if not known or not result.fitted.terms:
        return ""
    parts = tuple(f"{displayed(result, one.pi_low, one.pi_high)} for {wording.called(one.name)}" for one in known)
    where = wording.one(columns_of(result.fitted.terms[0].name)[-1])
    told = f"In a new {where} the effect is expected within {listed(parts)}"
    return f"{told} ({coverage(result.level)} prediction intervals)."


def displayed(result: Multilevel, low: float, high: float) -> str:
    """Two limits on the analysis scale as the displayed scale has them."""
    back = result.measure.back([low, high])
    return interval(float(back[0]), float(back[1]), decimals(result.effects))


def together(result: Multilevel, wording: Wording = NO_WORDS) -> str:
    """How the true effects of categories vary and go together between groups; empty for other models."""
    variances = [one for one in result.components if one.kind == "variance" and one.level]
    leans = [one for one in result.components if one.kind == "correlation"]
    if not variances or not categories_of(result):
        return ""
    spreads = tuple(f"{significant(float(np.sqrt(one.value)), 2)} for {wording.called(one.level)}" for one in variances)
    groups = wording.many(columns_of(variances[0].term)[-1])
    told = f"Between {groups} the true effects vary with a standard deviation of {listed(spreads)}{_scale(result)}"
    if len(leans) != 1 or len(variances) != 2:
        return f"{told}."
    return f"{told}, and those of the two correlate by {_with_limits(result, leans[0])}."


def _with_limits(result: Multilevel, one: Component) -> str:
    try:
        found = component_interval(result, one)
    except ModelError:
        return significant(one.value, 2)
    limits = f"{coverage(result.level)} CI {interval(found.low, found.high)}, profile likelihood"
    return f"{significant(one.value, 2)} ({limits})"


def steadiness(result: Multilevel, without: ClusterInfluence, cluster: str, wording: Wording = NO_WORDS) -> str:
    """How far the answers move when one cluster at a time is left out."""
    back, digits = result.measure.back, decimals(result.effects)
    called = [wording.called(one.name) for one in categories_of(result)] or coefficient_names(result, wording)
    names = [""] if result.alone else [f" for {name}" for name in called]
    one = wording.one(cluster)
    parts = []
    for at, name in enumerate(names):
        seen = np.where(np.isfinite(without.estimate[:, at]), without.estimate[:, at], np.nan)
        if np.isnan(seen).all():
            continue
        ends = [int(np.nanargmin(seen)), int(np.nanargmax(seen))]
        shown = [effect(float(back([seen[end]])[0]), digits) for end in ends]
        parts.append(
            f"between {shown[0]} (without {named_group(one, without.clusters[ends[0]])}) and {shown[1]} "
            f"(without {named_group(one, without.clusters[ends[1]])}){name}"
        )
    return f"With one {one} at a time left out the estimate lies {listed(tuple(parts))}." if parts else ""


def named_group(one: str, name: str) -> str:
    """A group with its kind where its name is a number: "district 71"."""
    return f"{one} {name}" if name.replace(".", "").isdigit() else name
