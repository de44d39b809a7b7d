"""Targets: results that a publication printed, to the digits it printed them with, and the cells that hold them."""

import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from metak2.errors import CellProblem, StudyDataError
from metak2.studies.checks import published as checks
from metak2.studies.checks.files import missing_column
from metak2.studies.read import read_sheet
from metak2.studies.sheet import CellValue, Sheet, text_of

Quantity = Literal["estimate", "ci_low", "ci_high", "p", "I2", "k"]
Row = Mapping[str, CellValue]

EFFECT: tuple[Quantity, ...] = ("estimate", "ci_low", "ci_high")
QUANTITIES: tuple[Quantity, ...] = (*EFFECT, "p", "I2", "k")
_NUMBER = re.compile(r"[-\u2212]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_RANGES: Mapping[str, tuple[float, float, str]] = MappingProxyType(
    {
        "p": (0, 1, "a p value between 0 and 1"),
        "I2": (0, 100, "an I² between 0 and 100 per cent"),
        "level": (0.5, 99.99, "a level such as 95"),
        "decimals": (0, 12, "a number of decimals between 0 and 12"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A number as printed, on the displayed scale; what it was rounded from lies between `low` and `high`.

    `below` marks a bound: p < 0.001. `typed` is how many decimals stand in the cell, which may have lost last zeros.

    >>> Printed(value=0.3, decimals=2).low
    0.295
    """

    value: float
    decimals: int
    below: bool = False
    typed: int = 0

    @property
    def half(self) -> float:
        """Half a unit of the last printed digit."""
        return 0.5 * 10.0**-self.decimals

    @property
    def low(self) -> float:
        """The smallest number that is printed so."""
        return 0.0 if self.below else self.value - self.half

    @property
    def high(self) -> float:
        """The largest number that is printed so."""
        return self.value if self.below else self.value + self.half


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Target:
    """A published result, to be reproduced or questioned.

    `printed` holds what was printed of estimate, ci_low, ci_high, p, I2 (per cent) and k; `measure` is the word of the
    sheet, "" where it names none; `level` the coverage of the interval; `cells` the address of each number.
    """

    review: str
    outcome: str
    measure: str
    printed: Mapping[Quantity, Printed]
    time: str = ""
    subgroup: str = ""
    level: float = 0.95
    p_sided: Literal["one", "two"] = "two"
    cells: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[CellProblem, ...] = ()

    @property
    def has_interval(self) -> bool:
        """Whether estimate and both limits are printed."""
        return set(EFFECT) <= set(self.printed)

    @property
    def label(self) -> str:
        """Review, outcome, time and subgroup, as far as they are given."""
        return ", ".join(part for part in (self.review, self.outcome, self.time, self.subgroup) if part)


def read_targets(path: str | os.PathLike[str], sheet: str = "targets") -> tuple[Target, ...]:
    """The published results of a sheet `targets`, or of a sheet `effects`, one per row.

    Columns: review (or study), outcome, time, subgroup, measure, estimate, ci_low, ci_high, level, p, p_sided, I2, k.
    A workbook forgets the last zeros of 0.30, so `decimals` (of estimate and limits), `p_decimals` and `I2_decimals`
    may state how many were printed; where blank, estimate and limits are taken to be printed alike, with the most
    decimals that one of them has.

    Raises
    ------
    StudyDataError
        With every cell that cannot be read. A target without an interval is no error: it carries the problem MK-V02.
    """
    found = read_sheet(path, sheet)
    problems = [missing_column(sheet, name, found.columns) for name in _missing(found)]
    targets = []
    for row in found.rows if not problems else ():
        target, wrong = target_of(row)
        targets.append(target)
        problems += wrong
    if problems:
        raise StudyDataError(problems, source=found.source)
    return tuple(targets)


def target_of(row: Row) -> tuple[Target, list[CellProblem]]:
    """The published result of one row, and what in it cannot be read."""
    found = {name: _printed(row, name) for name in (*QUANTITIES, "level")}
    wrong = [*_unreadable(row), *_unranged(row, found)]
    printed = {name: value for name in QUANTITIES if (value := found[name]) is not None}
    wrong += _limits(row, printed)
    widest = max((printed[name].decimals for name in EFFECT if name in printed), default=0)
    stated = {name: _printed(row, name) for name in ("decimals", "p_decimals", "I2_decimals")}
    for name, value in printed.items():
        of = "decimals" if name in EFFECT else f"{name}_decimals"
        given = stated.get(of)
        digits = int(given.value) if given else widest if name in EFFECT else value.decimals
        printed[name] = replace(value, decimals=digits)
    level, review = found["level"], text_of(row.get("review") or row.get("study"))
    share = 0.95 if level is None else level.value / 100 if level.value > 1 else level.value
    if not review:
        wrong.append(checks.nameless(next(iter(row.values())).address, "review"))
    blank = [row["ci_low"].address] if "ci_low" in row and "ci_low" not in printed and printed else []
    target = Target(
        review=review,
        outcome=text_of(row.get("outcome")),
        measure=text_of(row.get("measure")),
        printed=MappingProxyType(printed),
        time=text_of(row.get("time")).removeprefix("not stated"),
        subgroup=text_of(row.get("subgroup")),
        level=share,
        p_sided="one" if text_of(row.get("p_sided")).casefold() == "one" else "two",
        cells=MappingProxyType({name: row[name].address for name in printed}),
        problems=tuple(checks.no_interval(cell, review) for cell in blank),
    )
    return target, wrong


def _missing(sheet: Sheet) -> Iterator[str]:
    if not {"review", "study"} & set(sheet.columns):
        yield "review"
    yield from (name for name in ("outcome", "measure", "estimate") if name not in sheet.columns)


def _printed(row: Row, name: str) -> Printed | None:
    """The number in this column with the decimals typed; None where blank or unreadable."""
    text = text_of(row.get(name)).replace(" ", "").replace("\u2212", "-")
    below = name == "p" and text.startswith("<")
    number = text.removeprefix("<") if below else text
    if not _NUMBER.fullmatch(number):
        return None
    mantissa, _, exponent = number.lower().partition("e")
    decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
    return Printed(value=float(number), decimals=max(decimals, 0), below=below, typed=max(decimals, 0))


def _unreadable(row: Row) -> Iterator[CellProblem]:
    for name in (*QUANTITIES, "level", "decimals", "p_decimals", "I2_decimals"):
        cell = row.get(name)
        if cell is not None and not cell.is_blank and _printed(row, name) is None:
            yield checks.not_a_printed_number(cell.address, name, text_of(cell))


def _unranged(row: Row, found: Mapping[str, Printed | None]) -> Iterator[CellProblem]:
    stated = {name: _printed(row, name) for name in ("decimals", "p_decimals", "I2_decimals")}
    for name, number in {**found, **stated}.items():
        if number is not None and (limits := _RANGES.get("decimals" if name.endswith("decimals") else name)):
            low, high, allowed = limits
            whole = not name.endswith("decimals") or math.isclose(number.value, round(number.value))
            if not (low <= number.value <= high and whole):
                yield checks.out_of_range(row[name].address, name, text_of(row[name]), allowed)


def _limits(row: Row, printed: Mapping[Quantity, Printed]) -> Iterator[CellProblem]:
    low, high = printed.get("ci_low"), printed.get("ci_high")
    if low is not None and high is not None and low.value > high.value:
        yield checks.limits_swapped(row["ci_low"].address, text_of(row["ci_low"]), text_of(row["ci_high"]))
    for name, given, other in (("ci_low", low, "ci_high"), ("ci_high", high, "ci_low")):
        readable = text_of(row.get(other)) == ""
        if given is not None and readable:
            yield checks.half_an_interval(row[name].address, name, text_of(row[name]))
