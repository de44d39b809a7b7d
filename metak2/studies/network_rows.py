"""The arms or comparisons of a network as they stand in a sheet, several to a study, each number with its cell."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from metak2.errors import CellProblem, StudyDataError
from metak2.studies.checks.network import (
    comparison_missing,
    comparison_twice,
    no_network,
    not_a_number,
    one_arm,
    outside,
    treatment_twice,
    unnamed,
)
from metak2.studies.join import join_studies
from metak2.studies.read import open_book
from metak2.studies.selection import Asked, RawRow, choose_sheet, present, select_rows
from metak2.studies.sheet import Sheet, text_of

if TYPE_CHECKING:
    from pandas import DataFrame

NetworkKind = Literal["counts", "means", "rates", "contrasts"]
KINDS: Mapping[NetworkKind, tuple[str, ...]] = {
    "counts": ("events", "total"),
    "rates": ("events", "person_time"),
    "means": ("mean", "sd", "n"),
    "contrasts": ("estimate", "se"),
}
SYNONYMS = {
    "treatment": "arm",
    "treat": "arm",
    "treat1": "treatment1",
    "treat2": "treatment2",
    "time_at_risk": "person_time",
}
FIRST_SECOND = ("treatment1", "treatment2")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkStudy:
    """One study: its arms in the order of the sheet and its numbers.

    `numbers` are `(a,)` by column for arms and `(a, a)` for comparisons, first against second; NaN where blank. `about`
    holds every other column, as in the first row of the study. `cells` are the addresses of its arms or pairs of arms.
    """

    study: str
    arms: tuple[str, ...]
    numbers: Mapping[str, NDArray[np.float64]]
    about: Mapping[str, str]
    cells: Mapping[frozenset[str], str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkRows:
    """The studies of a network as read; `kind` is "" where only the arms were asked for."""

    source: str
    kind: NetworkKind | Literal[""]
    studies: tuple[NetworkStudy, ...]


def read_network(
    source: "str | os.PathLike[str] | DataFrame | Mapping[str, Sequence[object]]",
    *,
    sheet: str | None = None,
    where: Mapping[str, str | Sequence[str]] | None = None,
    numbers: bool = True,
) -> NetworkRows:
    """Rows with study and arm, or study, treatment1 and treatment2, and the numbers of one of `KINDS`.

    Parameters
    ----------
    where
        Column → the value or values of the rows wanted, such as `{"outcome": "HbA1c", "time": "6 months"}`.
    numbers
        False where only the arms are wanted, for a drawing.

    Raises
    ------
    StudyDataError
        Every study with one arm, treatment named twice, missing comparison and impossible number, each with its cell.
    """
    found = _sheet(source, sheet)
    conditions = {name: _several(values) for name, values in (where or {}).items()}
    rows = [_renamed(row) for row in _selected(found, conditions, one_outcome=numbers)]
    kind = _kind(rows, found) if numbers else ""
    problems: list[CellProblem] = []
    grouped: dict[str, list[RawRow]] = {}
    for row in rows:
        grouped.setdefault(text_of(row.get("study")), []).append(row)
    read = _paired if rows and FIRST_SECOND[0] in rows[0] else _armed
    studies = tuple(read(study, group, kind, problems) for study, group in grouped.items())
    if problems:
        raise StudyDataError(problems, source=found.source)
    return NetworkRows(source=found.source, kind=kind, studies=studies)


def _sheet(source: "str | os.PathLike[str] | DataFrame | Mapping[str, Sequence[object]]", name: str | None) -> Sheet:
    if isinstance(source, Mapping):
        import pandas as pd  # noqa: PLC0415 - heavy, and only columns from memory need it

        source = pd.DataFrame({column: list(values) for column, values in source.items()})
    book = open_book(source)
    return join_studies(book, choose_sheet(book, Asked(), name))


def _selected(sheet: Sheet, conditions: Mapping[str, tuple[str, ...]], *, one_outcome: bool) -> list[RawRow]:
    """The rows where the conditions hold; several outcomes at once make a drawing, never an analysis."""
    outcomes = conditions.get("outcome", ())
    if one_outcome and len(outcomes) < 2:
        rest = {name: values for name, values in conditions.items() if name != "outcome"}
        return select_rows(sheet, Asked(outcome="".join(outcomes), where=rest))
    outcomes = outcomes or tuple(present(sheet.rows, "outcome"))
    parts = [select_rows(sheet, Asked(outcome=one, where=conditions)) for one in outcomes]
    return [row for part in parts for row in part] if outcomes else select_rows(sheet, Asked(where=conditions))


def _several(values: str | Sequence[str]) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else tuple(values)


def _renamed(row: RawRow) -> RawRow:
    return {SYNONYMS.get(name, name) if SYNONYMS.get(name) not in row else name: cell for name, cell in row.items()}


def _kind(rows: Sequence[RawRow], sheet: Sheet) -> NetworkKind:
    columns = set(rows[0]) if rows else set(sheet.columns)
    arms = set(FIRST_SECOND) <= columns
    for kind, needed in KINDS.items():
        if (kind == "contrasts") == arms and set(needed) <= columns and "study" in columns:
            return kind
    raise StudyDataError([no_network(sheet.name, sheet.columns)], source=sheet.source)


def _armed(
    study: str, rows: Sequence[RawRow], kind: NetworkKind | Literal[""], problems: list[CellProblem]
) -> NetworkStudy:
    """A study with a row for each arm."""
    arms = [text_of(row.get("arm")) for row in rows]
    cells = [_cell(row, "arm") for row in rows]
    problems += [unnamed(cell, "arm", study) for arm, cell in zip(arms, cells, strict=True) if not arm]
    if not kind:  # rows are results of arms, not arms: a treatment stands in many
        arms = list(dict.fromkeys(arms))
    twice = [at for at, arm in enumerate(arms) if arm in arms[:at]]
    problems += [treatment_twice(cells[at], study, arms[at], cells[arms.index(arms[at])]) for at in twice]
    if len(arms) == 1 and kind:
        problems.append(one_arm(cells[0], study, arms[0]))
    columns = KINDS[kind] if kind else ()
    numbers = {name: np.array([_number(row, name, problems) for row in rows]) for name in columns}
    return NetworkStudy(
        study=study,
        arms=tuple(arms),
        numbers=numbers,
        about=_about(rows[0]),
        cells={frozenset({arm}): cell for arm, cell in zip(arms, cells, strict=False)},
    )


def _paired(
    study: str, rows: Sequence[RawRow], kind: NetworkKind | Literal[""], problems: list[CellProblem]
) -> NetworkStudy:
    """A study with a row for each comparison of two arms."""
    pairs = [(text_of(row.get("treatment1")), text_of(row.get("treatment2"))) for row in rows]
    arms = list(dict.fromkeys(arm for pair in pairs for arm in pair))
    seen: dict[frozenset[str], str] = {}
    for row, pair in zip(rows, pairs, strict=True):
        cell = _cell(row, "treatment1")
        if not all(pair):
            problems.append(unnamed(cell, "treatment1 or treatment2", study))
        elif pair[0] == pair[1]:
            problems.append(treatment_twice(_cell(row, "treatment2"), study, pair[0], cell))
        elif frozenset(pair) in seen:
            problems.append(comparison_twice(cell, study, pair, seen[frozenset(pair)]))
        seen.setdefault(frozenset(pair), cell)
    lacking = [pair for pair in combinations(arms, 2) if frozenset(pair) not in seen]
    if lacking and kind:
        problems.append(comparison_missing(_cell(rows[0], "study"), study, len(arms), lacking))
    numbers = {}
    for name in KINDS["contrasts"] if kind else ():
        matrix = np.zeros((len(arms), len(arms)))
        for row, (first, second) in zip(rows, pairs, strict=True):
            i, j, value = arms.index(first), arms.index(second), _number(row, name, problems)
            matrix[i, j], matrix[j, i] = value, -value if name == "estimate" else value
        numbers[name] = matrix
    return NetworkStudy(
        study=study,
        arms=tuple(arms),
        numbers=numbers,
        about=_about(rows[0]),
        cells=seen,
    )


def _number(row: RawRow, name: str, problems: list[CellProblem]) -> float:
    cell = row.get(name)
    if cell is None or cell.is_blank:
        return float("nan")
    try:
        value = float(text_of(cell))
    except ValueError:
        problems.append(not_a_number(cell.address, name, text_of(cell)))
        return float("nan")
    total = float(text_of(row["total"])) if name == "events" and text_of(row.get("total")) else float("inf")
    problem = outside(cell.address, name, value, total)
    problems += [problem] if problem else []
    return value


def _cell(row: RawRow, name: str) -> str:
    found = row.get(name) or row.get("study")
    return found.address if found is not None else ""


def _about(row: RawRow) -> dict[str, str]:
    known = {"study", "arm", *FIRST_SECOND, *(name for names in KINDS.values() for name in names)}
    return {name: text_of(cell) for name, cell in row.items() if name not in known}
