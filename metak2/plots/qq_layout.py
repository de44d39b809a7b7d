"""The normal quantile plot as a chart: whether the standardised residuals look normal."""

import numpy as np
from scipy.special import betaincinv, ndtri

from metak2.display import sentences
from metak2.kernels.contract import FloatArray
from metak2.models.pooled import Pooled
from metak2.models.regression_result import Regression
from metak2.plots.chart_marks import Area, Chart, Panel, Stroke
from metak2.plots.labels import clean
from metak2.plots.point_names import named_points
from metak2.plots.scatter import SOME_UNNAMED, roomy_axis, same_discs
from metak2.robustness.influence import qq_points

WIDTH, HEIGHT, LEFT, BOTTOM = 300.0, 250.0, 50.0, 44.0
LEVEL = 0.95


def qq_layout(result: Pooled | Regression, *, title: str = "") -> Chart:
    """Standardised residuals against normal quantiles, with the pointwise band of normal order statistics.

    The i-th of k independent uniforms is Beta(i, k + 1 - i) distributed, which gives the band without simulation.
    """
    points = qq_points(result)
    k = points.x.size
    order = np.argsort(points.x, kind="stable")
    low, high = _band(k)
    x = points.x[order]
    band = (*zip(x.tolist(), low.tolist(), strict=True), *reversed([*zip(x.tolist(), high.tolist(), strict=True)]))
    outside = int(((points.y[order] < low) | (points.y[order] > high)).sum())
    panel = Panel(
        title="",
        left=LEFT,
        bottom=BOTTOM,
        width=WIDTH,
        height=HEIGHT,
        across=roomy_axis("Normal quantile", points.x),
        up=roomy_axis("Standardised residual", points.y, low, high),
        areas=(Area(points=band, tone="blue 1"),),
        discs=same_discs(points.study, points.x, points.y, tone="blue 3"),
        strokes=(Stroke(points=((float(x[0]), float(x[0])), (float(x[-1]), float(x[-1])))),),
    )
    sentence = (
        f"{outside} of {sentences.studies(k)} {'lies' if outside == 1 else 'lie'} outside the pointwise "
        f"{sentences.coverage(LEVEL)} band of normal residuals."
    )
    return Chart(
        title=clean(title),
        width=LEFT + WIDTH + 20.0,
        height=BOTTOM + HEIGHT + 22.0,
        panels=(named_points(panel, np.argsort(-np.abs(points.y - points.x)).tolist()),),
        legend=(("ink", "normal"), ("blue 1", f"{sentences.coverage(LEVEL)} band")),
        footer=(sentence, SOME_UNNAMED),
        alt=f"Normal quantile plot: {sentence}",
    )


def _band(k: int) -> tuple[FloatArray, FloatArray]:
    """Lower and upper limit of each of k ordered normal values, `(k,)`."""
    rank = np.arange(1, k + 1)
    ends = [ndtri(betaincinv(rank, k + 1 - rank, share)) for share in ((1 - LEVEL) / 2, (1 + LEVEL) / 2)]
    low, high = (np.asarray(end, dtype=np.float64) for end in ends)
    return low, high
