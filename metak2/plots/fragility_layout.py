"""Fragility as a chart: the interval after each changed outcome, and without the studies that carry the conclusion."""

import numpy as np

from metak2.display import robustness as told
from metak2.plots.axis import Axis, axis_over
from metak2.plots.chart_marks import Bar, Chart, Panel, Stroke, named_axis, plain_axis
from metak2.plots.labels import clean
from metak2.robustness.fragility import Fragility

MOST_DRAWN = 60
WIDTH, HEIGHT, LEFT, BOTTOM, GAP, NARROW = 320.0, 170.0, 60.0, 44.0, 60.0, 90.0

Steps = list[tuple[float, float, float, float]]  # number of changes, estimate, limits; analysis scale


def fragility_layout(result: Fragility, *, title: str = "") -> Chart:
    """Changed outcomes on the left (for counts), studies left out on the right."""
    base = result.base
    steps: Steps = [(0.0, base.estimate, base.ci.low, base.ci.high)]
    steps += [(at, one.estimate, one.ci_low, one.ci_high) for at, one in enumerate(result.changes or (), start=1)]
    ends = [value for step in steps for value in step[2:]] + list(result.removed_ci or ())
    up = axis_over(result.measure, min(ends), max(ends))
    panels: list[Panel] = []
    left = LEFT
    if result.changes:
        across = plain_axis("Outcomes changed", -0.5, len(result.changes) + 0.5)
        bars, strokes = _intervals(result, _thinned(steps), 0.3 * len(steps) / min(len(steps), MOST_DRAWN))
        panels.append(
            Panel(
                title="",
                left=left,
                bottom=BOTTOM,
                width=WIDTH,
                height=HEIGHT,
                across=across,
                up=up,
                bars=bars,
                strokes=strokes,
            )
        )
        left += WIDTH + GAP
    panels.append(_without(result, up, left))
    sentence = clean(told.fragility(result))
    return Chart(
        title=clean(title),
        width=left + NARROW + 30.0,
        height=BOTTOM + HEIGHT + 18.0,
        panels=tuple(panels),
        legend=(("blue 2", "confidence interval"), ("ink", "estimate")),
        footer=(sentence,),
        alt=f"Fragility of the conclusion: {sentence}",
    )


def _thinned(steps: Steps) -> Steps:
    """At most 60 of them, the first and the last among them."""
    if len(steps) <= MOST_DRAWN:
        return steps
    at = np.unique(np.linspace(0, len(steps) - 1, MOST_DRAWN).round().astype(int))
    return [steps[step] for step in at]


def _intervals(result: Fragility, steps: Steps, half: float) -> tuple[tuple[Bar, ...], tuple[Stroke, ...]]:
    back = result.measure.back
    bars, strokes = [], []
    for at, *values in steps:
        estimate, low, high = (float(value) for value in back(values))
        bars.append(Bar(left=at - half, right=at + half, bottom=low, top=high, tone="blue 2"))
        strokes.append(Stroke(points=((at - half, estimate), (at + half, estimate))))
    return tuple(bars), tuple(strokes)


def _without(result: Fragility, up: Axis, left: float) -> Panel:
    """The interval of all studies and, where some set turns the conclusion, the one without it."""
    base = result.base
    low, high = (float(value) for value in result.measure.back([base.ci.low, base.ci.high]))
    names = ["all"]
    bars = [Bar(left=0.35, right=0.65, bottom=low, top=high, tone="blue 2")]
    if result.removed is not None and result.removed_ci is not None:
        low, high = (float(value) for value in result.measure.back(result.removed_ci))
        names.append(f"without {len(result.removed)}")
        bars.append(Bar(left=1.35, right=1.65, bottom=low, top=high, tone="blue 2"))
    return Panel(
        title="",
        left=left,
        bottom=BOTTOM,
        width=NARROW,
        height=HEIGHT,
        across=named_axis("Studies", tuple(names)),
        up=up,
        bars=tuple(bars),
    )
