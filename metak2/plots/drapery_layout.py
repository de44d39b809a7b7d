"""The drapery plot as a chart: the p value of every hypothetical effect, for each study and all together."""

import numpy as np
from scipy.special import ndtri, stdtrit

from metak2.display import numbers, sentences
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray, IntArray
from metak2.models.pooled import Interval, Pooled
from metak2.plots.axis import Axis, effect_axis
from metak2.plots.chart_marks import Area, Chart, Panel, Stroke, Tone, plain_axis
from metak2.plots.labels import clean
from metak2.plots.scatter import on_axes

WIDTH, HEIGHT, LEFT, BOTTOM = 380.0, 250.0, 50.0, 44.0
LOWEST = 0.001  # p value at which a curve ends
P = np.concatenate([np.geomspace(LOWEST, 0.05, 20), np.linspace(0.05, 1.0, 40)[1:]])


def drapery_layout(pooled: Pooled, *, title: str = "") -> Chart:
    """P-value functions: at any height a curve is as wide as the interval of that coverage.

    Rücker & Schwarzer 2021, Res Synth Methods 12:13-19. Studies by the normal distribution, the pooled effect and the
    prediction by the distribution behind their reported intervals; darker curves weigh more.
    """
    kept = np.flatnonzero(pooled.effects.mi > 0)
    if kept.size < 2:
        raise ModelError("a drapery plot needs at least two pooled studies; show the forest plot of this one")
    panel = _panel(pooled, kept)
    sentence = _sentence(pooled)
    predicted: tuple[tuple[Tone, str], ...] = (("amber 1", "prediction for a new study"),) if panel.areas else ()
    return Chart(
        title=clean(title),
        width=LEFT + WIDTH + 20.0,
        height=BOTTOM + HEIGHT + 22.0,
        panels=(panel,),
        legend=(("grey", "studies, darker by weight"), ("blue 4", "pooled effect"), *predicted),
        footer=(sentence,),
        alt=f"Drapery plot of {sentences.studies(kept.size)}: {sentence}",
    )


def _panel(pooled: Pooled, kept: IntArray) -> Panel:
    """The curves: studies by rising weight, the pooled effect on top."""
    effects, weights = pooled.effects, pooled.weights
    limits = np.concatenate([*effects.limits(pooled.level), [pooled.ci.low, pooled.ci.high]])
    across = effect_axis(pooled.measure, effects.yi[kept], limits[np.isfinite(limits)])
    up = plain_axis("p value", 0.0, 1.0)
    studies = [
        _stroke(_interval_of(effects.yi[at], effects.vi[at]), pooled, (across, up), _tone(weights[at], weights.max()))
        for at in kept[np.argsort(weights[kept], kind="stable")]
    ]
    return Panel(
        title="",
        left=LEFT,
        bottom=BOTTOM,
        width=WIDTH,
        height=HEIGHT,
        across=across,
        up=up,
        areas=_prediction(pooled, across),
        strokes=(*_lines(pooled, across), *studies, _stroke(pooled.ci, pooled, (across, up), "blue 4", width=2.2)),
    )


def _lines(pooled: Pooled, across: Axis) -> tuple[Stroke, ...]:
    """The height of the reported interval, and no effect."""
    alpha, null = 1 - pooled.level, pooled.measure.null
    height = Stroke(points=((across.low, alpha), (across.high, alpha)), tone="grey", dashed=True, width=0.8)
    nothing = Stroke(points=((null, 0.0), (null, 1.0)), tone="grey", width=0.8)
    return (height, nothing) if np.isfinite(null) else (height,)


def p_value_function(interval: Interval, pval: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The two effects, on the analysis scale, whose two-sided p value is each of these."""
    finite = np.isfinite(interval.df)
    quantile: FloatArray = -np.asarray(stdtrit(interval.df, pval / 2) if finite else ndtri(pval / 2), dtype=np.float64)
    return interval.estimate - quantile * interval.se, interval.estimate + quantile * interval.se


def _interval_of(yi: float, vi: float) -> Interval:
    se = float(np.sqrt(vi))
    return Interval(low=np.nan, high=np.nan, level=np.nan, rule="z", estimate=float(yi), se=se, df=np.inf)


def _stroke(interval: Interval, pooled: Pooled, axes: tuple[Axis, Axis], tone: Tone, *, width: float = 0.8) -> Stroke:
    low, high = p_value_function(interval, P)
    shown = pooled.measure.back(np.concatenate([low, high[::-1]]))
    return Stroke(points=on_axes(shown, np.concatenate([P, P[::-1]]), *axes), tone=tone, width=width)


def _tone(weight: float, heaviest: float) -> Tone:
    return "grey" if weight > heaviest / 2 else "pale"


def _prediction(pooled: Pooled, across: Axis) -> tuple[Area, ...]:
    """The area under the prediction's curve; none where its distribution is not known by a standard error."""
    if pooled.pi is None or not np.isfinite(pooled.pi.se):
        return ()
    low, high = p_value_function(pooled.pi, P)
    shown = np.clip(pooled.measure.back(np.concatenate([low, high[::-1]])), across.low, across.high)
    heights = np.concatenate([P, P[::-1]])
    first, last = float(shown[0]), float(shown[-1])
    points = ((first, 0.0), *zip(shown.tolist(), heights.tolist(), strict=True), (last, 0.0))
    return (Area(points=points, tone="amber 1"),)


def _sentence(pooled: Pooled) -> str:
    alpha = numbers.significant(1 - pooled.level, 1)
    predicted = sentences.prediction(pooled)
    return clean(
        f"At p = {alpha} (dashed) the pooled curve is the interval of the {sentences.estimate(pooled)}. {predicted}"
    )
