"""MK-E10 to E17: printed numbers that do not follow from each other. Each says "check this"; none says why it is so."""

import math
from collections.abc import Iterator, Mapping, Sequence

from metak2.errors import CellProblem
from metak2.studies.checks.effects import RATIOS
from metak2.studies.checks.printed import (
    NORMAL,
    chi2_tail,
    gap,
    half_units,
    p_text,
    widened_for_t,
    z_of_p,
    z_range,
    z_range_of_p,
)
from metak2.studies.rows import Entry, Side, plain

OFF_CENTRE = 0.06  # half-widths beside rounding: profile and bootstrap intervals lie a little aside
APART = 0.15  # z scores beside all rounding: Zwakenberg 2019 prints 0.08 apart
APART_CHI2 = 0.1


def interval_off_centre(side: Side) -> Iterator[CellProblem]:
    """MK-E10: the estimate is not in the middle of its interval, on its scale, by more than rounding allows."""
    entries = _numbers(side, "estimate", "ci_low", "ci_high")
    if entries is None:
        return
    stated = side.word("measure").upper()
    ratio = stated in RATIOS
    (estimate, low, high), halves = [float(entry.value) for entry in entries], half_units(entries)
    if not low <= estimate <= high or low == high or (ratio and low <= halves[1]):
        return
    middle = (_middle(low - halves[1], high - halves[2], ratio), _middle(low + halves[1], high + halves[2], ratio))
    at = _middle(low, high, ratio)
    off, half_width = (_distance(one, other, ratio) for one, other in ((estimate, at), (high, at)))
    if gap((estimate - halves[0], estimate + halves[0]), middle) == 0 or off <= OFF_CENTRE * half_width:
        return
    if not stated and low > 0 and _centred_as_ratio(estimate, low, high, halves):
        return
    where = "on the log scale " if ratio else ""
    hints = []
    if ratio and abs(estimate - (low + high) / 2) <= sum(halves):
        hints.append("it is in the middle on the plain scale, so the ratio may have been analysed without logarithms")
    if not ratio and abs(estimate + (low + high) / 2) <= halves[0] + (halves[1] + halves[2]) / 2 + 0.02 * (high - low):
        hints.append(f"{plain(-estimate)} would be in the middle, so a minus sign may have been lost")
    message = f"{plain(estimate)} is not in the middle of {plain(low)} to {plain(high)}, which {where}is {at:.3g}"
    hint = "; ".join(["check the three numbers against the source", *hints])
    yield side.problem("MK-E10", "estimate", message, severity="warning", suggestion=hint)


def _centred_as_ratio(estimate: float, low: float, high: float, halves: Sequence[float]) -> bool:
    """Whether the estimate is in the middle on the log scale: a sheet that names no measure may hold ratios."""
    off = abs(math.log(estimate) - (math.log(low) + math.log(high)) / 2)
    rounding = halves[0] / estimate + (halves[1] / low + halves[2] / high) / 2
    return off <= OFF_CENTRE * (math.log(high) - math.log(low)) / 2 + rounding


def p_not_from_interval(side: Side) -> Iterator[CellProblem]:
    """MK-E11: a p value that does not follow from the estimate with its interval or standard error."""
    p = _numbers(side, "pval")
    if p is None or not 0 < float(p[0].value) < 1:
        return
    scores = _scores(side)
    one_sided = side.word("p_sided").casefold() == "one"
    if scores is None or gap(scores, z_range_of_p(p[0], one_sided=one_sided)) <= APART:
        return
    shown = p_text(min(scores, key=lambda score: abs(score - z_of_p(float(p[0].value)))))
    given = "its standard error" if side.has("se") else "its interval"
    yield side.problem(
        "MK-E11",
        "pval",
        f"p is {plain(float(p[0].value))}, but {plain(side.number('estimate'))} with {given} gives about {shown}",
        severity="warning",
        suggestion="check this: the estimate, its precision or p may be misprinted, or come from different analyses",
    )


def p_not_from_chi2(row: Mapping[str, Entry], columns: tuple[str, str, str]) -> Iterator[CellProblem]:
    """MK-E16: a p value that does not follow from its chi-square and degrees of freedom."""
    chi2, df, p = (row[column] for column in columns)
    if not all(isinstance(entry.value, float) for entry in (chi2, df, p)):
        return
    statistic, degrees, value = float(chi2.value), float(df.value), float(p.value)
    if not (statistic >= 0 and degrees.is_integer() and 1 <= degrees <= 100 and 0 < value < 1):
        return
    half = half_units([chi2])[0]
    tails = [max(chi2_tail(max(statistic + shift, 0.0), int(degrees)), 1e-300) for shift in (half, -half)]
    if gap((z_of_p(tails[1]), z_of_p(tails[0])), z_range_of_p(p)) <= APART_CHI2:
        return
    fits = [other for other in range(1, 11) if gap((z_of_p(chi2_tail(statistic, other)),) * 2, z_range_of_p(p)) < 0.01]
    hint = f"; {fits[0]} degrees of freedom would give it" if fits else ""
    yield CellProblem(
        code="MK-E16",
        severity="warning",
        message=f"p is {plain(value)}, but chi-square {plain(statistic)} with {plain(degrees)} degrees of freedom "
        f"gives {chi2_tail(statistic, int(degrees)):.2g}",
        cell=p.cell,
        column=columns[2],
        raw=p.raw,
        suggestion=f"check this{hint}",
    )


def favours_against_words(side: Side, favours: str, direction: str, higher_is: str) -> Iterator[CellProblem]:
    """MK-E17: the side that a result is said to favour is not the side that its direction favours."""
    word = direction.casefold()
    higher = word.startswith(("high", "more", "increas", "up")) or (not word and side.number("estimate") > _null(side))
    lower = word.startswith(("low", "less", "few", "decreas", "down")) or (
        not word and side.number("estimate") < _null(side)
    )
    if higher == lower or higher_is not in {"better", "worse"}:
        return
    truly = "experimental" if higher == (higher_is == "better") else "control"
    if favours.casefold() in {"experimental", "control"} and favours.casefold() != truly:
        what = f"'{direction}'" if direction else plain(side.number("estimate"))
        yield side.problem(
            "MK-E17",
            "estimate",
            f"{what} is said to favour {favours.casefold()}, but higher is {higher_is} for this outcome",
            severity="warning",
            suggestion="check this: the direction, the side or what higher means may be reversed",
        )


def _null(side: Side) -> float:
    return 1.0 if side.word("measure").upper() in RATIOS else 0.0


def _scores(side: Side) -> tuple[float, float] | None:
    """The z scores that the estimate and its precision allow, all roundings considered."""
    ratio = side.word("measure").upper() in RATIOS
    precise = _numbers(side, "estimate", "se")
    if precise is not None and not ratio and float(precise[1].value) > 0:
        (estimate, error), halves = [float(entry.value) for entry in precise], half_units(precise)
        bounds = (max(error - halves[1], error / 2), error + halves[1])
        return widened_for_t(z_range((estimate - halves[0], estimate + halves[0]), bounds), 0.95)
    entries = _numbers(side, "estimate", "ci_low", "ci_high")
    if entries is None:
        return None
    (estimate, low, high), halves = [float(entry.value) for entry in entries], half_units(entries)
    level = side.number("level")
    level = 0.95 if math.isnan(level) else level / 100 if level > 1 else level
    if not (low < estimate < high and 0.5 <= level < 1) or (ratio and low - halves[1] <= 0):
        return None
    critical = NORMAL.inv_cdf(0.5 + level / 2)
    scale = math.log if ratio else float
    narrow = scale(high - halves[2]) - scale(low + halves[1])
    wide = scale(high + halves[2]) - scale(low - halves[1])
    errors = (max(narrow, wide / 4) / (2 * critical), wide / (2 * critical))
    scores = z_range((scale(estimate - halves[0]), scale(estimate + halves[0])), errors)
    return scores if ratio else widened_for_t(scores, level)


def _numbers(side: Side, *roles: str) -> list[Entry] | None:
    entries = [side.entry(role) for role in roles]
    found = [entry for entry in entries if entry is not None and isinstance(entry.value, float) and not entry.is_blank]
    return found if len(found) == len(roles) else None


def _distance(one: float, other: float, ratio: bool) -> float:
    return abs(math.log(one / other)) if ratio else abs(one - other)


def _middle(low: float, high: float, ratio: bool) -> float:
    return math.sqrt(max(low, 0.0) * high) if ratio else (low + high) / 2
