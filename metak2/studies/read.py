"""`read_studies` and `read_sheet`: from a file as a reviewer keeps it to a table whose every value knows its cell."""

import os
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from metak2.errors import CellProblem, StudyDataError
from metak2.studies.answering import apply_answers
from metak2.studies.answers import Answer, acceptance, answers_beside, read_answers
from metak2.studies.assemble import study_table
from metak2.studies.checks.files import missing_file, missing_sheet
from metak2.studies.formats import read_book, read_grids
from metak2.studies.frames import SOURCE, read_frame
from metak2.studies.gate.book import open_problems
from metak2.studies.interpret import trouble
from metak2.studies.join import join_studies, unit_of, which_way_is_good
from metak2.studies.join_bias import join_bias
from metak2.studies.mapping import BookMapping, mapping_path, read_mapping
from metak2.studies.reading_log import record
from metak2.studies.selection import Selection, asked, choose_sheet
from metak2.studies.sheet import NOTHING_BUT_VALUES, Book, Sheet
from metak2.studies.standing_in import stand_in
from metak2.studies.table import StudyTable
from metak2.studies.understand import book_from_grids, guessed_mapping

if TYPE_CHECKING:
    from pandas import DataFrame

SHARED_CONTROL = "MK-A06"


def read_studies(
    source: "str | os.PathLike[str] | DataFrame", *, sheet: str | None = None, **selection: Unpack[Selection]
) -> StudyTable:
    """The contrasts or effects in a workbook, text file, RevMan or Covidence export or DataFrame, as selected.

    Parameters
    ----------
    source
        A file of any format in `metak2.studies.formats.READERS`, or a DataFrame with the columns of one sheet.
    sheet
        Left out, it is the outcome sheet (binary, continuous, effects, percentages, rates) that holds the outcome.
    selection
        `outcome`, `at`, `experimental`, `control`, `where`, `label`, `combine_arms`, `each_arm`: see `Selection`.

    Raises
    ------
    StudyDataError
        With every problem found, each with its cell. Cells that are blank because nothing was reported are notes. What
        is hidden, struck through or a row of totals is an error until it is answered in `trials.answers.toml`.
    """
    book, answers, problems = _answered(open_book(source), source)
    chosen = choose_sheet(book, asked(selection), sheet)
    joined = join_bias(book, join_studies(book, chosen), asked(selection).outcome)
    seen = open_problems(book, chosen, answers)
    try:
        table = study_table(
            replace(joined, problems=(*joined.problems, *problems)),
            selection,
            lambda problem: acceptance(problem, answers) is not None,
        )
    except StudyDataError as error:
        told = {(problem.code, _row(problem.cell)) for problem in error.problems}
        errors = [problem for problem in seen if problem.severity == "error"]
        also = [problem for problem in errors if (problem.code, _row(problem.cell)) not in told]
        raise StudyDataError([*error.problems, *also], source=error.source) from error
    shared = asked(selection).each_arm  # a control that serves several rows is what was asked for
    concerning = [p for p in _concerning(seen, table) if not (shared and p.code == SHARED_CONTROL)]
    blocking = [problem for problem in concerning if problem.severity == "error"]
    if blocking:
        raise StudyDataError(blocking, source=book.source)
    return replace(
        table,
        problems=tuple(dict.fromkeys((*table.problems, *concerning))),
        higher_is=which_way_is_good(book, str(table.selection.get("outcome", ""))),
        unit=unit_of(book, chosen.name, set(table.words("outcome")) if "outcome" in table.columns else ()),
    )


def _answered(
    book: Book, source: "str | os.PathLike[str] | DataFrame"
) -> tuple[Book, tuple[Answer, ...], list[CellProblem]]:
    """The book with the corrections and exclusions of the answers beside it."""
    answers = answers_to(source)
    if not answers:
        return book, (), []
    mended, problems = apply_answers(book, answers)
    return mended, answers, problems


def answers_to(source: "str | os.PathLike[str] | DataFrame") -> tuple[Answer, ...]:
    """The answers that stand beside the file, () where there are none."""
    standing = stand_in(source)
    if standing is not None:
        return standing.answers
    if not isinstance(source, (str, os.PathLike)) or not answers_beside(source).is_file():
        return ()
    return read_answers(answers_beside(source))


def _concerning(problems: list[CellProblem], table: StudyTable) -> list[CellProblem]:
    """The problems in rows that the table uses, and those of the sheet as a whole."""
    cells = [cell for column in table.cells.values() for joined in column for cell in joined.split(" + ") if cell]
    rows = {_row(cell) for cell in cells}
    return [problem for problem in problems if "!" not in problem.cell or _row(problem.cell) in rows]


def _row(cell: str) -> tuple[str, str]:
    sheet, _, reference = cell.partition("!")
    return sheet, reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def read_sheet(path: str | os.PathLike[str], sheet: str) -> Sheet:
    """The rows of any sheet, uninterpreted, for what is shown and not pooled (claims, reported, dose_response).

    StudyDataError where a formula failed or has no stored result, or two columns have one name.
    """
    book = open_book(path)
    if sheet not in book.sheets:
        raise StudyDataError([missing_sheet(sheet, list(book.sheets))], source=book.source)
    found = book.sheets[sheet]
    problems = [problem for problem in found.problems if problem.severity == "error"]
    for row in found.rows:
        problems += [problem for name, cell in row.items() if (problem := trouble(cell, name)) is not None]
    if problems:
        raise StudyDataError(problems, source=book.source)
    return found


def open_book(source: "str | os.PathLike[str] | DataFrame", *, mapping: BookMapping | None = None) -> Book:
    """Every sheet of the file by its columns, for reading and for checking.

    `mapping` stands in for the mapping file beside the workbook. StudyDataError where the file is not there, is of no
    known format, is damaged or made to do harm.
    """
    if not isinstance(source, (str, os.PathLike)):
        frame = replace(read_frame(source), title="")
        return book_from_grids(SOURCE, [frame], written_as="data frame", unseen=NOTHING_BUT_VALUES, mapping=mapping)
    standing = stand_in(source)
    if standing is not None:
        record(standing.book)
        return standing.book
    path = existing(source)
    if mapping is not None:
        book = read_book(path, path.as_posix(), mapping)
    else:
        book = _parsed(path, _content(path), _content(mapping_path(path)))
    record(book)
    return book


@lru_cache(maxsize=8)
def _parsed(path: Path, _file: str, _mapping: str) -> Book:
    """The file with this content: a script that asks a workbook sixty questions parses it once."""
    return read_book(path, path.as_posix(), read_mapping(path))


def _content(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def map_columns(source: str | os.PathLike[str]) -> BookMapping:
    """The columns' meanings as `metak2 check --map` writes them beside the workbook with `write_mapping`."""
    path = existing(source)
    return guessed_mapping(read_grids(path, path.as_posix()))


def existing(source: str | os.PathLike[str]) -> Path:
    """The path; StudyDataError names the nearest file in its folder where there is none."""
    path = Path(source)
    if not path.is_file():
        neighbours = [file.name for file in path.parent.iterdir() if file.is_file()] if path.parent.is_dir() else []
        raise StudyDataError([missing_file(path.as_posix(), neighbours)], source=path.as_posix())
    return path
