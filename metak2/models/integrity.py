"""One question with all its trials, without the retracted ones, and without those of concern too: three answers."""

from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.models.pool import build
from metak2.models.pooled import Pooled
from metak2.models.rows import infer

Left = tuple[str, ...]

WAYS: tuple[tuple[str, Left], ...] = (
    ("without retracted trials and trials of concern", ("retracted", "concern")),
    ("without retracted trials", ("retracted",)),
    ("all trials", ()),
)
"""What each answer is called and the statuses that it leaves out, the strictest first."""


def integrity_answers(pooled: Pooled) -> tuple[tuple[str, Pooled], ...]:
    """The answers that pool other trials than `pooled` does, by name; none where no trial is in question.

    Duplicates and trials that cannot be estimated stay as they are. A way that leaves no trial to pool is no answer.
    """
    seen = {tuple(pooled.effects.mi)}
    answers = []
    for label, left_out in WAYS:
        effects = _leaving(pooled.effects, left_out)
        if tuple(effects.mi) not in seen and effects.k:
            seen.add(tuple(effects.mi))
            try:
                answers.append((label, _again(pooled, effects)))
            except ModelError:  # the model that fits the other trials cannot be fitted to these
                continue
    return tuple(answers)


def three_answers(pooled: Pooled) -> tuple[tuple[str, Pooled | None], ...]:
    """All three by name, `pooled` itself where it is one of them; None where a way leaves nothing to pool."""
    others = dict(integrity_answers(pooled))
    by_trials = {tuple(one.effects.mi): one for one in (pooled, *others.values())}
    return tuple((label, by_trials.get(tuple(_leaving(pooled.effects, out).mi))) for label, out in WAYS)


def in_question(effects: EffectSizes) -> bool:
    """Whether a trial with an effect is retracted or of concern."""
    return bool((_leaving(effects, ()).mi != _leaving(effects, WAYS[0][1]).mi).any())


def _leaving(effects: EffectSizes, statuses: Left) -> EffectSizes:
    """All trials in question put back, then those of these statuses set apart."""
    every = effects.including("retracted", "concern")
    words = every.words("integrity_status")
    kept = tuple(why or (word if word in statuses else "") for why, word in zip(every.excluded, words, strict=True))
    return every.with_exclusions(kept)


def _again(pooled: Pooled, effects: EffectSizes) -> Pooled:
    return build(effects, pooled.choices, infer(effects, pooled.choices, effects.mi[None, :]))
