"""Tables on disk: checked and parted by meta-analysis in one pass, then pooled part by part in bounded memory."""

import csv
import glob
import pickle
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from metak2.errors import CellProblem, StudyDataError
from metak2.models.many.fit import PLACE, Job, pool_table
from metak2.models.many.outputs import ending_of, require_pyarrow, writer
from metak2.models.many.table import FEW, Layout, refuse, typed
from metak2.studies.checks.files import missing_file, unknown_format, unreadable

if TYPE_CHECKING:
    from pandas import DataFrame

CHUNK = 250_000  # studies in memory at once
BLANK = ["", "NA", "N/A", "NaN", "nan", "NULL", "."]  # of a column of numbers; names are taken as they stand
LEAST_BYTES = 20  # of a study in a CSV file

ForTable = Callable[[Sequence[str], str], Job]


def pool_files(table: str | Path | Sequence[str | Path], for_table: ForTable, out: str | Path | None) -> Any:  # noqa: ANN401 - DataFrame or Path
    """The files as one table; `out` is written piece by piece."""
    paths = _files(table)
    if out is not None:
        ending_of(Path(out))
    job = _job(paths, for_table)
    pieces = pooled_pieces(paths, job, out)
    if out is not None:
        with writer(Path(out)) as write:
            for piece in pieces:
                write(piece.drop(columns=PLACE))
        return Path(out)
    import pandas as pd  # noqa: PLC0415 - heavy, and the kernels of a single fit do without

    together = pd.concat(list(pieces), ignore_index=True)
    return together.sort_values(PLACE, kind="stable", ignore_index=True).drop(columns=PLACE)


def pooled_pieces(paths: Sequence[Path], job: Job, out: str | Path | None) -> Iterator["DataFrame"]:
    """Results piece by piece, each of whole meta-analyses; the first comes when every cell of the files was checked."""
    chunks = _chunks(paths, job.layout)
    first = next(chunks)
    second = next(chunks, None)
    if second is None:
        yield pool_table(first, job)
        return
    beside = Path(out).resolve().parent if out is not None else None
    with TemporaryDirectory(prefix="metak2-", dir=beside) as folder:
        parts = _part(_again(first, second, chunks), job.layout, Path(folder), _parts(paths))
        for part in parts:
            yield pool_table(_stacked(part), job)


def _again(first: "DataFrame", second: "DataFrame", rest: Iterator["DataFrame"]) -> Iterator["DataFrame"]:
    yield first
    yield second
    yield from rest


def _files(table: str | Path | Sequence[str | Path]) -> list[Path]:
    """The files that are meant, each of them there and of a known format."""
    paths: list[Path] = []
    problems: list[CellProblem] = []
    for name in [table] if isinstance(table, (str, Path)) else table:
        path = Path(name)
        found = [path] if path.is_file() else sorted(Path(match) for match in glob.glob(str(name)))  # noqa: PTH207 - Path has no absolute patterns
        paths += [one for one in found if one.is_file()]
        if not found:
            problems.append(missing_file(path.as_posix(), [one.name for one in path.parent.glob("*")]))
    problems += [unknown_format("".join(path.suffixes)) for path in paths if not (_is_csv(path) or _is_parquet(path))]
    refuse(problems, ", ".join(path.as_posix() for path in paths) or str(table))
    if any(_is_parquet(path) for path in paths):
        require_pyarrow(paths[0].as_posix())
    return paths


def _is_csv(path: Path) -> bool:
    return path.name.lower().endswith((".csv", ".csv.gz"))


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() in {".parquet", ".pq"}


def _job(paths: Sequence[Path], for_table: ForTable) -> Job:
    """The job, after the header of every file was looked at."""
    problems: list[CellProblem] = []
    jobs: list[Job] = []
    for path in paths:
        try:
            job = for_table(_columns(path), path.as_posix())
            jobs.append(job)
            problems += _parquet_types(path, job.layout) if _is_parquet(path) else []
        except StudyDataError as error:
            problems += error.problems
    refuse(problems, ", ".join(path.as_posix() for path in paths))
    if len({job.layout.numbers for job in jobs}) > 1:
        raise StudyDataError([unreadable("the files hold different columns of numbers")], source=paths[0].as_posix())
    return jobs[0]


def _columns(path: Path) -> list[str]:
    if _is_parquet(path):
        import pyarrow.parquet as pq  # noqa: PLC0415 - an extra

        return list(pq.read_schema(path).names)
    import pandas as pd  # noqa: PLC0415 - heavy, and the kernels of a single fit do without

    return [str(name) for name in pd.read_csv(path, nrows=0, sep=_separator(path), encoding="utf-8-sig").columns]


def _separator(path: Path) -> str:
    """Comma, semicolon or tab, whichever divides the header most often."""
    import pandas as pd  # noqa: PLC0415 - heavy, and the kernels of a single fit do without

    try:
        header = pd.read_csv(path, nrows=0, sep="\0", quoting=csv.QUOTE_NONE, encoding="utf-8-sig", engine="c")
    except (ValueError, UnicodeDecodeError) as error:
        raise StudyDataError([unreadable(str(error))], source=path.as_posix()) from error
    line = str(header.columns[0])
    return max(",;\t", key=line.count)


def _parquet_types(path: Path, layout: Layout) -> list[CellProblem]:
    import pyarrow.parquet as pq  # noqa: PLC0415 - an extra

    return typed(pq.read_schema(path).empty_table().to_pandas(), layout)


def _chunks(paths: Sequence[Path], layout: Layout) -> Iterator["DataFrame"]:
    """The needed columns of all files, chunk by chunk, with `PLACE`; words among numbers are raised at the end."""
    problems: list[CellProblem] = []
    place = 0
    for path in paths:
        row = 1
        for chunk in _parquet_chunks(path, layout) if _is_parquet(path) else _csv_chunks(path, layout):
            if len(problems) < FEW:
                problems += typed(chunk.reset_index(drop=True), layout, row)
            if not problems:
                yield chunk.assign(**{PLACE: np.arange(place, place + len(chunk))})
            row, place = row + len(chunk), place + len(chunk)
    refuse(problems[:FEW], ", ".join(path.as_posix() for path in paths))


def _csv_chunks(path: Path, layout: Layout) -> Iterator["DataFrame"]:
    import pandas as pd  # noqa: PLC0415 - heavy, and the kernels of a single fit do without

    text = [name for name in layout.columns if name not in layout.numbers]
    try:
        with pd.read_csv(
            path,
            sep=_separator(path),
            encoding="utf-8-sig",
            usecols=layout.columns,
            dtype=dict.fromkeys(text, "str"),
            na_values={**dict.fromkeys(layout.numbers, BLANK), **{name: [""] for name in text}},
            keep_default_na=False,
            **_exact_numbers(pd.__version__),
            chunksize=CHUNK,
        ) as reader:
            for chunk in reader:
                yield chunk[layout.columns]
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        raise StudyDataError([unreadable(str(error))], source=path.as_posix()) from error


def _exact_numbers(pandas_version: str) -> dict[str, Any]:
    """Up to 3.0, pandas read numbers to the last bit only where it was told to."""
    major, minor = pandas_version.split(".")[:2]
    return {} if (int(major), int(minor)) >= (3, 1) else {"float_precision": "round_trip"}


def _parquet_chunks(path: Path, layout: Layout) -> Iterator["DataFrame"]:
    """Whole numbers that name meta-analyses stay whole numbers, blank or not."""
    import pandas as pd  # noqa: PLC0415 - heavy, and the kernels of a single fit do without
    import pyarrow as pa  # noqa: PLC0415 - an extra
    import pyarrow.parquet as pq  # noqa: PLC0415 - an extra

    whole = {
        arrow(): pandas()
        for arrow, pandas in (
            (pa.int8, pd.Int8Dtype), (pa.int16, pd.Int16Dtype), (pa.int32, pd.Int32Dtype), (pa.int64, pd.Int64Dtype),
            (pa.uint8, pd.UInt8Dtype), (pa.uint16, pd.UInt16Dtype), (pa.uint32, pd.UInt32Dtype),
            (pa.uint64, pd.UInt64Dtype),
        )
    }  # fmt: skip
    with pq.ParquetFile(path, pre_buffer=False) as file:  # else it keeps what it has read, the whole file in the end
        for group in range(file.num_row_groups):
            for batch in file.iter_batches(batch_size=CHUNK, row_groups=[group], columns=layout.columns):
                table = pa.Table.from_batches([batch])
                for at, field in enumerate(table.schema):
                    if pa.types.is_dictionary(field.type):
                        table = table.set_column(at, field.name, table.column(at).cast(field.type.value_type))
                yield table.to_pandas(types_mapper=whole.get)


def _parts(paths: Sequence[Path]) -> int:
    """How many parts of about a chunk the files make."""
    rows = 0
    for path in paths:
        if _is_parquet(path):
            import pyarrow.parquet as pq  # noqa: PLC0415 - an extra

            rows += pq.read_metadata(path).num_rows
        else:
            rows += path.stat().st_size // LEAST_BYTES * (5 if path.suffix == ".gz" else 1)
    return max(2, -(-rows // CHUNK))


def _part(chunks: Iterator["DataFrame"], layout: Layout, folder: Path, parts: int) -> list[Path]:
    """The chunks divided by the hash of their keys: all studies of one meta-analysis come into one file."""
    from pandas.util import hash_pandas_object  # noqa: PLC0415 - heavy

    paths = [folder / f"{part}.pickles" for part in range(parts)]
    for chunk in chunks:
        part = hash_pandas_object(chunk[list(layout.by)], index=False).to_numpy() % parts
        order = np.argsort(part, kind="stable")
        ends = np.searchsorted(part[order], np.arange(parts + 1))
        for at, path in enumerate(paths):
            rows = order[ends[at] : ends[at + 1]]
            if rows.size:
                with path.open("ab") as handle:
                    pickle.dump(chunk.iloc[rows], handle, protocol=pickle.HIGHEST_PROTOCOL)
    return [path for path in paths if path.exists()]


def _stacked(path: Path) -> "DataFrame":
    import pandas as pd  # noqa: PLC0415 - heavy, and the kernels of a single fit do without

    pieces: list[DataFrame] = []
    with path.open("rb") as handle:
        for _ in count():
            try:
                pieces.append(pickle.load(handle))  # noqa: S301 - our own file, in a folder of our own
            except EOFError:
                break
    path.unlink()
    return pd.concat(pieces, ignore_index=True)
