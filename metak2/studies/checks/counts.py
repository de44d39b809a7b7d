"""MK-C: events, people, person-time and percentages."""

import math
from collections.abc import Iterator

from metak2.errors import CellProblem
from metak2.studies.rows import Side, plain

COUNTS = ("events", "n", "n_randomised")


def negative_count(side: Side) -> Iterator[CellProblem]:
    """MK-C01: fewer than no events or people."""
    for role in COUNTS:
        if side.number(role) < 0:
            yield side.problem("MK-C01", role, f"{plain(side.number(role))} is fewer than none")


def fractional_count(side: Side) -> Iterator[CellProblem]:
    """MK-C02: a part of an event or a person."""
    for role in COUNTS:
        if side.has(role) and not side.number(role).is_integer():
            yield side.problem(
                "MK-C02",
                role,
                f"{plain(side.number(role))} is not a whole number",
                suggestion=_whole(side, role),
            )


def _whole(side: Side, role: str) -> str:
    """What a fraction of a person may have been: thousands grouped by a point, or a percentage."""
    value, people = side.number(role), side.number("n")
    if role == "events" and 0 < value <= 100 and people.is_integer() and people > 0:
        count = round(value * people / 100)
        if abs(100 * count / people - value) <= 0.05 + 1e-9:
            return f"as a percentage of {plain(people)} it would be {count}: type the count"
    if plain(value * 1000).isdigit() and value >= 1:
        return f"it may have been {plain(value * 1000)}, with a point between the thousands: type the count"
    return "type the count; a percentage belongs into the sheet percentages"


def not_a_count(cell: str, column: str, raw: str, role: str) -> CellProblem:
    """MK-C03: a word where a count belongs."""
    what = {"events": "a count of events", "percent": "a percentage", "person_time": "a length of time"}
    return CellProblem(
        code="MK-C03",
        severity="error",
        message=f"'{raw}' is not {what.get(role, 'a count of people')}",
        cell=cell,
        column=column,
        raw=raw,
        suggestion="type the number, or leave the cell blank where none is reported",
    )


def nobody_in_arm(side: Side) -> Iterator[CellProblem]:
    """MK-C04: an arm of no people."""
    for role in ("n", "n_randomised"):
        if side.number(role) == 0:
            yield side.problem("MK-C04", role, "an arm of 0 people", suggestion="leave it blank if it is not reported")


def no_person_time(side: Side) -> Iterator[CellProblem]:
    """MK-C05: no time at risk."""
    if side.number("person_time") <= 0:
        yield side.problem("MK-C05", "person_time", f"{plain(side.number('person_time'))} is no time at risk")


def impossible_percentage(side: Side) -> Iterator[CellProblem]:
    """MK-C06: less than 0 or more than 100 per cent."""
    if side.has("percent") and not 0 <= side.number("percent") <= 100:
        yield side.problem("MK-C06", "percent", f"{plain(side.number('percent'))} is not between 0 and 100 per cent")


def events_above_total(side: Side) -> Iterator[CellProblem]:
    """MK-C07: more people with an event than people."""
    if side.number("events") > side.number("n") and side.number("n").is_integer():
        events, people = plain(side.number("events")), plain(side.number("n"))
        yield side.problem(
            "MK-C07", "events", f"{events} events among {people} people ({side.columns['n']} in {side.cell('n')})"
        )


def percentage_for_count(side: Side, number_format: str) -> Iterator[CellProblem]:
    """MK-C08: a percentage where a count belongs, as its format or a fraction below 1 shows."""
    share = side.number("events")
    formatted = "%" in number_format
    if not 0 < share <= 1 or not (formatted or share < 1):
        return
    people = side.number("n")
    suggestion = "type the count"
    if people > 0:
        nearest = share * people
        also = "" if abs(nearest - round(nearest)) < 0.005 else f", but that is not whole ({nearest:.2f})"
        suggestion = f"{share:.4g} of {plain(people)} would be {round(nearest)}{also}: type the count"
    shown = f", shown as {share * 100:.15g}%" if formatted else ""
    yield side.problem(
        "MK-C08", "events", f"{plain(share)}{shown} is a percentage, not a count of events", suggestion=suggestion
    )


def no_count_gives_percentage(side: Side, *, decimals: int) -> Iterator[CellProblem]:
    """MK-C09: a percentage of the people in the arm that no whole count of them gives (GRIM; Brown & Heathers 2017)."""
    percent, people = side.number("percent"), side.number("n")
    if not (0 <= percent <= 100 and people >= 1 and people.is_integer()):
        return
    message = _no_count(percent, people, decimals)
    if message:
        told = f"{message}; n in {side.cell('n')})"
        yield side.problem("MK-C09", "percent", told, severity="warning", suggestion=CHECK_PERCENTAGE)


CHECK_PERCENTAGE = "check this: the percentage, or the number of people that it is of"


def no_count_of_percentage(where: tuple[str, str], percent: float, people: float, decimals: int) -> CellProblem:
    """MK-C09 where a count is to be made of the percentage, as an error."""
    cell, column = where
    return CellProblem(
        code="MK-C09",
        severity="error",
        message=f"{_no_count(percent, people, decimals)})",
        cell=cell,
        column=column,
        raw=plain(percent),
        suggestion=f"{CHECK_PERCENTAGE}; a Kaplan-Meier curve is no share of people (hazard_ratios_from_percentages)",
    )


def _no_count(percent: float, people: float, decimals: int) -> str:
    """What the nearest counts would give, "" where a count gives the percentage."""
    half = 0.5 * 10.0**-decimals + 1e-9
    low, high = (percent - half) * people / 100, (percent + half) * people / 100
    if math.floor(high) >= math.ceil(low):
        return ""
    nearest = [count for count in (math.floor(low), math.ceil(high)) if 0 <= count <= people]
    offers = " and ".join(f"{count} gives {100 * count / people:.{decimals}f}" for count in nearest)
    return f"no whole count of {plain(people)} is {percent:.{decimals}f} per cent ({offers}"
