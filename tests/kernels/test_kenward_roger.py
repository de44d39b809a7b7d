"""Kenward and Roger's correction, against R's meta."""

import numpy as np
import pytest

from metak2.kernels.intervals import prediction_interval, t_interval, t_pval
from metak2.kernels.pooling import kenward_roger
from tests.golden.cases import Case, assert_close, bcg_log_risk_ratios, load
from tests.golden.inference import fit

CASES = [case for case in load("meta_pairwise_iv") if case.stratum in {"gen.KR", "gen.PI.KR"}]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_error_freedom_and_intervals_are_those_of_meta(case: Case) -> None:
    yi, vi = case.row("TE"), case.row("seTE") ** 2
    pooled = fit("REML", yi, vi, np.ones_like(yi))
    se, df = kenward_roger(yi, vi, np.ones_like(yi), pooled.tau2)
    low, high = t_interval(pooled.estimate, se, df, level=0.95)
    assert_close(se, case, "se_random")
    assert_close(df, case, "df_random")
    # With 0.1 degrees of freedom the quantile of t is 1e10 and follows the last digits of its argument.
    for field, got in (("lb_random", low), ("ub_random", high), ("p_random", t_pval(pooled.estimate / se, df))):
        assert_close(got, case, field, rtol=1e-6)
    if case.stratum == "gen.PI.KR":
        low, high = prediction_interval(pooled.estimate, se, pooled.tau2, df, level=0.95)
        assert_close(low, case, "lb_predict", rtol=1e-6)
        assert_close(high, case, "ub_predict", rtol=1e-6)


def test_the_corrected_error_is_larger_than_walds() -> None:
    yi, vi = bcg_log_risk_ratios()
    pooled = fit("REML", yi, vi, np.ones_like(yi))
    se, _ = kenward_roger(yi, vi, np.ones_like(yi), pooled.tau2)
    assert se[0] > pooled.se[0]


def test_with_equal_variances_the_freedom_is_that_of_the_t_test() -> None:
    yi, vi = np.array([[0.1, 0.9, -0.6, 1.4, 0.3]]), np.full((1, 5), 0.2)
    pooled = fit("REML", yi, vi, np.ones_like(yi))
    se, df = kenward_roger(yi, vi, np.ones_like(yi), pooled.tau2)
    assert df[0] == pytest.approx(4, rel=1e-12)  # an identity: tr PP = (k - 1) w^2
    assert se[0] == pytest.approx(yi.std(ddof=1) / np.sqrt(5), rel=1e-9)  # tau2 + v is the variance of the effects


def test_one_study_has_no_correction() -> None:
    one = np.ones((1, 1))
    assert np.isnan(kenward_roger(one, one, one, np.zeros(1))).all()
