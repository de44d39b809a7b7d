"""The forest plot of an analysis refitted with studies left out or added: a row per refit. No drawing."""

from collections.abc import Sequence

import numpy as np

from metak2.display import numbers, sentences
from metak2.display.decimals import decimals
from metak2.display.journal import active
from metak2.models.pooled import Pooled
from metak2.plots import forest_words as words
from metak2.plots.axis import Axis, effect_axis
from metak2.plots.forest_look import arranged, axis_of, effect_title, look_of
from metak2.plots.forest_rows import NOT_ESTIMABLE, UNWEIGHTED_SQUARE, mark_on
from metak2.plots.labels import clean, wrapped
from metak2.plots.marks import Column, ForestLayout, Row, RowKind
from metak2.robustness.refits import Refits

TITLES = {"leave-one-out": "Left out", "cumulative": "Studies so far"}


def refits_layout(
    refits: Refits, *, others: Sequence[tuple[str, Pooled]], favours: tuple[str, str] | None, title: str
) -> ForestLayout:
    """One row per refit with its number of studies, effect and I²; the base analysis as the diamond below."""
    base, measure = refits.base, refits.measure
    ends = (np.array([base.ci.low, base.ci.high]), refits.ci_low, refits.ci_high)
    axis = effect_axis(measure, refits.estimate, np.concatenate(ends))
    refitted = tuple(_refit(refits, row, label, axis) for row, label in enumerate(refits.label))
    space = (Row(kind="space", name="", cells=("",) * 4),) if active().forest.spaced else ()
    diamond = _diamond("pooled", words.total_label(base), base, axis)
    extra = tuple(_diamond("other", label, pooled, axis) for label, pooled in others)
    columns, rows = arranged(_columns(refits), (*refitted, *space, diamond, *extra), active().forest)
    return ForestLayout(
        title=clean(title),
        columns=columns,
        rows=rows,
        axis=axis_of(refits, axis),
        favours=favours,
        summary=float(measure.back(base.estimate)) if active().forest.dashed_summary else None,
        footer=words.pooled_lines(base) if base.k > 1 else (),
        alt=_alt(refits),
        **look_of(refits),
    )


def _columns(refits: Refits) -> tuple[Column, ...]:
    return (
        Column(key="study", title=(TITLES[refits.kind],), align="left"),
        Column(key="k", title=("Studies",), align="right"),
        Column(key="effect", title=effect_title(refits), align="right", after_plot=True),
        Column(key="I2", title=("I²",), align="right", after_plot=True),
    )


def _refit(refits: Refits, row: int, label: str, axis: Axis) -> Row:
    values = (float(refits.estimate[row]), float(refits.ci_low[row]), float(refits.ci_high[row]))
    estimable = bool(np.isfinite(values).all())
    return Row(
        kind="refit",
        name=label,
        cells=(
            wrapped(label),
            numbers.count(float(refits.k[row])),
            words.effect_text(refits.base.effects, *values) if estimable else NOT_ESTIMABLE,
            _percent(float(refits.I2[row])),
        ),
        mark=mark_on(axis, "square", refits.measure.back(values), UNWEIGHTED_SQUARE) if estimable else None,
    )


def _diamond(kind: RowKind, label: str, pooled: Pooled, axis: Axis) -> Row:
    values = (pooled.estimate, pooled.ci.low, pooled.ci.high)
    text = words.effect_text(pooled.effects, *values)
    return Row(
        kind=kind,
        name=label,
        cells=(wrapped(label), numbers.count(pooled.k), text, _percent(pooled.I2)),
        mark=mark_on(axis, "open diamond" if kind == "other" else "diamond", pooled.measure.back(values)),
    )


def _percent(value: float) -> str:
    return numbers.DASH if np.isnan(value) else numbers.percent(value)


def _alt(refits: Refits) -> str:
    shown = refits.measure.back(refits.estimate[np.isfinite(refits.estimate)])
    digits = decimals(refits.base.effects)
    ends = [numbers.effect(float(end), digits) for end in (shown.min(), shown.max())] if shown.size else []
    around = f" between {ends[0]} and {ends[1]}" if ends else ""
    label = sentences.lower_first(refits.measure.label)
    return (
        f"Forest plot of {len(refits.label)} {refits.kind} refits: pooled {label}{around}; "
        f"all studies: {words.pooled_in_words(refits.base)}."
    )
