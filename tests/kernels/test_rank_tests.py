import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom, kendalltau

from metak2.kernels.rank_tests import begg_scores, exact_pval, hypergeometric_scores, kendall
from tests.golden.cases import Case, assert_close, load
from tests.strategies import quick

values = st.lists(st.integers(-5, 5), min_size=3, max_size=12).map(lambda one: np.array(one, dtype=float))


@pytest.mark.parametrize("case", load("ranktest"), ids=str)
def test_begg_is_that_of_metafor(case: Case) -> None:
    yi, vi = case.row("yi")[0], case.row("vi")[0]
    found = kendall(begg_scores(yi, vi), vi)
    assert_close(found.tau, case, "tau")
    pval = found.normal_pval if np.isnan(found.exact_pval) else found.exact_pval
    assert_close(pval, case, "pval")


@pytest.mark.parametrize("k", [3, 4, 5, 6])
def test_the_exact_p_value_counts_permutations(k: int) -> None:
    order = np.arange(k, dtype=float)
    scores = [kendall(order, np.array(one, dtype=float)).score for one in itertools.permutations(range(k))]
    for score in sorted(set(scores)):
        share = min(1.0, 2 * min(np.mean(np.array(scores) >= score), np.mean(np.array(scores) <= score)))
        assert exact_pval(score, k) == pytest.approx(share, rel=1e-12)


@quick
@given(x=values, seed=st.integers(0, 1000))
def test_scipy_finds_the_same_tau_with_ties(x: np.ndarray, seed: int) -> None:
    y = np.random.default_rng(seed).integers(0, 4, x.size).astype(float)
    found = kendall(x, y)
    np.testing.assert_allclose(found.tau, kendalltau(x, y).statistic, rtol=1e-12, atol=1e-14)
    if not np.isnan(found.tau):
        reference = kendalltau(x, y, method="asymptotic").pvalue
        np.testing.assert_allclose(found.normal_pval, reference, rtol=1e-10)


def test_a_common_odds_ratio_of_one_is_the_central_hypergeometric() -> None:
    ai, n1i, ci, n2i = (np.array([one], dtype=float) for one in (3, 20, 7, 30))
    score, precision = hypergeometric_scores(ai, n1i, ci, n2i, 0.0)
    central = hypergeom(50, 20, 10)
    assert precision[0] == pytest.approx(1 / central.var(), rel=1e-12)
    assert score[0] == pytest.approx((3 - central.mean()) / central.std(), rel=1e-12)


def test_what_does_not_vary_has_no_rank_correlation() -> None:
    assert np.isnan(kendall(np.ones(5), np.arange(5.0)).tau)
    assert np.isnan(kendall(np.ones(1), np.ones(1)).tau)
