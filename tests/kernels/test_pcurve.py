import numpy as np
import pytest
from scipy.stats import norm, uniform

from metak2.kernels.pcurve import noncentrality, p_curve, stouffer


def test_flat_p_values_show_no_skew() -> None:
    p = (np.arange(1, 100) / 100) * 0.05
    found = p_curve(norm.isf(p / 2))
    assert found.k == 99
    # Evenly spaced p values: the scores cancel but for rounding.
    assert found.right_skew[0] == pytest.approx(0, abs=1e-10)
    assert found.power == pytest.approx(0.05, abs=1e-6)


@pytest.mark.parametrize("true_power", [0.2, 0.5, 0.8])
def test_the_power_of_many_studies_is_recovered(true_power: float) -> None:
    # Quantiles of the truncated distribution in place of chance: 4000 studies leave about 1/4000 of error.
    shift = noncentrality(true_power)
    grid = uniform.ppf((np.arange(4000) + 0.5) / 4000) * true_power
    z = shift + norm.isf(grid)
    assert p_curve(z).power == pytest.approx(true_power, abs=0.02)


def test_noncentrality_gives_its_power() -> None:
    shift = noncentrality(0.8)
    assert norm.sf(1.959963985 - shift) + norm.cdf(-1.959963985 - shift) == pytest.approx(0.8, rel=1e-8)
    assert shift == pytest.approx(2.80158, abs=1e-4)  # the 2.8 standard errors of every textbook


def test_strong_effects_skew_the_curve_to_the_right() -> None:
    found = p_curve(np.array([4.0, 5.0, 3.5, 0.2, 1.0]))
    assert (found.k, found.k_half) == (3, 3)
    assert found.right_skew[1] < 0.001
    assert found.flat[1] > 0.5


def test_nothing_significant_has_no_curve() -> None:
    found = p_curve(np.array([0.1, 1.0]))
    assert found.k == 0
    assert np.isnan([*found.right_skew, *found.half, *found.flat, found.power]).all()


def test_stouffer_of_one_half_is_one_half() -> None:
    assert stouffer(np.array([0.5, 0.5])) == (0.0, 0.5)
