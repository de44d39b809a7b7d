import itertools

import numpy as np
import pytest
from scipy.stats import binom, norm

from metak2.kernels.excess_significance import binomial_pval, chi_squared, exact_pval, power, significant

CHANCES = np.array([0.2, 0.9, 0.05, 0.4])


@pytest.mark.parametrize("observed", range(5))
def test_the_exact_p_value_sums_over_all_outcomes(observed: int) -> None:
    total = sum(
        float(np.prod(np.where(outcome, CHANCES, 1 - CHANCES)))
        for outcome in itertools.product([False, True], repeat=4)
        if sum(outcome) >= observed
    )
    assert exact_pval(observed, CHANCES) == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("observed", range(5))
def test_the_binomial_p_value_is_scipys(observed: int) -> None:
    assert binomial_pval(observed, CHANCES) == pytest.approx(binom.sf(observed - 1, 4, CHANCES.mean()), rel=1e-12)


def test_chi_squared_halves_its_tail() -> None:
    statistic, pval = chi_squared(3, CHANCES)
    expected = CHANCES.sum()
    assert statistic == pytest.approx((3 - expected) ** 2 / expected + (3 - expected) ** 2 / (4 - expected), rel=1e-12)
    assert pval == pytest.approx(norm.sf(np.sqrt(statistic)), rel=1e-12)


def test_power_without_an_effect_is_the_level() -> None:
    for alternative in ("two-sided", "greater", "less"):
        assert power(np.zeros(1), 0.05, alternative)[0] == pytest.approx(0.05, rel=1e-12)


def test_significance_has_a_side() -> None:
    z = np.array([-2.5, -1.7, 0.0, 1.7, 2.5])
    assert significant(z, 0.05, "two-sided").tolist() == [1, 0, 0, 0, 1]
    assert significant(z, 0.05, "greater").tolist() == [0, 0, 0, 1, 1]
    assert significant(z, 0.05, "less").tolist() == [1, 1, 0, 0, 0]
