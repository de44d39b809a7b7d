"""The comparison-adjusted funnel plot: every trial about the mean of its own comparison. No drawing."""

from collections import Counter
from dataclasses import replace
from string import ascii_lowercase

import numpy as np
from scipy.special import ndtri

from metak2.display import network as told
from metak2.display.numbers import percent
from metak2.display.sentences import lower_first
from metak2.errors import ModelError
from metak2.models.network_funnel import AdjustedFunnel
from metak2.plots.axis import linear_ticks, tick_labels
from metak2.plots.chart_marks import AMBERS, BLUES, Chart, Disc, Over, Panel, Stroke, Tone, plain_axis
from metak2.plots.labels import clean

SIDE, TALL = 380.0, 270.0
LEFT, BOTTOM = 56.0, 48.0
RADIUS = 3.2
TONES: tuple[Tone, ...] = (BLUES[3], AMBERS[2], BLUES[1], "white", BLUES[2], AMBERS[0], "pale", AMBERS[3])


def adjusted_funnel_layout(result: AdjustedFunnel, *, title: str = "") -> Chart:
    """Difference from the comparison's mean across, standard error downwards; a letter beside each disc says which.

    A trial alone in its comparison lies on the middle line whatever it says, and is left out.
    """
    held = Counter(result.comparison)
    keep = [at for at, pair in enumerate(result.comparison) if held[pair] > 1]
    if not keep:
        raise ModelError("no comparison has two trials: a comparison-adjusted funnel would show nothing")
    level = result.network.level
    widest = float(result.se[keep].max()) * 1.08
    reach = max(float(np.abs(result.difference[keep]).max()) * 1.1, -float(ndtri((1 - level) / 2)) * widest)
    pairs = list(dict.fromkeys(result.comparison[at] for at in keep))
    codes = {pair: _code(at) for at, pair in enumerate(pairs)}
    ticks = linear_ticks(0.0, widest)
    down = replace(
        plain_axis("Standard error", 0.0, widest),
        low=widest,
        high=0.0,
        ticks=ticks,
        tick_labels=tick_labels(ticks, log=False),
    )
    points = [
        (result.study[at], result.comparison[at], float(result.difference[at]), float(result.se[at])) for at in keep
    ]
    edge = -float(ndtri((1 - level) / 2)) * widest
    label = lower_first(result.network.measure.label)
    scale = f"log {label}" if result.network.measure.log else label
    panel = Panel(
        title="",
        left=LEFT,
        bottom=BOTTOM,
        width=SIDE,
        height=TALL,
        across=replace(plain_axis(f"{scale}, less its comparison's pooled effect", -reach, reach), null=0.0),
        up=down,
        discs=tuple(
            Disc(x=x, y=se, radius=RADIUS, tone=TONES[pairs.index(pair) % len(TONES)], name=study)
            for study, pair, x, se in points
        ),
        strokes=(
            Stroke(points=((0.0, 0.0), (-edge, widest)), tone="grey", dashed=True),
            Stroke(points=((0.0, 0.0), (edge, widest)), tone="grey", dashed=True),
        ),
        words=tuple(Over(x=x + 0.026 * reach, y=se, text=codes[pair]) for _, pair, x, se in points),
    )
    key = "; ".join(f"{codes[pair]} {clean(pair[0])} against {clean(pair[1])}" for pair in pairs)
    right = sum(x > 0 for _, _, x, _ in points)
    alone = len(result.study) - len(keep)
    return Chart(
        title=clean(title),
        width=LEFT + SIDE + 24.0,
        height=BOTTOM + TALL + 24.0,
        panels=(panel,),
        legend=(),
        footer=(
            f"{key}.",
            (
                f"Order of the treatments: {', '.join(clean(name) for name in result.order)}; each comparison is the "
                f"later one against the earlier one. Dashed: {percent(100 * level)} limits without heterogeneity."
            ),
            *((f"Left out, alone in their comparison: {told.trials(alone)}.",) if alone else ()),
        ),
        alt=(
            f"Comparison-adjusted funnel plot of {told.trials(len({study for study, *_ in points}))} in {len(pairs)} "
            f"comparisons: {right} discs lie right of their comparison's mean, {len(points) - right} left or on it."
        ),
    )


def _code(at: int) -> str:
    """The letter of a comparison: a to z, then aa, ab and so on."""
    letters = ascii_lowercase
    return letters[at] if at < len(letters) else letters[at // len(letters) - 1] + letters[at % len(letters)]
