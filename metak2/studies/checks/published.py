"""MK-V: published results, the claims made of them, and which review holds which trial."""

from collections.abc import Iterable

from metak2.errors import CellProblem, did_you_mean


def not_a_printed_number(cell: str, column: str, raw: str) -> CellProblem:
    """MK-V01: a word where a printed number belongs."""
    return CellProblem(
        code="MK-V01",
        severity="error",
        message=f"'{raw}' is not a number",
        cell=cell,
        column=column,
        raw=raw,
        suggestion="type the number as printed, or leave the cell blank; in p a bound such as <0.001 is read too",
    )


def no_interval(cell: str, review: str) -> CellProblem:
    """MK-V02: a published estimate without its interval; nothing is filled in."""
    return CellProblem(
        code="MK-V02",
        severity="warning",
        message=f"{review} prints no confidence interval here: only its other numbers can be compared",
        cell=cell,
        column="ci_low",
        suggestion="add ci_low and ci_high if the full paper has them",
    )


def half_an_interval(cell: str, column: str, raw: str) -> CellProblem:
    """MK-V03: one limit of an interval without the other."""
    return CellProblem(
        code="MK-V03",
        severity="error",
        message=f"only one limit ({raw}) stands here, and an interval has two",
        cell=cell,
        column=column,
        raw=raw,
        suggestion="add the other limit, or leave both blank",
    )


def limits_swapped(cell: str, raw: str, other: str) -> CellProblem:
    """MK-V04: the lower limit is above the upper one."""
    return CellProblem(
        code="MK-V04",
        severity="error",
        message=f"the lower limit {raw} is above the upper limit {other}",
        cell=cell,
        column="ci_low",
        raw=raw,
        suggestion="exchange them; if it is printed so, leave both blank and list it as a misprint",
    )


def out_of_range(cell: str, column: str, raw: str, allowed: str) -> CellProblem:
    """MK-V05: a p value, I², level or number of decimals that cannot be one."""
    return CellProblem(
        code="MK-V05", severity="error", message=f"{raw} is not {allowed}", cell=cell, column=column, raw=raw
    )


def nameless(cell: str, column: str) -> CellProblem:
    """MK-V06: a row that says neither whose it is nor what it is called."""
    return CellProblem(
        code="MK-V06",
        severity="error",
        message=f"the row has no {column}",
        cell=cell,
        column=column,
        suggestion="name it, or clear the row",
    )


def unknown_word(cell: str, column: str, raw: str, allowed: Iterable[str]) -> CellProblem:
    """MK-V07: a word that is not one of those allowed in its column."""
    names = tuple(allowed)
    return CellProblem(
        code="MK-V07",
        severity="error",
        message=f"'{raw}' is not allowed here{did_you_mean(raw, names)}",
        cell=cell,
        column=column,
        raw=raw,
        suggestion=f"allowed: {', '.join(names)}",
    )


def claim_unknown(cell: str, raw: str, names: Iterable[str]) -> CellProblem:
    """MK-V08: evidence for a claim that is not listed."""
    return CellProblem(
        code="MK-V08",
        severity="error",
        message=f"there is no claim called '{raw}'{did_you_mean(raw, names)}",
        cell=cell,
        column="claim",
        raw=raw,
    )


def no_evidence_there(cell: str, raw: str, why: str) -> CellProblem:
    """MK-V09: a link that leads to no evidence: no such dataset, sheet or row, or a blank cell."""
    return CellProblem(
        code="MK-V09",
        severity="error",
        message=f"'{raw}' leads to no evidence: {why}",
        cell=cell,
        column="cell",
        raw=raw,
        suggestion="give dataset, sheet and cell as they are named in the workbook",
    )


def other_study_there(cell: str, raw: str, found: str, expected: str) -> CellProblem:
    """MK-V10: a link that leads to the row of another study, as after a row was inserted."""
    return CellProblem(
        code="MK-V10",
        severity="error",
        message=f"{raw} is in the row of '{found}', not of '{expected}'",
        cell=cell,
        column="cell",
        raw=raw,
        suggestion="correct the address or the study",
    )


def named_twice(cell: str, column: str, raw: str, first: str) -> CellProblem:
    """MK-V11: a claim, or a pair of review and trial, that was already listed."""
    return CellProblem(
        code="MK-V11",
        severity="error",
        message=f"'{raw}' was already listed in {first}",
        cell=cell,
        column=column,
        raw=raw,
    )
