"""A chart as data: panels with axes, and bars, areas, discs, strokes and words in their units. No drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from metak2.plots.axis import Axis, linear_ticks, tick_labels
from metak2.plots.marks import Align

Tone = Literal[
    "ink",
    "grey",
    "pale",
    "white",
    "blue 1",
    "blue 2",
    "blue 3",
    "blue 4",
    "amber 1",
    "amber 2",
    "amber 3",
    "amber 4",
    "green",
    "yellow",
    "orange",
    "red",
    "dark red",
]
SHADES = 4
BLUES: tuple[Tone, ...] = ("blue 1", "blue 2", "blue 3", "blue 4")
AMBERS: tuple[Tone, ...] = ("amber 1", "amber 2", "amber 3", "amber 4")
Shape = Literal["disc", "square", "diamond", "triangle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A filled rectangle, in the units of the panel's axes."""

    left: float
    right: float
    bottom: float
    top: float
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A filled polygon below the strokes, in the units of the panel's axes."""

    points: tuple[tuple[float, float], ...]
    tone: Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Disc:
    """A study as a disc or another shape: its centre in the units of the panel's axes, its radius in points."""

    x: float
    y: float
    radius: float
    tone: Tone
    name: str
    shape: Shape = "disc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """A line through points, in the units of the panel's axes."""

    points: tuple[tuple[float, float], ...]
    tone: Tone = "ink"
    dashed: bool = False
    width: float = 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A text at a point of the panel, moved aside by `dx` and `dy` points."""

    x: float
    y: float
    text: str
    align: Align = "left"
    dx: float = 0.0
    dy: float = 0.0
    bold: bool = False
    tone: Tone = "ink"


@dataclass(frozen=True, slots=True, kw_only=True)
class Over(Words):
    """A text above the shapes that it stands on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A rectangle of the chart, in points from its lower left corner, with what is drawn in it.

    `show` names the axes that are drawn with ticks and labels.
    """

    title: str
    left: float
    bottom: float
    width: float
    height: float
    across: Axis
    up: Axis
    bars: tuple[Bar, ...] = ()
    areas: tuple[Area, ...] = ()
    discs: tuple[Disc, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    words: tuple[Words, ...] = ()
    show: tuple[Literal["across", "up"], ...] = ("across", "up")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Panels on a page whose size is in points; `legend` gives each colour its meaning, `footer` stands below."""

    title: str
    width: float
    height: float
    panels: tuple[Panel, ...]
    legend: tuple[tuple[Tone, str], ...]
    footer: tuple[str, ...]
    alt: str
    notes: tuple[str, ...] = ()

    def texts(self) -> tuple[str, ...]:
        """Every text of the picture."""
        axes = [axis for panel in self.panels for axis in (panel.across, panel.up)]
        return (
            self.title,
            *(panel.title for panel in self.panels),
            *(text for axis in axes for text in (axis.label, *axis.tick_labels)),
            *(words.text for panel in self.panels for words in panel.words),
            *(text for _, text in self.legend),
            *self.footer,
        )


def plain_axis(label: str, low: float, high: float) -> Axis:
    """A linear axis without a line of no effect."""
    top = high if high > low else low + 1.0
    ticks = linear_ticks(low, top)
    return Axis(
        label=label,
        log=False,
        low=low,
        high=top,
        null=float("nan"),
        ticks=ticks,
        tick_labels=tick_labels(ticks, log=False),
    )


def named_axis(label: str, names: tuple[str, ...]) -> Axis:
    """An axis of names, one per unit, each in the middle of its own."""
    return Axis(
        label=label,
        log=False,
        low=0.0,
        high=float(max(len(names), 1)),
        null=float("nan"),
        ticks=tuple(at + 0.5 for at in range(len(names))),
        tick_labels=names,
    )


def text_column(title: str, rows: Sequence[str], corner: tuple[float, float], row: float, drop: float) -> Panel:
    """Texts below each other from the lower left `corner` up, the first on top, each `drop` of its `row` down."""
    high = len(rows)
    return Panel(
        title=title,
        left=corner[0],
        bottom=corner[1],
        width=1.0,
        height=row * high,
        across=plain_axis("", 0.0, 1.0),
        up=named_axis("", ("",) * high),
        words=tuple(Words(x=0.0, y=high - at - drop, text=text) for at, text in enumerate(rows) if text),
        show=(),
    )


def shade(share: float, tones: tuple[Tone, ...]) -> Tone:
    """The tone for a share of the largest amount, 0 to 1; the palest one for whatever is there at all.

    >>> shade(0.01, BLUES), shade(0.6, BLUES), shade(1.0, BLUES)
    ('blue 1', 'blue 3', 'blue 4')
    """
    return tones[min(int(np.ceil(share * SHADES)), SHADES) - 1 if share > 0 else 0]
