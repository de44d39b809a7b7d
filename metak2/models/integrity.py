"""The other answers: with trials of concern, and with all trials, beside the default that does not pool them."""

from metak2.effects.sizes import EffectSizes
from metak2.models.pool import build
from metak2.models.pooled import Pooled
from metak2.models.rows import infer

QUESTIONED = ("concern", "retracted")


def integrity_answers(pooled: Pooled) -> tuple[tuple[str, Pooled], ...]:
    """Label and pooled effect with trials of concern, and with retracted trials too, where there are such trials."""
    answers: list[tuple[str, Pooled]] = []
    for label, reasons in (("with trials of concern", ("concern",)), ("with retracted trials too", QUESTIONED)):
        wider = pooled.effects.including(*reasons)
        if wider.k > (answers[-1][1].k if answers else pooled.k):
            answers.append((label, _again(pooled, wider)))
    return tuple(answers)


def _again(pooled: Pooled, effects: EffectSizes) -> Pooled:
    return build(effects, pooled.choices, infer(effects, pooled.choices, effects.mi[None, :]))
