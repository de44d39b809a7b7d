import numpy as np
import pytest

from metak2.kernels.limit_meta_analysis import limit_meta_analysis
from metak2.kernels.tau2 import dersimonian_laird
from tests.golden.cases import Case, assert_close, load


@pytest.mark.parametrize("case", load("limitmeta"), ids=str)
def test_limits_are_those_of_metasens(case: Case) -> None:
    yi, vi = case.row("TE"), case.row("seTE") ** 2
    tau2, _ = dersimonian_laird(yi, vi, np.ones_like(yi))
    found = limit_meta_analysis(yi[0], vi[0], float(tau2[0]), case.options["method.adjust"])
    assert_close(found.estimate, case, "TE_adjust")
    assert_close(found.se, case, "se_adjust")
    assert_close(found.alpha, case, "alpha_r")
    assert_close(found.beta, case, "beta_r")
    assert_close(found.Q_small, case, "Q_small")
    assert_close(found.Q_residual, case, "Q_resid")
    assert_close(found.G2, case, "G2")
    assert_close(found.study_limits, case, "TE_limit")
    assert_close(np.sqrt(vi[0]), case, "se_limit")  # R repeats the standard errors of the studies


def test_without_heterogeneity_every_limit_is_the_slope_of_eggers_line() -> None:
    vi = np.array([0.1, 0.2, 0.5, 0.9])
    found = limit_meta_analysis(0.3 + 0.5 * np.sqrt(vi), vi, 0.0, "beta0")
    np.testing.assert_allclose(found.study_limits, 0.3, rtol=1e-10)
    assert found.estimate == pytest.approx(0.3, rel=1e-10)
    assert found.Q_residual == pytest.approx(0, abs=1e-20)
