"""Effect sizes from kinds of data with one row a study: single groups, correlations, paired values, d values, O − E."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from metak2.effects.estimated import Estimated, reasons_for
from metak2.effects.measure import Measure
from metak2.effects.notes import Note
from metak2.effects.zero_cells import ZeroCells
from metak2.kernels.contract import FloatArray
from metak2.kernels.zero_cells import has_zero
from metak2.studies.kinds import COLUMNS, OneRowKind
from metak2.studies.table import StudyTable

Data = Mapping[str, FloatArray]
Counted = tuple[tuple[FloatArray, ...], NDArray[np.bool_]]


def from_columns(
    studies: StudyTable, kind: OneRowKind, measure: Measure, policy: ZeroCells, variance: str | None = None
) -> Estimated:
    """The columns of the kind go into the measure's formula; zero counts are corrected by the policy, with a note."""
    columns = measure.uses or COLUMNS[kind]
    data = {name: studies.numbers(name) for name in columns}
    values: tuple[FloatArray, ...] = tuple(data.values())
    corrected = np.zeros(len(studies), dtype=bool)
    if kind in ARGUMENTS:
        values, zero = ARGUMENTS[kind](data)
        if policy.unconditional or not measure.keeps_zeros:
            before = values
            values = CORRECTIONS[kind](values, policy.added(zero))
            corrected = np.any([one != other for one, other in zip(before, values, strict=True)], axis=0)
    yi, vi = measure.computed(kind, values, variance)
    if policy.manner == "meta" and measure.name == "PR":
        yi, _ = measure.computed(kind, tuple(data.values()), variance)
    reasons = reasons_for(yi, vi, data)
    where = tuple(s for s, more, why in zip(studies.study, corrected, reasons, strict=True) if more and not why)
    notes = (Note(code="ZERO_COUNTS_CORRECTED", values={"policy": policy.words}, where=where),) if where else ()
    return Estimated(yi=yi, vi=vi, data=data, reasons=reasons, conversions=((),) * len(studies), notes=notes)


def rebased(measure: Measure, estimated: Estimated) -> tuple[Measure, tuple[Note, ...]]:
    """The measure with its scale fixed at the harmonic mean size of the studies that have an effect, and a caution.

    The Freeman–Tukey transformations lead back only with a sample size. For pooled values that is, by convention, the
    harmonic mean (Miller 1978); it also serves the studies' own lines, which are then slightly off their observed
    proportions. With sizes that differ widely the pooled proportion can be seriously misleading (Schwarzer et al.
    2019): pool PLO, by a GLMM where possible, or PAS instead.
    """
    if measure.rebased is None:
        return measure, ()
    name, scale_of = measure.rebased
    sizes = estimated.data[name][[not why for why in estimated.reasons]]
    if not sizes.size:
        return measure, ()
    mean = float(sizes.size / np.sum(1 / sizes))
    values = {"size": name, "harmonic_mean": mean, "smallest": float(sizes.min()), "largest": float(sizes.max())}
    return replace(measure, scale=scale_of(mean)), (Note(code="FREEMAN_TUKEY", values=values),)


def _proportions(data: Data) -> Counted:
    xi, ni = data["event"], data["n"]
    return (xi, ni), np.asarray((xi == 0) | (xi == ni))


def _single_rates(data: Data) -> Counted:
    return (data["event"], data["person_time"]), np.asarray(data["event"] == 0)


def _cells(data: Data) -> Counted:
    cells = tuple(data.values())
    return cells, np.any([cell == 0 for cell in cells], axis=0)


def _crossover(data: Data) -> Counted:
    ai, ci = data["event_first"], data["event_second"]
    cells = (ai, data["n_first"] - ai, ci, data["n_second"] - ci)
    return (*cells, data["r"]), has_zero(*cells)


def _add_to_counts(values: tuple[FloatArray, ...], more: FloatArray) -> tuple[FloatArray, ...]:
    return tuple(value + more for value in values)


def _add_to_proportion(values: tuple[FloatArray, ...], more: FloatArray) -> tuple[FloatArray, ...]:
    return values[0] + more, values[1] + 2 * more


def _add_to_first(values: tuple[FloatArray, ...], more: FloatArray) -> tuple[FloatArray, ...]:
    return values[0] + more, values[1]


def _add_to_crossover(values: tuple[FloatArray, ...], more: FloatArray) -> tuple[FloatArray, ...]:
    return (*(value + more for value in values[:4]), values[4])


ARGUMENTS: Mapping[str, Callable[[Data], Counted]] = {
    "proportions": _proportions,
    "single_rates": _single_rates,
    "paired_counts": _cells,
    "crossover_counts": _crossover,
}
"""Kinds that count: the formula's arguments, and which studies have a zero count."""

CORRECTIONS: Mapping[str, Callable[[tuple[FloatArray, ...], FloatArray], tuple[FloatArray, ...]]] = {
    "proportions": _add_to_proportion,
    "single_rates": _add_to_first,
    "paired_counts": _add_to_counts,
    "crossover_counts": _add_to_crossover,
}
