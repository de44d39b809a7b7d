"""CSV files in UTF-8, with or without a byte order mark. Everything in them is text until it reads as a number."""

import csv
import re
from pathlib import Path

from metak2.errors import StudyDataError
from metak2.studies.checks.files import not_utf8, too_large, unreadable
from metak2.studies.checks.structure import misaligned_row
from metak2.studies.sheet import Book, CellValue, column_letter, sheet_from_cells

MOST_BYTES = 200_000_000

_NUMBER = re.compile(r"[+-]?(?:0|[1-9][0-9]*)?(?:\.[0-9]+|(?<=[0-9])\.?)(?:[eE][+-]?[0-9]{1,3})?")


def read_csv(path: Path, source: str) -> Book:
    """The file as a book of one sheet named like the file without its ending."""
    if path.stat().st_size > MOST_BYTES:
        raise StudyDataError([too_large(path.stat().st_size, MOST_BYTES)], source=source)
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            lines = list(csv.reader(handle, strict=True))
    except UnicodeDecodeError as error:
        raise StudyDataError([not_utf8(error.start)], source=source) from error
    except csv.Error as error:
        raise StudyDataError([unreadable(str(error))], source=source) from error
    width = len(lines[0]) if lines else 0
    grid = [
        [
            _cell(raw, f"{path.stem}!{column_letter(position)}{number}")
            for position, raw in enumerate(_padded(line, width))
        ]
        for number, line in enumerate(lines, start=1)
    ]
    header = grid[0] if grid else []
    spilled = [
        misaligned_row(cell.address, cell.raw, len(header))
        for cells in grid[1:]
        for cell in cells[len(header) : len(header) + 1]
        if not all(beyond.is_blank for beyond in cells[len(header) :])
    ]
    if spilled:
        raise StudyDataError(spilled, source=source)
    return Book(source=source, sheets={path.stem: sheet_from_cells(source, path.stem, header, grid[1:])})


def _padded(line: list[str], width: int) -> list[str]:
    return line + [""] * (width - len(line))


def _cell(raw: str, address: str) -> CellValue:
    text = raw.strip()
    if _NUMBER.fullmatch(text):
        return CellValue(value=float(text), address=address, raw=text)
    return CellValue(value=text or None, address=address, raw=raw)
