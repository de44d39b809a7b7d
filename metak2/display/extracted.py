"""What print and a notebook show before anything is pooled: tables, effects, one trial, residuals, tests."""

import numpy as np

from metak2.display.absolute import number_needed, per_thousand
from metak2.display.decimals import decimals
from metak2.display.grid import CAUTION, Grid, Part, shown_in_parts
from metak2.display.listing import listed
from metak2.display.moderators import wald
from metak2.display.notes import reason, sentence
from metak2.display.numbers import DASH, effect_and_interval, fixed, p_number, p_value, significant
from metak2.display.sentences import coverage
from metak2.effects.each_study import EachStudy
from metak2.effects.sizes import EffectSizes
from metak2.kernels.contract import FloatArray
from metak2.models.absolute import AbsoluteEffect
from metak2.models.regression_result import Wald
from metak2.models.single_trial import SingleTrial
from metak2.robustness.influence import Residuals
from metak2.studies.table import StudyTable

LEVEL = 0.95


@shown_in_parts(StudyTable)
def _(table: StudyTable) -> list[Part]:
    numbers = [name for name, values in table.columns.items() if values.dtype != object]
    texts = [name for name in table.columns if name not in numbers]
    rows = [
        (study, *(DASH if np.isnan(value := table.columns[name][row]) else f"{value:.6g}" for name in numbers))
        for row, study in enumerate(table.study)
    ]
    asked = ", ".join(f"{name} {value!r}" for name, value in table.selection.items() if name != "sheet")
    parts: list[Part] = [f"{len(table)} rows of {table.kind} from {table.source}{f' ({asked})' if asked else ''}"]
    parts.append(Grid(heads=("study", *numbers), rows=rows))
    parts += [f"Columns of text: {', '.join(texts)}."] if texts else []
    counts = {kind: sum(problem.severity == kind for problem in table.problems) for kind in ("warning", "note")}
    told = listed(tuple(f"{n} {kind}{'s' if n > 1 else ''}" for kind, n in counts.items() if n))
    return [*parts, *([f"{CAUTION}{told} on the data: see .problems."] if told else [])]


@shown_in_parts(EffectSizes)
def _(effects: EffectSizes) -> list[Part]:
    digits, measure = decimals(effects), effects.measure
    low, high = effects.limits(LEVEL)
    shown = np.asarray(measure.back(np.stack([effects.yi, low, high])), dtype=np.float64)
    apart = any(effects.excluded)
    rows = [
        (
            study,
            significant(float(effects.yi[row]), 4),
            significant(float(np.sqrt(effects.vi[row])), 4),
            _shown(shown[:, row], digits) if np.isfinite(effects.yi[row]) else DASH,
            *((effects.excluded[row],) if apart else ()),
        )
        for row, study in enumerate(effects.study)
    ]
    scale = "" if measure.scale.name == "identity" else f" ({measure.scale.name} scale)"
    heads = ("study", f"yi{scale}", "SE", f"{measure.label} ({coverage(LEVEL)} CI)", "not pooled")[: 4 + apart]
    notes = [f"{CAUTION}{sentence(note)}" for note in effects.notes if note.code != "EXCLUDED"]
    return [
        f"{measure.label} of {len(effects)} studies from {effects.source}, {effects.k} to be pooled",
        Grid(heads=heads, rows=rows),
        *(f"{why}: {reason(why)}." for why in dict.fromkeys(filter(None, effects.excluded))),
        *notes,
    ]


@shown_in_parts(EachStudy)
def _(each: EachStudy) -> list[Part]:
    rows = [
        (
            study,
            significant(float(each.estimate[row]), 4),
            significant(float(each.se[row]), 4),
            p_number(float(each.pval[row])),
            _shown(np.array([each.shown[row], each.shown_low[row], each.shown_high[row]]), 2),
        )
        for row, study in enumerate(each.study)
    ]
    return [Grid(heads=("study", "estimate", "SE", "p", f"shown ({coverage(each.level)} CI)"), rows=rows)]


def _shown(values: FloatArray, digits: int) -> str:
    """An effect and its limits, (3,)."""
    value, low, high = map(float, values)
    return effect_and_interval(value, low, high, digits)


@shown_in_parts(Residuals)
def _(found: Residuals) -> list[Part]:
    columns = (found.raw, found.se, found.standardised, found.studentised, found.pearson)
    rows = [(study, *(fixed(float(column[row]), 3) for column in columns)) for row, study in enumerate(found.study)]
    heads = ("study", "residual", "SE", "standardised", "studentised deleted", "Pearson")
    return [Grid(heads=heads, rows=rows), *(f"{CAUTION}{sentence(note)}" for note in found.notes)]


@shown_in_parts(Wald)
def _(test: Wald) -> list[Part]:
    return [f"Test of {listed(test.tested)}: {wald(test)}."]


@shown_in_parts(SingleTrial)
def _(trial: SingleTrial) -> list[Part]:
    counts = f"{trial.event_e} of {trial.n_e} against {trial.event_c} of {trial.n_c}"
    exact = p_value(trial.fisher_pval)
    return [f"{trial.study}: {counts}; Fisher's exact {exact}; fragility index {trial.fragility}."]


@shown_in_parts(AbsoluteEffect)
def _(found: AbsoluteEffect) -> list[Part]:
    return [per_thousand(found), number_needed(found)]
