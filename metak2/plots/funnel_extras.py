"""What a funnel plot can carry beside its studies: regions of the p value, filled studies, the line of a test."""

import numpy as np
from scipy.special import ndtri

from metak2.display import sentences
from metak2.display.decimals import decimals
from metak2.display.numbers import effect, p_value
from metak2.effects.measures import Measure
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.plots.axis import Axis
from metak2.plots.labels import clean
from metak2.plots.marks import FunnelContour, FunnelLine, FunnelPoint
from metak2.robustness.adjusted_estimates import PetPeese
from metak2.robustness.small_studies import RegressionTest
from metak2.robustness.trim_and_fill import TrimAndFill

REGIONS = (
    ("p < 0.01", None, "#ebebeb"),
    ("0.01 ≤ p < 0.05", 0.01, "#cdcdcd"),
    ("0.05 ≤ p < 0.10", 0.05, "#ababab"),
    ("p ≥ 0.10", 0.10, "#ffffff"),
)
"""From the outside inwards: the label, the p value on its edge, its grey."""
LINE_COLOURS = ("#c1800e", "#7a3e00")
STEPS = 61
Asymmetry = RegressionTest | PetPeese


def contours(measure: Measure, axis: Axis, se_high: float) -> tuple[FunnelContour, ...]:
    """Regions about no effect by two-sided p value; Peters et al. 2008, J Clin Epidemiol 61:991-996."""
    if not measure.comparison:
        raise ModelError(f"{measure.label} has no value of no effect about which p values could be drawn")
    se = np.linspace(0.0, se_high, STEPS)
    null = float(measure.forward(measure.null))
    made = []
    for label, level, shade in REGIONS:
        if level is None:
            outline = [(axis.low, 0.0), (axis.high, 0.0), (axis.high, se_high), (axis.low, se_high)]
        else:
            half = -float(ndtri(level / 2)) * se
            left, right = (_inside(measure.back(null + sign * half), axis) for sign in (-1.0, 1.0))
            heights = se.tolist()
            outline = [*zip(left, heights, strict=True), *reversed([*zip(right, heights, strict=True)])]
        made.append(FunnelContour(label=label, shade=shade, outline=tuple(outline)))
    return tuple(made)


def _inside(effects: FloatArray, axis: Axis) -> list[float]:
    clipped: list[float] = np.clip(effects, axis.low, axis.high).tolist()
    return clipped


def filled_points(result: TrimAndFill) -> tuple[FunnelPoint, ...]:
    """The mirror images that trim and fill added."""
    shown = result.measure.back(result.filled_yi)
    return tuple(
        FunnelPoint(study=clean(f"mirror image of {name}"), effect=float(at), se=float(np.sqrt(vi)), filled=True)
        for name, at, vi in zip(result.mirrored, shown, result.filled_vi, strict=True)
    )


def filled_words(result: TrimAndFill) -> str:
    """How many were filled, where, and the pooled effect with them."""
    if not result.k0:
        return f"Trim and fill ({result.estimator}): no study seems missing."
    return (
        f"Trim and fill ({result.estimator}): {sentences.studies(result.k0)} filled on the {result.side}; with them "
        f"{sentences.estimate(result.filled)}."
    )


def asymmetry_lines(asked: Asymmetry, se_high: float) -> tuple[FunnelLine, ...]:
    """The regression of effects on standard errors (or variances) as lines; PET and PEESE are two.

    `ModelError` for a test of another predictor, which has no line on these axes, or with moderators.
    """
    se = np.linspace(0.0, se_high, STEPS)
    digits = decimals(asked.base.effects)
    if isinstance(asked, PetPeese):
        fits = [("PET", asked.pet.coefficients, se), ("PEESE", asked.peese.coefficients, se**2)]
        named = [(f"{name}: {{}} at SE 0", fit, x) for name, fit, x in fits]
    else:
        powers = {"sei": se, "vi": se**2}
        if asked.predictor not in powers or len(asked.coefficients) != 2:
            raise ModelError(
                f"{asked.label} has no line in a funnel plot of standard errors; use egger() without moderators, or "
                "pet_peese()"
            )
        words = f"{asked.label} ({p_value(asked.pval)}): {{}} at SE 0"
        named = [(words, asked.coefficients, powers[asked.predictor])]
    back = asked.measure.back
    return tuple(
        FunnelLine(
            label=words.format(effect(float(back(fit[0])), digits)),
            colour=colour,
            points=tuple(zip(back(fit[0] + fit[1] * x).tolist(), se.tolist(), strict=True)),
        )
        for (words, fit, x), colour in zip(named, LINE_COLOURS, strict=False)
    )
