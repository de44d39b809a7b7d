"""Small study tables as the reader would give them, each value with a cell, without a file."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from metak2.effects.front import effect_sizes
from metak2.effects.sizes import EffectSizes
from metak2.studies.table import Kind, StudyTable
from tests.golden.cases import Case

Row = tuple[str, float, float, float, float]


def study_table(kind: Kind, study: Sequence[str], **columns: Sequence[Any]) -> StudyTable:
    """One row per study; numbers with None for blank, or words; the cells are sheet!B2, sheet!B3 and so on."""
    arrays: dict[str, Any] = {}
    for name, values in columns.items():
        if any(isinstance(value, str) for value in values):
            arrays[name] = np.array([value or "" for value in values], dtype=object)
        else:
            arrays[name] = np.array([np.nan if value is None else value for value in values], dtype=float)
    cells = {
        name: tuple(f"sheet!{chr(66 + at)}{row + 2}" for row in range(len(study))) for at, name in enumerate(arrays)
    }
    return StudyTable(source="made-up.xlsx", kind=kind, study=tuple(study), columns=arrays, cells=cells)


def trials(rows: Sequence[Row], **columns: Sequence[Any]) -> StudyTable:
    """Trials of counts: study, event_e, n_e, event_c, n_c."""
    study, event_e, n_e, event_c, n_c = zip(*rows, strict=True)
    return study_table("counts", study, event_e=event_e, n_e=n_e, event_c=event_c, n_c=n_c, **columns)


def trials_of(case: Case) -> StudyTable:
    """The tables of a golden case as trials 1, 2, 3 and so on."""
    ai, bi, ci, di = (cells[0] for cells in case.tables())
    study = [str(number + 1) for number in range(ai.size)]
    return study_table("counts", study, event_e=ai, n_e=ai + bi, event_c=ci, n_c=ci + di)


def counts(rows: Sequence[Row], measure: str = "RR", **columns: Sequence[Any]) -> EffectSizes:
    """Effect sizes of trials of counts under the default policy."""
    return effect_sizes(trials(rows, **columns), measure=measure)
