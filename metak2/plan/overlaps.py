"""`[[overlap]]` of a plan: from a sheet of memberships to the citation matrix and its section of the report."""

from collections.abc import Mapping
from typing import Any

from metak2.errors import UnknownOptionError
from metak2.plan.entries import texts
from metak2.report.blocks import Block
from metak2.report.sections_overlap import overlap_blocks
from metak2.robustness.overlap import Overlap, overlap
from metak2.studies.memberships import read_memberships


def overlap_of(table: Mapping[str, Any]) -> Overlap:
    """The matrix of the sheet, without the reviews that the plan leaves out.

    Raises
    ------
    UnknownOptionError
        A review is left out that is not in the sheet.
    """
    rows = read_memberships(table["file"], table.get("sheet", "memberships"))
    without = texts(table.get("without", ()))
    for review in without:
        if review not in {row.review for row in rows}:
            raise UnknownOptionError("without", review, dict.fromkeys(row.review for row in rows))
    return overlap(tuple(row for row in rows if row.review not in without))


def blocks_of(found: Overlap, table: Mapping[str, Any], name: str) -> list[Block]:
    """The section of the report."""
    return overlap_blocks(found, label=table.get("label", ""), name=name, text=texts(table.get("text", ())))
