"""Drawing a funnel plot."""

import math
from dataclasses import replace

from metak2.models.pooled import Pooled
from metak2.plots.canvas import Canvas, Point
from metak2.plots.drawing import Drawing
from metak2.plots.fonts import fonts_for
from metak2.plots.funnel_layout import funnel_layout
from metak2.plots.marks import FunnelLayout, FunnelPoint
from metak2.plots.style import BLUE, BODY_SIZE, GREY, INK, LINE, SMALL_SIZE, TextStyle, private_style

PLOT_WIDTH = 330.0
PLOT_HEIGHT = 240.0
LEFT = 52.0
RIGHT = 20.0
TOP = 24.0
BELOW = 44.0
RADIUS = 3.0
TICK = 3.5
AXIS_TITLE = "Standard error (0 at the top)"


def funnel(pooled: Pooled) -> Drawing:
    """The funnel plot of a pooled result, with a note where there are too few studies to judge it."""
    layout = funnel_layout(pooled)
    with private_style():
        fonts = fonts_for((*layout.texts(), AXIS_TITLE))
        width = LEFT + PLOT_WIDTH + RIGHT
        footer = [line for text in layout.footer for line in fonts.lines(text, width - 2 * RIGHT, SMALL_SIZE)]
        canvas = Canvas(width, TOP + PLOT_HEIGHT + BELOW + LINE * len(footer) + 4.0, fonts)
        place = _Place(layout, bottom=BELOW + LINE * len(footer) + 4.0)
        _draw_axes(canvas, layout, place)
        _draw_funnel(canvas, layout, place)
        canvas.text(RIGHT, place.bottom - BELOW - 4.0, "\n".join(footer), TextStyle(size=SMALL_SIZE))
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


def _draw_funnel(canvas: Canvas, layout: FunnelLayout, place: _Place) -> None:
    apex = (place.x(layout.centre), place.top)
    feet = [(place.x(limit), place.bottom) for limit in layout.limits]
    canvas.lines([(apex, foot) for foot in feet], colour=GREY, dashed=True)
    canvas.lines([(apex, (apex[0], place.bottom))], colour=INK)
    null = place.x(layout.axis.null)
    canvas.lines([((null, place.bottom), (null, place.top))], colour=GREY, width=0.6)
    canvas.shapes(_circles(layout, place, pooled=True), fill=BLUE)
    canvas.shapes(_circles(layout, place, pooled=False), fill="white", edge=GREY, width=0.9)


def _circles(layout: FunnelLayout, place: _Place, *, pooled: bool) -> list[list[Point]]:
    points = [point for point in layout.points if (not point.excluded) == pooled]
    return [_circle(point, place) for point in points]


def _circle(point: FunnelPoint, place: _Place) -> list[Point]:
    x, y = place.x(point.effect), place.y(point.se)
    return [(x + RADIUS * dx, y + RADIUS * dy) for dx, dy in _UNIT_CIRCLE]


_UNIT_CIRCLE = tuple((math.cos(math.pi * step / 12), math.sin(math.pi * step / 12)) for step in range(24))
