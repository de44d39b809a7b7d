"""Survival summaries in words and as the rows of a table."""

import math
from collections.abc import Sequence

from metak2.display.numbers import fixed
from metak2.effects.survival import Bounds, SurvivalSummary


def reading(result: SurvivalSummary) -> str:
    """What the percentages say of one study, in a sentence."""
    low, high = result.difference.low, result.difference.high
    verdict = "longer" if low > 0 else "shorter" if high < 0 else ""
    told = "either arm may have the longer mean time"
    if verdict:
        told = f"the mean time without the event is {verdict} in the experimental arm"
    return (
        f"{result.study}: up to {fixed(result.horizon, 0)} months {told}, by {between(result.difference)} months for "
        f"any curve through the printed percentages ({signed(result.interpolated, 1)} along straight lines)."
    )


def signed(value: float, digits: int) -> str:
    """A difference with its sign: +4.5, −1.0."""
    return f"{'+' if value > 0 else ''}{fixed(value, digits)}"


def between(bounds: Bounds) -> str:
    """Both ends of a difference, with their signs."""
    return f"{signed(bounds.low, 1)} to {signed(bounds.high, 1)}"


def span(bounds: Bounds, digits: int = 1) -> str:
    """Both ends of a time: 24.0 to 36.0, or beyond 36.0."""
    if math.isinf(bounds.high):
        return f"beyond {fixed(bounds.low, digits)}"
    return f"{fixed(bounds.low, digits)} to {fixed(bounds.high, digits)}"


HEADS = (
    "Study",
    "Horizon (months)",
    "Median, experimental",
    "Median, control",
    "Mean to the horizon, experimental",
    "Mean, control",
    "Difference of means",
)


def rows(results: Sequence[SurvivalSummary]) -> tuple[tuple[str, ...], ...]:
    """A row for each study, in months."""
    return tuple(
        (
            one.study,
            fixed(one.horizon, 0),
            span(one.median_e, 0),
            span(one.median_c, 0),
            span(one.mean_e),
            span(one.mean_c),
            between(one.difference),
        )
        for one in results
    )
