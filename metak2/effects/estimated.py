"""What each kind of study data yields before anything is pooled."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from metak2.effects.notes import Note
from metak2.kernels.contract import FloatArray
from metak2.studies.table import Conversion


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimated:
    """Effect sizes on the analysis scale with their data; `reasons` says per study why it has none ("" when it has)."""

    yi: FloatArray
    vi: FloatArray
    data: Mapping[str, FloatArray]
    reasons: tuple[str, ...]
    conversions: tuple[tuple[Conversion, ...], ...]
    notes: tuple[Note, ...] = field(default=())


def reasons_for(yi: FloatArray, vi: FloatArray, known: Mapping[str, FloatArray]) -> tuple[str, ...]:
    """Why a study has no effect size: a number behind it is blank ("not reported"), or the formula has no value."""
    blank = np.zeros(yi.shape, dtype=bool)
    for values in known.values():
        blank |= np.isnan(values)
    estimable = np.isfinite(yi) & np.isfinite(vi) & (vi > 0)
    return tuple(
        "not reported" if missing else "" if good else "not estimable"
        for missing, good in zip(blank, estimable, strict=True)
    )
