"""Log hazard ratios rebuilt from what a paper prints: Kaplan–Meier percentages, or a log-rank p value and the events.

Parmar, Torri & Stewart 1998, Stat Med 17:2815-2834; Tierney et al. 2007, Trials 8:16. A rebuilt ratio is always marked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from metak2.effects.conversions import record, two_sided
from metak2.effects.curves import Curves, curves_of
from metak2.effects.measures import measure_named
from metak2.effects.notes import Note
from metak2.effects.origins import Origin
from metak2.effects.sizes import EffectSizes
from metak2.errors import CellProblem, ModelError, StudyDataError
from metak2.kernels.hazard_ratios import log_hazard_ratio_from_logrank, log_hazard_ratio_from_percentages
from metak2.studies.table import Column, Conversion, StudyTable, read_only

RECONSTRUCTED = "reconstructed"
COUNTS = ("event_e", "event_c", "n_e", "n_c")
PERCENTAGES = ("percent_e", "percent_c", "n_e", "n_c")
NO_CENSORING = "nobody censored before the last of these times"
HigherIs = Literal["better", "worse", ""]


def hazard_ratios_from_percentages(studies: StudyTable) -> EffectSizes:
    """One log hazard ratio per study from its cumulative percentages at one or more times.

    `studies` is a table of kind percentages, a row per study and time (``label=("study", "time")``). The ratio is of
    the hazard of the event, whichever of event and event-free the percentages count. People are taken to be followed
    to the last time, so the variance is a lower bound. The moderator `ratio` says "reconstructed".

    Raises
    ------
    ModelError
        The table is not one of percentages.
    StudyDataError
        Percentages that turn back, an arm without percentages, a blank or changing n, a time or direction that cannot
        be read: all of them, with their cells.
    """
    if studies.kind != "percentages":
        raise ModelError(f"hazard ratios from percentages need a table of percentages; this one holds {studies.kind}")
    curves, problems = curves_of(studies)
    if problems:
        raise StudyDataError(problems, source=studies.source)
    ratios = np.array([_from_curves(each) for each in curves])
    excluded = tuple("" if known else "not estimable" for known in np.isfinite(ratios[:, 0]))
    return EffectSizes(
        measure=measure_named("HR"),
        kind="percentages",
        study=tuple(each.study for each in curves),
        yi=read_only(ratios[:, 0].copy()),
        vi=read_only(ratios[:, 1].copy()),
        moderators=_moderators(studies, [each.rows[-1] for each in curves]),
        excluded=excluded,
        notes=tuple(_notes(curves, excluded)),
        origins=tuple(_origin(each, *ratio) for each, ratio in zip(curves, ratios, strict=True)),
        problems=studies.problems,
        source=studies.source,
        selection=studies.selection,
        higher_is=_higher_is(studies),
    )


def hazard_ratio_from_logrank(
    counts: StudyTable, reported: StudyTable, *, study: str, fewer_in: Literal["experimental", "control"]
) -> EffectSizes:
    """One study's log hazard ratio from its exact log-rank p value and its events.

    `counts` holds the study's events and people, `reported` its p value with measure "logrank"; `fewer_in` is the arm
    that fared better, which the p value does not say.

    Raises
    ------
    ModelError
        A table without the study, or a p value whose test is not named as the log-rank test.
    StudyDataError
        Blank events, people or p value, with their cells.
    """
    if counts.kind != "counts" or reported.kind != "effects":
        raise ModelError(f"a log-rank ratio needs counts and reported effects; got {counts.kind} and {reported.kind}")
    at, row = _row(counts, study), _row(reported, study)
    _require_logrank(study, reported.words("measure")[row])
    origin = _read(study, [(counts, at, name) for name in COUNTS] + [(reported, row, "pval")])
    step, before = _from_logrank(
        origin.values, reported.words("p_sided")[row], -1.0 if fewer_in == "experimental" else 1.0
    )
    events, pval = step.inputs["events"], origin.values["pval"]
    how = f"from the log-rank p value {pval} and {events:g} events, the {fewer_in} arm faring better"
    yi = step.output["log HR"]
    return EffectSizes(
        measure=measure_named("HR"),
        kind="effects",
        study=(study,),
        yi=read_only(np.array([yi])),
        vi=read_only(np.array([step.output["SE"] ** 2])),
        moderators=_moderators(counts, [at]),
        excluded=("" if np.isfinite(yi) else "not estimable",),
        notes=(Note(code="RECONSTRUCTED", values={"how": how}, where=(study,)),),
        origins=(replace(origin, conversions=(*before, step)),),
        problems=tuple(dict.fromkeys((*counts.problems, *reported.problems))),
        source=counts.source,
        selection=counts.selection,
        higher_is=counts.higher_is,
    )


def _require_logrank(study: str, test: str) -> None:
    if test != "logrank":
        named = test if test not in {"", "p"} else "an unnamed test"
        raise ModelError(f"{study}: its p value is of {named}, not of the log-rank test; no ratio follows from it")


def _read(study: str, wanted: Sequence[tuple[StudyTable, int, str]]) -> Origin:
    """The numbers of a study with their cells; StudyDataError for all that are blank."""
    values: dict[str, float | str] = {}
    cells: dict[str, str] = {}
    problems = []
    for table, row, name in wanted:
        values[name] = float(table.numbers(name)[row])
        cells[name] = table.cells[name][row] if name in table.cells else ""
        if np.isnan(table.numbers(name)[row]):
            message = f"{study}: blank; a ratio from a log-rank p value needs it"
            problems.append(
                CellProblem(code="MK-P07", severity="error", cell=cells[name], column=name, message=message)
            )
    if problems:
        raise StudyDataError(problems, source=wanted[0][0].source)
    return Origin(study=study, cells=cells, values=values)


def _row(table: StudyTable, study: str) -> int:
    """The one row of this study, whatever else its label says."""
    keys = table.words("key") if "key" in table.columns else table.study
    rows = [row for row, key in enumerate(keys) if key == study]
    if not rows:
        raise ModelError(f"no study called '{study}'; there are {', '.join(dict.fromkeys(keys))}")
    if len(rows) > 1:
        raise ModelError(f"{len(rows)} rows of {study}: {'; '.join(table.study[row] for row in rows)}; select one")
    return rows[0]


def _from_logrank(
    values: Mapping[str, float | str], sided: str, sign: float
) -> tuple[Conversion, tuple[Conversion, ...]]:
    """The step to the log hazard ratio, and the steps before it."""
    pval, event_e, event_c, n_e, n_c = (float(values[name]) for name in ("pval", *COUNTS))
    before: tuple[Conversion, ...] = ()
    if sided == "one":
        before = (record("two-sided p from one-sided p", {"p": pval}, {"p": float(two_sided(pval))}),)
        pval = before[0].output["p"]
    inputs = {"p": pval, "events": event_e + event_c, "n₁": n_e, "n₂": n_c}
    yi, vi = log_hazard_ratio_from_logrank(*(np.array(value) for value in (*inputs.values(), sign)))
    return record("log HR from log-rank p", inputs, {"log HR": float(yi), "SE": float(np.sqrt(vi))}), before


def _from_curves(curves: Curves) -> tuple[float, float]:
    return log_hazard_ratio_from_percentages(curves.times, curves.free_e, curves.free_c, curves.n_e, curves.n_c)


def _origin(curves: Curves, yi: float, vi: float) -> Origin:
    inputs = {"n₁": curves.n_e, "n₂": curves.n_c}
    for arm, free in (("₁", curves.free_e), ("₂", curves.free_c)):
        inputs.update({f"S{arm}({label})": float(s) for label, s in zip(curves.labels, free, strict=True)})
    output = {"log HR": float(yi), "SE": float(np.sqrt(vi))}
    step = record("log HR from survival percentages", inputs, output, NO_CENSORING)
    return Origin(study=curves.study, cells=curves.cells, values=curves.values, conversions=(step,))


def _notes(curves: Sequence[Curves], excluded: Sequence[str]) -> list[Note]:
    by_how: dict[str, list[str]] = {}
    for each, why in zip(curves, excluded, strict=True):
        if not why:
            how = f"from Kaplan–Meier percentages at {_listed(each.labels)}, with {NO_CENSORING}"
            by_how.setdefault(how, []).append(each.study)
    notes = [Note(code="RECONSTRUCTED", values={"how": how}, where=tuple(names)) for how, names in by_how.items()]
    without = tuple(each.study for each, why in zip(curves, excluded, strict=True) if why)
    return [*notes, Note(code="EXCLUDED", values={"reason": "not estimable"}, where=without)] if without else notes


def _listed(labels: Sequence[str]) -> str:
    """Times in a sentence, a shared unit once: "12, 24 and 36 months"."""
    units = {label.partition(" ")[2] for label in labels}
    if len(units) == 1 and len(labels) > 1:
        labels = [*(label.partition(" ")[0] for label in labels[:-1]), labels[-1]]
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"


def _moderators(table: StudyTable, rows: Sequence[int]) -> dict[str, Column]:
    """What the table says of these rows, one per study, apart from the numbers that were used."""
    kept = table.take(np.array(rows)).columns
    marks = np.full(len(rows), RECONSTRUCTED, dtype=object)
    used = {*COUNTS, *PERCENTAGES}
    return {**{name: values for name, values in kept.items() if name not in used}, "ratio": read_only(marks)}


def _higher_is(studies: StudyTable) -> HigherIs:
    """Whether a higher hazard is good: where staying free of the event is the good outcome, it is not."""
    if studies.higher_is != "better":
        return studies.higher_is
    directions = set(studies.words("direction"))
    return "worse" if directions == {"event-free"} else "better" if directions == {"event"} else ""
