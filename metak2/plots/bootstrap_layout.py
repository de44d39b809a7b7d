"""A bootstrap as a chart: the histograms of the estimates and of tau², with their intervals."""

import numpy as np

from metak2.display import robustness as told
from metak2.effects.measures import Measure
from metak2.kernels.contract import FloatArray
from metak2.models.pooled import Interval
from metak2.plots.axis import Axis, axis_over
from metak2.plots.chart_marks import Bar, Chart, Panel, Stroke, plain_axis
from metak2.plots.labels import clean
from metak2.robustness.bootstrap import Bootstrap

BINS = 40
WIDTH, HEIGHT, LEFT, BOTTOM, GAP = 230.0, 150.0, 30.0, 44.0, 30.0


def bootstrap_layout(result: Bootstrap, *, title: str = "") -> Chart:
    """One histogram of the effect and, where the method has one, of tau²; bars inside the interval are darker."""
    measure = result.measure
    estimate = result.estimate[np.isfinite(result.estimate)]
    axis = axis_over(measure, float(estimate.min()), float(estimate.max()))
    panels = [_histogram(estimate, result.ci, axis, measure, LEFT)]
    if result.tau2_ci is not None:
        tau2 = result.tau2[np.isfinite(result.tau2)]
        across = plain_axis("τ²", 0.0, float(tau2.max()))
        panels.append(_histogram(tau2, result.tau2_ci, across, None, LEFT + WIDTH + GAP))
    sentence = clean(told.bootstrap(result))
    return Chart(
        title=clean(title),
        width=panels[-1].left + WIDTH + 20.0,
        height=BOTTOM + HEIGHT + 16.0,
        panels=tuple(panels),
        legend=(("blue 4", "inside the interval"), ("blue 2", "outside it")),
        footer=("Solid line: the fitted value. " + sentence,),
        alt=f"Bootstrap distribution: {sentence}",
    )


def _histogram(values: FloatArray, interval: Interval, axis: Axis, measure: Measure | None, left: float) -> Panel:
    """Counts in equal bins of the analysis scale, drawn at the displayed one."""
    counts, edges = np.histogram(values, bins=BINS)
    shown = edges if measure is None else measure.back(edges)
    middle = 0.5 * (edges[1:] + edges[:-1])
    inside = (middle >= interval.low) & (middle <= interval.high)
    top = float(counts.max())
    fitted = interval.estimate if measure is None else float(measure.back(interval.estimate))
    bars = tuple(
        Bar(
            left=float(shown[at]),
            right=float(shown[at + 1]),
            bottom=0.0,
            top=float(counts[at]) / top,
            tone="blue 4" if inside[at] else "blue 2",
        )
        for at in np.flatnonzero(counts)
    )
    return Panel(
        title="",
        left=left,
        bottom=BOTTOM,
        width=WIDTH,
        height=HEIGHT,
        across=axis,
        up=plain_axis("", 0.0, 1.1),
        bars=bars,
        strokes=(Stroke(points=((fitted, 0.0), (fitted, 1.1))),),
        show=("across",),
    )
