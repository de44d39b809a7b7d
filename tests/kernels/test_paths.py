"""However the rows of a batch are put together, each is fitted as it would be alone."""

import numpy as np
import pytest
from hypothesis import given

from metak2.kernels.heterogeneity import q_profile
from metak2.kernels.pooling import random_effects_by
from metak2.kernels.tau2 import Estimator as Kernel
from metak2.kernels.tau2 import maximum_likelihood, paule_mandel, restricted_maximum_likelihood
from tests.strategies import Batch, Estimator, batches, quick

# A root is found to 1e-10 of itself on either path, from another start in another cell; near 0 the score is a
# difference of sums of about 1 / min(vi), here at most 1000, which leaves 1e-10 of tau2 undecided.
CLOSE = {"rtol": 1e-8, "atol": 1e-9}

every_estimator = pytest.mark.parametrize(
    "estimator", [restricted_maximum_likelihood, maximum_likelihood, paule_mandel], ids=lambda one: one.__name__
)


@every_estimator
@quick
@given(batch=batches())
def test_a_row_alone_is_what_it_is_among_others(estimator: Estimator, batch: Batch) -> None:
    yi, vi, mi = batch
    together, _ = estimator(yi, vi, mi)
    alone = [estimator(yi[row : row + 1], vi[row : row + 1], mi[row : row + 1])[0][0] for row in range(len(yi))]
    np.testing.assert_allclose(together, alone, **CLOSE)


@quick
@given(batch=batches())
def test_an_interval_alone_is_what_it_is_among_others(batch: Batch) -> None:
    yi, vi, mi = batch
    low, high, _ = q_profile(yi, vi, mi, level=0.95)
    for row in range(len(yi)):
        alone = q_profile(yi[row : row + 1], vi[row : row + 1], mi[row : row + 1], level=0.95)
        np.testing.assert_allclose([low[row], high[row]], [alone[0][0], alone[1][0]], **CLOSE)


@every_estimator
@pytest.mark.parametrize("seed", range(5))
def test_effects_drawn_for_the_same_variances_are_fitted_as_if_they_shared_nothing(
    estimator: Estimator, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    vi = 10 ** rng.uniform(-2, 0.5, (1, 9))
    yi = rng.normal(0, np.sqrt(vi + 0.3), (60, 9))
    mi = rng.integers(1, 3, (1, 9)).astype(float)
    together, status = estimator(yi, vi, mi)
    for row in range(len(yi)):
        alone, flags = estimator(yi[row : row + 1], vi, mi)
        np.testing.assert_allclose(together[row], alone[0], **CLOSE)
        assert status[row] == flags[0]


@pytest.mark.parametrize("estimator", [restricted_maximum_likelihood, maximum_likelihood], ids=["REML", "ML"])
@pytest.mark.parametrize("unlike", ["alike", "an outlier", "one precise study", "few that agree"])
@pytest.mark.parametrize("seed", range(5))
def test_rows_that_share_their_studies_are_fitted_as_if_they_shared_nothing(
    estimator: Kernel, unlike: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    k = 12
    vi = 10 ** rng.uniform(-2, 0.5, (1, k))
    yi = rng.normal(0, np.sqrt(vi + 0.3))
    mi = np.vstack([1 - np.eye(k), rng.integers(0, 3, (40, k))])
    yi[0, 0] += 1e4 * (unlike == "an outlier")
    vi[0, 0] *= 1e-7 if unlike == "one precise study" else 1.0
    yi[0, 6:] = 3 + 1e-4 * yi[0, 6:] if unlike == "few that agree" else yi[0, 6:]
    mi[40:, :6] *= unlike != "few that agree"
    shared = random_effects_by(estimator, yi, vi, mi)
    apart = random_effects_by(estimator, np.repeat(yi, len(mi), axis=0), np.repeat(vi, len(mi), axis=0), mi)
    for field in ("k", "estimate", "se", "se_hk", "tau2", "weights", "Q", "Q_df", "vt", "I2", "I2_from_Q", "H2"):
        found, expected = getattr(shared, field), getattr(apart, field)
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10 * np.ptp(yi), err_msg=field)  # rounding of 0
    np.testing.assert_array_equal(shared.status, apart.status)
