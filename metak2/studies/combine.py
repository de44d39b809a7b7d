"""Several arms as one: Cochrane Handbook for Systematic Reviews of Interventions, 6.5.2.10 and Table 6.5.2.a."""

import math
from collections.abc import Sequence

from metak2.errors import CellProblem
from metak2.studies.checks.arms import arms_combined, arms_not_combinable
from metak2.studies.layouts import Layout
from metak2.studies.rows import BLANK_TEXT, Entry, Row, Side, word

_STANDARD_ERRORS = frozenset({"SEM", "SE"})


def combine_arms(rows: Sequence[Row], layout: Layout) -> tuple[Row, CellProblem]:
    """One row for these arms of one study, and the note (or the error) that says so.

    Events, people and time at risk add up. Means are weighted by n, and the SD is that of all the people together; a
    standard error is turned into an SD first. A blank in one arm leaves the combined number blank.
    """
    first = rows[0]
    study, cell = word(first, "study"), first["arm"].cell
    arms, cells = [word(row, "arm") for row in rows], [row["arm"].cell for row in rows]
    reason = _obstacle(rows, layout)
    if reason:
        return first, arms_not_combinable(cell, study, reason)
    sides = [Side(row=row, columns=layout.sides[0]) for row in rows]
    combined = {column: _joined_text(rows, column) for column in first}
    for role in ("events", "n", "person_time", "n_randomised"):
        _put(combined, sides, role, math.fsum(side.number(role) for side in sides))
    if layout.kind == "means":
        _combine_means(combined, sides)
    return combined, arms_combined(cell, study, arms, cells)


def _obstacle(rows: Sequence[Row], layout: Layout) -> str:
    if layout.kind == "percentages":
        return "cumulative percentages are not counts"
    if layout.kind == "means":
        for row in rows:
            kind = _spread_kind(Side(row=row, columns=layout.sides[0]))
            if kind != "SD" and kind not in _STANDARD_ERRORS:
                return f"the spread of '{word(row, 'arm')}' is {kind or 'of a kind that is not stated'}, not SD or SEM"
    return ""


def _spread_kind(side: Side) -> str:
    return "SD" if side.has("sd") else side.word("dispersion_type") or side.word("dispersion_inferred")


def _spread(side: Side) -> float:
    if side.has("sd"):
        return side.number("sd")
    spread = side.number("dispersion")
    return spread * math.sqrt(side.number("n")) if _spread_kind(side) in _STANDARD_ERRORS else spread


def _combine_means(combined: dict[str, Entry], sides: Sequence[Side]) -> None:
    people = math.fsum(side.number("n") for side in sides)
    mean = math.fsum(side.number("n") * side.number("mean") for side in sides) / people
    within = math.fsum((side.number("n") - 1) * _spread(side) ** 2 for side in sides)
    between = math.fsum(side.number("n") * (side.number("mean") - mean) ** 2 for side in sides)
    spread = math.sqrt((within + between) / (people - 1))
    inferred = any(not side.has("sd") and not side.has("dispersion_type") for side in sides)
    _put(combined, sides, "mean", mean)
    for role in ("sd", "dispersion"):
        _put(combined, sides, role, spread)
    for role in ("dispersion_low", "dispersion_high"):
        _put(combined, sides, role, math.nan)
    for role, text in (
        ("dispersion_type", "" if inferred else "SD"),
        ("dispersion_inferred", "SD" if inferred else ""),
    ):
        _put(combined, sides, role, text)


def _put(combined: dict[str, Entry], sides: Sequence[Side], role: str, value: float | str) -> None:
    column = sides[0].columns.get(role, "")
    if column in combined:
        combined[column] = Entry(value=value, cell=" + ".join(side.row[column].cell for side in sides))


def _joined_text(rows: Sequence[Row], column: str) -> Entry:
    by_text: dict[float | str, Entry] = {}
    for row in rows:
        entry = row.get(column, BLANK_TEXT)
        by_text.setdefault(entry.value, entry)
    entries = list(by_text.values())
    if len(entries) == 1 or isinstance(entries[0].value, float):
        return entries[0]
    text = " + ".join(entry.raw for entry in entries if not entry.is_blank)
    return Entry(value=text, cell=" + ".join(entry.cell for entry in entries), raw=text)
