"""How little must change before the conclusion does: studies left out, or outcomes of single people changed.

The conclusion is where the interval lies: below no effect, above it, or across it. Atal, Porcher, Boutron & Ravaud
(2019), Journal of Clinical Epidemiology 111:32-40, for the changed outcomes of a meta-analysis of trials.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from metak2.effects.from_counts import from_counts
from metak2.effects.measures import Measure
from metak2.effects.sizes import EffectSizes
from metak2.effects.zero_cells import zero_cells_named
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.models.pooled import Pooled
from metak2.models.rows import Rows, infer
from metak2.robustness.conclusion import no_effect
from metak2.robustness.stack import infer_stack
from metak2.shown import Drawn
from metak2.studies.table import StudyTable

Conclusion = Literal["below", "across", "above"]
MOST_ROWS = 20_000  # sets of studies of one size that are all left out in turn
MOST_CHANGES = 300
COUNTS = ("event_e", "n_e", "event_c", "n_c")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One person's outcome changed in one arm, and the interval after it, on the analysis scale."""

    study: str
    arm: Literal["experimental", "control"]
    events: Literal[-1, 1]
    estimate: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fragility(Drawn):
    """The least that turns the conclusion over.

    Attributes
    ----------
    conclusion
        Where the reported interval lies: "below" or "above" no effect, or "across" it.
    removed
        The fewest studies whose absence turns it, as one such set: of all sets of that size the one whose interval ends
        up farthest; None where no set of up to `searched` studies does.
    removed_ci
        The interval without them, on the analysis scale.
    changes
        Event by event the change that moves the interval most towards another conclusion, until it is reached; None
        where the effects are not what the counts give by the measure's own formula.
    turned
        Whether `changes` reach another conclusion (300 changes are the most that are tried).
    """

    base: Pooled
    conclusion: Conclusion
    removed: tuple[str, ...] | None
    removed_ci: tuple[float, float] | None
    searched: int
    changes: tuple[Change, ...] | None
    turned: bool

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.base.measure

    @property
    def index(self) -> int | None:
        """The fragility index: how many people's outcomes had to change; None where that is not known."""
        return len(self.changes) if self.changes is not None and self.turned else None


def fragility(pooled: Pooled) -> Fragility:
    """The fewest studies, and for counts the fewest single outcomes (found step by step), that turn the conclusion."""
    null = no_effect(pooled.measure)
    if not math.isfinite(null):
        raise ModelError(f"{pooled.measure.label} has no value of no effect, so there is no conclusion to turn over")
    conclusion = _conclusion(pooled.ci.low, pooled.ci.high, null)
    removed, removed_ci, searched = _removed(pooled, conclusion, null)
    changes = _changes(pooled, conclusion, null) if _made_of_counts(pooled.effects) else None
    last = changes[-1] if changes else None
    turned = last is not None and _conclusion(last.ci_low, last.ci_high, null) != conclusion
    return Fragility(
        base=pooled,
        conclusion=conclusion,
        removed=removed,
        removed_ci=removed_ci,
        searched=searched,
        changes=changes,
        turned=turned,
    )


def _conclusion(low: float, high: float, null: float) -> Conclusion:
    return "below" if high < null else "above" if low > null else "across"


def _distance(conclusion: Conclusion, rows: Rows, null: float) -> FloatArray:
    """How far each row's interval is past the line at which the conclusion turns; negative before it, NaN last."""
    if conclusion == "across":
        past = np.fmax(rows.low - null, null - rows.high)
    else:
        past = rows.high - null if conclusion == "below" else null - rows.low
    return np.where(np.isfinite(past), past, -np.inf)


def _removed(
    pooled: Pooled, conclusion: Conclusion, null: float
) -> tuple[tuple[str, ...] | None, tuple[float, float] | None, int]:
    """The smallest set without which the conclusion turns, the interval then, and the largest size that was tried."""
    kept = np.flatnonzero(pooled.effects.mi)
    searched = 0
    for size in range(1, kept.size):
        if math.comb(kept.size, size) > MOST_ROWS:
            break
        sets = kept[np.array(list(combinations(range(kept.size), size)))]
        mi = np.repeat(pooled.effects.mi[None, :], len(sets), axis=0)
        np.put_along_axis(mi, sets, 0.0, axis=1)
        rows = infer(pooled.effects, pooled.choices, mi)
        past = _distance(conclusion, rows, null)
        searched, best = size, int(past.argmax())
        if _turned(conclusion, past[best]):
            return tuple(pooled.study[i] for i in sets[best]), (float(rows.low[best]), float(rows.high[best])), size
    return None, None, searched


def _turned(conclusion: Conclusion, past: float) -> bool:
    return past > 0 if conclusion == "across" else past >= 0


def _changes(pooled: Pooled, conclusion: Conclusion, null: float) -> tuple[Change, ...]:
    """Step by step the single outcome that moves the interval farthest towards another conclusion."""
    effects = pooled.effects
    now = {name: np.array(effects.data[name]) for name in COUNTS}
    made: list[Change] = []
    while len(made) < MOST_CHANGES:
        study, arm, step = _possible(now, np.flatnonzero(effects.mi))
        if study.size == 0:
            break
        rows, tables = _with_one_change(pooled, now, (study, arm, step))
        past = _distance(conclusion, rows, null)
        best = int(past.argmax())
        now = {name: tables[name][best] for name in COUNTS}
        made.append(
            Change(
                study=pooled.study[study[best]],
                arm="experimental" if arm[best] == 0 else "control",
                events=1 if step[best] > 0 else -1,
                estimate=float(rows.fit.estimate[best]),
                ci_low=float(rows.low[best]),
                ci_high=float(rows.high[best]),
            )
        )
        if _turned(conclusion, past[best]):
            break
    return tuple(made)


def _possible(now: Mapping[str, FloatArray], kept: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every change of one outcome that an arm allows: study, arm (0 experimental, 1 control) and step (-1 or 1)."""
    study, arm, step = (grid.ravel() for grid in np.meshgrid(kept, [0, 1], [-1.0, 1.0], indexing="ij"))
    events = np.where(arm == 0, now["event_e"][study], now["event_c"][study]) + step
    people = np.where(arm == 0, now["n_e"][study], now["n_c"][study])
    allowed = (events >= 0) & (events <= people)
    return study[allowed], arm[allowed], step[allowed]


def _with_one_change(
    pooled: Pooled, now: Mapping[str, FloatArray], change: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> tuple[Rows, dict[str, FloatArray]]:
    """The refits after each single change, one batch, and the tables they were made of, `(changes, k)`."""
    study, arm, step = change
    row = np.arange(study.size)
    tables = {name: np.repeat(values[None, :], row.size, axis=0) for name, values in now.items()}
    tables["event_e"][row, study] += np.where(arm == 0, step, 0.0)
    tables["event_c"][row, study] += np.where(arm == 1, step, 0.0)
    yi, vi = (np.repeat(values[None, :], row.size, axis=0) for values in _computed(pooled.effects, now))
    changed = {name: values[row, study] for name, values in tables.items()}
    yi[row, study], vi[row, study] = _computed(pooled.effects, changed)
    mi = np.repeat(pooled.effects.mi[None, :], row.size, axis=0)
    return infer_stack(pooled.effects, pooled.choices, yi, vi, mi, tables), tables


def _made_of_counts(effects: EffectSizes) -> bool:
    """Whether the effects can be computed again after a change: counts, by the default variance of the measure."""
    if effects.kind != "counts":
        return False
    again = _computed(effects, {name: effects.data[name] for name in COUNTS})
    return all(np.allclose(new, old, equal_nan=True) for new, old in zip(again, (effects.yi, effects.vi), strict=True))


def _computed(effects: EffectSizes, counts: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Effects of these tables under the measure and the zero-cell rule of the analysis, NaN where not estimable."""
    size = counts["event_e"].size
    table = StudyTable(
        source=effects.source,
        kind="counts",
        study=tuple(str(at) for at in range(size)),
        columns=counts,
        cells={},
    )
    made = from_counts(table, effects.measure, effects.zero_cells or zero_cells_named("affected"))
    return np.asarray(made.yi), np.asarray(made.vi)
