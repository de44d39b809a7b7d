"""The likelihood of the mean effect, tau2 profiled out."""

import numpy as np
import pytest
from hypothesis import given
from scipy.optimize import minimize_scalar
from scipy.stats import chi2

from metak2.kernels.contract import Status
from metak2.kernels.profile_effect import profile_effect_interval, summit_about
from metak2.kernels.profile_likelihood import log_likelihoods
from metak2.kernels.tau2 import maximum_likelihood
from tests.golden.cases import bcg_log_risk_ratios
from tests.golden.inference import fit
from tests.strategies import Study, meta_analyses, quick

BCG_Y, BCG_V = bcg_log_risk_ratios()


def test_about_the_maximum_likelihood_mean_the_summit_is_the_maximum_likelihood() -> None:
    mi = np.ones_like(BCG_Y)
    pooled = fit("ML", BCG_Y, BCG_V, mi)
    tau2, height = summit_about(BCG_Y, BCG_V, mi, pooled.estimate)
    assert tau2[0] == pytest.approx(pooled.tau2[0], rel=1e-8)  # a flat top: half the digits of the height
    assert height[0] == pytest.approx(log_likelihoods(BCG_Y, BCG_V, mi, pooled.tau2, pooled.estimate)[0][0], rel=1e-12)


@quick
@given(study=meta_analyses())
def test_no_tau2_on_a_fine_grid_is_higher_than_the_summit(study: Study) -> None:
    yi, vi = study
    mi, centre = np.ones_like(yi), np.array([0.5])
    height = summit_about(yi, vi, mi, centre)[1]
    for other in np.concatenate([[0.0], np.geomspace(1e-4 * vi.min(), 100.0, 400)]):
        assert log_likelihoods(yi, vi, mi, np.array([other]), centre)[0][0] <= height[0] + 1e-9  # rounding of sums


def test_the_interval_of_the_bcg_trials_ends_where_another_optimiser_finds_it() -> None:
    mi = np.ones_like(BCG_Y)
    low, high, status = profile_effect_interval(BCG_Y, BCG_V, mi, level=0.95)
    pooled = fit("ML", BCG_Y, BCG_V, mi)
    top = log_likelihoods(BCG_Y, BCG_V, mi, pooled.tau2, pooled.estimate)[0][0]
    for end in (low, high):

        def below(log_tau2: float, end: np.ndarray = end) -> float:
            return -float(log_likelihoods(BCG_Y, BCG_V, mi, np.exp(np.array([log_tau2])), end)[0][0])

        best = -minimize_scalar(below, bounds=(-8, 3), method="bounded", options={"xatol": 1e-10}).fun
        assert top - best == pytest.approx(chi2.ppf(0.95, 1) / 2, abs=1e-8)  # bisection to the last digit
    assert status[0] == Status.OK


def test_the_profile_interval_is_wider_than_walds() -> None:
    mi = np.ones_like(BCG_Y)
    pooled = fit("ML", BCG_Y, BCG_V, mi)
    low, high, _ = profile_effect_interval(BCG_Y, BCG_V, mi, level=0.95)
    assert high[0] - low[0] > 2 * 1.96 * pooled.se[0]


@pytest.mark.parametrize("scale, shift", [(1e-6, 0.0), (1e4, 3.0)])
def test_units_and_origin_do_not_matter(scale: float, shift: float) -> None:
    mi = np.ones_like(BCG_Y)
    plain = np.ravel(profile_effect_interval(BCG_Y, BCG_V, mi, level=0.9)[:2])
    moved = np.ravel(profile_effect_interval(scale * (BCG_Y + shift), scale**2 * BCG_V, mi, level=0.9)[:2])
    np.testing.assert_allclose(moved / scale - shift, plain, rtol=1e-9)  # the root of a flat function: half the digits


def test_one_study_has_no_profile_of_its_mean() -> None:
    one = np.ones((1, 1))
    low, high, status = profile_effect_interval(0.3 * one, 0.1 * one, one, level=0.95)
    assert np.isnan([low[0], high[0]]).all()
    assert status[0] == Status.TOO_FEW


def test_equal_effects_have_the_common_effect_for_a_centre() -> None:
    yi, vi = np.full((1, 4), 0.5), np.array([[0.1, 0.2, 0.1, 0.3]])
    low, high, _ = profile_effect_interval(yi, vi, np.ones_like(yi), level=0.95)
    assert (low[0] + high[0]) / 2 == pytest.approx(0.5, abs=1e-9)  # bisection to the last digit of the Wald limit
    assert maximum_likelihood(yi, vi, np.ones_like(yi))[0][0] == 0
