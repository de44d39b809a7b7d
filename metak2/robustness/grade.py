"""How certain is a body of evidence? GRADE: five domains lower it, three raise that of observational studies.

Numbers suggest, people judge: a certainty exists only when a person has judged every domain that can lower it.
Balshem et al. (2011), J Clin Epidemiol 64:401-406.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from metak2.errors import ModelError, did_you_mean
from metak2.models.absolute import AbsoluteEffect
from metak2.models.pooled import Pooled
from metak2.shown import Shown

Evidence = Literal["randomised", "observational"]
Size = Literal["large", "moderate", "small", "trivial", ""]

EVIDENCE: Mapping[str, int] = MappingProxyType({"randomised": 3, "observational": 1})
"""Where each kind of evidence starts on `CERTAINTIES`."""
CERTAINTIES = ("very low", "low", "moderate", "high")
SIZES = ("large", "moderate", "small", "trivial")
_SERIOUS = ("not serious", "serious", "very serious")
LOWERING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "risk_of_bias": (*_SERIOUS, "extremely serious"),
        "inconsistency": _SERIOUS,
        "indirectness": _SERIOUS,
        "imprecision": (*_SERIOUS, "extremely serious"),
        "publication_bias": ("undetected", "strongly suspected"),
    }
)
"""Domain → its judgements, each lowering the certainty by its place."""
RAISING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "large_effect": ("no", "large", "very large"),
        "dose_response": ("no", "yes"),
        "opposing_confounding": ("no", "yes"),
    }
)
"""Domain → its judgements, each raising the certainty of observational evidence by its place."""
DOMAINS: Mapping[str, tuple[str, ...]] = MappingProxyType({**LOWERING, **RAISING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a person decided about a domain: one of the words of `DOMAINS`, and why."""

    judgement: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A finding behind a suggestion: `code` names its sentence in `display/grade.py`, `values` fill it."""

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What the numbers suggest about a domain, "" where they cannot tell, with the findings behind it."""

    judgement: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeQuestion:
    """What is graded, in words, and what the suggestions are measured by.

    Attributes
    ----------
    outcome, intervention
        As they stand inside a sentence: "tuberculosis", "BCG vaccination".
    size
        How large the effect is for people, by a person: "large", "moderate", "small", "trivial"; "" where nobody said.
    thresholds
        The smallest effects that matter, on the displayed scale; empty: 0.75 and 1.25 for ratios, a rough guide of
        GRADE, and none for differences.
    relative_reduction, smallest_difference
        What the optimal information size must be able to show: of a risk as a share of it, of a mean in standard
        deviations.
    """

    outcome: str
    intervention: str
    evidence: Evidence = "randomised"
    size: Size = ""
    thresholds: tuple[float, ...] = ()
    relative_reduction: float = 0.25
    smallest_difference: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Graded(Shown):
    """A body of evidence with its judgements and what its numbers suggest."""

    base: Pooled
    question: GradeQuestion
    judgements: Mapping[str, Judgement] = field(default_factory=dict)
    suggestions: Mapping[str, Suggestion] = field(default_factory=dict)
    absolute: tuple[AbsoluteEffect, ...] = ()

    @property
    def waiting(self) -> tuple[str, ...]:
        """The domains that can lower the certainty and wait for a person."""
        return tuple(domain for domain in LOWERING if domain not in self.judgements)

    @property
    def certainty(self) -> str | None:
        """One of `CERTAINTIES`; None while a domain waits."""
        if self.waiting:
            return None
        level = EVIDENCE[self.question.evidence] - self._steps(LOWERING) + self._steps(RAISING)
        return CERTAINTIES[min(max(level, 0), len(CERTAINTIES) - 1)]

    @property
    def participants(self) -> int | None:
        """People in the pooled studies; None where their numbers are not known."""
        return people_in(self.base, ("n_e", "n_c"))

    @property
    def raised_though_lowered(self) -> bool:
        """Whether a person raised what was also lowered, which GRADE advises against."""
        return bool(self._steps(LOWERING) and self._steps(RAISING))

    def _steps(self, domains: Mapping[str, tuple[str, ...]]) -> int:
        given = ((words, self.judgements.get(domain)) for domain, words in domains.items())
        return sum(words.index(one.judgement) for words, one in given if one is not None)


def people_in(pooled: Pooled, columns: tuple[str, ...]) -> int | None:
    """The sum of these columns over the pooled studies; None where one of them is not known."""
    effects = pooled.effects
    if not set(columns) <= effects.data.keys():
        return None
    total = float(sum(effects.data[name][effects.mi > 0].sum() for name in columns))
    return round(total) if np.isfinite(total) else None


def grading_problems(question: Mapping[str, object], judgements: Mapping[str, Mapping[str, object]]) -> Iterable[str]:
    """All that is wrong with a grading, a line each."""
    for key, known in (("evidence", tuple(EVIDENCE)), ("size", SIZES)):
        word = question.get(key)
        if word and word not in known:
            yield f"{key} {word!r} is not known{_way_out(str(word), known)}"
    for domain, told in judgements.items():
        if domain not in DOMAINS:
            yield f"the domain {domain!r} is not known{_way_out(domain, DOMAINS)}"
            continue
        word = told.get("judgement")
        if word not in DOMAINS[domain]:
            said = "has no judgement" if not word else f"{word!r} is no judgement of it"
            yield f"{domain}: {said}{_way_out(str(word or ''), DOMAINS[domain])}"
        if not str(told.get("reason") or "").strip():
            yield f"{domain}: a judgement needs its reason"
        if domain in RAISING and word != RAISING[domain][0] and question.get("evidence", "randomised") == "randomised":
            yield f'{domain}: only observational evidence is raised; the plan says evidence = "randomised"'


def checked_grading(question: GradeQuestion, judgements: Mapping[str, Judgement]) -> None:
    """ModelError with all that is wrong with a grading."""
    told = {domain: {"judgement": one.judgement, "reason": one.reason} for domain, one in judgements.items()}
    problems = list(grading_problems({"evidence": question.evidence, "size": question.size}, told))
    if problems:
        raise ModelError("; ".join(problems))


def _way_out(word: str, known: Iterable[str]) -> str:
    words = tuple(known)
    return did_you_mean(word, words) or f"; allowed: {', '.join(words)}"
