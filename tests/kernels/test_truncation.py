"""The truncated selection model against normal tails, differences, and a search over every cut."""

import numpy as np
import pytest
from hypothesis import given
from scipy.optimize import minimize
from scipy.stats import norm

from metak2.kernels.contract import FloatArray
from metak2.kernels.selection_models import SelectionData, SelectionFit, unselected
from metak2.kernels.truncation import fit_cut, fit_truncated, likelihood
from tests.golden.cases import load
from tests.strategies import Study, meta_analyses, quick

CASE = next(case for case in load("selmodel") if case.dataset == "raudenbush1985")
Y, V = CASE.row("yi")[0], CASE.row("vi")[0]
FREE = np.full(3, np.nan)


def data(y: FloatArray, v: FloatArray) -> SelectionData:
    return SelectionData(y=y, v=v, x=np.ones((y.size, 1)), c=np.ones(y.size), two_sided=False)


def starts(given: SelectionData) -> FloatArray:
    free = unselected(given, random=True).parameters
    return np.array([free, [free[0], float(np.median(given.v))]])


def best_cut(y: FloatArray, v: FloatArray) -> SelectionFit:
    return fit_cut(data(y, v), starts(data(y, v)), fixed=FREE)


def by_hand(cut: float, below: FloatArray, theta: FloatArray) -> float:
    """Normal densities times the chance of being seen, divided by its mean."""
    mu, tau2, delta = theta
    spread = np.sqrt(V + tau2)
    above = norm.sf(cut, mu, spread)
    logs = norm.logpdf(Y, mu, spread) + np.where(below, np.log(delta), 0.0) - np.log(above + delta * (1 - above))
    return float(logs.sum())


def test_the_likelihood_is_made_of_normal_tails() -> None:
    below = Y <= 0.1
    for delta in (0.4, 2.5):
        theta = np.array([0.1, 0.03, delta])
        assert likelihood(data(Y, V), 0.1, below, theta).height == pytest.approx(by_hand(0.1, below, theta), rel=1e-12)


def test_gradient_and_hessian_are_those_of_the_height() -> None:
    given = SelectionData(y=Y, v=V, x=np.column_stack([np.ones(Y.size), V]), c=np.ones(Y.size), two_sided=False)
    theta, below = np.array([0.1, 0.4, 0.03, 0.3]), Y <= 0.1
    point = likelihood(given, 0.1, below, theta)
    for j in range(4):
        step = np.zeros(4)
        step[j] = 1e-6
        ahead, behind = (likelihood(given, 0.1, below, theta + sign * step) for sign in (1, -1))
        # Central differences of step 1e-6 of a height near 10 keep about 1e-9 of it, and of its gradient.
        assert (ahead.height - behind.height) / 2e-6 == pytest.approx(point.gradient[j], rel=1e-6, abs=1e-6)
        np.testing.assert_allclose((ahead.gradient - behind.gradient) / 2e-6, point.hessian[j], rtol=1e-6, atol=1e-5)


def test_no_cut_has_a_higher_likelihood_than_the_one_found() -> None:
    given, found = data(Y, V), best_cut(Y, V)
    assert found.converged
    effects = np.unique(Y)
    for inside in (0.1, 0.6):
        for cut in effects[:-1] + inside * np.diff(effects):
            other = fit_truncated(given, float(cut), starts(given), fixed=FREE)
            assert other.log_likelihood <= found.log_likelihood + 1e-9  # rounding


@pytest.mark.parametrize("first", [(0.1, 0.0, 0.3), (0.3, 0.05, 0.05), (0.0, 0.05, 3.0)])
def test_at_the_cut_found_another_search_climbs_no_higher(first: tuple[float, ...]) -> None:
    found = best_cut(Y, V)
    cut = found.cut
    assert cut is not None
    bounds = [(-5, 5), (0, 5), (1e-8, 100)]
    other = minimize(lambda theta: -by_hand(cut, cut > Y, theta), first, bounds=bounds, method="L-BFGS-B")
    assert -other.fun <= found.log_likelihood + 1e-9  # rounding


def test_the_likelihood_rises_to_the_next_effect_and_drops_there() -> None:
    found = best_cut(Y, V)
    cut, theta = found.cut, found.parameters
    assert cut is not None
    assert theta[2] < 1
    previous = float(Y[cut > Y].max())
    heights = [by_hand(at, at >= Y, theta) for at in np.linspace(previous, cut - 1e-9, 7)]
    assert heights == sorted(heights)
    assert by_hand(cut, cut >= Y, theta) < heights[-1] + 0.5 * np.log(theta[2])
    assert by_hand(cut, cut > Y, theta) == pytest.approx(found.log_likelihood, rel=1e-10)


@quick
@given(study=meta_analyses(least=4, most=5))
def test_an_estimated_cut_is_no_less_likely_than_any_given_one_and_than_none(study: Study) -> None:
    y, v = study[0][0], study[1][0]
    if np.ptp(y) == 0:
        return
    given = data(y, v)
    found = fit_cut(given, starts(given), fixed=FREE).log_likelihood
    assert found >= unselected(given, random=True).log_likelihood - 1e-9
    for low, high in zip(np.unique(y), np.unique(y)[1:], strict=False):
        assert found >= fit_truncated(given, 0.5 * (low + high), starts(given), fixed=FREE).log_likelihood - 1e-7


def test_the_other_direction_is_the_same_model_with_the_inverse_chance() -> None:
    up, down = best_cut(Y, V), best_cut(-Y, V)
    assert up.log_likelihood == pytest.approx(down.log_likelihood, abs=1e-8)  # the climb's own tolerance
    assert up.cut is not None
    assert down.cut is not None
    assert up.cut == pytest.approx(-down.cut)
    assert up.parameters[2] == pytest.approx(1 / down.parameters[2], rel=1e-4)


def test_units_do_not_matter() -> None:
    plain, scaled = best_cut(Y, V), best_cut(10 * Y, 100 * V)
    assert plain.cut is not None
    assert scaled.cut == pytest.approx(10 * plain.cut)
    assert scaled.log_likelihood + Y.size * np.log(10) == pytest.approx(plain.log_likelihood, abs=1e-8)
