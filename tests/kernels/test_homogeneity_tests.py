import numpy as np
import pytest
from hypothesis import assume, given
from statsmodels.stats.contingency_tables import StratifiedTable

from metak2.kernels.homogeneity_tests import breslow_day, cochran_test, mantel_haenszel_test, person_time_test
from metak2.kernels.mantel_haenszel import pool_tables
from metak2.kernels.tables import addend
from metak2.kernels.zero_cells import has_zero
from tests.golden.cases import Case, assert_close, load
from tests.golden.counts import zeros_of
from tests.strategies import Cells, quick, tables

odds_ratios = [case for case in load("mh") if case.options["measure"] == "OR"]
rate_ratios = [case for case in load("mh") if case.options["measure"] == "IRR"]


@pytest.mark.parametrize("case", odds_ratios, ids=str)
def test_cochran_mantel_haenszel_and_tarone_are_those_of_metafor(case: Case) -> None:
    cells, zeros = tuple(case.tables()), zeros_of(case)
    mi, correct = np.ones_like(cells[0]), case.options.get("correct", True)
    pooled = pool_tables(cells, mi, measure="OR", zeros=zeros)
    more = addend(has_zero(*cells), mi, zeros.sums)
    a, b, c, d = (cell + more for cell in cells)
    for field, found in {
        "CO": cochran_test((a, b, c, d), mi, correct=correct),
        "MH": mantel_haenszel_test((a, b, c, d), mi, correct=correct),
        "TA": breslow_day((a, b, c, d), mi, pooled.estimate)[1],
    }.items():
        assert_close(found.statistic, case, field)
        assert_close(found.pval, case, f"{field}_p")


@pytest.mark.parametrize("case", rate_ratios, ids=str)
def test_the_test_of_rates_is_that_of_metafor(case: Case) -> None:
    x1, t1, x2, t2 = case.rows("x1i", "t1i", "x2i", "t2i")
    mi = np.ones_like(x1)
    more = addend((x1 == 0) | (x2 == 0), mi, zeros_of(case).sums)
    found = person_time_test((x1 + more, t1, x2 + more, t2), mi, correct=case.options.get("correct", True))
    assert_close(found.statistic, case, "MH")
    assert_close(found.pval, case, "MH_p")


@quick
@given(cells=tables(least=2))
def test_statsmodels_finds_the_same_homogeneity_and_association(cells: Cells) -> None:
    ai, bi, ci, di = (cell + 1 for cell in cells)  # statsmodels divides by zero cells
    stacked = np.stack([ai[0], bi[0], ci[0], di[0]], axis=1)
    oracle = StratifiedTable([row.reshape(2, 2) for row in stacked])
    mi = np.ones_like(ai)
    pooled = pool_tables((ai, bi, ci, di), mi, measure="OR")
    assume(abs(float(pooled.estimate[0])) > 1e-4)  # at an odds ratio of 1 statsmodels divides 0 by 0
    plain, tarone = breslow_day((ai, bi, ci, di), mi, pooled.estimate)
    # statsmodels solves the quadratic by its textbook formula, which cancels near 1.
    assert plain.statistic[0] == pytest.approx(oracle.test_equal_odds().statistic, rel=1e-6, abs=1e-8)
    assert tarone.statistic[0] == pytest.approx(oracle.test_equal_odds(adjust=True).statistic, rel=1e-6, abs=1e-8)
    associated = mantel_haenszel_test((ai, bi, ci, di), mi, correct=False)
    assert associated.statistic[0] == pytest.approx(oracle.test_null_odds().statistic, rel=1e-10, abs=1e-12)


@quick
@given(cells=tables(least=2))
def test_swapping_the_arms_changes_no_test(cells: Cells) -> None:
    a, b, c, d = cells
    mi = np.ones_like(a)
    forth, back = pool_tables((a, b, c, d), mi, measure="OR"), pool_tables((c, d, a, b), mi, measure="OR")
    pairs = [
        (mantel_haenszel_test((a, b, c, d), mi), mantel_haenszel_test((c, d, a, b), mi)),
        (cochran_test((a, b, c, d), mi), cochran_test((c, d, a, b), mi)),
        (breslow_day((a, b, c, d), mi, forth.estimate)[1], breslow_day((c, d, a, b), mi, back.estimate)[1]),
    ]
    for one, other in pairs:
        np.testing.assert_allclose(one.statistic, other.statistic, rtol=1e-7, atol=1e-9)  # a difference of two sums


@quick
@given(cells=tables(least=2))
def test_a_table_counted_twice_is_the_table_written_twice(cells: Cells) -> None:
    mi = np.ones_like(cells[0])
    mi[0, 0] = 2
    twice = tuple(np.hstack([cell[:, :1], cell]) for cell in cells)
    every = np.ones_like(twice[0])
    estimate = pool_tables(cells, mi, measure="OR").estimate
    for one, other in (
        (mantel_haenszel_test(cells, mi), mantel_haenszel_test(twice, every)),
        (breslow_day(cells, mi, estimate)[0], breslow_day(twice, every, estimate)[0]),
    ):
        np.testing.assert_allclose(one.statistic, other.statistic, rtol=1e-9, atol=1e-10)  # sums in other order
        np.testing.assert_allclose(one.df, other.df)


def test_no_events_answer_neither_question() -> None:
    zero, some = np.zeros((1, 2)), np.full((1, 2), 20.0)
    mi = np.ones((1, 2))
    assert np.isnan(mantel_haenszel_test((zero, some, zero, some), mi).statistic[0])
    assert np.isnan(breslow_day((zero, some, zero, some), mi, np.zeros(1))[1].pval[0])


def test_one_table_cannot_differ_from_itself() -> None:
    cells = tuple(np.array([[value]]) for value in (4.0, 9.0, 8.0, 6.0))
    estimate = pool_tables(cells, np.ones((1, 1)), measure="OR").estimate
    assert np.isnan(breslow_day(cells, np.ones((1, 1)), estimate)[0].statistic[0])
