"""MK-A: which arm is compared with which."""

from collections.abc import Sequence

from metak2.errors import CellProblem
from metak2.studies.checks.files import listed
from metak2.studies.rows import within


def several_arms(cell: str, study: str, side: str, arms: Sequence[str], cells: Sequence[str]) -> CellProblem:
    """MK-A01: more than one arm of a study matches."""
    where = ", ".join(f"'{arm}' in {within(at)}" for arm, at in zip(arms, cells, strict=True))
    return CellProblem(
        code="MK-A01",
        severity="error",
        message=f"{len(arms)} arms of '{study}' match {side}: {where}",
        cell=cell,
        column="arm",
        raw=arms[0],
        suggestion="name one arm, set combine_arms = true, or each_arm = true for a row each",
    )


def arm_without_partner(cell: str, study: str, arm: str, other: str) -> CellProblem:
    """MK-A02: an arm has nothing to be compared with, so its row is not used."""
    return CellProblem(
        code="MK-A02",
        severity="warning",
        message=f"'{arm}' of '{study}' is left over: no {other} arm at this outcome and time",
        cell=cell,
        column="arm",
        raw=arm,
    )


def arm_not_asked_for(cell: str, study: str, arm: str) -> CellProblem:
    """MK-A03: an arm is neither the experimental nor the control arm that was asked for."""
    return CellProblem(
        code="MK-A03",
        severity="note",
        message=f"'{arm}' of '{study}' was not asked for and is not used",
        cell=cell,
        column="arm",
        raw=arm,
    )


def nothing_to_compare(sheet: str, experimental: Sequence[str], control: Sequence[str]) -> CellProblem:
    """MK-A04: no study has both arms."""
    return CellProblem(
        code="MK-A04",
        severity="error",
        message=f"no study has both {listed(experimental)} and {listed(control)} at one time",
        cell=sheet,
        column="arm",
        suggestion="choose other arms or another time",
    )


def arms_not_alike(cell: str, column: str, one: str, other: str, at: str) -> CellProblem:
    """MK-A05: the two arms are in different units, directions or kinds of value."""
    return CellProblem(
        code="MK-A05",
        severity="error",
        message=f"'{one}' here but '{other}' in {within(at)}: these arms cannot be compared",
        cell=cell,
        column=column,
        raw=one,
    )


def control_twice(cell: str, study: str, control: str, first: str, *, pooled: bool) -> CellProblem:
    """MK-A06: one control arm serves two rows, so its people would be counted twice."""
    return CellProblem(
        code="MK-A06",
        severity="error" if pooled else "warning",
        message=f"the control arm '{control}' of '{study}' is also used in {within(first)}: "
        "its people would count twice",
        cell=cell,
        column="arm_c",
        raw=control,
        suggestion="choose one of the rows, combine the experimental arms into one row, or set each_arm = true and "
        "split the control or model the rows",
    )


def arms_combined(cell: str, study: str, arms: Sequence[str], cells: Sequence[str]) -> CellProblem:
    """MK-A07: several arms were added together."""
    where = ", ".join(f"'{arm}' ({within(at)})" for arm, at in zip(arms, cells, strict=True))
    return CellProblem(
        code="MK-A07",
        severity="note",
        message=f"arms of '{study}' combined into one: {where}",
        cell=cell,
        column="arm",
        raw=arms[0],
    )


def arms_not_combinable(cell: str, study: str, reason: str) -> CellProblem:
    """MK-A08: several arms match, but what is reported of them cannot be added together."""
    return CellProblem(
        code="MK-A08",
        severity="error",
        message=f"the arms of '{study}' cannot be combined: {reason}",
        cell=cell,
        column="arm",
        suggestion="name one arm",
    )


def arms_not_named(sheet: str, message: str, arms: Sequence[str]) -> CellProblem:
    """MK-A09: the question does not say which arm is compared with which."""
    return CellProblem(
        code="MK-A09",
        severity="error",
        message=message,
        cell=sheet,
        column="arm",
        suggestion=f"say experimental= and control=; there is: {listed(arms)}",
    )


def word_as_name(cell: str, column: str, raw: str, cells: int) -> CellProblem:
    """MK-A10: an arm or study is called by a word that other programs read as a blank, such as None."""
    often = f" (in {cells} cells)" if cells > 1 else ""
    return CellProblem(
        code="MK-A10",
        severity="note",
        message=f"'{raw}'{often} is kept as a name; other programs read it as a blank",
        cell=cell,
        column=column,
        raw=raw,
        suggestion="a name such as 'no treatment' is safe everywhere",
    )
