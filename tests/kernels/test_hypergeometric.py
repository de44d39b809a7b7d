from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nchypergeom_fisher

from metak2.kernels.hypergeometric import (
    conditional_odds_ratios,
    cumulants,
    sum_distribution,
    supports,
    third_cumulant,
)
from tests.strategies import quick

tables = st.lists(st.tuples(*[st.integers(0, 25)] * 4), min_size=1, max_size=5)
Rows = list[tuple[int, int, int, int]]


def columns(rows: Rows) -> list[np.ndarray]:
    return [np.array(column, dtype=float) for column in zip(*rows, strict=True)]


@quick
@given(rows=tables, theta=st.floats(-3, 3))
def test_mean_and_variance_are_those_of_scipys_distribution(rows: Rows, theta: float) -> None:
    ai, bi, ci, di = columns(rows)
    _, mean, variance = cumulants(supports(ai, bi, ci, di), np.full((len(rows), 1), theta))
    for i, (a, b, c, d) in enumerate(rows):
        if min(a + b, a + c, c + d, b + d) == 0:
            assert variance[i, 0] == pytest.approx(0, abs=1e-12)
            continue
        oracle = nchypergeom_fisher(a + b + c + d, a + b, a + c, np.exp(theta))
        assert mean[i, 0] == pytest.approx(oracle.mean(), rel=1e-8)  # scipy's recursion stops at about 1e-10
        assert variance[i, 0] == pytest.approx(oracle.var(), rel=1e-6, abs=1e-9)  # scipy subtracts two squares


@quick
@given(rows=tables, theta=st.floats(-2, 2))
def test_variance_and_third_cumulant_are_slopes_of_the_mean(rows: Rows, theta: float) -> None:
    possible = supports(*columns(rows))
    at = np.array([theta - 1e-4, theta, theta + 1e-4]) * np.ones((len(rows), 1))
    normaliser, mean, variance = cumulants(possible, at)
    third = third_cumulant(possible, at)
    # Central differences of step 1e-4: relative error about 1e-8, and rounding.
    np.testing.assert_allclose((normaliser[:, 2] - normaliser[:, 0]) / 2e-4, mean[:, 1], rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose((mean[:, 2] - mean[:, 0]) / 2e-4, variance[:, 1], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose((variance[:, 2] - variance[:, 0]) / 2e-4, third[:, 1], rtol=1e-5, atol=1e-5)


@quick
@given(rows=tables)
def test_the_sum_over_tables_is_the_convolution_in_whole_numbers(rows: Rows) -> None:
    ways = {0: Fraction(1)}
    for a, b, c, d in rows:
        n1, n2, m = a + b, c + d, a + c
        one = {
            j: Fraction(comb(n1, j) * comb(n2, m - j), comb(n1 + n2, m)) for j in range(max(0, m - n2), min(n1, m) + 1)
        }
        ways = {
            total: sum(ways[s] * p for s in ways for j, p in one.items() if s + j == total)
            for total in {s + j for s in ways for j in one}
        }
    values, probability = sum_distribution(supports(*columns(rows)), 0.0)
    assert {int(value) for value in values} == set(ways)
    for value, share in zip(values, probability, strict=True):
        assert share == pytest.approx(float(ways[int(value)]), rel=1e-11)  # log-factorials of at most 100


def test_a_table_at_the_end_of_its_support_has_an_infinite_odds_ratio() -> None:
    ai, bi, ci, di = columns([(0, 10, 3, 7), (3, 7, 0, 10), (0, 10, 0, 10), (2, 8, 5, 5)])
    theta, variance = conditional_odds_ratios(supports(ai, bi, ci, di), ai)
    assert (theta[0], theta[1]) == (-np.inf, np.inf)
    assert np.isnan(theta[2])
    assert np.isinf(variance[:3]).all()
    _, mean, _ = cumulants(supports(ai, bi, ci, di), np.where(np.isfinite(theta), theta, 0.0)[:, None])
    assert mean[3, 0] == pytest.approx(2, rel=1e-11)  # the definition: expected events equal those observed
