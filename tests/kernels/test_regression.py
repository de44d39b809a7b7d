"""Weighted least squares of a batch: laws and exact arithmetic; models/test_regress.py holds metafor's."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.kernels.contract import Status
from metak2.kernels.pooling import random_effects
from metak2.kernels.regression import regression
from metak2.kernels.regression_rows import inverted, redundant_columns
from tests.golden.cases import load
from tests.strategies import Array, Batch, Study, batches, meta_analyses, quick


def exact_residual_q(yi: list[float], vi: list[float], x: list[float]) -> Fraction:
    """Weighted residual sum of squares about a line, in rational arithmetic."""
    y, v, t = ([Fraction(one) for one in column] for column in (yi, vi, x))
    w = [1 / one for one in v]
    total = sum(w)
    mean_t = sum(a * b for a, b in zip(w, t, strict=True)) / total
    mean_y = sum(a * b for a, b in zip(w, y, strict=True)) / total
    s_tt = sum(a * (b - mean_t) ** 2 for a, b in zip(w, t, strict=True))
    s_ty = sum(a * (b - mean_t) * (c - mean_y) for a, b, c in zip(w, t, y, strict=True))
    s_yy = sum(a * (c - mean_y) ** 2 for a, c in zip(w, y, strict=True))
    return s_yy - s_ty**2 / s_tt


def test_residual_q_is_that_of_rational_arithmetic_where_r_loses_digits() -> None:
    # Calendar years beside a constant: R's normal equations lose half their digits (tests/golden/README.md).
    case = next(case for case in load("uni_moderators") if case.id == "uni_moderators-0100")
    yi, vi = case.rows("yi", "vi")
    fit = regression(yi, vi, np.ones_like(yi), case.row("X"), np.zeros(1))
    years = [row[1] for row in case.inputs["X"]]
    exact = float(exact_residual_q(case.inputs["yi"], case.inputs["vi"], years))
    assert fit.QE[0] == pytest.approx(exact, rel=1e-13)
    assert abs(case.expected("QE")[0] / exact - 1) > 1e-9


@quick
@given(batch=batches())
def test_a_column_of_ones_is_the_pooled_effect(batch: Batch) -> None:
    yi, vi, mi = batch
    tau2 = np.full(len(mi), 0.3)
    fit = regression(yi, vi, mi, np.ones((yi.shape[1], 1)), tau2)
    pooled = random_effects(yi, vi, mi, tau2, np.zeros(len(mi), dtype=np.int64))
    several = mi.sum(axis=1) >= 2
    for got, expected in (
        (fit.beta[:, 0], pooled.estimate),
        (np.sqrt(fit.vcov[:, 0, 0]), pooled.se),
        (np.sqrt(fit.vcov[:, 0, 0] * fit.scale), pooled.se_hk),
        (fit.QE, pooled.Q),
        (fit.I2, pooled.I2),
        (fit.weights.T, pooled.weights.T),
    ):
        # Both centre on different values first; sums of a few thousandths of the effects remain.
        np.testing.assert_allclose(got[..., several], expected[..., several], rtol=1e-9, atol=1e-11)


@quick
@given(study=meta_analyses(least=4), copies=st.integers(2, 3))
def test_multiplicity_is_the_study_written_that_often(study: Study, copies: int) -> None:
    yi, vi = study
    k = yi.shape[1]
    X, mi = np.column_stack([np.ones(k), np.arange(k)]), np.ones((1, k))
    mi[0, 1] = copies
    often = mi[0].astype(int)
    short = regression(yi, vi, mi, X, np.array([0.2]))
    long = regression(
        *(np.repeat(array, often, axis=1) for array in (yi, vi, np.ones_like(yi))),
        np.repeat(X, often, axis=0),
        np.array([0.2]),
    )
    for name in ("beta", "vcov", "scale", "QE", "vt", "ll_ml", "ll_reml"):
        np.testing.assert_allclose(getattr(short, name), getattr(long, name), rtol=1e-9, atol=1e-11, err_msg=name)


@quick
@given(study=meta_analyses(least=4))
def test_the_order_of_the_studies_does_not_matter(study: Study) -> None:
    yi, vi = study
    k = yi.shape[1]
    X, order = np.column_stack([np.ones(k), np.arange(k)]), np.random.default_rng(k).permutation(k)
    one = np.ones((1, k))
    here = regression(yi, vi, one, X, np.array([0.2]))
    there = regression(yi[:, order], vi[:, order], one, X[order], np.array([0.2]))
    np.testing.assert_allclose(here.beta, there.beta, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(here.leverage[0][order], there.leverage[0], rtol=1e-9, atol=1e-12)


@quick
@given(study=meta_analyses(least=4), unit=st.sampled_from([1e-4, 1e4]))
def test_coefficients_have_the_unit_of_the_effects(study: Study, unit: float) -> None:
    yi, vi = study
    k = yi.shape[1]
    X, one = np.column_stack([np.ones(k), np.arange(k)]), np.ones((1, k))
    plain = regression(yi, vi, one, X, np.array([0.2]))
    scaled = regression(yi * unit, vi * unit**2, one, X, np.array([0.2 * unit**2]))
    np.testing.assert_allclose(scaled.beta / unit, plain.beta, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(scaled.vcov / unit**2, plain.vcov, rtol=1e-9)
    np.testing.assert_allclose(scaled.I2, plain.I2, rtol=1e-9)


@quick
@given(study=meta_analyses(least=4))
def test_leverages_add_up_to_the_number_of_coefficients(study: Study) -> None:
    yi, vi = study
    k = yi.shape[1]
    X = np.column_stack([np.ones(k), np.arange(k)])
    fit = regression(yi, vi, np.ones((1, k)), X, np.array([0.2]))
    assert fit.leverage.sum() == pytest.approx(2.0, rel=1e-10)
    assert fit.weights.sum() == pytest.approx(100.0, rel=1e-12)


def test_weights_that_are_the_inverse_variances_change_nothing() -> None:
    rng = np.random.default_rng(1)
    yi, vi = rng.normal(size=(1, 8)), rng.uniform(0.1, 1.0, (1, 8))
    X = np.column_stack([np.ones(8), rng.normal(size=8)])
    plain = regression(yi, vi, np.ones((1, 8)), X, np.array([0.2]))
    given_weights = regression(yi, vi, np.ones((1, 8)), X, np.array([0.2]), weights=1 / (vi + 0.2))
    for name in ("beta", "vcov", "scale", "leverage", "ll_ml"):
        np.testing.assert_allclose(getattr(given_weights, name), getattr(plain, name), rtol=1e-10, err_msg=name)


def test_redundant_columns_are_those_explained_by_the_ones_before() -> None:
    x = np.array([1.0, 2.0, 4.0, 7.0])
    X = np.column_stack([np.ones(4), x, 3 - 2 * x, np.zeros(4), x**2])
    assert redundant_columns(X).tolist() == [False, False, True, True, False]
    years = 1950.0 + np.arange(10)
    assert not redundant_columns(np.column_stack([np.ones(10), years, years**2])).any()


def test_a_row_that_cannot_be_estimated_is_nan_and_says_why() -> None:
    X = np.column_stack([np.ones(4), [0.0, 0.0, 0.0, 1.0]])
    mi = np.array([[1.0, 1, 1, 1], [1, 1, 1, 0], [1, 0, 0, 1]])
    fit = regression(np.arange(4.0)[None], np.ones((1, 4)), mi, X, np.array([0.1]))
    assert np.isnan(fit.beta[:, 0]).tolist() == [False, True, True]
    assert fit.status.tolist() == [0, Status.RANK_DEFICIENT, Status.TOO_FEW]


def test_a_singular_matrix_has_no_inverse() -> None:
    assert np.isnan(inverted(np.ones((1, 2, 2)))).all()
    regular: Array = np.array([[[2.0, 0.0], [0.0, 4e-20]]])
    np.testing.assert_allclose(inverted(regular)[0], np.diag([0.5, 2.5e19]), rtol=1e-14)
