"""The rows of a forest plot: a study, a diamond, a prediction interval, a line of text."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metak2.display import numbers, sentences
from metak2.display.journal import active
from metak2.display.not_estimated import in_place_of_effect
from metak2.effects.measures import Measure
from metak2.effects.sizes import EffectSizes
from metak2.kernels.contract import FloatArray
from metak2.models.pooled import Interval, Pooled
from metak2.plots.axis import Axis
from metak2.plots.forest_bias import BiasColumns
from metak2.plots.forest_columns import DataColumns
from metak2.plots.forest_words import IN_QUESTION, effect_text, rebuilt
from metak2.plots.labels import wrapped
from metak2.plots.marks import Mark, MarkKind, Row, RowKind

SMALLEST_SQUARE = 0.35  # of the largest: a small trial stays visible
UNWEIGHTED_SQUARE = 0.55
REASON_WIDTH = 20
NOT_POOLED = "†"
RECONSTRUCTED = "‡"
IN_QUESTION_MARK = "§"
NOT_ESTIMABLE = "Not estimable"


def mark_on(axis: Axis, kind: MarkKind, shown: FloatArray, size: float = 1.0) -> Mark:
    """A mark from an estimate with its lower and upper limit on the displayed scale, (3,)."""
    estimate, low, high = (float(value) for value in shown)
    arrows = {"arrow_low": low < axis.low, "arrow_high": high > axis.high}
    return Mark(kind=kind, estimate=estimate, low=low, high=high, size=size, **arrows)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowMaker:
    """Makes rows whose cells go with the columns: study, data, weight where there is such a column, effect, bias."""

    measure: Measure
    axis: Axis
    data: DataColumns
    bias: BiasColumns
    weighted: bool
    largest_weight: float = 100.0

    def mark(self, kind: MarkKind, estimate: float, limits: tuple[float, float], size: float = 1.0) -> Mark:
        """A mark from an estimate and its limits on the analysis scale."""
        return mark_on(self.axis, kind, self.measure.back([estimate, *limits]), size)

    def row(
        self, kind: RowKind, name: str, *, label: str = "", texts: Sequence[str] = (), mark: Mark | None = None
    ) -> Row:
        """A row; `texts` are the cells after the label, blank where there are none or no more."""
        blank = ("",) * (len(self.data.columns) + self.weighted + 1 + len(self.bias.columns) - len(texts))
        return Row(kind=kind, name=name, cells=(label or wrapped(name), *texts, *blank), mark=mark)

    def study(self, effects: EffectSizes, row: int, weights: FloatArray | None, level: float) -> Row:
        """One study: a square by its weight, hollow where it is not pooled, no mark where it cannot be estimated.

        `weights` are per cent, (k,), or None where nothing is pooled.
        """
        name, why = effects.study[row], effects.excluded[row]
        low, high = effects.limits(level)
        estimate, limits = float(effects.yi[row]), (float(low[row]), float(high[row]))
        estimable = bool(np.isfinite([estimate, *limits]).all())
        size, share = UNWEIGHTED_SQUARE, wrapped(why, REASON_WIDTH)
        if weights is not None and not why:
            size = max(math.sqrt(float(weights[row]) / self.largest_weight), SMALLEST_SQUARE)
            share = self._share(float(weights[row]))
        text = effect_text(effects, estimate, *limits) if estimable else _instead(effects, row)
        mark = self.mark("hollow square" if why else "square", estimate, limits, size) if estimable else None
        questioned = weights is not None and effects.words("integrity_status")[row] in IN_QUESTION
        marks = NOT_POOLED if why else IN_QUESTION_MARK if questioned else ""
        label = wrapped(name) + marks + (RECONSTRUCTED if name in rebuilt(effects) else "")
        texts = (*self.data.cells(row), *self._weight(share), text, *self.bias.cells(row))
        return self.row("excluded" if why else "study", name, label=label, texts=texts, mark=mark)

    def diamond(self, kind: RowKind, name: str, pooled: Pooled, weight: float | None = None) -> Row:
        """A pooled effect, with the totals of its studies unless it is another answer to the same question."""
        limits = (pooled.ci.low, pooled.ci.high)
        counted = [study for study, why in zip(pooled.study, pooled.effects.excluded, strict=True) if not why]
        totals = self.data.blanks() if kind == "other" else self.data.totals(counted)
        share = "" if weight is None else self._share(weight)
        texts = (*totals, *self._weight(share), effect_text(pooled.effects, pooled.estimate, *limits))
        mark = self.mark("open diamond" if kind == "other" else "diamond", pooled.estimate, limits)
        return self.row(kind, name, texts=texts, mark=mark)

    def prediction(self, interval: Interval, digits: int) -> Row:
        """The prediction interval, as a bar of its own."""
        low, high = (float(value) for value in self.measure.back([interval.low, interval.high]))
        texts = (*self.data.blanks(), *self._weight(""), numbers.bracketed(low, high, digits))
        mark = self.mark("bar", interval.estimate, (interval.low, interval.high))
        return self.row(
            "prediction", f"{sentences.coverage(interval.level)} prediction interval", texts=texts, mark=mark
        )

    @staticmethod
    def _share(weight: float) -> str:
        """A weight in per cent; blank in a style that has no weights, whose column then tells who is not pooled."""
        style = active().forest
        if "weight" not in style.order:
            return ""
        return numbers.percent(weight, 1) if style.weight_sign else numbers.fixed(weight, 1)

    def _weight(self, text: str) -> tuple[str, ...]:
        return (text,) if self.weighted else ()


def _instead(effects: EffectSizes, row: int) -> str:
    """Why there is no effect, or the effect of another measure as the source reports it."""
    value, limits = in_place_of_effect(effects, row)
    return f"{value} ({limits})" if effects.other_measure(row) else NOT_ESTIMABLE
