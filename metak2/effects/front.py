"""The front door: from a study table, or from arrays, to effect sizes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from metak2.effects.conversions import record, se_from_ci
from metak2.effects.estimated import Estimated
from metak2.effects.from_columns import from_columns, rebased
from metak2.effects.from_counts import from_counts, from_rates
from metak2.effects.from_means import from_means, in_unit
from metak2.effects.integrity import NOT_POOLED_BY_DEFAULT, known_exclusions, known_statuses
from metak2.effects.measures import MEASURES, Measure, measure_named
from metak2.effects.notes import Note
from metak2.effects.origins import Origin
from metak2.effects.precision import doubtful_errors
from metak2.effects.ready_made import from_reported
from metak2.effects.sizes import EffectSizes
from metak2.effects.zero_cells import ZeroCells, zero_cells_named
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.contract import FloatArray
from metak2.studies.read import read_studies
from metak2.studies.sheet import raw_text
from metak2.studies.table import Conversion, StudyTable, Trace, read_only

if TYPE_CHECKING:
    from pandas import DataFrame


def effect_sizes(
    studies: "StudyTable | DataFrame",
    *,
    measure: str | Measure,
    variance: str | None = None,
    zero_cells: str | ZeroCells = "affected",
    exclude: Sequence[str] = NOT_POOLED_BY_DEFAULT,
) -> EffectSizes:
    """Effect sizes of a study table, or of a DataFrame with the columns of one sheet.

    Parameters
    ----------
    measure
        A name of `MEASURES`: RR OR RD PETO AS … (counts), MD SMD ROM … (means), IRR … (rates), PLO … (proportions),
        ZCOR … (correlations), MC SMCR … (paired means) and so on by the columns of `studies.kinds.COLUMNS`; all of
        them, HR and GEN from reported effects.
    variance
        The estimator of the sampling variance, one of `Measure.variances`; left out, the first of them.
    zero_cells
        "affected", "none", "treatment-arm" or a `continuity_correction(…)`; Mantel–Haenszel and Peto pool the counts
        as they are in any case.
    exclude
        Integrity statuses that are shown and not pooled.

    Raises
    ------
    UnknownOptionError
        An unknown measure, variance or policy.
    ModelError
        The table holds another kind of data than the measure needs.
    """
    chosen, policy = measure_named(measure), zero_cells_named(zero_cells)
    if variance is not None and variance not in chosen.variances:
        raise UnknownOptionError("variance", variance, chosen.variances)
    if not isinstance(studies, StudyTable):
        studies = read_studies(studies)
    estimated = estimate_effects(studies, chosen, policy, variance)
    chosen, cautions = rebased(in_unit(chosen, studies), estimated)
    apart, status = known_exclusions(exclude), known_statuses(studies)
    excluded = tuple(
        (state if state in apart else "") or why for why, state in zip(estimated.reasons, status, strict=True)
    )
    used = set(estimated.data)
    return EffectSizes(
        measure=chosen,
        kind=studies.kind,
        study=studies.study,
        yi=read_only(np.asarray(estimated.yi, dtype=np.float64)),
        vi=read_only(np.asarray(estimated.vi, dtype=np.float64)),
        data={name: read_only(np.array(values)) for name, values in estimated.data.items()},
        moderators={name: values for name, values in studies.columns.items() if name not in used},
        excluded=excluded,
        notes=(*_converted_notes(studies), *estimated.notes, *cautions, *_excluded_notes(studies.study, excluded)),
        origins=_origins(studies, estimated),
        zero_cells=policy if studies.kind == "counts" else None,
        problems=studies.problems,
        source=studies.source,
        selection=studies.selection,
        higher_is=studies.higher_is,
    )


def effects_from(
    yi: ArrayLike,
    *,
    study: Sequence[str],
    measure: str | Measure = "GEN",
    vi: ArrayLike | None = None,
    se: ArrayLike | None = None,
    ci: tuple[ArrayLike, ArrayLike] | None = None,
) -> EffectSizes:
    """Effect sizes from arrays on the analysis scale (log for ratios), with `vi`, `se` or 95 % limits `ci`, by name.

    Errors so large that the effects agree better than chance allows carry a note: they may be standard deviations.

    >>> effects_from([-0.9, -1.6], study=["Aronson", "Ferguson"], measure="RR", se=[0.57, 0.44]).k
    2
    """
    chosen = measure_named(measure)
    given = [name for name, value in (("vi", vi), ("se", se), ("ci", ci)) if value is not None]
    if len(given) != 1:
        raise ModelError(f"effects_from needs exactly one of vi, se, ci; got {', '.join(given) or 'none'}")
    values = np.array(yi, dtype=np.float64)
    variance, steps = _variances(values, vi=vi, se=se, ci=ci)
    if not values.shape == variance.shape == (len(study),):
        raise ModelError(f"yi has {values.size}, the variances {variance.size} and study {len(study)} entries")
    bad = [s for s, y, v in zip(study, values, variance, strict=True) if not (np.isfinite(y) and 0 < v < np.inf)]
    left_out = (Note(code="EXCLUDED", values={"reason": "not estimable"}, where=tuple(bad)),) if bad else ()
    return EffectSizes(
        measure=chosen,
        kind="effects",
        study=tuple(study),
        yi=read_only(values),
        vi=read_only(np.asarray(variance)),
        excluded=tuple("not estimable" if s in bad else "" for s in study),
        notes=(*left_out, *(doubtful_errors(study, values, variance) if ci is None else ())),
        origins=tuple(
            Origin(study=s, cells={}, values={}, conversions=made) for s, made in zip(study, steps, strict=True)
        ),
        source="arrays",
    )


def _variances(
    values: FloatArray, *, vi: ArrayLike | None, se: ArrayLike | None, ci: tuple[ArrayLike, ArrayLike] | None
) -> tuple[FloatArray, tuple[tuple[Conversion, ...], ...]]:
    """Variances, NaN where an error is negative or limits do not hold their estimate, and how each was made."""
    if ci is None:
        given = np.array(vi if se is None else se, dtype=np.float64)
        variance = given if se is None else np.where(given >= 0, given**2, np.nan)
        return variance, ((),) * given.size
    low, high = (np.array(limit, dtype=np.float64) for limit in ci)
    if not low.shape == high.shape == values.shape:
        raise ModelError(f"yi has {values.size}, the lower limits {low.size} and the upper limits {high.size} entries")
    error = np.where((low < values) & (values < high), se_from_ci(low, high, 0.95), np.nan)
    steps = tuple(
        (record("SE from CI", {"lower": lo, "upper": hi}, {"SE": s}),)
        for lo, hi, s in zip(low, high, error, strict=True)
    )
    return error**2, steps


def estimate_effects(studies: StudyTable, measure: Measure, policy: ZeroCells, variance: str | None) -> Estimated:
    """Effects and variances of the studies by the formula of the measure, with what was noted on the way."""
    if studies.kind == "effects":
        return from_reported(studies, measure)
    if studies.kind == "accuracy":
        raise ModelError("sensitivity and specificity are pooled together: use diagnostic_accuracy(studies)")
    if studies.kind not in measure.formulas:
        fitting = [name for name, other in MEASURES.items() if studies.kind in other.formulas]
        raise ModelError(
            f"{measure.label} ({measure.name}) cannot be computed from {studies.kind}; measures for {studies.kind}: "
            f"{', '.join(fitting) or 'none (percentages are displayed, not pooled)'}"
        )
    if studies.kind == "counts":
        return from_counts(studies, measure, policy, variance)
    if studies.kind == "rates":
        return from_rates(studies, measure, policy, variance)
    if studies.kind == "means":
        return from_means(studies, measure, variance)
    if studies.kind == "percentages":
        raise ModelError("percentages are displayed, not pooled")
    return from_columns(studies, studies.kind, measure, policy, variance)


def _converted_notes(studies: StudyTable) -> tuple[Note, ...]:
    """A note for each rule by which numbers of the table were made, with the studies concerned and what was assumed."""
    where: dict[tuple[str, str, str], list[str]] = {}
    for study, steps in zip(studies.study, studies.conversions, strict=False):
        for step in steps:
            rows = where.setdefault((step.rule, step.formula, step.assumption), [])
            rows += [study] * (study not in rows)
    return tuple(
        Note(code="CONVERTED", values={"rule": rule, "formula": formula, "assumption": assumption}, where=tuple(rows))
        for (rule, formula, assumption), rows in where.items()
    )


def _excluded_notes(study: tuple[str, ...], excluded: tuple[str, ...]) -> tuple[Note, ...]:
    reasons = dict.fromkeys(why for why in excluded if why)
    return tuple(
        Note(
            code="EXCLUDED",
            values={"reason": reason},
            where=tuple(s for s, why in zip(study, excluded, strict=True) if why == reason),
        )
        for reason in reasons
    )


def _origins(studies: StudyTable, estimated: Estimated) -> tuple[Origin, ...]:
    origins = []
    for i, study in enumerate(studies.study):
        cells = {name: at[i] for name, at in studies.cells.items() if at[i]}
        values: dict[str, float | str] = {}
        for name in cells:
            value = studies.columns[name][i]
            values[name] = value if isinstance(value, str) else float(value)
        traces = {name: studies.traces[name][i] for name in cells if name in studies.traces}
        told = {name: trace for name, trace in traces.items() if not _plain(trace, values[name])}
        conversions = (*(studies.conversions[i] if studies.conversions else ()), *estimated.conversions[i])
        origins.append(Origin(study=study, cells=cells, values=values, conversions=conversions, traces=told))
    return tuple(origins)


def _plain(trace: Trace, value: float | str) -> bool:
    """Whether the cell simply shows the value, so that there is nothing to tell about it."""
    shown = value if isinstance(value, str) else raw_text(value)
    blank = not trace.raw or trace.raw == shown
    return blank and not trace.rule and not trace.source
