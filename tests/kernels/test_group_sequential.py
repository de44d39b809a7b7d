import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from metak2.kernels.group_sequential import efficacy_boundaries, futility_boundaries, obrien_fleming_spent

FIVE = np.arange(1, 6) / 5


def joint(t: np.ndarray) -> np.ndarray:
    """The covariance of Z at these looks: sqrt(earlier / later)."""
    return np.sqrt(np.minimum.outer(t, t) / np.maximum.outer(t, t))


def test_five_equal_looks_have_the_boundaries_of_the_lan_demets_program() -> None:
    # Reboussin, DeMets, Kim & Lan 2000, Control Clin Trials 21:190-207; its coarser grid leaves the last digit open.
    published = [4.8769, 3.3569, 2.6803, 2.2898, 2.0310]
    assert efficacy_boundaries(FIVE, 0.05) == pytest.approx(published, abs=1.5e-4)


def test_a_single_look_at_full_information_is_the_ordinary_test() -> None:
    assert efficacy_boundaries(np.array([1.0]), 0.05) == pytest.approx([norm.ppf(0.975)], abs=1e-12)  # bisection


@pytest.mark.parametrize("t", [[0.5, 1.0], [0.31, 0.74, 1.0], [0.6, 0.61, 1.0]])
def test_the_boundaries_keep_alpha_by_the_multivariate_normal_distribution(t: list[float]) -> None:
    looks = np.array(t)
    c = efficacy_boundaries(looks, 0.05)
    normal = multivariate_normal(cov=joint(looks), abseps=1e-9, releps=1e-9, maxpts=2_000_000)
    inside = float(normal.cdf(c, lower_limit=-c))
    # spending is of each side alone, so both sides lose less than 1e-5 of the other; the cdf's own error is near 1e-7
    assert 1 - inside == pytest.approx(0.05, abs=1e-5)


def test_all_of_alpha_is_spent_at_full_information_and_hardly_any_at_a_tenth() -> None:
    spent = obrien_fleming_spent(np.array([0.1, 1.0, 1.7]), 0.025)
    assert spent[1:] == pytest.approx([0.025, 0.025], rel=1e-12)  # exact but for rounding of the normal quantile
    assert spent[0] == pytest.approx(2 * norm.sf(norm.isf(0.0125) / np.sqrt(0.1)), rel=1e-9)


def test_two_looks_spend_beta_inside_the_futility_boundary() -> None:
    t, drift = np.array([0.6, 1.0]), norm.ppf(0.975) + norm.ppf(0.9)
    outer = efficacy_boundaries(t, 0.05)
    inner, power = futility_boundaries(t, outer, 0.1, drift)
    mean = drift * np.sqrt(t)
    first = norm.cdf(inner[0] - mean[0]) - norm.cdf(-inner[0] - mean[0])
    assert first == pytest.approx(2 * norm.sf(norm.isf(0.05) / np.sqrt(0.6)), rel=1e-9)  # bisection to the last digit
    assert inner[1] == outer[1]
    normal = multivariate_normal(mean=mean, cov=joint(t), abseps=1e-10, releps=1e-10)
    crossed_later = sum(
        float(normal.cdf([high, np.inf], lower_limit=[low, outer[1]]))
        for low, high in ((-outer[0], -inner[0]), (inner[0], outer[0]))
    )
    assert power == pytest.approx(norm.sf(outer[0] - mean[0]) + crossed_later, abs=1e-8)  # the cdf's own error


def test_a_look_too_early_to_spend_anything_has_no_boundary() -> None:
    assert np.isinf(efficacy_boundaries(np.array([0.01, 1.0]), 0.05)[0])
