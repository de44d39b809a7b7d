"""Fit statistics, likelihood-ratio and Wald tests, and intervals for few studies."""

import numpy as np
import pytest
from scipy.stats import chi2, norm

from metak2.effects.front import effects_from
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.models.few_studies import exact_intervals
from metak2.models.fit_statistics import (
    effect_tests,
    fit_statistics,
    heterogeneity_tests,
    profile_likelihood_interval,
)
from metak2.models.pool import pool
from tests.effects.made_up import counts
from tests.golden.cases import bcg_log_risk_ratios

BCG_Y, BCG_V = bcg_log_risk_ratios()


def sizes(yi: np.ndarray, vi: np.ndarray) -> EffectSizes:
    return effects_from(yi, vi=vi, study=[f"study {i}" for i in range(yi.size)])


BCG = sizes(BCG_Y[0], BCG_V[0])


def test_the_likelihood_ratio_for_tau2_is_twice_the_gain_over_the_common_effect() -> None:
    test = next(test for test in heterogeneity_tests(pool(BCG)) if test.name == "likelihood ratio, ML")
    gain = fit_statistics(pool(BCG, method="ML")).ML.ll - fit_statistics(pool(BCG, method="CE")).ML.ll
    assert test.statistic == pytest.approx(2 * gain, rel=1e-12)
    assert test.pval == pytest.approx(chi2.sf(2 * gain, 1) / 2, rel=1e-10)


def test_without_heterogeneity_the_likelihood_ratio_is_zero_and_its_p_value_one() -> None:
    equal = sizes(np.full(4, 0.5), np.array([0.1, 0.2, 0.1, 0.3]))
    ratios = [test for test in heterogeneity_tests(pool(equal)) if test.name.startswith("likelihood")]
    assert [(test.statistic, test.pval) for test in ratios] == [(0.0, 1.0), (0.0, 1.0)]


def test_the_wald_test_of_tau2_sets_it_against_its_error() -> None:
    pooled = pool(BCG)
    test = next(test for test in heterogeneity_tests(pooled) if test.name == "Wald")
    assert pooled.tau2 is not None
    assert pooled.se_tau2 is not None
    assert test.statistic == pooled.tau2 / pooled.se_tau2
    assert test.pval == pytest.approx(norm.sf(test.statistic), rel=1e-12)


def test_the_likelihood_ratio_for_no_effect_is_one_where_the_mean_is_zero() -> None:
    centred = BCG_Y[0] - pool(BCG, method="ML").estimate
    ratio = effect_tests(pool(sizes(centred, BCG_V[0]), method="ML"))[1]
    assert ratio.statistic == pytest.approx(0.0, abs=1e-10)  # the difference of two log-likelihoods of size 13
    assert ratio.pval == pytest.approx(1.0, abs=1e-5)


def test_the_p_value_is_five_per_cent_where_the_profile_interval_ends() -> None:
    end = profile_likelihood_interval(pool(BCG)).high
    ratio = effect_tests(pool(sizes(BCG_Y[0] - end, BCG_V[0])))[1]
    assert ratio.pval == pytest.approx(0.05, rel=1e-6)  # bisection to the last digit of the Wald limit


def test_a_given_tau2_costs_no_parameter() -> None:
    assert fit_statistics(pool(BCG, tau2=0.3)).parameters == 1
    assert fit_statistics(pool(BCG)).parameters == 2


def test_counts_have_no_likelihood_of_effect_sizes() -> None:
    pooled = pool(counts([("A", 4, 100, 8, 100), ("B", 2, 50, 5, 50)]), method="MH")
    with pytest.raises(ModelError, match="use CE, ML or REML"):
        fit_statistics(pooled)


def test_one_study_has_no_test_of_heterogeneity() -> None:
    one = pool(sizes(np.array([0.4]), np.array([0.09])))
    for function in (heterogeneity_tests, effect_tests, profile_likelihood_interval):
        with pytest.raises(ModelError, match="own interval is the answer"):
            function(one)
    assert np.isfinite(fit_statistics(one).ML.ll)


def test_the_exact_intervals_hold_hartung_knapps_neighbourhood() -> None:
    pooled = pool(BCG)
    exact, mid, t = exact_intervals(pooled)
    assert [interval.rule for interval in (exact, mid, t)] == ["exact", "mid-p", "unweighted t"]
    assert exact.low <= mid.low < pooled.estimate < mid.high <= exact.high
    assert t.low < pooled.estimate < t.high


def test_four_studies_have_an_infinite_exact_interval_and_a_finite_t_interval() -> None:
    exact, mid, t = exact_intervals(pool(sizes(BCG_Y[0, :4], BCG_V[0, :4])))
    assert np.isinf([exact.low, exact.high, mid.low, mid.high]).all()
    assert np.isfinite([t.low, t.high]).all()


def test_below_its_least_level_the_t_interval_is_not_shown() -> None:
    assert [interval.rule for interval in exact_intervals(pool(BCG, level=0.9))] == ["exact", "mid-p"]


@pytest.mark.parametrize("k", [1, 21])
def test_exact_intervals_are_for_two_to_twenty_studies(k: int) -> None:
    with pytest.raises(ModelError, match="two to 20"):
        exact_intervals(pool(sizes(np.linspace(0, 1, k), np.full(k, 0.1))))
