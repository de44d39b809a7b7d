"""A forest plot as data: rows, columns, axis and words. No drawing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from metak2.display import sentences
from metak2.display.decimals import decimals
from metak2.display.journal import active
from metak2.display.wording import NO_WORDS
from metak2.effects.measures import Measure
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.models.multilevel_result import Multilevel
from metak2.models.pooled import Pooled, Subgroups, Unpooled
from metak2.plots import forest_words as words
from metak2.plots.axis import effect_axis
from metak2.plots.forest_bias import BiasColumns
from metak2.plots.forest_columns import DataColumns, Moderators, arm_names
from metak2.plots.forest_look import arranged, axis_of, effect_title, look_of
from metak2.plots.forest_rows import IN_QUESTION_MARK, NOT_POOLED, RECONSTRUCTED, RowMaker
from metak2.plots.labels import balanced, clean, sentence
from metak2.plots.marks import Column, ForestLayout, Row
from metak2.plots.multilevel_layout import multilevel_layout
from metak2.plots.priors_layout import priors_layout
from metak2.plots.refits_layout import refits_layout
from metak2.robustness.prior_sensitivity import PriorSensitivity
from metak2.robustness.refits import Refits

FAVOURS_WIDTH = 26
ONE_STUDY = "One study: no pooled effect, its own interval stands"

Result = Pooled | Unpooled | Subgroups | Refits | PriorSensitivity | Multilevel
Other = Pooled | tuple[str, Pooled]


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a kind of result adds to the plot: its rows, the lines below and its sentence for the alternative text."""

    rows: tuple[Row, ...]
    footer: tuple[str, ...]
    words: str


def forest_layout(
    result: Result,
    *,
    also: Sequence[Other] = (),
    favours: tuple[str, str] | None = None,
    title: str = "",
    columns: Moderators = (),
) -> ForestLayout:
    """The forest plot of a result as data.

    `also` draws other answers below the pooled effect, each with its label or its method's; `favours` are the words
    left and right of no effect (by default from `higher_is`, none where that is not known); `columns` are moderators,
    shown beside the studies (refits have none). Raises `UnknownOptionError` for a moderator that is not there and
    `ModelError` for another answer in another measure.
    """
    others = tuple(labelled(other, result.measure) for other in also)
    if isinstance(result, Refits):
        below = wrapped_pair(favours) if favours else derived_favours(result.base.effects)
        return refits_layout(result, others=others, favours=below, title=title)
    if isinstance(result, PriorSensitivity):
        below = wrapped_pair(favours) if favours else derived_favours(result.base.effects)
        return priors_layout(result, favours=below, title=title)
    if isinstance(result, Multilevel):
        layout = multilevel_layout(result, wording=NO_WORDS, others=others, title=title, columns=columns)
        below = wrapped_pair(favours) if favours else derived_favours(result.effects)
        return replace(layout, favours=below)
    effects = result.overall.effects if isinstance(result, Subgroups) else result.effects
    make = _row_maker(result, effects, others, columns)
    body = _body(result, make)
    extra = tuple(make.diamond("other", label, pooled) for label, pooled in others)
    summary = _summary(result)
    style = active().forest
    columns_shown, rows = arranged(_columns(result, make), (*body.rows, *extra), style)
    marked = words.left_out(effects, "Set apart") if isinstance(result, Unpooled) else words.left_out(effects)
    questioned = "" if isinstance(result, Unpooled) else words.pooled_in_question(effects)
    marks = {NOT_POOLED: marked, RECONSTRUCTED: words.how_rebuilt(effects), IN_QUESTION_MARK: questioned}
    return ForestLayout(
        title=clean(title),
        columns=columns_shown,
        rows=rows,
        axis=axis_of(result, make.axis),
        favours=wrapped_pair(favours) if favours else derived_favours(effects),
        summary=float(make.measure.back(summary)) if summary is not None and style.dashed_summary else None,
        footer=(*(line for line in (*body.footer, make.bias.legend()) if line), *_signed(marks)),
        alt=_alt(effects, body, marked, others),
        **look_of(result),
    )


def _signed(marks: Mapping[str, str]) -> Iterator[str]:
    """The lines that tell what a mark behind a name means."""
    return (f"{mark} {line}" for mark, line in marks.items() if line)


def derived_favours(effects: EffectSizes) -> tuple[str, str] | None:
    """The words left and right of no effect, from the arms and which way is good; None where that is not known."""
    if not effects.higher_is:
        return None
    experimental, control = (f"{active().forest.favours} {_inside(name)}" for name in arm_names(effects))
    return wrapped_pair((experimental, control) if effects.higher_is == "worse" else (control, experimental))


def _inside(name: str) -> str:
    """An arm's name inside a sentence: the general words lose their capital, a drug keeps its own."""
    return name.lower() if name in {"Experimental", "Control"} else name


def wrapped_pair(favours: tuple[str, str]) -> tuple[str, str]:
    """The words left and right of no effect in short lines."""
    left, right = (balanced(text, FAVOURS_WIDTH) for text in favours)
    return left, right


def labelled(other: Other, measure: Measure) -> tuple[str, Pooled]:
    """Another answer with its label; ModelError where it is in another measure."""
    label, pooled = (other.method.label, other) if isinstance(other, Pooled) else other
    if pooled.measure.name != measure.name:
        raise ModelError(
            f'"{label}" is a {pooled.measure.name} and cannot stand on the axis of a {measure.name}: '
            f'pool it with measure="{measure.name}" or draw it in a figure of its own'
        )
    return sentence(label), pooled


def _row_maker(
    result: Pooled | Unpooled | Subgroups,
    effects: EffectSizes,
    others: Iterable[tuple[str, Pooled]],
    columns: Moderators,
) -> RowMaker:
    level = result.overall.level if isinstance(result, Subgroups) else result.level
    low, high = effects.limits(level)
    intervals = [interval for pooled in _diamonds(result, others) for interval in (pooled.ci, pooled.pi) if interval]
    limits = np.array([end for interval in intervals for end in (interval.low, interval.high)])
    pooled_only = effects.yi[effects.mi > 0] if effects.k else effects.yi
    weights = _weights(result)
    shown = weights is not None and "weight" in active().forest.order
    return RowMaker(
        measure=effects.measure,
        axis=effect_axis(effects.measure, pooled_only, np.concatenate([low, high, limits])),
        data=DataColumns(effects, columns),
        bias=BiasColumns(effects),
        weighted=shown or any(effects.excluded),
        largest_weight=100.0 if weights is None else float(weights.max()),
    )


def _diamonds(result: Pooled | Unpooled | Subgroups, others: Iterable[tuple[str, Pooled]]) -> list[Pooled]:
    own: list[Pooled] = []
    if isinstance(result, Pooled):
        own = [result]
    elif isinstance(result, Subgroups):
        own = [*result.groups.values(), result.overall]
    return [*own, *(pooled for _, pooled in others)]


def _weights(result: Pooled | Unpooled | Subgroups) -> FloatArray | None:
    if isinstance(result, Unpooled):
        return None
    return result.overall.weights if isinstance(result, Subgroups) else result.weights


def _summary(result: Pooled | Unpooled | Subgroups) -> float | None:
    pooled = result.overall if isinstance(result, Subgroups) else result
    return pooled.estimate if isinstance(pooled, Pooled) and pooled.k > 1 else None


def _columns(result: Pooled | Unpooled | Subgroups, make: RowMaker) -> tuple[Column, ...]:
    style = active().forest
    first = style.first_grouped if isinstance(result, Subgroups) else style.first
    weight_title = style.weight_title if "weight" in style.order else ("Not pooled",)
    if isinstance(result, Unpooled):
        weight_title = ("Set apart",)
    weight = (Column(key="weight", title=weight_title, align="right", after_plot=True),) if make.weighted else ()
    return (
        Column(key="study", title=(first,), align="left"),
        *make.data.columns,
        *weight,
        Column(key="effect", title=effect_title(result), align="right", after_plot=True),
        *make.bias.columns,
    )


def _body(result: Pooled | Unpooled | Subgroups, make: RowMaker) -> Body:
    if isinstance(result, Subgroups):
        return _subgroups_body(result, make)
    rows = tuple(
        make.study(result.effects, row, _weights(result), result.level) for row in range(len(result.effects.study))
    )
    if isinstance(result, Unpooled):
        return Body(rows=rows, footer=(clean(result.why),), words="the studies are shown side by side and not pooled")
    return Body(
        rows=(*rows, *_space(make), *_pooled_rows(result, make)),
        footer=_pooled_footer(result),
        words=words.pooled_in_words(result),
    )


def _pooled_rows(pooled: Pooled, make: RowMaker) -> tuple[Row, ...]:
    if pooled.k == 1:
        return (make.row("text", ONE_STUDY),)
    diamond = make.diamond("pooled", words.total_label(pooled), pooled, weight=float(pooled.weights.sum()))
    return (diamond, make.prediction(pooled.pi, decimals(pooled.effects))) if pooled.pi else (diamond,)


def _pooled_footer(pooled: Pooled) -> tuple[str, ...]:
    if pooled.k == 1:
        return ()
    lines = words.pooled_lines(pooled)
    return (*lines, words.prediction_rule(pooled)) if pooled.pi else lines


def _space(make: RowMaker) -> tuple[Row, ...]:
    return (make.row("space", ""),) if active().forest.spaced else ()


def _subgroups_body(result: Subgroups, make: RowMaker) -> Body:
    overall = result.overall
    at = {study: row for row, study in enumerate(overall.study)}
    rows: list[Row] = []
    for name, group in result.groups.items():
        members = [at[study] for study in group.study]
        rows.append(make.row("heading", f"{result.by}: {name}"))
        rows.extend(make.study(overall.effects, row, overall.weights, overall.level) for row in members)
        rows.extend(_subtotal(overall, group, float(overall.weights[members].sum()), make))
        rows.extend(_space(make))
    grouped = {study for group in result.groups.values() for study in group.study}
    alone = [row for study, row in at.items() if study not in grouped]
    if alone:
        rows.append(make.row("heading", f"{result.by}: not stated"))
        rows.extend(make.study(overall.effects, row, overall.weights, overall.level) for row in alone)
        rows.extend(_space(make))
    rows.extend(_pooled_rows(overall, make))
    return Body(
        rows=tuple(rows),
        footer=(*_pooled_footer(overall), words.between_subgroups(result)),
        words=f"{words.pooled_in_words(overall)}. {sentences.subgroup_difference(result).rstrip('.')}",
    )


def _subtotal(overall: Pooled, group: Pooled, weight: float, make: RowMaker) -> tuple[Row, ...]:
    if group.k == 1:
        return (make.row("text", "One study: no subtotal"),)
    label = active().forest.subtotal.format(level=sentences.coverage(group.level))
    if group.method.name != overall.method.name:
        label = f"{label}: {group.method.label}"
    return (
        make.diamond("subtotal", label, group, weight=weight),
        make.row("text", words.short_heterogeneity(group)),
    )


def _alt(effects: EffectSizes, body: Body, marked: str, others: Iterable[tuple[str, Pooled]]) -> str:
    left = f" {marked}" if marked else ""
    more = "".join(f" {clean(label)}: {words.pooled_in_words(pooled)}." for label, pooled in others)
    return f"Forest plot of {sentences.studies(len(effects.study))}: {body.words}.{left}{more}"
