"""A meta-regression on one numeric moderator as a chart: studies as discs, the fitted line, its limits."""

import math

import numpy as np

from metak2.display.moderators import moderators
from metak2.display.numbers import fixed
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.models.design import as_numbers
from metak2.models.predict import Predictions, predict
from metak2.models.regression_result import Regression
from metak2.plots.axis import axis_over
from metak2.plots.chart_marks import Chart, Disc, Panel, Stroke, Tone, plain_axis
from metak2.plots.labels import clean

WIDTH, HEIGHT, LEFT, BOTTOM = 380.0, 240.0, 60.0, 44.0
LARGEST = 13.0  # radius of the heaviest study, in points
SMALLEST = 1.5
POINTS = 41  # of the line: enough that its limits look curved
ROOM = 0.05


def moderator_of(result: Regression) -> str | None:
    """The column of the one numeric moderator; None where there are several, an interaction or categories."""
    recipe = result.design.recipe
    if recipe is None or len(recipe.formula.terms) != 1 or len(recipe.formula.terms[0]) != 1:
        return None
    (factor,) = recipe.formula.terms[0]
    return None if factor.column in recipe.levels or not result.design.terms else factor.column


def bubble_layout(result: Regression, *, title: str = "", label: str = "") -> Chart:
    """Discs whose areas are the weights, over the range of the moderator; `label` stands under its axis."""
    name = moderator_of(result)
    if name is None:
        raise ModelError("a bubble plot needs a regression on one numeric moderator")
    values = as_numbers(result.effects.moderators[name])
    low, high = float(values.min()), float(values.max())
    line = predict(result, {name: np.linspace(low, high, POINTS)})
    sentence = clean(moderators(result, {name: label or name}))
    return Chart(
        title=clean(title),
        width=LEFT + WIDTH + 24.0,
        height=BOTTOM + HEIGHT + 26.0,
        panels=(_panel(result, clean(label or name), values, line),),
        legend=(
            ("blue 2", "studies, area by weight"),
            ("ink", "fitted"),
            ("blue 4", f"confidence limits ({fixed(100 * result.level, 0)} %)"),
            *((("amber 4", "prediction limits"),) if np.isfinite(line.pi_low).all() else ()),
        ),
        footer=(sentence,),
        alt=f"Bubble plot, {result.measure.label} against {clean(label or name)}: {sentence}",
    )


def _panel(result: Regression, name: str, values: FloatArray, line: Predictions) -> Panel:
    effects = result.effects
    shown = np.concatenate([effects.yi, line.ci_low, line.ci_high])
    room = ROOM * (float(values.max() - values.min()) or 1.0)
    at = np.linspace(float(values.min()), float(values.max()), POINTS)
    up = axis_over(result.measure, float(shown.min()), float(shown.max()))
    back = result.measure.back
    radius = np.maximum(LARGEST * np.sqrt(result.weights / result.weights.max()), SMALLEST)
    discs = tuple(
        Disc(
            x=float(values[i]), y=float(back(effects.yi[i])), radius=float(radius[i]), tone="blue 2", name=clean(study)
        )
        for i, study in sorted(enumerate(result.study), key=lambda one: -radius[one[0]])
    )

    def stroke(limits: FloatArray, tone: Tone, *, dashed: bool) -> tuple[Stroke, ...]:
        """The part of a line that lies on the axis."""
        points = tuple(
            (float(x), float(y)) for x, y in zip(at, back(limits), strict=True) if math.isfinite(y) and not up.beyond(y)
        )
        return (Stroke(points=points, tone=tone, dashed=dashed),) if len(points) > 1 else ()

    return Panel(
        title="",
        left=LEFT,
        bottom=BOTTOM,
        width=WIDTH,
        height=HEIGHT,
        across=plain_axis(name, float(values.min()) - room, float(values.max()) + room),
        up=up,
        discs=discs,
        strokes=(
            *stroke(line.pi_low, "amber 4", dashed=True),
            *stroke(line.pi_high, "amber 4", dashed=True),
            *stroke(line.ci_low, "blue 4", dashed=True),
            *stroke(line.ci_high, "blue 4", dashed=True),
            *stroke(line.estimate, "ink", dashed=False),
        ),
    )
