"""Regressions without each study: metafor's numbers, and the same answers fitted one by one."""

import numpy as np
import pytest

from metak2.errors import ModelError
from metak2.models.regress import regress
from metak2.robustness.regression_leave_one_out import leave_one_out_regression
from tests.golden.cases import Case, assert_close, load
from tests.golden.regressions import bcg, effects_of, flat, regression_of

BCG = bcg()


@pytest.mark.parametrize("case", [case for case in load("leave1out") if case.stratum.startswith("uni")], ids=str)
def test_without_moderators_it_is_that_of_metafor(case: Case) -> None:
    found = leave_one_out_regression(regression_of(case))
    back = np.exp if case.options.get("transf") == "exp" else np.asarray
    values = {
        "estimate": back(found.estimate[:, 0]), "stat": found.statistic[:, 0], "pval": found.pval[:, 0],
        "ci_lb": back(found.ci_low[:, 0]), "ci_ub": back(found.ci_high[:, 0]), "Q": found.Q, "Qp": found.Q_pval,
        "tau2": found.tau2, "I2": found.I2, "H2": found.H2,
    }  # fmt: skip
    for field, value in values.items():
        if field in case.outputs:
            assert_close(value, case, field)


def test_with_moderators_it_is_that_of_metafor() -> None:
    (case,) = (case for case in load("regression_more") if case.stratum == "leave1out")
    found = leave_one_out_regression(regression_of(case))
    for field, value in {
        "estimate": found.estimate, "se": found.se, "pval": found.pval, "ci_lb": found.ci_low, "tau2": found.tau2,
        "I2": found.I2, "Q": found.Q, "QM": found.QM, "QM_p": found.QM_pval,
    }.items():  # fmt: skip
        np.testing.assert_allclose(flat(value), flat(case.outputs[field]), rtol=1e-8, err_msg=field)


def test_each_row_is_the_regression_of_the_others() -> None:
    found = leave_one_out_regression(regress(BCG, "ablat"))
    others = np.arange(13) != 4
    fewer = effects_of(BCG.yi[others], BCG.vi[others], ablat=BCG.moderators["ablat"][others])
    alone = regress(fewer, "ablat")
    np.testing.assert_allclose(found.estimate[4], alone.coefficients.estimate, rtol=1e-9)
    np.testing.assert_allclose(found.ci_high[4], alone.coefficients.ci_high, rtol=1e-9)
    assert found.rule[4] == alone.rule
    assert found.study[4] == "S5"


def test_a_study_that_no_other_replaces_is_named() -> None:
    lone = effects_of([0.1, 0.4, 0.2, 0.5, 0.9], [0.1] * 5, zone=["a", "a", "a", "a", "b"])
    found = leave_one_out_regression(regress(lone, "zone", method="DL"))
    assert found.notes[0].where == ("S5",)
    assert np.isnan(found.estimate[4]).all()


def test_too_few_studies_are_refused() -> None:
    few = effects_of([0.1, 0.4, 0.2], [0.1] * 3, dose=[1.0, 2, 3])
    with pytest.raises(ModelError, match="use fewer moderators"):
        leave_one_out_regression(regress(few, "dose", method="CE"))
