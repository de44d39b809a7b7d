"""Predictions and the studies' own true effects: metafor's numbers, and values of moderators by name."""

import numpy as np
import pytest

from metak2.errors import ModelError, UnknownOptionError
from metak2.models.pool import pool
from metak2.models.predict import predict, predict_studies
from metak2.models.regress import regress
from metak2.models.regress import regression_of as on_the_intercept
from tests.golden.cases import Case, assert_close, load
from tests.golden.regressions import bcg, regression_of

BCG = bcg()
PREDICTED = {"pred": "estimate", "ci_lb": "ci_low", "ci_ub": "ci_high", "pi_lb": "pi_low", "pi_ub": "pi_high"}
OWN = {
    "blup": "estimate", "blup_se": "se", "blup_lb": "low", "blup_ub": "high", "ranef": "random_effect",
    "ranef_se": "random_se", "ranef_lb": "random_low", "ranef_ub": "random_high",
}  # fmt: skip


@pytest.mark.parametrize("case", load("uni_predict_moderators"), ids=str)
def test_predictions_are_those_of_metafor(case: Case) -> None:
    rows = case.inputs.get("newmods")
    found = predict(regression_of(case), None if rows is None else [[1.0, *row] for row in rows])
    displayed = np.exp if case.options["transf"] == "exp" else np.asarray
    for field, name in PREDICTED.items():
        assert_close(displayed(getattr(found, name)), case, field)
    if case.options["transf"] == "none":
        assert_close(found.se, case, "se")


@pytest.mark.parametrize("case", load("blup"), ids=str)
def test_the_true_effects_of_the_studies_are_those_of_metafor(case: Case) -> None:
    found = predict_studies(regression_of(case))
    for field, name in OWN.items():
        if field in case.outputs:
            assert_close(getattr(found, name), case, field)


def test_values_are_given_by_column_and_a_single_one_is_repeated() -> None:
    regression = regress(BCG, "ablat + C(alloc)")
    found = predict(regression, {"ablat": [10, 30], "alloc": "systematic"})
    assert found.X.tolist() == [[1, 10, 0, 1], [1, 30, 0, 1]]
    assert found.estimate[1] == pytest.approx(float(found.X[1] @ regression.coefficients.estimate), rel=1e-14)


def test_center_and_log_are_those_of_the_studies() -> None:
    plain, centred = regress(BCG, "ablat"), regress(BCG, "center(ablat)")
    at = {"ablat": [20.0, 50.0]}
    np.testing.assert_allclose(predict(centred, at).estimate, predict(plain, at).estimate, rtol=1e-9)
    np.testing.assert_allclose(predict(centred, at).pi_low, predict(plain, at).pi_low, rtol=1e-9)


def test_the_prediction_interval_names_its_distribution() -> None:
    ours = predict(regress(BCG, "ablat", test="z"))
    assert (ours.rule, ours.df) == ("t(k-p)", 11)
    cautious = predict(regress(BCG, "ablat"), {"ablat": 30}, rule="t(k-p-1)")
    assert cautious.pi_high[0] > predict(regress(BCG, "ablat"), {"ablat": 30}).pi_high[0]
    common = predict(regress(BCG, "ablat", method="CE"))
    assert common.rule == "none"
    assert np.isnan(common.pi_low).all()


@pytest.mark.parametrize(
    "at, message",
    [
        ({"ablat": 30}, "need a value of ablat, alloc"),
        ({"ablat": 30, "alloc": "tossed"}, "has no category tossed; there are alternate, random, systematic"),
        ({"ablat": [1, 2, 3], "alloc": ["random", "random"]}, "alloc has 2 values where others have 3"),
        ({"ablat": "north", "alloc": "random"}, "ablat needs numbers; got north"),
        ([[1.0, 2.0]], "a row of the design has 4 numbers"),
    ],
)
def test_values_that_do_not_fit_are_refused(at: object, message: str) -> None:
    with pytest.raises(ModelError) as refused:
        predict(regress(BCG, "ablat + C(alloc)"), at)  # type: ignore[arg-type] # some are wrong on purpose
    assert message in str(refused.value)


def test_an_unknown_rule_or_level_is_refused() -> None:
    regression = regress(BCG, "ablat")
    with pytest.raises(UnknownOptionError, match="rule='t'"):
        predict(regression, rule="t")  # type: ignore[arg-type] # wrong on purpose
    with pytest.raises(ModelError, match="coverage"):
        predict_studies(regression, level=95)


def test_a_study_is_drawn_towards_its_prediction() -> None:
    regression = regress(BCG, "ablat")
    found = predict_studies(regression)
    between = np.sort(np.stack([regression.effects.yi, regression.fitted]), axis=0)
    assert ((found.estimate >= between[0]) & (found.estimate <= between[1])).all()


def test_study_effects_of_a_pooled_effect_are_those_of_its_regression_on_the_intercept() -> None:
    pooled = pool(bcg(), convention="metafor")
    np.testing.assert_array_equal(predict_studies(pooled).estimate, predict_studies(on_the_intercept(pooled)).estimate)
