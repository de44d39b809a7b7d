"""Where everything in a forest plot stands, in points, from the widths of its texts."""

from collections.abc import Mapping
from dataclasses import dataclass

from metak2.plots.fonts import Fonts
from metak2.plots.marks import Column, ForestLayout, Row
from metak2.plots.style import BODY_SIZE, LINE, SMALL_SIZE, TITLE_SIZE

MARGIN = 12.0
GUTTER = 14.0
INDENT = 8.0
ROW_PADDING = 4.5
SPACE = 7.0
PLOT_WIDTH = 210.0
PLOT_GUTTER = 14.0
AXIS_HEIGHT = 28.0
FAVOURS_GAP = 8.0
EDGE = 7.5  # between a text that overhangs the plot and the edge of the page
DISC = 11.0
DISC_WIDTH = 13.0
DISC_GUTTER = 4.0
SMALL_LINE = 10.5
BOLD_ROWS = frozenset({"heading", "pooled", "subtotal"})
SMALL_ROWS = frozenset({"text"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestPage:
    """The geometry of a forest plot in points, y upwards.

    `anchors` is the x of each column's texts, `baselines` the y of each row's first line, `heading` the wrapped lines
    above the plot, `footer` those below.
    """

    width: float
    height: float
    anchors: Mapping[str, float]
    plot_left: float
    plot_right: float
    title: float
    header: float
    rule: float
    baselines: tuple[float, ...]
    axis: float
    favours: float
    heading: tuple[str, ...]
    footer: tuple[str, ...]
    footer_top: float


def forest_page(layout: ForestLayout, fonts: Fonts, whole: ForestLayout | None = None) -> ForestPage:
    """Measure the texts and place them: nothing overlaps, nothing is clipped.

    The columns are as wide as those of `whole`, the plot that this page is cut from.
    """
    anchors, plot_left, width = _across(whole or layout, fonts)
    footer = tuple(line for text in layout.footer for line in fonts.lines(text, width - 2 * MARGIN, SMALL_SIZE))
    heading = tuple(line for text in layout.heading for line in fonts.lines(text, PLOT_WIDTH, BODY_SIZE))
    header_lines = max(len(heading), *(len(column.title) for column in layout.columns))
    favours_lines = max((text.count("\n") + 1 for text in layout.favours), default=0) if layout.favours else 0
    title = MARGIN + (TITLE_SIZE if layout.title else 0.0)
    above, below = (favours_lines, 0) if layout.favours_above else (0, favours_lines)
    favours = title + (10.0 if layout.title else 0.0) + LINE - 3.0
    header = title + (10.0 if layout.title else 0.0) + (above + header_lines) * LINE - 3.0 + (3.0 if above else 0.0)
    rule = header + 5.0
    down, baselines = rule + 3.0, []
    for row in layout.rows:
        baselines.append(down + ROW_PADDING / 2 + LINE - 2.5)
        down += _row_height(row)
    axis = down + 3.0
    bottom = axis + (AXIS_HEIGHT if layout.axis.label else AXIS_HEIGHT - LINE) + LINE
    favours = favours if above else bottom
    footer_top = bottom + max(below - 1, -1) * LINE + 15.0
    height = footer_top + (len(footer) - 1) * SMALL_LINE + MARGIN
    return ForestPage(
        width=width,
        height=height,
        anchors=anchors,
        plot_left=plot_left,
        plot_right=plot_left + PLOT_WIDTH,
        title=height - title,
        header=height - header,
        rule=height - rule,
        baselines=tuple(height - baseline for baseline in baselines),
        axis=height - axis,
        favours=height - favours,
        heading=heading,
        footer=footer,
        footer_top=height - footer_top,
    )


def favours_places(null: float, left: float, right: float, page: float) -> tuple[float, float]:
    """Where the left words end and the right ones begin, from their widths: beside no effect, on the page, apart."""
    begins = min(null + FAVOURS_GAP, page - right - EDGE)
    ends = max(min(null - FAVOURS_GAP, begins - 2 * FAVOURS_GAP), left + EDGE)
    return ends, max(begins, ends + 2 * FAVOURS_GAP)


def _row_height(row: Row) -> float:
    if row.kind == "space":
        return SPACE
    return (max(cell.count("\n") for cell in row.cells) + 1) * LINE + ROW_PADDING


def row_style(row: Row) -> tuple[float, bool]:
    """Size and weight of a row's texts."""
    return (SMALL_SIZE if row.kind in SMALL_ROWS else BODY_SIZE), row.kind in BOLD_ROWS


def indent(row: Row, *, grouped: bool) -> float:
    """How far a row's label stands to the right of the headings."""
    return INDENT if grouped and row.kind in {"study", "excluded"} else 0.0


def is_grouped(layout: ForestLayout) -> bool:
    """Whether the plot has headings."""
    return any(row.kind == "heading" for row in layout.rows)


def _across(layout: ForestLayout, fonts: Fonts) -> tuple[dict[str, float], float, float]:
    """The x of each column's anchor, the left end of the plot and the width of the page."""
    widths = {
        column.key: DISC_WIDTH if column.judgements else _column_width(layout, at, fonts)
        for at, column in enumerate(layout.columns)
    }
    before = [column for column in layout.columns if not column.after_plot]
    widths["study"] = _label_width(layout, [widths[column.key] for column in before[1:]], fonts)
    anchors: dict[str, float] = {}
    x = MARGIN
    for column in before:
        anchors[column.key] = _anchor(column, x, widths[column.key])
        x += widths[column.key] + GUTTER
    plot_left = x - GUTTER + PLOT_GUTTER
    right = plot_left + PLOT_WIDTH
    x = right + PLOT_GUTTER
    for column in layout.columns[len(before) :]:
        anchors[column.key] = _anchor(column, x, widths[column.key])
        right = x + widths[column.key]
        x = right + (DISC_GUTTER if column.judgements else GUTTER)
    title = fonts.width(layout.title, size=TITLE_SIZE, bold=True)
    return anchors, plot_left, max(right + MARGIN, title + 2 * MARGIN, _end_of_favours(layout, plot_left, fonts))


def _end_of_favours(layout: ForestLayout, plot_left: float, fonts: Fonts) -> float:
    """How wide the page must be for the right-hand words to begin beside no effect."""
    if not layout.favours:
        return 0.0
    words = fonts.width(layout.favours[1], size=SMALL_SIZE, bold=layout.favours_above)
    return plot_left + layout.axis.position(layout.axis.null) * PLOT_WIDTH + FAVOURS_GAP + words + EDGE


def _anchor(column: Column, x: float, width: float) -> float:
    return x + width * {"left": 0.0, "center": 0.5, "right": 1.0}[column.align]


def _column_width(layout: ForestLayout, at: int, fonts: Fonts) -> float:
    widths = [fonts.width(line, size=BODY_SIZE, bold=True) for line in layout.columns[at].title]
    for row in layout.rows:
        size, bold = row_style(row)
        widths.append(fonts.width(row.cells[at], size=size, bold=bold))
    return max(widths)


def _label_width(layout: ForestLayout, others: list[float], fonts: Fonts) -> float:
    """Width of the first column; a label may run on across the empty cells beside it, but not into the plot."""
    grouped = is_grouped(layout)
    width = max(fonts.width(line, size=BODY_SIZE, bold=True) for line in layout.columns[0].title)
    for row in layout.rows:
        size, bold = row_style(row)
        cells = row.cells[1 : len(others) + 1]
        empty = next((at for at, cell in enumerate(cells) if cell), len(others))
        room = sum(others[:empty]) + GUTTER * empty
        label = fonts.width(row.cells[0], size=size, bold=bold) + indent(row, grouped=grouped)
        width = max(width, label - room)
    return width
