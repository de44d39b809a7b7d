"""What else could have been chosen: the ways of analysing one set of trials, and the filters that leave some out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metak2.effects.integrity import NOT_POOLED_BY_DEFAULT
from metak2.models.conventions import Prediction, Test
from metak2.studies.table import StudyTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A rule that leaves trials out: those whose `column` holds a word of `drop`, or none of `keep`, where given.

    A blank cell is a word of its own, "": it is not in `keep` unless that says so.
    """

    name: str
    column: str
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()

    def kept(self, studies: StudyTable) -> NDArray[np.bool_]:
        """Which trials stay, `(k,)`."""
        words = studies.words(self.column)
        return np.array([word not in self.drop and (not self.keep or word in self.keep) for word in words], dtype=bool)


INTEGRITY = Filter(name="without trials of concern", column="integrity_status", drop=NOT_POOLED_BY_DEFAULT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Specification:
    """One way to analyse: `filters` are the names of those that are applied."""

    measure: str
    method: str = "REML"
    test: Test = "HK"
    prediction: Prediction = "t(k-1)"
    zero_cells: str = "affected"
    filters: tuple[str, ...] = (INTEGRITY.name,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternatives:
    """What else could have been chosen, beside the plan. Every filter is applied and not applied."""

    measures: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    tests: tuple[Test, ...] = ()
    predictions: tuple[Prediction, ...] = ()
    zero_cells: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = (INTEGRITY,)
