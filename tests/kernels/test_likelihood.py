import numpy as np
import pytest
from hypothesis import given
from scipy.optimize import minimize_scalar

from metak2.kernels import summit
from metak2.kernels.contract import Status
from metak2.kernels.tau2 import maximum_likelihood, restricted_maximum_likelihood
from tests.golden.cases import bcg_log_risk_ratios
from tests.strategies import Array, Batch, batches, quick

BCG_Y, BCG_V = bcg_log_risk_ratios()
EVERY_SUBSET = ((np.arange(1, 2**13)[:, np.newaxis] >> np.arange(13)) & 1).astype(float)
ESTIMATORS = {True: restricted_maximum_likelihood, False: maximum_likelihood}


def log_likelihood(yi: Array, vi: Array, mi: Array, tau2: Array, *, restricted: bool = True) -> Array:
    """Written out from the definition, with no constants: the judge of the kernel. `(batch, k)`, `(batch,)`."""
    total = vi + tau2[:, np.newaxis]
    weight = mi / total
    mean = (weight * yi).sum(axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True)
    quadratic = (weight * (yi - mean) ** 2).sum(axis=1)
    return -0.5 * ((mi * np.log(total)).sum(axis=1) + quadratic + restricted * np.log(weight.sum(axis=1)))


def random_meta_analyses(rows: int, seed: int) -> tuple[Array, Array, Array]:
    """Ragged, with variances over four orders of magnitude and every third row of two clusters."""
    rng = np.random.default_rng(seed)
    k = 9
    vi = 10 ** rng.uniform(-3, 1, size=(rows, k))
    yi = rng.normal(size=(rows, k)) * np.sqrt(vi) + rng.normal(size=(rows, k)) * 10 ** rng.uniform(
        -2, 1, size=(rows, 1)
    )
    yi[::3] += np.where(vi[::3] < 0.02, 1.5, -1.5)
    mi = (np.arange(k) < rng.integers(2, k + 1, size=(rows, 1))).astype(float)
    return np.where(mi > 0, yi, 0.0), np.where(mi > 0, vi, 1.0), mi


@pytest.mark.parametrize("restricted", [True, False], ids=["REML", "ML"])
def test_the_likelihood_is_nowhere_higher_than_at_the_estimate(restricted: bool) -> None:
    yi, vi, mi = random_meta_analyses(2000, seed=20)
    tau2, status = ESTIMATORS[restricted](yi, vi, mi)
    summit = log_likelihood(yi, vi, mi, tau2, restricted=restricted)
    highest = np.full(tau2.shape, -np.inf)
    for point in np.concatenate([[0.0], np.geomspace(1e-5, 1e4, 399)]):
        there = log_likelihood(yi, vi, mi, np.full(tau2.shape, point), restricted=restricted)
        highest = np.maximum(highest, there)
    assert np.all(highest <= summit + 1e-9)  # sums of at most nine logarithms
    assert np.any(status & Status.TWO_SUMMITS)
    assert not np.any(status & Status.SCANNED_NOT_PROVED)


def test_all_subsets_of_the_bcg_trials_are_fitted_and_proved() -> None:
    tau2, status = restricted_maximum_likelihood(BCG_Y, BCG_V, EVERY_SUBSET)
    singles = EVERY_SUBSET.sum(axis=1) == 1
    assert np.array_equal(np.isnan(tau2), singles)
    assert np.array_equal((status & Status.TOO_FEW) != 0, singles)
    assert not np.any(status & (Status.SCANNED_NOT_PROVED | Status.NOT_CONVERGED))


def fisher_scoring(yi: Array, vi: Array) -> float:
    """The textbook iteration for REML from the Hedges-Olkin start."""
    tau2 = max(0.0, float(np.var(yi, ddof=1) - vi.mean()))
    for _ in range(2000):
        weight = 1 / (vi + tau2)
        p = np.diag(weight) - np.outer(weight, weight) / weight.sum()
        step = (yi @ p @ p @ yi - np.trace(p)) / np.trace(p @ p)
        while tau2 + step < 0:
            step /= 2
        tau2 += step
        if abs(step) < 1e-12:
            break
    return tau2


def test_the_higher_of_two_summits_is_taken_where_fisher_scoring_takes_the_lower() -> None:
    tau2, status = restricted_maximum_likelihood(BCG_Y, BCG_V, EVERY_SUBSET)
    ambiguous = np.flatnonzero(status & Status.TWO_SUMMITS)
    subsets = EVERY_SUBSET[ambiguous]
    scored = np.array([fisher_scoring(BCG_Y[0, row > 0], BCG_V[0, row > 0]) for row in subsets])
    ours = log_likelihood(BCG_Y, BCG_V, subsets, tau2[ambiguous])
    theirs = log_likelihood(BCG_Y, BCG_V, subsets, scored)
    assert np.all(ours >= theirs - 1e-9)  # the same summit, reached to the last digits by either
    assert np.count_nonzero(ours > theirs + 1e-4) == 3  # the number that the design document found with R


@pytest.mark.parametrize("restricted", [True, False], ids=["REML", "ML"])
def test_a_general_optimiser_finds_the_same_summit_of_the_bcg_trials(restricted: bool) -> None:
    everything = np.ones_like(BCG_Y)
    tau2, _ = ESTIMATORS[restricted](BCG_Y, BCG_V, everything)
    found = minimize_scalar(
        lambda t: -log_likelihood(BCG_Y, BCG_V, everything, np.array([t]), restricted=restricted)[0],
        bounds=(0.0, 5.0),
        method="bounded",
        options={"xatol": 1e-12},
    )
    assert tau2[0] == pytest.approx(found.x, rel=1e-6)  # an optimiser on values knows the place to half the digits


@quick
@given(batch=batches())
def test_rows_that_share_their_effects_are_fitted_as_rows_that_do_not(batch: Batch) -> None:
    yi, vi, mi = batch
    shared = restricted_maximum_likelihood(yi[:1], vi[:1], mi)
    spread = restricted_maximum_likelihood(np.tile(yi[:1], (len(mi), 1)), np.tile(vi[:1], (len(mi), 1)), mi)
    # 1e-10 of the smallest variance: an estimate next to 0 has no relative precision to keep.
    np.testing.assert_allclose(shared[0], spread[0], rtol=1e-10, atol=1e-10 * vi.min())


def test_equal_effects_leave_tau2_at_zero() -> None:
    yi, vi = np.full((1, 4), 0.5), np.array([[0.1, 0.2, 0.1, 0.3]])
    tau2, status = restricted_maximum_likelihood(yi, vi, np.ones((1, 4)))
    assert tau2[0] == 0
    assert status[0] == Status.AT_ZERO


def test_two_equally_precise_studies_have_their_tau2_in_closed_form() -> None:
    # REML with equal variances is the sample variance less v: 2 ** 2 / 2 - 0.5.
    tau2, _ = restricted_maximum_likelihood(np.array([[0.0, 2.0]]), np.full((1, 2), 0.5), np.ones((1, 2)))
    assert tau2[0] == pytest.approx(1.5, rel=1e-14)  # Newton's last step is exact to rounding


def test_equally_precise_studies_have_their_ml_tau2_in_closed_form() -> None:
    # ML divides by k instead of k - 1: (1 + 1 + 4) / 3 with mean 0, less 0.5.
    tau2, _ = maximum_likelihood(np.array([[-1.0, -1.0, 2.0]]), np.full((1, 3), 0.5), np.ones((1, 3)))
    assert tau2[0] == pytest.approx(1.5, rel=1e-14)  # as above


def test_a_likelihood_that_cannot_tell_small_from_large_tau2_is_called_flat() -> None:
    # Two precise studies that agree and a poor one that does not: no heterogeneity and much of it are equally likely.
    yi, vi = np.array([[0.0347, 0.0115, -3.0885]]), np.array([[1e-4, 1e-2, 1.0]])
    tau2, status = restricted_maximum_likelihood(yi, vi, np.ones((1, 3)))
    at_zero = log_likelihood(yi, vi, np.ones((1, 3)), np.zeros(1))
    assert log_likelihood(yi, vi, np.ones((1, 3)), tau2) - at_zero < 0.01
    assert tau2[0] > 2
    assert status[0] & Status.FLAT


def test_the_bcg_likelihood_is_not_flat() -> None:
    _, status = restricted_maximum_likelihood(BCG_Y, BCG_V, np.ones_like(BCG_Y))
    assert status[0] == Status.OK


def test_a_scan_too_coarse_for_a_proof_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summit, "MOST_POINTS", 3)
    monkeypatch.setattr(summit, "HALVINGS", 0)
    tau2, status = restricted_maximum_likelihood(BCG_Y, BCG_V, np.ones_like(BCG_Y))
    assert status[0] & Status.SCANNED_NOT_PROVED
    assert np.isfinite(tau2[0])


def test_a_coarse_scan_with_a_proof_finds_the_same_summits(monkeypatch: pytest.MonkeyPatch) -> None:
    yi, vi, mi = random_meta_analyses(300, seed=4)
    fine, _ = restricted_maximum_likelihood(yi, vi, mi)
    monkeypatch.setattr(summit, "MOST_POINTS", 6)
    coarse, status = restricted_maximum_likelihood(yi, vi, mi)
    assert not np.any(status & Status.SCANNED_NOT_PROVED)
    np.testing.assert_allclose(coarse, fine, rtol=1e-10, atol=1e-13)  # Newton's stopping rule
