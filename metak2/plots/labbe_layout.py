"""L'Abbé's plot as a chart: the risk in one arm against the risk in the other, a disc for each study."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from metak2.display import numbers, sentences
from metak2.display.listing import listed
from metak2.effects.measures import Measure
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.contract import FloatArray
from metak2.models.absolute import implied_risk
from metak2.models.pooled import Pooled, Unpooled
from metak2.plots.axis import Axis, log_ticks, tick_labels
from metak2.plots.chart_marks import Area, Chart, Disc, Panel, Stroke, Tone, plain_axis
from metak2.plots.labels import clean
from metak2.plots.point_names import named_points
from metak2.plots.scatter import SOME_UNNAMED, on_axes

SIDE, LEFT, BOTTOM = 280.0, 56.0, 44.0
LARGEST, SMALLEST = 15.0, 1.8  # radius of the most precise study and the least of all, in points
STEPS = 101
RISKS, RATES = frozenset({"RR", "OR", "RD", "PETO"}), frozenset({"IRR", "IRD"})
ROOM = 0.08
LOG_ROOM = 1.5
RiskScale = Literal["risk", "log"]
SCALES: tuple[RiskScale, ...] = ("risk", "log")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Arms:
    """The risk or rate of both arms, (k,), the studies' precision, and what it is called."""

    study: tuple[str, ...]
    experimental: FloatArray
    control: FloatArray
    precision: FloatArray
    pooled: tuple[bool, ...]
    what: str


def labbe_layout(result: Pooled | Unpooled | EffectSizes, *, scale: RiskScale = "risk", title: str = "") -> Chart:
    """Areas as precision, the diagonal of no effect, and where the pooled effect leads at each control risk.

    L'Abbé, Detsky & O'Rourke 1987, Ann Intern Med 107:224-233. Risks are those of the counts, without a correction for
    zero cells; studies that are not pooled are hollow. Scale "log" spreads small risks; a risk of 0 has no place on it.
    """
    if scale not in SCALES:
        raise UnknownOptionError("scale", scale, SCALES)
    effects = result if isinstance(result, EffectSizes) else result.effects
    arms = _arms(effects)
    pooled = result if isinstance(result, Pooled) else None
    across, up = (_axis(arms, scale, f"{arms.what}, {of}") for of in ("control", "experimental"))
    discs = tuple(disc for disc in _discs(arms) if scale == "risk" or min(disc.x, disc.y) > 0)
    ends = (across.low, across.high)
    panel = Panel(
        title="",
        left=LEFT,
        bottom=BOTTOM,
        width=SIDE,
        height=SIDE,
        across=across,
        up=up,
        areas=_band(pooled, across, up),
        discs=tuple(sorted(discs, key=lambda disc: -disc.radius)),
        strokes=(
            Stroke(points=tuple(zip(ends, ends, strict=True)), tone="grey", dashed=True),
            *_curve(pooled, across, up),
        ),
    )
    sentence = _sentence(arms, pooled)
    return Chart(
        title=clean(title),
        width=LEFT + SIDE + 110.0,
        height=BOTTOM + SIDE + 22.0,
        panels=(named_points(panel, range(len(panel.discs))),),
        legend=_legend(arms, pooled),
        footer=(sentence, *_unshown(arms, discs), f"Areas by precision (1 / variance). {SOME_UNNAMED}"),
        alt=f"L'Abbé plot, {arms.what.lower()} with treatment against control: {sentence}",
    )


def _axis(arms: _Arms, scale: RiskScale, label: str) -> Axis:
    """The same range for both arms."""
    both = np.concatenate([arms.experimental, arms.control])
    most = 1.0 if arms.what == "Risk" else np.inf
    if scale == "risk":
        return plain_axis(label, 0.0, float(min((1 + ROOM) * max(both.max(), 1e-9), most)))
    seen = both[both > 0]
    if not seen.size:
        raise ModelError('no arm has an event, and a risk of 0 has no logarithm; use scale="risk"')
    low, high = float(seen.min() / LOG_ROOM), float(min(seen.max() * LOG_ROOM, most))
    ticks = log_ticks(low, high)
    return Axis(
        label=f"{label} (log scale)",
        log=True,
        low=low,
        high=high,
        null=np.nan,
        ticks=ticks,
        tick_labels=tick_labels(ticks, log=True),
    )


def _control(across: Axis) -> FloatArray:
    """Control risks along the axis."""
    if across.log:
        return np.geomspace(across.low, across.high, STEPS)
    return np.linspace(across.low, across.high, STEPS)


def _unshown(arms: _Arms, discs: tuple[Disc, ...]) -> tuple[str, ...]:
    shown = {disc.name for disc in discs}
    left = tuple(clean(study) for study in arms.study if clean(study) not in shown)
    return (f"Without a place on a logarithmic scale, a {arms.what.lower()} being 0: {listed(left)}.",) if left else ()


def _arms(effects: EffectSizes) -> _Arms:
    """The arms of every study whose counts are known."""
    name = effects.measure.name
    wanted = {"counts": RISKS, "rates": RATES}.get(effects.kind, frozenset[str]())
    if name not in wanted:
        raise ModelError(
            "a L'Abbé plot shows risks or rates of two arms: it needs counts with RR, OR, RD or PETO, or person-time "
            f"with IRR or IRD; these are {effects.kind} with {name}"
        )
    of = "n" if effects.kind == "counts" else "time"
    data = effects.data
    with np.errstate(divide="ignore", invalid="ignore"):
        risks = [data[f"event_{arm}"] / data[f"{of}_{arm}"] for arm in "ec"]
        precision = np.nan_to_num(1 / effects.vi)
    known = np.isfinite(risks[0]) & np.isfinite(risks[1])
    if not known.any():
        raise ModelError("a L'Abbé plot needs a study whose events are known in both arms; show the effects instead")
    return _Arms(
        study=tuple(study for study, there in zip(effects.study, known, strict=True) if there),
        experimental=risks[0][known],
        control=risks[1][known],
        precision=precision[known],
        pooled=tuple(not why for why, there in zip(effects.excluded, known, strict=True) if there),
        what="Risk" if effects.kind == "counts" else "Rate",
    )


def _discs(arms: _Arms) -> tuple[Disc, ...]:
    share = np.sqrt(arms.precision / (arms.precision.max() or 1.0))
    return tuple(
        Disc(
            x=float(arms.control[at]),
            y=float(arms.experimental[at]),
            radius=float(max(LARGEST * share[at], SMALLEST)),
            tone="blue 2" if arms.pooled[at] else "white",
            name=clean(study),
        )
        for at, study in enumerate(arms.study)
    )


def _led_to(measure: Measure, effect: float, control: FloatArray) -> FloatArray:
    """The risk or rate with treatment that the displayed effect makes of the control's."""
    if measure.name == "IRR":
        return control * effect
    if measure.name == "IRD":
        return control + effect
    return implied_risk(measure, np.asarray(effect), control)


def _curve(pooled: Pooled | None, across: Axis, up: Axis) -> tuple[Stroke, ...]:
    if pooled is None:
        return ()
    control = _control(across)
    treated = _led_to(pooled.measure, pooled.displayed.estimate, control)
    return (Stroke(points=on_axes(control, treated, across, up), tone="ink", width=1.4),)


def _band(pooled: Pooled | None, across: Axis, up: Axis) -> tuple[Area, ...]:
    """Between the limits of the pooled effect."""
    if pooled is None:
        return ()
    control = _control(across)
    shown = pooled.displayed
    low, high = (
        np.clip(_led_to(pooled.measure, limit, control), up.low, up.high) for limit in (shown.ci_low, shown.ci_high)
    )
    there, back = zip(control.tolist(), low.tolist(), strict=True), zip(control.tolist(), high.tolist(), strict=True)
    return (Area(points=(*there, *reversed([*back])), tone="amber 1"),)


def _legend(arms: _Arms, pooled: Pooled | None) -> tuple[tuple[Tone, str], ...]:
    entries: list[tuple[Tone, str]] = [("blue 2", "studies" if pooled is None else "pooled studies")]
    entries += [] if all(arms.pooled) else [("white", "shown, not pooled")]
    entries += [("grey", "no effect (dashed)")]
    if pooled is not None:
        entries += [("ink", "pooled effect"), ("amber 1", f"its {sentences.coverage(pooled.level)} limits")]
    return tuple(entries)


def _sentence(arms: _Arms, pooled: Pooled | None) -> str:
    below = int((arms.experimental < arms.control).sum())
    what = arms.what.lower()
    told = (
        f"control {what}s from {numbers.significant(float(arms.control.min()))} to "
        f"{numbers.significant(float(arms.control.max()))}; in {below} of {sentences.studies(len(arms.study))} the "
        f"{what} is lower with treatment"
    )
    line = "" if pooled is None else f"; the line is the pooled {sentences.estimate(pooled)}"
    return f"{told[:1].upper()}{told[1:]}{line}."
