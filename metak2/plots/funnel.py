"""Drawing a funnel plot."""

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from metak2.models.pooled import Pooled
from metak2.plots.canvas import Canvas, Point
from metak2.plots.drawing import Drawing
from metak2.plots.fonts import fonts_for
from metak2.plots.funnel_extras import Asymmetry
from metak2.plots.funnel_layout import funnel_layout
from metak2.plots.marks import FunnelLayout, FunnelPoint
from metak2.plots.style import BLUE, BODY_SIZE, GREY, INK, LINE, SMALL_SIZE, TextStyle, private_style
from metak2.robustness.trim_and_fill import TrimAndFill

PLOT_WIDTH = 330.0
PLOT_HEIGHT = 240.0
LEFT = 52.0
RIGHT = 20.0
TOP = 24.0
BELOW = 44.0
RADIUS = 3.0
TICK = 3.5
AXIS_TITLE = "Standard error (0 at the top)"


def funnel(
    pooled: Pooled,
    *,
    contours: bool = False,
    filled: TrimAndFill | None = None,
    asymmetry: Asymmetry | None = None,
) -> Drawing:
    """The funnel plot of a pooled result, with a note where there are too few studies to judge it.

    Parameters
    ----------
    contours
        Shade the regions p < 0.01, < 0.05 and < 0.10 about no effect.
    filled
        The studies that `trim_and_fill` adds, as hollow triangles.
    asymmetry
        The line of `egger`, or the two of `pet_peese`.
    """
    layout = funnel_layout(pooled, regions=contours, filled=filled, asymmetry=asymmetry)
    with private_style():
        fonts = fonts_for((*layout.texts(), AXIS_TITLE))
        width = LEFT + PLOT_WIDTH + RIGHT
        footer = [line for text in layout.footer for line in fonts.lines(text, width - 2 * RIGHT, SMALL_SIZE)]
        below = LINE * (len(footer) + math.ceil(len(layout.legend) / 2)) + 4.0
        canvas = Canvas(width, TOP + PLOT_HEIGHT + BELOW + below, fonts)
        place = _Place(layout, bottom=BELOW + below)
        _draw_extras(canvas, layout, place)
        _draw_axes(canvas, layout, place)
        _draw_funnel(canvas, layout, place)
        _draw_legend(canvas, layout, place)
        canvas.text(RIGHT, LINE * len(footer), "\n".join(footer), TextStyle(size=SMALL_SIZE))
        return Drawing(layout=replace(layout, notes=(*layout.notes, *fonts.notes)), figure=canvas.finished())


class _Place:
    """Where effects and standard errors stand, in points."""

    def __init__(self, layout: FunnelLayout, *, bottom: float) -> None:
        self.bottom = bottom
        self.top = bottom + PLOT_HEIGHT
        self._layout = layout

    def x(self, effect: float) -> float:
        return LEFT + PLOT_WIDTH * self._layout.axis.position(effect)

    def y(self, se: float) -> float:
        return self.top - PLOT_HEIGHT * se / self._layout.se_high


def _draw_axes(canvas: Canvas, layout: FunnelLayout, place: _Place) -> None:
    right = LEFT + PLOT_WIDTH
    canvas.lines([((LEFT, place.bottom), (right, place.bottom)), ((LEFT, place.bottom), (LEFT, place.top))])
    across = [(place.x(tick), label) for tick, label in zip(layout.axis.ticks, layout.axis.tick_labels, strict=True)]
    down = [(place.y(tick), label) for tick, label in zip(layout.se_ticks, layout.se_tick_labels, strict=True)]
    canvas.lines([((x, place.bottom), (x, place.bottom - TICK)) for x, _ in across])
    canvas.lines([((LEFT, y), (LEFT - TICK, y)) for y, _ in down])
    for x, label in across:
        canvas.text(x, place.bottom - TICK - 9.0, label, TextStyle(align="center", size=SMALL_SIZE))
    for y, label in down:
        canvas.text(LEFT - TICK - 3.0, y - 2.7, label, TextStyle(align="right", size=SMALL_SIZE))
    middle = LEFT + PLOT_WIDTH / 2
    canvas.text(middle, place.bottom - 26.0, layout.axis.label, TextStyle(align="center", size=BODY_SIZE))
    canvas.text(RIGHT, place.top + 11.0, AXIS_TITLE, TextStyle(size=SMALL_SIZE))


def _draw_extras(canvas: Canvas, layout: FunnelLayout, place: _Place) -> None:
    for region in layout.contours:
        canvas.shapes([[(place.x(x), place.y(se)) for x, se in region.outline]], fill=region.shade)
    for line in layout.lines:
        seen = [(place.x(x), place.y(se)) for x, se in line.points if not layout.axis.beyond(x)]
        canvas.lines([*pairwise(seen)], colour=line.colour, width=1.6, above=True)


def _draw_legend(canvas: Canvas, layout: FunnelLayout, place: _Place) -> None:
    """Two entries a row, below the axis."""
    for number, (what, colour, text) in enumerate(layout.legend):
        row, column = divmod(number, 2)
        x, y = RIGHT + column * (LEFT + PLOT_WIDTH) / 2, place.bottom - BELOW - LINE * row - 2.0
        if what == "line":
            canvas.lines([((x, y + 3.0), (x + 9.0, y + 3.0))], colour=colour, width=1.6)
        elif what == "filled":
            canvas.shapes([_outline((x + 4.5, y + 3.0), TRIANGLE)], fill="white", edge=BLUE, width=0.9)
        else:
            canvas.shapes([_swatch(x, y)], fill=colour, edge=GREY, width=0.5)
        canvas.text(x + 13.0, y, text, TextStyle(size=SMALL_SIZE))


def _swatch(x: float, y: float) -> list[Point]:
    return [(x, y), (x + 9.0, y), (x + 9.0, y + 6.5), (x, y + 6.5)]


def _draw_funnel(canvas: Canvas, layout: FunnelLayout, place: _Place) -> None:
    apex = (place.x(layout.centre), place.top)
    feet = [(place.x(limit), place.bottom) for limit in layout.limits]
    above = bool(layout.contours)
    canvas.lines([(apex, foot) for foot in feet], colour=GREY, dashed=True, above=above)
    canvas.lines([(apex, (apex[0], place.bottom))], colour=INK, above=above)
    null = place.x(layout.axis.null)
    canvas.lines([((null, place.bottom), (null, place.top))], colour=GREY, width=0.6, above=above)
    mirrored = [point for point in layout.points if point.filled]
    shown = [point for point in layout.points if not point.filled]
    pooled = [_outline(_at(point, place), CIRCLE) for point in shown if not point.excluded]
    hollow = [_outline(_at(point, place), CIRCLE) for point in shown if point.excluded]
    canvas.shapes(pooled, fill=BLUE)
    canvas.shapes(hollow, fill="white", edge=GREY, width=0.9)
    canvas.shapes([_outline(_at(point, place), TRIANGLE) for point in mirrored], fill="white", edge=BLUE, width=0.9)


def _at(point: FunnelPoint, place: _Place) -> Point:
    return place.x(point.effect), place.y(point.se)


def _outline(centre: Point, corners: Sequence[Point]) -> list[Point]:
    return [(centre[0] + RADIUS * dx, centre[1] + RADIUS * dy) for dx, dy in corners]


CIRCLE = tuple((math.cos(math.pi * step / 12), math.sin(math.pi * step / 12)) for step in range(24))
TRIANGLE = ((0.0, 1.55), (-1.35, -0.78), (1.35, -0.78))
