"""Kaplan–Meier percentages of one trial as two curves, checked before anything is computed from them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from metak2.errors import CellProblem
from metak2.kernels.contract import FloatArray
from metak2.studies.table import StudyTable, read_only

DIRECTIONS = ("event", "event-free")
MONTHS = {"day": 12 / 365.25, "week": 84 / 365.25, "month": 1.0, "year": 12.0}
_TIME = re.compile(r"(\d+(?:\.\d+)?) ?(day|week|month|year)s?")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curves:
    """The proportions (0 to 1) of both arms of a study still free of the event at rising times, (t,) each.

    `times` are in months, `labels` as written; `rows` are the rows of the table; `cells` and `values` say where the
    percentages and n stand and what they are.
    """

    study: str
    rows: tuple[int, ...]
    times: FloatArray
    labels: tuple[str, ...]
    free_e: FloatArray
    free_c: FloatArray
    n_e: float
    n_c: float
    cells: Mapping[str, str]
    values: Mapping[str, float | str]


def curves_of(studies: StudyTable) -> tuple[list[Curves], list[CellProblem]]:
    """The curves of every study that has them, and every problem found. A time that lacks one arm is passed over."""
    keys = studies.words("key") if "key" in studies.columns else studies.study
    curves: list[Curves] = []
    problems: list[CellProblem] = []
    for study in dict.fromkeys(keys):
        rows = [row for row, key in enumerate(keys) if key == study]
        found = [*_unreadable(studies, rows), *_sizes(studies, rows), *_lone_arm(studies, rows)]
        if not found:
            complete = sorted(
                (row for row in rows if not _blank(studies, row)), key=lambda row: _months(studies.words("time")[row])
            )
            found = [*_time_twice(studies, complete), *_backwards(studies, complete)]
            if not found:
                curves.append(_curves(studies, study, complete))
        problems += found
    return curves, problems


def _curves(studies: StudyTable, study: str, rows: Sequence[int]) -> Curves:
    labels = tuple(studies.words("time")[row] for row in rows)
    free = {arm: read_only(np.array([_free(studies, row, arm) for row in rows])) for arm in "ec"}
    cells: dict[str, str] = {}
    values: dict[str, float | str] = {}
    for arm in "ec":
        column = f"percent_{arm}"
        cells[column] = " + ".join(_cell(studies, column, row) for row in rows)
        percents = studies.numbers(column)
        values[column] = ", ".join(f"{percents[row]:g} at {label}" for row, label in zip(rows, labels, strict=True))
        cells[f"n_{arm}"] = _cell(studies, f"n_{arm}", rows[0])
        values[f"n_{arm}"] = float(studies.numbers(f"n_{arm}")[rows[0]])
    return Curves(
        study=study,
        rows=tuple(rows),
        times=read_only(np.array([_months(label) for label in labels])),
        labels=labels,
        free_e=free["e"],
        free_c=free["c"],
        n_e=float(values["n_e"]),
        n_c=float(values["n_c"]),
        cells=cells,
        values=values,
    )


def _free(studies: StudyTable, row: int, arm: str) -> float:
    share = float(studies.numbers(f"percent_{arm}")[row]) / 100
    return share if studies.words("direction")[row] == "event-free" else 1 - share


def _months(text: str) -> float:
    found = _TIME.fullmatch(text)
    return float(found[1]) * MONTHS[found[2]] if found else float("nan")


def _blank(studies: StudyTable, row: int) -> bool:
    return bool(np.isnan(studies.numbers("percent_e")[row]) or np.isnan(studies.numbers("percent_c")[row]))


def _cell(studies: StudyTable, column: str, row: int) -> str:
    return studies.cells[column][row] if column in studies.cells else ""


def _unreadable(studies: StudyTable, rows: Sequence[int]) -> list[CellProblem]:
    problems = []
    for row in rows:
        time, direction = studies.words("time")[row], studies.words("direction")[row]
        if np.isnan(_months(time)):
            cell, message = _cell(studies, "time", row), f"{time!r} is not a time since allocation"
            problems.append(_problem("MK-P01", cell, "time", message, "such as 12 months or 1 year"))
        if direction not in DIRECTIONS:
            cell, message = _cell(studies, "direction", row), f"{direction!r} does not say what the percentage counts"
            problems.append(_problem("MK-P02", cell, "direction", message, f"one of {', '.join(DIRECTIONS)}"))
    return problems


def _sizes(studies: StudyTable, rows: Sequence[int]) -> list[CellProblem]:
    """The number at the start of each arm must be known and the same at every time."""
    problems = []
    for column in ("n_e", "n_c"):
        sizes = studies.numbers(column)
        first = rows[0]
        for row in rows:
            cell = _cell(studies, column, row)
            if np.isnan(sizes[row]):
                message = "blank; the variance of a hazard ratio needs the people at the start"
                problems.append(_problem("MK-P03", cell, column, message, "fill it, or leave the trial out"))
            elif sizes[row] != sizes[first] and not np.isnan(sizes[first]):
                message = f"{sizes[row]:g} people, but {sizes[first]:g} in {_cell(studies, column, first)}"
                problems.append(_problem("MK-P04", cell, column, message, "n is the number at the start of the arm"))
    return problems


def _lone_arm(studies: StudyTable, rows: Sequence[int]) -> list[CellProblem]:
    if not all(_blank(studies, row) for row in rows):
        return []
    problems = []
    for column, arm in (("percent_e", "experimental"), ("percent_c", "control")):
        for row in rows:
            if np.isnan(studies.numbers(column)[row]):
                message = f"no percentage of the {arm} arm; a hazard ratio needs both arms at the same time"
                problems.append(_problem("MK-P05", _cell(studies, column, row), column, message, "fill it"))
    return problems


def _time_twice(studies: StudyTable, rows: Sequence[int]) -> list[CellProblem]:
    times = studies.words("time")
    return [
        _problem(
            "MK-P01",
            _cell(studies, "time", later),
            "time",
            f"{times[later]!r} is the same time as {times[earlier]!r} in {_cell(studies, 'time', earlier)}",
            "one row per time and arm",
        )
        for earlier, later in pairwise(rows)
        if _months(times[earlier]) == _months(times[later])
    ]


def _backwards(studies: StudyTable, rows: Sequence[int]) -> list[CellProblem]:
    """Nobody recovers from an event that has happened: freedom from it can only fall."""
    return [
        _problem(
            "MK-P06",
            _cell(studies, f"percent_{arm}", later),
            f"percent_{arm}",
            f"{studies.numbers(f'percent_{arm}')[later]:g} per cent {studies.words('direction')[later]} after "
            f"{studies.numbers(f'percent_{arm}')[earlier]:g} in {_cell(studies, f'percent_{arm}', earlier)}: "
            "a cumulative percentage cannot turn back",
            "check the time, the direction and the number",
        )
        for arm in "ec"
        for earlier, later in pairwise(rows)
        if _free(studies, later, arm) > _free(studies, earlier, arm)
    ]


def _problem(code: str, cell: str, column: str, message: str, suggestion: str) -> CellProblem:
    return CellProblem(code=code, severity="error", cell=cell, column=column, message=message, suggestion=suggestion)
