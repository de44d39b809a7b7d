"""The effect and the spread of each trial, for comparing it with the others."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from metak2.errors import CellProblem
from metak2.studies.checks.across import Effect, Spread, opposite_sign
from metak2.studies.checks.effects import RATIOS
from metak2.studies.checks.precision import Precision, error_among_others, errors_too_large, precision_of
from metak2.studies.checks.printed import NORMAL
from metak2.studies.gate.tables import Result, Table
from metak2.studies.rows import Side, word


def spread_of(result: Result) -> Spread | None:
    """The geometric mean of the SDs of a result's arms, where each is called an SD."""
    found = []
    for arm in result.arms:
        role = "sd" if arm.side.has("sd") else "dispersion"
        kind = "SD" if role == "sd" else arm.side.word("dispersion_type").upper()
        people = arm.side.people
        if kind != "SD" or not arm.side.number(role) > 0 or not people >= 2:
            return None
        found.append((arm.side, role, arm.side.number(role), people))
    if not found:
        return None
    side, role, *_ = found[0]
    entry = side.entry(role)
    means = [arm.side.number("mean") for arm in result.arms]
    kinds = word(result.row, "change_or_final").casefold()
    return Spread(
        study=result.study,
        cell=entry.cell if entry is not None else "",
        column=side.columns[role],
        raw=entry.raw if entry is not None else "",
        sd=math.prod(sd for _, _, sd, _ in found) ** (1 / len(found)),
        n=math.prod(n for *_, n in found) ** (1 / len(found)),
        also=" and ".join(side.cell(role) for side, role, *_ in found[1:]),
        mean=math.prod(means) ** (1 / len(means)) if all(m > 0 for m in means) and kinds != "change" else math.nan,
    )


def arm_spreads(result: Result) -> list[Spread]:
    """Each arm of a result whose spread is called an SD, by itself."""
    return [spread for arm in result.arms if (spread := spread_of(replace(result, arms=(arm,)))) is not None]


def means_of(result: Result) -> Iterator[Effect]:
    """The mean of each arm of a result, its SD as `se`."""
    for arm in result.arms:
        entry, spread = arm.side.entry("mean"), spread_of(replace(result, arms=(arm,)))
        if entry is not None and spread is not None and arm.side.number("mean") != 0:
            yield Effect(
                study=result.study,
                cell=entry.cell,
                column=arm.side.columns["mean"],
                raw=entry.raw,
                estimate=arm.side.number("mean"),
                se=spread.sd,
            )


def signs(table: Table, group: Sequence[Result]) -> Iterator[CellProblem]:
    """MK-E15 among the trials of one outcome that are measured alike."""
    by_kind: dict[tuple[str, ...], list[Effect]] = {}
    for result in group:
        effect = effect_of(table, result)
        if effect is not None:
            key = (result.time, *result.kind, result.arms[0].side.word("measure").upper())
            if table.layout.shape == "contrasts":
                key = key[1:]
            by_kind.setdefault(key, []).append(effect)
    for effects in by_kind.values():
        if len({effect.study for effect in effects}) == len(effects):
            yield from opposite_sign(effects)


def errors_among(group: Sequence[Result]) -> Iterator[CellProblem]:
    """MK-E21 and E22 among the studies of one outcome and measure, one row for each study."""
    by_measure: dict[tuple[str, ...], list[tuple[str, Precision]]] = {}
    for result in group:
        side = result.arms[0].side
        precision = precision_of(side)
        if precision is not None:
            key = (result.time, side.word("measure").upper())
            by_measure.setdefault(key, []).append((result.study, precision))
    for found in by_measure.values():
        precisions = [precision for _, precision in found]
        if len({study for study, _ in found}) == len(found):
            yield from errors_too_large(precisions)
            yield from error_among_others(precisions)


def effect_of(table: Table, result: Result) -> Effect | None:
    """The difference of a row with two arms, or a reported effect, on a scale where no effect is 0."""
    if table.layout.kind == "effects":
        return _reported(result)
    return between_arms(table, result) if table.layout.shape == "contrasts" else None


def between_arms(table: Table, result: Result) -> Effect | None:
    """The difference of a result's two arms as they stand, in SDs or as a log odds ratio."""
    kinds = {"counts": _log_odds, "means": _standardised}
    if table.layout.kind not in kinds or len(result.arms) != 2:
        return None
    one, other = (arm.side for arm in result.arms)
    return kinds[table.layout.kind](result, one, other)


def _standardised(result: Result, one: Side, other: Side) -> Effect | None:
    spread, entry = spread_of(result), one.entry("mean")
    if spread is None or entry is None:
        return None
    error = math.sqrt(math.fsum(1 / people for people in (one.people, other.people)))
    difference = (one.number("mean") - other.number("mean")) / spread.sd
    if not math.isfinite(difference):
        return None
    return Effect(
        study=result.study, cell=entry.cell, column=one.columns["mean"], raw=entry.raw, estimate=difference, se=error
    )


def _log_odds(result: Result, one: Side, other: Side) -> Effect | None:
    cells = [
        count + 0.5
        for side in (one, other)
        for count in (side.number("events"), side.number("n") - side.number("events"))
    ]
    entry = one.entry("events")
    if entry is None or not all(cell > 0 for cell in cells):
        return None
    ai, bi, ci, di = cells
    error = math.sqrt(math.fsum(1 / cell for cell in cells))
    odds = math.log(ai * di / (bi * ci))
    return Effect(
        study=result.study, cell=entry.cell, column=one.columns["events"], raw=entry.raw, estimate=odds, se=error
    )


def _reported(result: Result) -> Effect | None:
    side = result.arms[0].side
    entry = side.entry("estimate")
    ratio = side.word("measure").upper() in RATIOS
    low, estimate, high = (side.number(role) for role in ("ci_low", "estimate", "ci_high"))
    if entry is None or entry.is_blank or (ratio and not min(low, estimate, high) > 0):
        return None
    scale = math.log if ratio else float
    error = side.number("se")
    if ratio or not side.has("se"):
        error = (scale(high) - scale(low)) / (2 * NORMAL.inv_cdf(0.975)) if low < high else math.nan
    if not error > 0:
        return None
    return Effect(
        study=result.study, cell=entry.cell, column="estimate", raw=entry.raw, estimate=scale(estimate), se=error
    )
