import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from metak2.kernels.contract import FloatArray
from metak2.kernels.selection_models import SelectionData, SelectionFit, _edges, fit_selection, likelihood, unselected
from metak2.kernels.selection_weights import SMOOTH, WeightFunction, from_step, same_side, step_function
from tests.golden.cases import load
from tests.strategies import Study, meta_analyses, quick

CASE = next(case for case in load("selmodel") if case.dataset == "bangertdrowns2004")
Y, V = CASE.row("yi")[0], CASE.row("vi")[0]
FUNCTIONS = {
    **SMOOTH,
    "step": step_function((0.025, 0.5)),
    "half-normal from 0.05": from_step(SMOOTH["half-normal"], 0.05),
}
every_function = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
DELTA = {"beta": [0.7, 1.6], "negative exponential power": [2.0, 1.5], "step": [0.4, 0.2]}


def data(y: FloatArray = Y, v: FloatArray = V, *, two_sided: bool = False) -> SelectionData:
    c = np.sqrt(v / v.max())
    return SelectionData(y=y, v=v, x=np.column_stack([np.ones(y.size), v - v.mean()]), c=c, two_sided=two_sided)


def parameters(function: WeightFunction) -> FloatArray:
    return np.array([0.1, 0.4, 0.03, *DELTA.get(function.name, [0.8])])


def height(given: SelectionData, function: WeightFunction, theta: FloatArray) -> float:
    return likelihood(given, function, _edges(given, function), theta).height


def fitted(y: FloatArray, v: FloatArray, function: WeightFunction) -> SelectionFit:
    given = SelectionData(y=y, v=v, x=np.ones((y.size, 1)), c=np.ones(y.size), two_sided=False)
    free = unselected(given, random=True).parameters
    return fit_selection(given, function, free[None], fixed=np.full(2 + function.parameters, np.nan))


@every_function
@pytest.mark.parametrize("two_sided", [False, True])
def test_gradient_and_hessian_are_those_of_the_height(function: WeightFunction, two_sided: bool) -> None:
    given, theta = data(two_sided=two_sided), parameters(function)
    point = likelihood(given, function, _edges(given, function), theta)
    for j in range(theta.size):
        step = np.zeros(theta.size)
        step[j] = 1e-6
        ahead, behind = (likelihood(given, function, _edges(given, function), theta + sign * step) for sign in (1, -1))
        # Central differences of step 1e-6 of a height near 10 keep about 1e-9 of it, and of its gradient.
        assert (ahead.height - behind.height) / 2e-6 == pytest.approx(point.gradient[j], rel=1e-6, abs=1e-6)
        np.testing.assert_allclose((ahead.gradient - behind.gradient) / 2e-6, point.hessian[j], rtol=1e-6, atol=1e-5)


def test_the_integral_is_that_of_adaptive_quadrature() -> None:
    function, delta = SMOOTH["beta"], np.array([0.7, 1.6])
    y, v, mu, tau2 = 0.3, 0.01, -0.2, 0.2

    def seen(x: float) -> float:
        p = min(max(norm.sf(x / np.sqrt(v)), 1e-5), 1 - 1e-5)
        return float(p ** (delta[0] - 1) * (1 - p) ** (delta[1] - 1) * norm.pdf(x, mu, np.sqrt(v + tau2)))

    breaks = np.array([-4.2648907939, 0.0, 4.2648907939]) * np.sqrt(v)
    pieces = [
        quad(seen, *ends, epsabs=1e-14, epsrel=1e-12) for ends in zip([-6.0, *breaks], [*breaks, 6.0], strict=True)
    ]
    given = SelectionData(y=np.array([y]), v=np.array([v]), x=np.ones((1, 1)), c=np.ones(1), two_sided=False)
    own = height(given, function, np.array([mu, tau2, *delta]))
    assert own == pytest.approx(np.log(seen(y)) - np.log(sum(piece[0] for piece in pieces)), rel=1e-9)


@every_function
def test_without_selection_the_likelihood_is_that_of_random_effects(function: WeightFunction) -> None:
    given = data()
    theta = np.array([0.1, 0.4, 0.03, *function.null])
    normal = norm.logpdf(Y, given.x @ theta[:2], np.sqrt(V + 0.03)).sum()
    assert height(given, function, theta) == pytest.approx(normal, rel=1e-11)


@quick
@given(study=meta_analyses(least=4), scale=st.floats(0.01, 100.0))
def test_units_do_not_matter(study: Study, scale: float) -> None:
    y, v = study[0][0], study[1][0]
    function = SMOOTH["logistic"]
    plain, scaled = fitted(y, v, function), fitted(scale * y, scale**2 * v, function)
    # The same climb in other units: its height, less the change of unit, is the same to rounding.
    assert scaled.log_likelihood + y.size * np.log(scale) == pytest.approx(plain.log_likelihood, rel=1e-7, abs=1e-7)


@quick
@given(study=meta_analyses(least=4, most=8))
def test_selection_never_lowers_the_likelihood(study: Study) -> None:
    y, v = study[0][0], study[1][0]
    given = SelectionData(y=y, v=v, x=np.ones((y.size, 1)), c=np.ones(y.size), two_sided=False)
    without = unselected(given, random=True).log_likelihood
    assert fitted(y, v, SMOOTH["half-normal"]).log_likelihood >= without - 1e-9


def test_a_step_is_the_closed_form_of_normal_tails() -> None:
    mu, tau2, delta = 0.1, 0.03, 0.4
    spread = np.sqrt(V + tau2)
    cut = -norm.ppf(0.025) * np.sqrt(V)
    beyond = norm.sf(cut, mu, spread)
    logs = norm.logpdf(Y, mu, spread) + np.log(np.where(cut <= Y, 1.0, delta)) - np.log(beyond + delta * (1 - beyond))
    given = SelectionData(y=Y, v=V, x=np.ones((Y.size, 1)), c=np.ones(Y.size), two_sided=False)
    own = height(given, step_function((0.025,)), np.array([mu, tau2, delta]))
    assert own == pytest.approx(logs.sum(), rel=1e-12)


def test_p_uniform_is_made_of_truncated_normal_likelihoods() -> None:
    mu, tau2 = 0.1, 0.03
    spread, cut = np.sqrt(V + tau2), -norm.ppf(0.025) * np.sqrt(V)
    significant = cut <= Y
    beyond = norm.sf(cut, mu, spread)
    logs = norm.logpdf(Y, mu, spread) - np.log(np.where(significant, beyond, 1 - beyond))
    given = SelectionData(y=Y, v=V, x=np.ones((Y.size, 1)), c=np.ones(Y.size), two_sided=False)
    own = height(given, same_side(significant.astype(float)[:, None], 0.025), np.array([mu, tau2]))
    assert own == pytest.approx(logs.sum(), rel=1e-12)
