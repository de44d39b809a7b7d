"""Baujat's plot as a chart: which studies make the heterogeneity, and which of them move the answer."""

import numpy as np

from metak2.display.listing import listed
from metak2.models.pooled import Pooled
from metak2.models.regression_result import Regression
from metak2.plots.chart_marks import Chart, Panel
from metak2.plots.labels import clean
from metak2.plots.point_names import named_points
from metak2.plots.scatter import SOME_UNNAMED, roomy_axis, same_discs
from metak2.robustness.influence import baujat_points

WIDTH, HEIGHT, LEFT, BOTTOM = 360.0, 240.0, 50.0, 44.0
MOST_NAMED = 3


def baujat_layout(result: Pooled | Regression, *, title: str = "") -> Chart:
    """Squared Pearson residuals against the squared shift of the answer without the study; Baujat et al. (2002)."""
    points = baujat_points(result)
    known = np.isfinite(points.x) & np.isfinite(points.y)
    x, y = points.x[known], points.y[known]
    study = tuple(name for name, there in zip(points.study, known, strict=True) if there)
    order = np.argsort(-(x / (x.max() or 1.0) + y / (y.max() or 1.0)), kind="stable")
    panel = Panel(
        title="",
        left=LEFT,
        bottom=BOTTOM,
        width=WIDTH,
        height=HEIGHT,
        across=roomy_axis("Contribution to heterogeneity (squared Pearson residual)", x, start=0.0),
        up=roomy_axis("Influence on the answer (squared standardised shift)", y, start=0.0),
        discs=same_discs(study, x, y, tone="blue 3"),
    )
    first = listed(tuple(study[at] for at in order[:MOST_NAMED].tolist()))
    sentence = clean(f"Furthest out, contributing most to heterogeneity and influence together: {first}.")
    return Chart(
        title=clean(title),
        width=LEFT + WIDTH + 20.0,
        height=BOTTOM + HEIGHT + 22.0,
        panels=(named_points(panel, order.tolist()),),
        legend=(),
        footer=(sentence, SOME_UNNAMED),
        alt=f"Baujat plot of {len(study)} studies. {sentence}",
    )
