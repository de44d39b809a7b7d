from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit

from metak2.kernels.glmm_families import Binomial
from metak2.kernels.glmm_fit import Summit, conditional_deviance, maximise
from metak2.kernels.glmm_marginal import Random, Rule, marginal
from metak2.kernels.glmm_problem import Problem
from tests.strategies import quick

HALF = np.array([0.5, -0.5])
trials = st.lists(
    st.tuples(st.integers(1, 12), st.integers(3, 60), st.integers(1, 12), st.integers(3, 60)), min_size=3, max_size=7
)
Trials = list[tuple[int, int, int, int]]


def fixed_studies(rows: Trials) -> Problem:
    a, b, c, d = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    k = a.size
    return Problem(
        family=Binomial(events=np.stack([a, c], 1), people=np.stack([a + b, c + d], 1)),
        offset=np.zeros((k, 2)),
        design=np.broadcast_to(HALF[None, :, None], (k, 2, 1)),
        own=True,
        random=Random(weights=np.broadcast_to(HALF[None, :, None], (k, 2, 1)), axis=np.array([0])),
    )


def random_studies(rows: Trials) -> Problem:
    plain = fixed_studies(rows)
    k = plain.offset.shape[0]
    design = np.stack([np.ones(2), HALF], axis=1)
    return replace(
        plain,
        design=np.broadcast_to(design, (k, 2, 2)),
        own=False,
        random=Random(weights=np.broadcast_to(design[:, ::-1], (k, 2, 2)), axis=np.array([0, 1])),
    )


def climb(problem: Problem, points: int | None = None) -> Summit:
    return maximise(problem, points=points)


def height(problem: Problem, alpha: np.ndarray, beta: np.ndarray, phi: np.ndarray, points: int) -> float:
    mean = problem.offset + problem.design @ beta + (alpha[:, None] if problem.own else 0.0)
    modes = np.zeros((mean.shape[0], problem.random.axes))
    return float(marginal(problem.family, problem.random, mean, phi, Rule(points=points), modes).value.sum())


@quick
@given(rows=trials)
def test_no_between_study_deviation_makes_the_counts_more_likely(rows: Trials) -> None:
    problem = fixed_studies(rows)
    found = climb(problem)
    assert found.converged
    assert found.accurate
    k = len(rows)
    for tau in (0.05, 0.5, 2.0):
        start = np.concatenate([found.place.alpha, found.place.beta])
        rival = minimize(
            lambda x, tau=tau: -height(problem, x[:k], x[k:], np.array([tau]), 31),
            start,
            method="BFGS",
            options={"maxiter": 15},
        )
        assert found.log_likelihood >= -rival.fun - 1e-7  # both integrals are right to about 1e-8


def test_without_heterogeneity_it_is_logistic_regression() -> None:
    # Two trials with the same odds ratio: the maximum is at tau = 0, and the estimate solves the logistic equations.
    rows = [(2, 37, 1, 42), (4, 40, 4, 40), (6, 101, 4, 106), (7, 96, 5, 95), (7, 103, 3, 103), (11, 143, 4, 142)]
    problem, found = fixed_studies(rows), climb(fixed_studies(rows))
    assert found.place.phi.tolist() == [0.0]
    fitted = problem.family.people * expit(found.place.alpha[:, None] + problem.design @ found.place.beta)
    residual = problem.family.events - fitted
    np.testing.assert_allclose(residual.sum(axis=1), 0, atol=1e-7)  # fitted to the root of DECREMENT
    np.testing.assert_allclose((residual @ HALF).sum(), 0, atol=1e-7)  # and so are those of the arms


def test_the_covariance_is_the_inverse_curvature_of_the_whole_likelihood() -> None:
    rows = [(4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (33, 50, 47, 57), (17, 16, 65, 16), (5, 24, 3, 23)]
    problem = fixed_studies(rows)
    found = climb(problem)
    centre, h, k = np.concatenate([found.place.alpha, found.place.beta, found.place.phi]), 1e-3, len(rows)

    def value(step: np.ndarray) -> float:
        x = centre + step
        return height(problem, x[:k], x[k : k + 1], x[k + 1 :], 41)

    unit = h * np.eye(k + 2)
    hessian = np.array(
        [[(value(a + b) - value(a - b) - value(b - a) + value(-a - b)) / (4 * h * h) for b in unit] for a in unit]
    )
    expected = np.linalg.inv(-hessian)[k:, k:]
    np.testing.assert_allclose(found.vcov, expected, rtol=1e-4, atol=1e-6)  # differences of step 1e-3


@pytest.mark.parametrize("make", [fixed_studies, random_studies])
@quick
@given(rows=trials)
def test_order_and_swapped_arms_change_nothing_but_the_sign(make, rows: Trials) -> None:  # noqa: ANN001 - a function
    one = climb(make(rows))
    turned = climb(make(rows[::-1]))
    swapped = climb(make([(c, d, a, b) for a, b, c, d in rows]))
    # The summit is found to about 1e-9 in the likelihood, hence to 1e-4 of a standard error in a flat parameter.
    assert turned.log_likelihood == pytest.approx(one.log_likelihood, rel=1e-8)
    assert swapped.log_likelihood == pytest.approx(one.log_likelihood, rel=1e-8)
    np.testing.assert_allclose(turned.place.beta[-1], one.place.beta[-1], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(swapped.place.beta[-1], -one.place.beta[-1], rtol=1e-4, atol=1e-4)


def test_the_highest_of_two_summits_is_taken() -> None:
    # Many precise equal trials and one far off: a summit at tau = 0 and a higher one away from it.
    rows = [(50, 950, 50, 950)] * 6 + [(0, 12, 9, 3)]
    problem = fixed_studies(rows)
    found = climb(problem)
    none = climb(replace(problem, random=Random(weights=np.zeros((7, 2, 0)), axis=np.zeros(0, dtype=np.int64))))
    assert found.log_likelihood >= none.log_likelihood
    grid = [climb_at(problem, found, tau) for tau in np.linspace(0.02, 4, 40)]
    assert found.log_likelihood >= max(grid) - 1e-7  # the integrals are right to about 1e-8


def climb_at(problem: Problem, found: Summit, tau: float) -> float:
    k = found.place.alpha.size
    start = np.concatenate([found.place.alpha, found.place.beta])
    result = minimize(lambda x: -height(problem, x[:k], x[k:], np.array([tau]), 31), start, method="BFGS")
    return -float(result.fun)


def test_doubling_the_points_does_not_move_a_result_that_was_called_accurate() -> None:
    # Arms full of events beside empty ones: the random effects are far from normal given the data.
    one_arm = Binomial(
        events=np.array([[0.0], [1], [5], [20], [0], [12]]), people=np.array([[30.0], [45], [40], [20], [12], [60]])
    )
    ones = np.ones((6, 1, 1))
    problem = Problem(
        family=one_arm, offset=np.zeros((6, 1)), design=ones, own=False, random=Random(weights=ones, axis=np.array([0]))
    )
    found = climb(problem)
    assert found.accurate
    assert found.rule.points > 21
    finer = height(problem, found.place.alpha, found.place.beta, found.place.phi, 4 * 84)
    assert found.log_likelihood == pytest.approx(finer, abs=1e-8)  # ACCURACY times the log-likelihood


def test_the_conditional_deviance_without_random_effects_is_the_deviance() -> None:
    rows = [(2, 37, 1, 42), (4, 40, 4, 40), (6, 101, 4, 106)]
    problem, found = fixed_studies(rows), climb(fixed_studies(rows))
    assert found.place.phi.tolist() == [0.0]
    deviance = 2 * (problem.family.saturated().sum() - found.log_likelihood)
    assert conditional_deviance(problem, found.place) == pytest.approx(deviance, rel=1e-9)  # the same sums
