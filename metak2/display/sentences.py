"""Results as sentences a clinician reads, made from the fitted objects."""

import math
from collections.abc import Sequence

import numpy as np

from metak2.display.decimals import decimals
from metak2.display.listing import listed
from metak2.display.numbers import between, effect, equation, fixed, interval, p_value, percent, significant
from metak2.models.conventions import PREDICTIONS
from metak2.models.pooled import Pooled, Subgroups
from metak2.robustness.conclusion import no_effect, side
from metak2.robustness.refits import Refits

RULES = {
    "z": "Wald",
    "t": "Wald standard error with t",
    "HK": "Hartung–Knapp",
    "HK-adhoc": "Hartung–Knapp, never narrower than Wald",
    "HK-wider": "Hartung–Knapp or Wald, whichever is wider",
    "HK-IQWiG": "Hartung–Knapp, guarded as IQWiG does",
    "KR": "Kenward–Roger",
    "Q-profile": "Q-profile",
    "BJ": "Biggerstaff–Jackson",
    "J": "Jackson",
    "GENQ": "generalised Q",
    "PL": "profile likelihood",
}


def coverage(level: float) -> str:
    """The coverage in words, such as 95 %."""
    return percent(100 * level, 0 if math.isclose(100 * level, round(100 * level)) else 1)


def studies(k: int) -> str:
    """How many studies, in words: 1 study, 13 studies."""
    return f"{k} {'study' if k == 1 else 'studies'}"


def estimate(pooled: Pooled) -> str:
    """Measure, estimate and interval: risk ratio 0.49 (95 % CI 0.34 to 0.70)."""
    back, digits = pooled.measure.back([pooled.estimate, pooled.ci.low, pooled.ci.high]), decimals(pooled.effects)
    return (
        f"{lower_first(pooled.measure.label)} {effect(back[0], digits)} "
        f"({coverage(pooled.level)} CI {interval(back[1], back[2], digits)})"
    )


def method_text(pooled: Pooled) -> str:
    """The method and the rule of the interval: "random effects, REML; Hartung–Knapp"; one study has no method."""
    if pooled.k == 1:
        return f"one study, its own interval ({RULES[pooled.ci.rule]})"
    return f"{pooled.method.label}; {RULES[pooled.ci.rule]}"


def method_short(pooled: Pooled) -> str:
    """The same for a narrow table column: "REML; Hartung–Knapp"."""
    return f"one study; {RULES[pooled.ci.rule]}" if pooled.k == 1 else f"{pooled.method.name}; {RULES[pooled.ci.rule]}"


def headline(pooled: Pooled, about: str) -> str:
    """The answer in one sentence, with its uncertainty."""
    if pooled.k == 1:
        only = next(s for s, why in zip(pooled.study, pooled.effects.excluded, strict=True) if not why)
        return f"{about[:1].upper()}{about[1:]}: {estimate(pooled)} in one study, {only}{_p(pooled, ' ({})')}."
    return (
        f"{about[:1].upper()}{about[1:]}: {estimate(pooled)} from {studies(pooled.k)} "
        f"({pooled.method.label}; {RULES[pooled.ci.rule]} interval{_p(pooled, ', {}')})."
    )


def _p(pooled: Pooled, form: str) -> str:
    """The p value in its place; nothing where the measure has no value of no effect (a proportion, a mean)."""
    return form.format(p_value(pooled.pval)) if pooled.measure.comparison else ""


def meaning(pooled: Pooled) -> str:
    """What the interval allows, without the word significant; empty for a measure that compares nothing."""
    if not pooled.measure.comparison:
        return ""
    low, high = pooled.measure.back([pooled.ci.low, pooled.ci.high])
    null = pooled.measure.null
    told = "trial fits" if pooled.k == 1 else "studies fit"
    where = where_no_effect_is(null, inside=low <= null <= high)
    if low <= null <= high:
        both = f": the {told} benefit as well as harm" if pooled.effects.higher_is else ""
        return f"The interval {where}{both}."
    better = {"worse": pooled.estimate < 0, "better": pooled.estimate > 0}.get(pooled.effects.higher_is)
    if better is None:
        return f"The interval {where}."
    favoured = "the experimental treatment" if better else "the control"
    return f"The interval {where}, and favours {favoured}."


def where_no_effect_is(null: float, *, inside: bool) -> str:
    """What an interval says about no effect: "includes 1, which is no effect"."""
    return f"{'includes' if inside else 'does not include'} {fixed(null, 0)}, which is no effect"


def heterogeneity(pooled: Pooled) -> str:
    """τ² with its interval, I² with its convention, Q; or why there is none."""
    if pooled.k < 2:
        return "Heterogeneity is not estimable from one study."
    parts = []
    if pooled.tau2 is not None:
        tau2 = equation("τ²", significant(pooled.tau2))
        if pooled.tau2_ci is not None:
            limits = between(pooled.tau2_ci.low, pooled.tau2_ci.high)
            tau2 += f" ({coverage(pooled.level)} CI {limits}, {RULES[pooled.tau2_ci.rule]})"
        parts.append(tau2)
    i2 = equation("I²", percent(pooled.I2))
    parts.append(f"{i2} ({'from τ²' if pooled.I2_rule == 'from tau2' else 'from Q'})")
    q, degrees = equation("Q", fixed(pooled.Q, 2)), equation("df", fixed(pooled.Q_df, 0))
    parts.append(f"{q}, {degrees}, {p_value(pooled.Q_pval)}")
    return f"Heterogeneity: {'; '.join(parts)}."


def prediction(pooled: Pooled) -> str:
    """Where the effect of a new study is expected, with the rule; empty when there is no interval."""
    if pooled.pi is None:
        return ""
    low, high = pooled.measure.back([pooled.pi.low, pooled.pi.high])
    null, digits = pooled.measure.null, decimals(pooled.effects)
    both = f" It includes {fixed(null, 0)}: a new setting may well see no effect." if low <= null <= high else ""
    return (
        f"In a new setting the true effect is expected between {effect(low, digits)} and {effect(high, digits)} "
        f"({coverage(pooled.level)} prediction interval, {PREDICTIONS[pooled.choices.prediction]}).{both}"
    )


def other_trials(pooled: Pooled, other: Pooled) -> str:
    """The answer with trials put in or taken out for their integrity, beside the one that is reported."""
    pairs = list(zip(pooled.study, pooled.effects.mi, other.effects.mi, strict=True))
    added = tuple(study for study, before, after in pairs if after and not before)
    gone = tuple(study for study, before, after in pairs if before and not after)
    changes = [f"with {listed(added)} pooled as well"] if added else []
    changes += [f"without {listed(gone)}"] if gone else []
    said = " and ".join(changes)
    return f"{said[:1].upper()}{said[1:]}: {estimate(other)} ({studies(other.k)})."


def depends_on_integrity(pooled: Pooled, others: Sequence[Pooled]) -> str:
    """Whether the answer changes with the trials in question; empty where there are none, or nothing is compared.

    It changes where an interval comes to include no effect, to exclude it, or to lie on its other side.
    """
    if not others or not pooled.measure.comparison:
        return ""
    null = no_effect(pooled.measure)
    low, high = (np.array([getattr(one.ci, end) for one in (pooled, *others)]) for end in ("low", "high"))
    sides = side(low, high, null)
    if (sides == sides[0]).all():
        return "On which side of no effect the interval lies, or whether it includes it, does not depend on them."
    told = [f"with {studies(one.k)} it {_SIDES[int(at)]}" for one, at in zip(others, sides[1:], strict=True)]
    return f"The answer changes with them: the reported interval {_SIDES[int(sides[0])]}, {listed(tuple(told))}."


_SIDES = {-1: "lies below no effect", 0: "includes no effect", 1: "lies above no effect"}


def subgroup_difference(result: Subgroups) -> str:
    """The test for subgroup differences in a sentence."""
    if result.Q_df < 1:
        return f"One subgroup of {result.by} only: no test for differences."
    return (
        f"Test for subgroup differences by {result.by}: {equation('Q', fixed(result.Q_between, 2))}, "
        f"{equation('df', fixed(result.Q_df, 0))}, {p_value(result.Q_pval)}, "
        f"{equation('I²', percent(result.I2_between))}."
    )


def subgroup_rule(result: Subgroups) -> str:
    """Which model stands behind the groups and their test."""
    method = result.overall.asked
    spread = ", each group with its own τ² (none in common)" if method.model == "random effects" else ""
    pairs = ", for groups of two studies as well" if any(group.k == 2 for group in result.groups.values()) else ""
    model = f"{method.label}{spread}{pairs if spread else ''}"
    return f"Model of the test: {model}; the groups' pooled effects are weighed by their Wald standard errors."


def refits(result: Refits) -> str:
    """The range of the refitted effects, and whose absence moves the answer most."""
    back, digits = result.measure.back(result.estimate), decimals(result.base.effects)
    lowest, highest = int(result.estimate.argmin()), int(result.estimate.argmax())
    if result.kind == "cumulative":
        return (
            f"Added one by one, from {result.study[0]} to {result.study[-1]}, the studies lead the pooled effect "
            f"from {effect(back[0], digits)} to {effect(back[-1], digits)}."
        )
    least, most = effect(back[lowest], digits), effect(back[highest], digits)
    return (
        f"Leaving out one study at a time, the {lower_first(result.measure.label)} lies between {least} "
        f"({result.label[lowest]}) and {most} ({result.label[highest]})."
    )


def lower_first(text: str) -> str:
    """The text as it stands inside a sentence: "risk ratio", but "Peto odds ratio" keeps its name."""
    return text if text.startswith("Peto") else text[:1].lower() + text[1:]
