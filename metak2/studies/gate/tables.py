"""The sheets with results as tables: each row read, each arm in its role, beside the cells as they were found."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from metak2.errors import CellProblem
from metak2.studies.checks.cells import LARGEST, SMALLEST, beyond_measure
from metak2.studies.interpret import numeric_columns, read_row
from metak2.studies.layouts import LAYOUTS, Layout, has_layout, layout_of
from metak2.studies.rows import Row, Side, word
from metak2.studies.sheet import Book, CellValue, Sheet

RESULT = ("outcome", "site", "time")
NOT_POOLED = frozenset(
    {"baseline", "dose_response", "targets", "reported", "claims", "misprints", "sources", "codebook"}
)
BESIDE = ("counts", "means", "rates", "percentages", "effects")
ALIKE = ("unit", "change_or_final", "statistic", "direction")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """A sheet with results: `raw` and `rows` are the same rows before and after reading.

    `pooled` is False where results stand that no analysis chooses by itself, such as the sheet dose_response.
    """

    sheet: Sheet
    layout: Layout
    raw: tuple[Mapping[str, CellValue], ...]
    rows: tuple[Row, ...]
    problems: tuple[CellProblem, ...]
    pooled: bool = True

    def sides(self) -> Iterator[tuple[Mapping[str, CellValue], Row, Side]]:
        """Each arm or effect with its row."""
        for raw, row in zip(self.raw, self.rows, strict=True):
            for columns in self.layout.sides:
                yield raw, row, Side(row=row, columns=columns)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arm:
    """One arm of one result: its label, and its numbers by role."""

    label: str
    row: Row
    side: Side


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Result:
    """Everything reported of one study, outcome, site and time in one unit and kind."""

    study: str
    outcome: str
    site: str
    time: str
    kind: tuple[str, ...]
    arms: tuple[Arm, ...]

    @property
    def row(self) -> Row:
        """The row of the first arm."""
        return self.arms[0].row


def tables_of(book: Book) -> dict[str, tuple[Table, ...]]:
    """Every sheet with results, by name: one table for each kind of data whose columns it has."""
    found = {
        name: tuple(_table(sheet, layout) for layout in _layouts(sheet))
        for name, sheet in book.sheets.items()
        if sheet.rows and sheet.columns and has_layout(sheet)
    }
    return {name: tables for name, tables in found.items() if tables}


def _layouts(sheet: Sheet) -> list[Layout]:
    """The layout that a reading would choose, and those of other kinds that the same rows have the columns of."""
    chosen = layout_of(sheet)
    if chosen.kind not in BESIDE:
        return [chosen]
    by_kind = {chosen.kind: chosen}
    for layout in LAYOUTS:
        if layout.kind in BESIDE and layout.shape == chosen.shape and not layout.missing(sheet.columns):
            by_kind.setdefault(layout.kind, layout)
    return list(by_kind.values())


def _table(sheet: Sheet, layout: Layout) -> Table:
    numeric = numeric_columns(sheet, layout)
    rows = []
    problems: list[CellProblem] = []
    for raw in sheet.rows:
        row, found = read_row(raw, layout, numeric)
        beyond = [column for column, entry in row.items() if _is_beyond(entry.value)]
        problems += [*found, *(beyond_measure(row[column].cell, column, row[column].raw) for column in beyond)]
        rows.append({**row, **{column: replace(row[column], value=math.nan) for column in beyond}})
    return Table(
        sheet=sheet,
        layout=layout,
        raw=sheet.rows,
        rows=tuple(rows),
        problems=tuple(problems),
        pooled=sheet.name not in NOT_POOLED,
    )


def _is_beyond(value: float | str) -> bool:
    return isinstance(value, float) and (abs(value) > LARGEST or 0 < abs(value) < SMALLEST)


def results_of(table: Table) -> list[Result]:
    """The rows as results: in a long sheet the arms of one result are brought together."""
    if table.layout.shape == "arms":
        return _long(table)
    arms = ("experimental", "control")
    found = []
    for row in table.rows:
        sides = [Side(row=row, columns=columns) for columns in table.layout.sides]
        labels = [word(row, f"arm_{letter}") or name for letter, name in zip("ec", arms, strict=True)]
        if len(sides) == 1:
            labels = [word(row, "arm")]
        made = [Arm(label=label, row=row, side=side) for label, side in zip(labels, sides, strict=False)]
        found.append(_result(row, made))
    return found


def _long(table: Table) -> list[Result]:
    groups: dict[tuple[str, ...], list[Arm]] = {}
    for row in table.rows:
        key = tuple(word(row, column) for column in ("study", *RESULT, *ALIKE))
        groups.setdefault(key, []).append(
            Arm(label=word(row, "arm"), row=row, side=Side(row=row, columns=table.layout.sides[0]))
        )
    return [_result(arms[0].row, arms) for arms in groups.values()]


def _result(row: Row, arms: list[Arm]) -> Result:
    return Result(
        study=word(row, "study"),
        outcome=word(row, "outcome"),
        site=word(row, "site"),
        time=word(row, "time"),
        kind=tuple(word(row, column) for column in ALIKE),
        arms=tuple(arms),
    )
