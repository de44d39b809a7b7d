"""Books that stand in for files: an analysis is run again on data that stand in no file."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from metak2.studies.answers import Answer
from metak2.studies.sheet import Book


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StandIn:
    """What is read in place of a file, and in place of the answers beside it."""

    book: Book
    answers: tuple[Answer, ...] = ()


_standing: ContextVar[Mapping[Path, StandIn]] = ContextVar("standing_in", default=MappingProxyType({}))


@contextmanager
def standing_in(books: Mapping[Path, StandIn]) -> Iterator[None]:
    """Inside the block, these books are read in place of the files at these paths, resolved."""
    token = _standing.set({**_standing.get(), **books})
    try:
        yield
    finally:
        _standing.reset(token)


def stand_in(source: object) -> StandIn | None:
    """What stands in for the file, None where the file itself is read."""
    standing = _standing.get()
    if not standing or not isinstance(source, (str, os.PathLike)):
        return None
    return standing.get(Path(source).resolve())
