"""The specification curve as a chart: answers by rising estimate, and below them what was chosen.

Several measures stand one below the other, so that letters keep their size where the figure fills a page's width.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metak2.display import robustness as told
from metak2.plots.axis import Axis, axis_over
from metak2.plots.chart_marks import BLUES, Bar, Chart, Panel, Stroke, named_axis, shade
from metak2.plots.labels import clean, wrapped
from metak2.robustness.specification import SpecificationCurve

COLUMNS = 120  # specifications drawn one by one; beyond, neighbours share a column
WIDTH, ROW, LEFT, RIGHT, BOTTOM = 300.0, 9.0, 150.0, 24.0, 12.0
HEIGHT, STACKED = 150.0, 66.0  # of the answers: of one measure, and of each of several
HEAD, GAP = 18.0, 12.0  # for the name of a measure, and between its answers and its choices
NAME = 34

Group = tuple[str, NDArray[np.bool_]]  # a choice and who made it, (specifications,)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Column:
    """Neighbouring specifications: their rows, and what they say on the displayed scale."""

    rows: NDArray[np.intp]
    estimates: tuple[float, float]
    limits: tuple[float, float]


def specification_layout(curve: SpecificationCurve, *, title: str = "") -> Chart:
    """A panel for each measure, the planned specification marked by an upright line, the choices below in shades."""
    choices = _choices(curve)
    height = HEIGHT if len(curve.measures) == 1 else STACKED
    each = ROW * max(len(choices), 1) + GAP + height + HEAD
    panels: list[Panel] = []
    for below, name in enumerate(reversed(tuple(curve.measures))):
        columns = _columns(curve, name)
        bottom = BOTTOM + below * (each + GAP)
        answers = bottom + each - HEAD - height
        panels = [
            _answers(curve, name, columns, bottom=answers, height=height),
            _dashboard(curve, choices, columns, bottom),
            *panels,
        ]
    sentence = clean(told.specification_curve(curve))
    return Chart(
        title=clean(title),
        width=LEFT + WIDTH + RIGHT,
        height=BOTTOM + len(curve.measures) * (each + GAP) - GAP,
        panels=tuple(panels),
        legend=(
            ("blue 4", "estimate"),
            ("blue 1", "confidence limits"),
            ("amber 4", "the planned specification"),
        ),
        footer=(
            "Specifications by rising estimate. Below: which choices they make, darker where more of a column do.",
            sentence,
        ),
        alt=f"Specification curve: {sentence}",
    )


def _columns(curve: SpecificationCurve, name: str) -> list[_Column]:
    """Up to 120 columns of neighbours by estimate: the range of their estimates, their lowest and highest limit."""
    rows = curve.of_measure(name)
    back = curve.measures[name].back
    return [
        _Column(
            rows=part,
            estimates=_ends(back(curve.estimate[part])),
            limits=_ends(back(np.concatenate([curve.ci_low[part], curve.ci_high[part]]))),
        )
        for part in np.array_split(rows, min(COLUMNS, rows.size))
    ]


def _ends(values: NDArray[np.float64]) -> tuple[float, float]:
    return float(np.nanmin(values)), float(np.nanmax(values))


def _answers(curve: SpecificationCurve, name: str, columns: list[_Column], *, bottom: float, height: float) -> Panel:
    measure = curve.measures[name]
    rows = curve.of_measure(name)
    up = axis_over(measure, *_ends(np.concatenate([curve.ci_low[rows], curve.ci_high[rows]])))
    bars = [
        Bar(left=at, right=at + 1.0, bottom=one.limits[0], top=one.limits[1], tone="blue 1")
        for at, one in enumerate(columns)
    ]
    bars += [
        Bar(left=at, right=at + 1.0, bottom=one.estimates[0], top=one.estimates[1], tone="blue 4")
        for at, one in enumerate(columns)
    ]
    strokes = [
        Stroke(points=tuple((at + side, one.estimates[0]) for side in (0.0, 1.0)), tone="blue 4")
        for at, one in enumerate(columns)
    ]
    return Panel(
        title=f"{up.label}: {told.number(rows.size)} specifications",
        left=LEFT,
        bottom=bottom,
        width=WIDTH,
        height=height,
        across=_numbered(len(columns)),
        up=up,
        bars=tuple(bars),
        strokes=(*strokes, *_planned(curve, columns, up)),
        show=("up",),
    )


def _planned(curve: SpecificationCurve, columns: list[_Column], up: Axis) -> tuple[Stroke, ...]:
    """The column that holds the planned specification, over the whole height."""
    return tuple(
        Stroke(points=((at + 0.5, up.low), (at + 0.5, up.high)), tone="amber 4")
        for at, one in enumerate(columns)
        if curve.planned in one.rows
    )


def _choices(curve: SpecificationCurve) -> list[Group]:
    """Every choice of which there is more than one, from top to bottom."""
    groups: list[Group] = []
    for what in ("method", "test", "prediction", "zero_cells"):
        made = np.array([getattr(one, what) for one in curve.specifications], dtype=object)
        options = list(dict.fromkeys(made.tolist()))
        if len(options) > 1:
            groups += [(f"{what.replace('_', ' ')}: {option}", made == option) for option in options]
    names = dict.fromkeys(name for one in curve.specifications for name in one.filters)
    for name in names:
        applied = np.array([name in one.filters for one in curve.specifications])
        if not applied.all():
            groups.append((name, applied))
    return groups


def _dashboard(curve: SpecificationCurve, choices: list[Group], columns: list[_Column], bottom: float) -> Panel:
    names = tuple(wrapped(name, NAME, 1) for name, _ in reversed(choices))
    bars = []
    for row, (_, made) in enumerate(reversed(choices)):
        for at, one in enumerate(columns):
            share = float(made[one.rows].mean())
            if share > 0:
                bars.append(Bar(left=at, right=at + 1.0, bottom=row + 0.1, top=row + 0.9, tone=shade(share, BLUES)))
    up = named_axis("", names)
    return Panel(
        title="",
        left=LEFT,
        bottom=bottom,
        width=WIDTH,
        height=ROW * max(len(choices), 1),
        across=_numbered(len(columns)),
        up=up,
        bars=tuple(bars),
        strokes=_planned(curve, columns, up),
        show=("up",) if choices else (),
    )


def _numbered(columns: int) -> Axis:
    return named_axis("", ("",) * columns)
