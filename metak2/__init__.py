"""Meta-analysis of clinical trials, from the spreadsheet cell to a report that a machine can check.

>>> import metak2 as mk
>>> effects = mk.effects_from([-0.89, -1.59, -1.35], study=["A", "B", "C"], measure="RR", se=[0.57, 0.44, 0.64])
>>> mk.pool(effects).k
3

The public names stand once, in `__init__.pyi`, each on a line of its own: type checkers read them there, and each is
loaded when it is first used.
"""

import re
import sys
from importlib import import_module
from importlib.util import find_spec
from inspect import isfunction
from types import ModuleType
from typing import Any

from metak2.argument_types import checked

with open(f"{__file__}i", encoding="utf-8") as _stub:  # noqa: PTH123 - pathlib costs as much as all the rest here
    _HOMES = {name: home for _, home, _, name, _, _ in (line.split() for line in _stub if line.startswith("from "))}
_SHOWN_BY = {
    "metak2.display.show": {"cumulative", "leave_one_out", "pool", "pool_subgroups", "side_by_side"},
    "metak2.display.accuracy": {"diagnostic_accuracy"},
    "metak2.display.bayes": {"bayes", "bayes_multilevel", "prior_sensitivity"},
    "metak2.display.robust": {
        "correlation_sensitivity",
        "egger_clustered",
        "robust",
        "selection_clustered",
        "wild_test",
    },
    "metak2.display.counts": {
        "leave_one_out_counts",
        "fit_glmm",
        "fit_mantel_haenszel",
        "fit_peto",
        "exact_odds_ratio",
        "fit_beta_binomial",
    },
    "metak2.display.multilevel": {"cluster_influence", "cluster_residuals", "group_effects", "multilevel"},
    "metak2.display.dose_response": {"dose_response"},
    "metak2.display.grade": {"grade"},
    "metak2.display.missing_cells": {"missing_cells"},
    "metak2.display.open_questions": {"new_trial", "next_trial", "sequential_analysis"},
    "metak2.display.network": {
        "contributions",
        "league_table",
        "network",
        "network_components",
        "network_designs",
        "network_map",
        "network_regression",
        "rank_treatments",
        "split_network",
    },
    "metak2.display.rare_events": {"rare_events_table"},
    "metak2.display.robustness": {"bootstrap", "fragility", "gosh", "leave_two_out", "specification_curve"},
    "metak2.display.small_studies": {
        "begg",
        "copas",
        "copas_contour",
        "deeks",
        "egger",
        "excess_significance",
        "fail_safe_n",
        "harbord",
        "henmi_copas",
        "limit_meta_analysis",
        "macaskill",
        "p_curve",
        "p_uniform",
        "pet_peese",
        "peters",
        "selection_model",
        "trim_and_fill",
    },
    "metak2.display.regression": {
        "compare",
        "influence",
        "leave_one_out_regression",
        "permutation_test",
        "predict",
        "regress",
        "regress_scale",
        "predict_studies",
        "wald_test",
    },
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - the names stand in the stub


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public name
    """Load a public name with the module that holds it, and what it needs to show itself."""
    if name not in _HOMES:
        raise AttributeError(f"module 'metak2' has no attribute {name!r}{_elsewhere(name)}")
    for home, names in _SHOWN_BY.items():
        if name in names:
            import_module(home)
    value = getattr(import_module(_HOMES[name]), name)
    if isfunction(value):
        value = checked(value)
    globals()[name] = value
    return value


def _elsewhere(name: str) -> str:
    """What does the work of the function that has this name in metafor or meta, or an empty string."""
    if name.startswith("_") or find_spec(f"metak2.{name}"):
        return ""
    called = re.compile(rf"\b{re.escape(name)}\(")
    rows = import_module("metak2.display.names").tables()["Functions"]
    ours = sorted({row.metak2 for row in rows if row.metak2 in _HOMES and called.search(f"{row.metafor} {row.meta}")})
    return f"; R's {name}() is here {' or '.join(ours)}" if ours else ""


def __dir__() -> list[str]:
    return sorted(__all__)


class _Package(ModuleType):
    """The package: importing the floor `metak2.report` must not put a module where the verb `report` stands."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
