"""A verdict on a claim, computed from the claim and the cells it is linked to. No verdict is typed in by hand.

A claim may earn several verdicts; the gravest stands first. Articles give no intervals, so a claimed number with an
interval at its source is "interval omitted" at best, unless it is a count or a dose.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from metak2.effects.conversions import se_from_p
from metak2.effects.measures import Measure
from metak2.kernels.intervals import normal_interval
from metak2.robustness.consistency import measure_of
from metak2.studies.claims import Claim, Evidence
from metak2.studies.sheet import text_of
from metak2.studies.targets import Target, target_of

Verdict = Literal[
    "contradicted",
    "unit wrong",
    "overstated",
    "no source found",
    "not a trial",
    "interval omitted",
    "not checkable",
    "supported",
]
Seen = Literal["shown", "not shown", "opposite"]

VERDICTS: Mapping[Verdict, str] = MappingProxyType(
    {
        "contradicted": "the source says another number, or the effect goes the other way",
        "unit wrong": "the figure is the source's, the unit is not",
        "overstated": "the source does not show the effect that is claimed, or one trial is made a general rule",
        "no source found": "no page that was seen gives the number for what is claimed",
        "not a trial": "it rests on cells, animals, a cohort or before against after, not on a trial with a control",
        "interval omitted": "the number is the source's; how uncertain it is was left out",
        "not checkable": "there is no number and no named study to hold it against",
        "supported": "the source says so",
    }
)
"""Every verdict, the gravest first, and what it means."""

NOT_TRIALS = frozenset({"in vitro", "animal", "cohort", "before and after"})
UNITS: Mapping[str, tuple[str, float]] = MappingProxyType(
    {
        "g": ("mass", 1.0),
        "mg": ("mass", 1e-3),
        "µg": ("mass", 1e-6),
        "years": ("time", 12.0),
        "months": ("time", 1.0),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """What one result says of a claimed effect.

    `implied` is the interval, on the displayed scale, that its p value implies where no interval is printed.
    """

    evidence: Evidence
    target: Target
    seen: Seen
    implied: tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JudgedClaim:
    """A claim with its verdicts, the gravest first.

    `found` is the number that the evidence gives, in the claim's own unit, and `interval` its interval in that unit;
    `factor` is claimed over found where they differ. `effects` holds every result the claim was judged by.
    """

    claim: Claim
    verdicts: tuple[Verdict, ...]
    found: float | None
    interval: tuple[float, float] | None
    factor: float | None
    effects: tuple[Shown, ...]

    @property
    def verdict(self) -> Verdict:
        """The gravest verdict."""
        return self.verdicts[0]


def judge(claim: Claim) -> JudgedClaim:
    """The verdicts on a claim, from its evidence."""
    values = [e for e in claim.evidence if e.role == "value"]
    effects = tuple(_shown(claim, e) for e in claim.evidence if e.role == "effect")
    found = _found(claim, values)
    interval = _interval(claim, values)
    earned: set[Verdict] = set()
    if found is not None and claim.number is not None and not _agrees(claim, found):
        earned.add("unit wrong" if _same_figure(claim, values) else "contradicted")
    elif interval is not None:
        earned.add("interval omitted")
    earned |= _of_effects(claim, effects)
    if claim.basis in NOT_TRIALS:
        earned.add("not a trial")
    if not values and not effects and claim.basis not in NOT_TRIALS:
        earned.add("not checkable" if claim.number is None else "no source found")
    ranked = tuple(verdict for verdict in VERDICTS if verdict in earned) or ("supported",)
    differs = found is not None and claim.number is not None and not _agrees(claim, found)
    return JudgedClaim(
        claim=claim,
        verdicts=ranked,
        found=found,
        interval=interval,
        factor=claim.number / found if differs and claim.number is not None and found else None,
        effects=effects,
    )


def shown_beside(claim: Claim) -> tuple[Shown, ...]:
    """The results beside a claim that are shown and not judged, where their row holds an effect."""
    beside = (e for e in claim.evidence if e.role == "beside" and e.column in {"estimate", "p"})
    return tuple(_shown(claim, evidence) for evidence in beside)


def _of_effects(claim: Claim, effects: tuple[Shown, ...]) -> set[Verdict]:
    seen = [effect.seen for effect in effects]
    if "opposite" in seen:
        return {"contradicted"}
    one_trial = len(effects) == 1 and claim.basis == "trial" and claim.scope == "general"
    return {"overstated"} if "not shown" in seen or one_trial else set()


def _found(claim: Claim, values: list[Evidence]) -> float | None:
    numbers = [e.number * _factor(claim.unit, e.unit) for e in values if e.number is not None]
    if not numbers:
        return None
    if claim.rule == "per cent lower":
        return _lower(numbers[0])
    return _decimal(sum(numbers) if claim.rule == "sum" else numbers[0])


def _lower(ratio: float) -> float:
    return _decimal(100 * (1 - ratio))


def _decimal(value: float) -> float:
    """Without the last bits of the arithmetic: 87 and not 87.00000000000001."""
    return float(f"{value:.12g}")


def _agrees(claim: Claim, found: float) -> bool:
    low = claim.number if claim.number is not None else found
    high = claim.to if claim.to is not None else low
    half = 0.5 * 10.0**-claim.decimals
    return low - half <= found <= high + half


def _same_figure(claim: Claim, values: list[Evidence]) -> bool:
    """Whether the figure is the source's in a unit of the same kind: 10 g for 10 µg."""
    return any(e.number == claim.number and _factor(claim.unit, e.unit) != 1 for e in values)


def _factor(claimed: str, given: str) -> float:
    """From the evidence's unit to the claim's; 1 where they are not two units of one kind."""
    (kind, to), (other, of) = (UNITS.get(unit.split(" ")[0], ("", 1.0)) for unit in (claimed, given))
    return of / to if kind and kind == other else 1.0


def _interval(claim: Claim, values: list[Evidence]) -> tuple[float, float] | None:
    """The interval at the source of a claimed effect size, in the claim's unit."""
    for evidence in values:
        target, _ = target_of(evidence.row)
        if evidence.column == "estimate" and target.has_interval:
            low, high = (target.printed[name].value for name in ("ci_low", "ci_high"))
            return (_lower(high), _lower(low)) if claim.rule == "per cent lower" else (low, high)
    return None


def _shown(claim: Claim, evidence: Evidence) -> Shown:
    target, _ = target_of(evidence.row)
    measure = measure_of(target)
    if measure is None or "estimate" not in target.printed:
        return Shown(evidence=evidence, target=target, seen=_by_p(evidence, target), implied=None)
    y = float(measure.forward(target.printed["estimate"].value) - measure.forward(measure.null))
    wanted = {"lower": y < 0, "higher": y > 0, "": True}[claim.direction]
    excludes = target.has_interval and not (
        target.printed["ci_low"].value <= measure.null <= target.printed["ci_high"].value
    )
    proved = excludes or _by_p(evidence, target) == "shown"
    seen: Seen = "not shown" if not proved else "shown" if wanted else "opposite"
    return Shown(evidence=evidence, target=target, seen=seen, implied=_implied(target, measure))


def _by_p(evidence: Evidence, target: Target) -> Seen:
    """By p alone: printed in the row's column p, or standing in the cell itself as a number or a bound."""
    printed = target.printed.get("p")
    if printed is not None:
        return "shown" if printed.value < 0.05 and target.p_sided == "two" else "not shown"
    text = text_of(evidence.row[evidence.column])
    bound = evidence.number if text.startswith("<") else None
    if evidence.unit == "p" and isinstance(evidence.value, float):
        bound = evidence.value
    return "shown" if bound is not None and bound < 0.05 else "not shown"


def _implied(target: Target, measure: Measure) -> tuple[float, float] | None:
    """The interval that an exact two-sided p value implies by the normal distribution, displayed."""
    printed = target.printed.get("p")
    if target.has_interval or printed is None or printed.below or target.p_sided == "one":
        return None
    y = measure.forward(target.printed["estimate"].value)
    low, high = normal_interval(np.asarray(y), se_from_p(y, printed.value), level=target.level)
    shown = measure.back([float(low), float(high)])
    return float(shown[0]), float(shown[1])
