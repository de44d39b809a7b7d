import numpy as np
import pytest
from scipy.integrate import dblquad, quad
from scipy.special import expit
from scipy.stats import binom, norm

from metak2.kernels.glmm_families import Binomial, Family, Hypergeometric, Poisson
from metak2.kernels.glmm_marginal import Random, Rule, marginal
from metak2.kernels.hypergeometric import supports

EVENTS = np.array([[0.0, 3.0], [5.0, 1.0], [12.0, 12.0], [2.0, 7.0]])
PEOPLE = np.array([[20.0, 22.0], [40.0, 41.0], [15.0, 30.0], [9.0, 11.0]])
MEAN = np.array([[-2.0, -1.5], [-1.0, -2.0], [0.5, 0.0], [-1.0, 0.3]])
HALF = np.array([0.5, -0.5])
ONES = np.ones(2)


def random(*columns: np.ndarray, axis: tuple[int, ...]) -> Random:
    weights = np.broadcast_to(np.stack(columns, axis=1), (4, 2, len(columns)))
    return Random(weights=weights, axis=np.array(axis))


TREATMENT = random(HALF, axis=(0,))
BOTH = random(HALF, ONES, axis=(0, 1))
CORRELATED = random(HALF, ONES, ONES, axis=(0, 0, 1))
BINOMIAL = Binomial(events=EVENTS, people=PEOPLE)
A, C = EVENTS.T
B, D = (PEOPLE - EVENTS).T
CONDITIONAL = Hypergeometric(events=A[:, None], tables=supports(A, B, C, D))
MODELS: dict[str, tuple[Family, Random, np.ndarray, tuple[float, ...]]] = {
    "fixed study effects": (BINOMIAL, TREATMENT, MEAN, (0.7,)),
    "random study effects": (BINOMIAL, BOTH, MEAN, (0.7, 0.4)),
    "correlated": (BINOMIAL, CORRELATED, MEAN, (0.7, -0.3, 0.5)),
    "rates": (Poisson(events=EVENTS), BOTH, MEAN, (0.7, 0.4)),
    "conditional": (CONDITIONAL, Random(weights=np.ones((4, 1, 1)), axis=np.array([0])), MEAN[:, :1], (0.9,)),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    "rule", [Rule(points=1), Rule(points=5, as_is=True), Rule(points=41)], ids=["Laplace", "coarse", "exact"]
)
def test_gradient_and_hessian_are_slopes(name: str, rule: Rule) -> None:
    family, effects, mean, parameters = MODELS[name]
    phi, modes = np.array(parameters), np.zeros((4, effects.axes))
    here = marginal(family, effects, mean, phi, rule, modes)
    arms, size = mean.shape[1], mean.shape[1] + phi.size
    for a, step in enumerate(1e-5 * np.eye(size)):
        above, below = (
            marginal(family, effects, mean + sign * step[:arms], phi + sign * step[arms:], rule, modes)
            for sign in (1, -1)
        )
        # Central differences; a coarse rule's own second derivatives are differences too.
        np.testing.assert_allclose((above.value - below.value) / 2e-5, here.gradient[:, a], rtol=1e-6, atol=2e-8)
        tolerance = 2e-5 if rule.as_is else 2e-7
        np.testing.assert_allclose(
            (above.gradient - below.gradient) / 2e-5, here.hessian[:, a], rtol=1e-5, atol=tolerance
        )


def test_the_integral_over_one_random_effect_is_scipys() -> None:
    found = marginal(BINOMIAL, TREATMENT, MEAN, np.array([1.3]), Rule(points=61), np.zeros((4, 1)))
    for i in range(4):

        def integrand(z: float, i: int = i) -> float:
            return float(np.prod(binom.pmf(EVENTS[i], PEOPLE[i], expit(MEAN[i] + 1.3 * z * HALF)))) * norm.pdf(z)

        integral, _ = quad(integrand, -12, 12, epsabs=0, epsrel=1e-11, limit=400)
        assert found.value[i] == pytest.approx(np.log(integral), rel=1e-10)  # both to about 1e-11


def test_the_integral_over_two_random_effects_is_scipys() -> None:
    found = marginal(BINOMIAL, BOTH, MEAN, np.array([1.0, 0.8]), Rule(points=41), np.zeros((4, 2)))

    def integrand(z: float, u: float) -> float:
        risk = expit(MEAN[1] + z * HALF + 0.8 * u)
        return float(np.prod(binom.pmf(EVENTS[1], PEOPLE[1], risk))) * norm.pdf(z) * norm.pdf(u)

    integral, _ = dblquad(integrand, -8, 8, -8, 8, epsabs=1e-13, epsrel=1e-9)
    assert found.value[1] == pytest.approx(np.log(integral), rel=1e-8)  # the oracle's tolerance


def test_the_sign_of_a_standard_deviation_means_nothing() -> None:
    one, other = (
        marginal(BINOMIAL, TREATMENT, MEAN, np.array([sign * 0.6]), Rule(points=21), np.zeros((4, 1)))
        for sign in (1, -1)
    )
    np.testing.assert_allclose(one.value, other.value, rtol=1e-13)  # mirrored nodes
    np.testing.assert_allclose(one.gradient[:, -1], -other.gradient[:, -1], rtol=1e-10)  # as above


def test_without_spread_the_random_effects_are_not_there() -> None:
    none = Random(weights=np.zeros((4, 2, 0)), axis=np.zeros(0, dtype=np.int64))
    plain = marginal(BINOMIAL, none, MEAN, np.zeros(0), Rule(points=0), np.zeros((4, 0)))
    found = marginal(BINOMIAL, BOTH, MEAN, np.zeros(2), Rule(points=7), np.zeros((4, 2)))
    np.testing.assert_allclose(found.value, plain.value, rtol=1e-12)  # the weights of a rule sum to 1 up to rounding
