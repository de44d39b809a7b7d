"""From a plan to the questions that stay open: the next trial, a further trial, trial sequential analysis."""

from collections.abc import Mapping
from typing import Any

from metak2.models.pooled import Pooled
from metak2.robustness.new_trial import NewTrial, NextTrial, new_trial, next_trial
from metak2.robustness.sequential import SequentialAnalysis, SequentialPlan, sequential_analysis

Table = Mapping[str, Any]


def next_trials_of(comparison: Table, primary: Pooled) -> tuple[NextTrial, ...]:
    """What trials of the sizes in the plan may be expected to observe."""
    asked = _design(comparison, "next-trial")
    if asked is None:
        return ()
    sizes = asked["n"] if isinstance(asked["n"], list) else [asked["n"]]
    return tuple(next_trial(primary, n=n, variance_per_person=asked.get("variance_per_person")) for n in sizes)


def new_trial_of(comparison: Table, primary: Pooled) -> NewTrial | None:
    """What a further trial would have to observe."""
    asked = _design(comparison, "new-trial")
    if asked is None:
        return None
    return new_trial(primary, **{key: asked[key] for key in ("n", "variance_per_person") if key in asked})


def sequential_of(comparison: Table, primary: Pooled) -> SequentialAnalysis | None:
    """Trial sequential analysis as the plan states it; without the table, none."""
    asked = dict(comparison.get("sequential", {}))
    if not asked:
        return None
    order = asked.pop("order", "year")
    return sequential_analysis(primary, SequentialPlan(**asked), order=order)


def _design(comparison: Table, name: str) -> Table | None:
    return next((entry for entry in comparison.get("sensitivity", ()) if entry.get("design") == name), None)
