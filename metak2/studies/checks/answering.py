"""MK-Q: the answers that people gave to problems."""

from collections.abc import Sequence

from metak2.errors import CellProblem, did_you_mean


def answer_void(cell: str, code: str, was: str, now: str) -> CellProblem:
    """MK-Q01: the cell has changed since it was answered, so the answer does not hold any more."""
    return CellProblem(
        code="MK-Q01",
        severity="warning",
        message=f"the answer to {code} was given for '{was}', and the cell now holds '{now}': "
        "it does not hold any more",
        cell=cell,
        raw=now,
        suggestion="answer again, or delete the answer",
    )


def answer_without_cell(cell: str, code: str) -> CellProblem:
    """MK-Q02: an answer names a cell that is not there."""
    return CellProblem(
        code="MK-Q02",
        severity="warning",
        message=f"the answer to {code} names a cell that is not there or is blank",
        cell=cell,
        suggestion="delete the answer, or give it the cell's new address",
    )


def answer_key_unknown(cell: str, key: str, allowed: Sequence[str]) -> CellProblem:
    """MK-Q03: a key that answers do not have."""
    return CellProblem(
        code="MK-Q03",
        severity="error",
        message=f'"{key}" is no key of an answer{did_you_mean(key, allowed)}',
        cell=cell,
        suggestion=f"there is: {', '.join(allowed)}",
    )


def answer_incomplete(cell: str, reason: str) -> CellProblem:
    """MK-Q04: an answer lacks something, or says what cannot be."""
    return CellProblem(
        code="MK-Q04",
        severity="error",
        message=reason,
        cell=cell,
        suggestion="every answer has code, cell, action, raw, reason, name and date",
    )


def answer_not_accepting(cell: str, code: str) -> CellProblem:
    """MK-Q05: a problem that leaves open which value to use cannot be accepted."""
    return CellProblem(
        code="MK-Q05",
        severity="error",
        message=f"{code} cannot be accepted: it leaves open which value to use",
        cell=cell,
        suggestion='action = "correct" with a value, or "exclude"',
    )


def answer_not_readable(reason: str) -> CellProblem:
    """MK-Q06: the file of answers is no TOML, or not of this form."""
    return CellProblem(code="MK-Q06", severity="error", message=f"cannot be read: {reason}")


def answer_not_applicable(cell: str, raw: str, reason: str) -> CellProblem:
    """MK-Q07: a correction that does not fit what the cell holds or the columns there are."""
    return CellProblem(
        code="MK-Q07",
        severity="error",
        message=f"the answer does not fit '{raw}': {reason}",
        cell=cell,
        raw=raw,
        suggestion="read_as names as many columns as the cell holds numbers",
    )
