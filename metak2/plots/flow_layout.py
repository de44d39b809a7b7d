"""The PRISMA 2020 flow diagram as a chart: boxes in rows and columns, and the arrows between them."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from metak2.errors import StudyDataError
from metak2.plots.chart_marks import Area, Bar, Chart, Panel, Stroke, Words, plain_axis
from metak2.plots.flow_boxes import FlowBox, boxes, missing
from metak2.plots.labels import clean
from metak2.plots.style import LINE
from metak2.studies.formats.flow import Flow

ROWS = ("head", "identified", "screened", "sought", "assessed", "included", "total")
ROW_OF: Mapping[str, str] = {
    "main identified": "identified", "side removed": "identified", "previous studies": "identified",
    "other identified": "identified", "main screened": "screened", "side excluded": "screened",
    "main sought": "sought", "side not retrieved": "sought", "other sought": "sought",
    "away not retrieved": "sought", "main assessed": "assessed", "side excluded reports": "assessed",
    "other assessed": "assessed", "away excluded reports": "assessed", "main included": "included",
    "main total": "total",
}  # fmt: skip
ASIDE: Mapping[str, str] = {
    "side removed": "main identified", "side excluded": "main screened", "side not retrieved": "main sought",
    "side excluded reports": "main assessed", "away not retrieved": "other sought",
    "away excluded reports": "other assessed",
}  # fmt: skip
WIDTHS = {"previous": 120.0, "main": 178.0, "side": 186.0, "other": 150.0, "away": 150.0}
LETTERS = {column: int(width / 4.75) for column, width in WIDTHS.items()}
HEADS = {
    "previous": "Previous studies",
    "main": "Identification of {new}studies via databases and registers",
    "other": "Identification of {new}studies via other methods",
}
PHASES = {"Identification": ("identified",), "Screening": ("screened", "sought", "assessed"),
          "Included": ("included", "total")}  # fmt: skip
PHASE_WIDTH, GAP, ROW_GAP, PAD, HEAD_HEIGHT, MARGIN = 66.0, 22.0, 20.0, 6.0, 18.0, 12.0
ARROW = 4.0
Box = tuple[float, float, float, float]  # left, bottom, right, top


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grid:
    """Where the columns stand from left to right and the rows from the top, in points."""

    columns: Mapping[str, tuple[float, float]]
    rows: Mapping[str, tuple[float, float]]
    width: float
    height: float


def flow_layout(flow: Flow, *, title: str = "") -> Chart:
    """The diagram of a new or updated review; StudyDataError with every cell whose count does not follow from others.

    What the template needs and the sheet lacks is written as not given and named in the notes.
    """
    if flow.problems:
        raise StudyDataError(flow.problems, source=flow.source or "the flow")
    found = boxes(flow, LETTERS)
    grid = _grid(found)
    placed = {key: _place(box, grid) for key, box in found.items()}
    heads, head_words = _heads(flow, grid)
    phases, phase_words = _phases(grid)
    arrows = _arrows(placed)
    words = [text for key, box in found.items() for text in _texts(box, placed[key])]
    lacking = missing(flow, found)
    return Chart(
        title=clean(title),
        width=grid.width,
        height=grid.height,
        panels=(
            Panel(
                title="",
                left=0.0,
                bottom=0.0,
                width=grid.width,
                height=grid.height,
                across=plain_axis("", 0.0, grid.width),
                up=plain_axis("", 0.0, grid.height),
                bars=(*heads, *phases, *(_bar(box) for box in placed.values())),
                areas=tuple(head for _, head in arrows),
                strokes=tuple(line for line, _ in arrows),
                words=(*head_words, *phase_words, *words),
                show=(),
            ),
        ),
        legend=(),
        footer=(),
        alt=_alt(flow, found),
        notes=((f"The flow diagram lacks: {', '.join(lacking)}",) if lacking else ()),
    )


def _grid(found: Mapping[str, FlowBox]) -> _Grid:
    used = [column for column in WIDTHS if any(key.split()[0] == column for key in found)]
    x, columns = MARGIN + PHASE_WIDTH + GAP / 2, {}
    for column in used:
        columns[column] = (x, x + WIDTHS[column])
        x += WIDTHS[column] + GAP
    heights = {row: 0.0 for row in ROWS if row == "head" or row in {ROW_OF[key] for key in found}}
    heights["head"] = HEAD_HEIGHT
    for key, box in found.items():
        heights[ROW_OF[key]] = max(heights[ROW_OF[key]], _height(box))
    total = sum(heights.values()) + ROW_GAP * (len(heights) - 1) + 2 * MARGIN
    y, rows = total - MARGIN, {}
    for row, height in heights.items():
        rows[row] = (y - height, y)
        y -= height + ROW_GAP
    return _Grid(columns=columns, rows=rows, width=x - GAP + MARGIN, height=total)


def _height(box: FlowBox) -> float:
    return LINE * len(box.lines) + 2 * PAD - 2.0


def _place(box: FlowBox, grid: _Grid) -> Box:
    """A box in the middle of its row."""
    left, right = grid.columns[box.key.split()[0]]
    bottom, top = grid.rows[ROW_OF[box.key]]
    middle, half = (bottom + top) / 2, _height(box) / 2
    return left, middle - half, right, middle + half


def _bar(box: Box) -> Bar:
    left, bottom, right, top = box
    return Bar(left=left, right=right, bottom=bottom, top=top, tone="white")


def _texts(box: FlowBox, at: Box) -> list[Words]:
    left, _, _, top = at
    first = top - PAD - 7.5
    return [
        Words(x=left + PAD + 2.2 * (len(line) - len(line.lstrip())), y=first - LINE * number, text=line.strip())
        for number, line in enumerate(box.lines)
    ]


def _heads(flow: Flow, grid: _Grid) -> tuple[list[Bar], list[Words]]:
    bars, words = [], []
    new = "new " if flow.updated else ""
    bottom, top = grid.rows["head"]
    for column, text in HEADS.items():
        if column not in grid.columns:
            continue
        left, right = grid.columns[column]
        right = grid.columns.get({"main": "side", "other": "away"}.get(column, column), (left, right))[1]
        bars.append(Bar(left=left, right=right, bottom=bottom, top=top, tone="amber 1"))
        middle, said = (left + right) / 2, text.format(new=new)
        words.append(Words(x=middle, y=(bottom + top) / 2, text=said, align="center", dy=-2.7, bold=True))
    return bars, words


def _phases(grid: _Grid) -> tuple[list[Bar], list[Words]]:
    bars, words = [], []
    for name, rows in PHASES.items():
        there = [grid.rows[row] for row in rows if row in grid.rows]
        bottom, top = min(low for low, _ in there), max(high for _, high in there)
        bars.append(Bar(left=MARGIN, right=MARGIN + PHASE_WIDTH, bottom=bottom, top=top, tone="blue 1"))
        at = MARGIN + PHASE_WIDTH / 2
        words.append(Words(x=at, y=(bottom + top) / 2, text=name, align="center", dy=-2.7, bold=True))
    return bars, words


def _arrows(placed: Mapping[str, Box]) -> list[tuple[Stroke, Area]]:
    """Down the columns, aside to what is removed, and from other methods and previous studies to what is included."""
    made = []
    for column in ("main", "other"):
        down = sorted((box for key, box in placed.items() if key.split()[0] == column), key=lambda box: -box[3])
        for upper, lower in pairwise(down):
            middle = (upper[0] + upper[2]) / 2
            made.append(_arrow([(middle, upper[1]), (middle, lower[3])]))
    for key, beside in ASIDE.items():
        if key in placed:
            start, end = placed[beside], placed[key]
            y = (start[1] + start[3]) / 2
            made.append(_arrow([(start[2], y), (end[0], y)]))
    for key, target, side in (("other assessed", "main included", 2), ("previous studies", "main total", 0)):
        if key in placed:
            start, end = placed[key], placed[target]
            x, y = (start[0] + start[2]) / 2, (end[1] + end[3]) / 2
            made.append(_arrow([(x, start[1]), (x, y), (end[side], y)]))
    return made


def _arrow(points: list[tuple[float, float]]) -> tuple[Stroke, Area]:
    (x0, _), (x1, y1) = points[-2:]
    along = (0.0, -1.0) if x0 == x1 else ((x1 - x0) / abs(x1 - x0), 0.0)
    foot = (x1 - ARROW * along[0], y1 - ARROW * along[1])
    aside = (ARROW / 2 * along[1], ARROW / 2 * along[0])
    head = ((x1, y1), (foot[0] + aside[0], foot[1] + aside[1]), (foot[0] - aside[0], foot[1] - aside[1]))
    return Stroke(points=(*points[:-1], foot), width=0.9), Area(points=head, tone="ink")


def _alt(flow: Flow, found: Mapping[str, FlowBox]) -> str:
    kind = "an updated" if flow.updated else "a new"
    told = [" ".join(line.strip() for line in box.lines) for box in found.values()]
    return f"PRISMA 2020 flow diagram of {kind} review: {'; '.join(told)}."
