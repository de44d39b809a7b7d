"""The smallest and flattest data, as R answers them, and what is refused where R answers without a word."""

import numpy as np
import pytest

from metak2.errors import ModelError
from metak2.models.count_data import count_data
from metak2.models.regress import regress, regression_of
from metak2.models.stratified import fit_mantel_haenszel
from metak2.robustness.influence import influence
from metak2.robustness.small_studies import begg, egger
from metak2.robustness.trim_and_fill import trim_and_fill
from metak2.robustness.unseen_studies import fail_safe_n
from tests.golden.cases import Case, assert_close, load
from tests.golden.regressions import effects_of, matrix
from tests.robustness.pools import pooled_case

CASES = {case.stratum: case for case in load("edge_more")}


def test_every_case_of_the_file_is_read_here() -> None:
    assert set(CASES) == {
        "redundant", "saturated", "too many", "zero.rate", "regtest k=2", "regtest k=3 lm", "ranktest equal",
        "trimfill k=3", "influence k=3", "fsn nonsig",
    }  # fmt: skip


def test_a_redundant_moderator_is_left_out_as_in_metafor() -> None:
    case = CASES["redundant"]
    result = regress(
        effects_of(case.inputs["yi"], case.inputs["vi"], x=np.array(case.inputs["mods"])[:, 0],
                   twice=np.array(case.inputs["mods"])[:, 1]),
        "x + twice", method="REML", test="z", convention="metafor",
    )  # fmt: skip
    assert "REDUNDANT_COLUMNS" in {note.code for note in result.notes}
    assert_close(result.coefficients.estimate, case, "beta")
    assert_close(result.coefficients.se, case, "se")
    assert_close(result.tau2, case, "tau2")
    assert_close(result.QE, case, "QE")


@pytest.mark.parametrize("case", [CASES["saturated"], CASES["too many"]], ids=str)
def test_as_many_coefficients_as_studies_are_refused_as_in_metafor(case: Case) -> None:
    assert case.error is not None
    mods = np.array(case.inputs["mods"], dtype=float)
    with pytest.raises(ModelError, match="use fewer moderators"):
        regress(effects_of(case.inputs["yi"], case.inputs["vi"]), matrix(np.column_stack([np.ones(len(mods)), mods])))


def test_under_a_common_effect_as_many_coefficients_as_studies_are_the_line_through_them() -> None:
    # Two studies at x = 1 and 2: intercept 2 y1 - y2, slope y2 - y1, variances 4 v1 + v2 and v1 + v2.
    effects = effects_of([0.4, 0.1], [0.09, 0.04], x=np.array([1.0, 2.0]))
    found = regress(effects, "x", method="CE", test="z")
    np.testing.assert_allclose(found.coefficients.estimate, [0.7, -0.3], rtol=1e-12)
    np.testing.assert_allclose(found.coefficients.se, np.sqrt([0.40, 0.13]), rtol=1e-12)
    assert (found.QE, found.QE_df, found.QE_pval) == (pytest.approx(0, abs=1e-20), 0, 1.0)
    assert "SATURATED" in {note.code for note in found.notes}
    assert "nan" not in str(found).lower()
    with pytest.raises(ModelError, match='method="CE" with test="z" carries'):
        regress(effects, "x", method="CE", test="t")


def test_rates_without_any_event_have_no_test() -> None:
    case = CASES["zero.rate"]
    columns = {"event_e": "x1i", "time_e": "t1i", "event_c": "x2i", "time_c": "t2i"}
    data = count_data(**{ours: np.array(case.inputs[theirs], dtype=float) for ours, theirs in columns.items()})
    with pytest.raises(ModelError):  # R: 0 with a standard error of 0 and no p value
        fit_mantel_haenszel(data, measure="IRD")


def test_two_studies_have_no_line_and_three_have_that_of_metafor() -> None:
    assert CASES["regtest k=2"].error is not None
    with pytest.raises(ModelError):
        egger(pooled_case(CASES["regtest k=2"]))
    three = CASES["regtest k=3 lm"]
    found = egger(pooled_case(three), model="lm")
    assert_close(found.statistic, three, "stat")
    assert_close(found.pval, three, "pval")


def test_ranks_of_equal_variances_are_refused_where_r_has_none() -> None:
    with pytest.raises(ModelError):
        begg(pooled_case(CASES["ranktest equal"]))


def test_trim_and_fill_of_three_studies_is_that_of_metafor() -> None:
    case = CASES["trimfill k=3"]
    found = trim_and_fill(pooled_case(case))
    assert_close(found.k0, case, "k0")
    assert_close(found.filled.estimate, case, "estimate")


def test_influence_of_three_studies_is_that_of_metafor() -> None:
    case = CASES["influence k=3"]
    found = influence(regression_of(pooled_case(case)))
    assert_close(found.rstudent, case, "rstudent")
    assert_close(found.cook_d, case, "cook_d")
    assert_close(found.hat, case, "hat")


def test_a_result_that_is_not_significant_needs_no_unseen_study() -> None:
    assert_close(fail_safe_n(pooled_case(CASES["fsn nonsig"])).number, CASES["fsn nonsig"], "fsnum")
