import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.meta_analysis import _fit_tau_iterative, _fit_tau_mm

from metak2.kernels.contract import Status
from metak2.kernels.effect_sizes import log_risk_ratio
from metak2.kernels.mantel_haenszel import mantel_haenszel
from metak2.kernels.tau2 import (
    dersimonian_laird,
    dersimonian_laird_about,
    maximum_likelihood,
    paule_mandel,
    restricted_maximum_likelihood,
)
from tests.golden.cases import Case, assert_close, bcg_log_risk_ratios, bcg_tables, load
from tests.golden.inference import ESTIMATORS
from tests.strategies import Array, Batch, Estimator, Study, batches, meta_analyses, quick

BCG_Y, BCG_V = bcg_log_risk_ratios()
every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)

# An estimate just above 0 is the small difference of large terms: it keeps a precision relative to the variances.
CONDITION = {"rtol": 1e-9, "atol": 1e-11}


def same(got: Array, expected: Array, vi: Array) -> None:
    """Equal to rounding, in units of the smallest variance."""
    np.testing.assert_allclose(got / vi.min(), expected / vi.min(), **CONDITION)


@pytest.mark.parametrize(
    "case", [case for case in load("uni_intercept") if case.options["method"] in ESTIMATORS], ids=str
)
def test_tau2_is_that_of_metafor(case: Case) -> None:
    yi, vi = case.rows("yi", "vi")
    tau2, _ = ESTIMATORS[case.options["method"]](yi, vi, np.ones_like(yi))
    assert_close(tau2, case, "tau2")


@pytest.mark.parametrize("estimator, printed", [(dersimonian_laird, 0.3088), (restricted_maximum_likelihood, 0.3132)])
def test_tau2_of_the_bcg_trials_is_the_printed_one(estimator: Estimator, printed: float) -> None:
    # REML in Viechtbauer (2010), Journal of Statistical Software 36(3); DL from metafor 3.8-1.
    tau2, _ = estimator(BCG_Y, BCG_V, np.ones_like(BCG_Y))
    assert round(float(tau2[0]), 4) == printed


def test_revman_5_takes_q_about_the_mantel_haenszel_estimate() -> None:
    tables = bcg_tables()
    everything = np.ones_like(tables[0])
    pooled = mantel_haenszel(*tables, everything, measure="RR")
    yi, vi = log_risk_ratio(*tables)
    tau2, _ = dersimonian_laird_about(yi, vi, everything, pooled.estimate)
    assert tau2[0] == pytest.approx(0.3094969, abs=5e-8)  # seven decimals are known


@quick
@given(batch=batches())
def test_dersimonian_laird_about_its_own_mean_is_dersimonian_laird(batch: Batch) -> None:
    yi, vi, mi = batch
    weight = mi / vi
    with np.errstate(invalid="ignore"):
        mean = (weight * yi).sum(axis=1) / weight.sum(axis=1)
    centre = np.where(np.isnan(mean), 0.0, mean)
    about, plain = dersimonian_laird_about(yi, vi, mi, centre), dersimonian_laird(yi, vi, mi)
    same(about[0], plain[0], vi)
    assert np.array_equal(about[1] & ~Status.AT_ZERO, plain[1] & ~Status.AT_ZERO)


@quick
@given(study=meta_analyses())
def test_statsmodels_finds_the_same_dersimonian_laird_and_paule_mandel(study: Study) -> None:
    yi, vi = study
    everything = np.ones_like(yi)
    # combine_effects is not asked: it does not truncate tau2 at 0.
    moments = max(0.0, _fit_tau_mm(yi[0], vi[0], 1 / vi[0]))
    same(dersimonian_laird(yi, vi, everything)[0], np.array([moments]), vi)
    iterated, converged = _fit_tau_iterative(yi[0], vi[0], atol=1e-10, maxiter=200)
    tau2, _ = paule_mandel(yi, vi, everything)
    if converged and iterated > 0:
        # statsmodels stops when Q is within 1e-10 of its target.
        assert tau2[0] == pytest.approx(iterated, rel=1e-6, abs=1e-8)


@quick
@given(study=meta_analyses())
def test_paule_mandel_makes_q_equal_its_degrees_of_freedom(study: Study) -> None:
    yi, vi = study
    tau2, _ = paule_mandel(yi, vi, np.ones_like(yi))
    weight = 1 / (vi + tau2)
    q = (weight * (yi - (weight * yi).sum() / weight.sum()) ** 2).sum()
    df = yi.shape[1] - 1
    assert q <= df * (1 + 1e-9)  # Newton's stopping rule
    assert tau2[0] == 0 or q == pytest.approx(df, rel=1e-9)


@every_estimator
@quick
@given(batch=batches())
def test_a_batch_equals_its_rows_one_by_one(estimator: Estimator, batch: Batch) -> None:
    yi, vi, mi = batch
    together, flags = estimator(yi, vi, mi)
    alone = [estimator(yi[[row]], vi[[row]], mi[[row]]) for row in range(len(mi))]
    np.testing.assert_allclose(together, np.concatenate([tau2 for tau2, _ in alone]), rtol=1e-12, atol=1e-12 * vi.min())
    assert np.array_equal(flags, np.concatenate([status for _, status in alone]))


@every_estimator
@quick
@given(study=meta_analyses(), copies=st.integers(2, 3))
def test_multiplicity_is_the_study_written_that_often(estimator: Estimator, study: Study, copies: int) -> None:
    yi, vi = study
    mi = np.ones_like(yi)
    mi[0, 0] = copies
    written = [np.repeat(array, mi[0].astype(int), axis=1) for array in (yi, vi)]
    same(estimator(yi, vi, mi)[0], estimator(*written, np.ones_like(written[0]))[0], vi)


@every_estimator
@quick
@given(study=meta_analyses())
def test_a_study_left_out_might_as_well_not_be_there(estimator: Estimator, study: Study) -> None:
    yi, vi = study
    mi = np.ones_like(yi)
    mi[0, -1] = 0
    same(estimator(yi, vi, mi)[0], estimator(yi[:, :-1], vi[:, :-1], mi[:, :-1])[0], vi)


@every_estimator
@quick
@given(study=meta_analyses())
def test_the_order_of_studies_does_not_matter(estimator: Estimator, study: Study) -> None:
    yi, vi = study
    mi = np.ones_like(yi)
    same(estimator(yi[:, ::-1], vi[:, ::-1], mi)[0], estimator(yi, vi, mi)[0], vi)


@every_estimator
@quick
@given(study=meta_analyses(), shift=st.integers(-50, 50))
def test_a_shift_of_all_effects_leaves_tau2_alone(estimator: Estimator, study: Study, shift: int) -> None:
    yi, vi = study
    mi = np.ones_like(yi)
    # The shift costs up to two of sixteen digits of yi.
    np.testing.assert_allclose(
        estimator(yi + shift, vi, mi)[0] / vi.min(), estimator(yi, vi, mi)[0] / vi.min(), rtol=1e-8, atol=1e-8
    )


@every_estimator
@pytest.mark.parametrize("scale", [1e-12, 1e-3, 7.0, 1e9])
@quick
@given(study=meta_analyses())
def test_a_change_of_unit_scales_tau2(estimator: Estimator, scale: float, study: Study) -> None:
    yi, vi = study
    mi = np.ones_like(yi)
    same(estimator(scale * yi, scale**2 * vi, mi)[0] / scale**2, estimator(yi, vi, mi)[0], vi)


@every_estimator
def test_one_study_has_no_tau2(estimator: Estimator) -> None:
    tau2, status = estimator(np.array([[0.4]]), np.array([[0.09]]), np.ones((1, 1)))
    assert np.isnan(tau2[0])
    assert status[0] == Status.TOO_FEW


@every_estimator
def test_no_study_has_no_tau2(estimator: Estimator) -> None:
    tau2, status = estimator(np.zeros((1, 3)), np.ones((1, 3)), np.zeros((1, 3)))
    assert np.isnan(tau2[0])
    assert status[0] == Status.TOO_FEW


@every_estimator
@pytest.mark.parametrize("y, v", [(np.nan, 0.1), (np.inf, 0.1), (0.1, np.nan), (0.1, np.inf), (0.1, 0.0), (0.1, -0.2)])
def test_a_bad_study_spoils_its_own_row_alone(estimator: Estimator, y: float, v: float) -> None:
    yi, vi = np.array([[0.1, 0.9, 0.3], [0.1, y, 0.3]]), np.array([[0.1, 0.02, 0.1], [0.1, v, 0.1]])
    tau2, status = estimator(yi, vi, np.ones((2, 3)))
    alone, _ = estimator(yi[:1], vi[:1], np.ones((1, 3)))
    assert tau2[0] == pytest.approx(alone[0], rel=1e-12)  # a row alone is summed in another order
    assert np.isnan(tau2[1])
    assert status[1] == Status.BAD_INPUT


@every_estimator
def test_a_bad_study_that_is_left_out_does_no_harm(estimator: Estimator) -> None:
    yi, vi = np.array([[0.1, np.nan, 0.9]]), np.array([[0.1, -1.0, 0.02]])
    mi = np.array([[1.0, 0.0, 1.0], [1.0, 1.0, 1.0]])
    tau2, status = estimator(yi, vi, mi)
    assert tau2[0] == pytest.approx(estimator(yi[:, [0, 2]], vi[:, [0, 2]], np.ones((1, 2)))[0][0], rel=1e-13)
    assert status[1] == Status.BAD_INPUT


@every_estimator
def test_a_long_batch_is_the_same_in_blocks(estimator: Estimator) -> None:
    rows = np.tile([[1.0] * 13, [1.0] * 6 + [0.0] * 7], (10_000, 1))
    tau2, _ = estimator(BCG_Y, BCG_V, rows)
    assert len(np.unique(tau2[::2].round(12))) == 1
    assert tau2[0] == pytest.approx(estimator(BCG_Y, BCG_V, rows[:1])[0][0], rel=1e-12)  # other blocks, other sums


@pytest.mark.parametrize("estimator", [ESTIMATORS[name] for name in ESTIMATORS if name != "SJ"])
def test_huge_variances_leave_tau2_at_zero(estimator: Estimator) -> None:
    tau2, status = estimator(BCG_Y, 1e6 * BCG_V, np.ones_like(BCG_Y))
    assert tau2[0] == 0
    assert status[0] == Status.AT_ZERO


def test_ml_is_below_reml_for_the_bcg_trials() -> None:
    ml, _ = maximum_likelihood(BCG_Y, BCG_V, np.ones_like(BCG_Y))
    reml, _ = restricted_maximum_likelihood(BCG_Y, BCG_V, np.ones_like(BCG_Y))
    assert ml[0] < reml[0]
