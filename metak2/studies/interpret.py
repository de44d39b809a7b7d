"""From cells to numbers and text: our own list of what counts as blank, and a problem for all that is neither."""

import math
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta

from metak2.errors import CellProblem
from metak2.studies.checks import ROW_CHECKS, cells
from metak2.studies.checks.structure import blank_study
from metak2.studies.checks.text_numbers import numbers_in
from metak2.studies.checks.typed import COUNTS, ambiguous_point, read_typed, several_numbers, thousands
from metak2.studies.layouts import Layout
from metak2.studies.rows import Entry, Row, Side, plain
from metak2.studies.sheet import POINT, CellValue, Sheet, text_of, tidy

MISSING = frozenset({"", "na", "n/a", "nr", "not reported", "."})
NAMES = frozenset({"study", "outcome", "time", "site", "arm", "experimental", "control", "arm_e", "arm_c"})
ALWAYS_TEXT = NAMES | frozenset(
    {"note", "authors", "title", "doi", "pmid", "registration", "page", "subgroup", "adjusted_for"}
)
NUMBERS_OF_A_STUDY = frozenset({"year", "duration_months", "n_randomised", "n_analysed"})

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


def numeric_columns(sheet: Sheet, layout: Layout) -> frozenset[str]:
    """The columns to be read as numbers: those the layout needs, and others that hold nothing but numbers."""
    free = [column for column in sheet.columns if column not in ALWAYS_TEXT and not layout.role(column)]
    return layout.numeric() | {column for column in free if _all_numbers(sheet, column)}


def _all_numbers(sheet: Sheet, column: str) -> bool:
    found = [row[column] for row in sheet.rows if column in row and text_of(row[column]).casefold() not in MISSING]
    if not found:
        return column.removeprefix("study_") in NUMBERS_OF_A_STUDY
    if not any(_is_number(cell.value) for cell in found):
        return False
    return all(_is_number(cell.value) or _NUMBER.fullmatch(text_of(cell)) for cell in found)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def read_row(raw: Mapping[str, CellValue], layout: Layout, numeric: frozenset[str]) -> tuple[Row, list[CellProblem]]:
    """Every column of the row as a number or text, with what was wrong in its cells and between them."""
    row = {}
    problems: list[CellProblem] = []
    for column, cell in raw.items():
        reader = _read_number if column in numeric else _read_text
        row[column], found = reader(cell, column, layout.role(column))
        problems += found
    return row, problems + check_row(row, layout)


def check_row(row: Row, layout: Layout) -> list[CellProblem]:
    """What cannot be right in one row, by the checks for its kind of data."""
    sides = [Side(row=row, columns=columns) for columns in layout.sides]
    return [problem for side in sides for check in ROW_CHECKS[layout.kind] for problem in check(side)]


def blank_studies(sheet: Sheet) -> Iterable[CellProblem]:
    """MK-S08 for each row that names no study."""
    for row in sheet.rows:
        if not text_of(row.get("study")):
            first = next(cell for cell in row.values() if not cell.is_blank)
            yield blank_study(row["study"].address if "study" in row else first.address, sheet.name)


def _read_number(cell: CellValue, column: str, role: str) -> tuple[Entry, list[CellProblem]]:
    raw = tidy(cell.raw)
    value, problem, rule = math.nan, trouble(cell, column), cell.rule or _calculated(cell)
    if problem is not None or cell.value is None:
        pass
    elif isinstance(cell.value, bool):
        problem = cells.truth_in_number(cell.address, column, raw)
    elif isinstance(cell.value, (date, time, timedelta)):
        problem = cells.date_in_cell(cell.address, column, raw, cell.value, measured=role not in COUNTS)
    elif isinstance(cell.value, (int, float)) and abs(cell.value) <= sys.float_info.max:
        value = float(cell.value)
    elif raw.casefold() not in MISSING:
        value, problem = _number_in_text(cell, column, raw, role)
        rule = rule or ("" if math.isnan(value) else "text read as a number")
    entry = Entry(value=value, cell=cell.address, raw=raw, rule=rule, source=cell.comment)
    return entry, [] if problem is None else [problem]


def _calculated(cell: CellValue) -> str:
    return f"the stored result of {tidy(cell.formula)}" if cell.formula else ""


def _number_in_text(cell: CellValue, column: str, raw: str, role: str) -> tuple[float, CellProblem]:
    """The number that a text says, with a note; NaN with the error where it must be asked."""
    if cell.rule == POINT and role in COUNTS:  # no count has decimals
        whole = raw.replace(".", "")
        return float(whole), thousands(cell.address, column, raw, whole)
    if cell.rule == POINT:
        return math.nan, ambiguous_point(cell.address, column, raw, "the sheet has decimal commas")
    if isinstance(cell.value, str) and len(cell.value.strip().splitlines()) > 1 and numbers_in(raw).numbers:
        return math.nan, several_numbers(cell.address, column, raw, numbers_in(raw).shape)
    typed = read_typed(cell.address, column, raw, role)
    if typed is not None and math.isfinite(typed[0]):
        return typed
    read = numbers_in(raw)
    if read.kind == "plain" and math.isfinite(read.numbers[0]):
        return read.numbers[0], cells.number_as_text(cell.address, column, raw, plain(read.numbers[0]))
    return math.nan, cells.word_in_number(cell.address, column, raw, role)


def _read_text(cell: CellValue, column: str, _role: str) -> tuple[Entry, list[CellProblem]]:
    text = text_of(cell)
    problem = trouble(cell, column)
    if problem is None and column in NAMES and isinstance(cell.value, (date, time, timedelta)):
        problem = cells.date_in_cell(cell.address, column, text, cell.value)
    if problem is None and isinstance(cell.value, str) and tidy(cell.value) != cell.value.strip():
        problem = cells.control_characters(cell.address, column, text)
    entry = Entry(value=text, cell=cell.address, raw=text, rule=cell.rule, source=cell.comment)
    return entry, [] if problem is None else [problem]


def trouble(cell: CellValue, column: str) -> CellProblem | None:
    """The problem of a formula that failed or has no stored result, if that is what the cell holds."""
    if cell.formula and cell.value is None:
        return cells.formula_without_result(cell.address, column, tidy(cell.formula))
    if isinstance(cell.value, str) and cell.value.strip() in cells.FORMULA_ERRORS:
        return cells.formula_error(cell.address, column, cell.value.strip())
    return None
