"""The formats that are read, by the ending of the file and, where several share one, by what stands in it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from metak2.errors import CellProblem, StudyDataError
from metak2.studies.checks.files import unknown_format
from metak2.studies.delimited import read_csv
from metak2.studies.excel import read_excel
from metak2.studies.formats.covidence import is_covidence_archive, is_covidence_file, read_covidence
from metak2.studies.formats.flow import FLOW, read_flow
from metak2.studies.formats.metafor_csv import with_metafor_columns
from metak2.studies.formats.ods_xls import read_calamine
from metak2.studies.formats.revman5 import read_revman5
from metak2.studies.formats.revman_csv import is_revman_csv, read_revman_csv
from metak2.studies.formats.revman_web import read_data_package
from metak2.studies.formats.risk_of_bias import RISK_OF_BIAS
from metak2.studies.formats.rob2 import from_rob2_tool, is_rob2_tool
from metak2.studies.formats.robvis import from_robvis, is_robvis
from metak2.studies.formats.stata import read_stata
from metak2.studies.grid import Grid
from metak2.studies.guards import open_archive, read_bytes
from metak2.studies.mapping import BookMapping
from metak2.studies.sheet import NOTHING_BUT_VALUES, Book
from metak2.studies.understand import book_from_grids, with_problems

GridReader = Callable[[Path, str], tuple[list[Grid], list[CellProblem]]]

GRIDS: Mapping[str, tuple[str, GridReader, tuple[str, ...]]] = {
    ".xlsx": ("xlsx", read_excel, ()),
    ".xlsm": ("xlsx", read_excel, ()),
    ".csv": ("csv", read_csv, NOTHING_BUT_VALUES),
    ".tsv": ("csv", read_csv, NOTHING_BUT_VALUES),
    ".txt": ("csv", read_csv, NOTHING_BUT_VALUES),
    ".ods": ("ods", read_calamine, NOTHING_BUT_VALUES),
    ".xls": ("xls", read_calamine, NOTHING_BUT_VALUES),
    ".dta": ("dta", read_stata, NOTHING_BUT_VALUES),
}
REVMAN5, ARCHIVE = ".rm5", ".zip"
READERS = (*GRIDS, REVMAN5, ARCHIVE)
"""Endings of the files that are read."""


def read_book(path: Path, source: str, mapping: BookMapping | None) -> Book:
    """The file by its sheets and columns. StudyDataError where its ending is none of `READERS`."""
    ending = path.suffix.lower()
    if ending == REVMAN5:
        return read_revman5(path, source)
    if ending == ARCHIVE:
        return _read_archive(path, source, mapping)
    if ending not in GRIDS:
        raise StudyDataError([unknown_format(ending)], source=source)
    name, read, unseen = GRIDS[ending]
    if name == "csv" and is_covidence_file(path):
        return read_covidence(path, source, mapping)
    grids, notes = read(path, source)
    if name == "csv" and is_revman_csv(grids[0]):
        return with_problems(read_revman_csv(grids[0], source), notes)
    grids = [with_metafor_columns(grid) for grid in grids]
    book = book_from_grids(source, grids, written_as=name, unseen=unseen, mapping=mapping)
    return with_problems(_with_flow(_with_judgements(book)), notes)


def _read_archive(path: Path, source: str, mapping: BookMapping | None) -> Book:
    with open_archive(read_bytes(path, source), source) as archive:
        names = archive.namelist()
    return read_covidence(path, source, mapping) if is_covidence_archive(names) else read_data_package(path, source)


def _with_judgements(book: Book) -> Book:
    """Sheets of the RoB 2 tool and of robvis as the sheet `risk_of_bias`, where the book has none of its own."""
    sheets = {}
    own = RISK_OF_BIAS in book.sheets
    for name, sheet in book.sheets.items():
        if is_rob2_tool(sheet) and not own:
            sheets[RISK_OF_BIAS] = from_rob2_tool(sheet)
        elif (name == RISK_OF_BIAS or not own) and RISK_OF_BIAS not in sheets and is_robvis(sheet):
            sheets[RISK_OF_BIAS] = from_robvis(sheet)
        else:
            sheets[name] = sheet
    return replace(book, sheets=sheets)


def _with_flow(book: Book) -> Book:
    """The book with what does not add up in its flow diagram among the problems of that sheet."""
    flow = read_flow(book)
    if flow is None or not flow.problems:
        return book
    sheet = book.sheets[FLOW]
    told = replace(sheet, problems=(*sheet.problems, *flow.problems))
    return replace(book, sheets={**book.sheets, FLOW: told})


def read_grids(path: Path, source: str) -> list[Grid]:
    """The sheets of a file as they lie in it; none for formats whose columns are their own."""
    ending = path.suffix.lower()
    if ending in GRIDS:
        return GRIDS[ending][1](path, source)[0]
    if ending in READERS:
        return []
    raise StudyDataError([unknown_format(ending)], source=source)
