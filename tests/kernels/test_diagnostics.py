"""Case deletion by formula equals case deletion by hand."""

import numpy as np
import pytest

from metak2.kernels.diagnostics import Deletion, Diagnostics, diagnose, quadratic, standardised_se
from metak2.kernels.regression import regression

K = 9


def common_effect_line() -> tuple[Deletion, Diagnostics]:
    rng = np.random.default_rng(9)
    yi, vi, X = rng.normal(size=K), rng.uniform(0.1, 2.0, K), np.column_stack([np.ones(K), rng.normal(size=K)])
    one = np.ones((1, K))
    deletion = Deletion(
        yi=yi,
        vi=vi,
        X=X,
        left_out=np.arange(K),
        full=regression(yi[None], vi[None], one, X, np.zeros(1)),
        refits=regression(yi[None], vi[None], 1.0 - np.eye(K), X, np.zeros(K)),
        refitted=regression(yi[None], vi[None], np.ones((K, K)), X, np.zeros(K)),
        scale=1.0,
        scales=np.ones(K),
        weighted=False,
    )
    return deletion, diagnose(deletion)


def test_a_deleted_residual_is_the_raw_one_divided_by_what_leverage_leaves() -> None:
    # Cook & Weisberg (1982): with known variances, e_i / (1 - h_i).
    case, found = common_effect_line()
    raw, leverage = case.yi - case.full.fitted[0], case.full.leverage[0]
    np.testing.assert_allclose(found.deleted_residual, raw / (1 - leverage), rtol=1e-10)
    np.testing.assert_allclose(found.rstudent, raw / standardised_se(case.vi, case.X, case.full), rtol=1e-10)


def test_cooks_distance_is_that_of_the_textbook() -> None:
    case, found = common_effect_line()
    raw, leverage = case.yi - case.full.fitted[0], case.full.leverage[0]
    np.testing.assert_allclose(found.cook_d, raw**2 * leverage / (case.vi * (1 - leverage) ** 2), rtol=1e-9)
    np.testing.assert_allclose(found.cov_r, 1 / (1 - leverage), rtol=1e-10)
    np.testing.assert_allclose(found.dffits**2, found.cook_d, rtol=1e-9)


def test_a_study_that_the_model_cannot_do_without_has_no_diagnostics() -> None:
    X = np.column_stack([np.ones(4), [0.0, 0.0, 0.0, 1.0]])
    yi, vi = np.array([0.1, 0.5, 0.2, 0.9]), np.full(4, 0.1)
    full = regression(yi[None], vi[None], np.ones((1, 4)), X, np.zeros(1))
    refits = regression(yi[None], vi[None], 1.0 - np.eye(4), X, np.zeros(4))
    refitted = regression(yi[None], vi[None], np.ones((4, 4)), X, refits.tau2)
    found = diagnose(
        Deletion(
            yi=yi, vi=vi, X=X, left_out=np.arange(4), full=full, refits=refits, refitted=refitted, scale=1.0,
            scales=np.ones(4), weighted=False,
        )
    )  # fmt: skip
    assert np.isnan(found.rstudent).tolist() == [False, False, False, True]
    assert np.isnan(standardised_se(vi, X, full)).tolist() == [False, False, False, True]


def test_a_quadratic_form_by_hand() -> None:
    assert quadratic(np.array([[1.0, 2.0]]), np.array([[1.0, 0.5], [0.5, 3.0]]))[0] == pytest.approx(1 + 2 + 12)
