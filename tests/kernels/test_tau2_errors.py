"""Standard errors of tau2, against R and against the variance of the estimates themselves."""

import numpy as np
import pytest
from hypothesis import given

from metak2.kernels.tau2_errors import se_generalised_moments
from tests.golden.cases import RTOL, Case, bcg_log_risk_ratios, load
from tests.golden.inference import ERRORS, ESTIMATORS, tau2_and_error
from tests.strategies import Batch, batches, quick

BCG_Y, BCG_V = bcg_log_risk_ratios()
CASES = [
    case
    for feature in ("uni_intercept", "uni_intercept_newer", "uni_weights")
    for case in load(feature)
    if case.options["method"] != "EE"
]
every_error = pytest.mark.parametrize("method", ERRORS)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_standard_error_of_tau2_is_that_of_metafor(case: Case) -> None:
    yi, vi = case.rows("yi", "vi")
    weights = case.row("weights") if "weights" in case.inputs else None
    _, error = tau2_and_error(case.options["method"], yi, vi, np.ones_like(yi), weights)
    np.testing.assert_allclose(error, case.expected("se_tau2"), rtol=RTOL)


@pytest.mark.parametrize("case", load("uni_fixed_tau2"), ids=str)
def test_a_given_tau2_has_the_error_of_an_estimate_of_its_size(case: Case) -> None:
    yi, vi = case.rows("yi", "vi")
    given_tau2 = np.array([float(case.options["tau2"])])
    np.testing.assert_allclose(
        ERRORS["REML"](yi, vi, np.ones_like(yi), given_tau2), case.expected("se_tau2"), rtol=RTOL
    )


@every_error
@quick
@given(batch=batches())
def test_a_batch_of_errors_equals_its_rows_one_by_one(method: str, batch: Batch) -> None:
    yi, vi, mi = batch
    tau2 = np.linspace(0.0, 2.0, len(mi))
    together = ERRORS[method](yi, vi, mi, tau2)
    alone = [ERRORS[method](yi[[r]], vi[[r]], mi[[r]], tau2[[r]])[0] for r in range(len(mi))]
    np.testing.assert_allclose(together, alone, rtol=1e-9)  # sums of different blocks; SJ of nearly equal effects


@every_error
@pytest.mark.parametrize("scale", [1e-6, 1e4])
def test_a_change_of_unit_scales_the_error(method: str, scale: float) -> None:
    mi = np.ones_like(BCG_Y)
    tau2, _ = ESTIMATORS[method](BCG_Y, BCG_V, mi)
    plain = ERRORS[method](BCG_Y, BCG_V, mi, tau2)
    scaled = ERRORS[method](scale * BCG_Y, scale**2 * BCG_V, mi, scale**2 * tau2)
    assert scaled[0] / scale**2 == pytest.approx(plain[0], rel=1e-11)  # rounding


@pytest.mark.parametrize("method", ["DL", "HE", "HS", "HSk", "ML", "REML", "PM"])
def test_the_error_is_the_spread_of_the_estimates_of_many_repetitions(method: str) -> None:
    rng = np.random.default_rng(20)
    vi, true = np.tile([0.04, 0.06, 0.09, 0.05], 10)[np.newaxis], 1.0
    yi = rng.normal(0.0, np.sqrt(vi + true), (4000, 40))
    tau2, _ = ESTIMATORS[method](yi, vi, np.ones((4000, 40)))
    error = ERRORS[method](yi[:1], vi, np.ones((1, 40)), np.array([true]))
    assert tau2.std() == pytest.approx(error[0], rel=0.06)  # 4,000 draws: two standard errors are 2.5 %, bias the rest


def test_one_study_has_no_error() -> None:
    one = np.ones((1, 1))
    for error in ERRORS.values():
        assert np.isnan(error(0.4 * one, 0.09 * one, one, np.zeros(1))[0])
    assert np.isnan(se_generalised_moments(0.4 * one, 0.09 * one, one, np.zeros(1), one)[0])
