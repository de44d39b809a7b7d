from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.kernels.exact import fisher_exact
from tests.strategies import quick


def p_value(a: float, b: float, c: float, d: float) -> float:
    return float(fisher_exact(*(np.array(float(cell)) for cell in (a, b, c, d))))


def test_the_lady_tasting_tea() -> None:
    # Fisher (1935): 34 of 70 arrangements are at least as extreme as three right out of four.
    assert p_value(3, 1, 1, 3) == pytest.approx(34 / 70, rel=1e-14)  # a few roundings


def test_habus_trial_has_the_published_p_value() -> None:
    assert round(p_value(2, 19, 9, 10), 4) == 0.0123


counts = st.integers(0, 30)


@quick
@given(a=counts, b=counts, c=counts, d=counts)
def test_the_p_value_is_the_sum_of_exact_binomial_products(a: int, b: int, c: int, d: int) -> None:
    n1, n2, events = a + b, c + d, a + c
    ways = [comb(n1, x) * comb(n2, events - x) for x in range(max(0, events - n2), min(n1, events) + 1)]
    observed = comb(n1, a) * comb(n2, c)
    exact = sum(way for way in ways if way <= observed) / sum(ways)
    assert p_value(a, b, c, d) == pytest.approx(exact, rel=1e-12)  # products of at most sixty rounded ratios


@quick
@given(a=counts, b=counts, c=counts, d=counts)
def test_swapping_arms_or_outcomes_changes_nothing(a: int, b: int, c: int, d: int) -> None:
    # Ratios multiplied in other order.
    assert p_value(c, d, a, b) == pytest.approx(p_value(a, b, c, d), rel=1e-12)
    assert p_value(b, a, d, c) == pytest.approx(p_value(a, b, c, d), rel=1e-12)


def test_large_trials_neither_overflow_nor_warn() -> None:
    assert 0 < p_value(505, 87886, 499, 87892) < 1
    assert p_value(0, 100_000, 2000, 98_000) == pytest.approx(0.0, abs=1e-300)


def test_no_events_at_all_give_no_evidence() -> None:
    assert p_value(0, 10, 0, 12) == 1


def test_half_a_patient_has_no_exact_test() -> None:
    assert np.isnan(p_value(0.5, 10, 2, 12))


def test_tables_are_tested_one_by_one() -> None:
    ai, bi, ci, di = np.array([[3, 2]]), np.array([[1, 19]]), np.array([[1, 9]]), np.array([[3, 10]])
    assert fisher_exact(ai, bi, ci, di).tolist() == [[p_value(3, 1, 1, 3), p_value(2, 19, 9, 10)]]
