"""Meta-analysis of clinical trials, from the spreadsheet cell to a report that a machine can check.

>>> import metak2 as mk
>>> effects = mk.effects_from([-0.89, -1.59, -1.35], study=["A", "B", "C"], measure="RR", se=[0.57, 0.44, 0.64])
>>> mk.pool(effects).k
3
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from metak2.errors import MetaError, ModelError, PlanError, StudyDataError, UnknownOptionError
from metak2.version import __version__

if TYPE_CHECKING:
    from metak2.effects.front import effect_sizes, effects_from
    from metak2.effects.hazard_ratios import hazard_ratio_from_logrank, hazard_ratios_from_percentages
    from metak2.effects.join import join_effects
    from metak2.effects.sizes import EffectSizes
    from metak2.models.absolute import absolute_effect
    from metak2.models.pool import pool, side_by_side
    from metak2.models.pooled import Interval, Pooled, Subgroups, Unpooled
    from metak2.models.single_trial import SingleTrial, single_trial
    from metak2.models.subgroups import pool_subgroups
    from metak2.plan.run import run_plan
    from metak2.plots.forest import forest
    from metak2.plots.funnel import funnel
    from metak2.report.blocks import Caveat, Column, Heading, Items, Paragraph, Picture, Table
    from metak2.report.comparison import Comparison
    from metak2.report.compose import full_report, report
    from metak2.report.expectations import Expectation
    from metak2.report.report import Report
    from metak2.robustness.leave_one_out import cumulative, leave_one_out
    from metak2.studies.read import read_sheet, read_studies
    from metak2.studies.table import StudyTable

_HOMES = {
    "Caveat": "metak2.report.blocks",
    "Column": "metak2.report.blocks",
    "Comparison": "metak2.report.comparison",
    "EffectSizes": "metak2.effects.sizes",
    "Expectation": "metak2.report.expectations",
    "Heading": "metak2.report.blocks",
    "Interval": "metak2.models.pooled",
    "Items": "metak2.report.blocks",
    "Paragraph": "metak2.report.blocks",
    "Picture": "metak2.report.blocks",
    "Pooled": "metak2.models.pooled",
    "Report": "metak2.report.report",
    "SingleTrial": "metak2.models.single_trial",
    "StudyTable": "metak2.studies.table",
    "Subgroups": "metak2.models.pooled",
    "Table": "metak2.report.blocks",
    "Unpooled": "metak2.models.pooled",
    "absolute_effect": "metak2.models.absolute",
    "cumulative": "metak2.robustness.leave_one_out",
    "effect_sizes": "metak2.effects.front",
    "effects_from": "metak2.effects.front",
    "forest": "metak2.plots.forest",
    "full_report": "metak2.report.compose",
    "funnel": "metak2.plots.funnel",
    "hazard_ratio_from_logrank": "metak2.effects.hazard_ratios",
    "hazard_ratios_from_percentages": "metak2.effects.hazard_ratios",
    "join_effects": "metak2.effects.join",
    "leave_one_out": "metak2.robustness.leave_one_out",
    "pool": "metak2.models.pool",
    "pool_subgroups": "metak2.models.subgroups",
    "read_sheet": "metak2.studies.read",
    "read_studies": "metak2.studies.read",
    "report": "metak2.report.compose",
    "run_plan": "metak2.plan.run",
    "side_by_side": "metak2.models.pool",
    "single_trial": "metak2.models.single_trial",
}
_SHOWN_BY_DISPLAY = {"cumulative", "leave_one_out", "pool", "pool_subgroups", "side_by_side"}

__all__ = [
    "Caveat",
    "Column",
    "Comparison",
    "EffectSizes",
    "Expectation",
    "Heading",
    "Interval",
    "Items",
    "MetaError",
    "ModelError",
    "Paragraph",
    "Picture",
    "PlanError",
    "Pooled",
    "Report",
    "SingleTrial",
    "StudyDataError",
    "StudyTable",
    "Subgroups",
    "Table",
    "UnknownOptionError",
    "Unpooled",
    "__version__",
    "absolute_effect",
    "cumulative",
    "effect_sizes",
    "effects_from",
    "forest",
    "full_report",
    "funnel",
    "hazard_ratio_from_logrank",
    "hazard_ratios_from_percentages",
    "join_effects",
    "leave_one_out",
    "pool",
    "pool_subgroups",
    "read_sheet",
    "read_studies",
    "report",
    "run_plan",
    "side_by_side",
    "single_trial",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public name
    """Load a public name with the module that holds it, and what it needs to show itself."""
    if name not in _HOMES:
        raise AttributeError(f"module 'metak2' has no attribute {name!r}")
    if name in _SHOWN_BY_DISPLAY:
        import_module("metak2.display.show")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
