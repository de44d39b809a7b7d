"""Effect sizes from two-by-two counts and from events over person-time."""

import numpy as np
from numpy.typing import NDArray

from metak2.effects.estimated import Estimated, reasons_for
from metak2.effects.measure import Measure
from metak2.effects.notes import Note
from metak2.effects.zero_cells import Cells, ZeroCells
from metak2.kernels.contract import FloatArray
from metak2.kernels.zero_cells import double_zero, has_zero
from metak2.studies.table import StudyTable


def from_counts(studies: StudyTable, measure: Measure, policy: ZeroCells, variance: str | None = None) -> Estimated:
    """Ratios, differences, correlations; a double-zero trial has no ratio, a correction is recorded as a note.

    Peto's estimator (Yusuf et al. 1985) and the variance-stabilising measures need no correction and get none from a
    named policy; `continuity_correction(…)` corrects whatever it is told.
    """
    data = {name: studies.numbers(name) for name in ("event_e", "n_e", "event_c", "n_c")}
    ai, ci = data["event_e"], data["event_c"]
    cells = (ai, data["n_e"] - ai, ci, data["n_c"] - ci)
    corrects = policy.unconditional or not measure.keeps_zeros
    empty = left_out(np.asarray(double_zero(*cells)), measure, policy)
    ai, bi, ci, di = (np.where(empty, 1.0, cell) for cell in cells)  # what is left out makes no correction necessary
    used = policy.correct(ai, bi, ci, di) if corrects else cells
    ai, bi, ci, di = (np.where(empty, np.nan, cell) for cell in used)  # nor does it enter an average over the studies
    used = (ai, bi, ci, di)
    yi, vi = _in_manner(measure, policy, cells, used, variance)
    yi, vi = np.where(empty, np.nan, yi), np.where(empty, np.nan, vi)
    reasons = tuple(
        "double zero" if nothing else why for nothing, why in zip(empty, reasons_for(yi, vi, data), strict=True)
    )
    notes: list[Note] = []
    if corrects:
        changed = np.any([before != after for before, after in zip(cells, used, strict=True)], axis=0)
        notes += _corrected(studies, changed & has_zero(*cells), reasons, policy)
    derived = tuple(
        study
        for study, e, c in zip(studies.study, studies.words("derived_e"), studies.words("derived_c"), strict=True)
        if "yes" in (e, c)
    )
    if derived:
        notes.append(Note(code="COUNTS_DERIVED", where=derived))
    return Estimated(yi=yi, vi=vi, data=data, reasons=reasons, conversions=((),) * len(studies), notes=tuple(notes))


def _in_manner(
    measure: Measure, policy: ZeroCells, cells: Cells, used: Cells, variance: str | None
) -> tuple[FloatArray, FloatArray]:
    """Effect and variance from the cells that were `used` in place of `cells`, in the manner of the policy."""
    if policy.manner == "meta" and measure.name == "RR":
        used = (used[0], cells[1], used[2], cells[3])
    yi, vi = measure.computed("counts", used, variance)
    if policy.manner == "meta" and measure.name == "RD":
        yi, _ = measure.computed("counts", cells, variance)
    return yi, vi


def from_rates(studies: StudyTable, measure: Measure, policy: ZeroCells, variance: str | None = None) -> Estimated:
    """Rate ratios and differences from events and person-time; a correction of the events is recorded as a note."""
    data = {name: studies.numbers(name) for name in ("event_e", "time_e", "event_c", "time_c")}
    zero = (data["event_e"] == 0) | (data["event_c"] == 0)
    nothing = left_out((data["event_e"] == 0) & (data["event_c"] == 0), measure, policy)
    corrects = policy.unconditional or not measure.keeps_zeros
    more = np.where(nothing, 0.0, policy.added(zero & ~nothing)) if corrects else np.zeros(len(studies))
    used = (data["event_e"] + more, data["time_e"], data["event_c"] + more, data["time_c"])
    yi, vi = measure.computed("rates", used, variance)
    if policy.manner == "meta" and measure.name == "IRD":
        yi, _ = measure.computed("rates", tuple(data.values()), variance)
    yi = np.where(nothing, np.nan, yi)  # a stabilised variance rests on person-time alone and stays, as in R
    reasons = tuple(
        "double zero" if none else why for none, why in zip(nothing, reasons_for(yi, vi, data), strict=True)
    )
    notes = _corrected(studies, more > 0, reasons, policy)
    if notes and policy.constant == 0.5 and policy.where == "affected":
        notes = (Note(code="ZERO_RATES_CORRECTED", where=notes[0].where),)
    return Estimated(yi=yi, vi=vi, data=data, reasons=reasons, conversions=((),) * len(studies), notes=notes)


def left_out(nothing: NDArray[np.bool_], measure: Measure, policy: ZeroCells) -> NDArray[np.bool_]:
    """The studies without events, or with nothing else, that this policy leaves out."""
    drops = policy.double_zero == "drop" or (policy.double_zero == "drop from ratios" and measure.relative)
    return nothing & drops


def _corrected(
    studies: StudyTable, changed: NDArray[np.bool_] | FloatArray, reasons: tuple[str, ...], policy: ZeroCells
) -> tuple[Note, ...]:
    where = tuple(study for study, more, why in zip(studies.study, changed, reasons, strict=True) if more and not why)
    return (Note(code="ZERO_CELLS_CORRECTED", values={"policy": policy.label}, where=where),) if where else ()
