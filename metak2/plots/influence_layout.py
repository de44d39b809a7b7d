"""The influence of each study as a chart: a row per study, a narrow panel per diagnostic."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from metak2.display.moderators import influential
from metak2.kernels.contract import FloatArray
from metak2.plots.axis import Axis
from metak2.plots.chart_marks import Chart, Disc, Panel, Stroke, named_axis
from metak2.plots.labels import clean, wrapped
from metak2.plots.point_names import text_width
from metak2.plots.scatter import RADIUS, roomy_axis
from metak2.robustness.influence import Influence

WIDTH, GAP, BOTTOM, ROW, LOWEST_ROW = 52.0, 12.0, 44.0, 13.0, 9.5
MANY = 30  # rows beyond which they move closer
NAME = 26
LABEL_GAP = 5.0
STUDENTISED = 1.96  # a normal residual beyond it is one in twenty


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Diagnostic:
    """One panel: its title, the values (k,), where nothing is unusual, and the limits of a rule of thumb."""

    title: str
    values: FloatArray
    usual: float
    limits: tuple[float, ...] = ()


def influence_layout(result: Influence, *, title: str = "") -> Chart:
    """Case deletion diagnostics of every study; those that break a rule of thumb are larger diamonds and starred."""
    rows = len(result.study)
    names = [
        wrapped(name, NAME, 1) + (" *" if flagged else "")
        for name, flagged in zip(result.study, result.influential, strict=True)
    ]
    left = 12.0 + max(text_width(name) for name in names)
    height = rows * (ROW if rows <= MANY else LOWEST_ROW)
    up = named_axis("", tuple(reversed(names)))
    panels = tuple(
        replace(
            _panel(result, each, up, left + at * (WIDTH + GAP)),
            height=height,
            show=("across", "up") if at == 0 else ("across",),
        )
        for at, each in enumerate(_diagnostics(result))
    )
    sentence = clean(influential(result))
    return Chart(
        title=clean(title),
        width=left + len(panels) * (WIDTH + GAP) + 10.0,
        height=BOTTOM - 14.0 + height + 20.0,
        panels=panels,
        legend=(("blue 3", "study"), ("amber 4", "breaks a rule of thumb (*)"), ("grey", "usual; dashed: the rule")),
        footer=(sentence,),
        alt=f"Influence of {rows} studies, case deletion diagnostics: {sentence}",
    )


def _diagnostics(result: Influence) -> list[_Diagnostic]:
    (k, p), limits = result.dfbetas.shape, result.limits
    found = [
        _Diagnostic(title="rstudent", values=result.rstudent, usual=0.0, limits=(-STUDENTISED, STUDENTISED)),
        _Diagnostic(title="dffits", values=result.dffits, usual=0.0, limits=(-limits["dffits"], limits["dffits"])),
        _Diagnostic(title="Cook's d", values=result.cook_d, usual=0.0, limits=(limits["cook_d"],)),
        _Diagnostic(title="cov. ratio", values=result.cov_r, usual=1.0),
        _Diagnostic(title="τ² without", values=result.tau2_del, usual=result.tau2),
        _Diagnostic(title="Q without", values=result.QE_del, usual=result.QE),
        _Diagnostic(title="hat", values=result.hat, usual=p / k, limits=(limits["hat"],)),
        _Diagnostic(title="weight (%)", values=result.weight, usual=100 / k),
    ]
    return [each for each in found if np.isfinite(each.values).any() and (each.usual or np.any(each.values != 0))]


def _panel(result: Influence, each: _Diagnostic, up: Axis, left: float) -> Panel:
    """The limits of a rule are drawn where the values come near them: far away they would flatten the rest."""
    finite = each.values[np.isfinite(each.values)]
    reach = 2.0 * max(float(np.abs(finite).max()), 1e-12)
    near = np.array([limit for limit in each.limits if abs(limit) <= reach])
    across = _few_ticks(roomy_axis("", finite, np.array([each.usual]), near))
    rows = len(result.study)
    return Panel(
        title=each.title,
        left=left,
        bottom=BOTTOM - 14.0,
        width=WIDTH,
        height=1.0,
        across=across,
        up=up,
        discs=tuple(_discs(result, each)),
        strokes=(
            Stroke(points=((each.usual, 0.0), (each.usual, rows)), tone="grey", width=0.7),
            *(
                Stroke(points=((float(limit), 0.0), (float(limit), rows)), tone="amber 4", dashed=True, width=0.8)
                for limit in near
            ),
        ),
    )


def _discs(result: Influence, each: _Diagnostic) -> list[Disc]:
    rows = len(result.study)
    marks: Mapping[bool, tuple[str, str, float]] = {
        False: ("blue 3", "disc", RADIUS - 0.6),
        True: ("amber 4", "diamond", RADIUS + 0.4),
    }
    discs = []
    for at in np.flatnonzero(np.isfinite(each.values)).tolist():
        tone, shape, radius = marks[bool(result.influential[at])]
        name = clean(result.study[at])
        discs.append(
            Disc(x=float(each.values[at]), y=rows - at - 0.5, radius=radius, tone=tone, name=name, shape=shape)  # type: ignore[arg-type] # a mapping of literals loses them
        )
    return discs


def _few_ticks(axis: Axis) -> Axis:
    """The axis with as many ticks as have room for their labels side by side."""
    step = WIDTH * (axis.ticks[1] - axis.ticks[0]) / (axis.high - axis.low) if len(axis.ticks) > 1 else WIDTH
    widest = max(text_width(label) for label in axis.tick_labels)
    every = max(math.ceil((widest + LABEL_GAP) / step), 1)
    keep = slice((len(axis.ticks) - 1) % every // 2, None, every)
    return replace(axis, ticks=axis.ticks[keep], tick_labels=axis.tick_labels[keep])
