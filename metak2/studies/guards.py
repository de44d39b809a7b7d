"""What is looked at before anything is unpacked or parsed: a file is hostile until read.

Refused within two seconds and 300 MB: archives that unpack to too much or lead out of themselves, XML with a document
type, sheets with a hundred thousand rows or cells far to the right. Declared sizes are trusted to be kept: `zipfile`
never hands out more bytes than a part declares.
"""

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile

from metak2.errors import CellProblem, StudyDataError
from metak2.studies.checks.files import too_large, unreadable
from metak2.studies.checks.reading import (
    archive_in_archive,
    document_type,
    path_outside,
    too_many_cells,
    too_many_columns,
)

MOST_BYTES = 100_000_000
MOST_TIMES = 150  # real sheets shrink ten- to fiftyfold; a bomb a thousandfold
SMALL = 5_000_000  # below this no ratio is a danger
MOST_PARTS = 5_000
MOST_ROWS = 100_000
MOST_CELLS = 600_000
MOST_COLUMNS = 2_000

_REFERENCE = re.compile(r"([A-Z]{1,3})[0-9]+")


class RefusedError(Exception):
    """A file that is not read; `problem` says why."""

    def __init__(self, problem: CellProblem) -> None:
        super().__init__(problem.line())
        self.problem = problem


def read_bytes(path: Path, source: str, most: int = MOST_BYTES) -> bytes:
    """The file's content, unless it is too large."""
    size = path.stat().st_size
    if size > most:
        raise StudyDataError([too_large(size, most)], source=source)
    return path.read_bytes()


def open_archive(content: bytes, source: str) -> ZipFile:
    """The archive, once its declared sizes and paths are known to be harmless; StudyDataError otherwise."""
    try:
        archive = ZipFile(BytesIO(content))
    except (BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise StudyDataError([unreadable(str(error))], source=source) from error
    parts = archive.infolist()
    limit = min(MOST_BYTES, max(SMALL, MOST_TIMES * len(content)))
    unpacked = sum(part.file_size for part in parts)
    problem = None
    if unpacked > limit:
        problem = too_large(unpacked, limit)
    elif len(parts) > MOST_PARTS:
        problem = archive_in_archive(f"{len(parts)} files")
    else:
        problem = next((path_outside(part.filename) for part in parts if leads_out(part.filename)), None)
    if problem is not None:
        raise StudyDataError([problem], source=source)
    return archive


def read_part(archive: ZipFile, name: str, source: str) -> bytes:
    """A part of the archive. StudyDataError where it is damaged, encrypted or packed in a way that is not known."""
    try:
        return archive.read(name)
    except (BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError, zlib.error) as error:
        raise StudyDataError([unreadable(f"{name}: {error}")], source=source) from error


def leads_out(name: str) -> bool:
    """Whether a path of an archive leads out of it.

    >>> leads_out("a/../../b"), leads_out("C:/b"), leads_out("analysis-data/rows.csv")
    (True, True, False)
    """
    plain = name.replace("\\", "/")
    return plain.startswith("/") or ".." in PurePosixPath(plain).parts or bool(re.match("[A-Za-z]:", plain))


@dataclass(slots=True, kw_only=True, eq=False)
class Survey:
    """What the XML of one sheet says beside its values: hidden rows and columns, a filter, merged ranges, formulas."""

    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    filtered: bool = False
    formulas: int = 0
    rows: int = 0
    cells: int = 0

    def hides(self, row: int, column: int) -> str:
        """Why a reader of the sheet does not see the cell (both counted from 1): "row", "filter", "column" or ""."""
        if row in self.hidden_rows:
            return "filter" if self.filtered else "row"
        return "column" if any(first <= column <= last for first, last in self.hidden_columns) else ""


def survey(stream: IO[bytes], sheet: str) -> Survey:
    """Look through the XML of a worksheet once. RefusedError where it is more than is safe to read."""
    found = Survey()

    def start(name: str, attributes: Mapping[str, str]) -> None:
        note = NOTED.get(name.rpartition(":")[2])
        if note is not None:
            note(found, sheet, attributes)

    def refuse(*_: object) -> None:
        raise RefusedError(document_type(sheet))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    parser.ParseFile(stream)
    return found


def _note_row(found: Survey, sheet: str, attributes: Mapping[str, str]) -> None:
    found.rows += 1
    if found.rows > MOST_ROWS:
        raise RefusedError(too_many_cells(sheet, "rows", MOST_ROWS))
    if attributes.get("hidden") in YES:
        found.hidden_rows.add(int(attributes.get("r", found.rows)))


def _note_cell(found: Survey, sheet: str, attributes: Mapping[str, str]) -> None:
    found.cells += 1
    if found.cells > MOST_CELLS:
        raise RefusedError(too_many_cells(sheet, "cells", MOST_CELLS))
    reference = attributes.get("r", "")
    if len(reference) > 3 and position_of(reference) > MOST_COLUMNS:
        raise RefusedError(too_many_columns(sheet, MOST_COLUMNS))


def _note_column(found: Survey, _: str, attributes: Mapping[str, str]) -> None:
    if attributes.get("hidden") in YES:
        found.hidden_columns.append((int(attributes.get("min", 1)), int(attributes.get("max", 1))))


def _note_merged(found: Survey, sheet: str, attributes: Mapping[str, str]) -> None:
    found.merged.append(attributes.get("ref", ""))
    if len(found.merged) > MOST_ROWS:
        raise RefusedError(too_many_cells(sheet, "merged ranges", MOST_ROWS))


def _note_filter(found: Survey, _: str, __: Mapping[str, str]) -> None:
    found.filtered = True


def _note_formula(found: Survey, _: str, __: Mapping[str, str]) -> None:
    found.formulas += 1


YES = frozenset({"1", "true"})
NOTED: Mapping[str, Callable[[Survey, str, Mapping[str, str]], None]] = {
    "row": _note_row,
    "c": _note_cell,
    "col": _note_column,
    "mergeCell": _note_merged,
    "filterColumn": _note_filter,
    "f": _note_formula,
}


def position_of(reference: str) -> int:
    """The column of a reference such as "AB12", counted from 1; 0 where it is none.

    >>> position_of("A1"), position_of("AB12")
    (1, 28)
    """
    match = _REFERENCE.match(reference)
    position = 0
    for letter in match[1] if match else "":
        position = 26 * position + ord(letter) - ord("A") + 1
    return position
