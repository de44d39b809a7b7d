"""Which files were read, each with a fingerprint of what stood in its cells, for a report's manifest."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from hashlib import sha256

from metak2.studies.sheet import Book, Scalar, raw_text

_logs: ContextVar[tuple[list["ParsedInput"], ...]] = ContextVar("reading_logs", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedInput:
    """A file as it was named, and the SHA-256 of its parsed cells: saving it anew in Excel does not change that."""

    path: str
    sha256: str


@contextmanager
def recording() -> Iterator[list[ParsedInput]]:
    """Collect every file read inside the block, in order, each once."""
    log: list[ParsedInput] = []
    token = _logs.set((*_logs.get(), log))
    try:
        yield log
    finally:
        _logs.reset(token)


def record(book: Book) -> None:
    """Enter the file into every log that is open."""
    logs = _logs.get()
    if not logs:
        return
    entry = ParsedInput(path=book.source, sha256=parsed_sha256(book))
    for log in logs:
        if entry not in log:
            log.append(entry)


def record_file(path: str, sha256: str) -> None:
    """Enter a file that is read as it stands, with the SHA-256 of its bytes."""
    for log in _logs.get():
        entry = ParsedInput(path=path, sha256=sha256)
        if entry not in log:
            log.append(entry)


@lru_cache(maxsize=8)
def parsed_sha256(book: Book) -> str:
    """SHA-256 over sheet names, columns, and each cell's address, type, value, formula and number format."""
    digest = sha256()

    def add(*parts: str) -> None:
        digest.update(repr(parts).encode("utf-8", "surrogatepass"))

    for sheet in book.sheets.values():
        add("sheet", sheet.name, *sheet.columns)
        for row in sheet.rows:
            for column, cell in row.items():
                if not cell.is_blank:
                    add(column, cell.address, *_typed(cell.value), cell.formula, cell.number_format)
    return digest.hexdigest()


def _typed(value: Scalar) -> tuple[str, str]:
    if isinstance(value, bool):
        return "truth", str(value)
    if isinstance(value, (int, float)):
        return "number", raw_text(value)  # 12 and 12.0 are the same number
    if isinstance(value, (date, time)):
        return "date", value.isoformat()
    return type(value).__name__, str(value)
