"""A figure whose coordinates are points, and the few things that are drawn on it."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from metak2.plots.fonts import Fonts
from metak2.plots.style import INK, LINE, TextStyle
from metak2.plots.texts import Placed, Texts

Point = tuple[float, float]
POINTS_PER_INCH = 72.0
SHAPES = 3  # where shapes lie: lines below, texts above


class Canvas:
    """Collects lines, shapes and texts and puts them on a figure, one collection per style; y upwards, in points."""

    def __init__(self, width: float, height: float, fonts: Fonts) -> None:
        self.figure = Figure(figsize=(width / POINTS_PER_INCH, height / POINTS_PER_INCH), facecolor="white")
        self.fonts = fonts
        self._axes: Axes = self.figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self._axes.set(xlim=(0.0, width), ylim=(0.0, height))
        self._axes.set_axis_off()
        self._texts: dict[TextStyle, list[Placed]] = {}
        self._above: dict[TextStyle, list[Placed]] = {}

    def lines(
        self,
        segments: Sequence[tuple[Point, Point]],
        *,
        colour: str = INK,
        width: float = 0.8,
        dashed: bool = False,
        above: bool = False,
    ) -> None:
        """Straight lines, below all shapes or `above` those drawn before."""
        style = (0.0, (3.0, 2.0)) if dashed else "solid"
        if segments:
            lines = LineCollection(segments, colors=colour, linewidths=width, linestyles=[style])
            if above:
                lines.set_zorder(SHAPES)
            self._axes.add_collection(lines, autolim=False)

    def shapes(
        self,
        outlines: Sequence[Sequence[Point]],
        *,
        fill: str,
        edge: str = "none",
        width: float = 0.0,
        behind: bool = False,
    ) -> None:
        """Closed polygons above the lines, or behind everything else."""
        if outlines:
            order = -1 if behind else SHAPES
            shapes = PolyCollection(outlines, facecolors=fill, edgecolors=edge, linewidths=width, zorder=order)
            self._axes.add_collection(shapes, autolim=False)

    def text(self, x: float, baseline: float, text: str, style: TextStyle, *, leading: float = LINE) -> None:
        """A text whose first line stands on the baseline, further lines below."""
        lines = self._texts.setdefault(style, [])
        lines.extend((x, baseline - leading * number, line) for number, line in enumerate(text.split("\n")))

    def text_above(self, x: float, baseline: float, text: str, style: TextStyle) -> None:
        """A line of text above the shapes."""
        self._above.setdefault(style, []).append((x, baseline, text))

    def finished(self) -> Figure:
        """The figure with its texts on it."""
        for style, placed in self._texts.items():
            self._axes.add_artist(Texts(placed, style, self.fonts))
        for style, placed in self._above.items():
            self._axes.add_artist(Texts(placed, style, self.fonts)).set_zorder(4)
        return self.figure
