"""The estimators of tau2 that take weights from the user, and the two-step estimator."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.kernels.contract import Status
from metak2.kernels.tau2 import (
    dersimonian_laird,
    generalised_moments,
    hedges,
    median_generalised_moments,
    two_step_dersimonian_laird,
)
from metak2.kernels.tau2_distribution import observed, probability
from tests.golden.cases import Case, assert_close, bcg_log_risk_ratios, load
from tests.golden.inference import WEIGHTED
from tests.strategies import Array, Batch, Estimator, Study, batches, meta_analyses, quick

BCG_Y, BCG_V = bcg_log_risk_ratios()
every_weighted = pytest.mark.parametrize("estimator", WEIGHTED.values(), ids=WEIGHTED)
CASES = [case for case in load("uni_intercept") if case.options["method"] in WEIGHTED]


def same(got: Array, expected: Array, vi: Array) -> None:
    # As in test_tau2: an estimate just above 0 is the small difference of large terms.
    np.testing.assert_allclose(got / vi.min(), expected / vi.min(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_tau2_with_weights_is_that_of_metafor(case: Case) -> None:
    yi, vi, ai = case.rows("yi", "vi", "weights")
    tau2, _ = WEIGHTED[case.options["method"]](yi, vi, np.ones_like(yi), ai)
    assert_close(tau2, case, "tau2")


@quick
@given(batch=batches())
def test_with_inverse_variances_as_weights_it_is_dersimonian_laird(batch: Batch) -> None:
    yi, vi, mi = batch
    same(generalised_moments(yi, vi, mi, 1 / vi)[0], dersimonian_laird(yi, vi, mi)[0], vi)


@quick
@given(batch=batches())
def test_with_equal_weights_it_is_hedges(batch: Batch) -> None:
    yi, vi, mi = batch
    same(generalised_moments(yi, vi, mi, np.full_like(vi, 3.0))[0], hedges(yi, vi, mi)[0], vi)


@quick
@given(study=meta_analyses())
def test_the_median_estimate_leaves_half_the_probability_on_either_side(study: Study) -> None:
    yi, vi = study
    tau2, _ = median_generalised_moments(yi, vi, np.ones_like(yi), 1 / vi)
    form = observed(yi.T, vi.T, np.ones_like(yi.T), 1 / vi.T)
    at_estimate, _ = probability(form, tau2)
    assert at_estimate[0] == pytest.approx(0.5, abs=1e-9) if tau2[0] > 0 else at_estimate[0] <= 0.5  # Newton's stop


@every_weighted
@quick
@given(batch=batches(most_rows=3, most=6))
def test_a_batch_with_weights_equals_its_rows_one_by_one(estimator: Estimator, batch: Batch) -> None:
    yi, vi, mi = batch
    ai = 1 / np.sqrt(vi)
    together, flags = estimator(yi, vi, mi, ai)
    alone = [estimator(yi[[row]], vi[[row]], mi[[row]], ai[[row]]) for row in range(len(mi))]
    np.testing.assert_allclose(together, np.concatenate([t for t, _ in alone]), rtol=1e-9, atol=1e-9 * vi.min())
    assert np.array_equal(flags, np.concatenate([status for _, status in alone]))


@every_weighted
@pytest.mark.parametrize("scale", [1e-9, 7.0, 1e6])
@quick
@given(study=meta_analyses(most=6), weight=st.floats(0.1, 10.0))
def test_units_and_the_sum_of_the_weights_do_not_matter(
    estimator: Estimator, scale: float, study: Study, weight: float
) -> None:
    yi, vi = study
    mi, ai = np.ones_like(yi), np.arange(1.0, yi.size + 1)[np.newaxis]
    scaled, _ = estimator(scale * yi + 3 * scale, scale**2 * vi, mi, weight * ai)
    # The shift costs up to two of sixteen digits of yi.
    np.testing.assert_allclose(
        scaled / (scale**2 * vi.min()), estimator(yi, vi, mi, ai)[0] / vi.min(), rtol=1e-7, atol=1e-7
    )


@every_weighted
@pytest.mark.parametrize("bad", [[1.0, -1.0, 1.0], [1.0, np.nan, 1.0], [0.0, 0.0, 0.0]])
def test_weights_that_are_no_weights_spoil_the_row(estimator: Estimator, bad: list[float]) -> None:
    yi, vi = np.array([[0.1, 0.9, 0.3]]), np.array([[0.1, 0.02, 0.1]])
    tau2, status = estimator(yi, vi, np.ones((1, 3)), np.array([bad]))
    assert np.isnan(tau2[0])
    assert status[0] == Status.BAD_INPUT


@every_weighted
def test_equal_effects_have_no_heterogeneity(estimator: Estimator) -> None:
    tau2, status = estimator(np.full((1, 4), 0.5), np.array([[0.1, 0.2, 0.1, 0.3]]), np.ones((1, 4)), np.ones((1, 4)))
    assert tau2[0] == 0
    assert status[0] == Status.AT_ZERO


@every_weighted
def test_one_study_has_no_tau2_with_weights_either(estimator: Estimator) -> None:
    tau2, status = estimator(np.array([[0.4]]), np.array([[0.09]]), np.ones((1, 1)), np.ones((1, 1)))
    assert np.isnan(tau2[0])
    assert status[0] == Status.TOO_FEW


def test_the_second_step_takes_the_first_as_its_weights() -> None:
    mi = np.ones_like(BCG_Y)
    first, _ = dersimonian_laird(BCG_Y, BCG_V, mi)
    by_hand, _ = generalised_moments(BCG_Y, BCG_V, mi, 1 / (BCG_V + first))
    assert two_step_dersimonian_laird(BCG_Y, BCG_V, mi)[0][0] == pytest.approx(by_hand[0], rel=1e-12)  # rounding


@pytest.mark.parametrize("case", load("two_step"), ids=str)
def test_two_step_dersimonian_laird_is_the_method_of_moments_of_metafor_with_its_weights(case: Case) -> None:
    yi, vi = case.rows("yi", "vi")
    assert_close(two_step_dersimonian_laird(yi, vi, np.ones_like(yi))[0], case, "tau2")


@every_weighted
def test_effects_beyond_all_bounds_are_not_called_homogeneous(estimator: Estimator) -> None:
    yi, mi = np.array([[1e200, -1e200, 3e200]]), np.ones((1, 3))
    tau2, status = estimator(yi, mi, mi, mi)
    assert np.isnan(tau2[0])
    assert status[0] == Status.NOT_CONVERGED


def test_where_the_first_step_is_zero_the_second_is_dersimonian_laird() -> None:
    wide = 1e4 * BCG_V
    mi = np.ones_like(BCG_Y)
    assert two_step_dersimonian_laird(BCG_Y, wide, mi)[0][0] == dersimonian_laird(BCG_Y, wide, mi)[0][0] == 0
