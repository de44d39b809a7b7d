"""What the numbers of a meta-analysis suggest to those who grade its certainty, and why; never a judgement."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from metak2.kernels.information_size import people_for_means, people_for_risks
from metak2.models.absolute import AbsoluteEffect
from metak2.models.pooled import Pooled
from metak2.robustness.asymmetry_choice import asymmetry_test
from metak2.robustness.grade import (
    Finding,
    Graded,
    GradeQuestion,
    Judgement,
    Suggestion,
    checked_grading,
    people_in,
)

APPRECIABLE = (0.75, 1.25)
"""Ratios beyond which benefit or harm is appreciable, "as a rough guide" (Guyatt et al. 2011, 64:1283-1293)."""
RATIOS = frozenset({"RR", "OR", "PETO", "HR", "IRR"})
MEANS = frozenset({"MD", "SMD"})
SUBSTANTIAL, CONSIDERABLE = 50.0, 75.0  # I² in per cent; Cochrane Handbook, section 10.10.2
APART = 0.1  # share of the pairs of studies whose intervals do not meet
SUSPECT = 0.1  # p of a test of asymmetry
LARGE, VERY_LARGE = 2.0, 5.0  # Guyatt et al. 2011, https://doi.org/10.1016/j.jclinepi.2011.06.004


def grade(
    pooled: Pooled,
    *,
    question: GradeQuestion,
    judgements: Mapping[str, Judgement] = MappingProxyType({}),
    absolute: tuple[AbsoluteEffect, ...] = (),
) -> Graded:
    """The body of evidence behind a pooled effect, with people's judgements and the suggestions of its numbers.

    Raises
    ------
    ModelError
        An unknown domain or word, a judgement without its reason, randomised evidence that is raised; all at once.
    """
    checked_grading(question, judgements)
    suggestions = {
        "inconsistency": inconsistency(pooled),
        "imprecision": imprecision(pooled, question, absolute),
        "publication_bias": publication_bias(pooled),
    }
    if question.evidence == "observational" and pooled.measure.name in RATIOS:
        suggestions["large_effect"] = large_effect(pooled)
    return Graded(base=pooled, question=question, judgements=judgements, suggestions=suggestions, absolute=absolute)


def inconsistency(pooled: Pooled) -> Suggestion:
    """By I², by pairs of studies whose intervals do not meet, and by a prediction interval that tells another story."""
    if pooled.k < 2:
        return Suggestion(judgement="", findings=(Finding(code="ONE_STUDY"),))
    apart, pairs = _pairs_apart(pooled)
    predicted = _predicts_otherwise(pooled)
    values = {"I2": pooled.I2, "Q_pval": pooled.Q_pval, "apart": apart, "pairs": pairs, "predicted": predicted}
    signs = (apart > APART * pairs) + (predicted is True)
    if pooled.I2 >= CONSIDERABLE and signs == 2:
        word = "very serious"
    else:
        word = "serious" if pooled.I2 >= SUBSTANTIAL and signs else "not serious"
    return Suggestion(judgement=word, findings=(Finding(code="INCONSISTENCY", values=values),))


def _pairs_apart(pooled: Pooled) -> tuple[int, int]:
    """Pairs of pooled studies whose intervals do not meet, and all pairs."""
    kept = pooled.effects.mi > 0
    low, high = (limit[kept] for limit in pooled.effects.limits(pooled.level))
    apart = (low[:, None] > high[None, :]).sum()
    return int(apart), len(low) * (len(low) - 1) // 2


def _predicts_otherwise(pooled: Pooled) -> bool | None:
    """Whether a new setting may see no effect or the opposite where the pooled interval excludes it; None: unknown."""
    if pooled.pi is None or not pooled.measure.comparison:
        return None
    null = pooled.measure.null_value
    return not pooled.ci.low <= null <= pooled.ci.high and pooled.pi.low <= null <= pooled.pi.high


def imprecision(pooled: Pooled, question: GradeQuestion, absolute: tuple[AbsoluteEffect, ...] = ()) -> Suggestion:
    """By what the interval leaves open, and by people against the optimal information size.

    Guyatt et al. (2011), J Clin Epidemiol 64:1283-1293: an interval that excludes no effect is precise if the optimal
    information size is met; one that includes no effect is imprecise if it includes an appreciable effect as well.
    """
    if not pooled.measure.comparison:
        return Suggestion(judgement="", findings=(Finding(code="NOTHING_COMPARED"),))
    low, high = pooled.displayed.ci_low, pooled.displayed.ci_high
    null = pooled.measure.null
    stated = question.thresholds or (APPRECIABLE if pooled.measure.name in RATIOS else ())
    includes = low <= null <= high
    crossed = tuple(value for value in stated if low < value < high) if includes else ()
    size = _information_size(pooled, question, absolute)
    needed, people = size.values.get("needed"), people_in(pooled, ("n_e", "n_c"))
    enough = needed is None or people is None or people >= float(needed)
    interval = Finding(
        code="INTERVAL",
        values={"includes": includes, "thresholds": stated, "own": bool(question.thresholds), "crossed": crossed},
    )
    level = len(crossed) or int(not enough or (includes and not stated))
    word = ("not serious", "serious", "very serious")[min(level, 2)]
    return Suggestion(judgement=word, findings=(interval, size))


def _information_size(pooled: Pooled, question: GradeQuestion, absolute: tuple[AbsoluteEffect, ...]) -> Finding:
    people = people_in(pooled, ("n_e", "n_c"))
    if people is None:
        return Finding(code="PEOPLE_UNKNOWN")
    values: dict[str, object] = {"people": people}
    if pooled.measure.name in MEANS:
        needed = people_for_means(question.smallest_difference)
        return Finding(
            code="SIZE_MEANS", values={**values, "needed": needed, "difference": question.smallest_difference}
        )
    risk = absolute[0].baseline_risk if absolute else _control_risk(pooled)
    if risk is None or not 0 < risk < 1:
        return Finding(code="RISK_UNKNOWN", values=values)
    reduced = question.relative_reduction
    needed = people_for_risks(risk, risk * (1 - reduced))
    return Finding(code="SIZE_RISKS", values={**values, "needed": needed, "risk": risk, "reduction": reduced})


def _control_risk(pooled: Pooled) -> float | None:
    """The median risk of the pooled control arms."""
    effects = pooled.effects
    if not {"event_c", "n_c"} <= effects.data.keys():
        return None
    kept = effects.mi > 0
    return float(np.median(effects.data["event_c"][kept] / effects.data["n_c"][kept]))


def publication_bias(pooled: Pooled) -> Suggestion:
    """By a test of funnel plot asymmetry where there are ten studies; fewer cannot tell."""
    test = asymmetry_test(pooled)
    if test is None:
        return Suggestion(judgement="", findings=(Finding(code="NO_ASYMMETRY_TEST", values={"k": pooled.k}),))
    word = "strongly suspected" if test.pval < SUSPECT else "undetected"
    return Suggestion(
        judgement=word, findings=(Finding(code="ASYMMETRY", values={"test": test.label, "pval": test.pval}),)
    )


def large_effect(pooled: Pooled) -> Suggestion:
    """By a ratio of at least two or five, or their inverse."""
    ratio = pooled.displayed.estimate
    fold = max(ratio, 1 / ratio) if ratio > 0 else 1.0
    word = "very large" if fold >= VERY_LARGE else "large" if fold >= LARGE else "no"
    return Suggestion(judgement=word, findings=(Finding(code="LARGE", values={"fold": fold}),))
