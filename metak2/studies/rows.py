"""A row that has been read: each column a number or text, with the cell it stands in."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from metak2.errors import CellProblem, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A number (NaN = blank) or text ("" = blank), where it stands and what stands there.

    `rule` says how the value was made of `raw` ("" = as it stands), `source` what the comment on the cell says.
    """

    value: float | str
    cell: str = ""
    raw: str = ""
    rule: str = ""
    source: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether nothing was reported."""
        return math.isnan(self.value) if isinstance(self.value, float) else self.value == ""


Row = Mapping[str, Entry]
BLANK_TEXT = Entry(value="")
BLANK_NUMBER = Entry(value=math.nan)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Side:
    """One arm of a row, or the effect in it: `columns` leads from a role (events, n, mean …) to the sheet's column."""

    row: Row
    columns: Mapping[str, str]

    def entry(self, role: str) -> Entry | None:
        """The entry that plays this role, if the sheet has a column for it."""
        return self.row.get(self.columns.get(role, ""))

    def has(self, role: str) -> bool:
        """Whether a number or text is there, and not a blank."""
        entry = self.entry(role)
        return entry is not None and not entry.is_blank

    def number(self, role: str) -> float:
        """The number in this role, NaN where it is blank or the sheet has no such column."""
        entry = self.entry(role)
        return entry.value if entry is not None and isinstance(entry.value, float) else math.nan

    def word(self, role: str) -> str:
        """The text in this role, "" where it is blank or the sheet has no such column."""
        entry = self.entry(role)
        return entry.value if entry is not None and isinstance(entry.value, str) else ""

    @property
    def people(self) -> float:
        """The people in the arm: those analysed where the sheet says it, else those randomised."""
        return self.number("n") if self.has("n") else self.number("n_randomised")

    def cell(self, role: str) -> str:
        """The address of the cell in this role, within its sheet."""
        entry = self.entry(role)
        return within(entry.cell) if entry is not None else ""

    def problem(
        self, code: str, role: str, message: str, *, severity: Severity = "error", suggestion: str = ""
    ) -> CellProblem:
        """A problem of the cell in this role."""
        entry = self.entry(role) or BLANK_TEXT
        return CellProblem(
            code=code,
            severity=severity,
            message=message,
            cell=entry.cell,
            column=self.columns.get(role, role),
            raw=entry.raw,
            suggestion=suggestion,
        )


def word(row: Row, column: str) -> str:
    """The text in this column, "" where it is blank or there is no such column; a number as it was typed."""
    entry = row.get(column, BLANK_TEXT)
    return entry.value if isinstance(entry.value, str) else entry.raw


def number(row: Row, column: str) -> float:
    """The number in this column, NaN where it is blank or there is no such column."""
    value = row.get(column, BLANK_NUMBER).value
    return value if isinstance(value, float) else math.nan


def within(cell: str) -> str:
    """The address without the name of its sheet.

    >>> within("binary!E5 + binary!E6")
    'E5 + E6'
    """
    return " + ".join(part.rpartition("!")[2] for part in cell.split(" + "))


def plain(number: float) -> str:
    """The number as one would type it.

    >>> plain(12.0), plain(0.5)
    ('12', '0.5')
    """
    return f"{number:.15g}"
