"""A funnel plot as data: effects against their standard errors, with the limits of sampling error alone."""

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from metak2.display import numbers, sentences
from metak2.display.decimals import decimals
from metak2.effects.sizes import EffectSizes
from metak2.kernels.contract import FloatArray
from metak2.kernels.intervals import normal_interval
from metak2.kernels.pooling import common_effect
from metak2.models.pooled import Pooled
from metak2.plots import forest_words as words
from metak2.plots import funnel_extras as extras
from metak2.plots.axis import axis_over, linear_ticks, tick_labels
from metak2.plots.labels import clean
from metak2.plots.marks import FunnelLayout, FunnelPoint
from metak2.robustness.trim_and_fill import TrimAndFill

ENOUGH_STUDIES = 10  # Sterne et al. 2011, BMJ 343:d4002: tests for asymmetry need at least ten studies
COVERAGE = 0.95
TOO_FEW = "Fewer than 10 studies: asymmetry cannot be judged"


def funnel_layout(
    pooled: Pooled,
    *,
    regions: bool = False,
    filled: TrimAndFill | None = None,
    asymmetry: extras.Asymmetry | None = None,
) -> FunnelLayout:
    """The funnel plot as data; the limits stand about the common-effect estimate (Sterne & Egger 2001).

    Sterne & Egger 2001, J Clin Epidemiol 54:1046-1055: effect across, standard error downwards from 0, and where 95 per
    cent of studies of one common effect would lie. Studies that are not pooled are shown hollow. On request the regions
    of the p value about no effect, the studies of trim and fill, the lines of a test of asymmetry.
    """
    layout = _plain(pooled, () if filled is None else filled.filled_yi, () if filled is None else filled.filled_vi)
    measure, se_high = pooled.measure, layout.se_high
    said = () if filled is None else (extras.filled_words(filled),)
    lines = () if asymmetry is None else extras.asymmetry_lines(asymmetry, se_high)
    told = " ".join((*said, *(f"{line.label}." for line in lines)))
    return replace(
        layout,
        points=(*layout.points, *(() if filled is None else extras.filled_points(filled))),
        contours=extras.contours(measure, layout.axis, se_high) if regions else (),
        lines=lines,
        footer=(*layout.footer, *said),
        alt=f"{layout.alt} {told}".strip(),
    )


def _plain(pooled: Pooled, more_yi: ArrayLike, more_vi: ArrayLike) -> FunnelLayout:
    """The funnel plot without extras, its axes wide enough for more effects."""
    effects, measure = pooled.effects, pooled.measure
    estimable = np.isfinite(effects.yi) & np.isfinite(effects.vi)
    yi = np.concatenate([effects.yi[estimable], np.asarray(more_yi, dtype=np.float64)])
    se = np.sqrt(np.concatenate([effects.vi[estimable], np.asarray(more_vi, dtype=np.float64)]))
    se_high = 1.06 * float(se.max(initial=0.0)) or 1.0
    centre = _centre(pooled)
    low, high = normal_interval(np.array([centre]), np.array([se_high]), level=COVERAGE)
    across = np.concatenate([yi, low, high])
    shown = float(measure.back(centre))
    se_ticks = linear_ticks(0.0, se_high)
    notes = (TOO_FEW,) if pooled.k < ENOUGH_STUDIES else ()
    label = f"Common-effect {sentences.lower_first(measure.label)} {numbers.effect(shown, decimals(effects))}"
    rest = (words.left_out(effects.take(estimable), "Hollow points are shown, not pooled"), *notes)
    return FunnelLayout(
        title="",
        points=_points(effects, np.flatnonzero(estimable).tolist()),
        axis=axis_over(measure, float(across.min()), float(across.max())),
        centre=shown,
        centre_label=label,
        limits=(float(measure.back(low)[0]), float(measure.back(high)[0])),
        se_high=se_high,
        se_ticks=se_ticks,
        se_tick_labels=tick_labels(se_ticks, log=False),
        footer=tuple(line for line in (f"{label}, with pseudo {sentences.coverage(COVERAGE)} limits", *rest) if line),
        alt=_alt(pooled, label, notes),
        notes=notes,
    )


def _centre(pooled: Pooled) -> float:
    """The common-effect estimate on the analysis scale: the pooled one itself where that is its model."""
    if pooled.method.model == "common effect":
        return pooled.estimate
    kept = pooled.effects.mi > 0
    yi, vi = (_row(values[kept]) for values in (pooled.effects.yi, pooled.effects.vi))
    return float(common_effect(yi, vi, np.ones_like(yi)).estimate[0])


def _row(values: FloatArray) -> FloatArray:
    return values.reshape(1, -1)


def _points(effects: EffectSizes, rows: Iterable[int]) -> tuple[FunnelPoint, ...]:
    shown = effects.measure.back(effects.yi)
    return tuple(
        FunnelPoint(
            study=clean(effects.study[row]),
            effect=float(shown[row]),
            se=math.sqrt(float(effects.vi[row])),
            excluded=effects.excluded[row],
        )
        for row in rows
    )


def _alt(pooled: Pooled, label: str, notes: tuple[str, ...]) -> str:
    shown = len(pooled.effects.study) - pooled.effects.k
    left = f" {sentences.studies(shown)} not pooled." if shown else ""
    more = "".join(f" {note}." for note in notes)
    return f"Funnel plot of {sentences.studies(len(pooled.study))}: effect against standard error. {label}.{left}{more}"
