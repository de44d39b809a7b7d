"""A dose–response curve as a chart: relative risk over dose, its limits, and what the studies observed."""

import math
from dataclasses import replace

import numpy as np

from metak2.display import dose_response as told
from metak2.display.dose_response import RATIO
from metak2.kernels.contract import FloatArray
from metak2.models.dose_response import DoseResponse
from metak2.plots.axis import Axis, axis_over
from metak2.plots.chart_marks import Chart, Disc, Panel, Stroke, Tone, plain_axis
from metak2.plots.labels import clean

WIDTH, HEIGHT, LEFT, BOTTOM = 400.0, 250.0, 60.0, 44.0
POINTS = 81
LARGEST, SMALLEST = 9.0, 1.8
BEYOND = 0.35  # of the curve's own range: how far a study's point stretches the axis


def dose_response_layout(result: DoseResponse, *, title: str = "") -> Chart:
    """The curve against the lowest dose; discs are the categories of studies whose reference is that dose."""
    low, high = result.range
    line = result.predict(np.linspace(low, high, POINTS))
    at = _shown(result)
    own = result.data.yi[at]
    inner = np.concatenate([line.ci_low, line.ci_high])
    room = BEYOND * float(inner.max() - inner.min())
    bottom = min(float(inner.min()), max(float(own.min(initial=0.0)), float(inner.min()) - room))
    top = max(float(inner.max()), min(float(own.max(initial=0.0)), float(inner.max()) + room))
    up = replace(axis_over(RATIO, bottom, top), label="Relative risk (log scale)")
    words = clean(told.answer(result))
    unit = f", {result.data.unit}" if result.data.unit else ""
    panel = Panel(
        title="",
        left=LEFT,
        bottom=BOTTOM,
        width=WIDTH,
        height=HEIGHT,
        across=plain_axis(clean(f"Dose{unit}"), low, high),
        up=up,
        discs=_discs(result, at, up),
        strokes=(
            *_stroke(line.dose, line.ci_low, up, "blue 4", dashed=True),
            *_stroke(line.dose, line.ci_high, up, "blue 4", dashed=True),
            *_stroke(line.dose, line.estimate, up, "ink", dashed=False),
        ),
    )
    others = result.k - len({result.data.study[row] for row in at})
    hidden = f" {others} of {result.k} studies have another reference; only the curve shows them." if others else ""
    return Chart(
        title=clean(title),
        width=LEFT + WIDTH + 24.0,
        height=BOTTOM + HEIGHT + 26.0,
        panels=(panel,),
        legend=(
            ("ink", "curve"),
            ("blue 4", "confidence limits"),
            ("blue 2", "a dose of a study, area by precision"),
        ),
        footer=(f"Against a dose of {low:g}; relative risk on a log scale.{hidden}", words),
        alt=f"Dose–response curve of {result.k} studies: {words}",
    )


def _shown(result: DoseResponse) -> list[int]:
    """The rows of studies whose reference is the lowest dose, without the references."""
    low, _ = result.range
    rows: list[int] = []
    for study in result.study:
        own = result.data.rows_of(study)
        if math.isclose(float(result.data.dose[own][0]), low, abs_tol=1e-12):
            rows += range(own.start + 1, own.stop)
    return rows


def _discs(result: DoseResponse, rows: list[int], up: Axis) -> tuple[Disc, ...]:
    data = result.data
    if not rows:
        return ()
    precise = 1 / data.se[rows] ** 2
    radius = np.maximum(LARGEST * np.sqrt(precise / precise.max()), SMALLEST)
    discs = [
        Disc(
            x=float(data.dose[row]),
            y=float(RATIO.back(data.yi[row])),
            radius=float(size),
            tone="blue 2",
            name=clean(f"{data.study[row]}, {data.dose[row]:g}"),
        )
        for row, size in zip(rows, radius, strict=True)
    ]
    return tuple(sorted((disc for disc in discs if not up.beyond(disc.y)), key=lambda disc: -disc.radius))


def _stroke(dose: FloatArray, values: FloatArray, up: Axis, tone: Tone, *, dashed: bool) -> tuple[Stroke, ...]:
    points = tuple(
        (float(x), float(y)) for x, y in zip(dose, RATIO.back(values), strict=True) if not up.beyond(float(y))
    )
    return (Stroke(points=points, tone=tone, dashed=dashed),) if len(points) > 1 else ()
