"""Text files of columns (.csv, .tsv, .txt): encoding, delimiter and decimal sign are found and told.

Everything in them is text until it reads as a number.
"""

import csv
import re
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from metak2.errors import CellProblem, StudyDataError
from metak2.studies.checks.files import not_utf8, unreadable
from metak2.studies.checks.reading import text_file_read_as, too_many_cells, too_many_columns
from metak2.studies.checks.structure import misaligned_row
from metak2.studies.grid import Grid
from metak2.studies.guards import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, read_bytes
from metak2.studies.sheet import CellValue, column_letter

MOST_BYTES = 20_000_000  # a hundred times the largest extraction sheet
HEAD = 200_000  # characters in which the delimiter is looked for
DELIMITERS = (",", ";", "\t", "|")
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

_NUMBER = re.compile(r"[+-]?(?:0|[1-9][0-9]*)?(?:\.[0-9]+|(?<=[0-9])\.?)(?:[eE][+-]?[0-9]{1,3})?")
_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
_POINT = re.compile(r"[+-]?[0-9]*\.[0-9]+")


def read_csv(path: Path, source: str) -> tuple[list[Grid], list[CellProblem]]:
    """The file as one sheet named like the file without its ending, and a note on how it was read."""
    text, encoding = decode(read_bytes(path, source, MOST_BYTES), source)
    return grid_of_text(text, encoding, path.stem, source)


def grid_of_text(text: str, encoding: str, name: str, source: str) -> tuple[list[Grid], list[CellProblem]]:
    """The text as one sheet, with a note where it is not UTF-8 with commas and decimal points."""
    delimiter = find_delimiter(text)
    lines = split_lines(text, delimiter, name, source)
    width = max((len(line) for line in lines[:1]), default=0)
    decimal = "," if delimiter != "," and _uses_comma(lines) else "."
    grid = [
        [
            _cell(raw, f"{name}!{column_letter(position)}{number}", decimal)
            for position, raw in enumerate(line + [""] * (width - len(line)))
        ]
        for number, line in enumerate(lines, start=1)
    ]
    _refuse_spills(grid, source)
    plain = (encoding.startswith("utf-8"), delimiter, decimal) == (True, ",", ".")
    notes = [] if plain else [text_file_read_as(encoding.removesuffix("-sig"), delimiter, decimal)]
    rows = tuple((number, tuple(cells)) for number, cells in enumerate(grid, start=1))
    return [Grid(source=source, title=name, rows=rows, decimal=decimal)], notes


def decode(content: bytes, source: str) -> tuple[str, str]:
    """The text and its encoding: by its byte order mark, else UTF-8, UTF-16 without a mark, or Windows-1252."""
    marked = next((encoding for mark, encoding in MARKS if content.startswith(mark)), None)
    zeros = content[:2000].count(0)
    guesses = [marked] if marked else ["utf-8", *(_without_mark(content) if zeros else ["cp1252"])]
    position = 0
    for encoding in guesses:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            position = error.start
        else:
            if encoding != "cp1252" or not re.search("[\x00-\x08\x0e-\x1f]", text):
                return text, encoding
    raise StudyDataError([not_utf8(position)], source=source)


def _without_mark(content: bytes) -> list[str]:
    """UTF-16 where every second byte is mostly zero."""
    head = content[:2000]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) < len(head) / 8:
        return []
    return ["utf-16-be" if even > odd else "utf-16-le"]


def find_delimiter(text: str) -> str:
    r"""The sign that divides the first lines into the most equal number of columns.

    >>> find_delimiter("study;n\nA;1,5\n"), find_delimiter("study,n\nA,1\n")
    (';', ',')
    """
    head = [line for line in text[:HEAD].splitlines()[:30] if line.strip()]
    if not head:
        return ","

    def evenness(delimiter: str) -> tuple[int, int]:
        try:
            widths = [len(row) for row in csv.reader(head, delimiter=delimiter)]
        except csv.Error:
            return 0, 0
        commonest = max(set(widths), key=widths.count)
        return (widths.count(commonest) if commonest > 1 else 0), commonest

    return max(DELIMITERS, key=evenness)


def split_lines(text: str, delimiter: str, name: str, source: str) -> list[list[str]]:
    """The lines as lists of cells. StudyDataError for a quotation mark never closed, or too much to be a sheet."""
    lines: list[list[str]] = []
    cells = 0
    problem = None
    try:
        for line in csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True):
            lines.append(line)
            cells += len(line)
            if len(line) > MOST_COLUMNS:
                problem = too_many_columns(name, MOST_COLUMNS)
            elif len(lines) > MOST_ROWS or cells > 4 * MOST_CELLS:
                problem = too_many_cells(name, "rows", MOST_ROWS)
            if problem is not None:
                break
    except csv.Error as error:
        problem = unreadable(str(error))
    if problem is not None:
        raise StudyDataError([problem], source=source)
    return lines


def _uses_comma(lines: Sequence[Sequence[str]]) -> bool:
    """Whether numbers are written with decimal commas and none with a point, except before groups of three digits."""
    cells = [cell.strip() for line in lines[1:500] for cell in line]
    return any(_COMMA.fullmatch(cell) for cell in cells) and not any(
        _POINT.fullmatch(cell) and not _THOUSANDS.fullmatch(cell) for cell in cells
    )


def _refuse_spills(grid: Sequence[Sequence[CellValue]], source: str) -> None:
    """StudyDataError for each line longer than the widest of the first lines, among which the header stands."""
    titled = bool(grid) and sum(not cell.is_blank for cell in grid[0]) <= 1
    width = max((len(cells) for cells in (grid[:25] if titled else grid[:1])), default=0)
    spilled = [
        misaligned_row(cells[width].address, cells[width].raw, width)
        for cells in grid[1:]
        if not all(beyond.is_blank for beyond in cells[width:])
    ]
    if spilled:
        raise StudyDataError(spilled, source=source)


def _cell(raw: str, address: str, decimal: str) -> CellValue:
    text = raw.strip()
    if _NUMBER.fullmatch(text) and (decimal == "." or "." not in text):
        return CellValue(value=float(text), address=address, raw=text)
    return CellValue(value=text or None, address=address, raw=raw)
