"""A pooled effect fitted again from what a report recorded: the cells of its studies, and what was asked of them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from metak2.effects.front import effect_sizes
from metak2.effects.integrity import NOT_POOLED_BY_DEFAULT
from metak2.errors import MetaError
from metak2.models.pool import pool
from metak2.models.pooled import Pooled
from metak2.studies.kinds import COLUMNS
from metak2.studies.table import StudyTable, read_only

Json = Mapping[str, Any]
Row = Mapping[str, object]
POLICIES = tuple(
    {"zero_cells": zero_cells, "exclude": exclude}
    for zero_cells in ("affected", "none", "treatment-arm")
    for exclude in (NOT_POOLED_BY_DEFAULT, ())
)
TWO_ARMS = {
    "counts": ("event_e", "n_e", "event_c", "n_c"),
    "rates": ("event_e", "time_e", "event_c", "time_c"),
    "means": ("mean_e", "mean_c"),
    "effects": ("estimate",),
}


def fitted_again(rows: Mapping[str, Row], options: Json, policy: Json) -> Pooled:
    """A pooled effect from recorded cells. MetaError where they do not make a table."""
    asked = dict(options)
    measure = asked.pop("measure")
    return pool(effect_sizes(_table(rows), measure=measure, **policy), **asked)


def _table(rows: Mapping[str, Row]) -> StudyTable:
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    columns = {}
    for name in names:
        values = [row.get(name) for row in rows.values()]
        if any(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values):
            columns[name] = read_only(np.array([_number(value) for value in values], dtype=np.float64))
        else:
            texts = np.empty(len(values), dtype=object)
            texts[:] = ["" if value is None else str(value) for value in values]
            columns[name] = read_only(texts)
    cells = {name: ("",) * len(rows) for name in names}
    kinds: tuple[tuple[str, Sequence[str]], ...] = (*TWO_ARMS.items(), *COLUMNS.items())
    kind = next((kind for kind, needed in kinds if set(needed) <= columns.keys()), "")
    if not kind:
        raise MetaError("the recorded cells are of no known kind")
    return StudyTable(source="results.json", kind=kind, study=tuple(rows), columns=columns, cells=cells)  # type: ignore[arg-type] # one of the kinds above


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return math.nan
