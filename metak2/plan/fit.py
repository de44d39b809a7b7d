"""From a comparison of a plan to its fitted results."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from metak2.effects.front import NOT_POOLED_BY_DEFAULT, effect_sizes
from metak2.effects.sizes import EffectSizes
from metak2.errors import PlanError
from metak2.models.absolute import AbsoluteEffect, absolute_effect
from metak2.models.pool import pool, side_by_side
from metak2.models.pooled import Pooled, Unpooled
from metak2.models.subgroups import pool_subgroups
from metak2.plan.schema import texts
from metak2.report.comparison import Comparison
from metak2.robustness.leave_one_out import cumulative, leave_one_out
from metak2.robustness.refits import Refits
from metak2.studies.read import read_studies

Table = Mapping[str, Any]


def fit_comparison(comparison: Table, source: Path) -> Comparison:
    """Read, measure, pool and question one comparison of a plan."""
    effects = _effects(comparison, comparison)
    primary = _primary(comparison, effects)
    title = comparison.get("title", comparison["name"])
    chosen = {key: comparison[key] for key in ("convention", "level") if key in comparison}
    options = {
        key: comparison.get("primary", {})[key] for key in ("method", "test") if key in comparison.get("primary", {})
    }
    favours = comparison.get("favours")
    return Comparison(
        name=comparison["name"],
        title=title,
        about=comparison.get("about", title),
        primary=primary,
        sensitivity=_sensitivity(comparison),
        subgroups=tuple(
            pool_subgroups(effects, by=group["by"], **options, **chosen) for group in comparison.get("subgroups", ())
        ),
        refits=_refits(comparison, primary, source),
        absolute=_absolute(comparison, primary),
        doubts=texts(comparison.get("doubts", ())),
        text=texts(comparison.get("text", ())),
        columns=_columns(comparison.get("columns", ())),
        favours=(favours["left"], favours["right"]) if favours else None,
    )


def _columns(asked: str | list[str] | dict[str, str]) -> tuple[str, ...] | dict[str, str]:
    return asked if isinstance(asked, dict) else texts(asked)


def _effects(comparison: Table, choices: Table) -> EffectSizes:
    """The effect sizes of the comparison, with the measure, zero cells and studies that `choices` may replace."""
    asked = {**comparison["studies"], **(choices.get("studies", {}) if choices is not comparison else {})}
    file = asked.pop("file")
    sheet = asked.pop("sheet", None)
    studies = read_studies(file, sheet=sheet, **asked)
    return effect_sizes(
        studies,
        measure=choices.get("measure", comparison["measure"]),
        zero_cells=choices.get("zero_cells", comparison.get("zero_cells", "affected")),
        exclude=_excluded(comparison, choices),
    )


def _excluded(comparison: Table, choices: Table) -> Sequence[str]:
    excluded = texts(comparison.get("exclude", NOT_POOLED_BY_DEFAULT))
    return tuple(status for status in excluded if status not in texts(choices.get("include", ())))


def _primary(comparison: Table, effects: EffectSizes) -> Pooled | Unpooled:
    asked = dict(comparison.get("primary", {}))
    level = comparison.get("level", 0.95)
    if not asked.pop("pool", True):
        return side_by_side(effects, why=asked.get("why", "The plan shows the studies without pooling."), level=level)
    asked.pop("why", None)
    return pool(effects, convention=comparison.get("convention", "metak2"), level=level, **asked)


def _sensitivity(comparison: Table) -> dict[str, Pooled]:
    answers = {}
    for entry in comparison.get("sensitivity", ()):
        if "design" in entry:
            continue
        options = {key: entry[key] for key in ("method", "test", "prediction") if key in entry}
        if "method" not in entry and "convention" not in entry and "method" in comparison.get("primary", {}):
            options["method"] = comparison["primary"]["method"]
        answer = pool(
            _effects(comparison, entry),
            convention=entry.get("convention", comparison.get("convention", "metak2")),
            level=comparison.get("level", 0.95),
            **options,
        )
        label = entry.get("label") or answer.choices.method.label
        answers[label] = answer
    return answers


def _refits(comparison: Table, primary: Pooled | Unpooled, source: Path) -> tuple[Refits, ...]:
    made: list[Refits] = []
    for entry in comparison.get("sensitivity", ()):
        if "design" not in entry:
            continue
        if isinstance(primary, Unpooled):
            raise PlanError(
                [f'{comparison["name"]}: design "{entry["design"]}" needs a pooled primary analysis'],
                source=source.as_posix(),
            )
        made.append(
            leave_one_out(primary)
            if entry["design"] == "leave-one-out"
            else cumulative(primary, order=entry.get("order", "year"))
        )
    return tuple(made)


def _absolute(comparison: Table, primary: Pooled | Unpooled) -> tuple[AbsoluteEffect, ...]:
    if isinstance(primary, Unpooled):
        return ()
    made = []
    for entry in comparison.get("absolute", ()):
        asked = entry["baseline_risk"]
        risk = median_control_risk(primary.effects) if asked == "median control" else float(asked)
        words = "the median risk of the pooled control arms" if asked == "median control" else "as stated in the plan"
        made.append(absolute_effect(primary, baseline_risk=risk, horizon=entry["horizon"], baseline_source=words))
    return tuple(made)


def median_control_risk(effects: EffectSizes) -> float:
    """The median of the pooled studies' control risks."""
    kept = effects.mi > 0
    return float(np.median(effects.data["event_c"][kept] / effects.data["n_c"][kept]))
