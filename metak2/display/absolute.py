"""What an absolute effect is in words: risks per 1000 people and numbers needed to treat.

A number needed to treat is whole people, rounded so that the treatment never looks better than
it is: up for benefit, down for harm.
"""

import math

from metak2.display.numbers import fixed, interval, percent
from metak2.models.absolute import AbsoluteEffect

LEAST_BASELINE = 0.1  # below this risk a percentage needs a decimal


def per_thousand(result: AbsoluteEffect) -> str:
    """Risks per 1000 people at the stated baseline, with the interval and what a new setting may see."""
    change = "fewer" if result.difference < 0 else "more"
    limits = _thousandths(result.difference_low, result.difference_high)
    seen = _thousandths(result.difference_pi_low, result.difference_pi_high)
    new = f"; in a new setting, by the prediction interval, {seen} per 1000" if result.predicts else ""
    return (
        f"At a baseline risk of {fixed(1000 * result.baseline_risk, 0)} per 1000 over {result.horizon} "
        f"({result.baseline_source}): {fixed(1000 * result.risk, 0)} per 1000 with the experimental treatment, "
        f"{fixed(1000 * abs(result.difference), 0)} {change} (difference {limits} per 1000{new})."
    )


def number_needed(result: AbsoluteEffect) -> str:
    """Number needed to treat with horizon and baseline risk; through infinity where the interval holds 0."""
    baseline = percent(100 * result.baseline_risk, 0 if result.baseline_risk >= LEAST_BASELINE else 1)
    text = _needed(result, result.difference_low, result.difference_high, result.difference)
    if result.predicts:
        text += "; in a new setting (prediction interval) "
        text += _needed(result, result.difference_pi_low, result.difference_pi_high)
    return f"Number needed to treat over {result.horizon}, at a baseline risk of {baseline}: {text}."


def _thousandths(one: float, other: float) -> str:
    low, high = sorted((one, other))
    return interval(1000 * low, 1000 * high, 0)


def _needed(result: AbsoluteEffect, one: float, other: float, at: float | None = None) -> str:
    """The number with its limits; limits alone without `at`; both directions where the interval holds no difference."""
    low, high = sorted((-one, -other) if result.event_is_good else (one, other))
    if low <= 0 <= high:
        return f"NNTB {_people(low, good=True)} to ∞ to NNTH {_people(high, good=False)}"
    good = high < 0
    fewest, most = sorted((low, high), key=abs, reverse=True)
    limits = f"{_people(fewest, good=good)} to {_people(most, good=good)}"
    kind = "NNTB" if good else "NNTH"
    return f"{kind} {limits}" if at is None else f"{kind} {_people(at, good=good)} ({limits})"


def _people(difference: float, *, good: bool) -> str:
    """Whole people for one more event: up for benefit, down (but never below one) for harm."""
    if difference == 0:
        return "∞"
    exact = float(f"{1 / abs(difference):.12g}")  # the last bits of two machines must not add a person
    return fixed(math.ceil(exact) if good else max(math.floor(exact), 1), 0)
