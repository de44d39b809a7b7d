"""Effect sizes: what is pooled, with what it means, what was left out and where each number came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.effects.origins import Origin
from metak2.effects.zero_cells import ZeroCells
from metak2.errors import CellProblem
from metak2.kernels.contract import FloatArray
from metak2.kernels.intervals import normal_interval
from metak2.shown import Shown
from metak2.studies.table import Column, Kind, read_only


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EffectSizes(Shown):
    """One effect size per study, on the analysis scale.

    Attributes
    ----------
    yi, vi
        Effect size and sampling variance, (k,); NaN where not estimable.
    data
        The numbers behind them as a reader wants to see them, name → (k,): event_e n_e event_c n_c, or mean_e sd_e n_e
        mean_c sd_c n_c, or event_e time_e event_c time_c; empty for ready-made effects.
    moderators
        Every other column of the study table.
    excluded
        Per study: "" when it is pooled, else why not: retracted, concern, duplicate, double zero, not reported,
        not estimable …
    problems
        Warnings and notes of the study table: blank cells, values read with an assumption.
    """

    measure: Measure
    kind: Kind
    study: tuple[str, ...]
    yi: FloatArray
    vi: FloatArray
    data: Mapping[str, FloatArray] = field(default_factory=dict)
    moderators: Mapping[str, Column] = field(default_factory=dict)
    excluded: tuple[str, ...]
    notes: tuple[Note, ...] = ()
    origins: tuple[Origin, ...] = ()
    zero_cells: ZeroCells | None = None
    problems: tuple[CellProblem, ...] = ()
    source: str = ""
    selection: Mapping[str, Any] = field(default_factory=dict)
    higher_is: Literal["better", "worse", ""] = ""

    def __len__(self) -> int:
        return len(self.study)

    @property
    def mi(self) -> FloatArray:
        """Multiplicity of each study in the primary analysis: 1 pooled, 0 not."""
        if not any(self.excluded):
            return np.ones(len(self.excluded))
        return np.array([0.0 if why else 1.0 for why in self.excluded])

    @property
    def k(self) -> int:
        """Number of studies that are pooled."""
        return self.excluded.count("")

    def limits(self, level: float) -> tuple[FloatArray, FloatArray]:
        """Each study's own interval on the analysis scale, (k,) and (k,); NaN where it is not estimable.

        The limits that a paper printed are shown as printed where they have this coverage; elsewhere the interval is
        normal.
        """
        low, high = normal_interval(self.yi, np.sqrt(self.vi), level=level)
        if self.kind != "effects" or not {"ci_low", "ci_high"} <= self.moderators.keys():
            return low, high
        printed = [self.measure.forward(self.moderators[name]) for name in ("ci_low", "ci_high")]
        stated = self.moderators.get("level", np.full(len(self), 0.95)).astype(np.float64)
        same = np.isclose(np.where(np.isnan(stated), 0.95, stated), level)
        usable = same & np.isfinite(printed[0]) & np.isfinite(printed[1]) & np.isfinite(self.yi)
        return np.where(usable, printed[0], low), np.where(usable, printed[1], high)

    def with_counts(self) -> "EffectSizes":
        """The same effect sizes as Mantel–Haenszel and Peto see them: whatever has counts counts, zeros included."""
        if self.kind != "counts":
            return self
        known = np.isfinite(np.array(list(self.data.values()))).all(axis=0)
        kept = tuple(
            "" if there and why in {"double zero", "not estimable"} else why
            for there, why in zip(known, self.excluded, strict=True)
        )
        return replace(self, excluded=kept)

    def other_measure(self, row: int) -> str:
        """The measure in which a study reports its effect, where that is not the one of the analysis; else ""."""
        given = self.moderators.get("estimate")
        if self.kind != "effects" or np.isfinite(self.yi[row]) or given is None or np.isnan(float(given[row])):
            return ""
        stated = self.words("measure")[row]
        return "" if stated == self.measure.name else stated

    def without_weight(self, weights: FloatArray, reason: str) -> "EffectSizes":
        """The same effect sizes with studies set apart that a fit gave no weight, (k,), for a stated reason."""
        kept = tuple(why or (reason if weight == 0 else "") for why, weight in zip(self.excluded, weights, strict=True))
        return replace(self, excluded=kept)

    def including(self, *reasons: str) -> "EffectSizes":
        """The same effect sizes with studies pooled that were left out for one of these reasons."""
        kept = tuple(
            "" if why in reasons and np.isfinite(y) else why for why, y in zip(self.excluded, self.yi, strict=True)
        )
        return replace(self, excluded=kept)

    def with_exclusions(self, excluded: tuple[str, ...]) -> "EffectSizes":
        """The same effect sizes with this reason, or "" for pooled, for each study."""
        return replace(self, excluded=excluded)

    def excluding(self, reason: str, studies: tuple[str, ...]) -> "EffectSizes":
        """The same effect sizes with these studies shown but not pooled, for a stated reason."""
        unknown = set(studies) - set(self.study)
        if unknown:
            raise KeyError(f"no study called {sorted(unknown)}; there are {list(self.study)}")
        kept = tuple(reason if s in studies else why for s, why in zip(self.study, self.excluded, strict=True))
        return replace(self, excluded=kept)

    def with_column(self, name: str, words: str | Sequence[str]) -> "EffectSizes":
        """The same effects with one more column to show or to divide by: a word for each row, or one for all."""
        column = np.empty(len(self), dtype=object)
        column[:] = words
        return replace(self, moderators={**self.moderators, name: read_only(column)})

    def with_assumptions(self, assumed: Mapping[str, str]) -> "EffectSizes":
        """The same effects with a note on what the reviewer assumed of a study, by its name."""
        made = (Note(code="ASSUMED", values={"what": what}, where=(study,)) for study, what in assumed.items())
        return replace(self, notes=(*self.notes, *made))

    def take(self, rows: Column | Sequence[int]) -> "EffectSizes":
        """The effect sizes of these rows only: a boolean array of length k, or row numbers in the order wanted."""
        wanted = np.asarray(rows)
        if wanted.dtype == np.bool_ and wanted.size == len(self) and wanted.all():
            return self
        index = np.arange(len(self.study))[wanted]
        return replace(
            self,
            study=tuple(self.study[i] for i in index),
            yi=read_only(self.yi[index]),
            vi=read_only(self.vi[index]),
            data={name: read_only(values[index]) for name, values in self.data.items()},
            moderators={name: read_only(values[index]) for name, values in self.moderators.items()},
            excluded=tuple(self.excluded[i] for i in index),
            origins=tuple(self.origins[i] for i in index) if self.origins else (),
        )

    def words(self, name: str) -> tuple[str, ...]:
        """A moderator as text, "" where blank or where there is no such column."""
        if name not in self.moderators:
            return ("",) * len(self.study)
        return tuple(_word(value) for value in self.moderators[name])


def _word(value: object) -> str:
    """A cell as text: "" for a blank number, 45 for 45.0."""
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.12g}"
    return str(value)
