"""The integrity of a study as a word in the sheet `studies`: which words there are and which are pooled."""

from collections.abc import Sequence

from metak2.errors import CellProblem, StudyDataError, UnknownOptionError, did_you_mean
from metak2.studies.table import StudyTable

STATUSES = ("ok", "concern", "corrected", "retracted", "duplicate", "not_checked")
"""What `integrity_status` may say; blank is not_checked. ok needs a database, a date and a person."""

NOT_POOLED_BY_DEFAULT = ("retracted", "concern", "duplicate")
"""Statuses that are shown, not pooled."""


def known_statuses(studies: StudyTable) -> tuple[str, ...]:
    """The status of each study. `StudyDataError` for a word that is none of them: it might mean retracted."""
    words = studies.words("integrity_status")
    cells = studies.cells.get("integrity_status", ("",) * len(words))
    problems = [
        unknown_status(cell, word) for word, cell in zip(words, cells, strict=True) if word and word not in STATUSES
    ]
    if problems:
        raise StudyDataError(problems, source=studies.source)
    return words


def unknown_status(cell: str, word: str) -> CellProblem:
    """MK-I01: a word that is no status."""
    return CellProblem(
        code="MK-I01",
        severity="error",
        cell=cell,
        column="integrity_status",
        raw=word,
        message=f"{word!r} is not a status{did_you_mean(word, STATUSES)}",
        suggestion=f"allowed: {', '.join(STATUSES)}",
    )


def known_exclusions(statuses: Sequence[str], option: str = "exclude") -> tuple[str, ...]:
    """The statuses to leave out of pooling, or to put back. `UnknownOptionError` for a word that is no status."""
    for status in statuses:
        if status not in STATUSES:
            raise UnknownOptionError(option, status, STATUSES)
    return tuple(statuses)
