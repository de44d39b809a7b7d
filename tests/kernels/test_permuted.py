"""A regression on a design with its rows in another order is what the general kernel makes of that design."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.kernels import permuted
from metak2.kernels.permuted import permuted_regression
from metak2.kernels.regression import regression
from metak2.kernels.regression_tau2 import residual_tau2
from tests.strategies import Array, Study, meta_analyses, quick

# Both ways are exact to rounding; designs of four studies on three columns lose some digits to their condition.
CLOSE = 1e-10


def design(k: int, p: int, *, intercept: bool) -> Array:
    """Columns of very different size and origin."""
    rng = np.random.default_rng(10 * k + p)
    X = rng.normal(50.0, 10.0, (k, p))
    X[:, 1:] = X[:, 1:] / 1000 + X[:, :1] / 20
    if intercept:
        X[:, 0] = 1.0
    return X


def assert_same(study: Study, X: Array, name: str | None, tau2: float | None) -> None:
    yi, vi = study
    k = len(X)
    order = np.array([np.random.default_rng(row).permutation(k) for row in range(6)])
    fit = permuted_regression(yi[0], vi[0], X, order, tau2=tau2, restricted=name == "REML")
    one = np.ones_like(yi)
    between = np.full(6, tau2) if name is None else residual_tau2(name, yi, vi, one, X[order]).tau2
    expected = regression(yi, vi, one, X[order], between)
    largest = np.abs(yi).max()
    np.testing.assert_allclose(fit.tau2, between, rtol=CLOSE, atol=CLOSE * vi.min())
    np.testing.assert_allclose(fit.vcov, expected.vcov, rtol=1e-8, atol=CLOSE * np.abs(expected.vcov).max())
    # A coefficient is a difference of effects, divided by differences of a column.
    size = np.sqrt(np.diagonal(expected.vcov, axis1=1, axis2=2) / vi.min()) * max(largest, np.sqrt(vi.min()))
    assert (np.abs(fit.beta - expected.beta) <= CLOSE * (np.abs(expected.beta) + size)).all()
    np.testing.assert_allclose(fit.scale, expected.scale, rtol=1e-9, atol=CLOSE * largest**2 / vi.min())


@pytest.mark.parametrize("name", ["REML", "ML"])
@quick
@given(study=meta_analyses(least=5, most=12), p=st.integers(1, 3), intercept=st.booleans())
def test_a_permuted_design_is_fitted_as_any_other(name: str, study: Study, p: int, intercept: bool) -> None:
    assert_same(study, design(study[0].shape[1], p, intercept=intercept), name, None)


@quick
@given(study=meta_analyses(least=5, most=12), p=st.integers(1, 3), tau2=st.sampled_from([0.0, 0.01, 3.0]))
def test_a_given_tau2_is_kept(study: Study, p: int, tau2: float) -> None:
    assert_same(study, design(study[0].shape[1], p, intercept=True), None, tau2)


def test_blocks_are_bounded_and_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    yi, vi, X = rng.normal(size=9), rng.uniform(0.1, 1, 9), design(9, 2, intercept=True)
    order = rng.permuted(np.tile(np.arange(9), (200, 1)), axis=1)
    together = permuted_regression(yi, vi, X, order, tau2=None, restricted=True)
    monkeypatch.setattr(permuted, "ELEMENTS", permuted.WIDTH * 7)
    apart = permuted_regression(yi, vi, X, order, tau2=None, restricted=True)
    # Matrix products of another size sum in another order.
    np.testing.assert_allclose(apart.tau2, together.tau2, rtol=1e-12, atol=1e-12 * vi.min())
    np.testing.assert_allclose(apart.beta, together.beta, rtol=1e-11, atol=1e-12)
