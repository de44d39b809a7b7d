"""`check_workbook`: a file and the answers beside it in, everything a reviewer must look at out."""

import os
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from metak2.errors import CellProblem, StudyDataError
from metak2.studies.answering import apply_answers
from metak2.studies.answers import Answer, answers_beside, nowhere, read_answers, settle
from metak2.studies.checks.files import counts_from_1904
from metak2.studies.gate.book import check_book, not_run
from metak2.studies.gate.outcome import Answered, CheckReport, in_order
from metak2.studies.mapping import BookMapping
from metak2.studies.read import open_book
from metak2.studies.sheet import Book, text_of


def check_workbook(
    path: str | os.PathLike[str],
    *,
    answers: str | os.PathLike[str] | None = None,
    mapping: BookMapping | None = None,
    also: Sequence[CellProblem] = (),
) -> CheckReport:
    """All checks over a file of any format that metak2 reads.

    Parameters
    ----------
    answers
        The file of answers; left out, it is `trials.answers.toml` beside `trials.xlsx`, if there is one.
    mapping
        Stands in for the column mapping beside the file.
    also
        Problems found elsewhere, to be answered and reported with the others.

    A file that cannot be read at all is one problem of the report. StudyDataError where the answers cannot be read.
    """
    given = read_answers(answers if answers is not None else answers_beside(path))
    source = Path(path).as_posix()
    try:
        book = open_book(path, mapping=mapping)
    except StudyDataError as error:
        return CheckReport(source=source, problems=in_order(error.problems))
    return report_on(book, given, also=(*_dates(Path(path)), *also))


def report_on(book: Book, answers: Sequence[Answer] = (), *, also: Sequence[CellProblem] = ()) -> CheckReport:
    """The report on a book that is open already."""
    cells = _contents(book)
    mended, void = apply_answers(book, answers)
    found = [*also, *check_book(mended)]
    problems, accepted, changed = settle(found, answers)
    lost = nowhere(answers, (answer for _, answer in accepted), cells)
    return CheckReport(
        source=book.source,
        problems=in_order([*problems, *void, *changed, *lost]),
        answered=tuple(Answered(problem=problem, answer=answer) for problem, answer in accepted),
        applied=tuple(answer for answer in answers if answer.action != "accept"),
        not_run=not_run(book),
        sheets=tuple(book.sheets),
        cells=len(cells),
    )


def _contents(book: Book) -> dict[str, str]:
    return {
        cell.address: text_of(cell)
        for sheet in book.sheets.values()
        for row in (*sheet.rows, sheet.header)
        for cell in row.values()
        if not cell.is_blank
    }


def _dates(path: Path) -> list[CellProblem]:
    """MK-F11 where an Excel workbook counts its days from 1904."""
    if path.suffix.lower() not in {".xlsx", ".xlsm"}:
        return []
    try:
        with ZipFile(path) as archive, archive.open("xl/workbook.xml") as stream:
            head = stream.read(100_000).decode("utf-8", "replace")
    except (BadZipFile, KeyError, OSError):
        return []
    return [counts_from_1904()] if any(f'date1904="{yes}"' in head for yes in ("1", "true")) else []
