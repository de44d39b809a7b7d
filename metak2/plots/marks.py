"""What a picture shows, as data on the displayed scale; no drawing."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Literal

from metak2.display.journal import PLAIN
from metak2.plots.axis import Axis

Align = Literal["left", "right", "center"]
RowKind = Literal["heading", "study", "excluded", "refit", "pooled", "subtotal", "prediction", "other", "text", "space"]
MarkKind = Literal["square", "hollow square", "diamond", "open diamond", "bar"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of text: `title` in lines, `after_plot` for those to the right of the plot.

    A column of `judgements` holds one sign a study, drawn on a disc of its colour.
    """

    key: str
    title: tuple[str, ...]
    align: Align
    after_plot: bool = False
    judgements: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A square, diamond or bar with its interval, on the displayed scale.

    `size` is the side of a square relative to the largest; `arrow_low` and `arrow_high` say that the interval leaves
    the axis at that end.
    """

    kind: MarkKind
    estimate: float
    low: float
    high: float
    size: float = 1.0
    arrow_low: bool = False
    arrow_high: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row: `cells` go with the layout's columns, line breaks inside; `name` is the unshortened label."""

    kind: RowKind
    name: str
    cells: tuple[str, ...]
    mark: Mark | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestLayout:
    """A forest plot as data: what stands in which row and column, and where.

    `favours` are the words left and right of the no-effect line, below the axis or in bold above the plot; `heading`
    stands above the plot; `summary` is the pooled effect that the dashed line marks; `squares` and `diamond` are
    colours; `footer` is printed below the plot; `notes` are for whoever makes the report.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    axis: Axis
    favours: tuple[str, str] | None
    summary: float | None
    footer: tuple[str, ...]
    alt: str
    notes: tuple[str, ...] = ()
    heading: tuple[str, ...] = ()
    favours_above: bool = False
    squares: str = PLAIN.forest.squares[0]
    diamond: str = PLAIN.forest.diamond

    def column(self, key: str) -> tuple[str, ...]:
        """The texts of one column, a row each."""
        at = [column.key for column in self.columns].index(key)
        return tuple(row.cells[at] for row in self.rows)

    def texts(self) -> tuple[str, ...]:
        """Every text of the picture."""
        titles = (line for column in self.columns for line in column.title)
        cells = (cell for row in self.rows for cell in row.cells)
        labels = (self.axis.label, *self.axis.tick_labels, *(self.favours or ()))
        return (self.title, *self.heading, *titles, *cells, *labels, *self.footer)

    def rewritten(self, write: Callable[[str], str]) -> "ForestLayout":
        """The same plot with every name and line written otherwise, for fonts that lack its characters."""
        left, right = self.favours or ("", "")
        return replace(
            self,
            title=write(self.title).replace("\n", " "),
            heading=tuple(write(line).replace("\n", " ") for line in self.heading),
            columns=tuple(
                replace(column, title=tuple(write("\n".join(column.title)).split("\n"))) for column in self.columns
            ),
            rows=tuple(replace(row, cells=tuple(write(cell) for cell in row.cells)) for row in self.rows),
            favours=(write(left), write(right)) if self.favours else None,
            footer=tuple(write(line).replace("\n", " ") for line in self.footer),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelPoint:
    """One study of a funnel plot: effect on the displayed scale, standard error on the analysis scale.

    `filled` marks the mirror image that trim and fill added, which is no study.
    """

    study: str
    effect: float
    se: float
    excluded: str = ""
    filled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelContour:
    """A region of a funnel plot by p value, which covers those before it: its outline as (effect, standard error)."""

    label: str
    shade: str
    outline: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelLine:
    """A curve through a funnel plot, as (effect, standard error)."""

    label: str
    colour: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelLayout:
    """A funnel plot as data.

    `limits` are the effects that the pseudo 95 per cent limits reach at the largest standard error drawn, `se_high`.
    """

    title: str
    points: tuple[FunnelPoint, ...]
    axis: Axis
    centre: float
    centre_label: str
    limits: tuple[float, float]
    se_high: float
    se_ticks: tuple[float, ...]
    se_tick_labels: tuple[str, ...]
    footer: tuple[str, ...]
    alt: str
    notes: tuple[str, ...] = ()
    contours: tuple[FunnelContour, ...] = ()
    lines: tuple[FunnelLine, ...] = ()

    @property
    def legend(self) -> tuple[tuple[str, str, str], ...]:
        """What regions, lines and filled points mean: (what, colour, words)."""
        regions = [("contour", one.shade, one.label) for one in reversed(self.contours)]
        points = [("filled", "", "Filled, not a study")] if any(point.filled for point in self.points) else []
        return (*regions, *points, *(("line", one.colour, one.label) for one in self.lines))

    def texts(self) -> tuple[str, ...]:
        """Every text of the picture."""
        labels = (*self.axis.tick_labels, *self.se_tick_labels, *(text for *_, text in self.legend))
        return (self.title, self.axis.label, *labels, *self.footer)


def plain(value: Any) -> Any:  # noqa: ANN401 - any layout in, what JSON can hold out
    """A layout as dictionaries, lists, texts and numbers; null for a number that does not exist."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, tuple | list):
        return [plain(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
