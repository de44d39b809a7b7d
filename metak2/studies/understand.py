"""From sheets as they lie in a file to sheets by column: the mapping file beside them, or a guess that is told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from metak2.errors import CellProblem, StudyDataError
from metak2.studies.checks.reading import (
    column_understood,
    footnote_left_out,
    header_found,
    mapped_column_missing,
    sheet_renamed,
)
from metak2.studies.checks.text_numbers import numbers_in
from metak2.studies.consensus import consensus_of
from metak2.studies.grid import Grid
from metak2.studies.guess import guess
from metak2.studies.header import Table, find_table
from metak2.studies.mapping import BookMapping, SheetMapping
from metak2.studies.sheet import POINT, Book, CellValue, Sheet, column_letter, sheet_from_cells, text_of
from metak2.studies.synonyms import SHEET_NAMES
from metak2.studies.wording import plain_words

DECIMAL_COMMA = frozenset({"decimal comma", "ambiguous comma"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Column:
    """A column to be: its name, where it stands in the row (None for a constant) and which of its numbers it takes."""

    name: str
    found: CellValue
    position: int | None
    part: int = 0
    parts: int = 1
    constant: str = ""


def book_from_grids(
    source: str,
    grids: Sequence[Grid],
    *,
    written_as: str,
    unseen: tuple[str, ...] = (),
    mapping: BookMapping | None = None,
) -> Book:
    """The sheets by name. StudyDataError where the mapping names what is not there."""
    told = mapping or {}
    titles = [grid.title for grid in grids]
    missing = [mapped_column_missing("", name, titles) for name in told if name not in titles]
    names = _names(titles, told)
    sheets: dict[str, Sheet] = {}
    for grid, name in zip(grids, names, strict=True):
        table = find_table(grid, told[grid.title].header if grid.title in told else ())
        said = told.get(grid.title)
        if said is not None:
            there = [text_of(cell) for cell in table.header]
            missing += [
                mapped_column_missing(name, column, there)
                for column in said.columns
                if _spaced(column) not in map(_spaced, there)
            ]
        sheets[name] = sheet_from_table(grid, table, name, said)
    if missing:
        raise StudyDataError(missing, source=source)
    return Book(source=source, sheets=sheets, format=written_as, unseen=unseen)


def guessed_mapping(grids: Sequence[Grid]) -> BookMapping:
    """What `metak2 check --map` writes: for each sheet with a layout its header's rows and its columns' meanings."""
    found: dict[str, SheetMapping] = {}
    for grid, name in zip(grids, _names([grid.title for grid in grids], {}), strict=True):
        table = find_table(grid)
        columns = [_spaced(text_of(cell)) for cell in table.header if text_of(cell)]
        meant = guess(name, columns)
        if meant is not None or table.header_rows not in {(), (1,)}:
            found[grid.title] = replace(
                meant or SheetMapping(),
                header=table.header_rows,
                decimal="," if grid.decimal == "," else "",
                name=name if name != _spaced(grid.title) else "",
            )
    return found


def sheet_from_table(grid: Grid, table: Table, name: str, said: SheetMapping | None) -> Sheet:
    """The sheet under its header, its columns renamed, split and added as the mapping or a guess says.

    Addresses name the sheet as metak2 does; `title` keeps its name in the file.
    """
    if name != _spaced(grid.title):
        table = _under_name(table, _spaced(grid.title), name)
    names = [_spaced(text_of(cell)) for cell in table.header]
    meant = said if said is not None else guess(name, [column for column in names if column])
    decimal = (said.decimal if said is not None else "") or grid.decimal
    columns = _columns(table, names, meant or SheetMapping())
    header = [replace(column.found, value=column.name or None, raw=column.name) for column in columns]
    body = [[_cell(column, row, decimal) for column in columns] for row in table.body]
    body = [_addressed(cells, row, grid) for cells, row in zip(body, table.body, strict=True)]
    sheet = sheet_from_cells(grid.source, name, header, body)
    found = {column.name: column.found for column in reversed(columns) if column.name in sheet.columns}
    notes = _notes(grid, table, name, [] if said is not None else columns)
    return consensus_of(
        replace(
            sheet,
            problems=(*sheet.problems, *notes),
            title=grid.title,
            header={column: found[column] for column in sheet.columns},
            hidden=grid.hidden,
            decimal=decimal,
        )
    )


def _under_name(table: Table, title: str, name: str) -> Table:
    def cells(row: Iterable[CellValue]) -> tuple[CellValue, ...]:
        before = f"{title}!"
        return tuple(
            replace(cell, address=f"{name}!{cell.address.removeprefix(before)}")
            if cell.address.startswith(before)
            else cell
            for cell in row
        )

    return replace(
        table, header=cells(table.header), body=tuple(map(cells, table.body)), footnotes=cells(table.footnotes)
    )


def _names(titles: Sequence[str], told: BookMapping) -> list[str]:
    """One name for each sheet: what the mapping says, metak2's own name in another spelling, or the tidied title."""
    known = {plain_words(wording): name for name, wordings in SHEET_NAMES.items() for wording in wordings}
    tidied = [_spaced(title) for title in titles]
    names: list[str] = []
    for title, tidy in zip(titles, tidied, strict=True):
        name = told[title].name if title in told and told[title].name else known.get(plain_words(tidy), tidy)
        if name in names or (name != tidy and name in tidied):
            name = tidy if tidy not in names else title
        names.append(name)
    return names


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _columns(table: Table, names: Sequence[str], meant: SheetMapping) -> list[_Column]:
    by_name = {_spaced(column): targets for column, targets in meant.columns.items()}
    columns = []
    for position, (name, cell) in enumerate(zip(names, table.header, strict=True)):
        targets = by_name.get(name, (name,))
        columns += [
            _Column(name=target, found=cell, position=position, part=part, parts=len(targets))
            for part, target in enumerate(targets)
        ]
    first = table.header[0] if table.header else CellValue(value=None, address="")
    columns += [
        _Column(name=column, found=first, position=None, constant=value) for column, value in meant.constants.items()
    ]
    return columns


def _cell(column: _Column, row: Sequence[CellValue], decimal: str) -> CellValue:
    if column.position is None:
        return CellValue(
            value=column.constant, address=column.found.address, raw=column.constant, rule="the same in every row"
        )
    if column.position >= len(row):
        return CellValue(value=None, address="")
    cell = row[column.position]
    if column.parts > 1:
        return _part(cell, column, decimal)
    return _with_comma(cell) if decimal == "," else cell


def _part(cell: CellValue, column: _Column, decimal: str) -> CellValue:
    """One of the numbers in a cell; a cell that holds another number of them, or a comma, stays in the first column."""
    read = numbers_in(cell.raw if isinstance(cell.value, str) else "")
    numbers = read.numbers
    if len(numbers) == column.parts and (not read.comma or decimal == ","):
        rule = f"number {column.part + 1} of {column.parts} in the cell"
        return replace(cell, value=numbers[column.part], rule=rule)
    return cell if column.part == 0 else replace(cell, value=None, raw="", formula="", comment="")


def _with_comma(cell: CellValue) -> CellValue:
    if not isinstance(cell.value, str):
        return cell
    read = numbers_in(cell.value)
    if read.kind in DECIMAL_COMMA:
        return replace(cell, value=read.numbers[0], rule="decimal comma")
    digits = cell.value.strip()
    if read.kind == "plain" and digits.count(".") == 1 and len(digits.rpartition(".")[2]) == 3:
        return replace(cell, rule=POINT)
    return cell


def _addressed(cells: list[CellValue], row: Sequence[CellValue], grid: Grid) -> list[CellValue]:
    """Cells beyond the end of a short row get the address where they would stand."""
    if all(cell.address for cell in cells):
        return cells
    last = row[-1].address if row else ""
    prefix, _, reference = last.rpartition("!")
    number = "".join(filter(str.isdigit, reference))
    return [
        cell if cell.address else replace(cell, address=f"{prefix or grid.title}!{column_letter(position)}{number}")
        for position, cell in enumerate(cells)
    ]


def _notes(grid: Grid, table: Table, name: str, columns: Iterable[_Column]) -> list[CellProblem]:
    notes = []
    if name != grid.title and grid.title:
        notes.append(sheet_renamed(grid.title, name))
    if table.header_rows and table.header_rows != (1,):
        notes.append(header_found(table.header[0].address, table.header_rows))
    notes += [footnote_left_out(cell.address, text_of(cell)) for cell in table.footnotes]
    by_cell: dict[str, tuple[str, list[str]]] = {}
    for column in columns:
        said = text_of(column.found) if column.position is not None else ""
        unchanged = column.name in {_spaced(said), plain_words(said).replace(" ", "_")}
        if said and column.name and not unchanged:
            by_cell.setdefault(column.found.address, (said, []))[1].append(column.name)
    notes += [column_understood(cell, said, ", ".join(names)) for cell, (said, names) in by_cell.items()]
    return notes


def with_problems(book: Book, problems: Sequence[CellProblem]) -> Book:
    """The book with notes on the whole file beside those of each sheet."""
    if not problems:
        return book
    sheets: Mapping[str, Sheet] = {
        name: replace(sheet, problems=(*problems, *sheet.problems)) for name, sheet in book.sheets.items()
    }
    return replace(book, sheets=sheets)
