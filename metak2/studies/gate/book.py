"""Every check over every sheet of a book, and which of them its format does not let run."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from metak2.errors import CellProblem, StudyDataError
from metak2.studies.answers import Answer, acceptance
from metak2.studies.checks.files import empty_sheet
from metak2.studies.codebook import SHEETS
from metak2.studies.gate.across_sheets import doses, effects_against_arms, papers, standings
from metak2.studies.gate.cells import columns_of, look_at_sheet, without_shadows, words_of
from metak2.studies.gate.inspection import baseline, inspect_table, recruitment
from metak2.studies.gate.outcome import NotRun
from metak2.studies.gate.tables import NOT_POOLED, Table, tables_of
from metak2.studies.gate.trials import rows_of, trials_of
from metak2.studies.interpret import blank_studies
from metak2.studies.join import join_studies
from metak2.studies.layouts import OUTCOME_SHEETS, layout_of
from metak2.studies.sheet import Book, Sheet, text_of

ABOUT_THE_BOOK = frozenset({"sources", "codebook"})
NO_RESULTS = frozenset({*SHEETS, *NOT_POOLED, "flow", "references"}) - {*OUTCOME_SHEETS}
BLIND = {
    "formulas": ("MK-T03", "MK-T04"),
    "hidden": ("MK-H01", "MK-H02", "MK-H03", "MK-H04"),
    "struck": ("MK-H05",),
    "merged": ("MK-H06",),
    "fill": ("MK-H07",),
    "number_format": ("MK-C08", "MK-T01"),
}
WHY = {
    "formulas": "formulas are not seen, only what they last gave",
    "hidden": "hidden and filtered rows, columns and sheets are not seen",
    "struck": "struck-through text is not seen",
    "merged": "merged cells are not seen",
    "fill": "colours are not seen",
    "number_format": "formats are not seen, so a percentage or date is found by its value only",
}


def check_book(book: Book) -> list[CellProblem]:
    """Everything that is wrong, or worth a look, in the book as it stands."""
    return list(_checked(book))


@lru_cache(maxsize=8)
def _checked(book: Book) -> tuple[CellProblem, ...]:
    tables = tables_of(book)
    higher_is = _directions(book)
    problems: list[CellProblem] = []
    for name, sheet in book.sheets.items():
        problems += sheet.problems
        problems += look_at_sheet(sheet, holds_results=name in tables)
        problems += words_of(sheet) if name not in ABOUT_THE_BOOK else []
        for table in tables.get(name, ()):
            problems += _table(book, table, higher_is)
    problems += _without_layout(book, tables)
    problems += effects_against_arms([table for kinds in tables.values() for table in kinds])
    if "studies" in book.sheets:
        about = book.sheets["studies"]
        problems += [*doses(about), *papers(about), *standings(about), *recruitment(about)]
    if "baseline" in book.sheets:
        problems += baseline(book.sheets["baseline"], book.sheets.get("studies"))
    return tuple(without_shadows(list(dict.fromkeys(problems))))


def _without_layout(book: Book, tables: Collection[str]) -> list[CellProblem]:
    """MK-F03, F08 and F09: sheets that would be left out; errors where no other sheet holds results."""
    problems = []
    for name, sheet in book.sheets.items():
        if name in tables or (tables and (name in NO_RESULTS or not sheet.rows)):
            continue
        try:
            layout_of(sheet)
            found: Sequence[CellProblem] = [empty_sheet(name)]
        except StudyDataError as error:
            found = error.problems
        needed = not tables or name in OUTCOME_SHEETS
        problems += [problem if needed else replace(problem, severity="note") for problem in found]
    return problems


def open_problems(book: Book, sheet: Sheet, answers: Sequence[Answer] = ()) -> list[CellProblem]:
    """The errors and warnings of one sheet that nobody accepted: what a table read from it must stop at or carry along.

    The book is one to which `apply_answers` was put.
    """
    names = {sheet.name, sheet.title}
    return [
        problem
        for problem in check_book(book)
        if problem.severity != "note"
        and (problem.cell.rpartition("!")[0] or problem.cell) in names
        and acceptance(problem, answers) is None
    ]


def _table(book: Book, table: Table, higher_is: dict[str, str]) -> Iterable[CellProblem]:
    joined = join_studies(book, table.sheet).problems if "studies" in book.sheets else ()
    return [
        *joined,
        *table.problems,
        *blank_studies(table.sheet),
        *columns_of(table),
        *rows_of(table, higher_is),
        *inspect_table(table),
        *(trials_of(table) if table.pooled else ()),
    ]


def _directions(book: Book) -> dict[str, str]:
    codebook = book.sheets.get("codebook")
    rows = codebook.rows if codebook is not None else ()
    return {
        text_of(row.get("value")): text_of(row.get("higher_is"))
        for row in rows
        if text_of(row.get("column")) == "outcome" and text_of(row.get("higher_is"))
    }


def not_run(book: Book) -> tuple[NotRun, ...]:
    """The checks that the book's format does not let run, by code."""
    found = [
        NotRun(code=code, reason=f"{book.format}: {WHY[what]}")
        for what, codes in BLIND.items()
        if what in book.unseen
        for code in codes
    ]
    if book.sheets.get("percentages") is not None and "percentages" in OUTCOME_SHEETS:
        reason = "percentages: Kaplan–Meier percentages are of no whole count"
        found.append(NotRun(code="MK-C09", reason=reason))
    return tuple(found)
