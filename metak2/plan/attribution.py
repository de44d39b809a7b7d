"""Which change moved which number: an analysis run with each change made alone, and with all of them."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from metak2.errors import MetaError
from metak2.plan.quantities import Numbers, Quantity
from metak2.studies.changes import Change

RTOL, ATOL = 1e-8, 1e-12  # those of `metak2 verify`: what moves less is rounding
Run = Callable[[frozenset[int]], Numbers]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A number that moved, NaN where a version has none.

    `alone` is its value with one change made, a change each; NaN where that change cannot be made alone.
    """

    quantity: Quantity
    old: float
    new: float
    alone: tuple[float, ...]

    @property
    def step(self) -> float:
        """How far all changes together moved it."""
        return self.new - self.old

    @property
    def steps(self) -> tuple[float, ...]:
        """How far each change alone moves it: 0 where it does not, NaN where it cannot be made alone."""
        return tuple(0.0 if _same(self.old, value) else value - self.old for value in self.alone)

    @property
    def remainder(self) -> float:
        """What the changes do together beyond the sum of each alone; NaN where one of them cannot be made alone."""
        rest = self.step - math.fsum(self.steps) if all(map(math.isfinite, self.steps)) else math.nan
        return 0.0 if abs(rest) <= RTOL * max(abs(self.old), abs(self.new)) else rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Two versions of an analysis: what changed, which numbers moved, and by which change.

    `refused` says of each change why it cannot be made alone, "" where it can; `undone` are numbers that single changes
    move and all together do not; `compared` counts the numbers that both versions have.
    """

    analysis: str
    old: str
    new: str
    changes: tuple[Change, ...]
    refused: tuple[str, ...]
    moved: tuple[Moved, ...]
    undone: tuple[Moved, ...]
    compared: int

    @property
    def idle(self) -> tuple[Change, ...]:
        """The changes that move no number; one that cannot be made alone is not among them."""
        told = (*self.moved, *self.undone)
        moving = {at for moved in told for at, step in enumerate(moved.steps) if step != 0}
        return tuple(change for at, change in enumerate(self.changes) if at not in moving)


def attribute(run: Run, changes: Iterable[Change], *, analysis: str, versions: tuple[str, str]) -> Attribution:
    """Run without a change, with each alone, and with all of them; what fails alone is said, not guessed.

    `run` gives the numbers with these changes made, by their place. MetaError where either version cannot be run.
    """
    listed = tuple(changes)
    old = run(frozenset())
    new = run(frozenset(range(len(listed)))) if listed else old
    tried = [_alone(run, at) for at in range(len(listed))] if len(listed) > 1 else [(new, "")] * len(listed)
    told = [
        Moved(
            quantity=one,
            old=_value(old, one),
            new=_value(new, one),
            alone=tuple(math.nan if numbers is None else _value(numbers, one) for numbers, _ in tried),
        )
        for one in dict.fromkeys((*new, *old))
    ]
    return Attribution(
        analysis=analysis,
        old=versions[0],
        new=versions[1],
        changes=listed,
        refused=tuple(why for _, why in tried),
        moved=tuple(one for one in told if not _same(one.old, one.new)),
        undone=tuple(one for one in told if _same(one.old, one.new) and any(one.steps)),
        compared=len(old.keys() & new.keys()),
    )


def _alone(run: Run, at: int) -> tuple[Numbers | None, str]:
    """The numbers with one change made, or why it cannot be made alone."""
    try:
        return run(frozenset({at})), ""
    except MetaError as error:
        return None, "; ".join(line.strip() for line in str(error).splitlines())


def _value(numbers: Numbers, quantity: Quantity) -> float:
    return numbers.get(quantity, math.nan)


def _same(one: float, other: float) -> bool:
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return one == other or math.isclose(one, other, rel_tol=RTOL, abs_tol=ATOL)
