"""The score from sums over studies is the score from residuals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.kernels.moments import Moments, terms_of_moments, terms_of_sums
from metak2.kernels.regression_rows import solve
from metak2.kernels.regression_summit import terms_of
from tests.strategies import Array, Study, meta_analyses, quick

both = pytest.mark.parametrize("restricted", [True, False], ids=["REML", "ML"])


def sums(v: Array, tau2: float, by: Array) -> Array:
    w = 1 / (v + tau2)
    return np.array([[[float((w**power * by).sum())]] for power in (1, 2, 3)])


@both
@quick
@given(study=meta_analyses(least=5, most=9), p=st.integers(1, 3), tau2=st.sampled_from([0.0, 0.3, 20.0]))
def test_sums_with_any_number_of_columns_give_the_score_of_weighted_least_squares(
    restricted: bool, study: Study, p: int, tau2: float
) -> None:
    y, v = study[0][0], study[1][0]
    x = np.random.default_rng(p).normal(size=(y.size, p))
    moments = Moments(
        weight=sums(v, tau2, np.ones_like(y))[:2],
        effects=sums(v, tau2, y * y)[1:],
        along=[sums(v, tau2, x[:, i] * y) for i in range(p)],
        across={(i, j): sums(v, tau2, x[:, i] * x[:, j]) for i in range(p) for j in range(i, p)},
    )
    found = terms_of_moments(moments, restricted=restricted)
    one = np.ones((1, y.size))
    expected = terms_of(one, x[None], solve(y[None], one, x[None], 1 / (v[None] + tau2)), restricted=restricted)
    w = 1 / (v + tau2)
    # Sums of squares cancel: what is left has the rounding error of the largest, times the condition of the columns.
    sizes = ((w**2 * y**2).sum(), w.sum(), (w**3 * y**2).sum(), (w**2).sum())
    for value, other, size in zip(found, expected, sizes, strict=True):
        np.testing.assert_allclose(value[0, 0], other[0], rtol=1e-9, atol=1e-10 * size)


@both
@quick
@given(study=meta_analyses(), tau2=st.sampled_from([0.0, 0.3, 20.0]))
def test_the_short_form_for_a_mean_is_the_form_for_a_column_of_ones(
    restricted: bool, study: Study, tau2: float
) -> None:
    y, v = study[0][0], study[1][0]
    weight, along, effects = (sums(v, tau2, by) for by in (np.ones_like(y), y, y * y))
    short = terms_of_sums(weight, along, effects[1:], restricted=restricted)
    general = terms_of_moments(
        Moments(weight=weight[:2], effects=effects[1:], along=[along], across={(0, 0): weight}), restricted=restricted
    )
    w = 1 / (v + tau2)
    sizes = ((w**2 * y**2).sum(), w.sum(), (w**3 * y**2).sum(), (w**2).sum())
    for value, other, size in zip(short, general, sizes, strict=True):
        np.testing.assert_allclose(value, other, rtol=1e-12, atol=1e-13 * size)  # the same sums in another order
