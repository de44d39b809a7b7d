"""A network as a picture: treatments on a circle, a line for each comparison. No drawing."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from metak2.display import network as told
from metak2.models.network_data import Edge, NetworkMap
from metak2.plots.chart_marks import Chart, Disc, Over, Panel, Stroke, Words, plain_axis
from metak2.plots.labels import clean, letters, wrapped
from metak2.plots.marks import Align

NODE, GROWTH = 4.0, 5.0  # radius of a node: at least, and what the one with most trials has more
THINNEST, THICKEST = 0.8, 6.0
FEWEST = 4  # trials beyond the first that the thickest line has at least
LETTER = 4.3
LABEL_WIDTH, LABEL_LINES = 26, 3
PITCH = 44.0  # of treatments along the circle
SMALLEST, LARGEST = 46.0, 200.0  # radius of a circle
MARGIN, GAP, LINE = 16.0, 18.0, 10.0
WIDEST = 620.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Circle:
    """One part of the network with its labels: radius of its circle, and the room on either side of it."""

    treatments: tuple[str, ...]
    labels: tuple[str, ...]
    radius: float
    left: float
    right: float
    above: float
    below: float

    @property
    def width(self) -> float:
        return self.left + 2 * self.radius + self.right

    @property
    def height(self) -> float:
        return self.above + self.below


def network_graph_layout(shown: NetworkMap, *, title: str = "", statement: bool = True) -> Chart:
    """Treatments and comparisons; parts that no trial joins stand side by side.

    `statement` puts what cannot be estimated below the picture.
    """
    circles = [_circle(part) for part in shown.parts]
    rows = _rows(circles)
    width = max(MARGIN * 2 + sum(one.width + GAP for one in row) - GAP for row in rows)
    heights = [max(one.height for one in row) for row in rows]
    panels, top = [], sum(heights) + GAP * (len(rows) - 1)
    for row, height in zip(rows, heights, strict=True):
        left = MARGIN
        for one in row:
            panels.append(_panel(shown, one, left, top - (height + one.height) / 2))
            left += one.width + GAP
        top -= height + GAP
    most = max(len(studies) for studies in shown.trials.values())
    key = (
        "Lines: comparisons, the thicker the more trials (number beside the line); dashed: a single trial; !: with a "
        "trial of doubtful integrity. Discs: treatments, by number of trials."
    )
    unsaid = told.not_estimable(shown)
    return Chart(
        title=clean(title),
        width=max(width, 360.0),
        height=sum(heights) + GAP * (len(rows) - 1) + GAP,
        panels=tuple(panels),
        legend=(),
        footer=(key, *(clean(line) for line in (unsaid if statement else ()))),
        alt=f"Network graph: {told.map_told(shown)} At most {told.trials(most)} for one comparison. {' '.join(unsaid)}",
    )


def _circle(part: tuple[str, ...]) -> _Circle:
    labels = tuple(wrapped(name, LABEL_WIDTH, LABEL_LINES) for name in part)
    radius = min(max(PITCH * len(part) / (2 * math.pi), SMALLEST), LARGEST)
    angles = [_angle(at, len(part)) for at in range(len(part))]
    rooms = {"left": 0.0, "right": 0.0}
    for label, angle in zip(labels, angles, strict=True):
        reach = LETTER * max(letters(line) for line in label.split("\n")) + NODE + GROWTH + 6.0
        aside = radius * (1 - abs(math.cos(angle)))
        middle = abs(math.cos(angle)) < 0.3
        for side, here in (("right", math.cos(angle) >= 0 or middle), ("left", math.cos(angle) < 0 or middle)):
            if here:
                rooms[side] = max(rooms[side], (reach / 2 if middle else reach) - aside)
    heights = [
        radius * math.sin(angle) + sign * (NODE + GROWTH + LINE * (label.count("\n") + 1))
        for label, angle in zip(labels, angles, strict=True)
        for sign in (-1, 1)
    ]
    return _Circle(
        treatments=part,
        labels=labels,
        radius=radius,
        left=rooms["left"],
        right=rooms["right"],
        above=max(heights),
        below=-min(heights),
    )


def _angle(at: int, count: int) -> float:
    """From the top, clockwise; two treatments lie side by side."""
    return math.pi / 2 - 2 * math.pi * at / count + (math.pi / 2 if count == 2 else 0.0)


def _rows(circles: list[_Circle]) -> list[list[_Circle]]:
    rows: list[list[_Circle]] = [[]]
    for one in circles:
        taken = sum(other.width + GAP for other in rows[-1])
        if rows[-1] and taken + one.width > WIDEST:
            rows.append([])
        rows[-1].append(one)
    return rows


def _panel(shown: NetworkMap, circle: _Circle, left: float, bottom: float) -> Panel:
    """The axes are points from the middle of the circle."""
    n = len(circle.treatments)
    places = {
        name: (circle.radius * math.cos(_angle(at, n)), circle.radius * math.sin(_angle(at, n)))
        for at, name in enumerate(circle.treatments)
    }
    held = {name: sum(name in arms for arms in shown.studies.values()) for name in circle.treatments}
    most = max(held.values())
    radii = {name: NODE + GROWTH * math.sqrt(count / most) for name, count in held.items()}
    ties, words = [], []
    for edge, studies in shown.trials.items():
        if edge[0] in places:
            tie, word = _tie(shown, edge, studies, places, radii)
            ties.append(tie)
            words += [word] if word.text else []
    across = -circle.radius - circle.left
    labels = [
        word
        for at, name in enumerate(circle.treatments)
        for word in _label(circle.labels[at], places[name], radii[name], _angle(at, n))
    ]
    return Panel(
        title="",
        left=left,
        bottom=bottom,
        width=circle.width,
        height=circle.height,
        across=plain_axis("", across, across + circle.width),
        up=plain_axis("", -circle.below, circle.above),
        discs=tuple(Disc(x=x, y=y, radius=radii[name], tone="blue 2", name=name) for name, (x, y) in places.items()),
        strokes=tuple(ties),
        words=(*words, *labels),
        show=(),
    )


def _tie(
    shown: NetworkMap,
    edge: Edge,
    studies: tuple[str, ...],
    places: Mapping[str, tuple[float, float]],
    radii: Mapping[str, float],
) -> tuple[Stroke, Over]:
    """The line of a comparison from rim to rim of its discs, and its number of trials two fifths along it."""
    most = max(len(names) for names in shown.trials.values())
    (x0, y0), (x1, y1) = (places[name] for name in edge)
    length = math.hypot(x1 - x0, y1 - y0)
    dx, dy = (x1 - x0) / length, (y1 - y0) / length
    start = (x0 + dx * radii[edge[0]], y0 + dy * radii[edge[0]])
    end = (x1 - dx * radii[edge[1]], y1 - dy * radii[edge[1]])
    k = len(studies)
    width = THINNEST + (THICKEST - THINNEST) * (k - 1) / max(most - 1, FEWEST)
    doubtful = any(study in shown.doubtful for study in studies)
    tie = Stroke(points=(start, end), tone="grey", dashed=k == 1, width=width)
    aside = 5.0 + width / 2
    x, y = x0 + 0.4 * (x1 - x0) - dy * aside, y0 + 0.4 * (y1 - y0) + dx * aside
    text = f"{k if k > 1 else ''}{'!' if doubtful else ''}"
    return tie, Over(x=x, y=y - 2.7, text=text, align="center")


def _label(label: str, place: tuple[float, float], radius: float, angle: float) -> list[Words]:
    """The lines of a treatment's name outside the circle."""
    lines = label.split("\n")
    out = radius + 5.0
    x, y = place[0] + out * math.cos(angle), place[1] + out * math.sin(angle)
    if abs(math.cos(angle)) < 0.3:
        first = y + LINE * (len(lines) - 1) if math.sin(angle) > 0 else y - 7.0
        return [Words(x=x, y=first - LINE * at, text=line, align="center") for at, line in enumerate(lines)]
    first = y + LINE * (len(lines) - 1) / 2 - 2.7
    align: Align = "left" if math.cos(angle) > 0 else "right"
    return [Words(x=x, y=first - LINE * at, text=line, align=align) for at, line in enumerate(lines)]
