"""What a further trial would have to show, as a chart: its effect across, its size upwards."""

import math

import numpy as np

from metak2.display import open_questions as told
from metak2.display.numbers import percent
from metak2.kernels.contract import FloatArray
from metak2.plots.axis import Axis, axis_over
from metak2.plots.chart_marks import Bar, Chart, Disc, Panel, Stroke, Tone, named_axis
from metak2.plots.labels import clean
from metak2.robustness.new_trial import Conclusion, NewTrial

WIDTH, ROW, LEFT, BOTTOM = 400.0, 22.0, 96.0, 44.0
TONES: dict[int, Tone] = {-1: "blue 2", 0: "pale", 1: "amber 2"}
MEANINGS = {
    -1: "interval then below no effect",
    0: "interval then includes no effect",
    1: "interval then above no effect",
}


def new_trial_layout(result: NewTrial, *, title: str = "") -> Chart:
    """A row for each number per arm; bars are ranges of the new trial's effect, coloured by the conclusion after it."""
    names = tuple(f"{int(n):,} per arm" for n in result.n)
    axis = _axis(result)
    up = named_axis("One further trial", names)
    bars = tuple(
        bar for row, ranges in enumerate(result.conclusions) for one in ranges for bar in _bar(result, one, row, axis)
    )
    back, base = result.measure.back, result.base
    centre = float(back(base.estimate))
    limits = [float(back(value)) for value in (base.ci.low, base.ci.high)]
    top = float(len(names))
    words = clean(told.new_trial(result))
    shown = dict.fromkeys(one.side for ranges in result.conclusions for one in ranges)
    discs = tuple(Disc(x=centre, y=row + 0.5, radius=2.2, tone="ink", name=name) for row, name in enumerate(names))
    panel = Panel(
        title="",
        left=LEFT,
        bottom=BOTTOM,
        width=WIDTH,
        height=ROW * len(names),
        across=axis,
        up=up,
        bars=bars,
        discs=discs,
        strokes=tuple(
            Stroke(points=((value, 0.0), (value, top)), dashed=True) for value in limits if not axis.beyond(value)
        ),
    )
    return Chart(
        title=clean(title),
        width=LEFT + WIDTH + 24.0,
        height=BOTTOM + ROW * len(names) + 26.0,
        panels=(panel,),
        legend=tuple((TONES[side], MEANINGS[side]) for side in sorted(shown)),
        footer=(f"Dots and dashed lines: the pooled effect now and its {percent(100 * base.level)} interval.", words),
        alt=f"What one further trial would have to observe to change the conclusion: {words}",
    )


def _axis(result: NewTrial) -> Axis:
    """All effects at which a conclusion turns, the studies and the pooled interval."""
    kept = result.base.effects.mi > 0
    turns = [edge for ranges in result.conclusions for one in ranges for edge in (one.low, one.high)]
    values: FloatArray = np.array(
        [
            *result.base.effects.yi[kept],
            result.base.ci.low,
            result.base.ci.high,
            *(t for t in turns if math.isfinite(t)),
        ]
    )
    return axis_over(result.measure, float(values.min()), float(values.max()))


def _bar(result: NewTrial, one: Conclusion, row: int, axis: Axis) -> tuple[Bar, ...]:
    low, high = (float(value) for value in result.measure.back([one.low, one.high]))
    left, right = max(low, axis.low), min(high, axis.high)
    if right <= left:
        return ()
    return (Bar(left=left, right=right, bottom=row + 0.1, top=row + 0.9, tone=TONES[one.side]),)
