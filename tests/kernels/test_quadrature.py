from math import pi, prod

import numpy as np
import pytest

from metak2.kernels.quadrature import gauss_hermite


@pytest.mark.parametrize("power", [0, 2, 8, 20])
def test_even_moments_of_a_normal_variable_are_exact(power: int) -> None:
    nodes, log_weights = gauss_hermite(15, 1)
    x = np.sqrt(2) * nodes[:, 0]
    moment = np.sum(np.exp(log_weights - nodes[:, 0] ** 2) * x**power) / np.sqrt(pi)
    assert moment == pytest.approx(prod(range(power - 1, 0, -2)), rel=1e-12)  # (power - 1)!!, up to rounding


def test_the_rule_in_two_dimensions_is_the_product_of_two() -> None:
    nodes, log_weights = gauss_hermite(7, 2)
    weights = np.exp(log_weights - (nodes**2).sum(axis=1))
    assert nodes.shape == (49, 2)
    assert np.sum(weights * nodes[:, 0] ** 2 * nodes[:, 1] ** 4) == pytest.approx(
        pi * 0.5 * 0.75, rel=1e-12
    )  # rounding


def test_hundreds_of_points_do_not_overflow() -> None:
    nodes, log_weights = gauss_hermite(336, 1)
    assert np.exp(log_weights - nodes[:, 0] ** 2).sum() == pytest.approx(np.sqrt(pi), rel=1e-12)  # rounding
