"""Meta-analysis of clinical trials, from the spreadsheet cell to a report that a machine can check.

>>> import metak2 as mk
>>> effects = mk.effects_from([-0.89, -1.59, -1.35], study=["A", "B", "C"], measure="RR", se=[0.57, 0.44, 0.64])
>>> mk.pool(effects).k
3
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from metak2.errors import MetaError, ModelError, PlanError, StudyDataError, UnknownOptionError
from metak2.version import __version__

if TYPE_CHECKING:
    from metak2.display.published import overlap, removal
    from metak2.effects.derived.medians import five_numbers, means_from_medians
    from metak2.effects.each_study import each_study
    from metak2.effects.front import effect_sizes, effects_from
    from metak2.effects.hazard_ratios import hazard_ratio_from_logrank, hazard_ratios_from_percentages
    from metak2.effects.join import join_effects
    from metak2.effects.sizes import EffectSizes
    from metak2.effects.zero_cells import continuity_correction
    from metak2.kernels.tables import Correction, Zeros
    from metak2.models.absolute import absolute_effect
    from metak2.models.choices import PoolOptions
    from metak2.models.compare import compare
    from metak2.models.count_data import count_data
    from metak2.models.counts import fit_glmm
    from metak2.models.design import design_from
    from metak2.models.exact_counts import exact_odds_ratio, fit_beta_binomial
    from metak2.models.few_studies import exact_intervals
    from metak2.models.fit_statistics import (
        effect_tests,
        fit_statistics,
        heterogeneity_tests,
        profile_likelihood_interval,
    )
    from metak2.models.glmm_options import GlmmOptions
    from metak2.models.location_scale import predict_scale, regress_scale
    from metak2.models.pool import pool, side_by_side
    from metak2.models.pooled import Interval, Pooled, Subgroups, Unpooled
    from metak2.models.predict import predict, study_effects
    from metak2.models.rare_events import rare_events_table
    from metak2.models.regress import regress, regression_of
    from metak2.models.revman_check import check_revman
    from metak2.models.single_trial import SingleTrial, single_trial
    from metak2.models.stratified import fit_mantel_haenszel, fit_peto
    from metak2.models.subgroups import pool_subgroups, subgroups_of
    from metak2.models.wald import contrasts, inflation, wald_test
    from metak2.plan.run import run_plan
    from metak2.plots.forest import forest
    from metak2.plots.funnel import funnel
    from metak2.plots.gosh import gosh_plot
    from metak2.plots.robustness import bootstrap_plot, fragility_plot, leave_two_out_plot, specification_plot
    from metak2.report.blocks import Caveat, Column, Heading, Items, Paragraph, Picture, Table
    from metak2.report.comparison import Comparison
    from metak2.report.compose import full_report, report
    from metak2.report.expectations import Expectation
    from metak2.report.report import Report
    from metak2.report.trace import trace
    from metak2.robustness.adjusted_estimates import henmi_copas, limit_meta_analysis, pet_peese
    from metak2.robustness.alternatives import Alternatives, Filter, Specification
    from metak2.robustness.binary_asymmetry import deeks, harbord, macaskill, peters
    from metak2.robustness.bootstrap import bootstrap
    from metak2.robustness.consistency import consistency
    from metak2.robustness.copas import copas
    from metak2.robustness.copas_contour import copas_contour
    from metak2.robustness.counts_leave_one_out import leave_one_out_counts
    from metak2.robustness.fragility import fragility
    from metak2.robustness.gosh import gosh, separation
    from metak2.robustness.influence import baujat_points, influence, qq_points, radial_points, residuals
    from metak2.robustness.leave_one_out import cumulative, leave_one_out, leave_two_out
    from metak2.robustness.pcurve import p_curve, p_uniform
    from metak2.robustness.permutation import permutation_test
    from metak2.robustness.published import reproduce
    from metak2.robustness.regression_leave_one_out import leave_one_out_regression
    from metak2.robustness.selection import selection_model
    from metak2.robustness.selection_result import SelectionOptions
    from metak2.robustness.small_studies import begg, egger
    from metak2.robustness.specification import specification_curve
    from metak2.robustness.trim_and_fill import trim_and_fill
    from metak2.robustness.unseen_studies import excess_significance, fail_safe_n
    from metak2.studies.gate.workbook import check_workbook
    from metak2.studies.read import read_sheet, read_studies
    from metak2.studies.reconcile import reconcile
    from metak2.studies.table import StudyTable
    from metak2.studies.targets import read_targets

_HOMES = {
    "Alternatives": "metak2.robustness.alternatives",
    "Caveat": "metak2.report.blocks",
    "Column": "metak2.report.blocks",
    "Comparison": "metak2.report.comparison",
    "Correction": "metak2.kernels.tables",
    "EffectSizes": "metak2.effects.sizes",
    "Expectation": "metak2.report.expectations",
    "Filter": "metak2.robustness.alternatives",
    "GlmmOptions": "metak2.models.glmm_options",
    "Heading": "metak2.report.blocks",
    "Interval": "metak2.models.pooled",
    "Items": "metak2.report.blocks",
    "Paragraph": "metak2.report.blocks",
    "Picture": "metak2.report.blocks",
    "PoolOptions": "metak2.models.choices",
    "Pooled": "metak2.models.pooled",
    "Report": "metak2.report.report",
    "SelectionOptions": "metak2.robustness.selection_result",
    "SingleTrial": "metak2.models.single_trial",
    "Specification": "metak2.robustness.alternatives",
    "StudyTable": "metak2.studies.table",
    "Subgroups": "metak2.models.pooled",
    "Table": "metak2.report.blocks",
    "Unpooled": "metak2.models.pooled",
    "Zeros": "metak2.kernels.tables",
    "absolute_effect": "metak2.models.absolute",
    "baujat_points": "metak2.robustness.influence",
    "begg": "metak2.robustness.small_studies",
    "bootstrap": "metak2.robustness.bootstrap",
    "bootstrap_plot": "metak2.plots.robustness",
    "check_revman": "metak2.models.revman_check",
    "check_workbook": "metak2.studies.gate.workbook",
    "compare": "metak2.models.compare",
    "consistency": "metak2.robustness.consistency",
    "continuity_correction": "metak2.effects.zero_cells",
    "contrasts": "metak2.models.wald",
    "copas": "metak2.robustness.copas",
    "copas_contour": "metak2.robustness.copas_contour",
    "count_data": "metak2.models.count_data",
    "cumulative": "metak2.robustness.leave_one_out",
    "deeks": "metak2.robustness.binary_asymmetry",
    "design_from": "metak2.models.design",
    "each_study": "metak2.effects.each_study",
    "effect_sizes": "metak2.effects.front",
    "effect_tests": "metak2.models.fit_statistics",
    "effects_from": "metak2.effects.front",
    "egger": "metak2.robustness.small_studies",
    "exact_intervals": "metak2.models.few_studies",
    "exact_odds_ratio": "metak2.models.exact_counts",
    "excess_significance": "metak2.robustness.unseen_studies",
    "fail_safe_n": "metak2.robustness.unseen_studies",
    "fit_beta_binomial": "metak2.models.exact_counts",
    "fit_glmm": "metak2.models.counts",
    "fit_mantel_haenszel": "metak2.models.stratified",
    "fit_peto": "metak2.models.stratified",
    "fit_statistics": "metak2.models.fit_statistics",
    "five_numbers": "metak2.effects.derived.medians",
    "forest": "metak2.plots.forest",
    "fragility": "metak2.robustness.fragility",
    "fragility_plot": "metak2.plots.robustness",
    "full_report": "metak2.report.compose",
    "funnel": "metak2.plots.funnel",
    "gosh": "metak2.robustness.gosh",
    "gosh_plot": "metak2.plots.gosh",
    "harbord": "metak2.robustness.binary_asymmetry",
    "hazard_ratio_from_logrank": "metak2.effects.hazard_ratios",
    "hazard_ratios_from_percentages": "metak2.effects.hazard_ratios",
    "henmi_copas": "metak2.robustness.adjusted_estimates",
    "heterogeneity_tests": "metak2.models.fit_statistics",
    "inflation": "metak2.models.wald",
    "influence": "metak2.robustness.influence",
    "join_effects": "metak2.effects.join",
    "leave_one_out": "metak2.robustness.leave_one_out",
    "leave_one_out_counts": "metak2.robustness.counts_leave_one_out",
    "leave_one_out_regression": "metak2.robustness.regression_leave_one_out",
    "leave_two_out": "metak2.robustness.leave_one_out",
    "leave_two_out_plot": "metak2.plots.robustness",
    "limit_meta_analysis": "metak2.robustness.adjusted_estimates",
    "macaskill": "metak2.robustness.binary_asymmetry",
    "means_from_medians": "metak2.effects.derived.medians",
    "overlap": "metak2.display.published",
    "p_curve": "metak2.robustness.pcurve",
    "p_uniform": "metak2.robustness.pcurve",
    "permutation_test": "metak2.robustness.permutation",
    "pet_peese": "metak2.robustness.adjusted_estimates",
    "peters": "metak2.robustness.binary_asymmetry",
    "pool": "metak2.models.pool",
    "pool_subgroups": "metak2.models.subgroups",
    "predict": "metak2.models.predict",
    "predict_scale": "metak2.models.location_scale",
    "profile_likelihood_interval": "metak2.models.fit_statistics",
    "qq_points": "metak2.robustness.influence",
    "radial_points": "metak2.robustness.influence",
    "rare_events_table": "metak2.models.rare_events",
    "read_sheet": "metak2.studies.read",
    "read_studies": "metak2.studies.read",
    "read_targets": "metak2.studies.targets",
    "reconcile": "metak2.studies.reconcile",
    "regress": "metak2.models.regress",
    "regress_scale": "metak2.models.location_scale",
    "regression_of": "metak2.models.regress",
    "removal": "metak2.display.published",
    "report": "metak2.report.compose",
    "reproduce": "metak2.robustness.published",
    "residuals": "metak2.robustness.influence",
    "run_plan": "metak2.plan.run",
    "selection_model": "metak2.robustness.selection",
    "separation": "metak2.robustness.gosh",
    "side_by_side": "metak2.models.pool",
    "single_trial": "metak2.models.single_trial",
    "specification_curve": "metak2.robustness.specification",
    "specification_plot": "metak2.plots.robustness",
    "study_effects": "metak2.models.predict",
    "subgroups_of": "metak2.models.subgroups",
    "trace": "metak2.report.trace",
    "trim_and_fill": "metak2.robustness.trim_and_fill",
    "wald_test": "metak2.models.wald",
}
_SHOWN_BY = {
    "metak2.display.show": {"cumulative", "leave_one_out", "pool", "pool_subgroups", "side_by_side"},
    "metak2.display.counts": {
        "exact_odds_ratio", "fit_beta_binomial", "fit_glmm", "fit_mantel_haenszel", "fit_peto",
        "leave_one_out_counts",
    },
    "metak2.display.rare_events": {"rare_events_table"},
    "metak2.display.robustness": {"bootstrap", "fragility", "gosh", "leave_two_out", "specification_curve"},
    "metak2.display.small_studies": {
        "begg", "copas", "copas_contour", "deeks", "egger", "excess_significance", "fail_safe_n", "harbord",
        "henmi_copas", "limit_meta_analysis", "macaskill", "p_curve", "p_uniform", "pet_peese", "peters",
        "selection_model", "trim_and_fill",
    },
    "metak2.display.regression": {
        "compare", "influence", "leave_one_out_regression", "permutation_test", "predict", "regress",
        "regress_scale", "study_effects", "wald_test",
    },
}  # fmt: skip

__all__ = [
    "Alternatives",
    "Caveat",
    "Column",
    "Comparison",
    "Correction",
    "EffectSizes",
    "Expectation",
    "Filter",
    "GlmmOptions",
    "Heading",
    "Interval",
    "Items",
    "MetaError",
    "ModelError",
    "Paragraph",
    "Picture",
    "PlanError",
    "PoolOptions",
    "Pooled",
    "Report",
    "SelectionOptions",
    "SingleTrial",
    "Specification",
    "StudyDataError",
    "StudyTable",
    "Subgroups",
    "Table",
    "UnknownOptionError",
    "Unpooled",
    "Zeros",
    "__version__",
    "absolute_effect",
    "baujat_points",
    "begg",
    "bootstrap",
    "bootstrap_plot",
    "check_revman",
    "check_workbook",
    "compare",
    "consistency",
    "continuity_correction",
    "contrasts",
    "copas",
    "copas_contour",
    "count_data",
    "cumulative",
    "deeks",
    "design_from",
    "each_study",
    "effect_sizes",
    "effect_tests",
    "effects_from",
    "egger",
    "exact_intervals",
    "exact_odds_ratio",
    "excess_significance",
    "fail_safe_n",
    "fit_beta_binomial",
    "fit_glmm",
    "fit_mantel_haenszel",
    "fit_peto",
    "fit_statistics",
    "five_numbers",
    "forest",
    "fragility",
    "fragility_plot",
    "full_report",
    "funnel",
    "gosh",
    "gosh_plot",
    "harbord",
    "hazard_ratio_from_logrank",
    "hazard_ratios_from_percentages",
    "henmi_copas",
    "heterogeneity_tests",
    "inflation",
    "influence",
    "join_effects",
    "leave_one_out",
    "leave_one_out_counts",
    "leave_one_out_regression",
    "leave_two_out",
    "leave_two_out_plot",
    "limit_meta_analysis",
    "macaskill",
    "means_from_medians",
    "overlap",
    "p_curve",
    "p_uniform",
    "permutation_test",
    "pet_peese",
    "peters",
    "pool",
    "pool_subgroups",
    "predict",
    "predict_scale",
    "profile_likelihood_interval",
    "qq_points",
    "radial_points",
    "rare_events_table",
    "read_sheet",
    "read_studies",
    "read_targets",
    "reconcile",
    "regress",
    "regress_scale",
    "regression_of",
    "removal",
    "report",
    "reproduce",
    "residuals",
    "run_plan",
    "selection_model",
    "separation",
    "side_by_side",
    "single_trial",
    "specification_curve",
    "specification_plot",
    "study_effects",
    "subgroups_of",
    "trace",
    "trim_and_fill",
    "wald_test",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public name
    """Load a public name with the module that holds it, and what it needs to show itself."""
    if name not in _HOMES:
        raise AttributeError(f"module 'metak2' has no attribute {name!r}")
    for home, names in _SHOWN_BY.items():
        if name in names:
            import_module(home)
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


class _Package(ModuleType):
    """The package: importing the floor `metak2.report` must not put a module where the verb `report` stands."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
