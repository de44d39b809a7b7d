"""A sheet as it was found: cells by column name, each with its address; nothing is interpreted yet."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from metak2.errors import CellProblem
from metak2.studies.checks.structure import column_twice

Scalar = float | str | bool | date | time | timedelta | None

POINT = "thousands point"  # where a count is read; elsewhere a point before three digits is asked about

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_NO_BREAK = str.maketrans({"\u00a0": " ", "\u2007": " ", "\u202f": " "})


@dataclass(frozen=True, slots=True, kw_only=True)
class CellValue:
    """One cell: a number, text, date or truth value (None = blank) and where it stands.

    Attributes
    ----------
    raw
        The content as a reader sees it.
    formula
        Its text; a cell with a formula and no value has no stored result.
    hidden
        "row", "column" or "filter" where a reader of the sheet does not see the cell, "" where one does.
    struck, fill, merged
        Struck through; colour of the background as "RRGGBB"; the merged range that holds the cell, such as "B2:B4".
    comment
        The comment on the cell, such as "Table 2, p 345": the source note of the value.
    rule
        How the value was made of what stands in the file ("" where it is as it stands).
    """

    value: Scalar
    address: str
    raw: str = ""
    formula: str = ""
    number_format: str = ""
    hidden: str = ""
    struck: bool = False
    fill: str = ""
    merged: str = ""
    comment: str = ""
    rule: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether nothing at all stands in the cell."""
        return not self.formula and (self.value is None or (isinstance(self.value, str) and not self.value.strip()))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """The rows of a sheet by column. Blank rows are left out; addresses stay those of the file.

    Attributes
    ----------
    joined
        Columns that came from the sheet `studies`.
    problems
        Those of the header, and notes on how the sheet was read.
    title
        The sheet's name in the file where `name` is a tidied one.
    header
        Column → the cell of its name in the file, which may be worded otherwise.
    hidden
        Whether the whole sheet is hidden.
    decimal
        The decimal sign of numbers that stand as text.
    """

    source: str
    name: str
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, CellValue], ...]
    problems: tuple[CellProblem, ...] = ()
    joined: tuple[str, ...] = ()
    title: str = ""
    header: Mapping[str, CellValue] = field(default_factory=dict)
    hidden: bool = False
    decimal: str = "."

    def texts(self) -> tuple[dict[str, str], ...]:
        """The rows as text by column, uninterpreted; "" where a cell is blank."""
        return tuple({name: text_of(cell) for name, cell in row.items()} for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Book:
    """Every sheet of a file, by name in the order of the file.

    `format` is "xlsx", "csv", "ods", "xls", "dta", "rm5", "data package", "revman csv", "data frame" …; `unseen` names
    what this format or its reader does not show: "formulas", "hidden", "struck", "merged", "fill", "comments",
    "number_format".
    """

    source: str
    sheets: Mapping[str, Sheet]
    format: str = "xlsx"
    unseen: tuple[str, ...] = ()


NOTHING_BUT_VALUES = ("formulas", "hidden", "struck", "merged", "fill", "comments", "number_format")


def sheet_from_cells(source: str, name: str, header: Sequence[CellValue], body: Iterable[Sequence[CellValue]]) -> Sheet:
    """The sheet under this header; a column without a name is left out, a name used twice is a problem."""
    columns: dict[str, tuple[int, CellValue]] = {}
    problems = []
    for position, cell in enumerate(header):
        column = " ".join(text_of(cell).split())
        if column in columns:
            problems.append(column_twice(cell.address, column, columns[column][1].address))
        elif column:
            columns[column] = (position, cell)
    rows = []
    for cells in body:
        row = {column: cells[position] for column, (position, _) in columns.items() if position < len(cells)}
        if not all(cell.is_blank for cell in row.values()):
            rows.append(MappingProxyType(row))
    return Sheet(
        source=source,
        name=name,
        columns=tuple(columns),
        rows=tuple(rows),
        problems=tuple(problems),
        header={column: cell for column, (_, cell) in columns.items()},
    )


def tidy(text: str) -> str:
    r"""Text on one line: control characters and line breaks become one space, the ends are trimmed.

    >>> tidy("Habu\n2004 ")
    'Habu 2004'
    """
    return " ".join(_CONTROL.sub(" ", text).split()) if _CONTROL.search(text) else text.strip()


def text_of(cell: CellValue | None) -> str:
    """What the cell says, on one line and with plain spaces; "" for a blank cell or none at all."""
    if cell is None or cell.value is None:
        return ""
    return tidy((cell.raw or raw_text(cell.value)).translate(_NO_BREAK))


def raw_text(value: Scalar) -> str:
    """The value as a reader would type it: 12 and not 12.0, 2024-02-21 and not 2024-02-21 00:00:00.

    >>> raw_text(12.0)
    '12'
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    return str(value)


def column_letter(position: int) -> str:
    """The letters over the column at this position, counted from 0.

    >>> column_letter(0), column_letter(27)
    ('A', 'AB')
    """
    letters = ""
    number = position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
