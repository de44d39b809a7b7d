"""Which columns of a table hold the studies of many meta-analyses, and whether they can be what they should be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from metak2.effects.conversions import se_from_ci
from metak2.effects.front import estimate_effects
from metak2.effects.measures import Measure
from metak2.effects.zero_cells import ZeroCells
from metak2.errors import CellProblem, StudyDataError
from metak2.kernels.contract import FloatArray, IntArray
from metak2.models.many.codes import Problem
from metak2.studies.checks.cells import word_in_moderator
from metak2.studies.checks.files import missing_column
from metak2.studies.kinds import COLUMNS
from metak2.studies.table import Kind, StudyTable

if TYPE_CHECKING:
    from pandas import DataFrame, Series

READY_MADE = (("yi", "vi"), ("yi", "se"), ("yi", "ci_low", "ci_high"))
ARMS: Mapping[Kind, tuple[str, ...]] = {
    "counts": ("event_e", "n_e", "event_c", "n_c"),
    "means": ("mean_e", "sd_e", "n_e", "mean_c", "sd_c", "n_c"),
    "rates": ("event_e", "time_e", "event_c", "time_c"),
    **{kind: columns for kind, columns in COLUMNS.items()},  # noqa: C416 - a mapping's keys do not widen by themselves
}
STUDY = "study"
FEW = 5  # cells that are named where a column is wrong in many


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layout:
    """The columns to read: those that name a meta-analysis, those that hold numbers, and `study` where it is there."""

    by: tuple[str, ...]
    numbers: tuple[str, ...]
    kind: Kind
    named: bool

    @property
    def columns(self) -> list[str]:
        """Every column that is needed."""
        return [*self.by, *self.numbers, *([STUDY] if self.named and STUDY not in self.by else [])]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Effects:
    """`yi`, `vi`, `Problem` flags of each study and bits of `notes`, all `(studies,)`, with their counts if any."""

    yi: FloatArray
    vi: FloatArray
    flags: IntArray
    notes: tuple[str, ...]
    note_bits: IntArray
    counts: Mapping[str, FloatArray]


def layout_of(columns: Sequence[str], by: tuple[str, ...], measure: Measure, source: str) -> Layout:
    """The layout of a table with these columns; StudyDataError names every column that is missing."""
    problems = [missing_column("", name, columns) for name in by if name not in columns]
    kind: Kind | None = None
    numbers: tuple[str, ...] = ()
    if "yi" in columns:
        kind = "effects"
        numbers = next((names for names in READY_MADE if set(names) <= set(columns)), ())
        if not numbers:
            problems.append(missing_column("", "vi", columns))
    else:
        found = [name for name in measure.formulas if set(measure.uses or ARMS[name]) <= set(columns)]
        if found:
            kind = found[0]
            numbers = measure.uses or ARMS[kind]
        else:
            wanted = ("yi", "vi") if not measure.formulas else ARMS[next(iter(measure.formulas))]
            problems += [missing_column("", name, columns) for name in wanted if name not in columns]
    if problems or kind is None:
        raise StudyDataError(problems, source=source)
    return Layout(by=by, numbers=numbers, kind=kind, named=STUDY in columns)


def word_problems(column: "Series", name: str, first_row: int = 1) -> list[CellProblem]:
    """The cells of a column of numbers that hold something else, at most `FEW` of them; row 1 is the first of data."""
    import pandas as pd  # noqa: PLC0415 - heavy, and the kernels of a single fit do without

    kind = pd.api.types
    if kind.is_numeric_dtype(column.dtype) and not (kind.is_bool_dtype(column) or kind.is_complex_dtype(column)):
        return []
    if not len(column):
        return [] if column.dtype == object else [_wrong("", name, f"a column of type {column.dtype}")]
    if column.dtype != object and kind.is_string_dtype(column.dtype):
        known = column.notna().to_numpy()
        words = known & pd.to_numeric(column, errors="coerce").isna().to_numpy()
        rows = np.flatnonzero(words if words.any() else known)
        return [_wrong(f"row {first_row + row}", name, str(column.iloc[row])) for row in rows[:FEW].tolist()]
    if column.dtype != object:
        return [_wrong("", name, f"a column of type {column.dtype}")]
    wrong = [row for row, value in enumerate(column) if not (_is_number(value) or pd.isna(value))]
    return [_wrong(f"row {first_row + row}", name, str(column.iloc[row])) for row in wrong[:FEW]]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def _wrong(where: str, name: str, shown: str) -> CellProblem:
    return replace(
        word_in_moderator(where, name, shown), suggestion="give numbers, and leave a cell blank where there is none"
    )


def numbers_of(column: "Series") -> FloatArray:
    """The column as float64, NaN where blank."""
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)


def effects_of(
    frame: "DataFrame", layout: Layout, measure: Measure, policy: ZeroCells, variance: str | None
) -> Effects:
    """The studies of the table on the analysis scale, each with what is wrong with it."""
    data = {name: numbers_of(frame[name]) for name in layout.numbers}
    if layout.kind == "effects":
        return _ready_made(data)
    rows = tuple(map(str, range(len(frame))))
    table = StudyTable(source="", kind=layout.kind, study=rows, columns=data, cells={})
    made = estimate_effects(table, measure, policy, variance)
    why = {"": 0, "not reported": Problem.MISSING, "double zero": Problem.DOUBLE_ZERO}
    flags = np.array([int(why.get(reason, Problem.NOT_ESTIMABLE)) for reason in made.reasons], dtype=np.int64)
    codes = tuple(dict.fromkeys(note.code for note in made.notes))
    bits = np.zeros(len(frame), dtype=np.int64)
    for note in made.notes:
        bits[np.array(note.where, dtype=np.int64)] |= 1 << codes.index(note.code)
    counts = data if layout.kind == "counts" else {}
    return Effects(yi=made.yi, vi=made.vi, flags=flags, notes=codes, note_bits=bits, counts=counts)


def _ready_made(data: Mapping[str, FloatArray]) -> Effects:
    """As `effects_from` reads them: a negative standard error, or limits that do not hold the estimate, say nothing."""
    yi = data["yi"]
    inside = np.ones(yi.shape, dtype=bool)
    spread: FloatArray
    if "vi" in data:
        spread = vi = data["vi"]
    elif "se" in data:
        spread = data["se"]
        vi = spread * np.abs(spread)
    else:
        low, high = data["ci_low"], data["ci_high"]
        inside = ~((yi <= low) | (high <= yi))
        spread = high - low
        vi = np.where(inside, se_from_ci(low, high, 0.95) ** 2, np.nan)
    flags = np.zeros(yi.shape, dtype=np.int64)
    for problem, there in (
        (Problem.MISSING, np.isnan(yi) | np.isnan(spread)),
        (Problem.INFINITE_EFFECT, np.isinf(yi)),
        (Problem.INFINITE_VARIANCE, np.isposinf(vi)),
        (Problem.ZERO_VARIANCE, inside & (vi == 0)),
        (Problem.NEGATIVE_VARIANCE, vi < 0),
        (Problem.NOT_ESTIMABLE, ~inside),
    ):
        flags[there] |= int(problem)
    return Effects(yi=yi, vi=vi, flags=flags, notes=(), note_bits=np.zeros_like(flags), counts={})


def refuse(problems: Iterable[CellProblem], source: str) -> None:
    """Raise the problems together, if there are any."""
    found = list(problems)
    if found:
        raise StudyDataError(found, source=source)


def typed(frame: Any, layout: Layout, first_row: int = 1) -> list[CellProblem]:  # noqa: ANN401 - pandas, or Dask's meta
    """What is wrong with the columns of numbers of a table."""
    return [problem for name in layout.numbers for problem in word_problems(frame[name], name, first_row)]
