"""The cloud of a GOSH analysis as a chart: estimates across, I² upwards, and where the subsets crowd."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from metak2.display import robustness as told
from metak2.kernels.contract import FloatArray
from metak2.plots.axis import Axis, axis_over
from metak2.plots.chart_marks import AMBERS, BLUES, Bar, Chart, Panel, Stroke, Tone, plain_axis, shade
from metak2.plots.labels import clean
from metak2.robustness.gosh import Gosh, separation

COLUMNS, ROWS = 72, 48  # cells of the cloud: a million subsets make the same picture as a thousand
WIDTH, HEIGHT, MARGINAL = 330.0, 230.0, 46.0
LEFT, BOTTOM, GAP = 56.0, 44.0, 10.0

Groups = list[tuple[tuple[Tone, ...], NDArray[np.bool_]]]  # the tones of each group of subsets, and who is in it


def gosh_layout(cloud: Gosh, *, title: str = "") -> Chart:
    """Cells darker where more subsets lie, coloured by the study that splits the cloud, with both margins.

    Subsets of one study have no I² and stand in the upper margin only.
    """
    splitting = separation(cloud).splitting if len(cloud.study) > 2 else None
    with_it = np.zeros(len(cloud), dtype=bool) if splitting is None else cloud.contains(splitting)
    groups: Groups = [(BLUES, ~with_it), (AMBERS, with_it)]
    legend: tuple[tuple[Tone, str], ...] = ()
    if splitting is not None:
        legend = ((BLUES[-1], clean(f"without {splitting}")), (AMBERS[-1], clean(f"with {splitting}")))
    sentence = clean(told.gosh(cloud))
    return Chart(
        title=clean(title),
        width=LEFT + WIDTH + GAP + MARGINAL + 14.0,
        height=BOTTOM + HEIGHT + GAP + MARGINAL + 16.0,
        panels=_panels(cloud, groups),
        legend=legend,
        footer=(sentence,),
        alt=f"GOSH plot: {sentence}",
    )


def _panels(cloud: Gosh, groups: Groups) -> tuple[Panel, Panel, Panel]:
    """The cloud, the estimates above it and I² beside it."""
    axis = axis_over(cloud.measure, float(cloud.estimate.min()), float(cloud.estimate.max()))
    up, counts = plain_axis("I² (%)", 0.0, 100.0), plain_axis("", 0.0, 1.0)
    places = _positions(cloud, axis)
    middle = Panel(
        title="",
        left=LEFT,
        bottom=BOTTOM,
        width=WIDTH,
        height=HEIGHT,
        across=axis,
        up=up,
        bars=_cells(places, cloud.I2, groups, axis),
        strokes=(_at_all_studies(cloud),),
    )
    above = replace(
        middle,
        bottom=BOTTOM + HEIGHT + GAP,
        height=MARGINAL,
        up=counts,
        bars=_margin(places, groups, COLUMNS, axis, upright=True),
        strokes=(),
        show=(),
    )
    beside = replace(
        middle,
        left=LEFT + WIDTH + GAP,
        width=MARGINAL,
        across=counts,
        bars=_margin(cloud.I2 / 100, groups, ROWS, up, upright=False),
        strokes=(),
        show=(),
    )
    return middle, above, beside


def _positions(cloud: Gosh, axis: Axis) -> FloatArray:
    """Where each estimate stands on the axis, 0 to 1."""
    shown = cloud.measure.back(cloud.estimate)
    low, high = axis.low, axis.high
    if axis.log:
        shown, low, high = np.log(shown), np.log(low), np.log(high)
    return np.asarray((shown - low) / (high - low))


def _value(axis: Axis, position: float) -> float:
    """The displayed value at a position of the axis."""
    if axis.log:
        return float(axis.low * (axis.high / axis.low) ** position)
    return axis.low + position * (axis.high - axis.low)


def _cells(places: FloatArray, I2: FloatArray, groups: Groups, axis: Axis) -> tuple[Bar, ...]:
    """One cell where subsets lie, in the colour of the group that has more of them there."""
    edges = (np.linspace(0, 1, COLUMNS + 1), np.linspace(0, 100, ROWS + 1))
    known = np.isfinite(I2)
    counts = np.array([np.histogram2d(places[known & m], I2[known & m], bins=edges)[0] for _, m in groups])
    total, larger = counts.sum(axis=0), counts.argmax(axis=0)
    # on the logarithm of the count: most subsets crowd in a few cells, and the thin places matter too
    share = np.log1p(total) / max(float(np.log1p(total.max(initial=0.0))), 1e-300)
    across = [_value(axis, position) for position in edges[0]]
    return tuple(
        Bar(
            left=across[x],
            right=across[x + 1],
            bottom=float(edges[1][y]),
            top=float(edges[1][y + 1]),
            tone=shade(float(share[x, y]), groups[larger[x, y]][0]),
        )
        for x, y in zip(*np.nonzero(total), strict=True)
    )


def _margin(
    places: FloatArray,
    groups: Groups,
    bins: int,
    axis: Axis,
    *,
    upright: bool,
) -> tuple[Bar, ...]:
    """A stacked histogram of the groups, its highest bar 1."""
    edges = np.linspace(0, 1, bins + 1)
    known = np.isfinite(places)
    counts = np.array([np.histogram(places[known & member], bins=edges)[0] for _, member in groups], dtype=np.float64)
    stacked = np.vstack([np.zeros(bins), counts.cumsum(axis=0)]) / max(float(counts.sum(axis=0).max(initial=0)), 1.0)
    at = [_value(axis, float(edge)) for edge in edges]
    bars = []
    for number, (tones, _) in enumerate(groups):
        for column in np.flatnonzero(counts[number]):
            low, high = float(stacked[number, column]), float(stacked[number + 1, column])
            along = (at[column], at[column + 1])
            left, right, bottom, top = (*along, low, high) if upright else (low, high, *along)
            bars.append(Bar(left=left, right=right, bottom=bottom, top=top, tone=tones[-1]))
    return tuple(bars)


def _at_all_studies(cloud: Gosh) -> Stroke:
    """The estimate of all studies together."""
    every = float(cloud.measure.back(cloud.base.estimate))
    return Stroke(points=((every, 0.0), (every, 100.0)), dashed=True)
