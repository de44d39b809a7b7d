import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import betabinom

from metak2.kernels.beta_binomial import BetaBinomialFit, beta_binomial
from tests.strategies import quick

arm = st.tuples(st.integers(0, 6), st.integers(6, 60))
trials = st.lists(st.tuples(arm, arm), min_size=3, max_size=8)
Trials = list[tuple[tuple[int, int], tuple[int, int]]]


def counts(rows: Trials) -> tuple[np.ndarray, np.ndarray]:
    array = np.array(rows, dtype=float)
    events, people = array[..., 0], array[..., 1]
    events[0] = np.maximum(events[0], 1)  # each arm has an event and someone without one
    return events, people + 1


def log_likelihood(events: np.ndarray, people: np.ndarray, log_odds: np.ndarray, rho: float) -> float:
    size = (1 - rho) / rho
    mu = expit(log_odds)
    return float(betabinom.logpmf(events, people, mu * size, (1 - mu) * size).sum())


@quick
@given(rows=trials)
def test_no_other_parameters_make_the_counts_more_likely(rows: Trials) -> None:
    events, people = counts(rows)
    fit = beta_binomial(events, people)
    assert fit.converged
    start = np.append(fit.log_odds, np.log(max(fit.rho, 1e-3)))
    found = minimize(
        lambda p: -log_likelihood(events, people, p[:2], float(expit(np.clip(p[2], -12, 12)))),
        start,
        method="Nelder-Mead",
        options={"xatol": 1e-7, "fatol": 1e-10, "maxiter": 2000},
    )
    # scipy's log-gammas lose digits where the correlation is small.
    assert fit.log_likelihood >= -found.fun - 1e-6
    if fit.rho > 1e-4:
        assert fit.log_likelihood == pytest.approx(log_likelihood(events, people, fit.log_odds, fit.rho), abs=1e-7)


def test_the_covariance_is_the_inverse_curvature_of_scipys_likelihood() -> None:
    events = np.array([[0, 3], [1, 3], [2, 9], [5, 6], [1, 19], [3, 5], [6, 11], [0, 0]], dtype=float)
    people = np.array(
        [[116, 117], [44, 35], [208, 195], [151, 157], [97, 103], [188, 175], [187, 180], [118, 105]], float
    )
    fit = beta_binomial(events, people)
    place, h = np.append(fit.log_odds, np.log(fit.rho / (1 - fit.rho))), 1e-3

    def value(step: np.ndarray) -> float:
        p = place + step
        return log_likelihood(events, people, p[:2], float(expit(p[2])))

    unit = h * np.eye(3)
    hessian = np.array(
        [[(value(a + b) - value(a - b) - value(b - a) + value(-a - b)) / (4 * h * h) for b in unit] for a in unit]
    )
    # Differences of step 1e-3 are right to about 1e-6.
    np.testing.assert_allclose(fit.vcov, np.linalg.inv(-hessian)[:2, :2], rtol=1e-4)


def test_counts_less_spread_than_binomial_ones_have_no_correlation() -> None:
    events, people = np.full((6, 2), 5.0), np.full((6, 2), 50.0)
    fit = beta_binomial(events, people)
    assert fit.rho == 0
    np.testing.assert_allclose(fit.log_odds, np.log(5 / 45))  # the arms' own log odds
    np.testing.assert_allclose(np.diag(fit.vcov), 1 / 30 + 1 / 270)  # Woolf's variance of all people together


@quick
@given(rows=trials)
def test_swapping_arms_and_order_swaps_the_answer(rows: Trials) -> None:
    events, people = counts(rows)
    one, other = beta_binomial(events, people), beta_binomial(events[::-1, ::-1], people[::-1, ::-1])
    # Two Newton searches that end within 1e-7 of the summit of a sometimes flat likelihood.
    np.testing.assert_allclose(one.log_odds, other.log_odds[::-1], rtol=1e-5, atol=1e-6)
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-10)


def test_a_trial_without_events_pulls_the_log_odds_down() -> None:
    events, people = np.array([[2.0, 9.0], [3.0, 4.0]]), np.array([[21.0, 19.0], [40.0, 41.0]])
    more: BetaBinomialFit = beta_binomial(np.vstack([events, [0, 0]]), np.vstack([people, [50, 50]]))
    assert np.all(more.log_odds < beta_binomial(events, people).log_odds)
