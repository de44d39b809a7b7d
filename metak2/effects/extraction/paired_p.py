"""A difference of two mean changes where each arm prints the p value of its own paired test."""

from collections.abc import Sequence

from metak2.effects.alternative_readings import Reading
from metak2.effects.conversions import change_sd_from_paired_p, record


def difference_from_paired_p(changes: Sequence[float], n: Sequence[float], pvals: Sequence[float]) -> Reading:
    """The difference of the mean changes, experimental less control, each arm's SD from its p (Handbook 6.5.2.8).

    >>> reading = difference_from_paired_p((0.5, 0.2), (10, 12), (0.01, 0.3))
    >>> round(reading.effect, 2), round(reading.se, 3)
    (0.3, 0.24)
    """
    steps = []
    for change, people, pval in zip(changes, n, pvals, strict=True):
        inputs = {"mean change": float(change), "n": float(people), "p": float(pval)}
        sd = {"SD": float(change_sd_from_paired_p(change, people, pval))}
        steps.append(record("change SD from a paired p", inputs, sd, "paired t test"))
    variance = sum(step.output["SD"] ** 2 / step.inputs["n"] for step in steps)
    return Reading(effect=round(changes[0] - changes[1], 9), se=variance**0.5, steps=steps)
