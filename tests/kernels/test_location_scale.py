"""Location-scale models: metafor's likelihood is not exceeded by R, the score is 0 at the summit, laws."""

import numpy as np
import pytest

from metak2.kernels.contract import Status
from metak2.kernels.location_scale import LocationScale, location_scale, scale_tau2
from metak2.kernels.regression import regression
from metak2.kernels.regression_tau2 import residual_tau2
from tests.golden.cases import Case, load
from tests.strategies import Array

CASES = [case for case in load("location_scale") if "Z" in case.inputs]


def fit(case: Case) -> LocationScale:
    yi, vi = (case.row(name)[0] for name in ("yi", "vi"))
    X, Z = (case.row(name)[0] for name in ("X", "Z"))
    return location_scale(yi, vi, X, Z, restricted=case.options["method"] == "REML")


def height(case: Case, alpha: Array) -> float:
    yi, vi = case.rows("yi", "vi")
    tau2 = scale_tau2(case.row("Z")[0], alpha)[None]
    found = regression(yi, vi, np.ones_like(yi), case.row("X"), tau2)
    return float((found.ll_reml if case.options["method"] == "REML" else found.ll_ml)[0])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_likelihood_of_metafor_is_higher(case: Case) -> None:
    stored = case.expected(f"fit.{case.options['method']}.ll")[0]
    assert height(case, fit(case).alpha) >= stored - 1e-12 * abs(stored)


@pytest.mark.parametrize("case", [case for case in CASES if case.stratum != "log.ML.t"], ids=str)
def test_no_neighbour_is_higher(case: Case) -> None:
    found = fit(case)
    here = height(case, found.alpha)
    for direction in np.vstack([np.eye(found.alpha.size), -np.eye(found.alpha.size)]):
        assert height(case, found.alpha + 1e-4 * direction) <= here + 1e-12


def test_the_unit_of_the_effects_moves_the_intercept_of_the_scale_only() -> None:
    case = next(case for case in CASES if case.dataset == "sim.b")
    yi, vi, X, Z = (case.row(name)[0] for name in ("yi", "vi", "X", "Z"))
    plain = location_scale(yi, vi, X, Z, restricted=True)
    scaled = location_scale(yi * 100, vi * 1e4, X, Z, restricted=True)
    expected = plain.alpha + np.array([np.log(1e4), 0.0])
    np.testing.assert_allclose(scaled.alpha, expected, atol=1e-7)  # the score is 0 to 1e-9


@pytest.mark.parametrize("restricted, name", [(True, "REML"), (False, "ML")])
def test_a_constant_scale_is_one_tau2(restricted: bool, name: str) -> None:
    case = next(case for case in CASES if case.dataset == "sim.b")
    yi, vi, X = (case.row(one)[0] for one in ("yi", "vi", "X"))
    found = location_scale(yi, vi, X, np.ones((yi.size, 1)), restricted=restricted)
    expected = residual_tau2(name, yi[None], vi[None], np.ones((1, yi.size)), X).tau2[0]
    assert float(np.exp(found.alpha[0])) == pytest.approx(expected, rel=1e-8)


def test_groups_of_the_scale_without_an_intercept_are_the_same_model() -> None:
    case = next(case for case in CASES if len(case.inputs["Z"][0]) == 3)
    yi, vi, X, Z = (case.row(name)[0] for name in ("yi", "vi", "X", "Z"))
    groups = Z @ np.array([[1.0, 0, 0], [-1, 1, 0], [-1, 0, 1]])
    levels = location_scale(yi, vi, X, groups, restricted=False).alpha
    contrasts = location_scale(yi, vi, X, Z, restricted=False).alpha
    np.testing.assert_allclose(levels, contrasts[0] + np.array([0, contrasts[1], contrasts[2]]), atol=1e-6)


def test_a_group_without_heterogeneity_is_flagged() -> None:
    flagged = [case.id for case in CASES if Status.FLAT in Status(fit(case).status)]
    assert flagged == ["location_scale-0003", "location_scale-0004"]  # R has standard errors of 34,500 and 36,000


def test_a_mean_that_cannot_be_estimated_is_refused() -> None:
    found = location_scale(np.zeros(2), np.ones(2), np.eye(2), np.ones((2, 1)), restricted=True)
    assert np.isnan(found.alpha).all()
    assert found.status == Status.TOO_FEW
