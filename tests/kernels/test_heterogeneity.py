import numpy as np
import pytest
from hypothesis import given

from metak2.kernels.contract import Status
from metak2.kernels.heterogeneity import i2_from_q, q_profile, q_pval
from tests.golden.cases import Case, assert_close, load
from tests.golden.inference import fit
from tests.strategies import Batch, Study, batches, meta_analyses, quick


@pytest.mark.parametrize("case", [case for case in load("uni_confint") if case.stratum == "QP"], ids=str)
def test_q_profile_limits_are_those_of_metafor(case: Case) -> None:
    yi, vi = case.rows("yi", "vi")
    low, high, _ = q_profile(yi, vi, np.ones_like(yi), level=case.options["level"] / 100)
    vt = fit("EE", yi, vi, np.ones_like(yi)).vt
    for limit, got in (("ci_lb", low), ("ci_ub", high)):
        assert_close(got, case, f"tau2.{limit}")
        assert_close(100 * got / (got + vt), case, f"I2.{limit}")
        assert_close(got / vt + 1, case, f"H2.{limit}")


def test_an_empty_interval_is_the_point_zero() -> None:
    case = next(case for case in load("edge") if case.stratum == "empty CI")
    yi, vi = case.rows("yi", "vi")
    low, high, status = q_profile(yi, vi, np.ones_like(yi), level=0.95)
    assert [0, low[0], high[0]] == case.outputs["tau2"]
    assert status[0] == Status.AT_ZERO


def test_one_study_has_no_interval_for_tau2() -> None:
    low, high, status = q_profile(np.array([[0.3]]), np.array([[0.1]]), np.ones((1, 1)), level=0.95)
    assert np.isnan(low[0])
    assert np.isnan(high[0])
    assert status[0] == Status.TOO_FEW


def test_a_bad_variance_spoils_its_own_row_alone() -> None:
    yi, vi = np.array([[0.0, 5.0], [0.0, 5.0]]), np.array([[1.0, 1.0], [1.0, -1.0]])
    low, high, status = q_profile(yi, vi, np.ones((2, 2)), level=0.95)
    assert np.isfinite([low[0], high[0]]).all()
    assert np.isnan([low[1], high[1]]).all()
    assert status.tolist() == [Status.OK, Status.BAD_INPUT]


@quick
@given(study=meta_analyses())
def test_a_wider_level_holds_a_narrower_one(study: Study) -> None:
    yi, vi = study
    mi = np.ones_like(yi)
    narrow, wide = q_profile(yi, vi, mi, level=0.8), q_profile(yi, vi, mi, level=0.95)
    assert wide[0] <= narrow[0] * (1 + 1e-12) <= (narrow[1] + 1e-300) * (1 + 1e-11)  # rounding where both are 0
    assert narrow[1] <= wide[1] * (1 + 1e-12)  # as above


@quick
@given(batch=batches())
def test_a_batch_of_intervals_equals_its_rows_one_by_one(batch: Batch) -> None:
    yi, vi, mi = batch
    low, high, status = q_profile(yi, vi, mi, level=0.95)
    for row in range(len(mi)):
        one_low, one_high, one_status = q_profile(yi[[row]], vi[[row]], mi[[row]], level=0.95)
        np.testing.assert_allclose([low[row], high[row]], [one_low[0], one_high[0]], rtol=1e-12, atol=1e-12 * vi.min())
        assert status[row] == one_status[0]


def test_two_studies_have_their_upper_limit_in_closed_form() -> None:
    # Q(tau2) = d^2 / (2 (v + tau2)), so the limit is d^2 / (2 * quantile) - v.
    _, high, _ = q_profile(np.array([[0.0, 1.0]]), np.full((1, 2), 0.1), np.ones((1, 2)), level=0.95)
    assert high[0] == pytest.approx(0.5 / 0.000982069117175 - 0.1, rel=1e-10)  # the quantile is given to 12 digits


def test_the_p_value_of_q_with_two_degrees_of_freedom_is_an_exponential() -> None:
    q = np.array([0.0, 1.0, 100.0, 1400.0])
    np.testing.assert_allclose(
        q_pval(q, np.array(2.0)), np.exp(-q / 2), rtol=1e-13
    )  # an identity of the gamma function


def test_without_degrees_of_freedom_the_p_value_of_q_is_one() -> None:
    assert q_pval(np.array(0.0), np.array(0.0)) == 1


def test_an_unknown_q_has_no_p_value() -> None:
    assert np.isnan(q_pval(np.array(np.nan), np.array(3.0)))
    assert np.isnan(q_pval(np.array(1.0), np.array(np.nan)))


def test_i2_is_the_share_of_q_beyond_its_degrees_of_freedom() -> None:
    assert i2_from_q(np.array([20.0, 5.0, 0.0]), np.array([5.0, 10.0, 0.0])).tolist() == [75.0, 0.0, 0.0]
