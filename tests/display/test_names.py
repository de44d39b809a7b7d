"""The table of names is complete, holds nothing that is not ours, and its document is up to date."""

import re
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_args

import pytest

import metak2 as mk
from metak2.display.names import DAGGER, Names, names_document, tables
from metak2.display.names_functions import FUNCTIONS
from metak2.display.names_measures import MEASURE_ROWS, METHOD_ROWS
from metak2.effects.derived.medians import MEAN_METHODS, SD_METHODS
from metak2.effects.each_study import RULES
from metak2.effects.measures import MEASURES
from metak2.effects.zero_cells import ZERO_CELLS
from metak2.models.accuracy import Likelihood
from metak2.models.conventions import CONVENTIONS, PREDICTIONS, TAU2_INTERVALS, TESTS
from metak2.models.dose_response_result import Covariance
from metak2.models.glmm_designs import MODELS
from metak2.models.methods import METHODS
from metak2.models.network import NetworkMethod
from metak2.models.network_contribution import Streams
from metak2.models.network_regression import Slopes
from metak2.models.priors import FAMILIES, PUBLISHED
from metak2.models.random_terms import CONTINUOUS, STRUCTURES
from metak2.models.robust import JointTest
from metak2.models.robust_result import Kind, Test, WorkingName
from metak2.robustness.adjusted_estimates import ADJUSTMENTS
from metak2.robustness.selection_question import KINDS
from metak2.robustness.small_studies import MODELS as ASYMMETRY_MODELS
from metak2.robustness.small_studies import PREDICTORS
from metak2.robustness.trim_and_fill import ESTIMATORS
from metak2.robustness.unseen_studies import RULES as FAIL_SAFE_RULES

REPOSITORY = Path(__file__).parents[2]
DOCUMENT = REPOSITORY / "docs" / "names.md"
GOLDEN = REPOSITORY / "tests" / "golden"
REGISTRIES: dict[str, Iterable[str]] = {
    "Measures": MEASURES,
    "Methods": METHODS,
    "Tests and": TESTS,
    "Prediction": PREDICTIONS,
    "Intervals of τ²": TAU2_INTERVALS,
    "Intervals of a proportion": RULES,
    "Means from": MEAN_METHODS,
    "SDs from": SD_METHODS,
    "Conventions": CONVENTIONS,
    "Generalised": MODELS,
    "Structures": (*STRUCTURES, CONTINUOUS),
    "Sandwich": get_args(Kind),
    "Degrees of freedom": get_args(Test),
    "Working": get_args(WorkingName),
    "Tests of several": get_args(JointTest),
    "Selection": KINDS,
    "Missing": ESTIMATORS,
    "Models of asymmetry": ASYMMETRY_MODELS,
    "Predictors": PREDICTORS,
    "Fail-safe": FAIL_SAFE_RULES,
    "Limit": ADJUSTMENTS,
    "Networks": get_args(NetworkMethod),
    "Streams": get_args(Streams),
    "Slopes": get_args(Slopes),
    "Diagnostic": get_args(Likelihood),
    "Covariances": get_args(Covariance),
    "Priors": (*FAMILIES, *PUBLISHED),
}
OPTION_CLASSES = {
    mk.BayesOptions: "Options of `bayes_multilevel`",
    mk.GlmmOptions: "Options of those",
    mk.MultilevelOptions: "Options of `multilevel`",
    mk.Random: "A random term",
    mk.RobustOptions: "Options of `robust`",
    mk.SelectionOptions: "Options of `selection_model`",
    mk.SequentialPlan: "Trial sequential",
}


def ours(start: str) -> list[str]:
    (rows,) = [rows for heading, rows in tables().items() if heading.startswith(start)]
    return [row.metak2 for row in rows]


def every_row() -> list[Names]:
    return [row for rows in tables().values() for row in rows]


def test_the_document_is_what_the_data_say() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == names_document()


@pytest.mark.parametrize("heading", REGISTRIES)
def test_every_name_of_a_registry_has_a_row_and_no_other(heading: str) -> None:
    assert sorted(ours(heading)) == sorted(REGISTRIES[heading])


def test_every_public_function_has_a_row_and_every_row_of_a_function_is_public() -> None:
    named = [row[0] for rows in FUNCTIONS.values() for row in rows]
    assert sorted(named) == sorted(name for name in mk.__all__ if name[0].islower())


def test_every_option_has_a_row() -> None:
    pooling = {"method", "test", "convention", "level", "prediction"}
    assert set(ours("Options of `pool`")) == pooling | {field.name for field in fields(mk.PoolOptions)}
    assert set(ours("Zero")) >= set(ZERO_CELLS)
    assert set(ours("Variance")) == {name for measure in MEASURES.values() for name in measure.variances}


@pytest.mark.parametrize("options", OPTION_CLASSES)
def test_every_field_of_a_class_of_options_has_a_row(options: type) -> None:
    assert is_dataclass(options)
    assert ours(OPTION_CLASSES[options]) == [field.name for field in fields(options)]


def test_no_class_of_options_is_forgotten() -> None:
    public = {getattr(mk, name) for name in mk.__all__ if name.endswith(("Options", "Plan"))}
    assert public - {mk.PoolOptions} <= set(OPTION_CLASSES)


def test_the_table_names_no_measure_or_method_that_we_do_not_have() -> None:
    assert set(MEASURE_ROWS) <= set(MEASURES)
    assert set(METHOD_ROWS) <= set(METHODS)


def test_no_name_of_ours_stands_twice_under_a_heading() -> None:
    for rows in tables().values():
        named = [row.metak2 for row in rows]
        assert len(named) == len(set(named))


def test_a_name_in_doubt_carries_its_dagger_at_the_end_where_the_legend_explains_it() -> None:
    cells = [cell for row in every_row() for cell in (row.metafor, row.meta, row.revman, row.stata)]
    assert all("†" not in cell.removesuffix(DAGGER) for cell in cells)
    assert any(cell.endswith(DAGGER) for cell in cells)
    assert "A dagger (†)" in names_document()


def test_metafors_measures_and_methods_are_names_that_the_golden_cases_ran() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in GOLDEN.glob("*.json")).replace('\\"', '"')
    ran = set(re.findall(r'(?:measure=|method=|escalc\()"(\w+)"', text))
    rows = [row for row in every_row()[: len(MEASURES) + len(METHODS)] if not row.metafor.endswith(DAGGER)]
    said = {name for row in rows for name in re.findall(r'(?:measure|method)="(\w+)"', row.metafor)}
    assert said - ran == set()


def test_the_older_bias_correction_is_an_option_of_escalc_not_a_measure() -> None:
    (rom,) = [row for row in tables()["Measures (`measure=`)"] if row.metak2 == "ROM-uncorrected"]
    assert rom.metafor == 'measure="ROM", correct=FALSE'
