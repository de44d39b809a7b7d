"""A table of results written piece by piece: the file appears when it is complete, and not at all otherwise."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from metak2.errors import StudyDataError, UnknownOptionError
from metak2.studies.checks.reading import extra_needed

if TYPE_CHECKING:
    from pandas import DataFrame

Write = Callable[["DataFrame"], None]
ENDINGS = (".csv", ".parquet")


def ending_of(path: Path) -> str:
    """The format of an output, by its name."""
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise UnknownOptionError("out", path.name, [f"*{known}" for known in ENDINGS])
    if ending == ".parquet":
        require_pyarrow(path.name)
    return ending


def require_pyarrow(source: str) -> None:
    """Say what to install where Parquet cannot be read or written."""
    try:
        import pyarrow as pa  # noqa: F401, PLC0415 - an extra, and the question is whether it is there
    except ImportError as error:
        raise StudyDataError([extra_needed(".parquet", "formats")], source=source) from error


@contextmanager
def writer(path: Path) -> Iterator[Write]:
    """Writes pieces of one table beside `path` and moves them there at the end."""
    ending = ending_of(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    incoming = path.with_name(f".{path.name}.{os.getpid()}.writing")
    try:
        with _csv(incoming) if ending == ".csv" else _parquet(incoming) as write:
            yield write
        os.replace(incoming, path)  # noqa: PTH105 - Path.replace is the same; this one says what it is for
    finally:
        incoming.unlink(missing_ok=True)


def counted_statuses(path: Path) -> dict[str, int]:
    """How many meta-analyses of a written table have each status, the most frequent first."""
    import pandas as pd  # noqa: PLC0415 - heavy, and the kernels of a single fit do without

    column = ["status"]
    is_csv = ending_of(path) == ".csv"
    frame = pd.read_csv(path, usecols=column) if is_csv else pd.read_parquet(path, columns=column)
    return {str(words): int(number) for words, number in frame["status"].value_counts().items()}


@contextmanager
def _csv(path: Path) -> Iterator[Write]:
    with path.open("w", encoding="utf-8", newline="") as handle:
        yield lambda frame: frame.to_csv(handle, index=False, header=handle.tell() == 0)


@contextmanager
def _parquet(path: Path) -> Iterator[Write]:
    import pyarrow as pa  # noqa: PLC0415 - an extra
    import pyarrow.parquet as pq  # noqa: PLC0415 - an extra

    opened: list[pq.ParquetWriter] = []

    def write(frame: "DataFrame") -> None:
        schema = opened[0].schema if opened else None
        piece = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
        if not opened:
            opened.append(pq.ParquetWriter(path, piece.schema))
        opened[0].write_table(piece)

    try:
        yield write
    finally:
        for one in opened:
            one.close()
