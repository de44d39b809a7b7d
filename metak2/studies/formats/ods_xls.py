"""OpenDocument (.ods) and old Excel (.xls) sheets, read by python-calamine (extra `formats`): values only.

Hidden rows, comments, formulas and formats are not seen, and every check that needs them says so. An .ods is an archive
of XML and is looked through first: repeated rows and columns can make a small file very large.
"""

from collections.abc import Sequence
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import IO
from xml.parsers import expat

from metak2.errors import CellProblem, StudyDataError
from metak2.studies.checks.files import unreadable
from metak2.studies.checks.reading import document_type, extra_needed, too_many_cells, too_many_columns
from metak2.studies.grid import Grid
from metak2.studies.guards import (
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
    RefusedError,
    open_archive,
    read_bytes,
)
from metak2.studies.sheet import CellValue, Scalar, column_letter, raw_text

_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_calamine(path: Path, source: str) -> tuple[list[Grid], list[CellProblem]]:
    """Every sheet of the file. StudyDataError where it is damaged, would do harm, or the extra is not installed."""
    if find_spec("python_calamine") is None:
        raise StudyDataError([extra_needed(path.suffix.lower(), "formats")], source=source)
    import python_calamine  # noqa: PLC0415 - an extra

    content = read_bytes(path, source)
    if path.suffix.lower() == ".ods":
        _look_through(content, source)
    elif not content.startswith(_OLD_WORKBOOK):
        raise StudyDataError([unreadable("it is no .xls workbook")], source=source)
    try:
        workbook = python_calamine.load_workbook(BytesIO(content))
        grids = [
            _grid(source, about.name, workbook.get_sheet_by_name(about.name).to_python(skip_empty_area=False), about)
            for about in workbook.sheets_metadata
            if about.typ is python_calamine.SheetTypeEnum.WorkSheet
        ]
    except Exception as error:  # whatever the reader stumbles over in a damaged file is the file's fault
        raise StudyDataError([unreadable(f"{type(error).__name__}: {error}")], source=source) from error
    return grids, []


def _grid(source: str, title: str, lines: Sequence[Sequence[Scalar]], about: object) -> Grid:
    name = " ".join(title.split())
    rows = tuple(
        (
            number,
            tuple(
                CellValue(
                    value=None if value == "" else value,
                    address=f"{name}!{column_letter(position)}{number}",
                    raw=raw_text(value),
                )
                for position, value in enumerate(line)
            ),
        )
        for number, line in enumerate(lines, start=1)
        if number == 1 or any(value != "" for value in line)
    )
    hidden = "Visible" not in str(getattr(about, "visible", "Visible")).rpartition(".")[2]
    return Grid(source=source, title=title, rows=rows, hidden=hidden)


def _look_through(content: bytes, source: str) -> None:
    """StudyDataError where the sheets are larger than is safe to read."""
    with open_archive(content, source) as archive:
        if "content.xml" not in archive.namelist():
            raise StudyDataError([unreadable("it holds no content.xml")], source=source)
        try:
            with archive.open("content.xml") as stream:
                _count_cells(stream)
        except RefusedError as refused:
            raise StudyDataError([refused.problem], source=source) from refused
        except Exception as error:  # damaged archives and XML
            raise StudyDataError([unreadable(f"{type(error).__name__}: {error}")], source=source) from error


def _count_cells(stream: IO[bytes]) -> None:
    """RefusedError where rows and cells that hold something, repeated ones counted, are too many.

    Empty cells repeated to the end of a row, and empty rows to the end of the sheet, are how programs end a sheet.
    """
    seen = {"rows": 0, "cells": 0, "columns": 0, "repeat": 1, "elements": 0}

    def start(tag: str, attributes: dict[str, str]) -> None:
        seen["elements"] += 1
        if seen["elements"] > 4 * MOST_CELLS:
            raise RefusedError(too_many_cells("", "cells", MOST_CELLS))
        if tag == "table:table-row":
            seen["repeat"] = int(attributes.get("table:number-rows-repeated", 1))
            seen["columns"] = 0
        elif tag in {"table:table-cell", "table:covered-table-cell"}:
            times = int(attributes.get("table:number-columns-repeated", 1))
            seen["columns"] += times
            if "office:value-type" not in attributes and "calcext:value-type" not in attributes:
                return
            seen["cells"] += times * seen["repeat"]
            seen["rows"] = max(seen["rows"], seen["repeat"])
            if seen["columns"] > MOST_COLUMNS:
                raise RefusedError(too_many_columns("", MOST_COLUMNS))
            if seen["cells"] > MOST_CELLS or seen["rows"] > MOST_ROWS:
                raise RefusedError(too_many_cells("", "cells", MOST_CELLS))

    def refuse(*_: object) -> None:
        raise RefusedError(document_type("content.xml"))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    parser.ParseFile(stream)
