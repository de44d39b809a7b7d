"""MK-B over a book: whole-number scales, numbers that come back, baseline balance, effects and recruitment."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from metak2.errors import CellProblem
from metak2.kernels.baseline_balance import combined, p_of_counts, p_of_means
from metak2.studies.checks import inspection as checks
from metak2.studies.checks.effects import RATIOS
from metak2.studies.checks.inspection import Scale
from metak2.studies.checks.printed import NORMAL, as_typed, half_units, significant
from metak2.studies.checks.repeats import is_total, normal_name
from metak2.studies.gate.comparing import between_arms, effect_of
from metak2.studies.gate.tables import Arm, Result, Table, results_of
from metak2.studies.rows import Entry, Side, plain
from metak2.studies.sheet import CellValue, Sheet, text_of

SEED = 20170605
FEWEST = 3  # baseline variables below which nothing is said
DIGITS = 6  # of mean and SD together, such as 0.812 ± 0.113: with fewer, two pairs come back by chance
Z = NORMAL.inv_cdf(0.975)
HIGHEST_LOG = 700.0  # beyond it a ratio is no double


def inspect_table(table: Table) -> Iterator[CellProblem]:
    """MK-B01 to B03 where the sheet says that a scale is of whole numbers; B04 and B07 among the trials."""
    results = [result for result in results_of(table) if not is_total(result.study)]
    if table.layout.kind == "means":
        yield from _granularity(table.sheet.name, results)
        yield from _repeated(results)
    if table.pooled and table.layout.kind in {"means", "counts", "effects"}:
        for result in results:
            yield from _large(table, result)


def _granularity(sheet: str, results: Sequence[Result]) -> Iterator[CellProblem]:
    looked_at = []
    for result in results:
        for scale in _scales(result):
            looked_at.append(scale)
            yield from checks.impossible_mean(scale)
            yield from checks.impossible_sd(scale)
    if looked_at:
        yield checks.power_of_grim(sheet, looked_at)


def _scales(result: Result) -> Iterator[Scale]:
    """The arms of a result on a whole-number scale; a mean is as precise as its neighbours are printed."""
    means = [entry for arm in result.arms if (entry := arm.side.entry("mean")) is not None and not entry.is_blank]
    spreads = [entry for arm in result.arms if (entry := _sd(arm.side)) is not None]
    for arm in result.arms:
        items, n, mean, sd = _items(arm), arm.side.number("n"), arm.side.entry("mean"), _sd(arm.side)
        usable = mean is not None and isinstance(mean.value, float) and math.isfinite(mean.value)
        if items and n >= 2 and n.is_integer() and usable and mean is not None:
            yield Scale(
                mean=mean,
                n=int(n),
                items=items,
                half=half_units(means)[means.index(mean)],
                sd=sd,
                sd_half=half_units(spreads)[spreads.index(sd)] if sd is not None else 0.0,
            )


def _items(arm: Arm) -> int:
    """How many whole-number items a value is over; 0 where the sheet does not say so."""
    entry = arm.row.get("scale_items")
    text = "" if entry is None or entry.is_blank else as_typed(entry)
    return int(float(text)) if text.replace(".0", "").isdigit() else 0


def _sd(side: Side) -> Entry | None:
    role = "sd" if side.has("sd") else "dispersion"
    entry = side.entry(role)
    known = role == "sd" or side.word("dispersion_type").upper() == "SD"
    return entry if known and entry is not None and side.number(role) > 0 else None


def _repeated(results: Sequence[Result]) -> Iterator[CellProblem]:
    """MK-B04: each two trials that share several pairs of mean and SD, of whatever outcome."""
    first: dict[str, tuple[str, str]] = {}
    printed: dict[str, dict[tuple[float, float], None]] = defaultdict(dict)
    for result in results:
        first.setdefault(normal_name(result.study), (result.study, result.row["study"].cell))
        for arm in result.arms:
            pair = _pair(arm.side)
            if pair is not None:
                printed[normal_name(result.study)][pair] = None
    for one, other in combinations(printed, 2):
        shared = [pair for pair in printed[one] if pair in printed[other]]
        if len(shared) >= 2:
            study, cell = first[other]
            words = [f"{plain(mean)} ± {plain(sd)}" for mean, sd in shared]
            yield checks.pairs_repeated(cell, study, first[one], words)


def _pair(side: Side) -> tuple[float, float] | None:
    """Mean and SD, where they are printed with enough digits."""
    mean, sd = side.entry("mean"), _sd(side)
    if mean is None or sd is None or mean.is_blank or not isinstance(mean.value, float):
        return None
    digits = significant(as_typed(mean)) + significant(as_typed(sd))
    return (mean.value, float(sd.value)) if digits >= DIGITS else None


def _large(table: Table, result: Result) -> Iterator[CellProblem]:
    """MK-B07: the limit nearer to no effect is itself beyond `checks.LARGEST_D` SDs or `checks.LARGEST_RATIO`."""
    reported = table.layout.kind == "effects"
    effect = effect_of(table, result) if reported else between_arms(table, result)
    if effect is None:
        return
    ratio = table.layout.kind == "counts" or result.arms[0].side.word("measure").upper() in RATIOS
    if reported and not ratio:
        return  # a difference in units of its own
    nearest = abs(effect.estimate) - Z * effect.se
    if nearest <= (math.log(checks.LARGEST_RATIO) if ratio else checks.LARGEST_D):
        return
    size = math.e ** min(effect.estimate, HIGHEST_LOG)
    what = result.arms[0].side.word("measure") if reported else "odds ratio"
    said = f"{what} {size:.3g}" if ratio else f"{abs(effect.estimate):.1f} SDs"
    entry = Entry(value=effect.estimate, cell=effect.cell, raw=effect.raw)
    yield checks.implausible_effect(entry, effect.column, effect.study, said)


def recruitment(studies: Sheet) -> Iterator[CellProblem]:
    """MK-B08: people randomised a month and centre; a sheet without these columns is not judged."""
    for row in studies.rows:
        people, months, centres = (_number(row.get(name)) for name in ("n_randomised", "recruitment_months", "centres"))
        if months > 0 and people > 0:
            rate = people / months / (max(centres, 1))
            if rate > checks.FASTEST:
                cell = row["recruitment_months"]
                yield checks.fast_recruitment(cell.address, text_of(row.get("study")), text_of(cell), rate)


def baseline(sheet: Sheet, studies: Sheet | None) -> Iterator[CellProblem]:
    """MK-B05 and B06: the sheet `baseline` (study, variable, arm, n, and mean with sd, or events), seeded."""
    apart = _not_random(studies)
    variables: dict[str, dict[str, list[Mapping[str, CellValue]]]] = defaultdict(lambda: defaultdict(list))
    for row in sheet.rows:
        study = text_of(row.get("study"))
        if study and study not in apart:
            variables[study][text_of(row.get("variable"))].append(row)
    rng = np.random.default_rng(SEED)
    for study, rows in variables.items():
        found = [p for arms in rows.values() if (p := _p(arms, rng)) is not None]
        if len(found) < FEWEST:
            continue
        alike, different = combined(np.array(found))
        cell = next(iter(rows.values()))[0]["study"].address
        if alike < checks.ALARM:
            yield checks.baseline_alike(cell, study, len(found), alike)
        if different < checks.ALARM:
            yield checks.baseline_apart(cell, study, len(found), different)


def _not_random(studies: Sheet | None) -> frozenset[str]:
    """The studies that the sheet `studies` says were not allocated at random."""
    rows = studies.rows if studies is not None else ()
    return frozenset(text_of(row.get("study")) for row in rows if text_of(row.get("randomised")).casefold() == "no")


def _p(arms: Sequence[Mapping[str, CellValue]], rng: np.random.Generator) -> float | None:
    """The p of one variable; None where it lacks a number."""
    n, mean, sd, events = (np.array([_number(arm.get(name)) for arm in arms]) for name in ("n", "mean", "sd", "events"))
    if len(arms) < 2 or not (n >= 2).all():
        return None
    if np.isfinite(events).all() and (events <= n).all() and (n % 1 == 0).all() and (events % 1 == 0).all():
        return p_of_counts(events, n, rng) if 0 < events.sum() < n.sum() else None
    if not (np.isfinite(mean).all() and (sd > 0).all()):
        return None
    entries = [Entry(value=value, raw=text_of(arm.get("mean"))) for value, arm in zip(mean, arms, strict=True)]
    return p_of_means(mean, sd, n, max(half_units(entries)), rng)


def _number(cell: CellValue | None) -> float:
    value = cell.value if cell is not None else None
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan
