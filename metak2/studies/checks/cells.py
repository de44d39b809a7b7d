"""MK-T: what kind of thing stands in a cell."""

from datetime import date

from metak2.errors import CellProblem
from metak2.studies.checks.counts import not_a_count
from metak2.studies.checks.effects import bounded_p, not_an_effect
from metak2.studies.checks.means import not_a_mean
from metak2.studies.checks.text_dates import date_in_text, decimals, fractions, readings
from metak2.studies.checks.typed import COUNTS, typed_problem

RETYPE = "type two numbers into two cells, or set the cell to Text first"

FORMULA_ERRORS = frozenset(
    {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
)


def date_in_cell(cell: str, column: str, raw: str, when: object, *, measured: bool = False) -> CellProblem:
    """MK-T01: a date stands where a number or a name belongs; both readings of a fraction are offered, none chosen.

    In a `measured` column it may have been a number with a point, where Excel expects a comma.
    """
    if isinstance(when, date):
        points = f", or of the number {decimals(when)} where it expects a comma" if measured else ""
        origin = f"Excel may have made it of {readings(fractions(when))}{points}: {RETYPE}"
    else:
        origin = "set the cell to Text or General and type what was reported"
    return CellProblem(
        code="MK-T01",
        severity="error",
        message=f"holds the date {raw}" if isinstance(when, date) else f"holds the time {raw}",
        cell=cell,
        column=column,
        raw=raw,
        suggestion=origin,
    )


def date_as_text(cell: str, column: str, raw: str, said: tuple[int, int]) -> CellProblem:
    """A text that says a date (MK-T01), as a CSV file holds what was a date in Excel."""
    return CellProblem(
        code="MK-T01",
        severity="error",
        message=f"'{raw}' says a date",
        cell=cell,
        column=column,
        raw=raw,
        suggestion=f"Excel may have made it of {readings((said, said[::-1]))}: {RETYPE}",
    )


def truth_in_number(cell: str, column: str, raw: str) -> CellProblem:
    """MK-T02: TRUE or FALSE stands where a number belongs."""
    return CellProblem(
        code="MK-T02",
        severity="error",
        message=f"holds {raw}, not a number",
        cell=cell,
        column=column,
        raw=raw,
        suggestion="type the number",
    )


def formula_error(cell: str, column: str, raw: str) -> CellProblem:
    """MK-T03: a formula went wrong."""
    return CellProblem(
        code="MK-T03",
        severity="error",
        message=f"the formula's result is {raw}",
        cell=cell,
        column=column,
        raw=raw,
        suggestion="mend the formula, or type the value",
    )


def formula_without_result(cell: str, column: str, formula: str) -> CellProblem:
    """MK-T04: a formula has no stored result, because a program and not Excel wrote the file."""
    return CellProblem(
        code="MK-T04",
        severity="error",
        message=f"the file holds no result of {formula}",
        cell=cell,
        column=column,
        raw=formula,
        suggestion="open and save it in Excel, or type the value",
    )


def number_as_text(cell: str, column: str, raw: str, number: str) -> CellProblem:
    """MK-T05: a number is stored as text; it is read as the number."""
    return CellProblem(
        code="MK-T05",
        severity="note",
        message=f"'{raw}' is text; read as {number}",
        cell=cell,
        column=column,
        raw=raw,
    )


def control_characters(cell: str, column: str, raw: str) -> CellProblem:
    """MK-T06: text holds line breaks or control characters; each run of them is read as a space."""
    return CellProblem(
        code="MK-T06",
        severity="note",
        message="line breaks or control characters are read as a space",
        cell=cell,
        column=column,
        raw=raw,
    )


def word_in_moderator(cell: str, column: str, raw: str) -> CellProblem:
    """MK-T07: a column is used as numbers, and a word stands in it."""
    return CellProblem(
        code="MK-T07",
        severity="error",
        message=f"'{raw}' is not a number",
        cell=cell,
        column=column,
        raw=raw,
        suggestion="type numbers throughout, or use the column as categories",
    )


LARGEST, SMALLEST = 1e12, 1e-12


def beyond_measure(cell: str, column: str, raw: str) -> CellProblem:
    """MK-T18: a number larger or smaller than anything that is counted or measured in a trial."""
    return CellProblem(
        code="MK-T18",
        severity="error",
        message=f"{raw} is beyond anything counted or measured in a trial",
        cell=cell,
        column=column,
        raw=raw,
        suggestion="a key may have been held down, or an exponent mistyped",
    )


def word_in_number(cell: str, column: str, raw: str, role: str) -> CellProblem:
    """A text where a number belongs: what it is (MK-T09 to T16), or MK-C03, MK-M01, MK-E01, MK-E08 for a word."""
    said = date_in_text(raw)
    if said is not None:
        return date_as_text(cell, column, raw, said)
    problem = typed_problem(cell, column, raw, role)
    if problem is not None:
        return problem
    if role in COUNTS:
        return not_a_count(cell, column, raw, role)
    unprinted = raw.strip().casefold().rstrip(".") in {"ns", "n.s", "not significant", "significant"}
    if role == "pval" and (unprinted or raw.lstrip().startswith(("<", ">", "≤", "≥"))):
        return bounded_p(cell, column, raw)
    if role in {"mean", "sd", "dispersion", "dispersion_low", "dispersion_high"}:
        return not_a_mean(cell, column, raw)
    return not_an_effect(cell, column, raw)
