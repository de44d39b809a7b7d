"""Log hazard ratios rebuilt from what a paper prints: Kaplan–Meier percentages, or a log-rank p value and the events.

Parmar, Torri & Stewart 1998, Stat Med 17:2815-2834; Tierney et al. 2007, Trials 8:16. A rebuilt ratio is always marked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from metak2.effects.conversions import record, two_sided
from metak2.effects.curves import Curves, curves_of
from metak2.effects.measures import measure_named
from metak2.effects.notes import Note
from metak2.effects.origins import Conversion, Origin
from metak2.effects.sizes import EffectSizes
from metak2.errors import CellProblem, ModelError, StudyDataError
from metak2.kernels.hazard_ratios import log_hazard_ratio_from_logrank, log_hazard_ratio_from_percentages
from metak2.studies.table import StudyTable, read_only

RECONSTRUCTED = "reconstructed"
NO_CENSORING = "nobody censored before the last of these times"
HigherIs = Literal["better", "worse", ""]


def hazard_ratios_from_percentages(studies: StudyTable) -> EffectSizes:
    """One log hazard ratio per study from its cumulative percentages at one or more times.

    `studies` is a table of kind percentages with a row per study and time (``label=("study", "time")``). The ratio is of
    the hazard of the event, whichever of event and event-free the percentages count. People are taken to be followed to
    the last time, so the variance is a lower bound. The moderator `ratio` says "reconstructed".

    Raises
    ------
    ModelError
        The table is not one of percentages.
    StudyDataError
        Percentages that run backwards, an arm without percentages, a blank or changing n, a time or direction that cannot
        be read: all of them, with their cells.
    """
    if studies.kind != "percentages":
        raise ModelError(f"hazard ratios from percentages need a table of percentages; this one holds {studies.kind}")
    curves, problems = curves_of(studies)
    if problems:
        raise StudyDataError(problems, source=studies.source)
    ratios = [_from_curves(each) for each in curves]
    last = studies.take(np.array([each.rows[-1] for each in curves]))
    numbers = {"n_e": np.array([each.n_e for each in curves]), "n_c": np.array([each.n_c for each in curves])}
    told = {name: values for name, values in last.columns.items() if name.removesuffix("_e").removesuffix("_c") not in
            {"n", "percent"}}  # fmt: skip
    excluded = tuple("" if np.isfinite(ratio[0]) else "not estimable" for ratio in ratios)
    return EffectSizes(
        measure=measure_named("HR"),
        kind="percentages",
        study=tuple(each.study for each in curves),
        yi=read_only(np.array([ratio[0] for ratio in ratios])),
        vi=read_only(np.array([ratio[1] for ratio in ratios])),
        data={name: read_only(values) for name, values in numbers.items()},
        moderators={**told, "ratio": _marked(len(curves))},
        excluded=excluded,
        notes=tuple(_notes(curves, excluded)),
        origins=tuple(_origin(each, ratio) for each, ratio in zip(curves, ratios, strict=True)),
        problems=studies.problems,
        source=studies.source,
        selection=studies.selection,
        higher_is=_higher_is(studies),
    )


def hazard_ratio_from_logrank(
    counts: StudyTable, reported: StudyTable, *, study: str, fewer_in: Literal["experimental", "control"]
) -> EffectSizes:
    """One study's log hazard ratio from its exact log-rank p value and its events.

    `counts` holds the study's events and people, `reported` its p value with measure "logrank"; `fewer_in` is the arm that
    fared better, which the p value does not say.

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
    test = reported.words("measure")[row]
    if test != "logrank":
        raise ModelError(
            f"{study}: the p value is of {test or 'an unnamed test'}, not of the log-rank test; no ratio follows from it"
        )
    read = _Read(values={}, cells={}, problems=[])
    for table, index, names in ((counts, at, ("event_e", "n_e", "event_c", "n_c")), (reported, row, ("pval",))):
        for name in names:
            read.take(table, index, name)
    if read.problems:
        raise StudyDataError(read.problems, source=counts.source)
    steps, yi, vi = _from_logrank(read.values, reported.words("p_sided")[row], -1 if fewer_in == "experimental" else 1)
    events = read.values["event_e"] + read.values["event_c"]
    how = f"from the log-rank p value {read.values['pval']:g} and {events:g} events, fewer in the {fewer_in} arm"
    return EffectSizes(
        measure=measure_named("HR"),
        kind="effects",
        study=(study,),
        yi=read_only(np.array([yi])),
        vi=read_only(np.array([vi])),
        moderators={
            **{name: values for name, values in counts.take(np.array([at])).columns.items() if name not in read.values},
            "ratio": _marked(1),
        },
        excluded=("" if np.isfinite(yi) else "not estimable",),
        notes=(Note(code="RECONSTRUCTED", values={"how": how}, where=(study,)),),
        origins=(Origin(study=study, cells=read.cells, values=dict(read.values), conversions=steps),),
        problems=tuple(dict.fromkeys((*counts.problems, *reported.problems))),
        source=counts.source,
        selection=counts.selection,
        higher_is=counts.higher_is,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """Numbers read for one study, with their cells and what was blank."""

    values: dict[str, float]
    cells: dict[str, str]
    problems: list[CellProblem]

    def take(self, table: StudyTable, row: int, name: str) -> None:
        """Read one number; a blank is a problem."""
        value, cell = float(table.numbers(name)[row]), table.cells.get(name, ("",) * len(table))[row]
        self.values[name], self.cells[name] = value, cell
        if np.isnan(value):
            message = f"{table.study[row]}: blank, but a ratio from a log-rank p value needs it"
            problem = CellProblem(code="MK-P07", severity="error", cell=cell, column=name, message=message)
            self.problems.append(problem)


def _row(table: StudyTable, study: str) -> int:
    if study not in table.study:
        raise ModelError(f"no study called '{study}'; there are {', '.join(table.study)}")
    return table.study.index(study)


def _from_logrank(values: Mapping[str, float], sided: str, sign: int) -> tuple[tuple[Conversion, ...], float, float]:
    steps: list[Conversion] = []
    pval = values["pval"]
    if sided == "one":
        steps.append(record("two-sided p from one-sided p", {"p": pval}, {"p": float(two_sided(pval))}))
        pval = float(two_sided(pval))
    inputs = {"p": pval, "events": values["event_e"] + values["event_c"], "n1": values["n_e"], "n2": values["n_c"]}
    arrays = (np.array(value) for value in (*inputs.values(), float(sign)))
    yi, vi = (float(array) for array in log_hazard_ratio_from_logrank(*arrays))
    steps.append(record("log HR from log-rank p", inputs, {"log HR": yi, "SE": float(np.sqrt(vi))}))
    return tuple(steps), yi, vi


def _from_curves(curves: Curves) -> tuple[float, float]:
    return log_hazard_ratio_from_percentages(curves.times, curves.free_e, curves.free_c, curves.n_e, curves.n_c)


def _origin(curves: Curves, ratio: tuple[float, float]) -> Origin:
    inputs = {"n₁": curves.n_e, "n₂": curves.n_c}
    for arm, free in (("₁", curves.free_e), ("₂", curves.free_c)):
        inputs.update({f"S{arm}({label})": float(s) for label, s in zip(curves.labels, free, strict=True)})
    output = {"log HR": ratio[0], "SE": float(np.sqrt(ratio[1]))}
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


def _marked(k: int) -> np.ndarray:
    marks = np.empty(k, dtype=object)
    marks[:] = RECONSTRUCTED
    return read_only(marks)


def _higher_is(studies: StudyTable) -> HigherIs:
    """Whether a higher hazard is good: where staying free of the event is the good outcome, it is not."""
    if studies.higher_is != "better":
        return studies.higher_is
    directions = set(studies.words("direction"))
    return "worse" if directions == {"event-free"} else "better" if directions == {"event"} else ""
