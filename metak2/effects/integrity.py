"""The integrity of a study as a word in the sheet `studies`: which words there are and which are pooled."""

from collections.abc import Sequence

from metak2.errors import StudyDataError, UnknownOptionError
from metak2.studies.checks.integrity import STATUSES, unknown_status
from metak2.studies.table import StudyTable

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


def known_exclusions(statuses: Sequence[str], option: str = "exclude") -> tuple[str, ...]:
    """The statuses to leave out of pooling, or to put back. `UnknownOptionError` for a word that is no status."""
    for status in statuses:
        if status not in STATUSES:
            raise UnknownOptionError(option, status, STATUSES)
    return tuple(statuses)
