"""Permutation tests: R's exact p values, a sample near them, and the same answer for the same seed."""

import numpy as np
import pytest

from metak2.errors import ModelError
from metak2.models.pool import pool
from metak2.models.regress import regress
from metak2.robustness.permutation import permutation_test
from tests.golden.cases import Case, assert_close, load
from tests.golden.regressions import TESTS, bcg, effects_of, matrix, regression_of

BCG = bcg()
# Four of R's refits of this case did not converge and one stopped short: regression_more holds the p value without.
UNCONVERGED = "permutest-0038"


@pytest.mark.parametrize("case", [case for case in load("permutest") if case.id != UNCONVERGED], ids=str)
def test_the_exact_p_value_is_that_of_metafor(case: Case) -> None:
    if "x" in case.inputs:
        x = [np.nan if one is None else one for one in case.inputs["x"]]
        method = case.options["method"]
        effects = effects_of(case.inputs["yi"], case.inputs["vi"])
        test = TESTS[case.options["test"]]
        design = matrix([[1.0, one] for one in x])
        fitted = regress(effects, design, method=method, test=test, convention="metafor")
    else:
        fitted = regression_of(case)
    found = permutation_test(fitted, exact=True)
    assert_close(found.pval, case, "pval")
    assert (found.exact, found.failed) == (True, 0)
    if "QM_p" in case.outputs:
        assert_close(found.QM_pval, case, "QM_p")


def test_with_every_refit_converged_r_has_our_p_value() -> None:
    (case,) = (case for case in load("regression_more") if case.stratum == "permutest")
    effects = effects_of(case.inputs["yi"], case.inputs["vi"], x=case.inputs["x"])
    found = permutation_test(regress(effects, "x", method="REML", test="HK", convention="metafor"))
    assert_close(found.pval, case, "pval")
    assert found.arrangements == 5040


def test_a_sample_is_near_the_exact_p_value_and_its_seed_repeats_it() -> None:
    fitted = pool(effects_of(BCG.yi[:9], BCG.vi[:9]), method="DL", convention="metafor")
    exact = permutation_test(fitted)
    drawn = permutation_test(fitted, exact=False, draws=2000, seed=7)
    again = permutation_test(fitted, exact=False, draws=2000, seed=7)
    assert (exact.exact, exact.arrangements, drawn.exact) == (True, 512, False)
    # Four standard errors of a share of 2,000 draws.
    assert drawn.pval[0] == pytest.approx(exact.pval[0], abs=4 * np.sqrt(0.25 / 2000))
    assert drawn.pval[0] == again.pval[0]


def test_equal_rows_of_the_design_are_arranged_once() -> None:
    effects = effects_of(BCG.yi[:6], BCG.vi[:6], zone=["n", "n", "n", "s", "s", "s"])
    found = permutation_test(regress(effects, "zone", method="CE"))
    assert found.arrangements == 20
    assert (found.pval * 20 == np.round(found.pval * 20)).all()


def test_equal_effects_are_as_extreme_in_every_arrangement() -> None:
    equal = effects_of([0.4] * 5, [0.1, 0.2, 0.3, 0.1, 5.0], x=[0.3, -1.2, 0.7, 2.0, 0.1])
    found = permutation_test(regress(equal, "x", method="DL", test="z", convention="metafor"), exact=True)
    assert (found.pval[1], found.QM_pval) == (1.0, 1.0)


def test_more_arrangements_than_can_be_computed_are_refused_or_drawn() -> None:
    regression = regress(BCG, "ablat + year", method="DL", test="z")
    with pytest.raises(ModelError, match="draw a sample"):
        permutation_test(regression, exact=True)
    assert not permutation_test(regression, draws=50).exact
    with pytest.raises(ModelError, match="got 0"):
        permutation_test(regression, draws=0)
