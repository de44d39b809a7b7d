"""Stata data sets (.dta): value labels as text, dates as dates, variable labels as comments on the column names.

After Stata's `meta set` or `meta esize` the variables `_meta_es` and `_meta_se` hold effect sizes on the analysis scale
(the logarithm for ratios): they are read as measure GEN, which is pooled as it stands.
"""

from dataclasses import replace
from pathlib import Path

from metak2.errors import CellProblem, StudyDataError
from metak2.studies.checks.files import unreadable
from metak2.studies.checks.reading import too_many_columns
from metak2.studies.frames import read_frame
from metak2.studies.grid import Grid
from metak2.studies.guards import MOST_COLUMNS, read_bytes

NAMES = {"_meta_es": "yi", "_meta_se": "sei", "_meta_studylabel": "slab"}


def read_stata(path: Path, source: str) -> tuple[list[Grid], list[CellProblem]]:
    """The data set as one sheet named like the file. StudyDataError where it cannot be read."""
    import pandas as pd  # noqa: PLC0415 - heavy, and only this format needs it

    read_bytes(path, source)
    try:
        with pd.read_stata(path, iterator=True, convert_categoricals=True) as reader:
            labels = reader.variable_labels()
        if len(labels) <= MOST_COLUMNS:
            frame = pd.read_stata(path, convert_categoricals=True)
    except Exception as error:  # whatever pandas stumbles over in a damaged file is the file's fault
        raise StudyDataError([unreadable(f"{type(error).__name__}: {error}")], source=source) from error
    if len(labels) > MOST_COLUMNS:
        raise StudyDataError([too_many_columns("", MOST_COLUMNS)], source=source)
    for column in frame.columns:
        if isinstance(frame[column].dtype, pd.CategoricalDtype) or frame[column].dtype.kind == "M":
            frame[column] = frame[column].astype(object)
    if "_meta_es" in frame.columns:
        frame = frame.rename(columns=NAMES)
    grid = read_frame(frame, title=path.stem, source=source)
    (number, header), *body = grid.rows
    named = tuple(replace(cell, comment=labels.get(str(cell.value), "")) for cell in header)
    return [replace(grid, rows=((number, named), *body))], []
