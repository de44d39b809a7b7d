"""Refits of one analysis with studies left out or added one at a time: each is one batch over the kernel."""

from dataclasses import dataclass
from typing import Literal

from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.kernels.contract import FloatArray
from metak2.models.pooled import Pooled
from metak2.shown import Drawn


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Refits(Drawn):
    """The pooled effect refitted once per study, on the analysis scale.

    `study` is the study left out or added; arrays are (rows,). Intervals follow the rule of `base`. `tau2` and `I2` are
    NaN where the method has none.
    """

    kind: Literal["leave-one-out", "cumulative"]
    base: Pooled
    study: tuple[str, ...]
    k: FloatArray
    estimate: FloatArray
    se: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    pval: FloatArray
    tau2: FloatArray
    I2: FloatArray
    Q: FloatArray
    notes: tuple[Note, ...] = ()

    @property
    def label(self) -> tuple[str, ...]:
        """The name of each row: "without Habu 2004", "+ Yoshida 2011"."""
        word = "without" if self.kind == "leave-one-out" else "+"
        return tuple(f"{word} {study}" for study in self.study)

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return self.base.measure
