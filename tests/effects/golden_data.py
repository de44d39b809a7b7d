"""The golden calls of R's escalc as tables of studies, measure, variance and correction of zeros."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metak2.effects.front import effect_sizes
from metak2.effects.sizes import EffectSizes
from metak2.effects.zero_cells import ZeroCells, continuity_correction
from metak2.studies.table import Kind, StudyTable
from tests.golden.cases import Case, numbers

Columns = Mapping[str, NDArray[np.float64]]

KINDS: Mapping[frozenset[str], tuple[Kind, Mapping[str, str]]] = {
    frozenset({"x1i", "t1i", "x2i", "t2i"}): (
        "rates", {"event_e": "x1i", "time_e": "t1i", "event_c": "x2i", "time_c": "t2i"}),
    frozenset({"di", "n1i", "n2i"}): ("d_values", {"d": "di", "n_e": "n1i", "n_c": "n2i"}),
    frozenset({"ti", "n1i", "n2i"}): ("t_values", {"t": "ti", "n_e": "n1i", "n_c": "n2i"}),
    frozenset({"xi", "ni"}): ("proportions", {"event": "xi", "n": "ni"}),
    frozenset({"xi", "ti"}): ("single_rates", {"event": "xi", "person_time": "ti"}),
    frozenset({"mi", "sdi", "ni"}): ("single_means", {"mean": "mi", "sd": "sdi", "n": "ni"}),
    frozenset({"sdi", "ni"}): ("single_means", {"sd": "sdi", "n": "ni"}),
    frozenset({"ri", "ni"}): ("correlations", {"r": "ri", "n": "ni"}),
    frozenset({"ti", "ni", "mi"}): ("regressions", {"t": "ti", "n": "ni", "predictors": "mi"}),
    frozenset({"ti", "ni", "mi", "r2i"}): (
        "regressions", {"t": "ti", "n": "ni", "predictors": "mi", "r_squared": "r2i"}),
    frozenset({"ai", "mi", "ni"}): ("reliability", {"alpha": "ai", "items": "mi", "n": "ni"}),
    frozenset({"ai", "bi", "ci"}): ("genotypes", {"homozygous_1": "ai", "heterozygous": "bi", "homozygous_2": "ci"}),
}  # fmt: skip
MEANS = {"m1i": "mean_e", "sd1i": "sd_e", "n1i": "n_e", "m2i": "mean_c", "sd2i": "sd_c", "n2i": "n_c"}
PAIRED = {"m1i": "mean_1", "m2i": "mean_2", "sd1i": "sd_1", "sd2i": "sd_2", "ri": "r", "ni": "n"}
PAIRS = {"both": "ai", "first_only": "bi", "second_only": "ci", "neither": "di"}
STABILISED = {"AS", "PHI", "ZPHI", "RTET", "ZTET", "PAS", "PFT", "IRSD", "IRS", "IRFT"}
"""Measures to which R adds nothing unless it is told to."""


def effects_of(case: Case, *, measure: str | None = None, variance: str | None = None) -> EffectSizes:
    """What the front door makes of a call of escalc; metafor's defaults for zeros are spelt out."""
    kind, columns = table_columns(case)
    k = len(next(iter(columns.values())))
    label = tuple(f"study {i + 1}" for i in range(k))
    studies = StudyTable(source="golden", kind=kind, study=label, columns=columns, cells={})
    if measure is None:
        measure = case.options["measure"] + ("-uncorrected" if case.options.get("correct") is False else "")
    variance = variance or case.options.get("vtype")
    return effect_sizes(studies, measure=measure, variance=variance, zero_cells=correction(case))


def correction(case: Case) -> ZeroCells:
    """R's add, to and drop00 as a correction."""
    options, stabilised = case.options, case.options["measure"] in STABILISED
    to = {"only0": "affected", "all": "all", "if0all": "all if any", "none": "none"}[options.get("to", "only0")]
    return continuity_correction(
        options.get("add", 0.0 if stabilised else 0.5),
        to=to,  # type: ignore[arg-type] # one of the four words by construction
        double_zero="drop" if options.get("drop00") else "keep",
    )


def table_columns(case: Case) -> tuple[Kind, dict[str, Any]]:
    """The kind of data and the columns of its table."""
    given = {name: numbers(value) for name, value in case.inputs.items()}
    names = frozenset(given)
    if "m1i" in names or "sd1i" in names:
        columns = PAIRED if "ri" in names else MEANS
        return "paired_means" if "ri" in names else "means", {columns[name]: given[name] for name in names}
    if case.options["measure"] == "MPORM":
        return "crossover_counts", {
            "event_first": given["ai"], "n_first": given["ai"] + given["bi"],
            "event_second": given["ci"], "n_second": given["ci"] + given["di"], "r": given["ri"],
        }  # fmt: skip
    if case.feature == "escalc_paired2x2":
        return "paired_counts", {column: given[name] for column, name in PAIRS.items()}
    if names in KINDS:
        kind, columns = KINDS[names]
        return kind, {column: given[name] for column, name in columns.items()}
    n1i = given["n1i"] if "n1i" in names else given["ai"] + given["bi"]
    n2i = given["n2i"] if "n2i" in names else given["ci"] + given["di"]
    return "counts", {"event_e": given["ai"], "n_e": n1i, "event_c": given["ci"], "n_c": n2i}
