"""Cell by cell and column by column: what is hidden, marked, coded or out of place."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping

from metak2.errors import CellProblem
from metak2.studies.checks.arms import word_as_name
from metak2.studies.checks.counts import percentage_for_count
from metak2.studies.checks.files import rows_cut_off
from metak2.studies.checks.gaps import MISSING_CODES, missing_code
from metak2.studies.checks.looks import (
    coloured_cell,
    filtered_row,
    hidden_column,
    hidden_row,
    hidden_sheet,
    merged_cell,
    struck_through,
)
from metak2.studies.checks.repeats import age_against_words, age_allowed
from metak2.studies.checks.text_numbers import numbers_in
from metak2.studies.checks.typed import (
    ambiguous_point,
    date_serial,
    decreased_by_minus,
    looks_like_serial,
    shown_as_percentage,
)
from metak2.studies.gate.tables import Table
from metak2.studies.grid import merged_ranges
from metak2.studies.guards import position_of
from metak2.studies.interpret import trouble
from metak2.studies.rows import Side
from metak2.studies.sheet import POINT, CellValue, Sheet, text_of

NAMES = ("study", "arm", "arm_e", "arm_c", "experimental", "control", "outcome", "time", "subgroup")
BLANK_ELSEWHERE = frozenset({"none", "na", "n/a", "nan", "null", "#n/a", "-nan", "<na>"})
LAST_ROWS = (65_536, 1_048_576)
COUNTS = ("events", "n", "n_randomised")
RECENT = (42005, 47848)  # Excel's numbers for 2015 to 2030
_POINT = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
AGES = ("mean_age", "age_mean", "age", "age_years")


def look_at_sheet(sheet: Sheet, *, holds_results: bool) -> Iterator[CellProblem]:
    """MK-H, MK-F10 and MK-A10: what the look of the sheet says beside its values."""
    if sheet.hidden:
        yield hidden_sheet(sheet.name, holds_results=holds_results)
    if holds_results or sheet.name == "studies":
        yield from _hidden(sheet)
    yield from _struck_and_merged(sheet)
    yield from _coloured(sheet)
    yield from _names(sheet)
    last = max((int(_digits(cell.address)) for row in sheet.rows[-1:] for cell in row.values()), default=0)
    if last in LAST_ROWS:
        yield rows_cut_off(sheet.name, last)


def _hidden(sheet: Sheet) -> Iterator[CellProblem]:
    columns: dict[str, str] = {}
    for row in sheet.rows:
        looks = {cell.hidden for cell in row.values()}
        first = next(iter(row.values()))
        who = text_of(row.get("study")) or text_of(first)
        if "row" in looks:
            yield hidden_row(first.address, who, text_of(first))
        elif "filter" in looks:
            yield filtered_row(first.address, who, text_of(first))
        for column, cell in row.items():
            if cell.hidden == "column" and not cell.is_blank:
                columns.setdefault(column, cell.address)
    for column, address in columns.items():
        header = sheet.header.get(column)
        yield hidden_column(header.address if header is not None else address, column)


def _struck_and_merged(sheet: Sheet) -> Iterator[CellProblem]:
    merged = merged_ranges({cell.merged for row in sheet.rows for cell in row.values() if cell.merged})
    for row in sheet.rows:
        for column, cell in row.items():
            if cell.struck and not cell.is_blank:
                yield struck_through(cell.address, column, text_of(cell))
            if merged and cell.is_blank and (span := merged.get(_place(cell.address))):
                yield merged_cell(cell.address, column, span)


def _coloured(sheet: Sheet) -> Iterator[CellProblem]:
    first: dict[str, str] = {}
    count: Counter[str] = Counter()
    for row in sheet.rows:
        for cell in row.values():
            if cell.fill and cell.fill.upper() not in {"FFFFFF", "FFFFFFFF"} and not cell.is_blank:
                first.setdefault(cell.fill, cell.address)
                count[cell.fill] += 1
    for colour, address in first.items():
        yield coloured_cell(address, colour, count[colour])


def _names(sheet: Sheet) -> Iterator[CellProblem]:
    for column in (name for name in NAMES if name in sheet.columns):
        named = [row[column] for row in sheet.rows if column in row]
        found: dict[str, list[CellValue]] = {}
        for cell in named:
            text = text_of(cell)
            if text.casefold() in BLANK_ELSEWHERE:
                found.setdefault(text, []).append(cell)
        for text, cells in found.items():
            yield word_as_name(cells[0].address, column, text, len(cells))


def words_of(sheet: Sheet) -> Iterator[CellProblem]:
    """MK-T03, MK-T04, MK-T17 and MK-S16 in a sheet that holds no results of its own, or in its text columns."""
    for row in sheet.rows:
        for column, cell in row.items():
            problem = trouble(cell, column)
            if problem is not None:
                yield problem
            elif isinstance(cell.value, str) and len(cell.value) > 12:
                yield from decreased_by_minus(cell.address, column, text_of(cell))
        yield from _age(row)


def _age(row: Mapping[str, CellValue]) -> Iterator[CellProblem]:
    said = row.get("population")
    given = next((row[column] for column in AGES if column in row), None)
    if said is not None and given is not None and isinstance(given.value, (int, float)):
        age = float(given.value)
        if not age_allowed(text_of(said), age):
            yield age_against_words(said.address, "population", text_of(said), age, given.address)


def columns_of(table: Table) -> Iterator[CellProblem]:
    """MK-T08, MK-C08 and MK-G02: a number that does not belong with its column or row."""
    counts = {columns[role] for columns in table.layout.sides for role in COUNTS if role in columns}
    dated = any(problem.code == "MK-T01" and problem.column in counts | {"percent"} for problem in table.problems)
    serials: list[CellProblem] = []
    for raw, _, side in table.sides():
        serials += _serials(side, dated=dated)
        events = raw.get(side.columns.get("events", ""))
        if events is not None:
            yield from percentage_for_count(side, events.number_format)
    for column in sorted(table.layout.numeric()):
        yield from _codes(table, column)
        told = {problem.cell for problem in serials}
        serials += [problem for problem in _recent_dates(table, column) if problem.cell not in told]
        yield from _points(table, column)
        yield from _per_cent_formats(table, column)
    yield from serials


def _recent_dates(table: Table, column: str) -> Iterator[CellProblem]:
    """MK-T08 for Excel's number of a day from 2015 to 2030 that is far above the rest of its column."""
    numbers = [row[column] for row in table.rows if column in row and isinstance(row[column].value, float)]
    others = [abs(float(entry.value)) for entry in numbers if not _stands_for_another(float(entry.value))]
    measured = table.layout.role(column) not in COUNTS
    for entry in numbers:
        value = float(entry.value)
        if _is_recent(value) and len(others) > 1 and value > 20 * max(others):
            yield date_serial(entry.cell, column, value, "the rest of the column is far from it", measured=measured)


def _is_recent(value: float) -> bool:
    return RECENT[0] <= value <= RECENT[1] and value.is_integer()


def _stands_for_another(value: float) -> bool:
    """Whether a number may be a code for "missing" or a date, so that it is no measure of what a column holds."""
    return value in MISSING_CODES or _is_recent(value) or math.isnan(value)


def _points(table: Table, column: str) -> Iterator[CellProblem]:
    """MK-T10 for a text such as "1.204" where decimal commas show that a point may group thousands."""
    cells = [row[column] for row in table.raw if column in row and isinstance(row[column].value, str)]
    answered = any(row[column].rule.startswith("MK-T09") for row in table.raw if column in row)
    if answered or any(numbers_in(text_of(cell)).kind == "decimal comma" for cell in cells):
        for cell in cells:
            if _POINT.fullmatch(text_of(cell)) and cell.rule != POINT:
                yield ambiguous_point(cell.address, column, text_of(cell), "the column has decimal commas")


def _per_cent_formats(table: Table, column: str) -> Iterator[CellProblem]:
    """MK-T16 for a number shown as a percentage where per cent are asked for, or other cells are not shown so."""
    cells = [row[column] for row in table.raw if column in row]
    numbers = [(cell, float(cell.value)) for cell in cells if isinstance(cell.value, (int, float))]
    shown = [(cell, value) for cell, value in numbers if "%" in cell.number_format]
    role = table.layout.role(column)
    if role == "events" or not shown or (role not in {"percent", "n"} and len(shown) == len(numbers)):
        return
    for cell, value in shown:
        yield shown_as_percentage(cell.address, column, text_of(cell), value)


def _serials(side: Side, *, dated: bool) -> Iterator[CellProblem]:
    for role in ("events", "n"):
        value = side.number(role)
        if not looks_like_serial(value):
            continue
        entry = side.entry(role)
        if entry is None:
            continue
        if dated:
            yield date_serial(entry.cell, side.columns[role], value, "a date stands in a count column of this sheet")
        elif role == "events" and value > side.number("n"):
            people = f"{side.number('n'):g} people (in {side.cell('n')})"
            yield date_serial(entry.cell, side.columns[role], value, f"more than the {people}")


def _codes(table: Table, column: str) -> Iterator[CellProblem]:
    cells = [row[column] for row in table.rows if column in row]
    numbers = [(cell, float(cell.value)) for cell in cells if isinstance(cell.value, float) and not cell.is_blank]
    others = [abs(value) for _, value in numbers if not _stands_for_another(value)]
    if len(others) < 2:
        return
    count = Counter(value for _, value in numbers)
    for cell, value in numbers:
        if (
            value in MISSING_CODES
            and abs(value) > 3 * max(others)
            and (abs(value) > 100 or count[value] > 1 or value < 0)
        ):
            yield missing_code(cell.cell, column, value, count[value])


def without_shadows(problems: list[CellProblem]) -> list[CellProblem]:
    """One mistake is told once: a percentage is not also a fraction of an event, nor a word also a blank."""
    told = {(problem.code, problem.cell) for problem in problems}
    said = {problem.cell for problem in problems if problem.severity == "error"}
    hidden = {
        "MK-C02": ("MK-C08", "MK-T10", "MK-T16"),
        "MK-C07": ("MK-T08", "MK-G02"),
        "MK-S08": ("MK-H06",),
        "MK-E02": ("MK-E04",),
        "MK-T05": ("MK-T10",),
        "MK-C01": ("MK-G02",),
        "MK-M02": ("MK-G02",),
    }
    return [
        problem
        for problem in problems
        if not any((better, problem.cell) in told for better in hidden.get(problem.code, ()))
        and not (problem.code == "MK-G01" and problem.cell in said)
    ]


def _place(address: str) -> tuple[int, int]:
    reference = address.rpartition("!")[2]
    return int(_digits(address)), position_of(reference)


def _digits(address: str) -> str:
    return "".join(filter(str.isdigit, address.rpartition("!")[2])) or "0"
