import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.kernels.trim_and_fill import Estimator, missing_on_the_left
from tests.strategies import quick

every_estimator = pytest.mark.parametrize("estimator", ["L0", "R0", "Q0"])


def unweighted(yi: np.ndarray):  # noqa: ANN201 - a closure
    return lambda kept: float(yi[kept].mean())


@every_estimator
def test_a_symmetric_funnel_lacks_nothing(estimator: Estimator) -> None:
    yi = np.array([-3.0, -2.1, -1.0, -0.4, 0.4, 1.0, 2.1, 3.0])
    found = missing_on_the_left(yi, unweighted(yi), estimator)
    assert (found.k0, found.extreme.size, found.converged) == (0, 0, True)


@pytest.mark.parametrize("estimator", ["L0", "R0"])
def test_studies_cut_off_on_the_left_are_missed(estimator: Estimator) -> None:
    yi = np.array([-0.3, -0.21, -0.12, 0.05, 0.16, 0.27, 1.5, 2.0, 2.6, 3.3])
    weight = np.where(np.abs(yi) < 1, 1000.0, 1.0)
    found = missing_on_the_left(yi, lambda kept: float(np.average(yi[kept], weights=weight[kept])), estimator)
    assert 2 <= found.k0 <= 5
    assert set(yi[found.extreme]) == set(np.sort(yi)[yi.size - found.k0 :])


@quick
@given(
    yi=st.lists(st.integers(-1000, 1000), min_size=3, max_size=12, unique=True).map(lambda one: np.array(one) / 7),
    seed=st.integers(0, 100),
)
def test_order_does_not_matter(yi: np.ndarray, seed: int) -> None:
    shuffled = np.random.default_rng(seed).permutation(yi)
    one, other = (missing_on_the_left(y, unweighted(y), "L0") for y in (yi, shuffled))
    assert one.k0 == other.k0
    np.testing.assert_allclose(np.sort(yi[one.extreme]), np.sort(shuffled[other.extreme]))


def test_the_error_of_r0_is_that_of_duval_and_tweedie() -> None:
    # Var(R0) = 2 max(0, R0) + 2; Duval & Tweedie (2000), Biometrics 56:455-463.
    yi = np.array([-0.5, 0.1, 0.2, 0.9, 1.6, 2.4])
    found = missing_on_the_left(yi, unweighted(yi), "R0")
    assert found.se in {np.sqrt(2.0 * k + 2) for k in range(6)}
    assert found.pval == 0.5 ** (found.k0 + 1)


def test_a_quadratic_without_a_solution_is_flagged() -> None:
    yi = np.array([-0.3, -0.21, -0.12, 0.05, 0.16, 0.27, 1.5, 2.0, 2.6, 3.3])
    found = missing_on_the_left(yi, lambda kept: float(yi[kept].min()), "Q0")
    assert np.isnan(found.se)
    assert not found.converged
