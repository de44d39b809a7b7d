"""What is done where a count is zero. A named policy, or a correction of one's own; never a set of flags."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.contract import FloatArray
from metak2.kernels.zero_cells import add_treatment_arm, has_zero

Cells = tuple[FloatArray, FloatArray, FloatArray, FloatArray]
Where = Literal["affected", "all", "all if any", "none"]
DoubleZero = Literal["drop from ratios", "drop", "keep"]
Manner = Literal["cells", "meta"]

WHERE: Mapping[str, str] = MappingProxyType(
    {
        "affected": "in studies with a zero count",
        "all": "in every study",
        "all if any": "in every study, if any has a zero count",
        "none": "nowhere",
    }
)
DOUBLE_ZERO: Mapping[str, str] = MappingProxyType(
    {
        "drop from ratios": "a study without events (or with nothing else) has no ratio and keeps its difference",
        "drop": "a study without events (or with nothing else) is left out",
        "keep": "a study without events (or with nothing else) is kept",
    }
)
MANNERS: Mapping[str, str] = MappingProxyType(
    {
        "cells": "the corrected counts go into the formulas of effect and variance",
        "meta": "as R's meta: a risk ratio has the correction in its events and once in each arm; differences and "
        "untransformed proportions keep their estimate and have it in the variance",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ZeroCells:
    """A policy for zero counts; `correct` returns the four cells of a two-by-two table that go into the formula.

    `constant` is added `where` that says; None where the amount depends on the arms. A policy that is not
    `unconditional` leaves alone what needs no correction: Peto's odds ratio and variance-stabilised measures.
    `manner` is one of `MANNERS`.
    """

    name: str
    label: str
    reference: str
    correct: Callable[[FloatArray, FloatArray, FloatArray, FloatArray], Cells]
    constant: float | None
    where: Where
    double_zero: DoubleZero = "drop from ratios"
    unconditional: bool = False
    manner: Manner = "cells"

    @property
    def words(self) -> str:
        """What is added where, for counts of any kind."""
        return self.label if self.constant is None else f"{self.constant:g} added to every count {WHERE[self.where]}"

    def added(self, zero: NDArray[np.bool_]) -> FloatArray:
        """What is added to the counts of each study, `zero` marking those with a zero count."""
        if self.constant is None:
            raise ModelError(
                f'zero_cells="{self.name}" is for two-by-two tables of two arms; use "affected", "none" or '
                "continuity_correction(…)"
            )
        return _addend(zero, self.constant, self.where)


def continuity_correction(
    constant: float = 0.5, *, to: Where = "affected", double_zero: DoubleZero = "keep", manner: Manner = "cells"
) -> ZeroCells:
    """A correction of one's own, made whatever the measure: `constant` added to every count of the studies in `to`.

    Parameters
    ----------
    to
        "affected" (studies with a zero count), "all", "all if any" (every study once one has a zero) or "none".
    double_zero
        What becomes of a study without events, or with nothing but events: "keep", "drop" or "drop from ratios".
    manner
        "cells", or "meta" where R's package meta is to be followed: see `MANNERS`.

    Raises
    ------
    UnknownOptionError
        Another word for `to`, `double_zero` or `manner`.
    ModelError
        A constant that is negative or not finite.

    >>> continuity_correction(0.25, to="all").label
    '0.25 added to every count in every study'
    """
    if to not in WHERE:
        raise UnknownOptionError("to", to, WHERE)
    if double_zero not in DOUBLE_ZERO:
        raise UnknownOptionError("double_zero", double_zero, DOUBLE_ZERO)
    if manner not in MANNERS:
        raise UnknownOptionError("manner", manner, MANNERS)
    if not (np.isfinite(constant) and constant >= 0):
        raise ModelError(f"a continuity correction is a number of 0 or more, not {constant}; the usual one is 0.5")
    return ZeroCells(
        name=f"{constant:g} {to}",
        label=f"{constant:g} added to every count {WHERE[to]}",
        reference="Cochrane Handbook, section 10.4.4.2",
        correct=partial(_corrected, constant=constant, where=to),
        constant=constant,
        where=to,
        double_zero=double_zero,
        unconditional=True,
        manner=manner,
    )


def zero_cells_named(name: str | ZeroCells) -> ZeroCells:
    """The policy of that name; `UnknownOptionError` lists those there are."""
    if isinstance(name, ZeroCells):
        return name
    if name not in ZERO_CELLS:
        raise UnknownOptionError("zero_cells", name, ZERO_CELLS)
    return ZERO_CELLS[name]


def _addend(zero: NDArray[np.bool_], constant: float, where: Where) -> FloatArray:
    every = np.ones_like(zero)
    chosen = {"affected": zero, "all": every, "all if any": every & zero.any(), "none": ~every}[where]
    return np.where(chosen, constant, 0.0)


def _corrected(
    ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray, *, constant: float, where: Where
) -> Cells:
    addend = _addend(has_zero(ai, bi, ci, di), constant, where)
    return ai + addend, bi + addend, ci + addend, di + addend


def _treatment_arm(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray, *, everywhere: bool) -> Cells:
    return add_treatment_arm(ai, bi, ci, di, where=has_zero(ai, bi, ci, di) | everywhere)


ZERO_CELLS: Mapping[str, ZeroCells] = MappingProxyType(
    {
        policy.name: policy
        for policy in (
            ZeroCells(
                name="none",
                label="no correction: a trial with an empty cell has no ratio",
                reference="Cochrane Handbook, section 10.4.4",
                correct=partial(_corrected, constant=0.0, where="none"),
                constant=0.0,
                where="none",
            ),
            ZeroCells(
                name="affected",
                label="0.5 added to the four cells of trials with an empty cell",
                reference="Cochrane Handbook, section 10.4.4.2",
                correct=partial(_corrected, constant=0.5, where="affected"),
                constant=0.5,
                where="affected",
            ),
            ZeroCells(
                name="treatment-arm",
                label="corrections proportional to the size of the arm, in trials with an empty cell",
                reference="Sweeting, Sutton & Lambert 2004, Stat Med 23:1351-1375",
                correct=partial(_treatment_arm, everywhere=False),
                constant=None,
                where="affected",
            ),
            ZeroCells(
                name="treatment-arm everywhere",
                label="corrections proportional to the size of the arm, in every trial",
                reference="Sweeting, Sutton & Lambert 2004, Stat Med 23:1351-1375",
                correct=partial(_treatment_arm, everywhere=True),
                constant=None,
                where="all",
            ),
        )
    }
)
