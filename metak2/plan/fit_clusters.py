"""From a plan to effects of the same patients: combined for the primary analysis, modelled beside it."""

from collections.abc import Mapping
from typing import Any

from metak2.display.wording import NO_WORDS, Wording
from metak2.effects.sizes import EffectSizes
from metak2.models.aggregate import aggregate
from metak2.models.clustered_model import clustered_model
from metak2.models.robust_result import RobustOptions
from metak2.report.comparison import Headline
from metak2.robustness.correlation import USUAL, CorrelationSensitivity, correlation_sensitivity

Table = Mapping[str, Any]
STUDY = "study"
COMBINED = "combined"


def combined(comparison: Table, effects: EffectSizes) -> EffectSizes:
    """One effect for each cluster where the plan names clusters."""
    asked = comparison.get("clusters")
    return effects if asked is None else aggregate(effects, asked.get("by", STUDY), correlation=asked["correlation"])


def headline_of(comparison: Table, effects: EffectSizes) -> Headline | None:
    """The model of all effects where the plan names it as the answer."""
    asked = comparison.get("clusters", {})
    errors = asked.get("answer", COMBINED)
    if errors == COMBINED:
        return None
    by = asked.get("by", STUDY)
    found = clustered_model(
        effects, by, correlation=asked["correlation"], errors=errors, level=comparison.get("level", 0.95)
    )
    called = asked.get("called")
    return Headline(found=found, wording=Wording(groups={found.cluster: tuple(called)}) if called else NO_WORDS)


def swept(comparison: Table, effects: EffectSizes) -> CorrelationSensitivity | None:
    """The effects as they are, under the correlation of the plan and the others that it names."""
    asked = comparison.get("clusters")
    if asked is None:
        return None
    return correlation_sensitivity(
        effects,
        asked.get("by", STUDY),
        correlations=list(dict.fromkeys([asked["correlation"], *asked.get("correlations", USUAL)])),
        options=RobustOptions(level=comparison.get("level", 0.95)),
    )
