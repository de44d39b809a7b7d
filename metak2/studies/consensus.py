"""Exports with the rows of each reviewer and of their consensus, as Covidence writes them: the consensus is read."""

from dataclasses import replace

from metak2.studies.checks.reading import reviewers_left_out
from metak2.studies.sheet import Sheet, text_of
from metak2.studies.wording import plain_words


def consensus_of(sheet: Sheet) -> Sheet:
    """The sheet without the rows of single reviewers of studies that have a row "Consensus"; a note says so.

    Covidence calls the column "Reviewer Name". Studies without consensus keep all their rows, so that a study that
    stands twice is found.
    """
    column = next((name for name in sheet.columns if plain_words(name) == "reviewer name"), "")
    if not column or "study" not in sheet.columns:
        return sheet
    agreed = {text_of(row.get("study")) for row in sheet.rows if text_of(row.get(column)) == "Consensus"}
    kept = tuple(
        row for row in sheet.rows if text_of(row.get(column)) == "Consensus" or text_of(row.get("study")) not in agreed
    )
    if len(kept) == len(sheet.rows):
        return sheet
    note = reviewers_left_out(sheet.header[column].address, len(sheet.rows) - len(kept))
    return replace(sheet, rows=kept, problems=(*sheet.problems, note))
