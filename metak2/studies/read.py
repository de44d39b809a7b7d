"""`read_studies` and `read_sheet`: from a file as a reviewer keeps it to a table whose every value knows its cell."""

import os
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from metak2.errors import StudyDataError
from metak2.studies.assemble import study_table
from metak2.studies.checks.files import missing_file, missing_sheet, unknown_format
from metak2.studies.delimited import read_csv
from metak2.studies.excel import read_excel
from metak2.studies.frames import read_frame
from metak2.studies.interpret import trouble
from metak2.studies.join import join_studies, which_way_is_good
from metak2.studies.reading_log import record
from metak2.studies.selection import Selection, asked, choose_sheet
from metak2.studies.sheet import Book, Sheet
from metak2.studies.table import StudyTable

if TYPE_CHECKING:
    from pandas import DataFrame


def read_studies(
    source: "str | os.PathLike[str] | DataFrame", *, sheet: str | None = None, **selection: Unpack[Selection]
) -> StudyTable:
    """The contrasts or effects in a workbook, CSV file or DataFrame that answer the selection.

    Parameters
    ----------
    source
        An .xlsx, .xlsm or .csv file, or a DataFrame with the columns of one sheet.
    sheet
        Left out, it is the outcome sheet (binary, continuous, effects, percentages, rates) that holds the outcome.
    selection
        `outcome`, `at`, `experimental`, `control`, `where`, `label`, `combine_arms`: see `Selection`.

    Raises
    ------
    StudyDataError
        With every problem found, each with its cell. Cells that are blank because nothing was reported are notes.
    """
    book = _open(source)
    chosen = choose_sheet(book, asked(selection), sheet)
    table = study_table(join_studies(book, chosen), selection)
    return replace(table, higher_is=which_way_is_good(book, str(table.selection.get("outcome", ""))))


def read_sheet(path: str | os.PathLike[str], sheet: str) -> Sheet:
    """The rows of any sheet, uninterpreted, for what is shown and not pooled (claims, reported, dose_response).

    StudyDataError where a formula failed or has no stored result, or two columns have one name.
    """
    book = _open(path)
    if sheet not in book.sheets:
        raise StudyDataError([missing_sheet(sheet, list(book.sheets))], source=book.source)
    found = book.sheets[sheet]
    problems = list(found.problems)
    for row in found.rows:
        problems += [problem for name, cell in row.items() if (problem := trouble(cell, name)) is not None]
    if problems:
        raise StudyDataError(problems, source=book.source)
    return found


def _open(source: "str | os.PathLike[str] | DataFrame") -> Book:
    if not isinstance(source, (str, os.PathLike)):
        return read_frame(source)
    path = Path(source)
    name = path.as_posix()
    if not path.is_file():
        neighbours = [file.name for file in path.parent.iterdir() if file.is_file()] if path.parent.is_dir() else []
        raise StudyDataError([missing_file(name, neighbours)], source=name)
    book = _parsed(path, name, sha256(path.read_bytes()).hexdigest())
    record(book)
    return book


@lru_cache(maxsize=8)
def _parsed(path: Path, name: str, _content: str) -> Book:
    """The file with this content: a script that asks a workbook sixty questions parses it once."""
    ending = path.suffix.lower()
    if ending in {".xlsx", ".xlsm"}:
        return read_excel(path, name)
    if ending == ".csv":
        return read_csv(path, name)
    raise StudyDataError([unknown_format(ending)], source=name)
