"""The answer without each study in turn, and the answer as studies were added."""

from collections.abc import Callable
from typing import Literal

import numpy as np

from metak2.errors import ModelError, did_you_mean
from metak2.kernels.contract import FloatArray
from metak2.models.pooled import Pooled
from metak2.models.rows import infer
from metak2.robustness.refits import Refits


def leave_one_out(pooled: Pooled) -> Refits:
    """The pooled effect without each of its studies in turn: one row per pooled study, one batch."""
    kept = np.flatnonzero(pooled.effects.mi)
    if kept.size < 2:
        raise ModelError("leaving one of one study out leaves nothing; leave-one-out needs two pooled studies")
    mi = np.repeat(pooled.effects.mi[None, :], kept.size, axis=0)
    mi[np.arange(kept.size), kept] = 0.0
    return _refits(pooled, "leave-one-out", kept, mi, lambda study: f"without {study}")


def cumulative(pooled: Pooled, *, order: str = "year") -> Refits:
    """The pooled effect as studies were added, ordered by a column (ties in the order of the sheet), one batch."""
    if order not in pooled.effects.moderators:
        raise ModelError(f"there is no column {order!r} to order by{did_you_mean(order, pooled.effects.moderators)}")
    kept = np.flatnonzero(pooled.effects.mi)
    keys = pooled.effects.moderators[order][kept]
    ordered = kept[np.argsort(keys, kind="stable")]
    mi = np.zeros((kept.size, len(pooled.effects)))
    for row, column in enumerate(ordered):
        mi[row:, column] = 1.0
    return _refits(pooled, "cumulative", ordered, mi, lambda study: f"+ {study}")


def _refits(
    pooled: Pooled,
    kind: Literal["leave-one-out", "cumulative"],
    columns: np.ndarray,
    mi: FloatArray,
    label: Callable[[str], str],
) -> Refits:
    choices = pooled.choices
    rows = infer(pooled.effects, choices, mi)
    fit = rows.fit
    study = tuple(pooled.study[i] for i in columns)
    random = pooled.asked.model == "random effects"
    from_tau2 = random and choices.convention.I2_rule == "from tau2"
    return Refits(
        kind=kind,
        base=pooled,
        study=study,
        label=tuple(label(name) for name in study),
        k=fit.k,
        estimate=fit.estimate,
        se=rows.se,
        ci_low=rows.low,
        ci_high=rows.high,
        pval=rows.pval,
        tau2=fit.tau2 if random else np.full(fit.k.shape, np.nan),
        I2=fit.I2 if from_tau2 else fit.I2_from_Q,
        Q=fit.Q,
    )
