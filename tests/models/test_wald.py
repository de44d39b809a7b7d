"""Wald tests, contrasts and variance inflation: metafor's numbers and the ways to name coefficients."""

import numpy as np
import pytest

from metak2.errors import ModelError
from metak2.models.regress import regress
from metak2.models.regression_result import Wald
from metak2.models.wald import contrasts, inflation, wald_test
from tests.golden.cases import Case, assert_close, load
from tests.golden.regressions import bcg, flat, regression_of

BCG = bcg()


def assert_degrees(found: Wald, case: Case, field: str) -> None:
    residual = case.outputs[field][1]
    assert (found.df, found.df_residual) == (case.outputs[field][0], np.inf if residual is None else residual)


@pytest.mark.parametrize("case", [case for case in load("anova_wald") if "btt" in case.options], ids=str)
def test_several_coefficients_are_tested_as_by_metafor(case: Case) -> None:
    found = wald_test(regression_of(case), [number - 1 for number in case.options["btt"]])
    assert_close(found.statistic, case, "QM")
    assert_close(found.pval, case, "pval")
    assert_degrees(found, case, "df")


@pytest.mark.parametrize("case", [case for case in load("anova_wald") if "L" in case.inputs], ids=str)
def test_contrasts_are_those_of_metafor(case: Case) -> None:
    found = contrasts(regression_of(case), case.inputs["L"])
    np.testing.assert_allclose(found.each.estimate, flat(case.outputs["estimate"]), rtol=1e-8)
    assert_close(found.each.se, case, "se")
    assert_close(found.each.statistic, case, "stat")
    assert_close(found.each.pval, case, "pval")
    assert found.together is not None
    assert_close(found.together.statistic, case, "QM")
    assert_close(found.together.pval, case, "QM_p")
    assert_degrees(found.together, case, "QM_df")


@pytest.mark.parametrize("case", load("vif"), ids=str)
def test_variance_inflation_is_that_of_metafor(case: Case) -> None:
    regression = regression_of(case)
    if "btt" in case.options:
        (found,) = inflation(regression, [number - 1 for number in case.options["btt"]])
        assert_close(found.gvif, case, "gvif")
        assert_close(found.gsif, case, "gsif")
    else:
        assert_close([one.gvif for one in inflation(regression)], case, "vif")


def test_a_term_is_tested_by_its_name() -> None:
    regression = regress(BCG, "ablat + C(alloc)")
    assert wald_test(regression, "C(alloc)").tested == ("C(alloc)[random]", "C(alloc)[systematic]")
    assert wald_test(regression, "ablat") == wald_test(regression, [1]) == wald_test(regression, ["ablat"])
    with pytest.raises(ModelError, match='did you mean "ablat"'):
        wald_test(regression, ["ablatt"])
    with pytest.raises(ModelError, match="numbered 0 to 3"):
        wald_test(regression, [4])


def test_dependent_contrasts_are_tested_one_by_one_only() -> None:
    found = contrasts(regress(BCG, "ablat"), [[1, 10], [1, 20], [1, 30]])
    assert found.together is None
    assert found.each.estimate.shape == (3,)


def test_without_moderators_there_is_no_inflation() -> None:
    with pytest.raises(ModelError, match="no variance inflation"):
        inflation(regress(BCG))
    with pytest.raises(ModelError, match="each contrast needs 1 numbers"):
        contrasts(regress(BCG), [[1, 2]])
