"""Questions that stay open, as sentences. Importing this module registers what `print(result)` shows."""

import numpy as np

from metak2.display.decimals import decimals
from metak2.display.notes import sentence
from metak2.display.numbers import effect, fixed, interval, percent, significant
from metak2.display.sentences import coverage, lower_first
from metak2.models.pooled import Pooled
from metak2.robustness.new_trial import Conclusion, NewTrial, NextTrial
from metak2.robustness.sequential import SequentialAnalysis
from metak2.shown import show

SIDES = {-1: "below", 0: "including", 1: "above"}


def plan(result: SequentialAnalysis) -> str:
    """What was stated beforehand."""
    stated = result.plan
    return (
        f"Stated beforehand: {lower_first(result.measure.label)} {stated.delta:g}, diversity "
        f"{percent(100 * stated.diversity)}, alpha {percent(100 * stated.alpha, 1)} (two-sided), power "
        f"{percent(100 * stated.power)}; O’Brien–Fleming-type spending of alpha."
    )


def sequential(result: SequentialAnalysis) -> str:
    """How much of the required information there is, and what the boundaries allow to conclude."""
    share = result.information[-1]
    crowd = ""
    if result.people is not None and result.required_people is not None:
        crowd = (
            f" (at the information per person of these studies, {result.people:,.0f} of about "
            f"{people(float(f'{result.required_people:.2g}'))})"
        )
    return f"The studies hold {percent(100 * share)} of the required information{crowd}. {_verdict(result)}"


def _verdict(result: SequentialAnalysis) -> str:
    last = int(np.flatnonzero(result.tested)[-1])
    z, boundary = fixed(abs(float(result.z[last])), 2), _boundary(float(result.boundary[last]))
    if result.crossed is not None:
        study = result.study[result.crossed]
        return (
            f"With {study} the cumulative |Z| ({fixed(abs(float(result.z[result.crossed])), 2)}) went beyond its "
            f"boundary ({_boundary(float(result.boundary[result.crossed]))}): under this plan the difference is more "
            "than repeated looks explain. That says nothing of bias."
        )
    if result.verdict == "no effect of this size":
        return (
            f"The cumulative |Z| ({z}) stays within its boundary ({boundary}) at the required size: an effect of the "
            "stated size is not supported."
        )
    if result.verdict == "futile":
        return (
            "The cumulative |Z| lies within the futility boundary: an effect of the stated size is not to be expected "
            "from more trials."
        )
    return (
        f"At the latest look |Z| is {z} and its boundary {boundary}: under this plan the question is open, whatever a "
        "conventional p value says."
    )


def people(number: float) -> str:
    """How many people, thousands apart: 12,000 people."""
    return f"{number:,.0f} people"


def _boundary(value: float) -> str:
    return fixed(value, 2) if np.isfinite(value) else "infinite"


def next_trial(result: NextTrial) -> str:
    """What a further trial may be expected to observe."""
    base, measure = result.base, result.measure
    low, high = (effect(float(one), decimals(base.effects)) for one in measure.back([result.pi.low, result.pi.high]))
    words = (
        f"A further trial of {people(result.n)} per arm in a setting like these is expected to observe a "
        f"{lower_first(measure.label)} between {low} and {high} "
        f"({coverage(result.pi.level)} prediction interval of its own estimate)."
    )
    if np.isfinite(result.other_side):
        words += (
            f" The probability that it points the other way is {percent(100 * result.other_side)}; that it alone "
            f"excludes no effect on this side, {percent(100 * result.significant)}."
        )
    return words


def new_trial(result: NewTrial) -> str:
    """What a further trial would have to observe to change the conclusion, at the largest size and the smallest."""
    able = [row for row in range(result.n.size) if result.changing(row)]
    if not able:
        return (
            f"No result of one further trial of up to {people(result.n[-1])} per arm, within ten standard "
            "errors of what was observed so far, would change on which side of no effect the interval lies."
        )
    first, last = able[0], able[-1]
    parts = [f"{people(result.n[row])} per arm: {needed(result, row)}" for row in dict.fromkeys((first, last))]
    least = "" if first == 0 else f" Smaller trials ({people(result.n[first - 1])} per arm) cannot change it."
    return (
        "To change on which side of no effect the interval of the planned model lies, one further trial would have to "
        f"observe, with {'; with '.join(parts)}.{least}"
    )


def needed(result: NewTrial, row: int) -> str:
    """The ranges of effects that change the conclusion at one size, in words."""
    changing = result.changing(row)
    if not changing:
        return "no result changes the conclusion"
    return ", or ".join(_range(result.base, result.measure.label, one) for one in changing)


def _range(base: Pooled, label: str, one: Conclusion) -> str:
    low, high = (float(value) for value in base.measure.back([one.low, one.high]))
    digits = decimals(base.effects)
    if not np.isfinite(one.low):
        words = f"at most {effect(high, digits)}"
    elif not np.isfinite(one.high):
        words = f"at least {effect(low, digits)}"
    else:
        words = f"{interval(low, high, digits)}"
    return f"{lower_first(label)} {words} (interval then {SIDES[one.side]} no effect)"


@show.register
def _(result: SequentialAnalysis) -> str:
    width = max(len(study) for study in result.study)
    lines = [
        f"{study:<{width}}  {percent(100 * result.information[at], 1):>8}  Z {fixed(float(result.z[at]), 2):>6}  "
        f"boundary {_boundary(float(result.boundary[at])) if result.tested[at] else 'not tested'}"
        for at, study in enumerate(result.study)
    ]
    notes = [f"! {sentence(note)}" for note in result.notes]
    return "\n".join([plan(result), *lines, sequential(result), *notes])


@show.register
def _(result: NextTrial) -> str:
    return "\n".join([next_trial(result), *(f"! {sentence(note)}" for note in result.notes)])


@show.register
def _(result: NewTrial) -> str:
    lines = [f"n = {int(n):>6} per arm  {needed(result, row)}" for row, n in enumerate(result.n)]
    return "\n".join([*lines, new_trial(result), *(f"! {sentence(note)}" for note in result.notes)])


def variance(result: NextTrial | NewTrial) -> str:
    """The sampling variance of one person per arm, for the notes of a table."""
    return f"Sampling variance of a trial: {significant(result.variance_per_person)} × 2 / n, n per arm."
