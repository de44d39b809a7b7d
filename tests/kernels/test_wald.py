"""Wald statistics and the tail of F, against SciPy's and by hand."""

import numpy as np
import pytest
from scipy.stats import f

from metak2.kernels.wald import f_pval, generalised_inflation, wald_statistic


@pytest.mark.parametrize("statistic, df, df_residual", [(0.0, 2, 5), (3.2, 1, 10), (50.0, 4, 7), (1e6, 3, 40)])
def test_the_tail_of_f_is_that_of_scipy(statistic: float, df: int, df_residual: int) -> None:
    got = f_pval(np.array(statistic), np.array(df), np.array(df_residual))
    assert float(got) == pytest.approx(f.sf(statistic, df, df_residual), rel=1e-12)


def test_without_residual_degrees_of_freedom_there_is_no_f_test() -> None:
    assert np.isnan(f_pval(np.array([1.0, 1.0]), np.array(1), np.array([0.0, np.inf]))).all()


def test_one_coefficient_has_the_square_of_its_z() -> None:
    assert wald_statistic(np.array([[3.0]]), np.array([[[4.0]]]))[0] == pytest.approx(9 / 4, rel=1e-15)


def test_uncorrelated_coefficients_are_not_inflated_and_two_have_the_known_factor() -> None:
    assert generalised_inflation(np.diag([1.0, 5.0]), np.array([True, False])) == pytest.approx(1.0, rel=1e-15)
    correlated = np.array([[4.0, 1.2], [1.2, 1.0]])
    assert generalised_inflation(correlated, np.array([True, False])) == pytest.approx(1 / (1 - 0.36), rel=1e-14)
