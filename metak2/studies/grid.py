"""A sheet as it lies in its file, before anyone knows which row holds the column names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from metak2.studies.guards import MOST_CELLS, position_of
from metak2.studies.sheet import CellValue

GridRow = tuple[int, tuple[CellValue, ...]]  # number of the row in the file, cells from column A on


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """The rows of a sheet that hold anything, each with its number; `title` is the sheet's name in the file.

    `decimal` is the decimal sign of numbers that stand as text.
    """

    source: str
    title: str
    rows: tuple[GridRow, ...]
    merged: tuple[str, ...] = ()
    hidden: bool = False
    decimal: str = "."


def merged_ranges(references: Iterable[str]) -> Mapping[tuple[int, int], str]:
    """Row and column, counted from 1, of every cell inside a merged range → the range."""
    cells: dict[tuple[int, int], str] = {}
    for reference in references:
        top, left, bottom, right = corners(reference)
        if not 0 < (bottom - top + 1) * (right - left + 1) <= MOST_CELLS - len(cells):
            continue
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                cells[row, column] = reference
    return cells


def corners(reference: str) -> tuple[int, int, int, int]:
    """Top, left, bottom and right of a range, counted from 1.

    >>> corners("B2:C10")
    (2, 2, 10, 3)
    """
    first, _, last = reference.partition(":")
    rows = ["".join(filter(str.isdigit, part)) for part in (first, last or first)]
    top, bottom = (int(row) if row else 0 for row in rows)
    return top, position_of(first), bottom, position_of(last or first)
