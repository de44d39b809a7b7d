"""From a plan's `[conversions]` to a table and effects: what papers print instead of what a formula needs."""

from collections.abc import Callable, Mapping
from typing import Any

from metak2.effects.extraction.assumed import ASSUMABLE, assume
from metak2.effects.extraction.changes import changes_from_baseline
from metak2.effects.extraction.clusters import inflate_for_clusters
from metak2.effects.extraction.medians import means_of_medians
from metak2.effects.sizes import EffectSizes
from metak2.studies.table import StudyTable

Table = Mapping[str, Any]


def conversions_of(comparison: Table, choices: Table) -> dict[str, Any]:
    """What the plan converts, with what a sensitivity analysis says otherwise."""
    own = choices.get("conversions", {}) if choices is not comparison else {}
    return {**comparison.get("conversions", {}), **own}


def converted(asked: Table, read: Callable[[Table], StudyTable]) -> StudyTable:
    """The table with its medians as means, its changes from baseline and its assumed correlations, as far as asked.

    `read` reads the plan's studies; what it is given replaces entries of `where`.
    """

    def table(where: Table) -> StudyTable:
        studies = read(where)
        skewed = asked.get("even_if_skewed", False)
        return means_of_medians(studies, even_if_skewed=skewed) if asked.get("medians") else studies

    studies = table({})
    if "baseline" in asked:
        studies = changes_from_baseline(table(asked["baseline"]), studies, correlation=asked["correlation"])
    return assume(studies, **{name: float(asked[name]) for name in ASSUMABLE if name in asked})


def inflated(asked: Table, effects: EffectSizes) -> EffectSizes:
    """The effects with design effects where the plan asks for them."""
    return inflate_for_clusters(effects) if asked.get("design_effect") else effects


def other_correlations(comparison: Table) -> dict[str, dict[str, Any]]:
    """The sweep over the correlation of baseline with final value as sensitivity analyses: label → entry."""
    asked = comparison.get("conversions", {})
    others = (r for r in asked.get("correlations", ()) if r != asked.get("correlation"))
    return {f"correlation {r:g} of baseline with final value": {"conversions": {"correlation": r}} for r in others}
