"""Standard errors that are given are asked about where they may be standard deviations."""

from collections.abc import Sequence

import numpy as np
from scipy.special import chdtr

from metak2.effects.notes import Note
from metak2.kernels.contract import FloatArray
from metak2.studies.checks.precision import TOO_ALIKE

LEAST = 5


def doubtful_errors(study: Sequence[str], yi: FloatArray, vi: FloatArray) -> tuple[Note, ...]:
    """SE_MAY_BE_SD where five or more effects differ far less than their errors let them, on the analysis scale."""
    known = np.isfinite(yi) & np.isfinite(vi) & (vi > 0)
    df = int(known.sum()) - 1
    if df < LEAST - 1 or np.ptp(yi[known]) == 0:
        return ()
    effects, weights = yi[known], 1 / vi[known]
    weights /= weights.max()
    q = float((weights * (effects - np.average(effects, weights=weights)) ** 2).sum() / vi[known].min())
    if chdtr(df, q) >= TOO_ALIKE:
        return ()
    where = tuple(name for name, one in zip(study, known, strict=True) if one)
    return (Note(code="SE_MAY_BE_SD", values={"Q": q, "df": df}, where=where),)
