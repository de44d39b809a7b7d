"""The radial plot as a chart: standardised effects against precision, so that a slope is an effect."""

import numpy as np
from scipy.special import ndtri

from metak2.display import numbers, sentences
from metak2.display.decimals import decimals
from metak2.kernels.contract import FloatArray
from metak2.models.pooled import Pooled
from metak2.plots.axis import Axis, axis_over
from metak2.plots.chart_marks import Area, Chart, Panel, Stroke, Words
from metak2.plots.labels import clean
from metak2.plots.point_names import named_points
from metak2.plots.scatter import SOME_UNNAMED, roomy_axis, same_discs
from metak2.robustness.influence import radial_points

WIDTH, HEIGHT, LEFT, BOTTOM, RIGHT = 330.0, 250.0, 50.0, 44.0, 60.0
TICK = 3.5


def radial_layout(pooled: Pooled, *, title: str = "") -> Chart:
    """Studies as points whose slope from 0 is their effect, read on the scale at the right; Galbraith (1988).

    The line is the pooled effect; within the band lie the points that sampling error (and tau²) explains at the level
    of the interval.
    """
    points = radial_points(pooled)
    half = float(-ndtri((1 - pooled.level) / 2))
    across = roomy_axis("Precision, 1 / √(vᵢ + τ²)" if pooled.tau2 else "Precision, 1 / √vᵢ", points.x, start=0.0)
    end = across.high
    edges = [pooled.estimate * end + half, pooled.estimate * end - half, half, -half]
    up = roomy_axis("Effect / standard error", points.y, np.array(edges))
    off = points.y - pooled.estimate * points.x
    panel = Panel(
        title="",
        left=LEFT,
        bottom=BOTTOM,
        width=WIDTH,
        height=HEIGHT,
        across=across,
        up=up,
        areas=(Area(points=((0.0, half), (end, edges[0]), (end, edges[1]), (0.0, -half)), tone="blue 1"),),
        discs=same_discs(points.study, points.x, points.y, tone="blue 3"),
        strokes=(Stroke(points=((0.0, 0.0), (end, pooled.estimate * end))), *_zero(up, end)),
    )
    outside = int((np.abs(off) > half).sum())
    panel = named_points(panel, np.argsort(-np.abs(off)).tolist())
    sentence = _sentence(pooled, outside)
    return Chart(
        title=clean(title),
        width=LEFT + WIDTH + RIGHT,
        height=BOTTOM + HEIGHT + 22.0,
        panels=(panel, _scale(pooled, panel)),
        legend=(("ink", "pooled effect"), ("blue 1", f"± {numbers.fixed(half, 2)} about it")),
        footer=(sentence, SOME_UNNAMED),
        alt=f"Radial plot: {sentence}",
    )


def _zero(up: Axis, end: float) -> tuple[Stroke, ...]:
    return () if up.beyond(0.0) else (Stroke(points=((0.0, 0.0), (end, 0.0)), tone="grey", width=0.6),)


def _sentence(pooled: Pooled, outside: int) -> str:
    shown = numbers.effect(float(pooled.measure.back(pooled.estimate)), decimals(pooled.effects))
    label = sentences.lower_first(pooled.measure.label)
    return (
        f"The slope of the line is the pooled {label} {shown}; {outside} of {sentences.studies(pooled.k)} "
        f"{'lies' if outside == 1 else 'lie'} outside the band that holds {sentences.coverage(pooled.level)} of them "
        "if the model is right."
    )


def _scale(pooled: Pooled, panel: Panel) -> Panel:
    """The scale of effects at the right end: a line from 0 through a study meets it at the study's effect."""
    end, measure = panel.across.high, pooled.measure
    low, high = panel.up.low / end, panel.up.high / end
    axis = axis_over(measure, low, high)
    places: FloatArray = measure.forward(np.array(axis.ticks)) * end
    shown = [
        (float(y), label)
        for y, label in zip(places, axis.tick_labels, strict=True)
        if np.isfinite(y) and not panel.up.beyond(float(y))
    ]
    reach = panel.across.high * TICK / panel.width
    return Panel(
        title="",
        left=panel.left,
        bottom=panel.bottom,
        width=panel.width * 1.02,
        height=panel.height,
        across=roomy_axis("", np.array([0.0, end * 1.02 / 1.06]), start=0.0),
        up=panel.up,
        strokes=(
            Stroke(points=((end, panel.up.low), (end, panel.up.high)), width=0.8),
            *(Stroke(points=((end, y), (end + reach, y)), width=0.8) for y, _ in shown),
        ),
        words=(
            *(Words(x=end, y=y, text=label, dx=TICK + 3.0, dy=-2.7) for y, label in shown),
            Words(x=end, y=panel.up.high, text=clean(measure.label), align="center", dy=5.0),
        ),
        show=(),
    )
