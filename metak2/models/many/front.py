"""Many meta-analyses at once, from a table in memory, from files, or on a Dask cluster."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack, overload

from metak2.effects.measures import Measure, measure_named
from metak2.effects.zero_cells import ZeroCells, zero_cells_named
from metak2.errors import ModelError, UnknownOptionError
from metak2.models.choices import Choices, MoreOptions, more_options, resolve
from metak2.models.conventions import Convention, Prediction, Test
from metak2.models.many import cluster, files
from metak2.models.many.fit import COLUMNS, PLACE, WEIGHTS, Job, pool_table
from metak2.models.many.outputs import writer
from metak2.models.many.table import layout_of, refuse, typed
from metak2.models.methods import Method

if TYPE_CHECKING:
    from pandas import DataFrame

SOURCE = "data frame"


class ManyOptions(MoreOptions, total=False):
    """The options of `pool`, by name, and those of `effect_sizes` that matter to a table of numbers."""

    method: str | Method | None
    test: Test | None
    convention: str | Convention
    level: float
    prediction: Prediction | None
    zero_cells: str | ZeroCells
    variance: str | None
    study_weights: bool


@overload
def pool_many(
    table: Any,  # noqa: ANN401 - a DataFrame of pandas or Dask, or files
    *,
    by: str | Sequence[str],
    measure: str | Measure = "GEN",
    out: None = None,
    **options: Unpack[ManyOptions],
) -> "DataFrame": ...


@overload
def pool_many(
    table: Any,  # noqa: ANN401 - as above
    *,
    by: str | Sequence[str],
    measure: str | Measure = "GEN",
    out: str | Path,
    **options: Unpack[ManyOptions],
) -> Path: ...


def pool_many(
    table: Any,
    *,
    by: str | Sequence[str],
    measure: str | Measure = "GEN",
    out: str | Path | None = None,
    **options: Unpack[ManyOptions],
) -> "DataFrame | Path":
    """Pool every meta-analysis of a tidy table, one row per study, into one row each.

    Parameters
    ----------
    table
        A pandas DataFrame; one or several files (.parquet .csv .csv.gz, or a pattern such as "effects/*.parquet"),
        read in chunks; or a Dask DataFrame, which is pooled where its partitions are. Rows may stand in any order.
        Memory holds one chunk or partition, and at least all studies of any one meta-analysis.
    by
        The columns that name a meta-analysis. Those of a CSV file are text, as it stands ("007", "NA").
    measure
        Columns on the analysis scale (log for ratios): `yi` with `vi`, or `se`, or 95 % limits `ci_low`, `ci_high`,
        whichever stands first in this list; or, without `yi`, the columns from which `effect_sizes` computes this
        measure (`event_e n_e event_c n_c` …). With a column `study`, a meta-analysis that names one twice is refused.
    out
        A .parquet or .csv file to write, chunk by chunk; it appears when it is complete, and not at all otherwise.
        The rows stand in no particular order if the table is larger than a chunk.
    options
        method, test, convention, level, prediction and the rarer options as in `pool` (weights: "inverse variance" or
        "equal"); zero_cells and variance as in `effect_sizes`; study_weights=True adds the column `weights`, arrays of
        the per cent of the studies that are pooled, in the order of the table.

    Returns
    -------
    DataFrame
        The columns of `by`, then `COLUMNS`: the fields of `Pooled` on the analysis scale, `notes` with its notes'
        codes, `status` with the words of `Problem` ("OK" if none), `k` studies pooled and `left_out` studies not. Of a
        Dask table: a Dask table, to be computed. With `out`, the path.

    Raises
    ------
    StudyDataError
        Before anything is pooled: every column that is missing, every column of numbers that holds words.
    UnknownOptionError, ModelError
        As in `pool`; a meta-analysis that cannot be pooled is no error, its row says so.

    >>> import pandas as pd
    >>> studies = pd.DataFrame({"review": ["a", "a", "a", "b"], "yi": [0.1, 0.3, 0.2, 0.5], "vi": 0.05})
    >>> pool_many(studies, by="review")[["review", "status", "k"]].values.tolist()
    [['a', 'OK', 3], ['b', 'ONE_STUDY', 1]]
    """
    job = _Asked(by, measure, options)
    if job.study_weights and out is not None and Path(out).suffix.lower() == ".csv":
        raise ModelError("weights are lists, which a .csv file cannot hold; write a .parquet file")
    result: DataFrame | Path
    if cluster.is_dask(table):
        result = cluster.pool_dask(table, job.for_table, out)
        return result
    if isinstance(table, (str, Path)) or (isinstance(table, Sequence) and not hasattr(table, "columns")):
        result = files.pool_files(table, job.for_table, out)
        return result
    found = job.for_table(list(table.columns), SOURCE)
    refuse(typed(table, found.layout), SOURCE)
    pooled = pool_table(table, found)
    if out is None:
        return pooled
    with writer(Path(out)) as write:
        write(pooled)
    return Path(out)


class _Asked:
    """The options, checked before the table is looked at."""

    def __init__(self, by: str | Sequence[str], measure: str | Measure, options: ManyOptions) -> None:
        self.by = (by,) if isinstance(by, str) else tuple(by)
        if not self.by:
            raise ModelError("by names no column; give at least one that tells the meta-analyses apart")
        for name in self.by:
            if name in {*COLUMNS, WEIGHTS, PLACE}:
                raise ModelError(f'by="{name}" is also the name of a result; rename the column')
        self.measure = measure_named(measure)
        self.policy = zero_cells_named(options.pop("zero_cells", "affected"))
        if self.policy.where == "all if any":
            raise ModelError('"all if any" looks at one meta-analysis at a time; use "affected" or "all"')
        self.variance = options.pop("variance", None)
        if self.variance is not None and self.variance not in self.measure.variances:
            raise UnknownOptionError("variance", self.variance, self.measure.variances)
        self.study_weights = options.pop("study_weights", False)
        self.choices = _choices(options)

    def for_table(self, columns: Sequence[str], source: str) -> Job:
        """What is to be done with a table of these columns."""
        layout = layout_of(columns, self.by, self.measure, source)
        method = self.choices.method
        fits = layout.kind == "counts" and self.measure.name in method.measures
        if method.needs == "counts" and not fits:
            raise ModelError(
                f"{method.label} pools {' '.join(method.measures)} from the columns event_e n_e event_c n_c; "
                "use CE or a random-effects method instead"
            )
        return Job(
            layout=layout,
            measure=self.measure,
            choices=self.choices,
            zero_cells=self.policy,
            variance=self.variance,
            study_weights=self.study_weights,
        )


def _choices(options: ManyOptions) -> Choices:
    """The choices of `pool`; weights of single studies have no place in them."""
    given: dict[str, Any] = {**options}
    named = {name: given.pop(name, None) for name in ("method", "test", "prediction")}
    convention, level = given.pop("convention", "metak2"), given.pop("level", 0.95)
    choices = resolve(
        named["method"],
        named["test"],
        convention,
        level,
        named["prediction"],
        more_options(given),  # type: ignore[arg-type] # what is left are its keys, or is refused by name
    )
    if choices.options.weighted and not isinstance(choices.options.weights, str):
        raise ModelError('weights is "inverse variance" or "equal" here: one list cannot fit every meta-analysis')
    return choices
