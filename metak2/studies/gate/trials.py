"""Row by row and trial by trial: what stands twice, what is no trial, and one trial against the others."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from metak2.errors import CellProblem
from metak2.studies.checks.across import (
    MANY,
    Spread,
    change_with_final,
    mean_of_other_sign,
    se_as_sd,
    se_beside_sd,
    units_mixed,
    units_named_apart,
)
from metak2.studies.checks.agreement import (
    favours_against_words,
    interval_off_centre,
    p_not_from_chi2,
    p_not_from_interval,
)
from metak2.studies.checks.arms import control_twice
from metak2.studies.checks.counts import no_count_gives_percentage
from metak2.studies.checks.precision import error_below_possible, error_not_of_interval
from metak2.studies.checks.printed import as_typed, decimals
from metak2.studies.checks.repeats import (
    is_total,
    normal_name,
    numbers_twice,
    one_study_two_names,
    times_mixed,
    total_row,
)
from metak2.studies.checks.structure import row_twice
from metak2.studies.gate.comparing import arm_spreads, errors_among, means_of, signs, spread_of
from metak2.studies.gate.tables import Result, Table, results_of
from metak2.studies.rows import Row, Side, number, plain, word

CHI2 = ("chi2", "chi_square", "chisq")
_STEM = re.compile(r"\s*(?:[\(\[,;:].*|(?<=[0-9])\s*[a-z])$")


def rows_of(table: Table, higher_is: dict[str, str]) -> Iterator[CellProblem]:
    """MK-E10, E11, E16 to E20 and MK-C09 for each row; MK-S02 for rows that stand twice; MK-S12 for totals."""
    for _, row, side in table.sides():
        if table.layout.kind == "effects":
            yield from interval_off_centre(side)
            yield from p_not_from_interval(side)
            yield from error_not_of_interval(side)
            yield from error_below_possible(side)
            known = higher_is.get(word(row, "outcome"), word(row, "higher_is"))
            yield from favours_against_words(side, word(row, "favours"), word(row, "reported_direction"), known)
        elif table.layout.kind == "means" and side.word("dispersion_type").upper().startswith("CI"):
            roles = {"estimate": "mean", "ci_low": "dispersion_low", "ci_high": "dispersion_high"}
            limits = {role: side.columns[name] for role, name in roles.items() if name in side.columns}
            yield from interval_off_centre(Side(row=row, columns=limits))
        elif table.layout.kind == "percentages" and not _cumulative(table, row):
            entry = side.entry("percent")
            digits = decimals(as_typed(entry)) if entry is not None else 0
            yield from no_count_gives_percentage(side, decimals=max(digits, _column_decimals(table, side)))
    for row in table.rows:
        chi2 = next((name for name in CHI2 if name in row), "")
        if chi2 and "df" in row and ("p" in row or "pval" in row):
            yield from p_not_from_chi2(row, (chi2, "df", "p" if "p" in row else "pval"))
    if table.pooled:
        yield from _twice(table)
        yield from _totals(table)


def _cumulative(table: Table, row: Row) -> bool:
    """Kaplan–Meier percentages are of no whole count; the sheet `percentages` holds nothing else."""
    return table.sheet.name == "percentages" or "kaplan" in word(row, "note").casefold()


def _column_decimals(table: Table, side: Side) -> int:
    column = side.columns["percent"]
    shown = [decimals(as_typed(row[column])) for row in table.rows if column in row and not row[column].is_blank]
    return min(max(shown, default=0), 1)


def _twice(table: Table) -> Iterator[CellProblem]:
    first: dict[tuple[str, ...], str] = {}
    for row in table.rows:
        names = tuple(word(row, column) for column in table.layout.identity)
        cell = row["study"].cell
        if not names[0]:
            continue
        if names in first:
            yield row_twice(cell, [name for name in names if name], first[names])
        first.setdefault(names, cell)


def _totals(table: Table) -> Iterator[CellProblem]:
    """MK-S12 by its name, or by its counts: each the sum of those above it, or of those since the last such row."""
    counts = [columns[role] for columns in table.layout.sides for role in ("events", "n") if role in columns]
    above, since = _Sums(counts), _Sums(counts)
    for row in table.rows:
        label = word(row, "study")
        sums = above.stand_in(row) or since.stand_in(row)
        if is_total(label):
            yield total_row(row["study"].cell, label, "its name is that of a sum or a pooled result")
        elif sums:
            yield total_row(row["study"].cell, label, "its counts are the sums of those above it")
        if is_total(label) or sums:
            since = _Sums(counts)
        else:
            above.add(row)
            since.add(row)


class _Sums:
    """The sums of the counts of some rows, as they are added."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.sums = dict.fromkeys(columns, 0.0)
        self.rows = 0

    def add(self, row: Row) -> None:
        self.rows += 1
        for column, value in self.sums.items():
            more = number(row, column)
            self.sums[column] = value + (more if math.isfinite(more) else 0)

    def stand_in(self, row: Row) -> bool:
        """Whether at least two counts of the row are the sums of those of at least three rows."""
        if self.rows < 3 or len(self.sums) < 2:
            return False
        return all(value > 0 and number(row, column) == value for column, value in self.sums.items())


def trials_of(table: Table) -> Iterator[CellProblem]:
    """What only shows when trials are laid side by side."""
    results = [result for result in results_of(table) if not is_total(result.study)]
    yield from _names(results)
    yield from _numbers_twice(table, results)
    groups: dict[tuple[str, ...], list[Result]] = {}
    for result in results:
        groups.setdefault((result.outcome, result.site), []).append(result)
    for group in groups.values():
        if table.layout.kind == "means":
            yield from _means(group)
        if table.layout.shape == "contrasts":
            yield from _contrasts(table, group)
        yield from signs(table, group)
        if table.layout.kind == "effects":
            yield from errors_among(group)


def _names(results: Sequence[Result]) -> Iterator[CellProblem]:
    first: dict[str, tuple[str, str]] = {}
    told = set()
    for result in results:
        key, cell = normal_name(result.study), result.row["study"].cell
        name, at = first.setdefault(key, (result.study, cell))
        if key and name != result.study and result.study not in told:
            told.add(result.study)
            yield one_study_two_names(cell, result.study, name, at)


def _numbers_twice(table: Table, results: Sequence[Result]) -> Iterator[CellProblem]:
    roles = {
        "counts": ("events", "n"),
        "means": ("mean", "sd", "dispersion", "n"),
        "effects": ("estimate", "ci_low", "ci_high", "se"),
    }
    wanted = roles.get(table.layout.kind)
    if wanted is None:
        return
    first: dict[tuple[tuple[float, ...], ...], Result] = {}
    for result in results:
        numbers = tuple(
            sorted(tuple(arm.side.number(role) for role in wanted if arm.side.has(role)) for arm in result.arms)
        )
        flat = [number for arm in numbers for number in arm]
        telling = {number for number in flat if number not in {0.0, 1.0}}
        if len(flat) < (3 if table.layout.kind == "effects" else 4) or len(telling) < 3:
            continue
        earlier = first.setdefault(numbers, result)
        if earlier is not result and normal_name(earlier.study) != normal_name(result.study):
            yield numbers_twice(
                result.row["study"].cell,
                result.study,
                earlier.study,
                earlier.row["study"].cell,
                [plain(number) for number in flat],
            )


def _means(group: Sequence[Result]) -> Iterator[CellProblem]:
    spreads: dict[str, Spread] = {}
    units, kinds = [], []
    both = _both(group)
    for result in group:
        kind = word(result.row, "change_or_final")
        if kind.casefold() != "baseline":
            kinds.append((result.study, result.row["study"].cell, kind))
        unit = result.row.get("unit")
        if unit is not None and not unit.is_blank:
            units.append((result.study, unit.cell, unit.raw))
        spread = spread_of(result)
        if spread is not None:
            spreads.setdefault(f"{result.study} {kind}" if both else result.study, spread)
    yield from units_named_apart(units)
    yield from change_with_final(kinds)
    if len({unit.casefold() for _, _, unit in units}) <= 1 and not both:
        yield from _spreads(group, list(spreads.values()))


def _spreads(group: Sequence[Result], spreads: Sequence[Spread]) -> Iterator[CellProblem]:
    """MK-M07 and M05, each trial told once; MK-E15 for a mean of another sign."""
    found = units_mixed(spreads)
    found += [problem for problem in se_as_sd(spreads) if problem.cell not in {told.cell for told in found}]
    yield from found
    odd = {spread.study for spread in spreads if spread.cell in {problem.cell for problem in found}}
    arms = [arm_spreads(result) for result in group]
    field = [math.log(spread.sd) for pair in arms for spread in pair]
    for result, pair in zip(group, arms, strict=True):
        if len(pair) == 2 and result.study not in odd and len(field) <= MANY:
            for arm, other in (pair, pair[::-1]):
                rest = list(field)
                rest.remove(math.log(arm.sd))
                yield from se_beside_sd(arm, other, rest)
    if all(word(result.row, "change_or_final").casefold() != "change" for result in group):
        yield from mean_of_other_sign([mean for result in group for mean in means_of(result)])


def _both(group: Sequence[Result]) -> bool:
    kinds = {word(result.row, "change_or_final").casefold() for result in group} - {"baseline", ""}
    return len(kinds) > 1


def _contrasts(table: Table, group: Sequence[Result]) -> Iterator[CellProblem]:
    """MK-A06 for a control that serves two rows, MK-S15 for different follow-up, one row per trial."""
    if table.layout.kind in {"counts", "means"}:
        first: dict[tuple[object, ...], Result] = {}
        for result in group:
            control = result.arms[-1]
            roles = ("events", "mean", "sd", "dispersion", "n")
            numbers = tuple(control.side.number(role) for role in roles if control.side.has(role))
            stem = normal_name(_STEM.sub("", result.study))
            if len(numbers) < 2:
                continue
            earlier = first.setdefault((stem, result.time, numbers), result)
            if (earlier.study, earlier.arms[0].label) != (result.study, result.arms[0].label):
                yield _control_twice(result, earlier)
    times: dict[str, str] = {}
    studies = [result.study for result in group]
    for result in group:
        if result.time:
            times.setdefault(result.time, result.row["time"].cell)
    if table.layout.kind != "effects" and len(times) > 1 and len(set(studies)) == len(studies):
        yield times_mixed(list(times.values())[1], times)


def _control_twice(result: Result, earlier: Result) -> CellProblem:
    role = "events" if "events" in result.arms[-1].side.columns else "mean"
    side, before = result.arms[-1].side, earlier.arms[-1].side
    entry, people = side.entry(role), plain(side.number("n"))
    label = result.arms[-1].label
    numbers = f"{plain(side.number(role))} of {people}" if role == "events" else f"mean {plain(side.number(role))}"
    name = label if label != "control" else numbers
    told = control_twice(
        side.problem("", role, "").cell,
        _STEM.sub("", result.study),
        name,
        before.problem("", role, "").cell,
        pooled=True,
    )
    return replace(told, column=side.columns[role], raw=entry.raw if entry is not None else "")
