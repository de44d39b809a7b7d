"""The caveats of a result as sentences; a caveat about its interval prints the intervals it speaks of."""

from collections.abc import Sequence

import numpy as np

from metak2.display.decimals import decimals
from metak2.display.notes import sentence
from metak2.display.numbers import effect, fixed, interval
from metak2.display.sentences import RULES, coverage
from metak2.effects.notes import Note
from metak2.models.pooled import Pooled, Unpooled

ABOUT_INTERVALS = frozenset({"NEVER_NARROWER", "TWO_STUDIES"})


def caveats(result: Pooled | Unpooled, told: Sequence[Note] = ()) -> tuple[str, ...]:
    """The sentence of every note that was not told before, in the order of the result."""
    return tuple(_with_intervals(note, result) for note in result.notes if note not in told)


def _with_intervals(note: Note, result: Pooled | Unpooled) -> str:
    if note.code not in ABOUT_INTERVALS or isinstance(result, Unpooled):
        return sentence(note)
    return f"{sentence(note)} {intervals_in_words(result)}"


def intervals_in_words(pooled: Pooled) -> str:
    """Every interval of the pooled effect in a sentence, the reported one first."""
    digits, parts = decimals(pooled.effects), []
    for which in pooled.intervals:
        value, low, high = pooled.measure.back([which.estimate, which.low, which.high])
        model = "" if pooled.method is pooled.asked else f"{_model(pooled, which is pooled.intervals[0])}, "
        df = "" if np.isinf(which.df) else f" (t, df {fixed(which.df, 0)})"
        about = "" if which.estimate == pooled.estimate else f"{effect(value, digits)}, "
        parts.append(f"{model}{RULES[which.rule]}{df} {about}{interval(low, high, digits)}")
    return f"{coverage(pooled.level)} CI: {'; '.join(parts)}."


def _model(pooled: Pooled, reported: bool) -> str:
    return pooled.method.label if reported else pooled.asked.label
