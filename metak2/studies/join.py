"""The sheets `studies` and `codebook` beside an outcome sheet: what they say about its rows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

from metak2.errors import CellProblem
from metak2.studies.checks.files import missing_column
from metak2.studies.checks.structure import not_in_studies, study_twice
from metak2.studies.sheet import Book, CellValue, Sheet, text_of


def join_studies(book: Book, sheet: Sheet) -> Sheet:
    """The sheet with the columns of `studies` beside its own, matched by study.

    A column that both sheets have is joined as `study_…`. A study that `studies` lacks is a problem.
    """
    about = book.sheets.get("studies")
    if about is None or about is sheet or not about.rows or "study" not in sheet.columns:
        return sheet
    if "study" not in about.columns:
        return replace(sheet, problems=(*sheet.problems, missing_column(about.name, "study", about.columns)))
    by_study, problems = _by_study(about)
    names = {
        column: f"study_{column}" if column in sheet.columns or column == "note" else column
        for column in about.columns
        if column != "study"
    }
    rows = []
    unknown: dict[str, CellProblem] = {}
    for row in sheet.rows:
        study = text_of(row.get("study"))
        if study and study not in by_study:
            unknown.setdefault(study, not_in_studies(row["study"].address, study, list(by_study)))
        found = by_study.get(study, {})
        joined = {name: found[column] for column, name in names.items() if column in found}
        rows.append(MappingProxyType({**row, **joined}))
    return replace(
        sheet,
        columns=(*sheet.columns, *names.values()),
        rows=tuple(rows),
        problems=(*sheet.problems, *about.problems, *problems, *unknown.values()),
        joined=tuple(names.values()),
    )


def _by_study(about: Sheet) -> tuple[dict[str, Mapping[str, CellValue]], list[CellProblem]]:
    by_study: dict[str, Mapping[str, CellValue]] = {}
    problems = []
    for row in about.rows:
        study = text_of(row.get("study"))
        if study in by_study:
            problems.append(study_twice(row["study"].address, study, by_study[study]["study"].address))
        elif study:
            by_study[study] = row
    return by_study, problems


def which_way_is_good(book: Book, outcome: str) -> Literal["better", "worse", ""]:
    """What the codebook's `higher_is` says of the outcome, "" where it says nothing."""
    for said in _of_outcome(book, outcome, "higher_is"):
        if said == "better" or said == "worse":  # noqa: PLR1714 - mypy narrows == but not `in`
            return "better" if said == "better" else "worse"
    return ""


def unit_of(book: Book, sheet: str, outcomes: Iterable[str]) -> str:
    """The unit that the codebook gives the outcomes in this sheet, "" where it gives none or several."""
    units = {next(_of_outcome(book, outcome, "unit", sheet), "") for outcome in outcomes}
    return units.pop() if len(units) == 1 else ""


def _of_outcome(book: Book, outcome: str, column: str, sheet: str = "") -> Iterator[str]:
    """What the codebook says of the outcome in a column, row by row; of one sheet where that is named."""
    codebook = book.sheets.get("codebook")
    for row in codebook.rows if codebook is not None else ():
        here = text_of(row.get("column")) == "outcome" and text_of(row.get("value")) == outcome
        if here and (not sheet or text_of(row.get("sheet")) == sheet):
            yield text_of(row.get(column))
