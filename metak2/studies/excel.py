"""Excel workbooks (.xlsx, .xlsm), read twice: once for values, once to know a formula that has none.

A workbook is hostile until read: its unpacked size is looked at before anything is unpacked; macros and external links
are never followed.
"""

import warnings
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile

from metak2.errors import StudyDataError
from metak2.studies.checks.files import too_large, unreadable
from metak2.studies.sheet import Book, CellValue, Sheet, column_letter, raw_text, sheet_from_cells

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook

MOST_BYTES = 200_000_000
MOST_TIMES = 150  # real sheets shrink ten- to fiftyfold; a bomb a thousandfold
SMALL = 5_000_000  # below this no ratio is a danger


def read_excel(path: Path, source: str) -> Book:
    """Every sheet of the workbook. StudyDataError where the file is no workbook or would unpack to too much."""
    if path.stat().st_size > MOST_BYTES:
        raise StudyDataError([too_large(path.stat().st_size, MOST_BYTES)], source=source)
    content = path.read_bytes()
    _refuse_bombs(content, source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions that hold no data
            formulas = _formulas(content)
            with closing(_workbook(content, data_only=True)) as workbook:
                sheets = [_sheet(source, worksheet, formulas) for worksheet in workbook.worksheets]
    except Exception as error:  # whatever openpyxl stumbles over in a damaged file is the file's fault
        cause = error.__cause__ or error
        said = " ".join(str(cause).split())
        raise StudyDataError([unreadable(f"{type(cause).__name__}: {said}")], source=source) from error
    return Book(source=source, sheets={sheet.name: sheet for sheet in sheets})


def _refuse_bombs(content: bytes, source: str) -> None:
    try:
        with ZipFile(BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except BadZipFile as error:
        raise StudyDataError([unreadable(str(error))], source=source) from error
    limit = min(MOST_BYTES, max(SMALL, MOST_TIMES * len(content)))
    if unpacked > limit:
        raise StudyDataError([too_large(unpacked, limit)], source=source)


def _workbook(content: bytes, *, data_only: bool) -> "Workbook":
    from openpyxl import load_workbook  # noqa: PLC0415 - heavy, and a CSV file does not need it

    return load_workbook(BytesIO(content), read_only=True, data_only=data_only, keep_links=False)


def _rows(worksheet: Any) -> Any:  # noqa: ANN401 - openpyxl's read-only sheet and cells are not in its stubs
    worksheet.reset_dimensions()  # the stated dimension may be false
    return worksheet.iter_rows()


def _formulas(content: bytes) -> dict[tuple[str, int, int], str]:
    """Sheet, row and position of each formula → its text."""
    found = {}
    with closing(_workbook(content, data_only=False)) as workbook:
        for worksheet in workbook.worksheets:
            for row_number, row in enumerate(_rows(worksheet), start=1):
                for position, cell in enumerate(row):
                    if cell.data_type == "f":
                        found[worksheet.title, row_number, position] = str(getattr(cell.value, "text", cell.value))
    return found


def _sheet(source: str, worksheet: Any, formulas: dict[tuple[str, int, int], str]) -> Sheet:  # noqa: ANN401 - as above
    name = worksheet.title
    rows = [(number, row) for number, row in enumerate(_rows(worksheet), start=1) if row or number == 1]
    width = len(rows[0][1]) if rows else 0
    grid = []
    for number, row in rows:
        addresses = [f"{name}!{column_letter(position)}{number}" for position in range(max(len(row), width))]
        cells = [
            _cell(cell, addresses[position], formulas.get((name, number, position), ""))
            for position, cell in enumerate(row)
        ]
        grid.append(cells + [CellValue(value=None, address=address) for address in addresses[len(row) :]])
    return sheet_from_cells(source, name, grid[0] if grid else [], grid[1:])


def _cell(cell: Any, address: str, formula: str) -> CellValue:  # noqa: ANN401 - as above
    value = cell.value
    if formula and value is None and cell.data_type == "str":
        formula = ""  # the stored result is an empty text: a blank, not a missing result
    return CellValue(
        value=value,
        address=address,
        raw=raw_text(value),
        formula=formula,
        number_format="" if value is None else cell.number_format,
    )
