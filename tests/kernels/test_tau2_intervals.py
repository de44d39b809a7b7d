"""Intervals for tau2 from the distribution of a weighted Q; intervals for I2 and H2 by either rule."""

import numpy as np
import pytest
from hypothesis import given

from metak2.kernels.contract import Status
from metak2.kernels.heterogeneity import q_profile
from metak2.kernels.tau2_distribution import observed
from metak2.kernels.tau2_intervals import (
    biggerstaff_jackson,
    generalised_q,
    h2_from_tau2,
    h2_interval_from_q,
    i2_from_tau2,
    i2_interval_from_q,
    jackson,
)
from tests.golden.cases import Case, assert_close, load
from tests.golden.inference import fit
from tests.kernels.test_tau2_distribution import ruben
from tests.strategies import Batch, Study, batches, meta_analyses, quick

GENQ = [case for case in load("uni_confint") if case.stratum == "GENQ"]
LOOSE = 2e-4  # metafor inverts the distribution with an error of about 1e-5 in probability: see the test below


@pytest.mark.parametrize("case", GENQ, ids=str)
def test_generalised_q_limits_are_those_of_metafor(case: Case) -> None:
    yi, vi, ai = case.rows("yi", "vi", "weights")
    low, high, _ = generalised_q(yi, vi, np.ones_like(yi), ai, level=case.options["level"] / 100)
    vt = fit("EE", yi, vi, np.ones_like(yi)).vt
    for limit, got in (("ci_lb", low), ("ci_ub", high)):
        assert_close(got, case, f"tau2.{limit}", rtol=LOOSE)
        assert_close(i2_from_tau2(got, vt), case, f"I2.{limit}", rtol=LOOSE)
        assert_close(h2_from_tau2(got, vt), case, f"H2.{limit}", rtol=LOOSE)


def test_where_metafor_differs_the_tail_at_our_limit_is_the_exact_one() -> None:
    case = next(case for case in GENQ if case.dataset == "bcg.rr")
    yi, vi, ai = case.rows("yi", "vi", "weights")
    low, high, _ = generalised_q(yi, vi, np.ones_like(yi), ai, level=0.95)
    form = observed(yi.T, vi.T, np.ones_like(yi.T), ai.T)
    for ours, theirs, tail in ((low, "ci_lb", 0.975), (high, "ci_ub", 0.025)):
        assert ruben(form, float(ours[0])) == pytest.approx(tail, abs=1e-10)  # Newton stops at 1e-10 relative
        assert abs(ruben(form, float(case.expected(f"tau2.{theirs}")[0])) - tail) > 1e-8


def test_the_limits_of_biggerstaff_and_jackson_are_those_of_meta() -> None:
    case = next(case for case in load("meta_pairwise_iv") if case.stratum == "gen.tau.ci.BJ")
    yi, vi = case.row("TE"), case.row("seTE") ** 2
    low, high, _ = biggerstaff_jackson(yi, vi, np.ones_like(yi), level=0.95)
    assert_close(low, case, "lb_tau2", rtol=1e-5)  # the tolerance of the case; meta's inversion is that loose
    assert_close(high, case, "ub_tau2", rtol=1e-5)


def test_an_empty_interval_of_jackson_is_the_point_zero() -> None:
    case = next(case for case in load("meta_pairwise_iv") if case.stratum == "gen.tau.ci.J")
    yi, vi = case.row("TE"), case.row("seTE") ** 2
    low, high, status = jackson(yi, vi, np.ones_like(yi), level=0.95)
    assert (low[0], high[0]) == (case.outputs["lb_tau2"], case.outputs["ub_tau2"]) == (0, 0)
    assert status[0] == Status.AT_ZERO


def test_with_equal_variances_every_interval_for_tau2_is_the_same() -> None:
    yi, vi = np.array([[0.1, 0.9, -0.6, 1.4, 0.3]]), np.full((1, 5), 0.2)
    mi = np.ones_like(yi)
    profile = q_profile(yi, vi, mi, level=0.9)[:2]
    for other in (biggerstaff_jackson(yi, vi, mi, level=0.9), jackson(yi, vi, mi, level=0.9)):
        np.testing.assert_allclose(other[:2], profile, rtol=1e-9)  # the quadrature's 1e-12, over a small slope


@quick
@given(batch=batches(most_rows=3, most=6))
def test_a_batch_of_generalised_intervals_equals_its_rows_one_by_one(batch: Batch) -> None:
    yi, vi, mi = batch
    low, high, status = jackson(yi, vi, mi, level=0.9)
    for row in range(len(mi)):
        alone = jackson(yi[[row]], vi[[row]], mi[[row]], level=0.9)
        np.testing.assert_allclose([low[row], high[row]], np.ravel(alone[:2]), rtol=1e-8, atol=1e-9 * vi.min())
        assert status[row] == alone[2][0]


@quick
@given(study=meta_analyses(most=6))
def test_a_wider_level_holds_a_narrower_generalised_interval(study: Study) -> None:
    yi, vi = study
    mi = np.ones_like(yi)
    narrow, wide = jackson(yi, vi, mi, level=0.8), jackson(yi, vi, mi, level=0.95)
    assert wide[0] <= narrow[0] <= narrow[1] <= wide[1]


def test_one_study_has_no_generalised_interval() -> None:
    low, high, status = jackson(np.array([[0.3]]), np.array([[0.1]]), np.ones((1, 1)), level=0.95)
    assert np.isnan([low[0], high[0]]).all()
    assert status[0] == Status.TOO_FEW


@pytest.mark.parametrize("case", load("meta_pairwise_iv"), ids=str)
def test_test_based_limits_of_i2_and_h_are_those_of_meta(case: Case) -> None:
    Q, df = case.expected("Q"), case.expected("df_Q")
    for limit, h2, i2 in zip(
        ("lb", "ub"), h2_interval_from_q(Q, df, level=0.95), i2_interval_from_q(Q, df, level=0.95), strict=True
    ):
        assert_close(np.sqrt(h2), case, f"{limit}_H")
        assert_close(i2 / 100, case, f"{limit}_I2")


def test_two_studies_that_agree_have_no_test_based_interval() -> None:
    assert np.isnan(h2_interval_from_q(np.array(0.5), np.array(1.0), level=0.95)).all()
