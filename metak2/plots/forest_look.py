"""How a journal's style orders and words a forest plot: columns, heads, colours. No drawing."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypedDict

from metak2.display import sentences
from metak2.display.journal import ForestStyle, Group, active
from metak2.effects.sizes import EffectSizes
from metak2.models.multilevel_result import Multilevel
from metak2.models.pooled import Pooled, Subgroups, Unpooled
from metak2.plots.axis import Axis
from metak2.plots.labels import balanced
from metak2.plots.marks import Column, Row
from metak2.robustness.refits import Refits

HEAD_WIDTH = 26
WEIGHTS = {"MH": "M-H", "PETO": "Peto"}

Drawable = Pooled | Unpooled | Subgroups | Refits | Multilevel


class Look(TypedDict):
    """The fields of a `ForestLayout` that depend on the style alone."""

    heading: tuple[str, ...]
    favours_above: bool
    squares: str
    diamond: str


def arranged(
    columns: Sequence[Column], rows: Sequence[Row], style: ForestStyle
) -> tuple[tuple[Column, ...], tuple[Row, ...]]:
    """The columns and the cells of every row in the order of the style, each told whether it follows the plot.

    What the style does not name comes last.
    """
    order = {group: at for at, group in enumerate(style.order)}
    at_plot = order["plot"]
    place = [order.get(_group(column), len(order)) for column in columns]
    chosen = sorted(range(len(columns)), key=place.__getitem__)
    return (
        tuple(replace(columns[at], after_plot=place[at] > at_plot) for at in chosen),
        tuple(replace(row, cells=tuple(row.cells[at] for at in chosen)) for row in rows),
    )


def _group(column: Column) -> Group:
    if column.judgements or column.key == "I2":  # what is told about a row stands last
        return "bias"
    if column.key == "study":
        return "study"
    if column.key == "weight":
        return "weight"
    if column.key == "effect":
        return "effect"
    return "moderators" if column.key.startswith("moderator ") else "arms"


def base_of(result: Drawable) -> Pooled | Unpooled | Multilevel:
    """The result whose measure and level a plot shows."""
    if isinstance(result, Subgroups):
        return result.overall
    return result.base if isinstance(result, Refits) else result


def effect_title(result: Drawable) -> tuple[str, ...]:
    """The head of the effects: the measure and the level, or the model as RevMan names it."""
    base = base_of(result)
    lines = balanced(base.measure.label, HEAD_WIDTH).split("\n")
    level = f"{sentences.coverage(base.level)} CI"
    return (*lines, f"{_model(base)}{level}") if active().forest.model else (*lines, f"({level})")


def _model(base: Pooled | Unpooled | Multilevel) -> str:
    """Weights and model: "IV, Random, "; nothing where nothing is pooled, or by more than one variance."""
    if not isinstance(base, Pooled) or base.k == 1:
        return ""
    random = "Random" if base.method.model == "random effects" else "Fixed"
    return f"{WEIGHTS.get(base.method.name, 'IV')}, {random}, "


def axis_of(result: Drawable, axis: Axis) -> Axis:
    """The axis with the label of the style: none where the measure stands above the plot."""
    style = active().forest
    if style.above:
        return replace(axis, label="")
    if style.favours_above:
        return replace(axis, label=" ".join(effect_title(result)))
    return axis


def look_of(result: Drawable) -> Look:
    """Heading, place of the words and colours."""
    style = active().forest
    return Look(
        heading=effect_title(result) if style.above else (),
        favours_above=style.favours_above,
        squares=_colour(base_of(result).effects, style),
        diamond=style.diamond,
    )


def _colour(effects: EffectSizes, style: ForestStyle) -> str:
    counts, means, other = style.squares
    return {"counts": counts, "means": means}.get(effects.kind, other)
