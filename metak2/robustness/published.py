"""Published against recomputed: which choices reproduce what a paper printed, and what is missing to try.

A number is reproduced when the recomputed one rounds to it. The misses are counted in half units of the last printed
digit, so that 1 is the edge of rounding whatever the quantity.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from types import MappingProxyType
from typing import Literal

import numpy as np

from metak2.effects.front import effect_sizes
from metak2.effects.integrity import NOT_POOLED_BY_DEFAULT
from metak2.effects.sizes import EffectSizes
from metak2.errors import CellProblem, ModelError
from metak2.models.conventions import Test
from metak2.models.methods import METHODS
from metak2.models.pool import pool
from metak2.models.pooled import Pooled
from metak2.robustness.consistency import Finding, consistency, measure_of
from metak2.studies.table import StudyTable, read_only
from metak2.studies.targets import Printed, Quantity, Target

Verdict = Literal["reproduced", "estimate reproduced, not the rest", "not reproduced", "not tried"]

SIBLINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "RR": ("RR", "OR", "PETO", "RD"),
        "OR": ("OR", "PETO", "RR", "RD"),
        "PETO": ("PETO", "OR", "RR", "RD"),
        "RD": ("RD", "RR", "OR", "PETO"),
        "HR": ("HR", "RR", "OR", "PETO"),
        "MD": ("MD", "SMD"),
        "SMD": ("SMD", "MD"),
        "ROM": ("ROM", "ROM-uncorrected"),
    }
)
"""What a paper may have meant by a measure, its own word first."""

TESTS: tuple[Test, ...] = ("z", "HK", "HK-adhoc", "t")
ROUNDING = 1 + 1e-6  # half a unit of the last digit, and the last bits of the arithmetic


@dataclass(frozen=True, slots=True, kw_only=True)
class Specification:
    """One way to the number: measure, method, convention, test, zero-cell rule, n, and which studies were kept.

    `n` is "as given" or "randomised"; `kept` is "default" (no retracted trials, none of concern) or "all".
    """

    measure: str
    method: str
    convention: str
    test: Test
    zero_cells: str
    n: Literal["as given", "randomised"]
    kept: Literal["default", "all"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Attempt:
    """What one specification gives on the displayed scale, and by how much it misses each printed number.

    `misses` is in half units of the last printed digit: at most 1 is reproduced.
    """

    specification: Specification
    found: Mapping[Quantity, float]
    misses: Mapping[Quantity, float]

    @property
    def reproduced(self) -> tuple[Quantity, ...]:
        """The printed numbers that it gives."""
        return tuple(name for name, miss in self.misses.items() if miss <= ROUNDING)

    @property
    def worst(self) -> float:
        """The largest miss."""
        return max(self.misses.values(), default=float("nan"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reproduction:
    """A target, everything tried for it, the best first, and what is missing.

    `refused` counts specifications that the data do not allow, by reason; `missing` says what keeps the target from
    being tried or compared: blank cells with their addresses, studies without an effect size, numbers not printed.
    `findings` are the checks of the target by itself.
    """

    target: Target
    attempts: tuple[Attempt, ...]
    refused: Mapping[str, int] = field(default_factory=dict)
    missing: tuple[CellProblem, ...] = ()
    unusable: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Whether the best specification gives every printed number, the estimate only, or not even that."""
        if not self.attempts or not self.target.printed:
            return "not tried"
        best = self.attempts[0]
        if len(best.reproduced) == len(best.misses):
            return "reproduced"
        return "estimate reproduced, not the rest" if "estimate" in best.reproduced else "not reproduced"


def reproduce(target: Target, studies: StudyTable | None) -> Reproduction:
    """Search measure × model × estimator × interval × zero-cell rule × n for what reproduces a target, and rank it.

    `studies` are the trials that the publication pooled, as far as they are known; None where their list or their
    numbers were not found, and then only the checks of the target by itself remain. The estimate alone is compared
    where the target prints no interval; nothing that is not printed is filled in.
    """
    findings = consistency(target)
    if studies is None:
        return Reproduction(target=target, attempts=(), missing=target.problems, findings=findings)
    attempts: list[Attempt] = []
    refused: dict[str, int] = {}
    unusable: dict[str, None] = {}
    for effects, specification in _prepared(target, studies, refused):
        unusable.update(dict.fromkeys(_without_effect(effects)))
        try:
            pooled = _pool(effects, specification)
        except ModelError as error:
            refused[str(error)] = refused.get(str(error), 0) + 1
            continue
        found = _numbers(pooled, target)
        misses = {name: _miss(printed, found[name]) for name, printed in target.printed.items() if name in found}
        attempts.append(Attempt(specification=specification, found=found, misses=misses))
    gaps = tuple(problem for problem in studies.problems if problem.code == "MK-G01")
    return Reproduction(
        target=target,
        attempts=tuple(sorted(attempts, key=_rank)),  # ties keep the order of the search: the paper's own word first
        refused=MappingProxyType(refused),
        missing=(*target.problems, *gaps),
        unusable=tuple(unusable),
        findings=findings,
    )


def _rank(attempt: Attempt) -> tuple[int, float]:
    worst = round(attempt.worst, 6)
    return -len(attempt.reproduced), worst if worst > ROUNDING else 0.0


def _prepared(
    target: Target, studies: StudyTable, refused: dict[str, int]
) -> Iterator[tuple[EffectSizes, Specification]]:
    """The effect sizes under every measure, zero-cell rule, n and choice of studies, with every way to pool them."""
    for n, kept, measure, rule in product(_n(studies), _kept(studies), _measures(target, studies), _rules(studies)):
        table = _randomised(studies) if n == "randomised" else studies
        try:
            effects = effect_sizes(
                table, measure=measure, zero_cells=rule, exclude=NOT_POOLED_BY_DEFAULT if kept == "default" else ()
            )
        except ModelError as error:
            refused[str(error)] = refused.get(str(error), 0) + 1
            continue
        for method, convention, test in _ways(effects):
            if rule != "affected" and METHODS[method].needs == "counts":
                continue  # Mantel–Haenszel and Peto take the counts as they are under every rule
            yield (
                effects,
                Specification(
                    measure=measure, method=method, convention=convention, test=test, zero_cells=rule, n=n, kept=kept
                ),
            )


def _measures(target: Target, studies: StudyTable) -> tuple[str, ...]:
    measure = measure_of(target)
    if measure is None:
        return ()
    return (measure.name,) if studies.kind == "effects" else SIBLINGS.get(measure.name, (measure.name,))


def _rules(studies: StudyTable) -> tuple[str, ...]:
    """The zero-cell rules, where there is a table that they change."""
    if studies.kind != "counts":
        return ("affected",)
    event, n = (np.concatenate([studies.numbers(f"{name}_{arm}") for arm in "ec"]) for name in ("event", "n"))
    return ("affected", "none", "treatment-arm") if ((event == 0) | (event == n)).any() else ("affected",)


def _kept(studies: StudyTable) -> tuple[Literal["default", "all"], ...]:
    apart = set(studies.words("integrity_status")) & set(NOT_POOLED_BY_DEFAULT)
    return ("default", "all") if apart else ("default",)


def _n(studies: StudyTable) -> tuple[Literal["as given", "randomised"], ...]:
    """The numbers randomised are tried where an arm has them and they are not the numbers given."""
    for arm in "ec":
        other, given = _randomised_n(studies, arm), studies.numbers(f"n_{arm}")
        if (np.isfinite(other) & (other != given)).any():
            return ("as given", "randomised")
    return ("as given",)


def _randomised_n(studies: StudyTable, arm: str) -> np.ndarray:
    """The numbers randomised to an arm; one column holds them where both arms have as many.

    A column n_randomised beside study_n_randomised is that of the arms, else it is the whole trial's.
    """
    alike = f"n_randomised_{arm}" not in studies.columns and "study_n_randomised" in studies.columns
    return studies.numbers("n_randomised" if alike else f"n_randomised_{arm}")


def _randomised(studies: StudyTable) -> StudyTable:
    columns = dict(studies.columns)
    for arm in "ec":
        other, given = _randomised_n(studies, arm), studies.numbers(f"n_{arm}")
        columns[f"n_{arm}"] = read_only(np.where(np.isfinite(other), other, given))
    return replace(studies, columns=MappingProxyType(columns))


def _ways(effects: EffectSizes) -> Iterator[tuple[str, str, Test]]:
    """Method, convention and test; a single study has one interval, Peto's odds ratio one method."""
    if effects.measure.name == "PETO":
        yield "PETO", "metafor", "z"
        return
    yield "CE", "metafor", "z"
    if effects.k < 2:
        return
    if effects.kind == "counts" and effects.measure.name in METHODS["MH"].measures:
        yield "MH", "metafor", "z"
        yield "DL", "revman5", "z"
    for method in (name for name, method in METHODS.items() if method.model == "random effects"):
        for test in TESTS:
            yield method, "metafor", test


def _pool(effects: EffectSizes, specification: Specification) -> Pooled:
    return pool(effects, method=specification.method, convention=specification.convention, test=specification.test)


def _numbers(pooled: Pooled, target: Target) -> dict[Quantity, float]:
    """The recomputed numbers; a one-sided p is that of the side nearer to the printed one."""
    shown, pval = pooled.displayed, pooled.pval
    if target.p_sided == "one" and "p" in target.printed:
        pval = min((pval / 2, 1 - pval / 2), key=lambda side: abs(side - target.printed["p"].value))
    return {
        "estimate": shown.estimate,
        "ci_low": shown.ci_low,
        "ci_high": shown.ci_high,
        "p": pval,
        "I2": pooled.I2,
        "k": float(pooled.k),
    }


def _miss(printed: Printed, found: float) -> float:
    """The distance in half units of the last printed digit; 0 where a bound holds, infinite where nothing was found."""
    if np.isnan(found):
        return float("inf")
    if printed.below:
        return 0.0 if found < printed.value else found / printed.value
    return abs(found - printed.value) / printed.half


def _without_effect(effects: EffectSizes) -> Iterator[str]:
    for study, why in zip(effects.study, effects.excluded, strict=True):
        if why in {"not reported", "not estimable"}:
            yield study
