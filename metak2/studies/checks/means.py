"""MK-M: means and what is given of their spread."""

from collections.abc import Iterator
from itertools import combinations

from metak2.errors import CellProblem
from metak2.studies.rows import Side, plain


def not_a_mean(cell: str, column: str, raw: str) -> CellProblem:
    """MK-M01: a word where a mean or its spread belongs."""
    return CellProblem(
        code="MK-M01",
        severity="error",
        message=f"'{raw}' is not a number",
        cell=cell,
        column=column,
        raw=raw,
        suggestion="type the number, or leave the cell blank where none is reported",
    )


def no_spread(side: Side) -> Iterator[CellProblem]:
    """MK-M02: a standard deviation, standard error or other spread of 0 or less."""
    for role in ("sd", "dispersion"):
        if side.number(role) <= 0:
            stated = side.word("dispersion_type") or side.word("dispersion_inferred") or "spread"
            kind = "SD" if role == "sd" else stated
            yield side.problem(
                "MK-M02",
                role,
                f"the {kind} is {plain(side.number(role))}, and must be above 0",
                suggestion="leave it blank if it is not reported",
            )


def sd_of_one(side: Side) -> Iterator[CellProblem]:
    """MK-M10: a spread of an arm of one person."""
    if side.number("n") == 1 and (side.has("sd") or side.has("dispersion")):
        yield side.problem(
            "MK-M10", "n", "an arm of one person has no spread", suggestion="check the number of people in the arm"
        )


def limits_swapped(side: Side) -> Iterator[CellProblem]:
    """MK-M03: the lower limit about a mean is above the upper one."""
    if side.number("dispersion_low") > side.number("dispersion_high"):
        low, high = plain(side.number("dispersion_low")), plain(side.number("dispersion_high"))
        columns = f"{side.columns['dispersion_high']} in {side.cell('dispersion_high')}"
        yield side.problem("MK-M03", "dispersion_low", f"lower limit {low} is above the upper {high} ({columns})")


def mean_outside_limits(side: Side) -> Iterator[CellProblem]:
    """MK-M04: the limits about a mean do not hold it."""
    low, mean, high = (side.number(role) for role in ("dispersion_low", "mean", "dispersion_high"))
    if low <= high and (mean < low or mean > high):
        cells = f"{side.cell('dispersion_low')} and {side.cell('dispersion_high')}"
        yield side.problem("MK-M04", "mean", f"{plain(mean)} is not between {plain(low)} and {plain(high)} ({cells})")


FIVE_NUMBERS = ("minimum", "q1", "median", "q3", "maximum")


def five_numbers_not_rising(side: Side) -> Iterator[CellProblem]:
    """MK-M11: a quartile, median or limit of the range that is larger than the next one."""
    for low, high in combinations((role for role in FIVE_NUMBERS if side.has(role)), 2):
        if side.number(low) > side.number(high):
            where = f"{side.columns[high]} {plain(side.number(high))} ({side.cell(high)})"
            yield side.problem("MK-M11", low, f"{side.columns[low]} {plain(side.number(low))} is above {where}")
            return


def skewed_numbers(where: tuple[str, str, str], study: str, statistic: float, critical: float) -> CellProblem:
    """MK-M12: a median whose quartiles or range are too skewed for a mean and an SD to be made of them."""
    cell, column, raw = where
    return CellProblem(
        code="MK-M12",
        severity="warning",
        message=f"{study}: the limits lie too unevenly about the median (test statistic {statistic:.2f}, critical "
        f"value {critical:.2f}) for a mean to be made of them",
        cell=cell,
        column=column,
        raw=raw,
        suggestion='distribution="lognormal" where that fits; even_if_skewed=True as a sensitivity analysis',
    )
