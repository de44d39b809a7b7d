"""Which review holds which trial, as far as a source says so. What no source says is not listed and not known."""

import os
from dataclasses import dataclass

from metak2.errors import CellProblem, StudyDataError
from metak2.studies.checks import published as checks
from metak2.studies.checks.files import missing_column
from metak2.studies.read import read_sheet
from metak2.studies.sheet import text_of

COLUMNS = ("review", "trial", "holds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A review, a trial, and whether the one holds the other; `cell` is where it says so."""

    review: str
    trial: str
    holds: bool
    cell: str = ""


def read_memberships(path: str | os.PathLike[str], sheet: str = "memberships") -> tuple[Membership, ...]:
    """The rows of the sheet with yes or no in `holds`; a blank is not known and left out.

    Raises
    ------
    StudyDataError
        With every row without a name, pair listed twice, or word that is neither yes nor no.
    """
    found = read_sheet(path, sheet)
    problems: list[CellProblem] = [
        missing_column(sheet, name, found.columns) for name in COLUMNS if name not in found.columns
    ]
    listed: dict[tuple[str, str], str] = {}
    memberships = []
    for row in found.rows if not problems else ():
        review, trial, holds = (text_of(row[name]) for name in COLUMNS)
        cell = row["holds"].address
        problems += [checks.nameless(row[name].address, name) for name in ("review", "trial") if not text_of(row[name])]
        if holds not in {"yes", "no", ""}:
            problems.append(checks.unknown_word(cell, "holds", holds, ("yes", "no")))
        if (review, trial) in listed:
            problems.append(checks.named_twice(row["trial"].address, "trial", trial, listed[review, trial]))
        listed.setdefault((review, trial), row["trial"].address)
        if holds:
            memberships.append(Membership(review=review, trial=trial, holds=holds == "yes", cell=cell))
    if problems:
        raise StudyDataError(problems, source=found.source)
    return tuple(memberships)
