"""Rare events: the table of methods as text, and their disagreement in a sentence."""

import numpy as np

from metak2.display.grid import CAUTION, Grid, Part, shown_in_parts
from metak2.display.listing import listed
from metak2.display.notes import SENTENCES
from metak2.display.numbers import effect, fixed, interval, p_number
from metak2.effects.measures import measure_named
from metak2.effects.notes import Note
from metak2.models.rare_events import DoubleZero, RareEvents, RareRow

ODDS_RATIO = measure_named("OR")


def disagreement(table: RareEvents) -> str:
    """How far the methods are apart, which of them exclude no difference, and what the double-zero trials change."""
    empty = int(table.data.empty.sum())
    parts = [_apart(table), _verdicts(table), _kept(table, empty) if empty and _finite(table) else ""]
    return " ".join(part for part in parts if part)


def _answers(table: RareEvents, double_zero: DoubleZero) -> list[RareRow]:
    return [row for row in table.rows if row.double_zero == double_zero and not np.isnan(row.estimate)]


def _finite(table: RareEvents) -> list[RareRow]:
    return [row for row in _answers(table, "left out") if row.scale == "OR" and np.isfinite(row.estimate)]


def _ratio(row: RareRow) -> str:
    return effect(float(ODDS_RATIO.back(row.estimate)))


def _apart(table: RareEvents) -> str:
    rows = _finite(table)
    if not rows:
        return "No method has a finite odds ratio for these trials."
    if len(rows) == 1:
        return f"{rows[0].label} alone has a finite odds ratio, {_ratio(rows[0])}."
    low, high = min(rows, key=lambda row: row.estimate), max(rows, key=lambda row: row.estimate)
    if _ratio(low) == _ratio(high):
        return f"All methods give an odds ratio of {_ratio(low)}."
    return f"The odds ratio runs from {_ratio(low)} ({low.label}) to {_ratio(high)} ({high.label})."


def _verdicts(table: RareEvents) -> str:
    rows = _answers(table, "left out")
    finding = [row for row in rows if row.ci_low > 0 or row.ci_high < 0]
    if not rows:
        return ""
    if len(finding) == len(rows):
        return "Every interval excludes the null value."
    if not finding:
        return "Every interval includes the null value."
    others = [row for row in rows if row not in finding]
    return (
        f"The methods disagree: the null value lies outside the {'intervals' if len(finding) > 1 else 'interval'} of "
        f"{_names(finding)}, and inside {'those' if len(others) > 1 else 'that'} of {_names(others)}."
    )


def _names(rows: list[RareRow]) -> str:
    return "; ".join(row.label for row in rows)


def _kept(table: RareEvents, empty: int) -> str:
    one = "The trial without events in either arm"
    trials = one if empty == 1 else f"The {empty} trials without events in either arm"
    moved = [
        (without, kept)
        for kept in _answers(table, "kept")
        for without in [table.row(kept.method, "left out")]
        if kept.scale == "OR" and np.isfinite(kept.estimate) and not np.isnan(without.estimate)
        and _ratio(kept) != _ratio(without)
    ]  # fmt: skip
    if not moved:
        return f"{trials} change{'s' * (empty == 1)} no odds ratio."
    changes = listed(tuple(f"{kept.label} from {_ratio(without)} to {_ratio(kept)}" for without, kept in moved))
    return f"{trials} move{'s' * (empty == 1)} {changes}, and no other odds ratio."


@shown_in_parts(RareEvents)
def _(table: RareEvents) -> list[Part]:
    rows = [(row.label, row.double_zero, str(row.k), *_result(row)) for row in table.rows]
    caution = [f"{CAUTION}{SENTENCES['PETO_CAUTION'](Note(code='PETO_CAUTION'))}"] if table.peto_doubtful else []
    return [Grid(heads=("", "double-zero", "k", "effect (interval)", "p"), rows=rows), *caution, disagreement(table)]


def _result(row: RareRow) -> tuple[str, str]:
    """Effect with interval, and p; why there is none in their place."""
    if row.why_not:
        return f"– {row.why_not}", ""
    if row.scale == "AS":
        low, high = fixed(row.ci_low, 3), fixed(row.ci_high, 3)
        return f"{fixed(row.estimate, 3)} ({low} to {high}) radians", p_number(row.pval)
    limits = ODDS_RATIO.back([row.ci_low, row.ci_high])
    return f"{_ratio(row)} ({interval(float(limits[0]), float(limits[1]))})", p_number(row.pval)
