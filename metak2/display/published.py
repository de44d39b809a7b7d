"""Published results, claims and overlap as sentences: what was printed, what follows from it, and "check this"."""

from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType

from metak2.display.listing import listed
from metak2.display.numbers import DASH, count, effect, fixed, p_number, p_value, percent, significant
from metak2.display.sentences import RULES, coverage
from metak2.effects.zero_cells import ZERO_CELLS
from metak2.models.methods import METHODS
from metak2.robustness.consistency import Finding, measure_of
from metak2.robustness.overlap import Overlap
from metak2.robustness.published import Attempt, Reproduction, Specification
from metak2.robustness.removal import Range, Removal
from metak2.robustness.verdicts import JudgedClaim, Shown
from metak2.studies.claims import Evidence
from metak2.studies.targets import Printed, Quantity, Target

QUANTITIES: Mapping[Quantity, str] = MappingProxyType(
    {"estimate": "estimate", "ci_low": "lower limit", "ci_high": "upper limit", "p": "p", "I2": "I²", "k": "k"}
)
MOST_PAIRS = 8
"""Pairs of reviews whose shared trials are named; the citation matrix shows the others."""

INNOCENT = "t quantiles, exact or bootstrap limits, or rounding twice would explain it too"


def as_printed(target: Target) -> str:
    """What was printed, with its own digits: "OR 0.30 (95 % CI 0.05 to 1.74)"; "p = 0.006" where there is no more."""
    parts = []
    if "estimate" in target.printed:
        limits = ""
        if target.has_interval:
            low, high = (printed(target.printed[name]) for name in ("ci_low", "ci_high"))
            limits = f" ({coverage(target.level)} CI {low} to {high})"
        parts.append(f"{target.measure} {printed(target.printed['estimate'])}{limits}".strip())
    if "p" in target.printed:
        sided = "one-sided " if target.p_sided == "one" else ""
        bound = target.printed["p"].below
        parts.append(f"{sided}p {'<' if bound else '='} {printed(target.printed['p'])}")
    if "I2" in target.printed:
        parts.append(f"I² = {printed(target.printed['I2'])}\u202f%")
    return ", ".join(parts) or "no number"


def printed(number: Printed) -> str:
    """A number with the digits it was printed with."""
    return fixed(number.value, number.decimals)


def finding(found: Finding) -> str:
    """A check of one published result, in a sentence: it agrees, or "check this" with the innocent reasons."""
    return SENTENCES[found.code](found) + _sign(found)


def _sign(found: Finding) -> str:
    if found.minus is None:
        return ""
    return f" With the other sign of the {QUANTITIES[found.minus]} the numbers would fit."


def _positive(found: Finding) -> str:
    return f"Check this: a ratio or its limit is printed as {printed(found.printed)}, and a ratio is above 0."


def _inside(found: Finding) -> str:
    within = f"{effect(found.low)} to {effect(found.high)}"
    if found.agrees:
        return f"The interval {within} holds its estimate {printed(found.printed)}."
    return f"Check this: the estimate {printed(found.printed)} lies outside its own interval {within}."


def _centred(found: Finding) -> str:
    if found.agrees:
        return "The estimate lies in the middle of its interval."
    plain = " On the plain scale it is: the ratios may have been pooled without logarithms."
    middle = f"{significant(found.low)} to {significant(found.high)}"
    off = f"{fixed(abs(found.offset), 2)} half-widths off"
    return (
        f"Check this: the estimate {printed(found.printed)} is not in the middle of its interval, which with rounding "
        f"is {middle} ({off}); {INNOCENT}.{plain if found.linear else ''}"
    )


def _p_from_interval(found: Finding) -> str:
    given = f"p {'<' if found.printed.below else '='} {printed(found.printed)}"
    implied = f"{p_value(found.implied)}, with rounding {_p_range(found.low, found.high)}"
    sided = "one-sided " if found.target.p_sided == "one" else ""
    if found.agrees:
        return f"The printed {sided}{given} follows from the interval ({implied})."
    return f"Check this: the interval gives {sided}{implied}, and {given} is printed; {INNOCENT}."


def _p_range(low: float, high: float) -> str:
    if high < 0.001:
        return "below 0.001"
    return f"{significant(low) if low >= 0.001 else 'below 0.001'} to {significant(high)}"


SENTENCES: Mapping[str, Callable[[Finding], str]] = MappingProxyType(
    {"POSITIVE": _positive, "INSIDE": _inside, "CENTRED": _centred, "P_FROM_INTERVAL": _p_from_interval}
)


def removal(found: Removal) -> str:
    """Whether the correction moves the result as its own numbers say."""
    parts = [f"{found.before.label}: {as_printed(found.before)}, then {as_printed(found.after)}."]
    measure = measure_of(found.before)
    null = fixed(measure.null if measure else None, 0)
    if found.loses:
        parts.append(f"The interval did not include {null}, which is no effect, and includes it after the removal.")
    elif found.gains:
        parts.append(f"The interval included {null}, which is no effect, and does not include it after the removal.")
    else:
        parts.append(f"Whether the interval includes {null}, which is no effect, has not changed.")
    parts.append(_removed_share(found))
    if found.expected is not None and found.removed is not None:
        estimate, low, high = (_span(one) for one in found.expected)
        says = "as printed" if found.agrees else f"which is not what is printed: check this; {NOT_ADDITIVE}"
        gone = f"{found.removed.label} ({as_printed(found.removed)})"
        parts.append(f"Without {gone} one expects {estimate} (limits {low} and {high}), {says}.")
    return " ".join(parts)


NOT_ADDITIVE = "under random effects, or if that trial entered with other numbers, weights do not simply add up"


def _removed_share(found: Removal) -> str:
    low, high = found.share
    carried = f"What was removed carried {fixed(low, 0)} to {percent(high)} of the weight under a common effect"
    if found.taken is None:
        return f"{carried}."
    least, most = found.taken
    if least <= 0 and most == float("inf"):
        return f"{carried}; rounding leaves its own effect open."
    own = f"at most {effect(most)}" if least <= 0 else f"at least {effect(least)}" if most == float("inf") else ""
    return f"{carried}; its own effect was {own or _span(found.taken)}."


def _span(one: Range) -> str:
    low, high = effect(one[0]), effect(one[1])
    return low if low == high else f"{low} to {high}"


def specification(chosen: Specification) -> str:
    """One way to the number, in words."""
    words = [chosen.measure, METHODS[chosen.method].label, f"{RULES[chosen.test]} interval"]
    if chosen.convention == "revman5":
        words.append("Q about Mantel–Haenszel")
    if chosen.zero_cells != "affected":
        words.append(ZERO_CELLS[chosen.zero_cells].label)
    if chosen.n != "as given":
        words.append("numbers randomised")
    if chosen.kept == "all":
        words.append("with retracted trials and trials of concern")
    return ", ".join(words)


def reproduction(found: Reproduction) -> str:
    """Whether a published result is reproduced, by which choices, by how much it is missed, and what is missing."""
    head = f"{found.target.label}: {as_printed(found.target)}"
    if found.verdict == "not tried":
        return f"{head}: not tried. {_not_tried(found)}"
    best = found.attempts[0]
    ways = len(found.attempts)
    tried = f"{ways} {'way' if ways == 1 else 'ways'} tried"
    if found.verdict == "reproduced":
        alike = [attempt for attempt in found.attempts if attempt.reproduced == best.reproduced]
        others = f", and as well by {specification(alike[1].specification)}" if len(alike) > 1 else ""
        more = f" and {len(alike) - 2} more" if len(alike) > 2 else ""
        what = listed(tuple(QUANTITIES[name] for name in best.reproduced))
        by = specification(best.specification)
        return f"{head}: reproduced ({what}) by {by}{others}{more} ({tried}).{_left(found)}"
    return (
        f"{head}: {found.verdict} ({tried}). Nearest: {specification(best.specification)}, which gives "
        f"{misses(best, found.target)}.{_left(found)}"
    )


def misses(attempt: Attempt, target: Target) -> str:
    """Every printed number with the one found and its miss in units of the last digit."""
    said = []
    for name, miss in attempt.misses.items():
        number, given = attempt.found[name], target.printed[name]
        off = f"off by {significant(miss / 2, 2)} units of the last digit"
        by = "reproduced" if name in attempt.reproduced else off
        got = p_number(number) if name == "p" else fixed(number, given.decimals + 1)
        said.append(f"{QUANTITIES[name]} {got} for {'< ' if given.below else ''}{printed(given)} ({by})")
    return "; ".join(said)


def _not_tried(found: Reproduction) -> str:
    if not found.target.printed:
        return "No number is printed that could be compared."
    if found.unusable:
        return f"No effect size can be had from {listed(found.unusable)}.{_left(found)}"
    return "The trials behind it, or their numbers, were not found."


def _left(found: Reproduction) -> str:
    cells = Counter(problem.cell.partition("!")[0] for problem in found.missing if problem.code == "MK-G01")
    blank = [problem.cell for problem in found.missing if problem.code == "MK-G01"]
    parts = [f" Blank cells that would let more be tried: {listed(tuple(blank))}."] if cells else []
    parts += [" No interval is printed, so only the rest was compared." for p in found.missing if p.code == "MK-V02"]
    return "".join(parts)


def overlap(found: Overlap) -> str:
    """How much the reviews share, how much of that is known, and which pairs share which trials."""
    told = found.shared[:MOST_PAIRS]
    pairs = "; ".join(f"{a} and {b} share {listed(trials)}" for a, b, trials in told)
    more = f"; and {len(found.shared) - len(told)} more pairs" if len(found.shared) > len(told) else ""
    return f"{covered_area(found)}. Known to be shared: {pairs or 'nothing'}{more}."


def covered_area(found: Overlap) -> str:
    """The corrected covered area, and of how many cells of the matrix it is known."""
    cells = found.holds.size
    known = f"{count(cells - found.unknown)} of {count(cells)} cells of the citation matrix are sourced"
    area = (
        f"the corrected covered area of the listed trials is {percent(found.cca_low)}"
        if found.cca_low == found.cca_high
        else f"the corrected covered area of the listed trials lies between {percent(found.cca_low)} and "
        f"{percent(found.cca_high)}, depending on what is not known"
    )
    word = f" ({found.extent} overlap)" if found.extent else ""
    return f"{known}; {area}{word}"


def shown(one: Shown) -> str:
    """One result beside a claim: whose, what it says, and what its p value implies."""
    target = one.target
    whose = ", ".join(part for part in (one.evidence.row_of, target.outcome, target.time, target.subgroup) if part)
    what = as_printed(target) if target.printed else cell_text(one.evidence)
    implied = ""
    if one.implied is not None:
        low, high = one.implied
        digits = max(target.printed["estimate"].decimals, 2)
        implied = f"; no interval printed, its p implies {fixed(low, digits)} to {fixed(high, digits)}"
    note = f" ({one.evidence.note})" if one.evidence.note else ""
    return f"{whose}: {what}{implied}{note}"


def cell_text(evidence: Evidence) -> str:
    """What stands in a cell, with its unit."""
    value = evidence.value if isinstance(evidence.value, str) else f"{evidence.value:.12g}".replace("-", "\u2212")
    if evidence.unit == "p":
        return f"p < {value.removeprefix('<')}" if value.startswith("<") else f"p = {value}"
    unitless = isinstance(evidence.value, str) or evidence.unit in {"", "ratio"}
    return value if unitless else f"{value} {evidence.unit}"


def held(evidence: Evidence) -> str:
    """Whose cell it is, of which column, and what stands in it."""
    column = "" if evidence.column in {"value", "estimate"} else f", {evidence.column}"
    note = f" ({evidence.note})" if evidence.note else ""
    return f"{evidence.row_of}{column}: {cell_text(evidence)}{note}"


def claimed(judgement: JudgedClaim) -> str:
    """The number claimed, with its unit; a dash where there is none."""
    claim = judgement.claim
    if claim.number is None:
        return DASH
    to = f" to {_plain(claim.to)}" if claim.to is not None else ""
    return f"{_plain(claim.number)}{to} {claim.unit}"


def recomputed(judgement: JudgedClaim) -> str:
    """The number found, in the unit that was claimed, with its interval; a dash where there is none."""
    claim = judgement.claim
    if judgement.found is None:
        return DASH
    text = f"{_plain(judgement.found)} {claim.unit}"
    if judgement.interval is not None:
        low, high = judgement.interval
        text += f" (95\u202f% CI {_plain(low)} to {_plain(high)})"
    if judgement.factor is not None:
        times = judgement.factor if judgement.factor > 1 else 1 / judgement.factor
        text += f"; the claim is {_plain(times)} times too {'much' if judgement.factor > 1 else 'little'}"
    return text


def _plain(value: float | None) -> str:
    """A number as one would say it: 45000 and not 4.5e+04, 0.00001 and not 1e-05."""
    if value is None:
        return DASH
    text = fixed(value, 0) if float(f"{value:.9g}").is_integer() else significant(value, 3)
    return text.rstrip("0") if "." in text else text
