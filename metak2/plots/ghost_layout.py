"""A forest plot of two versions of an answer as a chart: the old one as a grey ghost behind the new one. No drawing."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metak2.display import numbers, sentences
from metak2.display.decimals import decimals
from metak2.models.pooled import Pooled, Unpooled
from metak2.plots.axis import Axis, effect_axis
from metak2.plots.chart_marks import Bar, Chart, Disc, Panel, Stroke, Tone, Words, named_axis, plain_axis
from metak2.plots.fonts import fonts_for
from metak2.plots.labels import clean, wrapped
from metak2.plots.style import SMALL_SIZE

ROW, PLOT, BOTTOM = 19.0, 260.0, 46.0  # points
NAME_WIDTH, NAME_LINES = 44, 1
MOVED = 1e-8  # relative: what moves less is rounding
SMALLEST, LARGEST = 2.2, 5.5  # radius of a study in points
COLUMN = 108.0

Shown = tuple[float, float, float]  # estimate and its limits, displayed scale


@dataclass(frozen=True, slots=True, kw_only=True)
class GhostRow:
    """A study or the pooled effect, before and after; None where a version has none."""

    name: str
    old: Shown | None
    new: Shown | None
    weight: float = math.nan
    pooled: bool = False

    @property
    def moved(self) -> bool:
        """Whether it is another effect now."""
        if self.old is None or self.new is None:
            return self.old is not self.new
        return any(
            not math.isclose(a, b, rel_tol=MOVED, abs_tol=1e-12) for a, b in zip(self.old, self.new, strict=True)
        )


def ghost_rows(old: Pooled | Unpooled, new: Pooled | Unpooled) -> tuple[GhostRow, ...]:
    """Every study of either version by name, those of the new one first, and below them the pooled effects."""
    before, after = _studies(old), _studies(new)
    weights = dict(zip(new.effects.study, new.weights, strict=True)) if isinstance(new, Pooled) else {}
    rows = [
        GhostRow(name=name, old=before.get(name), new=after.get(name), weight=float(weights.get(name, math.nan)))
        for name in dict.fromkeys((*after, *before))
    ]
    answers = (_answer(old), _answer(new))
    return (
        (*rows, GhostRow(name="Pooled", old=answers[0], new=answers[1], pooled=True)) if any(answers) else tuple(rows)
    )


def ghost_layout(
    old: Pooled | Unpooled, new: Pooled | Unpooled, *, versions: tuple[str, str] = ("before", "now"), title: str = ""
) -> Chart:
    """The studies and pooled effects of two versions of an answer in the same measure, the old behind the new."""
    rows = ghost_rows(old, new)
    measure = new.effects.measure
    shown = [values for row in rows for values in (row.old, row.new) if values is not None]
    centres = measure.forward(np.array([values[0] for values in shown]))
    limits = measure.forward(np.array([values[1:] for values in shown])).ravel()
    axis = effect_axis(measure, centres, limits)
    digits = decimals(new.effects)
    names = tuple(wrapped(row.name, NAME_WIDTH, NAME_LINES) for row in rows)
    fonts = fonts_for(names)
    lines = [line for name in names for line in fonts.legible(name).split("\n")]
    left = 24.0 + max(fonts.width(line, size=SMALL_SIZE) for line in lines)
    height = ROW * len(rows)
    plot = Panel(
        title="",
        left=left,
        bottom=BOTTOM,
        width=PLOT,
        height=height,
        across=axis,
        up=named_axis("", names[::-1]),
        bars=tuple(bar for at, row in _from_below(rows) for bar in _ghost(row, at, axis)),
        discs=tuple(_disc(row, at, rows) for at, row in _from_below(rows) if _has_disc(row, axis)),
        strokes=tuple(stroke for at, row in _from_below(rows) for stroke in _interval(row, at, axis)),
    )
    return Chart(
        title=clean(title),
        width=left + PLOT + 2 * COLUMN + 30.0,
        height=BOTTOM + height + 24.0,
        panels=(plot, _texts(rows, left + PLOT + 12.0, height, (versions, digits))),
        legend=(("pale", clean(versions[0])), ("blue 4", clean(versions[1]))),
        footer=(),
        alt=_alt(rows, sentences.lower_first(measure.label), versions, digits),
    )


def _studies(result: Pooled | Unpooled) -> dict[str, Shown]:
    effects = result.effects
    low, high = effects.limits(result.level)
    shown = np.column_stack([effects.measure.back(part) for part in (effects.yi, low, high)])
    return {
        study: (float(row[0]), float(row[1]), float(row[2]))
        for study, row in zip(effects.study, shown, strict=True)
        if np.isfinite(row).all()
    }


def _answer(result: Pooled | Unpooled) -> Shown | None:
    if isinstance(result, Unpooled):
        return None
    shown = result.displayed
    return shown.estimate, shown.ci_low, shown.ci_high


def _from_below(rows: Sequence[GhostRow]) -> list[tuple[float, GhostRow]]:
    """The rows with the height of their middle: the last stands lowest."""
    return [(len(rows) - at - 0.5, row) for at, row in enumerate(rows)]


def _ghost(row: GhostRow, at: float, axis: Axis) -> tuple[Bar, ...]:
    """The old interval as a pale band, its estimate a grey line across it."""
    if row.old is None or not row.moved:
        return ()
    estimate, low, high = row.old
    low, high = max(low, axis.low), min(high, axis.high)
    band = Bar(left=low, right=high, bottom=at - 0.3, top=at + 0.3, tone="pale")
    if axis.beyond(estimate):
        return (band,)
    left, right = _around(estimate, axis)
    return (band, Bar(left=left, right=right, bottom=at - 0.3, top=at + 0.3, tone="grey"))


def _around(value: float, axis: Axis) -> tuple[float, float]:
    """The ends of a line of 1.5 points about a value."""
    share = 0.75 / PLOT
    if axis.log:
        step = (axis.high / axis.low) ** share
        return value / step, value * step
    step = (axis.high - axis.low) * share
    return value - step, value + step


def _has_disc(row: GhostRow, axis: Axis) -> bool:
    return row.new is not None and not axis.beyond(row.new[0])


def _disc(row: GhostRow, at: float, rows: Sequence[GhostRow]) -> Disc:
    """The new estimate: a study by its weight, white where it weighs nothing, the pooled effect in black."""
    largest = max((one.weight for one in rows if one.weight > 0), default=1.0)
    weight = row.weight if row.weight > 0 else 0.0
    radius = LARGEST if row.pooled else max(LARGEST * math.sqrt(weight / largest), SMALLEST)
    tone: Tone = "ink" if row.pooled else "blue 4" if weight else "white"
    estimate = row.new[0] if row.new else math.nan
    return Disc(x=estimate, y=at, radius=radius, tone=tone, name=clean(row.name))


def _interval(row: GhostRow, at: float, axis: Axis) -> tuple[Stroke, ...]:
    if row.new is None:
        return ()
    low, high = max(row.new[1], axis.low), min(row.new[2], axis.high)
    return (Stroke(points=((low, at), (high, at))),)


def _texts(rows: Sequence[GhostRow], left: float, height: float, told: tuple[tuple[str, str], int]) -> Panel:
    """The effects in words beside the plot: before and now; what has not moved stands once."""
    versions, digits = told
    words = [
        Words(x=x, y=len(rows) + 0.35, text=wrapped(version, 20, 1))
        for x, version in zip((0.0, 1.0), versions, strict=True)
    ]
    for at, row in _from_below(rows):
        if row.moved:
            words.append(Words(x=0.0, y=at - 0.12, text=_text(row.old, digits)))
        words.append(Words(x=1.0, y=at - 0.12, text=_text(row.new, digits)))
    return Panel(
        title="",
        left=left,
        bottom=BOTTOM,
        width=COLUMN,
        height=height,
        across=plain_axis("", 0.0, 1.0),
        up=named_axis("", tuple("" for _ in rows)),
        words=tuple(words),
        show=(),
    )


def _text(shown: Shown | None, digits: int) -> str:
    if shown is None:
        return numbers.DASH
    return f"{numbers.effect(shown[0], digits)} ({numbers.interval(shown[1], shown[2], digits)})"


def _alt(rows: Sequence[GhostRow], label: str, versions: tuple[str, str], digits: int) -> str:
    moved = [row for row in rows if row.moved and not row.pooled]
    pooled = next((row for row in rows if row.pooled), None)
    parts = [f"Forest plot of two versions: {clean(versions[0])} in grey behind {clean(versions[1])}"]
    if pooled is not None:
        verb = "moved from" if pooled.moved else "stays at"
        end = f" to {_text(pooled.new, digits)}" if pooled.moved else ""
        parts.append(f"the pooled {label} {verb} {_text(pooled.old, digits)}{end}")
    parts.append(f"{len(moved)} of {len(rows) - (pooled is not None)} studies moved")
    return "; ".join(parts) + "."
