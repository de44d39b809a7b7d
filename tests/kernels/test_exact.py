from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.kernels.exact import ExactOddsRatio, exact_odds_ratio, fisher_exact
from tests.golden.cases import Case, load, numbers
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


def analysis(cells: tuple[tuple[int, ...], ...], level: float = 0.95) -> ExactOddsRatio:
    return exact_odds_ratio(*(np.array(cell, dtype=float) for cell in cells), level=level)


@pytest.mark.parametrize("case", load("exact_odds_ratio"), ids=str)
def test_the_exact_odds_ratio_is_that_of_r(case: Case) -> None:
    found = exact_odds_ratio(*(numbers(case.inputs[name]) for name in ("ai", "bi", "ci", "di")), level=0.95)
    for got, field in ((found.estimate, "odds_ratio"), (found.low, "ci_lb"), (found.high, "ci_ub")):
        expected = case.expected(field)[0]
        inverted = expected > 1  # R seeks a ratio above 1 as its inverse
        # by uniroot, whose default tolerance is 1.22e-4
        assert np.exp(-got if inverted else got) == pytest.approx(1 / expected if inverted else expected, abs=1.3e-4)
    assert found.pval == pytest.approx(case.expected("pval")[0], rel=1e-9)  # a sum of at most 1000 probabilities


def exact_tails(cells: tuple[tuple[int, ...], ...], ratio: Fraction) -> tuple[Fraction, Fraction, Fraction]:
    """P(sum < observed), P(sum = observed), P(sum > observed) in whole numbers."""
    ways = {0: Fraction(1)}
    for a, b, c, d in zip(*cells, strict=True):
        n1, n2, m = a + b, c + d, a + c
        one = {j: comb(n1, j) * comb(n2, m - j) * ratio**j for j in range(max(0, m - n2), min(n1, m) + 1)}
        together: dict[int, Fraction] = {}
        for s, way in ways.items():
            for j, more in one.items():
                together[s + j] = together.get(s + j, Fraction(0)) + way * more
        ways = together
    whole, observed = sum(ways.values()), sum(cells[0])
    below, above = (sum(w for s, w in ways.items() if s < observed), sum(w for s, w in ways.items() if s > observed))
    return below / whole, ways[observed] / whole, above / whole


@quick
@given(rows=st.lists(st.tuples(*[st.integers(0, 8)] * 4), min_size=1, max_size=3))
def test_exact_limits_leave_out_two_and_a_half_per_cent_in_whole_numbers(rows: list[tuple[int, int, int, int]]) -> None:
    cells = tuple(zip(*rows, strict=True))
    found = analysis(cells)
    for limit, share, side in (
        (found.low, 1, 2), (found.high, 1, 0), (found.mid_low, Fraction(1, 2), 2), (found.mid_high, Fraction(1, 2), 0)
    ):  # fmt: skip
        if np.isfinite(limit):
            tails = exact_tails(cells, Fraction(float(np.exp(limit))).limit_denominator(10**15))
            # The limit is right to about 1e-13, a tail changes by at most the number of events times that.
            assert float(tails[side] + share * tails[1]) == pytest.approx(0.025, rel=1e-8)


@quick
@given(rows=st.lists(st.tuples(*[st.integers(0, 30)] * 4), min_size=1, max_size=4))
def test_swapping_the_arms_turns_the_exact_interval_round(rows: list[tuple[int, int, int, int]]) -> None:
    a, b, c, d = zip(*rows, strict=True)
    forth, back = analysis((a, b, c, d)), analysis((c, d, a, b))
    np.testing.assert_allclose(
        [forth.estimate, forth.low, forth.mid_high, forth.pval],
        [-back.estimate, -back.high, -back.mid_low, back.pval],
        rtol=1e-9,
        atol=1e-9,  # roots and sums in other order
    )


def test_trials_without_events_leave_the_exact_answer_as_it_is() -> None:
    few, more = ((2, 1), (19, 30), (9, 4), (10, 28)), ((2, 1, 0), (19, 30, 50), (9, 4, 0), (10, 28, 45))
    assert analysis(few) == analysis(more)


def test_margins_that_allow_one_outcome_only_have_no_exact_answer() -> None:
    assert np.isnan(analysis(((0,), (10,), (0,), (12,))).estimate)
