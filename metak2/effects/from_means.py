"""Effect sizes from means: whatever dispersion a paper gives leads to a standard error, an SD only where n is sourced.

METHODS section 4: a standard error of the mean pools a mean difference directly; the standardised mean difference needs
an SD and with it the analysed n. METHODS section 3: percent with absolute change is refused in a mean difference,
change with final values in a standardised one.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from metak2.effects.conversions import record
from metak2.effects.dispersion_readings import dispersion_read_as, people_behind
from metak2.effects.estimated import Estimated, reasons_for
from metak2.effects.measure import Measure
from metak2.effects.notes import Note
from metak2.errors import CellProblem, StudyDataError
from metak2.kernels.contract import FloatArray
from metak2.studies.table import Conversion, StudyTable

IN_UNITS = frozenset({"MD", "MC"})  # the effect has the unit of the outcome
UNITS = {
    "percent": "%",
    "per cent": "%",
    "ratio": "",
    "g/cm2": "g/cm²",
    "mg/cm2": "mg/cm²",
}  # as a reader writes what a sheet holds


CONFIDENCE = {"CI90": 0.90, "CI95": 0.95, "CI99": 0.99}
"""Intervals of a mean by `dispersion_type`, and their level."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arm:
    """One arm of every study: mean, its standard error, the SD and n where known, (k,) each."""

    mean: FloatArray
    se: FloatArray
    sd: FloatArray
    n: FloatArray
    conversions: tuple[tuple[Conversion, ...], ...]


def read_arm(studies: StudyTable, side: str) -> Arm:
    """The arm "e" or "c" with the conversions that its dispersions needed."""
    mean, n = studies.numbers(f"mean_{side}"), studies.numbers(f"n_{side}")
    sd, value = studies.numbers(f"sd_{side}").copy(), studies.numbers(f"dispersion_{side}")
    low, high = studies.numbers(f"dispersion_low_{side}"), studies.numbers(f"dispersion_high_{side}")
    se = np.full(len(studies), np.nan)
    steps: list[tuple[Conversion, ...]] = []
    kinds = studies.words(f"dispersion_type_{side}")
    for i, kind in enumerate(kinds):
        made: list[Conversion] = []
        if kind == "SD" and np.isnan(sd[i]):
            sd[i] = value[i]
        if kind in {"SEM", "SE"}:
            se[i] = value[i]
            sd[i] = se[i] * np.sqrt(n[i])
            if np.isfinite(sd[i]):
                made.append(record("SD from SEM", {"SEM": se[i], "n": n[i]}, {"SD": sd[i]}))
        elif kind in CONFIDENCE:
            z = ndtri((1 + CONFIDENCE[kind]) / 2)
            se[i] = (high[i] - low[i]) / (2 * z)
            inputs = {"lower": low[i], "upper": high[i], "z": z}
            made.append(record("SE of a mean from its CI", inputs, {"SE": se[i]}))
        elif np.isfinite(sd[i]):
            se[i] = sd[i] / np.sqrt(n[i])
            if np.isfinite(se[i]):
                made.append(record("SE from SD", {"SD": sd[i], "n": n[i]}, {"SE": se[i]}))
        steps.append(tuple(made))
    return Arm(mean=mean, se=se, sd=sd, n=n, conversions=tuple(steps))


FROM_STANDARD_ERRORS = frozenset({"MD", "ROM", "ROM-uncorrected"})
"""Measures whose large-sample formula needs no SD: SD/√n enters as one number."""


def from_means(studies: StudyTable, measure: Measure, variance: str | None = None) -> Estimated:
    """Differences, standardised differences, ratios of means and of SDs, correlations with the group."""
    _refuse_mixture(studies, measure)
    e, c = read_arm(studies, "e"), read_arm(studies, "c")
    if measure.name in FROM_STANDARD_ERRORS and variance in {None, "LS"}:
        one = np.ones(len(studies))  # with n = 1 the formula takes the standard error itself
        yi, vi = measure.computed("means", (e.mean, e.se, one, c.mean, c.se, one), variance)
        needed = {"m1": e.mean, "m2": c.mean, "se1": e.se, "se2": c.se}
    else:
        known = {"mean_e": e.mean, "sd_e": e.sd, "n_e": e.n, "mean_c": c.mean, "sd_c": c.sd, "n_c": c.n}
        needed = {name: known[name] for name in measure.uses or known}
        yi, vi = measure.computed("means", tuple(needed.values()), variance)
    data = {
        "mean_e": e.mean, "sd_e": e.sd, "se_e": e.se, "n_e": e.n,
        "mean_c": c.mean, "sd_c": c.sd, "se_c": c.se, "n_c": c.n,
    }  # fmt: skip
    medians = np.isnan(e.mean + c.mean) & np.isfinite(studies.numbers("median_e") + studies.numbers("median_c"))
    reasons = tuple(
        "not a mean" if median or statistic not in {"", "mean"} else why
        for median, statistic, why in zip(medians, studies.words("statistic"), reasons_for(yi, vi, needed), strict=True)
    )
    steps = tuple(a + b for a, b in zip(e.conversions, c.conversions, strict=True))
    return Estimated(
        yi=yi, vi=vi, data=data, reasons=reasons, conversions=steps, notes=_dispersion_notes(studies, reasons)
    )


def _dispersion_notes(studies: StudyTable, reasons: tuple[str, ...]) -> tuple[Note, ...]:
    """For each ± whose kind is inferred: as what it is read, why, and the answer had it been of the other kind."""
    inferred, kinds = studies.words("dispersion_inferred_e"), studies.words("dispersion_type_e")
    rows = [row for row, why in enumerate(reasons) if inferred[row] == "yes" and not why]
    if not rows:
        return ()
    evidence, n = studies.words("dispersion_evidence_e"), people_behind(studies)
    other = {"SD": dispersion_read_as("SEM", studies), "SEM": dispersion_read_as("SD", studies)}
    notes = []
    for row in rows:
        values: dict[str, object] = {"type": kinds[row], "evidence": evidence[row]}
        se, pval = other.get(kinds[row], (np.full(len(studies), np.nan),) * 2)
        if np.isfinite(pval[row]):
            values |= {"se": float(se[row]), "p": float(pval[row]), "n": tuple(int(size) for size in n[:, row])}
        notes.append(Note(code="DISPERSION_INFERRED", values=values, where=(studies.study[row],)))
    return tuple(notes)


def in_unit(measure: Measure, studies: StudyTable) -> Measure:
    """The measure with the unit of its outcome in the label, where the sheet states one and the effect is in it."""
    stated = {word for word in studies.words("unit") if word} if "unit" in studies.columns else {studies.unit}
    if measure.name not in IN_UNITS or len(stated) != 1:
        return measure
    unit = UNITS.get(unit := stated.pop(), unit)
    return replace(measure, label=f"{measure.label} ({unit})") if unit else measure


def _refuse_mixture(studies: StudyTable, measure: Measure) -> None:
    """Percent beside absolute change in a mean difference, final values beside change in a standardised one."""
    column = "change_or_final" if measure.name.startswith("SMD") else {"MD": "unit"}.get(measure.name)
    if column is None or column not in studies.columns:
        return
    kinds = studies.words(column)
    stated = sorted({kind for kind in kinds if kind})
    if len(stated) < 2:
        return
    problems = [
        CellProblem(
            code="MK-M07",
            severity="error",
            cell=cell,
            column=column,
            raw=kind,
            message=f"{study} is in {kind!r}; others are in {', '.join(repr(s) for s in stated if s != kind)}",
            suggestion=f'one {measure.label.lower()} cannot mix them: select one with where = {{ {column} = "…" }}',
        )
        for study, kind, cell in zip(studies.study, kinds, studies.cells.get(column, ("",) * len(kinds)), strict=True)
        if kind
    ]
    raise StudyDataError(problems, source=studies.source)
