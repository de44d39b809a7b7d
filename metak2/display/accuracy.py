"""Diagnostic accuracy as sentences and in print. Importing this module registers what `print(result)` shows."""

import numpy as np

from metak2.display.notes import sentence
from metak2.display.numbers import between, bracketed, count, fixed, percent, significant
from metak2.display.sentences import coverage, studies
from metak2.models.accuracy_result import Accuracy, Summary
from metak2.shown import show

LIKELIHOODS = {
    "binomial": "bivariate model, binomial likelihood",
    "ML": "bivariate model, normal approximation, ML",
    "REML": "bivariate model, normal approximation, REML",
}
PREVALENCE = 0.1  # of the example that turns the ratios into people


def share(one: Summary) -> str:
    """A sensitivity or specificity with its interval: 77 % (67 to 85)."""
    if np.isnan(one.estimate):
        return fixed(None, 0)
    return f"{percent(100 * one.estimate)} {bracketed(100 * one.low, 100 * one.high, 0)}"


def ratio(one: Summary) -> str:
    """A likelihood ratio or odds ratio with its interval."""
    return f"{significant(one.estimate)} ({between(one.low, one.high)})"


def answer(result: Accuracy) -> str:
    """Summary sensitivity and specificity, and what they mean among 1000 people tested."""
    ill = 1000 * PREVALENCE
    missed = ill * (1 - result.sensitivity.estimate)
    alarmed = (1000 - ill) * (1 - result.specificity.estimate)
    return (
        f"Summary sensitivity {share(result.sensitivity)} and specificity {share(result.specificity)}, "
        f"{coverage(result.level)} CI, from {studies(result.k)} ({LIKELIHOODS[result.likelihood]}). Among 1000 people "
        f"tested of whom {count(ill)} have the disease, about {count(missed)} would be missed and {count(alarmed)} "
        "without it test positive."
    )


def ratios(result: Accuracy) -> str:
    """Likelihood ratios and the diagnostic odds ratio."""
    return (
        f"A positive result multiplies the odds of disease by {ratio(result.positive_ratio)}, a negative one by "
        f"{ratio(result.negative_ratio)}; diagnostic odds ratio {ratio(result.odds_ratio)}."
    )


def variation(result: Accuracy) -> str:
    """How sensitivity and specificity vary between studies."""
    first, second = np.diag(result.sigma)
    return (
        f"Between studies the variance of logit sensitivity is {significant(float(first))}, of logit specificity "
        f"{significant(float(second))}, their correlation {fixed(result.correlation, 2)}."
    )


@show.register
def _(result: Accuracy) -> str:
    lines = [answer(result), ratios(result), variation(result)]
    return "\n".join([*lines, *(sentence(note) for note in result.notes)])
