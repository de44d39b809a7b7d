"""Drawing a chart."""

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

from metak2.plots.axis import Axis
from metak2.plots.canvas import Canvas, Point
from metak2.plots.chart_marks import Bar, Chart, Disc, Over, Panel, Tone
from metak2.plots.drawing import Drawing
from metak2.plots.fonts import Fonts, fonts_for
from metak2.plots.style import BODY_SIZE, GREY, INK, LINE, PALE, SMALL_SIZE, TITLE_SIZE, TextStyle, private_style

TICK = 3.5
MARGIN = 14.0
SWATCH = 7.0
SHORT = 26  # characters of a name that is written in code points
DASH = 3.0
CORNERS = {"disc": (48, 0.0), "square": (4, math.pi / 4), "diamond": (4, 0.0), "triangle": (3, math.pi / 2)}
"""How many corners a shape has, and the direction of its first one."""
EVEN_AREA = {"disc": 1.0, "square": 1.2533, "diamond": 1.2533, "triangle": 1.5551}  # sqrt(2 pi / (n sin(2 pi / n)))
COLOURS: Mapping[Tone, str] = MappingProxyType(
    {
        "ink": INK,
        "grey": GREY,
        "pale": PALE,
        "white": "#ffffff",
        "blue 1": "#c5cfe3",
        "blue 2": "#8b9cc4",
        "blue 3": "#536a9e",
        "blue 4": "#1f3b6f",
        "amber 1": "#f7e3bf",
        "amber 2": "#efc67c",
        "amber 3": "#e0a43a",
        "amber 4": "#c1800e",
        "green": "#86c99a",
        "yellow": "#fbe38e",
        "orange": "#e8853d",
        "red": "#c9473a",
        "dark red": "#7d1a1a",
    }
)


def draw_chart(chart: Chart) -> Drawing:
    """The chart as a picture, with its legend and footer below."""
    with private_style():
        fonts = fonts_for(chart.texts())
        room = chart.width - 2 * MARGIN
        footer = [line for text in chart.footer for line in fonts.lines(fonts.spelled(text), room, SMALL_SIZE)]
        rows = _legend_rows(chart, fonts)
        foot = LINE * (len(footer) + len(rows)) + (10.0 if footer or rows else 0.0)
        head = TITLE_SIZE + 10.0 if chart.title else 0.0
        canvas = Canvas(chart.width, chart.height + foot + head, fonts)
        if chart.title:
            title = TextStyle(size=TITLE_SIZE, bold=True)
            canvas.text(MARGIN, chart.height + foot + 2.0, fonts.legible(chart.title), title)
        for panel in chart.panels:
            _draw_panel(canvas, panel, foot, fonts)
        _draw_legend(canvas, rows, foot)
        below = foot - 12.0 - LINE * len(rows)
        canvas.text(MARGIN, below, "\n".join(footer), TextStyle(size=SMALL_SIZE))
        layout = replace(chart, notes=(*chart.notes, *fonts.notes))
        return Drawing(layout=layout, figure=canvas.finished())  # type: ignore[arg-type] # it needs title and alt only


class _Place:
    """Where the values of a panel stand, in points."""

    def __init__(self, panel: Panel, lift: float) -> None:
        self._panel = panel
        self.left, self.right = panel.left, panel.left + panel.width
        self.bottom = panel.bottom + lift
        self.top = self.bottom + panel.height

    def x(self, value: float) -> float:
        return self.left + self._panel.width * self._panel.across.position(value)

    def y(self, value: float) -> float:
        return self.bottom + self._panel.height * self._panel.up.position(value)

    def rectangle(self, bar: Bar) -> list[Point]:
        left, right, bottom, top = self.x(bar.left), self.x(bar.right), self.y(bar.bottom), self.y(bar.top)
        return [(left, bottom), (right, bottom), (right, top), (left, top)]

    def outline(self, disc: Disc) -> list[Point]:
        corners, first = CORNERS[disc.shape]
        x, y, radius = self.x(disc.x), self.y(disc.y), disc.radius * EVEN_AREA[disc.shape]
        angles = [first + 2 * math.pi * corner / corners for corner in range(corners)]
        return [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]


def _draw_panel(canvas: Canvas, panel: Panel, lift: float, fonts: Fonts) -> None:
    place = _Place(panel, lift)
    for tone in dict.fromkeys(bar.tone for bar in panel.bars):
        edge = "none" if tone != "white" else INK
        outlines = [place.rectangle(bar) for bar in panel.bars if bar.tone == tone]
        canvas.shapes(outlines, fill=COLOURS[tone], edge=edge, width=0.6 if tone == "white" else 0.0)
    for axis, at in ((panel.across, place.x), (panel.up, place.y)):
        if math.isfinite(axis.null) and not axis.beyond(axis.null):
            null = at(axis.null)
            ends = ((null, place.bottom), (null, place.top)) if axis is panel.across else (
                (place.left, null), (place.right, null))  # fmt: skip
            canvas.lines([ends], colour=GREY, width=0.7)
    for area in panel.areas:
        canvas.shapes([[(place.x(x), place.y(y)) for x, y in area.points]], fill=COLOURS[area.tone])
    for disc in panel.discs:
        canvas.shapes([place.outline(disc)], fill=COLOURS[disc.tone], edge=COLOURS["blue 4"], width=0.5)
    for stroke in panel.strokes:
        points = [(place.x(x), place.y(y)) for x, y in stroke.points]
        canvas.shapes(_ribbons(points, width=stroke.width, dashed=stroke.dashed), fill=COLOURS[stroke.tone])
    if "across" in panel.show:
        _draw_across(canvas, panel.across, place, fonts)
    if "up" in panel.show:
        _draw_up(canvas, panel.up, place, fonts, labelled=not panel.title)
    for words in panel.words:
        style = TextStyle(align=words.align, size=SMALL_SIZE, bold=words.bold, colour=COLOURS[words.tone])
        left, baseline = place.x(words.x) + words.dx, place.y(words.y) + words.dy
        put = canvas.text_above if isinstance(words, Over) else canvas.text
        put(left, baseline, fonts.short(words.text, SHORT), style)
    canvas.text(place.left, place.top + 5.0, fonts.legible(panel.title), TextStyle(size=BODY_SIZE, bold=True))


def _ribbons(points: list[Point], *, width: float, dashed: bool) -> list[list[Point]]:
    """A line as thin shapes, which lie above the bars drawn before them; dashes run on round its corners."""
    ribbons, walked = [], 0.0
    for (x0, y0), (x1, y1) in pairwise(points):
        length = math.hypot(x1 - x0, y1 - y0) or 1.0
        along, aside = ((x1 - x0) / length, (y1 - y0) / length), width / 2
        dash, step = (DASH, 2 * DASH) if dashed else (length, length)
        begun = walked % step if dashed else 0.0
        for number in range(max(math.ceil((begun + length) / step), 1)):
            start, end = max(number * step - begun, 0.0), min(number * step + dash - begun, length)
            if end <= start:
                continue
            (ax, ay), (bx, by) = ((x0 + along[0] * at, y0 + along[1] * at) for at in (start, end))
            dx, dy = -along[1] * aside, along[0] * aside
            ribbons.append([(ax + dx, ay + dy), (bx + dx, by + dy), (bx - dx, by - dy), (ax - dx, ay - dy)])
        walked += length
    return ribbons


def _draw_across(canvas: Canvas, axis: Axis, place: _Place, fonts: Fonts) -> None:
    canvas.lines([((place.left, place.bottom), (place.right, place.bottom))])
    canvas.lines([((place.x(tick), place.bottom), (place.x(tick), place.bottom - TICK)) for tick in axis.ticks])
    centred = TextStyle(align="center", size=SMALL_SIZE)
    for tick, label in zip(axis.ticks, axis.tick_labels, strict=True):
        canvas.text(place.x(tick), place.bottom - TICK - 9.0, fonts.legible(label), centred)
    canvas.text((place.left + place.right) / 2, place.bottom - 26.0, axis.label, TextStyle(align="center"))


def _draw_up(canvas: Canvas, axis: Axis, place: _Place, fonts: Fonts, *, labelled: bool) -> None:
    canvas.lines([((place.left, place.bottom), (place.left, place.top))])
    canvas.lines([((place.left, place.y(tick)), (place.left - TICK, place.y(tick))) for tick in axis.ticks])
    for tick, label in zip(axis.ticks, axis.tick_labels, strict=True):
        style = TextStyle(align="right", size=SMALL_SIZE)
        canvas.text(place.left - TICK - 3.0, place.y(tick) - 2.7, fonts.short(label, SHORT), style)
    if labelled:
        canvas.text(place.left - 40.0, place.top + 5.0, axis.label, TextStyle(size=SMALL_SIZE))


def _legend_rows(chart: Chart, fonts: Fonts) -> list[list[tuple[float, Tone, str]]]:
    """The legend broken into rows: where each entry begins, its colour and its words."""
    rows: list[list[tuple[float, Tone, str]]] = []
    x = chart.width
    for tone, text in chart.legend:
        width = SWATCH + 4.0 + fonts.width(fonts.spelled(text), size=SMALL_SIZE) + 14.0
        if x + width > chart.width - MARGIN:
            rows.append([])
            x = MARGIN
        rows[-1].append((x, tone, fonts.spelled(text)))
        x += width
    return rows


def _draw_legend(canvas: Canvas, rows: list[list[tuple[float, Tone, str]]], foot: float) -> None:
    for number, row in enumerate(rows):
        y = foot - 12.0 - LINE * number
        for x, tone, text in row:
            square = [(x, y), (x + SWATCH, y), (x + SWATCH, y + SWATCH), (x, y + SWATCH)]
            canvas.shapes([square], fill=COLOURS[tone], edge=INK if tone == "white" else "none", width=0.6)
            canvas.text(x + SWATCH + 4.0, y + 0.6, text, TextStyle(size=SMALL_SIZE))
