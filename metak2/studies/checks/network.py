"""MK-W: studies of a network, with several arms each."""

import math
from collections.abc import Sequence

from metak2.errors import CellProblem

POSITIVE = {"total", "n", "sd", "se", "person_time"}
WHOLE = {"events", "total", "n"}


def _error(code: str, cell: str, column: str, message: str, suggestion: str = "") -> CellProblem:
    return CellProblem(code=code, severity="error", cell=cell, column=column, message=message, suggestion=suggestion)


def no_network(sheet: str, columns: Sequence[str]) -> CellProblem:
    """MK-W01: no columns that a network can be made of."""
    return _error(
        "MK-W01",
        sheet,
        "",
        f"no network in the columns {', '.join(columns)}",
        "give study and arm with events and total, events and person_time, or mean, sd and n; or study, treatment1, "
        "treatment2, estimate and se",
    )


def one_arm(cell: str, study: str, arm: str) -> CellProblem:
    """MK-W02: a study with a single arm compares nothing."""
    return _error(
        "MK-W02",
        cell,
        "arm",
        f"{study!r} has one arm, {arm!r}, and compares nothing",
        "add its other arm, or leave it out",
    )


def treatment_twice(cell: str, study: str, arm: str, first: str) -> CellProblem:
    """MK-W03: one treatment in two arms of a study."""
    return _error(
        "MK-W03",
        cell,
        "arm",
        f"{study!r} names {arm!r} again, already in {first}",
        "combine the two arms, or name the doses as treatments of their own",
    )


def unnamed(cell: str, column: str, study: str) -> CellProblem:
    """MK-W04: an arm without a name."""
    return _error("MK-W04", cell, column, f"an arm of {study!r} has no name", "name the treatment")


def comparison_twice(cell: str, study: str, pair: tuple[str, str], first: str) -> CellProblem:
    """MK-W05: a study compares the same two treatments in two rows."""
    return _error(
        "MK-W05", cell, "treatment1", f"{study!r} compares {pair[0]!r} with {pair[1]!r} twice, first in {first}"
    )


def comparison_missing(cell: str, study: str, arms: int, lacking: Sequence[tuple[str, str]]) -> CellProblem:
    """MK-W06: a multi-arm study without all of its comparisons."""
    pairs = ", ".join(f"{first} with {second}" for first, second in lacking)
    return _error(
        "MK-W06",
        cell,
        "study",
        f"{study!r} has {arms} arms and needs all {arms * (arms - 1) // 2} comparisons to say how they hang together; "
        f"missing: {pairs}",
        "add them, or give the arms themselves",
    )


def not_a_number(cell: str, column: str, raw: str) -> CellProblem:
    """MK-W07: a word where a number belongs."""
    return _error("MK-W07", cell, column, f"'{raw}' is not a number", "type the number, or leave the cell blank")


def outside(cell: str, column: str, value: float, total: float) -> CellProblem | None:
    """MK-W08: a number that cannot stand in its column."""
    said = ""
    if not math.isfinite(value):
        said = "is not finite"
    elif column in POSITIVE and value <= 0:
        said = "is not above 0"
    elif column == "events" and value < 0:
        said = "is fewer than none"
    elif column in WHOLE and not value.is_integer():
        said = "is not a whole number"
    elif value > total:
        said = f"is more than the {total:g} people of the arm"
    return _error("MK-W08", cell, column, f"{value:g} {said}") if said else None


def contrasts_disagree(cell: str, study: str, pair: tuple[str, str], given: float, others: float) -> CellProblem:
    """MK-W09: the comparisons of a study do not add up."""
    return _error(
        "MK-W09",
        cell,
        "estimate",
        f"{study!r}: its comparisons do not add up; {pair[0]} with {pair[1]} is given as {given:g}, the others say "
        f"{others:.4g}",
        "check this estimate first, its sign and its direction included",
    )


def variance_impossible(cell: str, study: str, pair: tuple[str, str], given: float, least: float) -> CellProblem:
    """MK-W10: standard errors that no arms can give."""
    return _error(
        "MK-W10",
        cell,
        "se",
        f"{study!r}: the standard errors imply an arm of negative variance; beside the others, {pair[0]} with "
        f"{pair[1]} cannot have {given:.4g}, {'at least' if given < least else 'at most'} {least:.4g}",
        "check this standard error first",
    )
