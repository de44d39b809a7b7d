"""What is done where a two-by-two table has an empty cell. A named policy, never a set of flags."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from metak2.errors import UnknownOptionError
from metak2.kernels.contract import FloatArray
from metak2.kernels.zero_cells import add_constant, add_treatment_arm, has_zero

Cells = tuple[FloatArray, FloatArray, FloatArray, FloatArray]


def _none(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Cells:
    return ai, bi, ci, di


def _affected(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Cells:
    return add_constant(ai, bi, ci, di, constant=0.5, where=has_zero(ai, bi, ci, di))


def _treatment_arm(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> Cells:
    return add_treatment_arm(ai, bi, ci, di, where=has_zero(ai, bi, ci, di))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ZeroCells:
    """A policy for tables with an empty cell; `correct` returns the four cells that go into the formula."""

    name: str
    label: str
    reference: str
    correct: Callable[[FloatArray, FloatArray, FloatArray, FloatArray], Cells]


ZERO_CELLS: Mapping[str, ZeroCells] = MappingProxyType(
    {
        policy.name: policy
        for policy in (
            ZeroCells(
                name="none",
                label="no correction: a trial with an empty cell has no ratio",
                reference="Cochrane Handbook, section 10.4.4",
                correct=_none,
            ),
            ZeroCells(
                name="affected",
                label="0.5 added to the four cells of trials with an empty cell",
                reference="Cochrane Handbook, section 10.4.4.2",
                correct=_affected,
            ),
            ZeroCells(
                name="treatment-arm",
                label="corrections proportional to the size of the arm, in trials with an empty cell",
                reference="Sweeting, Sutton & Lambert 2004, Stat Med 23:1351-1375",
                correct=_treatment_arm,
            ),
        )
    }
)


def zero_cells_named(name: str | ZeroCells) -> ZeroCells:
    """The policy of that name; `UnknownOptionError` lists those there are."""
    if isinstance(name, ZeroCells):
        return name
    if name not in ZERO_CELLS:
        raise UnknownOptionError("zero_cells", name, ZERO_CELLS)
    return ZERO_CELLS[name]
