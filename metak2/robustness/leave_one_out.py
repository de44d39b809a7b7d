"""The answer without each study in turn, without each pair, and the answer as studies were added."""

from dataclasses import dataclass
from typing import Literal, TypedDict

import numpy as np
from numpy.typing import NDArray

from metak2.effects.measures import Measure
from metak2.errors import ModelError, did_you_mean
from metak2.kernels.contract import FloatArray, IntArray
from metak2.models.pooled import Pooled
from metak2.models.rows import Rows, infer
from metak2.robustness.conclusion import no_effect, side
from metak2.robustness.refits import Refits
from metak2.shown import Drawn


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LeaveTwoOut(Drawn):
    """The pooled effect without each pair of its studies, on the analysis scale; every array is `(pairs,)`.

    `first` and `second` are positions in `study`, the pooled studies in the order of the sheet. Intervals follow the
    rule of `base`; tau2 and I2 (per cent) are NaN where the method has none.
    """

    base: Pooled
    study: tuple[str, ...]
    first: IntArray
    second: IntArray
    k: FloatArray
    estimate: FloatArray
    se: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    pval: FloatArray
    tau2: FloatArray
    I2: FloatArray
    Q: FloatArray

    def __len__(self) -> int:
        return self.k.size

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.base.measure

    def pair(self, row: int) -> tuple[str, str]:
        """The two studies left out of one row."""
        return self.study[self.first[row]], self.study[self.second[row]]

    @property
    def turning(self) -> NDArray[np.bool_] | None:
        """The pairs without which the interval lies otherwise about no effect; None if the measure compares nothing."""
        null, ci = no_effect(self.measure), self.base.ci
        if not np.isfinite(null):
            return None
        here = side(np.array([ci.low]), np.array([ci.high]), null)
        return np.asarray(side(self.ci_low, self.ci_high, null) != here)


class _Columns(TypedDict):
    k: FloatArray
    estimate: FloatArray
    se: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    pval: FloatArray
    tau2: FloatArray
    I2: FloatArray
    Q: FloatArray


def leave_one_out(pooled: Pooled) -> Refits:
    """The pooled effect without each of its studies in turn: one row per pooled study, one batch."""
    used = pooled.effects.mi
    kept = np.flatnonzero(used)
    if kept.size < 2:
        raise ModelError("leaving one of one study out leaves nothing; leave-one-out needs two pooled studies")
    return _refits(pooled, "leave-one-out", kept, without_each(used, kept))


def without_each(mi: FloatArray, kept: IntArray) -> FloatArray:
    """The multiplicities `mi` without each of the studies `kept` in turn, one row each."""
    rows = np.repeat(mi[None, :], kept.size, axis=0)
    rows[np.arange(kept.size), kept] = 0.0
    return rows


def leave_two_out(pooled: Pooled) -> LeaveTwoOut:
    """The pooled effect without each pair of studies: k(k − 1)/2 rows, one batch."""
    kept = np.flatnonzero(pooled.effects.mi)
    if kept.size < 3:
        raise ModelError(f"leaving two of {kept.size} out leaves nothing; leave-two-out needs three pooled studies")
    first, second = np.triu_indices(kept.size, 1)
    mi = np.repeat(pooled.effects.mi[None, :], first.size, axis=0)
    pair = np.arange(first.size)
    mi[pair, kept[first]] = 0.0
    mi[pair, kept[second]] = 0.0
    return LeaveTwoOut(
        base=pooled,
        study=tuple(pooled.study[i] for i in kept),
        first=first.astype(np.int64),
        second=second.astype(np.int64),
        **_columns(pooled, infer(pooled.effects, pooled.choices, mi)),
    )


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
    return _refits(pooled, "cumulative", ordered, mi)


def _refits(
    pooled: Pooled, kind: Literal["leave-one-out", "cumulative"], columns: np.ndarray, mi: FloatArray
) -> Refits:
    study = pooled.study
    return Refits(
        kind=kind,
        base=pooled,
        study=tuple([study[i] for i in columns.tolist()]),
        **_columns(pooled, infer(pooled.effects, pooled.choices, mi)),
    )


def _columns(pooled: Pooled, rows: Rows) -> _Columns:
    """The columns of a table of refits, by the rules of the analysis they vary."""
    fit = rows.fit
    random = pooled.asked.model == "random effects"
    from_tau2 = random and pooled.convention.I2_rule == "from tau2"
    return _Columns(
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
