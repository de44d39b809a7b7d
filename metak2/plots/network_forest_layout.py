"""Every treatment of a network against the reference as a forest plot. No drawing."""

import numpy as np

from metak2.display import network as told
from metak2.display.sentences import coverage, lower_first
from metak2.models.network_result import Contrast, Network
from metak2.plots.axis import Axis, effect_axis
from metak2.plots.chart_marks import Chart, Disc, Panel, Stroke, named_axis, text_column
from metak2.plots.labels import clean, letters

ROW, PLOT, LETTER = 17.0, 240.0, 4.6
MARGIN, GAP, BOTTOM, TOP = 14.0, 14.0, 40.0, 28.0


def network_forest_layout(network: Network, *, title: str = "") -> Chart:
    """Effects with their intervals (thick) and prediction intervals (thin)."""
    found = told.against_reference(network)
    names = [clean(one.first) for one in found]
    effects = [told.contrast(network, one) for one in found]
    future = [told.predicted(network, one) for one in found]
    axis = _axis(network, found)
    high = len(found)
    room = MARGIN + LETTER * max(letters(text) for text in (*names, f"against {network.reference}")) + GAP
    after = room + PLOT + GAP
    heading = f"{network.measure.label} ({coverage(network.level)} CI)"
    wide = max(LETTER * max(len(text) for text in effects), 1.2 * LETTER * len(heading)) + GAP
    return Chart(
        title=clean(title),
        width=after + wide + (LETTER * max((len(text) for text in future), default=0)) + 2 * MARGIN + 30.0,
        height=BOTTOM + ROW * high + TOP,
        panels=(
            _texts(f"against {clean(network.reference)}", names, MARGIN),
            Panel(
                title="",
                left=room,
                bottom=BOTTOM,
                width=PLOT,
                height=ROW * high,
                across=axis,
                up=named_axis("", ("",) * high),
                discs=tuple(
                    Disc(x=_back(network, one.estimate), y=high - at - 0.5, radius=3.2, tone="blue 4", name=one.first)
                    for at, one in enumerate(found)
                ),
                strokes=tuple(
                    stroke for at, one in enumerate(found) for stroke in _lines(network, one, high - at - 0.5)
                ),
                show=("across",),
            ),
            _texts(heading, effects, after),
            *([_texts("Prediction interval", future, after + wide)] if any(future) else []),
        ),
        legend=(),
        footer=(told.answer(network),),
        alt=(
            f"Forest plot of {high} treatments against {network.reference}, {lower_first(network.measure.label)}: "
            + "; ".join(f"{name} {text}" for name, text in zip(names, effects, strict=True))
            + "."
        ),
    )


def _axis(network: Network, found: list[Contrast]) -> Axis:
    ends = [value for one in found for value in (one.low, one.high, one.pi_low, one.pi_high)]
    return effect_axis(network.measure, np.array([one.estimate for one in found]), np.array(ends))


def _back(network: Network, value: float) -> float:
    return float(network.measure.back(value))


def _lines(network: Network, one: Contrast, y: float) -> list[Stroke]:
    lines: list[Stroke] = []
    if np.isfinite(one.pi_low):
        lines.append(Stroke(points=((_back(network, one.pi_low), y), (_back(network, one.pi_high), y)), tone="grey"))
    ends = ((_back(network, one.low), y), (_back(network, one.high), y))
    return [*lines, Stroke(points=ends, tone="blue 4", width=2.4)]


def _texts(title: str, rows: list[str], left: float) -> Panel:
    return text_column(title, rows, (left, BOTTOM), ROW, 0.62)
