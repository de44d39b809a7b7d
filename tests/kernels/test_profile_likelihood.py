"""The likelihood of tau2 as a whole: values, profiles, intervals."""

import numpy as np
import pytest
from hypothesis import given
from scipy.stats import chi2, multivariate_normal

from metak2.kernels.contract import Status
from metak2.kernels.profile_likelihood import boundary_pval, log_likelihoods, profile, profile_interval
from metak2.kernels.tau2 import maximum_likelihood
from tests.golden.cases import Case, assert_close, bcg_log_risk_ratios, load
from tests.golden.inference import fit
from tests.strategies import Batch, Study, batches, meta_analyses, quick

BCG_Y, BCG_V = bcg_log_risk_ratios()
PL = [case for case in load("uni_confint") if case.stratum == "PL"]


@pytest.mark.parametrize("case", [*load("uni_intercept"), *load("uni_weights")], ids=str)
def test_log_likelihoods_are_those_of_metafor(case: Case) -> None:
    yi, vi = case.rows("yi", "vi")
    got = log_likelihoods(yi, vi, np.ones_like(yi), case.expected("tau2"), case.expected("beta"))
    for name, value in zip(("ML", "REML"), got, strict=True):
        assert_close(value, case, f"fit.{name}.ll")


def test_the_log_likelihood_is_the_density_of_the_normal_distribution() -> None:
    ml, _ = log_likelihoods(BCG_Y, BCG_V, np.ones_like(BCG_Y), np.array([0.3]), np.array([-0.7]))
    density = multivariate_normal(np.full(13, -0.7), np.diag(BCG_V[0] + 0.3)).logpdf(BCG_Y[0])
    assert ml[0] == pytest.approx(density, rel=1e-13)


@pytest.mark.parametrize("case", load("profile"), ids=str)
def test_the_profile_is_that_of_metafor(case: Case) -> None:
    yi, vi = case.rows("yi", "vi")
    height, mean = profile(yi, vi, np.ones_like(yi), case.expected("tau2"), restricted=True)
    assert_close(height[0], case, "loglik")
    assert_close(mean[0], case, "estimate")


@pytest.mark.parametrize("case", PL, ids=str)
def test_profile_likelihood_limits_are_those_of_metafor(case: Case) -> None:
    yi, vi = case.rows("yi", "vi")
    restricted = case.options["method"] == "REML"
    low, high, _ = profile_interval(yi, vi, np.ones_like(yi), level=case.options["level"] / 100, restricted=restricted)
    vt = fit("EE", yi, vi, np.ones_like(yi)).vt
    for limit, got in (("ci_lb", low), ("ci_ub", high)):
        assert_close(got, case, f"tau2.{limit}")
        assert_close(100 * got / (got + vt), case, f"I2.{limit}")
        assert_close(got / vt + 1, case, f"H2.{limit}")


@quick
@given(study=meta_analyses())
def test_at_a_limit_the_likelihood_has_fallen_by_half_the_quantile(study: Study) -> None:
    yi, vi = study
    mi = np.ones_like(yi)
    low, high, _ = profile_interval(yi, vi, mi, level=0.9, restricted=False)
    summit, _ = maximum_likelihood(yi, vi, mi)
    points = np.array([low[0], summit[0], high[0]])
    height = profile(yi, vi, mi, points, restricted=False)[0][0]
    assert low[0] <= summit[0] <= high[0]
    line = height[1] - chi2.ppf(0.9, 1) / 2
    assert height[2] == pytest.approx(line, abs=1e-8)  # the root is found to 1e-10 relative
    assert height[0] == pytest.approx(line, abs=1e-8) if low[0] > 0 else height[0] >= line


@quick
@given(batch=batches())
def test_a_batch_of_profile_intervals_equals_its_rows_one_by_one(batch: Batch) -> None:
    yi, vi, mi = batch
    low, high, status = profile_interval(yi, vi, mi, level=0.95, restricted=True)
    for row in range(len(mi)):
        alone = profile_interval(yi[[row]], vi[[row]], mi[[row]], level=0.95, restricted=True)
        np.testing.assert_allclose([low[row], high[row]], np.ravel(alone[:2]), rtol=1e-9, atol=1e-9 * vi.min())
        assert status[row] == alone[2][0]


@pytest.mark.parametrize("scale", [1e-8, 1e6])
def test_a_change_of_unit_scales_the_profile_interval(scale: float) -> None:
    mi = np.ones_like(BCG_Y)
    plain = profile_interval(BCG_Y, BCG_V, mi, level=0.95, restricted=True)
    scaled = profile_interval(scale * BCG_Y, scale**2 * BCG_V, mi, level=0.95, restricted=True)
    np.testing.assert_allclose(np.ravel(scaled[:2]) / scale**2, np.ravel(plain[:2]), rtol=1e-11)  # rounding


def test_where_the_likelihood_has_two_summits_the_interval_reaches_over_both() -> None:
    yi, vi = np.array([[-4.0, 4.0, 0.0, 0.0, 0.0, 0.0]]), np.array([[0.001, 0.001, 10.0, 10.0, 10.0, 10.0]])
    mi = np.ones_like(yi)
    low, high, _ = profile_interval(yi, vi, mi, level=0.95, restricted=False)
    points = np.concatenate([np.linspace(low[0], high[0], 50), [0.5 * low[0], 2 * high[0]]])
    height = profile(yi, vi, mi, points, restricted=False)[0][0]
    line = height.max() - chi2.ppf(0.95, 1) / 2
    assert (height[-2:] < line).all()


def test_a_flat_profile_says_so() -> None:
    # Two precise studies that agree and a poor one that does not: no heterogeneity and much of it are equally likely.
    yi, vi = np.array([[0.0347, 0.0115, -3.0885]]), np.array([[1e-4, 1e-2, 1.0]])
    low, high, status = profile_interval(yi, vi, np.ones_like(yi), level=0.95, restricted=True)
    assert low[0] == 0
    assert np.isfinite(high[0])
    assert Status.FLAT in Status(int(status[0]))


def test_equal_effects_have_a_profile_interval_from_zero() -> None:
    yi, vi = np.full((1, 4), 0.5), np.array([[0.1, 0.2, 0.1, 0.3]])
    low, high, _ = profile_interval(yi, vi, np.ones_like(yi), level=0.95, restricted=True)
    assert low[0] == 0
    assert 0 < high[0] < 2


def test_one_study_and_a_bad_variance_have_no_profile_interval() -> None:
    yi, vi = np.array([[0.3, 0.4], [0.3, 0.4]]), np.array([[0.1, 0.1], [0.1, -1.0]])
    mi = np.array([[1.0, 0.0], [1.0, 1.0]])
    low, high, status = profile_interval(yi, vi, mi, level=0.95, restricted=True)
    assert np.isnan([low, high]).all()
    assert status.tolist() == [Status.TOO_FEW, Status.BAD_INPUT]


def test_on_the_boundary_the_p_value_is_half_that_of_chi_squared() -> None:
    statistic = np.array([0.0, 1.0, 2.705543454095404, np.nan])
    expected = [1.0, chi2.sf(1.0, 1) / 2, 0.05, np.nan]
    np.testing.assert_allclose(boundary_pval(statistic), expected, rtol=1e-13)  # identities
