"""MK-G: what a paper did not report."""

from collections.abc import Iterator

from metak2.errors import CellProblem
from metak2.studies.rows import Side, plain

MISSING_CODES = (99.0, 999.0, 9999.0, 99999.0, -9.0, -99.0, -999.0, -9999.0)


def not_reported(side: Side) -> Iterator[CellProblem]:
    """MK-G01: a blank cell that keeps a row from having an effect size; the row stays in the table."""
    if "estimate" in side.columns:
        blanks = [*_blank(side, "estimate"), *_blank_precision(side)]
    elif "mean" in side.columns:
        median = side.has("median")
        middle = [] if median else _blank(side, "mean") or _blank(side, "median")[: not side.has("mean")]
        blanks = [*middle, *_blank(side, "n"), *(_blank_quantiles(side) if median else _blank_spread(side))]
    else:
        blanks = _blank(side, "events", "percent", "person_time", "n")
    for role in blanks:
        yield side.problem("MK-G01", role, "blank: not reported; fill it and run again", severity="note")


def _blank(side: Side, *roles: str) -> list[str]:
    return [role for role in roles if side.entry(role) is not None and not side.has(role)]


def _blank_quantiles(side: Side) -> list[str]:
    """The quartiles or the range that a median needs beside it, where neither is whole."""
    if (side.has("q1") and side.has("q3")) or (side.has("minimum") and side.has("maximum")):
        return []
    return _blank(side, "q1", "q3") or _blank(side, "minimum", "maximum")


def _blank_spread(side: Side) -> list[str]:
    if side.has("sd") or side.has("dispersion") or (side.has("dispersion_low") and side.has("dispersion_high")):
        return []
    if side.has("dispersion_low") or side.has("dispersion_high"):
        return _blank(side, "dispersion_low", "dispersion_high")
    return _blank(side, "sd", "dispersion")[:1]


def _blank_precision(side: Side) -> list[str]:
    if side.has("se") or side.has("vi") or side.has("pval") or side.has("t"):
        return []
    if side.has("ci_low") != side.has("ci_high"):
        return _blank(side, "ci_low", "ci_high")
    return [] if side.has("ci_low") else _blank(side, "se", "vi", "ci_low", "pval")[:1]


def missing_code(cell: str, column: str, value: float, times: int) -> CellProblem:
    """MK-G02: a number such as 999 that often stands for "missing", far from everything else in its column."""
    often = f" ({times} times in this column)" if times > 1 else ""
    return CellProblem(
        code="MK-G02",
        severity="error",
        message=f"{plain(value)}{often} is far from the rest of the column, and often stands for a missing value",
        cell=cell,
        column=column,
        raw=plain(value),
        suggestion="leave the cell blank where nothing is reported; or answer: accept it as a number",
    )
