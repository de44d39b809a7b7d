"""A trial sequential analysis as a chart: the cumulative Z against the information, between its boundaries."""

import math

import numpy as np
from scipy.special import ndtri

from metak2.display import open_questions as told
from metak2.display.numbers import fixed, percent
from metak2.plots.axis import Axis, linear_ticks, tick_labels
from metak2.plots.chart_marks import Chart, Disc, Panel, Stroke, Tone, Words
from metak2.plots.labels import clean
from metak2.robustness.sequential import SequentialAnalysis

WIDTH, HEIGHT, LEFT, BOTTOM = 400.0, 240.0, 60.0, 44.0
HIGHEST = 8.0  # |Z|: boundaries of early looks leave the picture here
LOWEST_TOP = 4.0
DOT = 2.6
READING = (
    "Hollow: a look that adds next to nothing, or comes after the required size; not tested. Boundaries belong to the "
    "looks, the last of them at the required size; the lines between only join them."
)


def sequential_layout(result: SequentialAnalysis, *, title: str = "") -> Chart:
    """Z of each look as a disc, boundaries and futility as lines, the required information as an upright line."""
    reach = float(np.abs(result.z).max())
    top = min(max(LOWEST_TOP, 1.15 * reach, 1.15 * _last_boundary(result)), max(HIGHEST, 1.1 * reach))
    right = max(1.08, 1.05 * float(result.information[-1]))
    words = clean(told.sequential(result))
    panel = Panel(
        title="",
        left=LEFT,
        bottom=BOTTOM,
        width=WIDTH,
        height=HEIGHT,
        across=_shares(right),
        up=_z_axis(top),
        discs=_discs(result),
        strokes=_strokes(result, top),
        words=(Words(x=1.0, y=top, dy=5.0, text="required", align="center"),),
    )
    stated = clean(told.plan(result))
    return Chart(
        title=clean(title),
        width=LEFT + WIDTH + 24.0,
        height=BOTTOM + HEIGHT + 26.0,
        panels=(panel,),
        legend=(
            ("blue 4", "cumulative Z"),
            ("ink", "boundary, alpha spent"),
            *((("amber 4", "futility"),) if result.plan.futility else ()),
            ("grey", f"|Z| = {fixed(conventional(result), 2)}, if looked at once"),
        ),
        footer=(f"Exploratory. {stated}", READING, words),
        alt=f"Trial sequential analysis (exploratory), Z against the share of information: {words} {stated}",
    )


def conventional(result: SequentialAnalysis) -> float:
    """The |Z| of a single look."""
    return float(ndtri(1 - result.plan.alpha / 2))


def _last_boundary(result: SequentialAnalysis) -> float:
    finite = result.boundary[np.isfinite(result.boundary)]
    return float(finite.min()) if finite.size else LOWEST_TOP


def _shares(right: float) -> Axis:
    ticks = linear_ticks(0.0, right)
    return Axis(
        label="Share of the required information",
        log=False,
        low=0.0,
        high=right,
        null=math.nan,
        ticks=ticks,
        tick_labels=tuple(percent(100 * tick) for tick in ticks),
    )


def _z_axis(top: float) -> Axis:
    ticks = linear_ticks(-top, top)
    return Axis(
        label="Cumulative Z", log=False, low=-top, high=top, null=0.0, ticks=ticks,
        tick_labels=tick_labels(ticks, log=False),
    )  # fmt: skip


def _discs(result: SequentialAnalysis) -> tuple[Disc, ...]:
    return tuple(
        Disc(
            x=float(result.information[at]),
            y=float(result.z[at]),
            radius=DOT,
            tone="blue 4" if result.tested[at] else "white",
            name=clean(study),
        )
        for at, study in enumerate(result.study)
    )


def _strokes(result: SequentialAnalysis, top: float) -> tuple[Stroke, ...]:
    path = [(0.0, 0.0), *zip(result.information.tolist(), result.z.tolist(), strict=True)]
    shares = result.information[result.tested].tolist()
    outer = list(zip([min(share, 1.0) for share in shares], result.boundary[result.tested].tolist(), strict=True))
    if result.next_boundary is not None:
        outer.append((1.0, result.next_boundary))
    inner = []
    if result.plan.futility:
        inner = list(zip([min(share, 1.0) for share in shares], result.futility[result.tested].tolist(), strict=True))
        inner += [(1.0, result.next_boundary)] if result.next_boundary is not None else []
    once, right = conventional(result), max(1.08, 1.05 * float(result.information[-1]))
    return (
        *(Stroke(points=((0.0, sign * once), (right, sign * once)), tone="grey", dashed=True) for sign in (1, -1)),
        Stroke(points=((1.0, -top), (1.0, top)), tone="grey"),
        *(stroke for sign in (1, -1) for stroke in _within(outer, sign, top, "ink")),
        *(stroke for sign in (1, -1) for stroke in _within(inner, sign, top, "amber 4")),
        Stroke(points=tuple(path), tone="blue 4"),
    )


def _within(points: list[tuple[float, float]], sign: int, top: float, tone: Tone) -> tuple[Stroke, ...]:
    """The part of a boundary that lies in the picture, cut where it enters from above."""
    kept: list[tuple[float, float]] = []
    before: tuple[float, float] | None = None
    for x, y in points:
        if y <= top:
            if before is not None and not kept and math.isfinite(before[1]):
                share = (before[1] - top) / (before[1] - y)
                kept.append((before[0] + share * (x - before[0]), sign * top))
            kept.append((x, sign * y))
        before = (x, y)
    return (Stroke(points=tuple(kept), tone=tone),) if len(kept) > 1 else ()
