"""Drawing a forest plot."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from metak2.display.journals import journal_style
from metak2.plots.canvas import Canvas, Point
from metak2.plots.drawing import Drawing
from metak2.plots.fonts import Fonts, fonts_for
from metak2.plots.forest_bias import DISCS
from metak2.plots.forest_columns import Moderators
from metak2.plots.forest_layout import Other, Result, forest_layout
from metak2.plots.forest_page import (
    DISC,
    MARGIN,
    SMALL_LINE,
    ForestPage,
    favours_places,
    forest_page,
    indent,
    is_grouped,
    row_style,
)
from metak2.plots.forest_sheets import STUDIES_PER_PAGE, pages_of
from metak2.plots.marks import Align, ForestLayout, Mark, Row
from metak2.plots.style import GREY, INK, LINE, PALE, SMALL_SIZE, TITLE_SIZE, TextStyle, private_style

SQUARE = 9.0  # side of the largest square, in points
HALF_DIAMOND = 5.0
HALF_BAR = 2.4
ARROW = 4.5
ABOVE_BASELINE = 3.0  # from the baseline to the middle of a row's letters
TICK = 3.5
DISC_CORNERS = 24
RIGHT_AND_LEFT: tuple[Align, Align] = ("right", "left")


def forest(
    result: Result,
    *,
    also: Sequence[Other] = (),
    favours: tuple[str, str] | None = None,
    title: str = "",
    columns: Moderators = (),
    style: str = "",
) -> Drawing:
    """The forest plot of a result; the options are those of `forest_layout`.

    `style` is the journal's ("cochrane", "bmj", "jama", "lancet", "plain"); "" is that of the report it is made for.
    """
    with journal_style(style):
        layout = forest_layout(result, also=also, favours=favours, title=title, columns=columns)
    return drawn_forest(layout)


def forest_pages(
    result: Result,
    *,
    also: Sequence[Other] = (),
    favours: tuple[str, str] | None = None,
    columns: Moderators = (),
    style: str = "",
    studies: int = STUDIES_PER_PAGE,
) -> tuple[Drawing, ...]:
    """The forest plot in as many figures as so many studies a page need, each with its head and axis.

    A page ends between subgroups where it can; a subgroup that goes on repeats its name. One page where all fit.
    """
    with journal_style(style):
        whole = forest_layout(result, also=also, favours=favours, columns=columns)
    return drawn_pages(whole, studies)


def drawn_forest(layout: ForestLayout) -> Drawing:
    """The drawing of a layout."""
    with private_style():
        return _drawn(layout, layout, fonts_for(layout.texts()))


def drawn_pages(whole: ForestLayout, studies: int) -> tuple[Drawing, ...]:
    """The drawings of a layout, so many studies a page."""
    with private_style():
        fonts = fonts_for(whole.texts())
        return tuple(_drawn(page, whole, fonts) for page in pages_of(whole, studies))


def _drawn(layout: ForestLayout, whole: ForestLayout, fonts: Fonts) -> Drawing:
    drawn = layout.rewritten(fonts.legible)
    page = forest_page(drawn, fonts, whole.rewritten(fonts.legible) if whole is not layout else drawn)
    canvas = Canvas(page.width, page.height, fonts)
    _draw_words(canvas, drawn, page)
    _draw_judgements(canvas, drawn, page)
    _draw_axis(canvas, drawn, page, fonts)
    _draw_marks(canvas, drawn, page)
    return Drawing(layout=replace(layout, notes=(*layout.notes, *fonts.notes)), figure=canvas.finished())


def _draw_words(canvas: Canvas, layout: ForestLayout, page: ForestPage) -> None:
    canvas.text(MARGIN, page.title, layout.title, TextStyle(size=TITLE_SIZE, bold=True))
    for column in layout.columns:
        top = page.header + (len(column.title) - 1) * LINE
        canvas.text(page.anchors[column.key], top, "\n".join(column.title), TextStyle(align=column.align, bold=True))
    middle = (page.plot_left + page.plot_right) / 2
    top = page.header + (len(page.heading) - 1) * LINE
    canvas.text(middle, top, "\n".join(page.heading), TextStyle(align="center", bold=True))
    canvas.lines([((MARGIN, page.rule), (page.width - MARGIN, page.rule))], width=0.9)
    grouped = is_grouped(layout)
    for row, baseline in zip(layout.rows, page.baselines, strict=True):
        size, bold = row_style(row)
        colour = GREY if row.kind == "excluded" else INK
        for column, cell in zip(layout.columns, row.cells, strict=True):
            if column.judgements:
                continue
            x = page.anchors[column.key] + (indent(row, grouped=grouped) if column.key == "study" else 0.0)
            canvas.text(x, baseline, cell, TextStyle(align=column.align, size=size, bold=bold, colour=colour))
    canvas.text(MARGIN, page.footer_top, "\n".join(page.footer), TextStyle(size=SMALL_SIZE), leading=SMALL_LINE)


def _draw_judgements(canvas: Canvas, layout: ForestLayout, page: ForestPage) -> None:
    """The signs of the risk of bias on their discs, all discs of a colour at once."""
    columns = [(at, page.anchors[column.key]) for at, column in enumerate(layout.columns) if column.judgements]
    discs: dict[str, list[list[Point]]] = {}
    for row, baseline in zip(layout.rows, page.baselines, strict=True):
        for at, x in columns:
            if row.cells[at]:
                fill, ink = DISCS[row.cells[at]]
                discs.setdefault(fill, []).append(_disc(x, baseline + ABOVE_BASELINE))
                canvas.text(x, baseline, row.cells[at], TextStyle(align="center", bold=True, colour=ink))
    for fill, outlines in discs.items():
        canvas.shapes(outlines, fill=fill, edge=INK, width=0.4, behind=True)


def _disc(x: float, y: float) -> list[Point]:
    turns = [2 * math.pi * corner / DISC_CORNERS for corner in range(DISC_CORNERS)]
    return [(x + DISC / 2 * math.cos(turn), y + DISC / 2 * math.sin(turn)) for turn in turns]


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
        bold = layout.favours_above
        left, right = (fonts.width(text, size=SMALL_SIZE, bold=bold) for text in layout.favours)
        ends = favours_places(null, left, right, page.width)
        for x, text, align in zip(ends, layout.favours, RIGHT_AND_LEFT, strict=True):
            canvas.text(x, page.favours, text, TextStyle(align=align, size=SMALL_SIZE, bold=bold))


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
            canvas.shapes(squares, fill=layout.squares)
        else:
            canvas.shapes(squares, fill="white", edge=GREY, width=0.9)
    diamonds = {kind: [_diamond(mark, y, across) for _, mark, y in shown if mark.kind == kind] for kind in _DIAMONDS}
    canvas.shapes(diamonds["diamond"], fill=layout.diamond, edge=INK, width=0.5)
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
