"""Leave-two-out as a chart: a triangle of pairs, darker where their absence moves the answer more."""

import numpy as np

from metak2.display import robustness as told
from metak2.display.sentences import lower_first
from metak2.plots.chart_marks import AMBERS, BLUES, Bar, Chart, Panel, Stroke, named_axis, shade
from metak2.plots.labels import clean, wrapped
from metak2.robustness.leave_one_out import LeaveTwoOut

LARGEST_CELL, LARGEST_SIDE, NAMED_CELL = 16.0, 420.0, 8.0
LEFT, BOTTOM, NAME = 120.0, 20.0, 22


def pairs_layout(result: LeaveTwoOut, *, title: str = "") -> Chart:
    """A cell for each pair; a cross where the interval then lies otherwise about no effect."""
    k = len(result.study)
    cell = min(LARGEST_CELL, LARGEST_SIDE / k)
    numbers = tuple(str(at + 1) if cell >= NAMED_CELL else "" for at in range(k))
    names = tuple(
        f"{wrapped(name, NAME, 1)}  {number}" if number else ""
        for name, number in zip(result.study, numbers, strict=True)
    )
    shift = result.estimate - result.base.estimate
    largest = float(np.nanmax(np.abs(shift))) or 1.0
    turned = result.turning
    crossed = np.flatnonzero(turned) if turned is not None else np.array([], dtype=np.intp)
    sentence = clean(told.leave_two_out(result))
    panel = Panel(
        title="",
        left=LEFT,
        bottom=BOTTOM,
        width=cell * k,
        height=cell * k,
        across=named_axis("", numbers),
        up=named_axis("", tuple(reversed(names))),
        bars=tuple(
            _cell(result, row, float(shift[row]) / largest) for row in range(len(result)) if np.isfinite(shift[row])
        ),
        strokes=tuple(stroke for row in crossed.tolist() for stroke in _cross(result, row)),
    )
    label = lower_first(result.measure.label)
    return Chart(
        title=clean(title),
        width=LEFT + cell * k + 200.0,
        height=BOTTOM + cell * k + 16.0,
        panels=(panel,),
        legend=((BLUES[-1], f"{label} lower without the pair"), (AMBERS[-1], f"{label} higher without the pair")),
        footer=(*(("A cross: the interval then lies otherwise about no effect.",) if crossed.size else ()), sentence),
        alt=f"Leave-two-out: {sentence}",
    )


def _corner(result: LeaveTwoOut, row: int) -> tuple[float, float]:
    """Lower left corner of a pair's cell: the first study across, the second downwards from the top."""
    return float(result.first[row]), float(len(result.study) - 1 - result.second[row])


def _cell(result: LeaveTwoOut, row: int, share: float) -> Bar:
    x, y = _corner(result, row)
    tone = shade(abs(share), BLUES if share < 0 else AMBERS)
    return Bar(left=x, right=x + 1, bottom=y, top=y + 1, tone=tone)


def _cross(result: LeaveTwoOut, row: int) -> tuple[Stroke, Stroke]:
    x, y = _corner(result, row)
    return Stroke(points=((x, y), (x + 1, y + 1))), Stroke(points=((x, y + 1), (x + 1, y)))
