"""Answers put into effect: corrected values, numbers of one cell laid into several columns, excluded rows."""

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

from metak2.errors import CellProblem
from metak2.studies.answers import COMMAS, Answer
from metak2.studies.checks.answering import answer_not_applicable, answer_void
from metak2.studies.checks.text_numbers import numbers_in
from metak2.studies.sheet import Book, CellValue, Sheet, raw_text, text_of


def apply_answers(book: Book, answers: Sequence[Answer]) -> tuple[Book, list[CellProblem]]:
    """The book with corrections made and exclusions left out; MK-Q01 for answers that do not hold any more.

    The content of a file is never changed: a corrected cell keeps its address, and its rule says what was done.
    """
    acting = [answer for answer in answers if answer.action != "accept"]
    if not acting:
        return book, []
    problems: list[CellProblem] = []
    sheets = {}
    for name, sheet in book.sheets.items():
        mine = [answer for answer in acting if (answer.cell.rpartition("!")[0] or answer.cell) == name]
        if any(answer.cell == name and answer.action == "exclude" for answer in mine):
            continue
        sheets[name] = _answered(sheet, mine, problems) if mine else sheet
    return replace(book, sheets=MappingProxyType(sheets)), problems


def _answered(sheet: Sheet, answers: Sequence[Answer], problems: list[CellProblem]) -> Sheet:
    excluded = {answer.cell for answer in answers if answer.action == "exclude"}
    columns = tuple(column for column in sheet.columns if not _header_of(sheet, column) & excluded)
    rows = []
    new: dict[str, None] = {}
    for raw in sheet.rows:
        row: dict[str, CellValue] | None = {column: cell for column, cell in raw.items() if column in columns}
        for answer in answers:
            if row is not None:
                row = _one(row, answer, problems)
        if row is not None:
            rows.append(MappingProxyType(row))
            new.update(dict.fromkeys(row))
    added = tuple(column for column in new if column not in columns)
    return replace(sheet, rows=tuple(rows), columns=columns + added)


def _one(row: dict[str, CellValue], answer: Answer, problems: list[CellProblem]) -> dict[str, CellValue] | None:
    """The row after one answer, None where it is excluded."""
    for column, cell in row.items():
        if not answer.covers(cell.address) or (_is_column(answer) and answer.action == "exclude"):
            continue
        text = text_of(cell) or cell.formula
        if text not in answer.raw:
            if answer.cell == cell.address:
                problems.append(answer_void(cell.address, answer.code, answer.raw[0], text))
            continue
        if answer.action == "exclude":
            return None
        return _corrected(row, column, answer, problems)
    return row


def _corrected(
    row: dict[str, CellValue], column: str, answer: Answer, problems: list[CellProblem]
) -> dict[str, CellValue]:
    cell = row[column]
    text = text_of(cell) or cell.formula
    rule = f"{answer.code}: answered by {answer.name}, {answer.date}: '{text}'"
    if answer.value is not None:
        return {**row, column: _valued(cell, answer.value, f"{rule} → {raw_text(answer.value)}")}
    read = numbers_in(text)
    if answer.read_as[0] in COMMAS:
        dots = text.replace(",", "." if answer.read_as[0] == COMMAS[0] else "")
        read = numbers_in(dots)
        if len(read.numbers) == 1:
            return {**row, column: _valued(cell, read.numbers[0], f"{rule} → {dots}")}
        problems.append(answer_not_applicable(cell.address, text, "it is not one number with a comma"))
        return row
    if read.comma == "ambiguous" or len(read.numbers) != len(answer.read_as):
        reason = f"it holds {len(read.numbers)} numbers, and read_as names {len(answer.read_as)} columns"
        if read.comma == "ambiguous":
            reason = "its comma may group thousands: type the numbers"
        problems.append(answer_not_applicable(cell.address, text, reason))
        return row
    laid = {
        name: _valued(cell, number, f"{rule} → {name} {raw_text(number)}")
        for name, number in zip(answer.read_as, read.numbers, strict=True)
    }
    taken = [name for name in laid if name != column and name in row and not row[name].is_blank]
    if taken:
        problems.append(
            answer_not_applicable(cell.address, text, f"{taken[0]} holds '{text_of(row[taken[0]])}' already")
        )
        return row
    kept = {name: value for name, value in row.items() if name != column or name in laid}
    return {**kept, **laid}


def _valued(cell: CellValue, value: float | str, rule: str) -> CellValue:
    return replace(cell, value=value, raw=raw_text(value), formula="", number_format="", rule=rule)


def _is_column(answer: Answer) -> bool:
    return answer.cell.rpartition("!")[2].isalpha() and "!" in answer.cell


def _header_of(sheet: Sheet, column: str) -> set[str]:
    """The column as an answer may name it: "trials!F", or the cell of its name, "trials!F1"."""
    address = sheet.header[column].address if column in sheet.header else ""
    return {address, address.rstrip("0123456789")} - {""}
