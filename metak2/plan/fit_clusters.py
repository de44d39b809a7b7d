"""From a plan to effects of the same patients: combined for the primary analysis, modelled beside it."""

from collections.abc import Mapping
from typing import Any

from metak2.effects.sizes import EffectSizes
from metak2.models.aggregate import aggregate
from metak2.models.robust_result import RobustOptions
from metak2.robustness.correlation import USUAL, CorrelationSensitivity, correlation_sensitivity

Table = Mapping[str, Any]
STUDY = "study"


def combined(comparison: Table, effects: EffectSizes) -> EffectSizes:
    """One effect for each cluster where the plan names clusters."""
    asked = comparison.get("clusters")
    return effects if asked is None else aggregate(effects, asked.get("by", STUDY), correlation=asked["correlation"])


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
