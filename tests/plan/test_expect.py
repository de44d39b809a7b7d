"""The numbers a plan expects: met, unmet, on either scale, and of a result that is not there."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from metak2.errors import PlanError
from metak2.models.pool import pool, side_by_side
from metak2.models.regress import regress
from metak2.models.subgroups import pool_subgroups
from metak2.plan.expect import expectations_of, found, pooled_results, unmet
from metak2.report.comparison import Comparison
from metak2.report.expectations import Expectation
from tests.effects.made_up import counts

EFFECTS = counts([("A", 4, 40, 8, 40), ("B", 5, 40, 9, 40), ("C", 7, 50, 8, 50)], dose=["low", "low", "high"])
PLAN = Path("analyses/k2.toml")
REGRESSION = regress(EFFECTS, "C(dose)", method="CE")
COMPARISON = Comparison(
    name="k2",
    title="K2",
    about="K2",
    primary=pool(EFFECTS),
    sensitivity={"Mantel–Haenszel": pool(EFFECTS, method="MH")},
    subgroups=(pool_subgroups(EFFECTS, by="dose"),),
    regressions={"dose": REGRESSION},
)


def expected(**entry: Any) -> tuple[Expectation, ...]:  # noqa: ANN401 - what a TOML table may hold
    return expectations_of({"expect": [{"of": "primary", "source": "a paper", **entry}]}, COMPARISON, PLAN)


def test_results_are_found_under_the_names_that_a_plan_uses() -> None:
    assert list(pooled_results(COMPARISON)) == ["primary", "Mantel–Haenszel", "dose = low", "dose = high"]


def test_a_number_that_is_found_is_met_within_its_tolerance_and_no_further() -> None:
    estimate = COMPARISON.sensitivity["Mantel–Haenszel"].estimate
    (near,) = expected(of="Mantel–Haenszel", estimate=estimate * 1.0009, rtol=1e-3)
    (far,) = expected(of="Mantel–Haenszel", estimate=estimate * 1.0011, rtol=1e-3)
    assert (near.met, far.met) == (True, False)
    assert unmet([near]) == []


def test_an_unmet_number_is_one_line_with_both_values_and_the_source() -> None:
    (line,) = unmet(expected(k=5))
    assert line == "k2, primary: k is 3, expected 5 within 1e-06 (a paper)"


def test_a_displayed_number_is_compared_on_the_displayed_scale() -> None:
    pooled = COMPARISON.primary
    ratio, log = expected(scale="displayed", estimate=1.0)[0], expected(estimate=1.0)[0]
    assert ratio.found == pytest.approx(np.exp(log.found), rel=1e-14)
    assert ratio.quantity == "estimate (displayed)"
    assert found(pooled, "tau2", displayed=True) == found(pooled, "tau2", displayed=False)


def test_each_number_of_a_table_is_an_expectation_of_its_own() -> None:
    assert [one.quantity for one in expected(k=3, estimate=0.1, ci_low=0.1, tau2=0.0)] == [
        "k",
        "estimate",
        "ci_low",
        "tau2",
    ]


@pytest.mark.parametrize("quantity", ["tau2", "pi_low", "tau2_high"])
def test_a_number_that_a_result_does_not_have_is_unmet(quantity: str) -> None:
    (one,) = expected(of="Mantel–Haenszel", **{quantity: 0.1})
    assert np.isnan(one.found)
    assert not one.met


def test_an_expected_zero_is_met_within_the_tolerance_itself() -> None:
    assert expected(tau2=0.0, rtol=1e-9)[0].met


def test_a_result_that_is_not_there_is_refused_with_the_nearest_and_all_there_are() -> None:
    with pytest.raises(PlanError, match=r"no pooled result or regression 'primry'; did you mean \"primary\"") as raised:
        expected(of="primry", k=3)
    assert "Mantel–Haenszel" in str(raised.value)


def test_studies_that_are_not_pooled_have_no_numbers_to_expect() -> None:
    apart = Comparison(name="k2", title="K2", about="K2", primary=side_by_side(EFFECTS, why="Apart."))
    with pytest.raises(PlanError, match="no pooled result or regression 'primary'"):
        expectations_of({"expect": [{"of": "primary", "source": "x", "k": 3}]}, apart, PLAN)


def test_a_coefficient_is_expected_by_its_name() -> None:
    (one,) = expected(of="regression: dose", coefficient="intercept", estimate=0.1)
    high = pool(EFFECTS.take(np.array([2])), method="CE")  # under a common effect the intercept is the reference group
    assert one.found == pytest.approx(high.estimate, rel=1e-12)
    assert one.of == "k2, regression: dose, intercept"
    (ratio,) = expected(of="regression: dose", coefficient="intercept", estimate=0.1, scale="displayed")
    assert ratio.found == pytest.approx(np.exp(high.estimate), rel=1e-12)


def test_what_is_left_of_a_regression_needs_no_coefficient() -> None:
    made = expected(of="regression: dose", k=3, Q=1.0, QM=1.0, I2=0.0)
    assert [(one.quantity, one.found) for one in made if one.quantity != "I2"] == [
        ("k", 3.0),
        ("Q", REGRESSION.QE),
        ("QM", REGRESSION.QM.statistic),
    ]
    assert np.isnan(expected(of="regression: dose", pi_low=0.1)[0].found)


@pytest.mark.parametrize(
    "entry, told",
    [
        ({"of": "regression: dose", "estimate": 1.0}, "estimate of 'regression: dose' needs a coefficient: intercept"),
        ({"of": "regression: dose", "coefficient": "intercpt", "se": 1.0}, 'did you mean "intercept"'),
        ({"of": "primary", "coefficient": "dose", "se": 1.0}, "'primary' is no regression"),
    ],
)
def test_a_coefficient_that_is_not_there_is_refused(entry: dict[str, Any], told: str) -> None:
    with pytest.raises(PlanError, match=told):
        expected(**entry)
