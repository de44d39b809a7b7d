"""The same on a Dask cluster: studies travel to the partition of their meta-analysis and are pooled there."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from metak2.models.many.fit import PLACE, Job, pool_table
from metak2.models.many.outputs import ending_of, writer
from metak2.models.many.table import refuse, typed

if TYPE_CHECKING:
    from pandas import DataFrame

SOURCE = "Dask data frame"


def is_dask(table: object) -> bool:
    """Whether this is a DataFrame of Dask, without loading Dask."""
    return type(table).__module__.partition(".")[0] in {"dask", "dask_expr"}


def pool_dask(table: Any, for_table: Callable[[Sequence[str], str], Job], out: str | Path | None) -> Any:  # noqa: ANN401 - Dask is an extra
    """A Dask table of results, not yet computed; with `out` it is computed and written, and the path comes back."""
    if out is not None:
        ending_of(Path(out))
    job = for_table(list(table.columns), SOURCE)
    columns = job.layout.columns
    types = table._meta[columns]  # noqa: SLF001 - Dask's name for the empty table of its types
    text = [name for name, kind in types.dtypes.items() if kind.kind == "O"]  # nothing says that they hold numbers
    refuse(typed(types.astype(dict.fromkeys(text, "str")), job.layout), SOURCE)
    meta = types.assign(**{PLACE: np.empty(0, dtype=np.int64)})
    placed = table[columns].map_partitions(_placed, meta=meta)
    together = placed.shuffle(on=list(job.layout.by), shuffle_method="tasks")  # any scheduler runs it, and again
    empty = pool_table(meta, job).drop(columns=PLACE)
    pooled = together.map_partitions(partial(_pool, job=job), meta=empty)
    if out is None:
        return pooled
    kept = pooled.persist()
    with writer(Path(out)) as write:
        for at in range(kept.npartitions):
            write(kept.get_partition(at).compute())
    return Path(out)


def _placed(frame: "DataFrame", partition_info: dict[str, int] | None = None) -> "DataFrame":
    """The studies with their place in the table, so that sums run in its order whatever way they travelled."""
    number = partition_info["number"] if partition_info else 0
    return frame.assign(**{PLACE: (number << 40) + np.arange(len(frame), dtype=np.int64)})


def _pool(frame: "DataFrame", job: Job) -> "DataFrame":
    ordered = frame.sort_values(PLACE, kind="stable", ignore_index=True)
    return pool_table(ordered, job).drop(columns=PLACE)
