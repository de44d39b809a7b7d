"""MK-N: numbers of single groups, correlations and paired data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from metak2.errors import CellProblem
from metak2.studies.rows import Side, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """What a number can be, in words and as limits; `open` where the limits themselves are impossible."""

    said: str
    low: float = float("-inf")
    high: float = float("inf")
    open: bool = False
    whole: bool = False

    def holds(self, value: float) -> bool:
        """Whether the number can stand there."""
        inside = self.low < value < self.high if self.open else self.low <= value <= self.high
        return inside and (value.is_integer() or not self.whole)


_COUNT = Range(said="a whole number of 0 or more", low=0, whole=True)
_PEOPLE = Range(said="a whole number of people, 1 or more", low=1, whole=True)
_SPREAD = Range(said="above 0", low=0, open=True)

RANGES: Mapping[str, Range] = {
    "r": Range(said="between -1 and 1", low=-1, high=1),
    "alpha": Range(said="below 1", high=1, open=True),
    "items": Range(said="a whole number of 2 or more", low=2, whole=True),
    "r_squared": Range(said="between 0 and 1", low=0, high=1),
    "v": _SPREAD,
    "sd": _SPREAD,
    **dict.fromkeys(("sd_1", "sd_2", "sd_pre_e", "sd_pre_c"), _SPREAD),
    **dict.fromkeys(("n_first", "n_second", "n_e", "n_c", "predictors"), _PEOPLE),
    **dict.fromkeys(("both", "first_only", "second_only", "neither", "event_first", "event_second"), _COUNT),
    **dict.fromkeys(("homozygous_1", "heterozygous", "homozygous_2"), _COUNT),
}


def impossible_value(side: Side) -> Iterator[CellProblem]:
    """MK-N01: a number that its column cannot hold, such as a correlation of 1.2."""
    for role, column in side.columns.items():
        allowed = RANGES.get(column)
        if allowed is not None and role == column and side.has(role) and not allowed.holds(side.number(role)):
            yield side.problem("MK-N01", role, f"{plain(side.number(role))} is not {allowed.said}")
