"""Case deletion by formula equals case deletion by hand."""

from typing import NamedTuple

import numpy as np
import pytest

from metak2.kernels.contract import FloatArray
from metak2.kernels.diagnostics import Diagnostics, deletion_of_regression, diagnose, quadratic, standardised_se
from metak2.kernels.regression import RegressionFit, regression


class Case(NamedTuple):
    """Studies, the fit of all, and what leaving each out tells."""

    yi: FloatArray
    vi: FloatArray
    X: FloatArray
    full: RegressionFit
    found: Diagnostics


def common_effect(yi: FloatArray, vi: FloatArray, X: FloatArray) -> Case:
    k, one = yi.size, np.ones((1, yi.size))
    full = regression(yi[None], vi[None], one, X, np.zeros(1))
    refits = regression(yi[None], vi[None], 1.0 - np.eye(k), X, np.zeros(k))
    again = regression(yi[None], vi[None], np.ones((k, k)), X, refits.tau2)
    deletion = deletion_of_regression(yi, vi, X, (full, refits, again), (1.0, np.ones(k)), weighted=False)
    return Case(yi, vi, X, full, diagnose(deletion))


def line() -> Case:
    rng = np.random.default_rng(9)
    yi, vi = rng.normal(size=9), rng.uniform(0.1, 2.0, 9)
    return common_effect(yi, vi, np.column_stack([np.ones(9), rng.normal(size=9)]))


def test_a_deleted_residual_is_the_raw_one_divided_by_what_leverage_leaves() -> None:
    # Cook & Weisberg (1982): with known variances, e_i / (1 - h_i).
    case = line()
    raw, leverage = case.yi - case.full.fitted[0], case.full.leverage[0]
    np.testing.assert_allclose(case.found.deleted_residual, raw / (1 - leverage), rtol=1e-10)
    np.testing.assert_allclose(case.found.rstudent, raw / standardised_se(case.vi, case.X, case.full), rtol=1e-10)


def test_cooks_distance_is_that_of_the_textbook() -> None:
    case = line()
    raw, leverage = case.yi - case.full.fitted[0], case.full.leverage[0]
    np.testing.assert_allclose(case.found.cook_d, raw**2 * leverage / (case.vi * (1 - leverage) ** 2), rtol=1e-9)
    np.testing.assert_allclose(case.found.cov_r, 1 / (1 - leverage), rtol=1e-10)
    np.testing.assert_allclose(case.found.dffits**2, case.found.cook_d, rtol=1e-9)


def test_a_study_that_the_model_cannot_do_without_has_no_diagnostics() -> None:
    X = np.column_stack([np.ones(4), [0.0, 0.0, 0.0, 1.0]])
    case = common_effect(np.array([0.1, 0.5, 0.2, 0.9]), np.full(4, 0.1), X)
    assert np.isnan(case.found.rstudent).tolist() == [False, False, False, True]
    assert np.isnan(standardised_se(case.vi, X, case.full)).tolist() == [False, False, False, True]


def test_a_quadratic_form_by_hand() -> None:
    assert quadratic(np.array([[1.0, 2.0]]), np.array([[1.0, 0.5], [0.5, 3.0]]))[0] == pytest.approx(1 + 2 + 12)
