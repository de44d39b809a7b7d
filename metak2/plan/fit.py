"""From a comparison of a plan to its fitted results."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from metak2.effects.front import effect_sizes
from metak2.effects.integrity import NOT_POOLED_BY_DEFAULT, known_exclusions
from metak2.effects.sizes import EffectSizes
from metak2.errors import PlanError
from metak2.models.absolute import AbsoluteEffect, absolute_effect
from metak2.models.conventions import TESTS
from metak2.models.methods import method_named
from metak2.models.pool import pool, side_by_side
from metak2.models.pooled import Pooled, Subgroups, Unpooled
from metak2.models.subgroups import pool_subgroups
from metak2.plan.entries import texts
from metak2.plan.figures import figures_of
from metak2.plan.fit_clusters import COMBINED, combined, headline_of, swept
from metak2.plan.fit_conversions import conversions_of, converted, inflated, other_correlations
from metak2.plan.fit_open import missing_of, new_trial_of, next_trials_of, sequential_of
from metak2.plan.fit_robustness import curve_of, designs_of, refits_of, regressions_of
from metak2.plan.grading import graded
from metak2.plan.keys import MEDIAN, MODEL, OF_TABLES
from metak2.report.comparison import Comparison
from metak2.robustness.missing_cells import MissingCells
from metak2.robustness.prior_sensitivity import PriorSensitivity, prior_sensitivity
from metak2.robustness.specification import SpecificationCurve
from metak2.studies.read import read_studies
from metak2.studies.screening import mark_retractions
from metak2.studies.table import StudyTable

Table = Mapping[str, Any]


def fit_comparison(comparison: Table, source: Path) -> Comparison:
    """Read, measure, pool and question one comparison of a plan."""
    studies = studies_of(comparison, comparison)
    measured = _measured(comparison, comparison, studies)
    effects = combined(comparison, measured)
    primary = _primary(comparison, effects)
    title = comparison.get("title", comparison["name"])
    favours = comparison.get("favours")
    _require_pooled(comparison, primary, source)
    absolute = _absolute(comparison, primary, source)
    return Comparison(
        name=comparison["name"],
        title=title,
        about=comparison.get("about", title),
        primary=primary,
        sensitivity=_sensitivity(comparison, studies, source),
        subgroups=_subgroups(comparison, primary),
        regressions=regressions_of(comparison, primary) if isinstance(primary, Pooled) else {},
        refits=refits_of(comparison, primary) if isinstance(primary, Pooled) else (),
        designs=designs_of(comparison, primary) if isinstance(primary, Pooled) else {},
        specifications=_curve(comparison, primary, studies, source),
        bayes=_bayes(comparison, primary),
        next_trials=next_trials_of(comparison, primary) if isinstance(primary, Pooled) else (),
        new_trial=new_trial_of(comparison, primary) if isinstance(primary, Pooled) else None,
        missing=_missing(comparison, primary),
        sequential=sequential_of(comparison, primary) if isinstance(primary, Pooled) else None,
        clustered=swept(comparison, measured),
        headline=headline_of(comparison, measured) if isinstance(primary, Pooled) else None,
        thresholds=tuple(float(one) for one in comparison.get("bayes", {}).get("thresholds", ())),
        figures=figures_of(comparison, primary, source),
        absolute=absolute,
        grade=graded(comparison, primary, absolute),
        doubts=texts(comparison.get("doubts", ())),
        text=texts(comparison.get("text", ())),
        columns=_columns(comparison.get("columns", ())),
        favours=(favours["left"], favours["right"]) if favours else None,
    )


def _columns(asked: str | list[str] | dict[str, str]) -> tuple[str, ...] | dict[str, str]:
    return asked if isinstance(asked, dict) else texts(asked)


def _effects(comparison: Table, choices: Table, studies: StudyTable) -> EffectSizes:
    """The effect sizes as they are pooled: where the plan names clusters, those of the same patients combined."""
    return combined(comparison, _measured(comparison, choices, studies))


def _measured(comparison: Table, choices: Table, studies: StudyTable) -> EffectSizes:
    """The effect sizes of these studies, with the measure, zero cells and exclusions that `choices` may replace."""
    effects = effect_sizes(
        studies,
        measure=choices.get("measure", comparison["measure"]),
        zero_cells=choices.get("zero_cells", comparison.get("zero_cells", "affected")),
        exclude=_excluded(comparison, choices),
    )
    return inflated(conversions_of(comparison, choices), effects)


def studies_of(comparison: Table, choices: Table) -> StudyTable:
    """The studies of a comparison, or of a sensitivity analysis that replaces some of what it asks for."""
    asked = {**comparison["studies"], **(choices.get("studies", {}) if choices is not comparison else {})}
    file = asked.pop("file")
    sheet = asked.pop("sheet", None)

    def read(where: Table) -> StudyTable:
        more = {"where": {**asked.get("where", {}), **where}} if where else {}
        studies = read_studies(file, sheet=sheet, **{**asked, **more})
        notices = comparison.get("retraction_watch")
        return mark_retractions(studies, notices) if notices else studies

    return converted(conversions_of(comparison, choices), read)


def _excluded(comparison: Table, choices: Table) -> Sequence[str]:
    excluded = texts(comparison.get("exclude", NOT_POOLED_BY_DEFAULT))
    included = known_exclusions(texts(choices.get("include", ())), "include")
    return tuple(status for status in excluded if status not in included)


def _primary(comparison: Table, effects: EffectSizes) -> Pooled | Unpooled:
    asked = dict(comparison.get("primary", {}))
    level = comparison.get("level", 0.95)
    if not asked.pop("pool", True):
        return side_by_side(effects, why=asked.get("why", "The plan shows the studies without pooling."), level=level)
    asked.pop("why", None)
    return pool(effects, convention=comparison.get("convention", "metak2"), level=level, **asked)


def _sensitivity(comparison: Table, studies: StudyTable, source: Path) -> dict[str, Pooled]:
    """The other choices by label; what an entry does not name stays as in the primary analysis."""
    answers: dict[str, Pooled] = {}
    swept_over = [{"label": label, **entry} for label, entry in other_correlations(comparison).items()]
    for entry in (*comparison.get("sensitivity", ()), *swept_over):
        if "design" in entry:
            continue
        reread = entry.keys() & {"studies", "conversions"}
        answer = pool(
            _effects(comparison, entry, studies_of(comparison, entry) if reread else studies),
            convention=entry.get("convention", comparison.get("convention", "metak2")),
            level=comparison.get("level", 0.95),
            **_options(comparison, entry),
        )
        label = entry.get("label") or _label(comparison, entry, answer)
        if label in answers:
            raise PlanError(
                [f"{comparison['name']}: two sensitivity analyses are called {label!r}; give one of them a label"],
                source=source.as_posix(),
            )
        answers[label] = answer
    return answers


def _options(comparison: Table, entry: Table) -> dict[str, Any]:
    """The model of a sensitivity analysis: its own choices, else the primary's where they go together.

    A τ² that was given belongs to one measure, weights to one list of studies.
    """
    primary = {} if "convention" in entry else comparison.get("primary", {})
    kept = {key: primary[key] for key in MODEL if key in primary}
    if "method" in entry and method_named(entry["method"]).model == "common effect":
        kept = {}
    if entry.get("measure", comparison["measure"]) != comparison["measure"]:
        kept.pop("tau2", None)
    if entry.keys() & {"studies", "conversions"} and not isinstance(kept.get("weights"), str):
        kept.pop("weights", None)
    return {**kept, **{key: entry[key] for key in MODEL if key in entry}}


def _label(comparison: Table, entry: Table, answer: Pooled) -> str:
    """The method, and whatever else the entry changes."""
    parts = [answer.measure.label] if answer.measure.name != comparison["measure"] else []
    parts.append(answer.choices.method.label)
    parts += [TESTS[answer.choices.test]] if "test" in entry else []
    parts += [answer.convention.label] if "convention" in entry else []
    return ", ".join(parts)


def _require_pooled(comparison: Table, primary: Pooled | Unpooled, source: Path) -> None:
    """Whatever questions the pooled effect needs one."""
    if isinstance(primary, Pooled):
        return
    designs = [
        f'design "{entry["design"]}"'
        for entry in comparison.get("sensitivity", ())
        if entry.get("design", "missing-cells") not in OF_TABLES
    ]
    others = [
        name
        for name in ("subgroups", "regression", "specifications", "bayes", "sequential", "grade")
        if comparison.get(name)
    ]
    answers = comparison.get("clusters", {}).get("answer", COMBINED)
    others += [] if answers == COMBINED else [f'answer = "{answers}" of clusters']
    problems = [f"{comparison['name']}: {what} needs a pooled primary analysis" for what in (*designs, *others)]
    if problems:
        raise PlanError(problems, source=source.as_posix())


def _subgroups(comparison: Table, primary: Pooled | Unpooled) -> tuple[Subgroups, ...]:
    if isinstance(primary, Unpooled):
        return ()
    return tuple(pool_subgroups(primary, by=group["by"]) for group in comparison.get("subgroups", ()))


def _curve(
    comparison: Table, primary: Pooled | Unpooled, studies: StudyTable, source: Path
) -> SpecificationCurve | None:
    if "specifications" not in comparison or isinstance(primary, Unpooled):
        return None
    if not primary.choices.as_planned:
        raise PlanError(
            [f"{comparison['name']}: specifications hold no weights and no τ² of your own; leave one of them out"],
            source=source.as_posix(),
        )
    return curve_of(comparison, primary, studies, _excluded(comparison, comparison))


def _missing(comparison: Table, primary: Pooled | Unpooled) -> MissingCells | None:
    if not any(entry.get("design") in OF_TABLES for entry in comparison.get("sensitivity", ())):
        return None
    return missing_of(comparison, primary, studies_of(comparison, comparison), _excluded(comparison, comparison))


def _bayes(comparison: Table, primary: Pooled | Unpooled) -> PriorSensitivity | None:
    if "bayes" not in comparison or isinstance(primary, Unpooled):
        return None
    asked = comparison["bayes"]
    return prior_sensitivity(
        primary, tau_priors=texts(asked.get("tau_priors", ())), effect_prior=asked.get("effect_prior", "flat")
    )


def _absolute(comparison: Table, primary: Pooled | Unpooled, source: Path) -> tuple[AbsoluteEffect, ...]:
    if isinstance(primary, Unpooled):
        return ()
    made = []
    for entry in comparison.get("absolute", ()):
        asked = entry["baseline_risk"]
        if asked == MEDIAN and not {"event_c", "n_c"} <= primary.effects.data.keys():
            raise PlanError(
                [f"{comparison['name']}: a {MEDIAN} risk needs counts; write baseline_risk as a number"],
                source=source.as_posix(),
            )
        risk = median_control_risk(primary.effects) if asked == MEDIAN else float(asked)
        words = "the median risk of the pooled control arms" if asked == MEDIAN else "as stated in the plan"
        made.append(absolute_effect(primary, baseline_risk=risk, horizon=entry["horizon"], baseline_source=words))
    return tuple(made)


def median_control_risk(effects: EffectSizes) -> float:
    """The median of the pooled studies' control risks."""
    kept = effects.mi > 0
    return float(np.median(effects.data["event_c"][kept] / effects.data["n_c"][kept]))
