"""The doses of studies and their relative risks against a common reference, checked before anything is fitted."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from metak2.effects.conversions import se_from_ci
from metak2.errors import CellProblem, ModelError, StudyDataError
from metak2.kernels.contract import FloatArray
from metak2.kernels.dose_response import DESIGNS
from metak2.studies.checks.files import missing_sheet
from metak2.studies.read import open_book
from metak2.studies.sheet import CellValue, Sheet
from metak2.studies.table import read_only

if TYPE_CHECKING:
    from pandas import DataFrame

NEEDED = ("study", "dose")
NUMBERS = ("dose", "log_rr", "rr", "estimate", "se", "ci_low", "ci_high", "level", "cases", "n")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DoseData:
    """One row for each study and dose, the reference of each study first; every array is `(rows,)`.

    Attributes
    ----------
    yi, se
        Log relative risk against the study's reference, and its standard error: 0 and NaN at the reference.
    cases, n
        Events, and people (cases and controls, or the cohort) or person-time; NaN where the source has none.
    design
        "cc" odds ratios of a case-control study, "ci" risk ratios of people, "ir" rate ratios of person-time; "" where
        not known.
    unit
        Of the dose, for axes and sentences.
    """

    study: tuple[str, ...]
    dose: FloatArray
    yi: FloatArray
    se: FloatArray
    cases: FloatArray
    n: FloatArray
    design: tuple[str, ...]
    unit: str
    source: str

    @property
    def studies(self) -> tuple[str, ...]:
        """Every study once."""
        return tuple(dict.fromkeys(self.study))

    def rows_of(self, study: str) -> slice:
        """Where the rows of a study stand; its reference is the first."""
        first = self.study.index(study)
        return slice(first, first + self.study.count(study))


def dose_data(
    source: "str | os.PathLike[str] | DataFrame",
    *,
    sheet: str | None = None,
    where: Mapping[str, str] | None = None,
    unit: str = "",
) -> DoseData:
    """The doses of a sheet or DataFrame with one row for each study and dose.

    Columns: study, dose; log_rr, or rr or estimate; se, or ci_low and ci_high (blank at the reference); and for the
    covariances cases, n (people or person-time) and design (cc, ci or ir). `sheet` is "dose_response", or the only one;
    `where` keeps the rows with these values; rows without a dose (an estimate per unit) are left out.

    Raises
    ------
    StudyDataError
        Every cell that cannot be right, a study without one reference, or a dose given twice.
    """
    book = open_book(source)
    name = sheet or ("dose_response" if "dose_response" in book.sheets else next(iter(book.sheets)))
    if name not in book.sheets:
        raise StudyDataError([missing_sheet(name, list(book.sheets))], source=book.source)
    found = book.sheets[name]
    missing = [column for column in (*NEEDED, *(where or {})) if column not in found.columns]
    if not {"log_rr", "rr", "estimate"} & set(found.columns):
        missing.append("rr")
    if missing:
        raise ModelError(f"{book.source}, sheet {name!r}: columns missing: {', '.join(missing)}")
    rows = [row for row in found.rows if _kept(row, where or {}) and row["dose"].value is not None]
    numbers = {column: _column(found, rows, column) for column in NUMBERS}
    problems = [*_not_numbers(found, rows), *_designs(found, rows)]
    if not problems:
        problems += _references(rows, numbers)
    if problems or not rows:
        empty = [CellProblem(code="MK-D01", severity="error", message="no row with a dose is left")]
        raise StudyDataError(problems or empty, source=book.source)
    yi, se = _log_ratios(numbers)
    return _ordered(
        DoseData(
            study=tuple(_text(row, "study") for row in rows),
            dose=numbers["dose"],
            yi=yi,
            se=se,
            cases=numbers["cases"],
            n=numbers["n"],
            design=tuple(_text(row, "design") for row in rows),
            unit=unit or next((text for row in rows if (text := _text(row, "dose_unit"))), ""),
            source=book.source,
        )
    )


def _kept(row: Mapping[str, CellValue], where: Mapping[str, str]) -> bool:
    return all(_text(row, column) == str(value) for column, value in where.items())


def _text(row: Mapping[str, CellValue], column: str) -> str:
    return "" if column not in row or row[column].value is None else str(row[column].value)


def _column(sheet: Sheet, rows: Sequence[Mapping[str, CellValue]], column: str) -> FloatArray:
    if column not in sheet.columns:
        return np.full(len(rows), np.nan)
    return np.array([_number(row[column]) for row in rows])


def _number(cell: CellValue) -> float:
    try:
        return np.nan if cell.value is None else float(str(cell.value))
    except ValueError:
        return np.nan


def _not_numbers(sheet: Sheet, rows: Iterable[Mapping[str, CellValue]]) -> list[CellProblem]:
    return [
        _problem(
            "MK-D02", row[column], column, f"{row[column].raw!r} is not a number", "write a number or leave it blank"
        )
        for row in rows
        for column in NUMBERS
        if column in sheet.columns and row[column].value is not None and np.isnan(_number(row[column]))
    ]


def _designs(sheet: Sheet, rows: Iterable[Mapping[str, CellValue]]) -> list[CellProblem]:
    if "design" not in sheet.columns:
        return []
    return [
        _problem(
            "MK-D03", row["design"], "design", f"{_text(row, 'design')!r} is no design", f"one of {', '.join(DESIGNS)}"
        )
        for row in rows
        if _text(row, "design") not in {"", *DESIGNS}
    ]


def _references(rows: Sequence[Mapping[str, CellValue]], numbers: Mapping[str, FloatArray]) -> list[CellProblem]:
    """One reference a study (ratio 1 without an error), another dose in every row, and counts that can be."""
    yi, se = _log_ratios(numbers)
    problems: list[CellProblem] = []
    names = [_text(row, "study") for row in rows]
    for study in dict.fromkeys(names):
        own = [at for at, name in enumerate(names) if name == study]
        reference = [at for at in own if yi[at] == 0 and np.isnan(se[at])]
        cell = rows[own[0]]["study"]
        if len(reference) != 1:
            message = f"{study!r} has {len(reference)} reference rows (ratio 1, no interval)"
            problems.append(_problem("MK-D04", cell, "study", message, "mark one dose as the reference"))
        if len({float(numbers["dose"][at]) for at in own}) < len(own):
            message = f"{study!r} names a dose twice"
            problems.append(_problem("MK-D05", cell, "study", message, "one row for each dose of one model"))
        for at in own:
            if at not in reference and not (np.isfinite(yi[at]) and se[at] > 0):
                message = "a ratio above 0 with a standard error, or an interval that holds it"
                problems.append(_problem("MK-D06", rows[at]["dose"], "dose", message, "fill it or leave the row out"))
            problems += _counts(rows[at], numbers["cases"][at], numbers["n"][at])
    return problems


def _counts(row: Mapping[str, CellValue], cases: float, n: float) -> list[CellProblem]:
    """Cases are more than none; people are more than cases."""
    if np.isnan(cases) or np.isnan(n):
        return []
    if cases > 0 and (n > cases or (_text(row, "design") == "ir" and n > 0)):
        return []
    message = f"{cases:g} cases of {n:g} leave no ratio"
    return [_problem("MK-D07", row["cases"], "cases", message, "cases above 0, n above cases (person-time above 0)")]


def _log_ratios(numbers: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Log relative risks and their standard errors, from whichever columns are filled."""
    ratio = np.where(np.isnan(numbers["rr"]), numbers["estimate"], numbers["rr"])
    with np.errstate(invalid="ignore", divide="ignore"):
        yi = np.where(np.isnan(numbers["log_rr"]), np.log(ratio), numbers["log_rr"])
        low, high = np.log(numbers["ci_low"]), np.log(numbers["ci_high"])
        level = np.where(np.isnan(numbers["level"]), 0.95, np.where(numbers["level"] > 1, 0.01, 1.0) * numbers["level"])
        inside = (low < high) & (low <= yi) & (yi <= high)
        width = np.array(
            [se_from_ci(a, b, c) if ok else np.nan for a, b, c, ok in zip(low, high, level, inside, strict=True)]
        )
    return yi, np.where(np.isnan(numbers["se"]), width, numbers["se"])


def _ordered(data: DoseData) -> DoseData:
    """Studies as they come, each from its reference upwards in dose."""
    names = list(data.studies)
    order = sorted(
        range(len(data.study)), key=lambda at: (names.index(data.study[at]), not np.isnan(data.se[at]), data.dose[at])
    )
    taken: dict[str, object] = {}
    for field in fields(data):
        value = getattr(data, field.name)
        if isinstance(value, np.ndarray):
            value = read_only(value[order].copy())
        elif isinstance(value, tuple):
            value = tuple(value[at] for at in order)
        taken[field.name] = value
    return DoseData(**taken)  # type: ignore[arg-type] # each field keeps its own type


def _problem(code: str, cell: CellValue, column: str, message: str, suggestion: str) -> CellProblem:
    return CellProblem(
        code=code, severity="error", cell=cell.address, column=column, raw=cell.raw, message=message,
        suggestion=suggestion,
    )  # fmt: skip
