"""Dose–response curves as sentences and in print. Importing this module registers what `print(result)` shows."""

import numpy as np

from metak2.display.notes import sentence
from metak2.display.numbers import effect, fixed, interval, p_value, significant
from metak2.display.sentences import coverage, studies
from metak2.effects.measures import measure_named
from metak2.models.dose_response_result import DoseResponse
from metak2.shown import show

RATIO = measure_named("RR")
METHODS = {"REML": "random coefficients, REML", "ML": "random coefficients, ML", "CE": "common coefficients"}
COVARIANCES = {
    "greenland-longnecker": "Greenland–Longnecker covariances",
    "hamling": "Hamling covariances",
    "independent": "ratios taken as independent",
}
STEPS = 5


def doses(result: DoseResponse, number: int = STEPS) -> np.ndarray:
    """A few round doses over those observed, for tables."""
    low, high = result.range
    step = float(f"{(high - low) / number:.1g}") or 1.0
    count = int((high - low) / step + 1e-9)
    return np.array([low + step * at for at in range(1, count + 1)])


def answer(result: DoseResponse) -> str:
    """The relative risk per unit, or at a few doses, with the model."""
    low, high = result.range
    unit = f" {result.data.unit}" if result.data.unit else ""
    if not result.knots.size:
        step = float(doses(result)[0] - low)
        found = result.predict(low + step)
        shown = RATIO.back([found.estimate[0], found.ci_low[0], found.ci_high[0]])
        words = (
            f"Relative risk {effect(float(shown[0]))} ({coverage(result.level)} CI "
            f"{interval(float(shown[1]), float(shown[2]))}) for each {significant(step)}{unit} more"
        )
    else:
        found = result.predict(doses(result))
        limits = (RATIO.back(one) for one in (found.estimate, found.ci_low, found.ci_high))
        parts = [
            f"{effect(float(one))} ({interval(float(lower), float(upper))}) at {dose:g}"
            for dose, one, lower, upper in zip(found.dose, *limits, strict=True)
        ]
        words = f"Relative risk against {low:g}{unit} ({coverage(result.level)} CI): {'; '.join(parts)}"
    return (
        f"{words}, from {studies(result.k)} with doses from {low:g} to {high:g}{unit} ({model(result)}). Observed "
        "differences between people, not the effect of a treatment; nothing is said of doses beyond these."
    )


def model(result: DoseResponse) -> str:
    """Shape, covariances, method."""
    shape = "straight line"
    if result.knots.size:
        shape = f"restricted cubic spline, knots at {', '.join(f'{one:.4g}' for one in result.knots)}"
    pooled = f"{METHODS[result.method]}, {result.stages} stage{'s' if result.stages == 'two' else ''}"
    return f"{shape}; {COVARIANCES[result.covariance]}; {pooled if result.k > 1 else 'one study'}"


def tests(result: DoseResponse) -> str:
    """The Wald tests, and how much the curves vary between studies."""
    words = f"Test of no trend: {p_value(result.overall)}."
    if np.isfinite(result.nonlinear):
        words += f" Test of a straight line against the curve: {p_value(result.nonlinear)}."
    if result.psi is not None:
        sd = ", ".join(significant(float(one)) for one in np.sqrt(np.diag(result.psi)))
        words += f" Standard deviation between studies of the coefficient{'s' * (result.psi.size > 1)}: {sd}."
    return words


@show.register
def _(result: DoseResponse) -> str:
    lines = [
        f"{name:<14} {fixed(float(one), 5):>10}  SE {fixed(float(error), 5)}"
        for name, one, error in zip(terms(result), result.beta, np.sqrt(np.diag(result.vcov)), strict=True)
    ]
    return "\n".join([answer(result), *lines, tests(result), *(f"! {sentence(note)}" for note in result.notes)])


def terms(result: DoseResponse) -> list[str]:
    """What each coefficient belongs to."""
    return ["dose", *(f"spline term {at}" for at in range(1, result.beta.size))]
