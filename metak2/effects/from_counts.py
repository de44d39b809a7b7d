"""Effect sizes from two-by-two counts and from events over person-time."""

import numpy as np

from metak2.effects.estimated import Estimated, reasons_for
from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.effects.zero_cells import ZeroCells
from metak2.kernels.zero_cells import double_zero, has_zero
from metak2.studies.table import StudyTable


def from_counts(studies: StudyTable, measure: Measure, policy: ZeroCells) -> Estimated:
    """Ratios, differences and Peto's odds ratio; a double-zero trial has no ratio, a correction is recorded as a note.

    Peto's estimator needs no correction (Yusuf et al. 1985) and gets none.
    """
    data = {name: studies.numbers(name) for name in ("event_e", "n_e", "event_c", "n_c")}
    ai, ci = data["event_e"], data["event_c"]
    bi, di = data["n_e"] - ai, data["n_c"] - ci
    peto = measure.name == "PETO"
    cells = (ai, bi, ci, di) if peto else policy.correct(ai, bi, ci, di)
    yi, vi = measure.formulas["counts"](*cells)
    empty = np.asarray(double_zero(ai, bi, ci, di)) & (measure.log)
    yi, vi = np.where(empty, np.nan, yi), np.where(empty, np.nan, vi)
    reasons = tuple(
        "double zero" if nothing else why for nothing, why in zip(empty, reasons_for(yi, vi, data), strict=True)
    )
    corrected = tuple(
        study
        for study, zero, why in zip(studies.study, has_zero(ai, bi, ci, di), reasons, strict=True)
        if zero and not why
    )
    notes = []
    if corrected and policy.name != "none" and not peto:
        notes.append(Note(code="ZERO_CELLS_CORRECTED", values={"policy": policy.label}, where=corrected))
    derived = tuple(
        study
        for study, e, c in zip(studies.study, studies.words("derived_e"), studies.words("derived_c"), strict=True)
        if "yes" in (e, c)
    )
    if derived:
        notes.append(Note(code="COUNTS_DERIVED", where=derived))
    return Estimated(yi=yi, vi=vi, data=data, reasons=reasons, conversions=((),) * len(studies), notes=tuple(notes))


def from_rates(studies: StudyTable, measure: Measure) -> Estimated:
    """Rate ratios from events and person-time; an arm without events gets half an event, recorded as a note."""
    data = {name: studies.numbers(name) for name in ("event_e", "time_e", "event_c", "time_c")}
    zero = (data["event_e"] == 0) | (data["event_c"] == 0)
    nothing = (data["event_e"] == 0) & (data["event_c"] == 0)
    half = np.where(zero & ~nothing, 0.5, 0.0)
    yi, vi = measure.formulas["rates"](data["event_e"] + half, data["time_e"], data["event_c"] + half, data["time_c"])
    reasons = tuple(
        "double zero" if none else why for none, why in zip(nothing, reasons_for(yi, vi, data), strict=True)
    )
    corrected = tuple(s for s, add, why in zip(studies.study, half, reasons, strict=True) if add and not why)
    notes = (Note(code="ZERO_RATES_CORRECTED", where=corrected),) if corrected else ()
    return Estimated(yi=yi, vi=vi, data=data, reasons=reasons, conversions=((),) * len(studies), notes=notes)
