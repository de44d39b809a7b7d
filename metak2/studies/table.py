"""What was extracted from the trial reports: one row per contrast, each value with the cell it came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from metak2.errors import CellProblem, StudyDataError
from metak2.shown import Shown
from metak2.studies.checks.cells import word_in_moderator
from metak2.studies.kinds import OneRowKind

Kind = Literal["counts", "means", "rates", "effects", "percentages"] | OneRowKind
Column = NDArray[Any]  # float64 for numbers (NaN = blank), object (str) for text ("" = blank)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Where one value of the table comes from.

    `cell` is its address ("trials!F9", several joined by " + "), `raw` what stands there, `rule` how the value was made
    of it ("" = as it stands), `source` what the comment on the cell says ("Table 2, p 345").
    """

    cell: str
    raw: str
    rule: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """One step from reported to analysed: a rule with its formula, what went in and what came out."""

    rule: str
    formula: str
    inputs: Mapping[str, float]
    output: Mapping[str, float]
    assumption: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyTable(Shown):
    """One row per contrast of an experimental (e) with a control (c) arm, or per reported effect.

    Attributes
    ----------
    source
        The file as it was named, with forward slashes; "data frame" for a table from memory.
    kind
        counts (event_e n_e event_c n_c), means (mean_e sd_e n_e …, or dispersion_e with dispersion_type_e), rates
        (event_e time_e event_c time_c), effects (estimate with se or ci_low, ci_high or pval), percentages; and the
        kinds with one row a study of `kinds.COLUMNS`.
    study
        Row labels, unique, in the order of the sheet.
    columns
        Name → read-only array of length k. Numbers are float64 with NaN for blank, text is object with "" for blank.
    cells
        The same keys: the address of each value, such as "binary!E5"; "" where a value has no cell.
    traces
        The same keys: cell, raw content, conversion rule and source note of each value.
    problems
        Warnings and notes (errors are raised).
    selection
        What was asked of the file: outcome, at, experimental, control, where.
    higher_is
        "better", "worse" or "" for the outcome, from the codebook.
    unit
        The unit of the outcome, from the codebook; rows may state their own in the column `unit`.
    conversions
        What was already done to each row's numbers, in order, (k,); () for a table as it was read.
    """

    source: str
    kind: Kind
    study: tuple[str, ...]
    columns: Mapping[str, Column]
    cells: Mapping[str, tuple[str, ...]]
    traces: Mapping[str, tuple[Trace, ...]] = field(default_factory=dict)
    problems: tuple[CellProblem, ...] = ()
    selection: Mapping[str, Any] = field(default_factory=dict)
    higher_is: Literal["better", "worse", ""] = ""
    unit: str = ""
    conversions: tuple[tuple[Conversion, ...], ...] = ()

    def __len__(self) -> int:
        return len(self.study)

    def numbers(self, name: str) -> NDArray[np.float64]:
        """The column as float64, NaN where blank; all NaN when the table has no such column.

        StudyDataError names each cell of the column that holds a word.
        """
        if name not in self.columns:
            return np.full(len(self.study), np.nan)
        values = self.columns[name]
        if values.dtype != object:
            return np.asarray(values, dtype=np.float64)
        cells = self.cells.get(name, ("",) * len(self.study))
        numbers = [np.nan if value == "" else _number(value) for value in values]
        words = [
            word_in_moderator(cell, name, str(value))
            for cell, value, number in zip(cells, values, numbers, strict=True)
            if number is None
        ]
        if words:
            raise StudyDataError(words, source=self.source)
        return np.array(numbers, dtype=np.float64)

    def words(self, name: str) -> tuple[str, ...]:
        """The column as text, "" where blank; all "" when the table has no such column."""
        if name not in self.columns:
            return ("",) * len(self.study)
        return tuple(str(value) for value in self.columns[name])

    def take(self, rows: Column) -> "StudyTable":
        """The table with these rows only: a boolean array of length k, or row numbers in the order wanted."""
        index = np.arange(len(self.study))[rows]
        columns = {name: read_only(values[index]) for name, values in self.columns.items()}
        cells = {name: tuple(at[i] for i in index) for name, at in self.cells.items()}
        traces = {name: tuple(found[i] for i in index) for name, found in self.traces.items()}
        study = tuple(self.study[i] for i in index)
        done = tuple(self.conversions[i] for i in index) if self.conversions else ()
        return replace(self, study=study, columns=columns, cells=cells, traces=traces, conversions=done)

    def converted(
        self, columns: Mapping[str, Column], conversions: Sequence[tuple[Conversion, ...]], kind: Kind | None = None
    ) -> "StudyTable":
        """The table with these columns, worked out of its own and so in no cell, and what was done to each row."""
        made = {name: read_only(np.array(values)) for name, values in columns.items()}
        before = self.conversions or ((),) * len(self)
        return replace(
            self,
            kind=kind or self.kind,
            columns={**self.columns, **made},
            cells={**self.cells, **dict.fromkeys(made, ("",) * len(self))},
            traces={name: traces for name, traces in self.traces.items() if name not in made},
            conversions=tuple(a + b for a, b in zip(before, conversions, strict=True)),
        )

    def beside(self, other: "StudyTable", names: Mapping[str, str]) -> "StudyTable":
        """The table with columns of a table of the same rows, cells and all: its name there → its name here.

        Columns that are not there, or have that name here already, are left out.
        """
        taken = {new: old for old, new in names.items() if old in other.columns and new not in self.columns}
        return replace(
            self,
            columns={**self.columns, **{new: other.columns[old] for new, old in taken.items()}},
            cells={**self.cells, **{new: other.cells[old] for new, old in taken.items() if old in other.cells}},
            traces={**self.traces, **{new: other.traces[old] for new, old in taken.items() if old in other.traces}},
        )

    def frame(self) -> Any:  # noqa: ANN401 - a pandas DataFrame; pandas is imported here only
        """The table as a pandas DataFrame, `study` first."""
        import pandas as pd  # noqa: PLC0415 - heavy, and only this method needs it

        return pd.DataFrame({"study": self.study, **self.columns})


def _number(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None


def read_only(values: Column) -> Column:
    """The array itself, locked against writing."""
    values.flags.writeable = False
    return values
