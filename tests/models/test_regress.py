"""Meta-regression: metafor's numbers, our conventions, and what is refused or flagged."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from metak2.errors import ModelError, UnknownOptionError
from metak2.models.pool import pool
from metak2.models.regress import regress
from metak2.models.regression_result import Regression
from metak2.models.wald import wald_test
from tests.golden.cases import Case, assert_close, load
from tests.golden.regressions import bcg, effects_of, flat, matrix, regression_of

BCG = bcg()


def codes(result: Regression) -> list[str]:
    return [note.code for note in result.notes]


def printed(result: Regression) -> dict[str, Any]:
    """What R prints of a fit, by R's names."""
    found = result.coefficients
    criteria = {
        f"fit.{which}.{name}": getattr(getattr(result.fit, which), name)
        for which in ("ML", "REML")
        for name in ("ll", "deviance", "AIC", "BIC", "AICc")
    }
    return criteria | {
        "k": result.k, "p": result.p, "beta": found.estimate, "se": found.se, "stat": found.statistic,
        "pval": found.pval, "ci_lb": found.ci_low, "ci_ub": found.ci_high, "QE": result.QE, "QE_df": result.QE_df,
        "tau2": result.tau2, "se_tau2": result.se_tau2, "I2": result.I2, "H2": result.H2, "vt": result.vt,
        "weights_pct": result.weights,
    }  # fmt: skip


@pytest.mark.parametrize("case", [*load("uni_moderators"), *load("uni_btt")], ids=str)
def test_a_regression_is_that_of_metafor(case: Case) -> None:
    result = regression_of(case)
    for field, value in printed(result).items():
        assert_close(value, case, field)
    # vcov holds zeros that R computes as 1e-19; they are compared on the scale of the variances.
    expected = np.array(case.outputs["vcov"])
    np.testing.assert_allclose(result.vcov, expected, rtol=1e-8, atol=1e-12 * expected.max())
    # p of Q: R's Q of uni_moderators-0100 is off by 3e-9 (tests/golden/README.md), its p value by twenty times that.
    assert_close(result.QE_pval, case, "QE_p", rtol=1e-7)
    tested = wald_test(result, [i - 1 for i in case.options["btt"]]) if "btt" in case.options else result.QM
    assert_close(tested.statistic, case, "QM")
    assert_close(tested.pval, case, "QM_p")
    df = case.outputs["QM_df"]
    assert (tested.df, tested.df_residual) == (df[0], np.inf if df[1] is None else df[1])


@pytest.mark.parametrize("case", [*load("uni_moderators"), *load("uni_btt")], ids=str)
def test_the_share_of_tau2_explained_is_that_of_metafor(case: Case) -> None:
    outputs = case.outputs_newer if case.version_sensitive and case.outputs_newer else case.outputs
    if outputs["R2"] is None:  # older releases say nothing where the constant is a sum of columns
        assert case.options["formula"].endswith("- 1")
    else:
        # The difference of two tau2 of nearly the same size: digits are lost in proportion.
        assert pytest.approx(outputs["R2"], rel=1e-7, abs=1e-6) == regression_of(case).R2


@pytest.mark.parametrize("case", load("subgroup_common"), ids=str)
def test_subgroups_with_a_common_tau2_are_a_regression(case: Case) -> None:
    effects = effects_of(case.inputs["yi"], case.inputs["vi"], group=[str(one) for one in case.inputs["group"]])
    kind: dict[str, Any] = {"method": case.options["method"], "test": "z", "convention": "metafor"}
    levels, contrasts = regress(effects, "C(group) - 1", **kind), regress(effects, "C(group)", **kind)
    np.testing.assert_allclose(levels.coefficients.estimate, flat(case.outputs["estimate"]), rtol=1e-8)
    assert [name[9:-1] for name in levels.coefficients.names] == [str(one) for one in case.outputs["levels"]]
    assert_close(levels.coefficients.se, case, "se")
    assert_close(levels.tau2, case, "tau2")
    assert_close(levels.QE, case, "QE")
    assert_close(contrasts.QM.statistic, case, "Q_between")
    assert_close(contrasts.QM.pval, case, "Q_between_p")
    assert contrasts.QM.df == case.outputs["df"]


@pytest.mark.parametrize(
    "case", [case for case in load("regression_more") if case.stratum in {"weights", "tau2"}], ids=str
)
def test_given_weights_or_tau2_are_those_of_metafor(case: Case) -> None:
    result = regression_of(case)
    assert_close(result.coefficients.estimate, case, "beta")
    assert_close(result.coefficients.se, case, "se")
    assert_close(result.QM.statistic, case, "QM")
    assert_close(result.tau2, case, "tau2")
    # tau2 without moderators is R's, which stopped at 1e-12 of the last step or, with a given tau2, at 1e-5.
    assert_close(result.R2, case, "R2", rtol=1e-6)
    assert_close(result.fit.ML.ll, case, "ll")
    assert_close(result.fit.REML.ll, case, "ll_reml")


@pytest.mark.parametrize("case", [case for case in load("regression_more") if case.stratum == "confint"], ids=str)
def test_the_limits_of_tau2_are_those_of_metafor(case: Case) -> None:
    low, high = regression_of(case).tau2_ci
    # confint() stops when tau2 changes by less than 1e-12.
    assert_close(low, case, "tau2_lb", rtol=1e-7)
    assert_close(high, case, "tau2_ub", rtol=1e-7)


@pytest.mark.parametrize("case", load("uni_confint_moderators"), ids=str)
def test_the_limits_of_tau2_i2_and_h2_are_those_of_metafor_by_either_rule(case: Case) -> None:
    rule: Any = "PL" if case.options["type"] == "PL" else "Q-profile"
    result = regression_of(case, tau2_interval=rule)
    assert_close(result.tau2, case, "tau2.estimate")
    for name, limits in (("tau2", result.tau2_ci), ("I2", result.I2_ci), ("H2", result.H2_ci)):
        # confint() stops when tau2 changes by less than 1e-12.
        assert_close(limits[0], case, f"{name}.ci_lb", rtol=1e-7)
        assert_close(limits[1], case, f"{name}.ci_ub", rtol=1e-7)


@pytest.mark.parametrize("case", load("uni_weights_moderators"), ids=str)
def test_a_regression_with_given_weights_is_that_of_metafor(case: Case) -> None:
    result = regression_of(case)
    for field, value in printed(result).items():
        if field in case.outputs or field.startswith("fit."):
            assert_close(value, case, field)
    assert_close(result.QM.statistic, case, "QM")
    assert_close(result.QM.pval, case, "QM_p")


@pytest.mark.parametrize("case", load("known_defects"), ids=str)
def test_a_regression_through_the_origin_is_that_of_the_effects_as_they_are(case: Case) -> None:
    # metafor centres the effects first, which changes the residuals of a design that does not span the constant.
    yi, vi, X = (np.array(case.inputs[name], dtype=float) for name in ("yi", "vi", "X"))
    slope = (X[:, 0] * yi / vi).sum() / (X[:, 0] ** 2 / vi).sum()
    result = regression_of(case)
    Q = ((yi - slope * X[:, 0]) ** 2 / vi).sum()
    assert pytest.approx(Q, rel=1e-12) == result.QE
    assert abs(Q / case.outputs["QE"] - 1) > 1e-3
    weights = 1 / (vi + result.tau2)
    beta = (X[:, 0] * yi * weights).sum() / (X[:, 0] ** 2 * weights).sum()
    assert result.coefficients.estimate[0] == pytest.approx(beta, rel=1e-12)
    if case.options["method"] in {"EB", "SJIT"}:  # the root of the generalised Q about the uncentred fit
        assert (weights * (yi - beta * X[:, 0]) ** 2).sum() == pytest.approx(result.QE_df, rel=1e-10)


def test_an_interval_without_a_form_with_moderators_is_refused() -> None:
    with pytest.raises(ModelError, match='tau2_interval="J" has no form with moderators'):
        regress(BCG, "ablat", tau2_interval="J")
    with pytest.raises(ModelError, match="belongs to ML and REML"):
        regress(BCG, "ablat", method="DL", tau2_interval="PL")
    assert all(np.isnan(regress(BCG, "ablat", tau2_interval="none").tau2_ci))


def test_an_intercept_alone_is_the_pooled_effect() -> None:
    for method in ("CE", "DL", "HE", "REML", "PM", "SJ"):
        alone = regress(BCG, method=method, test="t", convention="metafor")
        pooled = pool(BCG, method=method, test="t", convention="metafor")
        assert alone.coefficients.estimate[0] == pytest.approx(pooled.estimate, rel=1e-10)
        assert alone.coefficients.ci_low[0] == pytest.approx(pooled.ci.low, rel=1e-9)
        assert pytest.approx(pooled.I2, rel=1e-9) == alone.I2
        assert alone.QE_pval == pytest.approx(pooled.Q_pval, rel=1e-9)
        assert np.isnan(alone.R2)


def test_a_formula_is_the_design_that_r_makes() -> None:
    case = next(c for c in load("uni_moderators") if c.options["formula"] == "~ablat * year")
    columns = {name: case.inputs["moderators"][name] for name in ("ablat", "year")}
    by_formula = regress(effects_of(case.inputs["yi"], case.inputs["vi"], **columns), "ablat * year", method="DL")
    assert np.array_equal(by_formula.design.X, np.array(case.inputs["X"], dtype=float))


def test_swapping_arms_negates_every_coefficient() -> None:
    plain, swapped = (regress(replace(BCG, yi=sign * BCG.yi), "ablat + C(alloc)") for sign in (1, -1))
    np.testing.assert_allclose(swapped.coefficients.estimate, -plain.coefficients.estimate, rtol=1e-10)
    np.testing.assert_allclose(swapped.coefficients.ci_low, -plain.coefficients.ci_high, rtol=1e-10)
    assert swapped.tau2 == pytest.approx(plain.tau2, rel=1e-10)


def test_knapp_hartung_is_never_narrower_than_wald_under_our_convention() -> None:
    effects = effects_of([0.1, 0.12, 0.13, 0.16, 0.17], [0.2] * 5, dose=[1.0, 2, 3, 4, 5])
    ours, wald = regress(effects, "dose"), regress(effects, "dose", test="z")
    assert (ours.rule, ours.tau2, ours.scale) == ("HK-adhoc", 0.0, 1.0)
    assert "NEVER_NARROWER" in codes(ours)
    assert (ours.coefficients.ci_high > wald.coefficients.ci_high).all()
    assert regress(effects, "dose", convention="metafor", test="HK").rule == "HK"
    assert regress(effects, "dose", convention="metafor", test="HK-wider").rule == "z"


def test_a_study_without_its_moderator_is_left_out_and_named() -> None:
    effects = effects_of(BCG.yi, BCG.vi, ablat=[np.nan, *BCG.moderators["ablat"][1:]])
    result = regress(effects, "ablat", convention="metafor")
    assert result.k == 12
    assert next(note.where for note in result.notes if note.code == "MODERATOR_MISSING") == ("S1",)


def test_the_iterated_estimator_is_paule_and_mandels_beside_moderators_too() -> None:
    iterated, mandel = (regress(BCG, "ablat", method=name, test="HK") for name in ("DLIT", "PM"))
    assert iterated.tau2 == mandel.tau2
    assert iterated.coefficients.se == pytest.approx(mandel.coefficients.se)


def test_the_median_unbiased_estimator_takes_your_weights_for_tau2_and_for_the_line() -> None:
    weights = [float(one) for one in range(1, 14)]
    median, mean = (regress(BCG, "ablat", method=name, weights=weights) for name in ("GENQM", "GENQ"))
    assert median.tau2 > mean.tau2  # the distribution of Q is skewed to the right
    assert median.coefficients.estimate == pytest.approx(mean.coefficients.estimate)
    assert np.isfinite(median.se_tau2)


def test_redundant_columns_are_left_out_and_named() -> None:
    north = np.array(["far" if one > 30 else "near" for one in BCG.moderators["ablat"]])
    effects = replace(BCG, moderators={**BCG.moderators, "zone": north.astype(object), "area": north.astype(object)})
    result = regress(effects, "zone + area + ablat")
    assert result.coefficients.names == ("intercept", "zone[near]", "ablat")
    note = next(note for note in result.notes if note.code == "REDUNDANT_COLUMNS")
    assert note.values["columns"] == "area[near]"
    assert result.coefficients.estimate == pytest.approx(regress(effects, "zone + ablat").coefficients.estimate)


def test_few_studies_per_moderator_are_a_caution() -> None:
    assert "REGRESSION_FEW" in codes(regress(BCG, "ablat + year"))
    assert "REGRESSION_FEW" not in codes(regress(BCG, "ablat"))


@pytest.mark.parametrize(
    "moderators, options, message",
    [
        ("ablatt", {}, "there is no column 'ablatt'; did you mean \"ablat\"?"),
        ("-1", {}, "leaves no coefficient"),
        ("ablat", {"method": "MH"}, "has no form with moderators"),
        ("ablat", {"method": "GENQ"}, "your own weights"),
        ("ablat", {"method": "GENQM"}, "your own weights"),
        ("ablat", {"test": "KR"}, "has no form with moderators"),
        ("ablat", {"weights": [1.0, 2.0]}, "there are 2 weights for 13 studies"),
        ("ablat", {"weights": [0.0] + [1.0] * 12}, "every weight is above 0"),
        ("ablat", {"tau2": -1.0}, "at least 0"),
        ("C(year) + C(ablat)", {}, "13 studies cannot carry"),
    ],
)
def test_what_cannot_be_fitted_is_refused_with_a_way_out(
    moderators: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ModelError) as refused:
        regress(BCG, moderators, **options)
    assert message in str(refused.value)


def test_an_unknown_option_is_refused_with_the_list() -> None:
    with pytest.raises(UnknownOptionError, match="Allowed: tau2, tau2_interval, weights"):
        regress(BCG, "ablat", weight=[1.0] * 13)  # type: ignore[call-arg] # a spelling mistake


@pytest.mark.parametrize("k, message", [(1, "1 study cannot carry 1 coefficient "), (2, "carry 2 coefficients")])
def test_too_few_studies_for_the_coefficients_are_refused(k: int, message: str) -> None:
    few = effects_of([0.1, 0.5][:k], [0.1, 0.2][:k], dose=[1.0, 2.0][:k])
    with pytest.raises(ModelError, match=message):
        regress(few, "dose")


def test_no_study_at_all_is_refused() -> None:
    with pytest.raises(ModelError, match="no study can be pooled"):
        regress(effects_of([], []), "1")


@pytest.mark.parametrize("method", ["CE", "DL", "HE", "HS", "SJ", "PM", "PMM", "ML", "REML"])
def test_equal_effects_and_one_enormous_variance_leave_nothing_without_a_number(method: str) -> None:
    dose = [1.0, 2, 3, 4, 5]
    for yi, vi in (([0.3] * 5, [0.1] * 5), ([0.1, 0.4, -0.2, 0.6, 0.3], [0.1, 0.1, 0.1, 0.1, 1e12])):
        result = regress(effects_of(yi, vi, dose=dose), "dose", method=method, test="z", convention="metafor")
        assert np.isfinite(result.coefficients.estimate).all()
        assert np.isfinite(result.coefficients.se).all()
        assert np.isfinite([result.tau2, result.QE_pval, result.QM.pval, result.fit.ML.AICc]).all()


def test_effects_exactly_on_the_model_are_a_note_under_knapp_hartung() -> None:
    flat_effects = effects_of([0.3] * 5, [0.1, 0.2, 0.3, 0.4, 0.5], dose=[1.0, 2, 3, 4, 5])
    result = regress(flat_effects, "dose", method="DL", test="HK", convention="metafor")
    assert "PERFECT_FIT" in codes(result)
    assert "PERFECT_FIT" not in codes(regress(flat_effects, "dose", method="DL"))


def test_a_reference_category_of_enormous_variance_is_a_note() -> None:
    lone = effects_of([0.7, -0.2, -0.5, 0.1, 1.4], [1e14, 0.024, 0.012, 0.003, 0.005], zone=["a", "b", "c", "c", "b"])
    result = regress(lone, "zone", method="CE")
    assert np.isnan(result.QM.statistic) == ("QM_NOT_ESTIMABLE" in codes(result))
    assert np.isfinite(result.coefficients.se).all()


def test_a_design_by_hand_needs_a_row_per_study() -> None:
    with pytest.raises(ModelError, match="2 rows for 13 studies"):
        regress(BCG, matrix([[1.0], [1.0]]))


@pytest.mark.parametrize("case", [one for one in load("other_data") if one.stratum == "R2"], ids=str)
def test_the_share_explained_under_a_common_effect_has_the_weights_of_the_fit(case: Case) -> None:
    found = regression_of(case)
    for field, value in (("beta", found.coefficients.estimate), ("se", found.coefficients.se), ("R2", found.R2)):
        assert_close(value, case, field)
