import numpy as np
import pytest
from scipy.stats import binom, nchypergeom_fisher, poisson

from metak2.kernels.glmm_families import Binomial, Family, Hypergeometric, Poisson
from metak2.kernels.hypergeometric import supports

EVENTS = np.array([[0.0, 3.0], [5.0, 1.0], [12.0, 12.0], [2.0, 7.0]])
PEOPLE = np.array([[20.0, 22.0], [40.0, 41.0], [12.0, 30.0], [9.0, 11.0]])
A, C = EVENTS.T
B, D = (PEOPLE - EVENTS).T
FAMILIES: dict[str, tuple[Family, int]] = {
    "binomial": (Binomial(events=EVENTS, people=PEOPLE), 2),
    "poisson": (Poisson(events=EVENTS), 2),
    "hypergeometric": (Hypergeometric(events=A[:, None], tables=supports(A, B, C, D)), 1),
}
every_family = pytest.mark.parametrize("name", FAMILIES)


@every_family
def test_derivatives_are_the_slopes_of_the_one_before(name: str) -> None:
    family, arms = FAMILIES[name]
    centre = np.linspace(-1.5, 1.0, 4 * arms).reshape(4, arms)
    below, here, above = (family.at((centre + step)[..., None]) for step in (-1e-5, 0.0, 1e-5))
    slopes = here.first, here.second, family.third(centre[..., None])
    for low, high, slope in zip(below, above, slopes, strict=True):
        np.testing.assert_allclose((high - low) / 2e-5, slope, rtol=1e-6, atol=1e-7)  # central differences


@every_family
def test_no_linear_predictor_beats_the_saturated_model(name: str) -> None:
    family, arms = FAMILIES[name]
    grid = np.broadcast_to(np.linspace(-40, 12, 5201), (4, arms, 5201))
    best = family.at(np.array(grid)).value.max(axis=2)
    assert np.all(best <= family.saturated() + 1e-9)
    np.testing.assert_allclose(best, family.saturated(), atol=5e-3)  # a grid of step 0.01


def test_values_are_scipys_log_probabilities_with_all_constants() -> None:
    eta = np.linspace(-2.0, 1.0, 8).reshape(4, 2)
    ours = FAMILIES["binomial"][0].at(eta[..., None]).value[..., 0]
    np.testing.assert_allclose(ours, binom.logpmf(EVENTS, PEOPLE, 1 / (1 + np.exp(-eta))), rtol=1e-10)  # log-gammas
    ours = FAMILIES["poisson"][0].at(eta[..., None]).value[..., 0]
    np.testing.assert_allclose(ours, poisson.logpmf(EVENTS, np.exp(eta)), rtol=1e-10)  # as above
    ours = FAMILIES["hypergeometric"][0].at(eta[:, :1, None]).value[:, 0, 0]
    odds = np.exp(eta[:, 0])
    theirs = [
        nchypergeom_fisher.logpmf(a, a + b + c + d, a + b, a + c, o)
        for a, b, c, d, o in zip(A, B, C, D, odds, strict=True)
    ]
    np.testing.assert_allclose(ours, theirs, rtol=1e-8)  # scipy's normaliser stops at about 1e-10
