"""The profile likelihood of tau² as a chart, and below it the pooled effect that belongs to each tau²."""

import numpy as np

from metak2.display import sentences
from metak2.display.numbers import effect, significant
from metak2.models.tau2_profile import Tau2Profile
from metak2.plots.axis import Axis, axis_over
from metak2.plots.chart_marks import Chart, Panel, Stroke, Tone
from metak2.plots.labels import clean
from metak2.plots.scatter import on_axes, roomy_axis

WIDTH, HEIGHT, LOWER, LEFT, BOTTOM, GAP = 360.0, 190.0, 90.0, 62.0, 44.0, 34.0
DEEPEST = 3.0  # how far below the summit the curve is shown, in distances of the cut from it


def tau2_profile_layout(profile: Tau2Profile, *, title: str = "") -> Chart:
    """The curve with its summit, the cut and the interval it makes; the method's own tau² where that is another."""
    across = roomy_axis("τ²", profile.tau2, start=0.0)
    name = "Restricted log-likelihood" if profile.restricted else "Log-likelihood"
    upper = _curve(profile, across, name)
    sentence = _sentence(profile)
    return Chart(
        title=clean(title),
        width=LEFT + WIDTH + 20.0,
        height=BOTTOM + LOWER + GAP + HEIGHT + 22.0,
        panels=(upper, _effects(profile, across)),
        legend=_legend(profile),
        footer=(sentence,),
        alt=f"Profile of the {sentences.lower_first(name)} of τ²: {sentence}",
    )


def _curve(profile: Tau2Profile, across: Axis, name: str) -> Panel:
    floor = profile.highest - DEEPEST * (profile.highest - profile.cut)
    shown = profile.log_likelihood[profile.log_likelihood >= floor]
    up = roomy_axis(name, shown, np.array([profile.cut, profile.highest]))
    crossings = [end for end in (profile.low, profile.high) if np.isfinite(end) and not across.beyond(end)]
    return Panel(
        title="",
        left=LEFT,
        bottom=BOTTOM + LOWER + GAP,
        width=WIDTH,
        height=HEIGHT,
        across=across,
        up=up,
        strokes=(
            Stroke(points=((0.0, profile.cut), (across.high, profile.cut)), tone="grey", dashed=True, width=0.8),
            *(Stroke(points=((end, up.low), (end, profile.cut)), tone="grey", width=0.8) for end in crossings),
            *_marks(profile, up),
            Stroke(points=on_axes(profile.tau2, profile.log_likelihood, across, up), tone="blue 4", width=1.6),
        ),
        show=("up",),
    )


def _marks(profile: Tau2Profile, up: Axis) -> tuple[Stroke, ...]:
    """Upright lines at the summit and, where the method found another, at its own tau²."""
    marks = [Stroke(points=((profile.summit, up.low), (profile.summit, up.high)), width=0.8)]
    if _other_tau2(profile) is not None:
        own = float(profile.base.tau2 or 0.0)
        marks.append(Stroke(points=((own, up.low), (own, up.high)), tone="amber 4", dashed=True))
    return tuple(marks)


def _other_tau2(profile: Tau2Profile) -> float | None:
    own = float(profile.base.tau2 or 0.0)
    same = np.isclose(own, profile.summit, rtol=1e-6, atol=1e-12)
    return None if same else own


def _effects(profile: Tau2Profile, across: Axis) -> Panel:
    measure = profile.measure
    up = axis_over(measure, float(profile.estimate.min()), float(profile.estimate.max()))
    line = on_axes(profile.tau2, measure.back(profile.estimate), across, up)
    return Panel(
        title="",
        left=LEFT,
        bottom=BOTTOM,
        width=WIDTH,
        height=LOWER,
        across=across,
        up=up,
        strokes=(
            Stroke(points=((profile.summit, up.low), (profile.summit, up.high)), width=0.8),
            Stroke(points=line, tone="blue 4", width=1.6),
        ),
    )


def _legend(profile: Tau2Profile) -> tuple[tuple[Tone, str], ...]:
    kind = "REML" if profile.restricted else "maximum likelihood"
    own: tuple[tuple[Tone, str], ...] = ()
    if _other_tau2(profile) is not None:
        own = (("amber 4", f"{profile.base.method.name}'s τ² (dashed)"),)
    cut = f"{sentences.coverage(profile.base.level)} cut and limits"
    return (("ink", f"highest likelihood ({kind})"), *own, ("grey", cut))


def _sentence(profile: Tau2Profile) -> str:
    high = significant(profile.high) if np.isfinite(profile.high) else "beyond every bound"
    ends = (float(each) for each in profile.measure.back(profile.estimate[[0, -1]]))
    first, last = (effect(end) for end in ends)
    return (
        f"The likelihood is highest at τ² = {significant(profile.summit)}; {sentences.coverage(profile.base.level)} "
        f"profile likelihood interval {significant(profile.low)} to {high}. From τ² = 0 to the right end the "
        f"{sentences.lower_first(profile.measure.label)} goes from {first} to {last}."
    )
