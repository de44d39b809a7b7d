"""Counts behind percentages that were printed with few decimals: the interval of tables that they allow."""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from metak2.effects.conversions import record
from metak2.effects.derived.designs import counts_from_percentage
from metak2.errors import CellProblem, ModelError, StudyDataError
from metak2.studies.checks.counts import no_count_of_percentage
from metak2.studies.table import Conversion, StudyTable

_Arm = list[tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PossibleCounts:
    """Three tables of counts that print as the same percentages.

    `nearest` has in each arm the count that comes nearest to the percentage; `lowest` the fewest events that the
    rounding allows in the experimental and the most in the control arm, so that every ratio is at its lowest; `highest`
    the reverse. An answer that differs between them is open.
    """

    nearest: StudyTable
    lowest: StudyTable
    highest: StudyTable


def counts_of_percentages(studies: StudyTable, *, decimals: int | None = None) -> PossibleCounts:
    """The events of every arm from its percentage and its people.

    Percentages of people followed to the end, not of a Kaplan–Meier curve, whose percentages are of no whole count; a
    percentage of people free of the event (`direction`) is turned round.

    Parameters
    ----------
    decimals
        With which the percentages were printed; left out, those of the cell, 33.3 having one.

    Raises
    ------
    ModelError
        A table of another kind.
    StudyDataError
        Percentages that no count of the arm gives, all of them, each with its cell.
    """
    if studies.kind != "percentages":
        raise ModelError(f"counts are made of percentages; this table holds {studies.kind}")
    problems: list[CellProblem] = []
    arms = {side: _possible(studies, side, decimals, problems) for side in "ec"}
    if problems:
        raise StudyDataError(problems, source=studies.source)
    nearest = {
        side: [_nearest(counts, _exact(studies, side, row)) for row, counts in enumerate(found)]
        for side, found in arms.items()
    }
    fewest, most = (
        {side: [end(counts) if counts else None for counts in found] for side, found in arms.items()}
        for end in (min, max)
    )
    return PossibleCounts(
        nearest=_table(studies, arms, nearest),
        lowest=_table(studies, arms, {"e": fewest["e"], "c": most["c"]}),
        highest=_table(studies, arms, {"e": most["e"], "c": fewest["c"]}),
    )


def _nearest(counts: tuple[int, ...], exact: float) -> int | None:
    return min(counts, key=lambda count: abs(count - exact)) if counts else None


def _exact(studies: StudyTable, side: str, row: int) -> float:
    """Events that the percentage would be, were it exact."""
    percent = float(studies.numbers(f"percent_{side}")[row])
    event = 100 - percent if studies.words("direction")[row] == "event-free" else percent
    return event * float(studies.numbers(f"n_{side}")[row]) / 100


def _possible(studies: StudyTable, side: str, decimals: int | None, problems: list[CellProblem]) -> _Arm:
    """The counts that each row's percentage allows, () where it is blank."""
    found: _Arm = []
    percents, people = studies.numbers(f"percent_{side}"), studies.numbers(f"n_{side}")
    for row, (percent, n) in enumerate(zip(percents, people, strict=True)):
        if np.isnan(percent) or np.isnan(n):
            found.append(())
            continue
        digits = _decimals(float(percent)) if decimals is None else decimals
        event = round(100 - percent, 9) if studies.words("direction")[row] == "event-free" else float(percent)
        counts = counts_from_percentage(event, int(n), decimals=digits)
        if not counts:
            cells = studies.cells.get(f"percent_{side}", ("",) * len(studies))
            where = (cells[row], f"percent_{side}")
            problems.append(no_count_of_percentage(where, float(percent), float(n), digits))
        found.append(counts)
    return found


def _decimals(value: float) -> int:
    return max(0, -int(Decimal(repr(value)).normalize().as_tuple().exponent))


def _table(studies: StudyTable, arms: dict[str, _Arm], chosen: dict[str, list[int | None]]) -> StudyTable:
    steps: list[tuple[Conversion, ...]] = [()] * len(studies)
    columns = {}
    for side, counts in chosen.items():
        columns[f"event_{side}"] = np.array([np.nan if count is None else float(count) for count in counts])
        columns[f"derived_{side}"] = np.array(["" if count is None else "yes" for count in counts], dtype=object)
        for row, count in enumerate(counts):
            if count is None:
                continue
            allowed = arms[side][row]
            inputs = {
                "percentage": float(studies.numbers(f"percent_{side}")[row]),
                "n": float(studies.numbers(f"n_{side}")[row]),
                "fewest": float(allowed[0]),
                "most": float(allowed[-1]),
            }
            steps[row] = (*steps[row], record("counts from percentage", inputs, {"events": float(count)}))
    return studies.converted(columns, steps, kind="counts")
