"""Kaplan–Meier percentages of a paper as a chart: the points that are known, and the people behind them."""

from dataclasses import replace

import numpy as np

from metak2.display.numbers import fixed, percent
from metak2.effects.curves import Curves, curves_of
from metak2.effects.hazard_ratios import NO_CENSORING
from metak2.errors import ModelError, StudyDataError
from metak2.kernels.contract import FloatArray
from metak2.plots.axis import Axis
from metak2.plots.chart_marks import Chart, Disc, Panel, Shape, Stroke, Tone, Words, plain_axis
from metak2.plots.labels import clean, wrapped
from metak2.studies.table import StudyTable

WIDTH, HEIGHT, LEFT, BOTTOM, GAP = 230.0, 160.0, 92.0, 86.0, 108.0
RADIUS = 3.2
ARMS: tuple[tuple[str, Tone, Shape], ...] = (("e", "blue 4", "disc"), ("c", "amber 4", "square"))
NAME = 18
COLUMNS = 2
YEAR = 12.0
ROOM = 1.04


def survival_layout(studies: StudyTable, *, title: str = "") -> Chart:
    """A panel per study: both arms' percentages still free of the event, joined by dashes where nothing is known.

    Below, how many people would be at risk if nobody had been censored: reconstructed, never reported. Parmar, Torri &
    Stewart 1998, Stat Med 17:2815-2834.
    """
    if studies.kind != "percentages":
        raise ModelError(f"a survival plot needs a table of percentages; this one holds {studies.kind}")
    curves, problems = curves_of(studies)
    if problems:
        raise StudyDataError(problems, source=studies.source)
    across = _months(max(float(each.times[-1]) for each in curves))
    rows = -(-len(curves) // COLUMNS)
    places = [divmod(at, COLUMNS) for at in range(len(curves))]
    panels = tuple(
        replace(
            _panel(each, across, _arms(studies, each)),
            left=LEFT + column * (WIDTH + GAP),
            bottom=BOTTOM + (rows - 1 - row) * (HEIGHT + BOTTOM + 22.0),
        )
        for each, (row, column) in zip(curves, places, strict=True)
    )
    names = {arm: list(dict.fromkeys(_arms(studies, each)[arm] for each in curves)) for arm in "ec"}
    words = (
        "Points: the printed percentages, as freedom from the event. Dashes join them: what happened between is not "
        f"known. The numbers at risk are reconstructed from the percentages, with {NO_CENSORING}."
    )
    return Chart(
        title=clean(title),
        width=LEFT + min(len(curves), COLUMNS) * (WIDTH + GAP) - GAP + 20.0,
        height=rows * (BOTTOM + HEIGHT + 22.0),
        panels=panels,
        legend=tuple((tone, f"{shape}: {clean(', '.join(names[arm]))}") for arm, tone, shape in ARMS),
        footer=(words,),
        alt=f"Freedom from the event by Kaplan–Meier percentages. {_told(curves)} {words}",
    )


def _arms(studies: StudyTable, curves: Curves) -> dict[str, str]:
    """The arms of a study as the table names them."""
    row = curves.rows[0]
    words = {"e": "experimental", "c": "control"}
    return {arm: studies.words(f"arm_{arm}")[row] or words[arm] for arm in "ec"}


def _months(last: float) -> Axis:
    axis = plain_axis("Months", 0.0, ROOM * last)
    every = YEAR if last >= 2 * YEAR else max(round(last / 4), 1.0)
    ticks = tuple(float(tick) for tick in np.arange(0.0, last + 0.5, every))
    return Axis(
        label=axis.label, log=False, low=axis.low, high=axis.high, null=axis.null, ticks=ticks,
        tick_labels=tuple(fixed(tick, 0) for tick in ticks),
    )  # fmt: skip


def _panel(curves: Curves, across: Axis, arms: dict[str, str]) -> Panel:
    known = {"e": curves.free_e, "c": curves.free_c}
    discs, strokes = [], []
    for arm, tone, shape in ARMS:
        points = [(0.0, 100.0), *zip(curves.times.tolist(), (100 * known[arm]).tolist(), strict=True)]
        strokes.append(Stroke(points=tuple(points), tone=tone, dashed=True))
        discs += [
            Disc(x=x, y=y, radius=RADIUS, tone=tone, name=f"{clean(curves.study)}, {clean(arms[arm])}", shape=shape)
            for x, y in points[1:]
        ]
    return Panel(
        title=clean(curves.study),
        left=LEFT,
        bottom=BOTTOM,
        width=WIDTH,
        height=HEIGHT,
        across=across,
        up=plain_axis("Free of the event (%)", 0.0, 100.0),
        discs=tuple(discs),
        strokes=tuple(strokes),
        words=(*_at_risk(curves, arms), Words(x=0.0, y=0.0, text="% free of the event", dx=-86.0, dy=HEIGHT + 5.0)),
    )


def at_risk(n: float, free: FloatArray) -> FloatArray:
    """People at risk at the start and at each time, had nobody been censored."""
    return n * np.concatenate([[1.0], free])


def _at_risk(curves: Curves, arms: dict[str, str]) -> list[Words]:
    """The table below the panel, its numbers under their times."""
    words = [Words(x=0.0, y=0.0, text="At risk, reconstructed", dx=-86.0, dy=-40.0, bold=True)]
    people = {"e": (curves.n_e, curves.free_e), "c": (curves.n_c, curves.free_c)}
    times = [0.0, *curves.times.tolist()]
    for line, (arm, tone, _) in enumerate(ARMS):
        down = -52.0 - 11.0 * line
        words.append(Words(x=0.0, y=0.0, text=wrapped(arms[arm], NAME, 1), dx=-86.0, dy=down, tone=tone))
        words += [
            Words(x=time, y=0.0, text=fixed(count, 0), align="center", dy=down)
            for time, count in zip(times, at_risk(*people[arm]).tolist(), strict=True)
        ]
    return words


def _told(curves: list[Curves]) -> str:
    told = []
    for each in curves:
        shown = [
            f"{label} {percent(100 * float(e), 1)} against {percent(100 * float(c), 1)}"
            for label, e, c in zip(each.labels, each.free_e, each.free_c, strict=True)
        ]
        told.append(f"{clean(each.study)}: {'; '.join(shown)}.")
    return " ".join(told)
