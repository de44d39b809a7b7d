"""MK-M05 to M09, MK-E15: one trial against the others of its outcome."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from metak2.errors import CellProblem
from metak2.studies.rows import plain, within

FLOOR = 0.15  # of the robust spread of log SDs
OUTLYING = -3.5
UNIT_RATIOS = (10.0, 18.0, 24.0, 38.7, 60.0, 1000.0)
UNIT_HINTS = {
    10.0: "mm and cm, or per 10 and per 1",
    18.0: "glucose in mg/dL and mmol/L",
    24.0: "days and hours",
    38.7: "cholesterol in mg/dL and mmol/L",
    60.0: "hours and minutes",
    1000.0: "mg and µg, or g and mg",
}
MANY = 400  # beyond this the centre of all stands for the centre of all others


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The spread of one trial, called an SD: geometric mean over its arms; `n` is the same over the people."""

    study: str
    cell: str
    column: str
    raw: str
    sd: float
    n: float
    mean: float = math.nan
    also: str = ""  # cells of the SDs of the other arms


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The difference of one trial on a scale where no effect is 0."""

    study: str
    cell: str
    column: str
    raw: str
    estimate: float
    se: float


def centre_of_others(values: Sequence[float]) -> list[tuple[float, float]]:
    """Median and robust SD (1.4826 MAD) of all the other values, for each value."""
    if len(values) > MANY:
        return [_centre(values)] * len(values)
    return [_centre([*values[:at], *values[at + 1 :]]) for at in range(len(values))]


def _centre(values: Sequence[float]) -> tuple[float, float]:
    middle = median(values)
    return middle, 1.4826 * median([abs(value - middle) for value in values])


def se_as_sd(spreads: Sequence[Spread]) -> list[CellProblem]:
    """MK-M05: an SD that is too small beside those of the other trials, and would fit if it were a standard error.

    Leave-one-out robust z of log SD, spread at least 0.15, below −3.5; taken as a standard error, it must halve.
    """
    if len(spreads) < 4:
        return []
    logs = [math.log(spread.sd) for spread in spreads]
    problems = []
    for spread, log_sd, (middle, scale) in zip(spreads, logs, centre_of_others(logs), strict=True):
        z = (log_sd - middle) / max(scale, FLOOR)
        as_error = (log_sd + 0.5 * math.log(spread.n) - middle) / max(scale, FLOOR)
        if z < OUTLYING and abs(as_error) <= abs(z) / 2:
            problems.append(
                CellProblem(
                    code="MK-M05",
                    severity="warning",
                    message=f"{spread.raw} is called an SD, but those of the other {len(spreads) - 1} trials are about "
                    f"{math.e**middle:.3g}; as a standard error it would be an SD of "
                    f"{spread.sd * math.sqrt(spread.n):.3g}",
                    cell=spread.cell,
                    column=spread.column,
                    raw=spread.raw,
                    suggestion="look up which of the two the paper prints"
                    f"{spread.also and f', also in {spread.also}'}; if SE, type it as SEM or multiply by √n",
                )
            )
    return problems


def se_beside_sd(arm: Spread, other: Spread, field: Sequence[float]) -> list[CellProblem]:
    """One arm's SD that would fit the trial's other arm as a standard error (MK-M05), and stands alone in its `field`.

    At most a third of the other arm's; as an SD within a factor of 1.5 of it; beside the log SDs of all the other arms
    beyond −3.5 as in `se_as_sd`.
    """
    as_sd = arm.sd * math.sqrt(arm.n)
    if len(field) < 5 or arm.sd * 3 > other.sd or not 1 / 1.5 < as_sd / other.sd < 1.5:
        return []
    middle, scale = _centre(field)
    if (math.log(arm.sd) - middle) / max(scale, FLOOR) >= OUTLYING:
        return []
    return [
        CellProblem(
            code="MK-M05",
            severity="warning",
            message=f"{arm.raw} is called an SD, but that of the other arm is {other.raw} ({within(other.cell)}); "
            f"as a standard error it would be an SD of {as_sd:.3g}",
            cell=arm.cell,
            column=arm.column,
            raw=arm.raw,
            suggestion="look up which of the two the paper prints; if SE, type it as SEM or multiply by √n",
        )
    ]


def mean_of_other_sign(means: Sequence[Effect]) -> list[CellProblem]:
    """A mean whose sign is not that of all the others (MK-E15), which are at least an SD (`se`) away from zero."""
    below = [mean for mean in means if mean.estimate < 0]
    above = [mean for mean in means if mean.estimate > 0]
    if len(means) < 4 or min(len(below), len(above)) != 1:
        return []
    mean = below[0] if len(below) == 1 else above[0]
    middle = median([abs(other.estimate) for other in means if other is not mean])
    near = middle / 3 < abs(mean.estimate) < 3 * middle
    if not near or any(abs(other.estimate) < other.se for other in means):
        return []
    sign = "negative" if mean.estimate < 0 else "positive"
    return [
        CellProblem(
            code="MK-E15",
            severity="warning",
            message=f"{mean.raw} is {sign}, and the other {len(means) - 1} means are not; "
            "with its sign turned it would be like them",
            cell=mean.cell,
            column=mean.column,
            raw=mean.raw,
            suggestion="check the sign",
        )
    ]


def units_named_apart(units: Sequence[tuple[str, str, str]]) -> list[CellProblem]:
    """MK-M06: trials of one outcome give their values in units of different names (study, cell, unit)."""
    first: dict[str, tuple[str, str]] = {}
    for _, cell, unit in units:
        first.setdefault(unit.casefold().replace(" ", ""), (cell, unit))
    if len(first) < 2:
        return []
    (home, name), *others = first.values()
    return [
        CellProblem(
            code="MK-M06",
            severity="warning",
            message=f"the unit is '{unit}' here and '{name}' in {within(home)}: their mean difference cannot be pooled",
            cell=cell,
            column="unit",
            raw=unit,
            suggestion="convert to one unit, or pool standardised differences or ratios of means",
        )
        for cell, unit in others
    ]


def units_mixed(spreads: Sequence[Spread]) -> list[CellProblem]:
    """MK-M07: mean and SD of a trial are both about 10, 18, 24, 38.7, 60 or 1000 times those of the others."""
    if len(spreads) < 4 or not all(spread.mean > 0 for spread in spreads):
        return []
    sds, means = (
        [math.log(value) for value in values] for values in zip(*((s.sd, s.mean) for s in spreads), strict=True)
    )
    problems = []
    for spread, sd, mean, of_sds, of_means in zip(
        spreads, sds, means, centre_of_others(sds), centre_of_others(means), strict=True
    ):
        if max(of_sds[1], of_means[1]) > 0.5:
            continue
        for ratio in UNIT_RATIOS:
            size = math.log(ratio)
            off = (abs(abs(mean - of_means[0]) - size), abs(abs(sd - of_sds[0]) - size))
            same_way = (mean - of_means[0]) * (sd - of_sds[0]) > 0
            if same_way and off[0] <= 0.3 and off[1] <= 0.6:
                times = math.e ** abs(mean - of_means[0])
                way = "larger" if mean > of_means[0] else "smaller"
                problems.append(
                    CellProblem(
                        code="MK-M07",
                        severity="warning",
                        message=f"mean and SD are about {times:.3g} times {way} "
                        f"than in the other {len(spreads) - 1} trials, near {plain(ratio)}",
                        cell=spread.cell,
                        column=spread.column,
                        raw=plain(spread.mean),
                        suggestion=f"look up the unit ({UNIT_HINTS[ratio]})",
                    )
                )
                break
    return problems


def change_with_final(kinds: Sequence[tuple[str, str, str]]) -> list[CellProblem]:
    """MK-M08: change scores of some trials and final values of others stand in one outcome (study, cell, kind)."""
    changes = [(study, cell) for study, cell, kind in kinds if kind.casefold() == "change"]
    finals = {study: cell for study, cell, kind in kinds if kind.casefold() == "final"}
    apart = [(study, cell) for study, cell in changes if study not in finals]
    only_final = [cell for study, cell in finals.items() if study not in {name for name, _ in changes}]
    if not apart or not only_final:
        return []
    return [
        CellProblem(
            code="MK-M08",
            severity="warning",
            message=f"change scores here, final values in {within(only_final[0])}: an SMD may not mix them",
            cell=apart[0][1],
            column="change_or_final",
            raw="change",
            suggestion="choose one with where=, or pool mean differences",
        )
    ]


def opposite_sign(effects: Sequence[Effect]) -> list[CellProblem]:
    """MK-E15: a trial whose effect points away from all the others, and would agree with them if its sign were turned.

    Its own z is beyond 1.96, the others' inverse-variance mean beyond 1.96 the other way, and turning the sign leaves
    at most a third of the distance.
    """
    if len(effects) < 4:
        return []
    weights = [1 / effect.se**2 for effect in effects]
    total, product = math.fsum(weights), math.fsum(w * e.estimate for w, e in zip(weights, effects, strict=True))
    against = [math.copysign(1, effect.estimate) for effect in effects]
    problems = []
    for effect, weight, sign in zip(effects, weights, against, strict=True):
        rest = total - weight
        centre = (product - weight * effect.estimate) / rest
        alone = against.count(sign) <= max(1, len(effects) // 6)
        far, turned = abs(effect.estimate - centre), abs(-effect.estimate - centre)
        if (
            alone
            and effect.estimate * centre < 0
            and abs(effect.estimate) > 1.96 * effect.se
            and abs(centre) * math.sqrt(rest) > 1.96
            and turned <= far / 3
        ):
            problems.append(
                CellProblem(
                    code="MK-E15",
                    severity="warning",
                    message=f"the effect of '{effect.study}' ({effect.estimate:.3g}) points away from the other "
                    f"{len(effects) - 1} trials (mean {centre:.3g}); with its sign turned it would agree",
                    cell=effect.cell,
                    column=effect.column,
                    raw=effect.raw,
                    suggestion="check the sign, which arm is which, and which way the scale runs (higher_is)",
                )
            )
    return problems


def micro_sign_lost(dose: tuple[str, str, str], others: str) -> CellProblem:
    """MK-M09: a dose in mg or g that would agree with the other trials in µg or mg: a micro sign may have been lost."""
    cell, column, raw = dose
    return CellProblem(
        code="MK-M09",
        severity="warning",
        message=f"'{raw}' is about a thousand times the doses of the other trials ({others})",
        cell=cell,
        column=column,
        raw=raw,
        suggestion="check the unit: mirrors of web pages turn µg into mg or g",
    )
