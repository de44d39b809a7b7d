"""A multilevel model as a forest plot: effects below the group or category they belong to. No drawing."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metak2.display import multilevel_answer as told
from metak2.display.decimals import decimals
from metak2.display.journal import active
from metak2.display.multilevel import heterogeneity
from metak2.display.numbers import bracketed
from metak2.display.sentences import coverage, lower_first
from metak2.display.wording import Wording, columns_of
from metak2.kernels.contract import FloatArray
from metak2.models.multilevel_levels import (
    GroupMeans,
    categories_of,
    expected_levels,
    group_means,
    levels_of,
    marginal_variance,
)
from metak2.models.multilevel_result import Multilevel
from metak2.models.pooled import Pooled
from metak2.models.random_terms import column_words
from metak2.plots.axis import effect_axis
from metak2.plots.forest_bias import BiasColumns
from metak2.plots.forest_columns import DataColumns, Moderators
from metak2.plots.forest_look import arranged, axis_of, effect_title, look_of
from metak2.plots.forest_rows import RowMaker
from metak2.plots.forest_words import effect_text
from metak2.plots.labels import balanced, clean, sentence, wrapped
from metak2.plots.marks import Column, ForestLayout, Row

FAVOURS_WIDTH = 26
LABEL_WIDTH = 36  # of a prediction interval's label
DRAWN_IN = "Open diamonds: the effect in each group, drawn towards the pooled effect, with the limits of the model."
NO_DIAMOND = "No pooled effect is drawn: the model has moderators."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What every row is made from."""

    result: Multilevel
    wording: Wording
    make: RowMaker
    weights: FloatArray

    def studies(self, rows: Sequence[int]) -> list[Row]:
        """These effects as rows."""
        return [self.make.study(self.result.effects, row, self.weights, self.result.level) for row in rows]

    def diamond(self, label: str, at: int) -> Row:
        """A coefficient as the diamond of everything above it."""
        found = self.result.coefficients
        values = tuple(float(one[at]) for one in (found.estimate, found.ci_low, found.ci_high))
        mark = self.make.mark("diamond", values[0], (values[1], values[2]))
        return self.make.row("pooled", label, texts=self.effect(*values), mark=mark)

    def effect(self, estimate: float, low: float, high: float) -> tuple[str, ...]:
        """The cells after the label: blanks, then the effect."""
        return (*self.make.data.blanks(), effect_text(self.result.effects, estimate, low, high))

    def bar(self, low: float, high: float, of: str = "") -> Row:
        """A prediction interval; `of` says of what new group."""
        back = self.result.measure.back([low, high])
        text = bracketed(float(back[0]), float(back[1]), decimals(self.result.effects))
        mark = self.make.mark("bar", (low + high) / 2, (low, high))
        name = f"{coverage(self.result.level)} prediction interval"
        label = f"{wrapped(of, LABEL_WIDTH)},\n{name}" if of else name
        name = f"{of}, {name}" if of else name
        return self.make.row("prediction", name, label=label, texts=(*self.make.data.blanks(), text), mark=mark)

    def space(self) -> list[Row]:
        """An empty row where the style has them."""
        return [self.make.row("space", "")] if active().forest.spaced else []


def multilevel_layout(
    result: Multilevel,
    *,
    wording: Wording,
    others: Sequence[tuple[str, Pooled]] = (),
    title: str = "",
    columns: Moderators = (),
) -> ForestLayout:
    """The forest plot of a multilevel model.

    With one pooled effect: below each group of the outermost random intercept its effects, the group's own effect at
    its heading; then the pooled diamond and a prediction interval for each level. With an effect for each category:
    the effects, the diamond and the prediction interval of each. With other moderators the effects alone.
    """
    shown = _shown(result, wording, columns, others)
    rows, notes = _rows(shown)
    rows += [shown.make.diamond("other", label, pooled) for label, pooled in others]
    heads, placed = arranged(_columns(shown), rows, active().forest)
    summary = float(result.measure.back(result.coefficients.estimate[0])) if result.alone else None
    low, high = (balanced(f"{active().forest.favours} {text}", FAVOURS_WIDTH) for text in wording.favours or ("", ""))
    return ForestLayout(
        title=clean(title),
        columns=heads,
        rows=placed,
        axis=axis_of(result, shown.make.axis),
        favours=(low, high) if wording.favours else None,
        summary=summary if active().forest.dashed_summary else None,
        footer=(*notes, *(line for line in (told.held(result, wording), heterogeneity(result)) if line)),
        alt=_alt(result, wording),
        **look_of(result),
    )


def _shown(result: Multilevel, wording: Wording, columns: Moderators, others: Sequence[tuple[str, Pooled]]) -> _Shown:
    effects, found = result.effects, result.coefficients
    low, high = effects.limits(result.level)
    expected = [(one.pi_low, one.pi_high) for one in levels_of(result)]
    expected += [(one.pi_low, one.pi_high) for one in categories_of(result)]
    own = np.concatenate([found.ci_low, found.ci_high]) if result.alone or categories_of(result) else np.empty(0)
    ends = np.array([end for pair in expected for end in pair if np.isfinite(end)])
    also = np.array([end for _, pooled in others for end in (pooled.ci.low, pooled.ci.high)])
    precision = 1 / marginal_variance(result)
    make = RowMaker(
        measure=effects.measure,
        axis=effect_axis(effects.measure, effects.yi, np.concatenate([low, high, own, ends, also])),
        data=DataColumns(effects, columns),
        bias=BiasColumns(effects),
        weighted=False,
        largest_weight=float(100 * precision.max() / precision.sum()),
    )
    return _Shown(result=result, wording=wording, make=make, weights=100 * precision / precision.sum())


def _columns(shown: _Shown) -> tuple[Column, ...]:
    return (
        Column(key="study", title=(active().forest.first,), align="left"),
        *shown.make.data.columns,
        Column(key="effect", title=effect_title(shown.result), align="right", after_plot=True),
        *shown.make.bias.columns,
    )


def _rows(shown: _Shown) -> tuple[list[Row], tuple[str, ...]]:
    """The rows above other answers, and the lines that explain them."""
    result = shown.result
    if result.alone:
        groups = _grouping(result)
        rows = _by_group(shown, groups) if groups else [*shown.studies(range(result.k)), *shown.space()]
        return [*rows, *_pooled(shown)], (DRAWN_IN,) if groups and _vary(result, groups) else ()
    if categories_of(result):
        return _by_category(shown), ()
    return shown.studies(range(result.k)), (NO_DIAMOND,)


def _grouping(result: Multilevel) -> GroupMeans | None:
    """The outermost random intercept that holds several effects of a group."""
    for one in result.fitted.terms:
        if one.intercept and "/" not in one.name and np.unique(one.term.group).size < result.k:
            return group_means(result, one.name)
    return None


def _vary(result: Multilevel, groups: GroupMeans) -> bool:
    """Whether groups differ at all: an effect of their own is drawn only then."""
    return any(one.term == groups.term and one.variance > 0 for one in levels_of(result))


def _by_group(shown: _Shown, groups: GroupMeans) -> list[Row]:
    words = column_words(shown.result.effects, groups.term)
    name, vary = shown.wording.one(groups.term), _vary(shown.result, groups)
    rows: list[Row] = []
    for at, group in enumerate(groups.groups):
        members = [row for row, word in enumerate(words) if word == group]
        if not members:
            continue
        values = tuple(float(one[at]) for one in (groups.estimate, groups.low, groups.high))
        mark = shown.make.mark("open diamond", values[0], (values[1], values[2]))
        heading = sentence(told.named_group(name, group))
        rows.append(
            shown.make.row("heading", heading, texts=shown.effect(*values), mark=mark)
            if vary
            else shown.make.row("heading", heading)
        )
        rows += [*shown.studies(members), *shown.space()]
    return rows


def _pooled(shown: _Shown) -> list[Row]:
    rows = [shown.diamond(f"All {told.size(shown.result, shown.wording)}", 0)]
    for one in expected_levels(shown.result):
        path = columns_of(one.term)
        inside = f" of a new {shown.wording.one(path[-2])}" if len(path) > 1 else ""
        rows.append(shown.bar(one.pi_low, one.pi_high, f"New {shown.wording.one(path[-1])}{inside}"))
    return rows


def _by_category(shown: _Shown) -> list[Row]:
    rows: list[Row] = []
    for one in categories_of(shown.result):
        members = np.flatnonzero(shown.result.design.X[:, one.at])
        rows.append(shown.make.row("heading", sentence(shown.wording.category(one.name))))
        rows += shown.studies([int(row) for row in members])
        rows.append(shown.diamond("Pooled", one.at))
        if np.isfinite(one.pi_low):
            rows.append(shown.bar(one.pi_low, one.pi_high))
        rows += shown.space()
    return rows[:-1] if active().forest.spaced else rows


def _alt(result: Multilevel, wording: Wording) -> str:
    if result.alone:
        words = lower_first(told.answer(result, wording))
    else:
        words = told.by_category(result, wording) or NO_DIAMOND
    parts = (words.rstrip(".") + ".", told.prediction(result, wording))
    return f"Forest plot of {told.size(result, wording)}: {' '.join(part for part in parts if part)}"
