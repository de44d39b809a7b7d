"""Whether the answer would still hold, as sentences, and the forms of these results in print and notebook."""

import numpy as np

from metak2.display.decimals import decimals, fewest
from metak2.display.listing import listed
from metak2.display.numbers import effect, fixed, interval, percent, significant
from metak2.display.sentences import coverage, lower_first, studies, where_no_effect_is
from metak2.kernels.contract import FloatArray
from metak2.models.pooled import Pooled
from metak2.robustness.bootstrap import Bootstrap
from metak2.robustness.conclusion import no_effect, side
from metak2.robustness.fragility import Change, Fragility
from metak2.robustness.gosh import Gosh, separation
from metak2.robustness.leave_one_out import LeaveTwoOut
from metak2.robustness.specification import SpecificationCurve
from metak2.shown import show

FEW_NAMED = 8  # choices or pairs that a sentence can list


def number(count: int) -> str:
    """A count with its thousands apart: 8,191."""
    return f"{count:,}"


def gosh(result: Gosh) -> str:
    """The range of the subsets, how many lie on the other side of no effect, and which study splits the cloud."""
    base = result.base
    shown = _shown(base, np.quantile(result.estimate, [0.0, 0.25, 0.75, 1.0]))
    which = "all" if result.complete else "a random sample of"
    sentence = (
        f"Over {which} {number(len(result))} subsets of {studies(len(result.study))} the "
        f"{lower_first(base.measure.label)} lies between {shown[0]} and {shown[3]}, for the middle half of them "
        f"between {shown[1]} and {shown[2]}."
    )
    null = no_effect(base.measure)
    if np.isfinite(null):
        share = 100 * float(((result.estimate - null) * (base.estimate - null) < 0).mean())
        sentence += f" {percent(share, 1)} of them point the other way than all studies together."
    splitting = separation(result).splitting if len(result.study) > 2 else None
    if splitting is None:
        return f"{sentence} No single study splits them into two clouds."
    return f"{sentence} They fall into two clouds, those with and those without {splitting}."


def leave_two_out(result: LeaveTwoOut) -> str:
    """The range without each pair, and the pairs whose absence moves the interval across no effect."""
    base = result.base
    low, high = int(np.nanargmin(result.estimate)), int(np.nanargmax(result.estimate))
    least, most = _shown(base, result.estimate[[low, high]])
    sentence = (
        f"Leaving out two studies at a time ({number(len(result))} pairs), the {lower_first(base.measure.label)} lies "
        f"between {least} (without {listed(result.pair(low))}) and {most} (without {listed(result.pair(high))})."
    )
    turned = result.turning
    if turned is None:
        return sentence
    where = where_no_effect_is(base.measure.null, inside=True)
    if not turned.any():
        return f"{sentence} No pair decides whether the interval {where}."
    pairs = [" with ".join(result.pair(int(row))) for row in np.flatnonzero(turned)[:FEW_NAMED]]
    more = int(turned.sum()) - len(pairs)
    tail = f", and {number(more)} further pairs" if more else ""
    return f"{sentence} Whether the interval {where}, turns without {'; '.join(pairs)}{tail}."


def bootstrap(result: Bootstrap) -> str:
    """The percentile intervals of effect and tau², beside the reported one."""
    base = result.base
    how = {
        "parametric": "effects drawn from the fitted model",
        "non-parametric": "studies drawn with replacement",
    }[result.kind]
    low, high = base.measure.back([result.ci.low, result.ci.high])
    reported = base.measure.back([base.ci.low, base.ci.high])
    digits = decimals(base.effects)
    sentence = (
        f"In {number(len(result))} bootstrap meta-analyses ({how}, seed {result.seed}) the central "
        f"{coverage(base.level)} of the estimates ({lower_first(base.measure.label)}) lie between "
        f"{effect(low, digits)} and {effect(high, digits)}; the reported interval is "
        f"{interval(reported[0], reported[1], digits)}."
    )
    if result.tau2_ci is not None:
        limits = f"{significant(result.tau2_ci.low)} and {significant(result.tau2_ci.high)}"
        sentence += f" For τ² they lie between {limits}."
    if result.failed:
        sentence += f" {number(result.failed)} could not be fitted and are left out."
    return sentence


def fragility(result: Fragility) -> str:
    """How many studies, and how many people's outcomes, turn the conclusion."""
    sentences = [f"The interval {where_no_effect_is(result.base.measure.null, inside=result.conclusion == 'across')}."]
    if result.removed is not None and result.removed_ci is not None:
        low, high = result.base.measure.back(result.removed_ci)
        moved = interval(low, high, decimals(result.base.effects))
        sentences.append(
            f"The fewest studies without which that turns: {len(result.removed)}, such as {listed(result.removed)} "
            f"({coverage(result.base.level)} CI {moved} without)."
        )
    elif result.searched:
        sentences.append(f"It does not turn without any set of up to {studies(result.searched)}.")
    if result.changes is not None:
        sentences.append(_changed(result, result.changes))
    return " ".join(sentences)


def _changed(result: Fragility, changes: tuple[Change, ...]) -> str:
    people = "person's outcome" if len(changes) == 1 else "people's outcomes"
    if not result.turned:
        return f"Changing {len(changes)} {people} one by one does not turn it."
    by_arm = dict.fromkeys((one.study, one.arm, one.events) for one in changes)
    told = [
        f"{sum((one.study, one.arm, one.events) == key for one in changes)} "
        f"{'more' if key[2] > 0 else 'fewer'} in the {key[1]} arm of {key[0]}"
        for key in list(by_arm)[:FEW_NAMED]
    ]
    more = " and elsewhere" if len(by_arm) > FEW_NAMED else ""
    return (
        f"Fragility index {len(changes)}: it turns with {len(changes)} {people} changed "
        f"(events: {'; '.join(told)}{more})."
    )


def specification_curve(result: SpecificationCurve) -> str:
    """How many specifications there are, the range of their answers and where their intervals lie."""
    return " ".join([_counted(result), *(_of_measure(result, name) for name in result.measures)])


def _counted(result: SpecificationCurve) -> str:
    planned = result.specifications[result.planned]
    return (
        f"{number(len(result))} specifications; the planned one is {planned.measure}, {planned.method}, "
        f"{planned.test}. They share their trials, so there is no p value for the curve."
    )


def _of_measure(result: SpecificationCurve, name: str) -> str:
    measure, rows = result.measures[name], result.of_measure(name)
    ends = measure.back(result.estimate[rows[[0, -1]]])
    digits = fewest(measure)
    least, most = (effect(float(end), digits) for end in ends)
    sentence = f"{measure.label}: {number(rows.size)}, from {least} to {most}"
    if result.specifications[result.planned].measure == name:
        sentence += f" (planned {effect(float(measure.back(result.estimate[result.planned])), digits)})"
    null = no_effect(measure)
    if np.isfinite(null):
        sides = side(result.ci_low[rows], result.ci_high[rows], null)
        below, above = int((sides < 0).sum()), int((sides > 0).sum())
        sentence += (
            f"; the interval lies below {fixed(measure.null, 0)} (no effect) in {number(below)}, across it in "
            f"{number(rows.size - below - above)}, above it in {number(above)}"
        )
    return f"{sentence}."


def _shown(pooled: Pooled, values: FloatArray) -> list[str]:
    digits = decimals(pooled.effects)
    return [effect(float(value), digits) for value in pooled.measure.back(values)]


@show.register
def _(result: Gosh) -> str:
    return gosh(result)


@show.register
def _(result: LeaveTwoOut) -> str:
    return leave_two_out(result)


@show.register
def _(result: Bootstrap) -> str:
    return bootstrap(result)


@show.register
def _(result: Fragility) -> str:
    steps = [
        f"{at:>3}  {one.events:+d} {one.arm}, {one.study}: "
        f"{', '.join(fixed(float(end), 3) for end in result.measure.back([one.estimate, one.ci_low, one.ci_high]))}"
        for at, one in enumerate(result.changes or (), start=1)
    ]
    return "\n".join([*steps, fragility(result)])


@show.register
def _(result: SpecificationCurve) -> str:
    return specification_curve(result)
