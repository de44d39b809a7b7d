"""Drawing a forest plot."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from metak2.plots.canvas import Canvas, Point
from metak2.plots.drawing import Drawing
from metak2.plots.fonts import Fonts, fonts_for
from metak2.plots.forest_columns import Moderators
from metak2.plots.forest_layout import Other, Result, forest_layout
from metak2.plots.forest_page import MARGIN, SMALL_LINE, ForestPage, forest_page, indent, is_grouped, row_style
from metak2.plots.marks import ForestLayout, Mark, Row
from metak2.plots.style import BLUE, GREY, INK, LINE, PALE, SMALL_SIZE, TITLE_SIZE, TextStyle, private_style

SQUARE = 9.0  # side of the largest square, in points
HALF_DIAMOND = 5.0
HALF_BAR = 2.4
ARROW = 4.5
ABOVE_BASELINE = 3.0  # from the baseline to the middle of a row's letters
TICK = 3.5


def forest(
    result: Result,
    *,
    also: Sequence[Other] = (),
    favours: tuple[str, str] | None = None,
    title: str = "",
    columns: Moderators = (),
) -> Drawing:
    """The forest plot of a result; the options are those of `forest_layout`."""
    layout = forest_layout(result, also=also, favours=favours, title=title, columns=columns)
    with private_style():
        fonts = fonts_for(layout.texts())
        drawn = layout.rewritten(fonts.legible)
        page = forest_page(drawn, fonts)
        canvas = Canvas(page.width, page.height, fonts)
        _draw_words(canvas, drawn, page)
        _draw_axis(canvas, drawn, page, fonts)
        _draw_marks(canvas, drawn, page)
        return Drawing(layout=replace(layout, notes=(*layout.notes, *fonts.notes)), figure=canvas.finished())


def _draw_words(canvas: Canvas, layout: ForestLayout, page: ForestPage) -> None:
    canvas.text(MARGIN, page.title, layout.title, TextStyle(size=TITLE_SIZE, bold=True))
    for column in layout.columns:
        top = page.header + (len(column.title) - 1) * LINE
        canvas.text(page.anchors[column.key], top, "\n".join(column.title), TextStyle(align=column.align, bold=True))
    canvas.lines([((MARGIN, page.rule), (page.width - MARGIN, page.rule))], width=0.9)
    grouped = is_grouped(layout)
    for row, baseline in zip(layout.rows, page.baselines, strict=True):
        size, bold = row_style(row)
        colour = GREY if row.kind == "excluded" else INK
        for column, cell in zip(layout.columns, row.cells, strict=True):
            x = page.anchors[column.key] + (indent(row, grouped=grouped) if column.key == "study" else 0.0)
            canvas.text(x, baseline, cell, TextStyle(align=column.align, size=size, bold=bold, colour=colour))
    canvas.text(MARGIN, page.footer_top, "\n".join(page.footer), TextStyle(size=SMALL_SIZE), leading=SMALL_LINE)


def _draw_axis(canvas: Canvas, layout: ForestLayout, page: ForestPage, fonts: Fonts) -> None:
    across = _across(layout, page)
    null = across(layout.axis.null)
    canvas.lines([((page.plot_left, page.axis), (page.plot_right, page.axis))])
    canvas.lines([((null, page.axis), (null, page.rule))], width=0.7, colour=GREY)
    ticks = [across(tick) for tick in layout.axis.ticks]
    canvas.lines([((x, page.axis), (x, page.axis - TICK)) for x in ticks])
    centred = TextStyle(align="center", size=SMALL_SIZE)
    for x, label in zip(ticks, layout.axis.tick_labels, strict=True):
        canvas.text(x, page.axis - TICK - 8.0, label, centred)
    canvas.text((page.plot_left + page.plot_right) / 2, page.axis - TICK - 20.0, layout.axis.label, centred)
    if layout.summary is not None:
        top = page.baselines[0] + ABOVE_BASELINE + LINE / 2
        x = across(layout.summary)
        canvas.lines([((x, page.axis), (x, top))], width=0.6, colour=GREY, dashed=True)
    if layout.favours:
        left, right = layout.favours
        gap = 8.0
        canvas.text(max(null - gap, _width(left, fonts)), page.favours, left, TextStyle(align="right", size=SMALL_SIZE))
        rightmost = page.width - _width(right, fonts)
        canvas.text(min(null + gap, rightmost), page.favours, right, TextStyle(size=SMALL_SIZE))


def _width(text: str, fonts: Fonts) -> float:
    return fonts.width(text, size=SMALL_SIZE) + SMALL_SIZE


def _across(layout: ForestLayout, page: ForestPage) -> Callable[[float], float]:
    return lambda value: page.plot_left + layout.axis.position(value) * (page.plot_right - page.plot_left)


def _draw_marks(canvas: Canvas, layout: ForestLayout, page: ForestPage) -> None:
    across = _across(layout, page)
    shown = [
        (row, row.mark, baseline + ABOVE_BASELINE)
        for row, baseline in zip(layout.rows, page.baselines, strict=True)
        if row.mark is not None
    ]
    for colour, kinds in ((INK, {"square"}), (GREY, {"hollow square"})):
        marks = [(mark, y) for _, mark, y in shown if mark.kind in kinds]
        ends = [(across(mark.low), across(mark.high), y) for mark, y in marks]
        canvas.lines([((low, y), (high, y)) for low, high, y in ends], colour=colour, width=0.9)
        inside = [(mark, y) for mark, y in marks if not layout.axis.beyond(mark.estimate)]
        squares = [_square(across(mark.estimate), y, SQUARE * mark.size / 2) for mark, y in inside]
        if colour == INK:
            canvas.shapes(squares, fill=BLUE)
        else:
            canvas.shapes(squares, fill="white", edge=GREY, width=0.9)
    diamonds = {kind: [_diamond(mark, y, across) for _, mark, y in shown if mark.kind == kind] for kind in _DIAMONDS}
    canvas.shapes(diamonds["diamond"], fill=INK, edge=INK, width=0.5)
    canvas.shapes(diamonds["open diamond"], fill="white", edge=INK, width=0.9)
    bars = [_bar(across(mark.low), across(mark.high), y) for _, mark, y in shown if mark.kind == "bar"]
    canvas.shapes(bars, fill=PALE, edge=INK, width=0.6)
    _draw_arrows(canvas, page, shown)


_DIAMONDS = ("diamond", "open diamond")


def _draw_arrows(canvas: Canvas, page: ForestPage, shown: Sequence[tuple[Row, Mark, float]]) -> None:
    for colour in (INK, GREY):
        rows = [(mark, y) for row, mark, y in shown if (row.kind == "excluded") == (colour == GREY)]
        left = [_arrow(page.plot_left, y, -ARROW) for mark, y in rows if mark.arrow_low]
        right = [_arrow(page.plot_right, y, ARROW) for mark, y in rows if mark.arrow_high]
        canvas.shapes([*left, *right], fill=colour)


def _square(x: float, y: float, half: float) -> list[Point]:
    return [(x - half, y - half), (x + half, y - half), (x + half, y + half), (x - half, y + half)]


def _bar(low: float, high: float, y: float) -> list[Point]:
    return [(low, y - HALF_BAR), (high, y - HALF_BAR), (high, y + HALF_BAR), (low, y + HALF_BAR)]


def _diamond(mark: Mark, y: float, across: Callable[[float], float]) -> list[Point]:
    middle = across(mark.estimate)
    return [(across(mark.low), y), (middle, y + HALF_DIAMOND), (across(mark.high), y), (middle, y - HALF_DIAMOND)]


def _arrow(end: float, y: float, length: float) -> list[Point]:
    half = abs(length) * 0.6
    return [(end + length, y), (end, y + half), (end, y - half)]
