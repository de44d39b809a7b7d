"""Intervals whose coverage needs no tau2: against brute force over all signs, and by counting what they cover."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from scipy.stats import ttest_1samp

from metak2.kernels.contract import Status
from metak2.kernels.exact_intervals import typical_values, unweighted_t
from tests.golden.cases import bcg_log_risk_ratios
from tests.strategies import Array, Study, meta_analyses, quick

BCG_Y, BCG_V = bcg_log_risk_ratios()


def sign_flip_pval(y: Array, a: Array, centre: float) -> float:
    """Two-sided p value of the test that flips the signs of the deviations; twice the smaller tail."""
    deviations = a * (y - centre)
    sums = np.array([np.dot(signs, deviations) for signs in product((-1.0, 1.0), repeat=y.size)])
    tails = [(side * sums >= side * deviations.sum() - 1e-12).mean() for side in (-1.0, 1.0)]
    return min(1.0, 2 * min(tails))


def test_the_exact_interval_is_where_the_sign_flip_test_does_not_reject() -> None:
    y, a = BCG_Y[0, :8], 1 / (BCG_V[0, :8] + 0.1)
    low, high, _ = typical_values(y[np.newaxis], BCG_V[:, :8], np.ones((1, 8)), a[np.newaxis], level=0.9, mid_p=False)
    inside, outside = 1e-6, -1e-6
    for end, side in ((low[0], 1.0), (high[0], -1.0)):
        assert sign_flip_pval(y, a, end + side * inside) > 0.1
        assert sign_flip_pval(y, a, end + side * outside) <= 0.1


def test_the_exact_interval_covers_the_mean_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    vi = np.array([[0.1, 0.4, 0.2, 1.0, 0.05, 0.3]])
    yi = rng.normal(0.3, np.sqrt(vi + 0.5), (4000, 6))
    low, high, _ = typical_values(yi, vi, np.ones((4000, 6)), 1 / (vi + 0.2), level=0.9, mid_p=False)
    # 64 orders of which 3 at each end are left out: 58 / 64. Two standard errors of 4,000 draws are 0.9 %.
    assert np.mean((low <= 0.3) & (high >= 0.3)) == pytest.approx(58 / 64, abs=0.012)


@pytest.mark.parametrize("k, exact, mid_p", [(4, False, False), (5, False, True), (6, True, True)])
def test_the_interval_is_finite_from_six_studies_and_with_mid_p_from_five(k: int, exact: bool, mid_p: bool) -> None:
    yi, vi = BCG_Y[:, :k], BCG_V[:, :k]
    for halved, finite in ((False, exact), (True, mid_p)):
        low, high, status = typical_values(yi, vi, np.ones((1, k)), 1 / vi, level=0.95, mid_p=halved)
        assert np.isfinite([low[0], high[0]]).all() == finite
        assert status[0] == Status.OK


@quick
@given(study=meta_analyses(least=5, most=9))
def test_mid_p_is_never_wider_than_exact(study: Study) -> None:
    yi, vi = study
    mi = np.ones_like(yi)
    exact = typical_values(yi, vi, mi, 1 / vi, level=0.9, mid_p=False)
    mid = typical_values(yi, vi, mi, 1 / vi, level=0.9, mid_p=True)
    assert exact[0][0] <= mid[0][0] <= mid[1][0] <= exact[1][0]


@pytest.mark.parametrize("scale, shift", [(1e-6, 0.0), (-1e3, 2.0)])
def test_units_origin_and_the_swap_of_arms_carry_the_exact_interval_along(scale: float, shift: float) -> None:
    mi = np.ones_like(BCG_Y)
    plain = typical_values(BCG_Y, BCG_V, mi, 1 / BCG_V, level=0.95, mid_p=False)
    moved = typical_values(scale * (BCG_Y + shift), scale**2 * BCG_V, mi, 1 / BCG_V, level=0.95, mid_p=False)
    got = sorted(value / scale - shift for value in (moved[0][0], moved[1][0]))
    np.testing.assert_allclose(got, [plain[0][0], plain[1][0]], rtol=1e-9)  # the shift costs digits


def test_more_than_twenty_studies_are_refused() -> None:
    many = np.ones((1, 21))
    low, high, status = typical_values(many, many, many, many, level=0.95, mid_p=False)
    assert np.isnan([low[0], high[0]]).all()
    assert status[0] == Status.BAD_INPUT


def test_the_unweighted_t_interval_is_that_of_the_t_test() -> None:
    low, high, _ = unweighted_t(BCG_Y, BCG_V, np.ones_like(BCG_Y), level=0.95)
    expected = ttest_1samp(BCG_Y[0], 0.0).confidence_interval(0.95)
    np.testing.assert_allclose([low[0], high[0]], [expected.low, expected.high], rtol=1e-12)  # a second oracle


def test_the_unweighted_t_interval_covers_at_least_as_often_as_it_says_for_the_oddest_variances() -> None:
    rng = np.random.default_rng(3)
    vi = np.array([[1e-6, 1e-6, 1.0]])
    low, high, _ = unweighted_t(rng.normal(0.0, np.sqrt(vi), (4000, 3)), vi, np.ones((4000, 3)), level=0.95)
    assert np.mean((low <= 0) & (high >= 0)) >= 0.95


def test_below_its_least_level_the_unweighted_t_interval_is_refused() -> None:
    low, _, status = unweighted_t(BCG_Y, BCG_V, np.ones_like(BCG_Y), level=0.9)
    assert np.isnan(low[0])
    assert status[0] == Status.BAD_INPUT


def test_one_study_has_no_spread_of_its_own() -> None:
    one = np.ones((1, 1))
    assert unweighted_t(one, one, one, level=0.95)[2][0] == Status.TOO_FEW
    low, high, status = typical_values(one, one, one, one, level=0.95, mid_p=False)
    assert np.isinf([low[0], high[0]]).all()
    assert status[0] == Status.OK
