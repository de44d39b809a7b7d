"""The influence of each study: metafor's numbers, with and without moderators, and what is refused."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from metak2.effects.front import effect_sizes
from metak2.errors import ModelError
from metak2.kernels.regression_tau2 import ESTIMATORS
from metak2.models.methods import METHODS
from metak2.models.pool import pool
from metak2.models.regress import regress
from metak2.robustness.influence import (
    Influence,
    baujat_points,
    hat_matrix,
    influence,
    qq_points,
    radial_points,
    residuals,
    weight_matrix,
)
from tests.effects.made_up import trials
from tests.golden.cases import Case, assert_close, load
from tests.golden.regressions import bcg, effects_of, flat, regression_of
from tests.robustness.pools import pooled_case
from tests.strategies import Study, meta_analyses, quick

BCG = bcg()
INFLUENCE = ("rstudent", "dffits", "cook_d", "cov_r", "QE_del", "hat", "weight")
NO_MODERATORS = {name for name in METHODS if name not in (*ESTIMATORS, "CE")}
DIAGNOSED = [case for case in load("regression_more") if case.stratum.startswith("influence")]


def compare(case: Case, found: Influence, rtol: float) -> None:
    for field in INFLUENCE:
        assert_close(getattr(found, field), case, field, rtol=rtol)
    # R stops Fisher scoring at 1e-12 where tau2 is 0.
    np.testing.assert_allclose(found.tau2_del, case.expected("tau2_del"), rtol=rtol, atol=1e-11)
    np.testing.assert_allclose(flat(found.dfbetas), flat(case.outputs["dfbetas"]), rtol=rtol, atol=1e-10)
    if "is_influential" in case.outputs:
        assert found.influential.tolist() == [bool(one) for one in case.outputs["is_influential"]]


@pytest.mark.parametrize("case", load("influence"), ids=str)
def test_influence_is_that_of_metafor(case: Case) -> None:
    compare(case, influence(regression_of(case)), 1e-8)
    if "X" not in case.inputs:
        compare(case, influence(pooled_case(case)), 1e-8)


@pytest.mark.parametrize("case", DIAGNOSED, ids=str)
def test_influence_under_knapp_hartung_and_given_weights_is_that_of_metafor(case: Case) -> None:
    compare(case, influence(regression_of(case)), 1e-6)  # R's influence() refits with its default threshold of 1e-5
    found = residuals(regression_of(case))
    assert_close(found.se, case, "rstandard_se")
    assert_close(found.deleted_se, case, "rstudent_se", rtol=1e-6)
    assert_close(found.pearson, case, "cholesky")


@pytest.mark.parametrize("case", load("residuals"), ids=str)
def test_residuals_are_those_of_metafor(case: Case) -> None:
    regression = regression_of(case)
    found = residuals(regression)
    for field, value in {
        "fitted": regression.fitted,
        "resid": found.raw,
        "rstandard_resid": found.raw,
        "rstandard_se": found.se,
        "rstandard_z": found.standardised,
        "rstudent_resid": found.deleted,
        "rstudent_se": found.deleted_se,
        "rstudent_z": found.studentised,
        "hat": regression.leverage,
        "weights_pct": regression.weights,
        "pearson": found.pearson,
        "cholesky": found.pearson,
        "cooks_distance": influence(regression).cook_d,
    }.items():
        if field in case.outputs:
            assert_close(value, case, field)
    for field, matrix in (("hat_matrix", hat_matrix), ("weight_matrix", weight_matrix)):
        if field in case.outputs:
            np.testing.assert_allclose(matrix(regression), case.outputs[field], rtol=1e-8, atol=1e-12, err_msg=field)


def test_the_hat_matrix_gives_the_fitted_values_and_leverages_with_given_weights_too() -> None:
    for more in ({}, {"weights": np.arange(1.0, 14.0)}):
        regression = regress(BCG, "ablat + C(alloc)", **more)  # type: ignore[arg-type] # options by name
        hat = hat_matrix(regression)
        np.testing.assert_allclose(hat @ BCG.yi, regression.fitted, rtol=1e-9)
        np.testing.assert_allclose(np.diag(hat), regression.leverage, rtol=1e-9)


@pytest.mark.parametrize(
    "feature, points", [("baujat", baujat_points), ("qqnorm", qq_points), ("radial", radial_points)]
)
def test_the_points_of_diagnostic_plots_are_those_of_metafor(feature: str, points: object) -> None:
    assert callable(points)
    for case in load(feature):
        found = points(regression_of(case))
        assert_close(found.x, case, "x")
        assert_close(found.y, case, "y")


@pytest.mark.parametrize("case", [one for one in load("regression_more") if one.stratum == "confint"], ids=str)
def test_baujat_with_moderators_is_that_of_metafor(case: Case) -> None:
    found = baujat_points(regression_of(case))
    assert_close(found.x, case, "x")
    assert_close(found.y, case, "y", rtol=1e-6)  # R refits with its default threshold of 1e-5


WAYS: list[dict[str, Any]] = [
    *(
        {"method": name}
        for name, method in METHODS.items()
        if method.needs == "yi_vi" and not method.weighted_estimator
    ),
    *({"test": test} for test in ("z", "t", "HK", "HK-adhoc", "HK-wider")),
    {"method": "GENQ", "weights": (3.0, 1.0, 2.0, 5.0, 1.0, 4.0, 2.0)},
    {"weights": (3.0, 1.0, 2.0, 5.0, 1.0, 4.0, 2.0), "test": "HK"},
    {"weights": "equal", "method": "DL", "test": "z"},
    {"tau2": 0.2, "test": "z"},
    {"tau2": 0.0},
]


@pytest.mark.parametrize("convention", ["metak2", "metafor"])
@pytest.mark.parametrize("how", [one for one in WAYS if one.get("method") not in NO_MODERATORS], ids=str)
@settings(quick, max_examples=10)
@given(study=meta_analyses(least=7, most=7))
def test_a_pooled_effect_and_its_regression_on_nothing_have_the_same_influence(
    how: dict[str, Any], convention: str, study: Study
) -> None:
    effects = effects_of(*(column[0] for column in study))
    base = pool(effects, convention=convention, **how)
    pooled, alone = influence(base), influence(regress(effects, convention=convention, **how))
    scale = np.abs(study[0]).max()  # where the exact value is 0, the rounding of the effects is left
    for field in (*INFLUENCE, "dfbetas"):
        found, expected = getattr(pooled, field), getattr(alone, field)
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10 * max(scale, 1.0), err_msg=field)


def test_a_study_that_no_other_replaces_is_named() -> None:
    lone = effects_of([0.1, 0.4, 0.2, 0.5, 0.9], [0.1] * 5, zone=["a", "a", "a", "a", "b"])
    found = influence(regress(lone, "zone", method="DL"))
    assert [(note.code, note.where) for note in found.notes if note.code == "NOT_WITHOUT"] == [("NOT_WITHOUT", ("S5",))]
    assert np.isnan(found.rstudent).tolist() == [False] * 4 + [True]


def test_the_reasons_name_the_rules_that_are_broken() -> None:
    found = influence(regress(effects_of([0.1, 0.0, -0.1, 0.05, -0.05, 0.0, 0.6], [0.1] * 6 + [0.02]), method="CE"))
    assert found.reasons[:6] == ((),) * 6
    assert found.reasons[6] == ("dffits", "cook_d", "hat", "dfbetas")


def test_two_studies_and_mantel_haenszel_are_refused() -> None:
    with pytest.raises(ModelError, match="at least three studies"):
        influence(regress(effects_of([0.1, 0.5], [0.1, 0.2])))
    tables = trials([("A", 1, 10, 2, 10), ("B", 3, 20, 2, 18), ("C", 5, 30, 9, 31)])
    with pytest.raises(ModelError, match="leave_one_out"):
        influence(pool(effect_sizes(tables, measure="RR"), method="MH"))
