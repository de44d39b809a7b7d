import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.kernels.intervals import (
    normal_interval,
    normal_pval,
    prediction_interval,
    t_interval,
    t_pval,
    t_quantile,
)
from tests.golden.cases import load
from tests.strategies import quick


def test_the_normal_interval_has_the_quantile_of_the_tables() -> None:
    low, high = normal_interval(np.array(1.0), np.array(2.0), level=0.95)
    # 1.959963984540054 is the 0.975 quantile to all digits.
    assert (1 - low) / 2 == pytest.approx(1.959963984540054, rel=1e-14)
    assert (high - 1) / 2 == pytest.approx(1.959963984540054, rel=1e-14)


def test_t_with_one_degree_of_freedom_is_cauchy() -> None:
    # The quantile of Cauchy's distribution is tan(pi (p - 1/2)).
    for level in (0.5, 0.8, 0.9, 0.95, 0.99):
        assert t_quantile(np.array(1.0), level=level) == pytest.approx(math.tan(math.pi * level / 2), rel=1e-10)


def test_t_with_two_degrees_of_freedom_is_in_closed_form() -> None:
    # q / sqrt(2 p (1 - p)) with q = 2p - 1 for the quantile; 1 - t / sqrt(2 + t^2) for the p value.
    for level in (0.5, 0.9, 0.95, 0.99):
        p = (1 + level) / 2
        closed = (2 * p - 1) / math.sqrt(2 * p * (1 - p))
        assert t_quantile(np.array(2.0), level=level) == pytest.approx(closed, rel=1e-10)
    t = np.array([0.1, 1.0, 10.0, 1e3])
    tail = 2 / (np.sqrt(2 + t**2) * (np.sqrt(2 + t**2) + t))  # the same without cancellation
    np.testing.assert_allclose(t_pval(t, np.array(2.0)), tail, rtol=1e-12)  # the incomplete beta function to 12 digits


def test_p_values_stay_accurate_far_in_the_tail() -> None:
    cases = [case for case in load("uni_intercept") if case.options["test"] in {"z", "t", "knha", "adhoc"}]
    for case in cases:
        stat, df = case.expected("stat"), case.expected("df")
        got = t_pval(stat, np.where(np.isnan(df), np.inf, df))
        np.testing.assert_allclose(got, case.expected("pval"), rtol=1e-8)  # as promised in the architecture
    assert min(float(case.expected("pval")[0]) for case in cases) < 1e-25


@quick
@given(df=st.integers(1, 200), level=st.floats(0.5, 0.999))
def test_quantile_and_p_value_are_inverse(df: int, level: float) -> None:
    pval = t_pval(t_quantile(np.array(float(df)), level=level), np.array(float(df)))
    assert pval == pytest.approx(1 - level, rel=1e-10)  # 1 - level keeps 13 digits


@quick
@given(z=st.floats(0, 37))
def test_the_normal_p_value_is_the_complementary_error_function(z: float) -> None:
    assert normal_pval(np.array(-z)) == pytest.approx(math.erfc(z / math.sqrt(2)), rel=1e-12)  # two implementations


def test_infinite_degrees_of_freedom_mean_normal() -> None:
    estimate, se, df = np.array(0.3), np.array(0.1), np.array(np.inf)
    assert t_interval(estimate, se, df, level=0.9) == normal_interval(estimate, se, level=0.9)
    assert t_pval(np.array(2.0), df) == normal_pval(np.array(2.0))


def test_no_degrees_of_freedom_mean_no_interval() -> None:
    low, high = t_interval(np.array([0.3, 0.3]), np.array([0.1, 0.1]), np.array([0.0, np.nan]), level=0.95)
    assert np.isnan([low, high]).all()
    assert np.isnan(t_pval(np.array(1.0), np.array(0.0)))


def test_an_unknown_estimate_has_neither_interval_nor_p_value() -> None:
    assert np.isnan(normal_interval(np.array(np.nan), np.array(1.0), level=0.95)).all()
    assert np.isnan(t_pval(np.array(np.nan), np.array(5.0)))


def test_without_heterogeneity_the_prediction_interval_is_the_confidence_interval() -> None:
    estimate, se, df = np.array(0.3), np.array(0.1), np.array(7.0)
    predicted = prediction_interval(estimate, se, np.array(0.0), df, level=0.95)
    np.testing.assert_allclose(predicted, t_interval(estimate, se, df, level=0.95), rtol=1e-14)  # a square and its root
