"""A meta-analysis alone is computed on arrays of one axis: the same statistics as among others, to rounding."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.kernels.contract import Fit, Status
from metak2.kernels.heterogeneity import q_profile
from metak2.kernels.likelihood import evaluate
from metak2.kernels.pooling import random_effects
from metak2.kernels.profile import generalised_q
from metak2.kernels.rows import Rows, standardise
from metak2.kernels.single import SingleFit, fit_single, single
from metak2.kernels.single import _scan as scan_of
from metak2.kernels.summit import has_no_root, has_one_root
from metak2.kernels.summit import terms_at as part_of
from metak2.kernels.tau2 import maximum_likelihood, paule_mandel, restricted_maximum_likelihood
from metak2.models.methods import METHODS
from tests.strategies import Array, Estimator, Study, meta_analyses, quick

ROUNDING = 1e-12  # sums of some ten terms, in another order
CLOSE = 1e-10  # the precision that both ways promise
ESTIMATORS = [restricted_maximum_likelihood, maximum_likelihood, paule_mandel]
PLACES = st.sampled_from([0.0, 1e-6, 0.01, 1.0, 30.0, 1e6])

two_clusters = (np.array([[-1.5, -1.5, -1.4, 1.5, 1.6, 1.5]]), np.array([[1.0, 2.0, 1.0, 1e-3, 1e-2, 1e-3]]))
BY_HAND: dict[str, Study] = {
    "one study": (np.array([[0.3]]), np.array([[0.2]])),
    "two studies": (np.array([[0.0, 2.0]]), np.array([[0.5, 0.1]])),
    "three studies": (np.array([[0.1, 0.9, -0.4]]), np.array([[0.1, 0.02, 0.1]])),
    "equal effects": (np.full((1, 5), 0.7), np.array([[0.1, 0.2, 0.3, 0.1, 0.05]])),
    "equal variances": (np.array([[2.0, -0.1, 0.8, -0.4, -2.9, 0.3]]), np.ones((1, 6))),
    "tau2 at its boundary": (np.array([[0.1, 0.12, 0.11, 0.1]]), np.full((1, 4), 0.5)),
    "two clusters": two_clusters,
    "two summits": (np.array([[0.0347, 0.0115, -3.0885]]), np.array([[1e-4, 1e-2, 1.0]])),
    "enormous variances": (np.array([[0.1, 5e9, -3e9, 1e9]]), np.array([[1e18, 2e18, 1e17, 3e18]])),
    "one precise study among poor ones": (np.array([[0.1, 900.0, -300.0, 40.0]]), np.array([[1e-9, 1e6, 1e5, 1e6]])),
}


def row_of(yi: Array, vi: Array) -> Rows:
    return standardise(*(np.vstack([array, array]) for array in (yi, vi, np.ones_like(yi))))


@quick
@given(study=meta_analyses(least=1))
def test_standard_units_are_the_same_alone_and_among_others(study: Study) -> None:
    one, others = single(study[0][0], study[1][0]), row_of(*study)
    assert one is not None
    np.testing.assert_allclose(one.v, others.v[:, 0], rtol=ROUNDING)
    # Effects are differences from a centre: their error is that of the largest of them.
    largest = np.abs(study[0]).max() / np.sqrt(study[1].min())
    np.testing.assert_allclose(one.y, others.y[:, 0], rtol=ROUNDING, atol=ROUNDING * largest)
    np.testing.assert_allclose(one.centre, others.centre[0], rtol=ROUNDING, atol=ROUNDING * np.abs(study[0]).max())
    assert one.unit == others.unit[0]


@pytest.mark.parametrize("restricted", [True, False], ids=["REML", "ML"])
@quick
@given(study=meta_analyses(), place=PLACES)
def test_the_score_of_a_row_alone_is_its_score_in_a_batch(restricted: bool, study: Study, place: float) -> None:
    one, rows = single(study[0][0], study[1][0]), row_of(*study)
    assert one is not None
    found = one.terms(place, restricted=restricted)
    expected = evaluate(rows, np.zeros(1, dtype=np.intp), np.array([place]), restricted=restricted)
    # Each is a sum of squares, or a difference of sums of weights and of their squares, with their rounding errors.
    spread = (rows.y**2).sum()
    sizes = (spread, study[0].size, spread, study[0].size)
    for value, other, size, power in zip(found, expected, sizes, (2, 1, 3, 2), strict=True):
        assert value == pytest.approx(other[0], rel=ROUNDING, abs=ROUNDING * size / (1 + place) ** power)


@quick
@given(study=meta_analyses(), place=PLACES)
def test_the_q_of_a_row_alone_is_its_q_in_a_batch(study: Study, place: float) -> None:
    one, rows = single(study[0][0], study[1][0]), row_of(*study)
    assert one is not None
    expected = generalised_q(rows.y, rows.v, rows.m, np.array([place, place]))
    scale = (rows.y**2).sum() / (1 + place)  # residuals lose what the effects have in common
    for found, value in zip(one.generalised_q(place), expected, strict=True):
        assert found == pytest.approx(value[0], rel=ROUNDING, abs=ROUNDING * scale)


def assert_fit_is_that_of_a_batch(yi: Array, vi: Array, *, restricted: bool) -> None:
    """Field by field; a row that `fit_single` leaves to the batch must have something that needs care."""
    stacked = [np.vstack([array, array]) for array in (yi, vi, np.ones_like(yi))]
    name = "REML" if restricted else "ML"
    tau2, status = (restricted_maximum_likelihood if restricted else maximum_likelihood)(*stacked)
    found = fit_single(yi[0], vi[0], restricted=restricted, level=0.95)
    if found is None:
        assert status[0] & Status.TWO_SUMMITS or needs_halving(yi, vi, restricted=restricted)
        return
    fit = random_effects(*stacked, tau2, status)
    low, high, _ = q_profile(*stacked, level=0.95)
    error = METHODS[name].error
    assert error is not None
    expected = {field: getattr(fit, field)[0] for field in SingleFit._fields if hasattr(fit, field)}
    se = error(*stacked, tau2)[0]
    # One study a million million times as precise: the information about tau2 is lost in rounding, no error remains.
    expected |= {"tau2_low": low[0], "tau2_high": high[0], "se_tau2": se if np.isfinite(se) else np.nan}
    size = {"estimate": np.abs(yi).max(), "se_hk": np.abs(yi).max(), "Q": float((yi**2 / vi).sum())}
    for field, value in expected.items():
        # I2 in per cent; a variance next to 0 has no relative precision to keep.
        atol = CLOSE * size.get(field, 100.0 if field.startswith("I2") else vi.min())
        np.testing.assert_allclose(getattr(found, field), value, rtol=CLOSE, atol=atol, err_msg=field)


def needs_halving(yi: Array, vi: Array, *, restricted: bool) -> bool:
    """Whether some cell of the scan is not proved by its ends."""
    rows = row_of(yi, vi)
    one = single(yi[0], vi[0])
    assert one is not None
    grid = scan_of(one, restricted=restricted).grid
    terms = evaluate(rows, np.zeros(grid.size, dtype=np.intp), grid, restricted=restricted)
    below, above = part_of(terms, slice(None, -1)), part_of(terms, slice(1, None))
    return not (has_no_root(below, above) | has_one_root(below, above)).all()


@pytest.mark.parametrize("restricted", [True, False], ids=["REML", "ML"])
@pytest.mark.parametrize("name", [name for name in BY_HAND if name != "one study"])
def test_an_unusual_meta_analysis_alone_has_the_fit_of_a_batch(name: str, restricted: bool) -> None:
    assert_fit_is_that_of_a_batch(*BY_HAND[name], restricted=restricted)


@pytest.mark.parametrize("restricted", [True, False], ids=["REML", "ML"])
@quick
@given(study=meta_analyses(most=30))
def test_any_meta_analysis_alone_has_the_fit_of_a_batch(restricted: bool, study: Study) -> None:
    assert_fit_is_that_of_a_batch(*study, restricted=restricted)


@pytest.mark.parametrize("seed", range(20))
def test_usual_meta_analyses_are_fitted_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    vi = 10 ** rng.uniform(-2, 0, (1, 5 + seed))
    yi = rng.normal(0, np.sqrt(vi + 0.1))
    assert fit_single(yi[0], vi[0], restricted=True, level=0.95) is not None


@pytest.mark.parametrize("size", [1e-160, 1e-100, 1e100, 1e150, 1e200])
def test_numbers_of_any_size_are_fitted_or_left_to_the_batch(size: float) -> None:
    yi, vi = np.array([0.1, 0.9, -0.4, 0.3]) * size, np.array([0.1, 0.02, 0.1, 0.05])
    found = fit_single(yi, vi, restricted=True, level=0.95)
    tau2, _ = restricted_maximum_likelihood(*(np.vstack([array, array]) for array in (yi, vi, np.ones(4))))
    assert found is None or found.tau2 == pytest.approx(tau2[0], rel=CLOSE, nan_ok=True)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0, -1.0])
def test_a_variance_that_is_none_is_left_to_the_batch(bad: float) -> None:
    assert fit_single(np.array([0.1, 0.4, 0.2]), np.array([0.1, bad, 0.2]), restricted=True, level=0.95) is None


def assert_same_alone(estimator: Estimator, yi: Array, vi: Array, rtol: float) -> None:
    one = np.ones_like(yi)
    alone, status = estimator(yi, vi, one)
    others, flags = estimator(*(np.vstack([array, array]) for array in (yi, vi, one)))
    np.testing.assert_allclose(alone, others[:1], rtol=rtol, atol=rtol * vi.min())
    assert status[0] == flags[0]


@pytest.mark.parametrize("name", BY_HAND)
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda one: one.__name__)
def test_tau2_of_an_unusual_meta_analysis_is_the_same_alone_and_among_others(estimator: Estimator, name: str) -> None:
    assert_same_alone(estimator, *BY_HAND[name], rtol=ROUNDING)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda one: one.__name__)
@quick
@given(study=meta_analyses(most=30))
def test_tau2_is_the_same_alone_and_among_others(estimator: Estimator, study: Study) -> None:
    assert_same_alone(estimator, *study, rtol=ROUNDING)


@pytest.mark.parametrize("name", BY_HAND)
def test_the_interval_of_tau2_is_the_same_alone_and_among_others(name: str) -> None:
    yi, vi = BY_HAND[name]
    alone = q_profile(yi, vi, np.ones_like(yi), level=0.95)
    others = q_profile(*(np.vstack([array, array]) for array in (yi, vi, np.ones_like(yi))), level=0.95)
    for one, many in zip(alone, others, strict=True):
        np.testing.assert_allclose(one, many[:1], rtol=ROUNDING, atol=ROUNDING * vi.min())


@pytest.mark.parametrize("name", BY_HAND)
def test_a_pooled_effect_is_the_same_alone_and_among_others(name: str) -> None:
    assert_same_fit(*BY_HAND[name])


@quick
@given(study=meta_analyses(least=1, most=30))
def test_any_pooled_effect_is_the_same_alone_and_among_others(study: Study) -> None:
    assert_same_fit(*study)


def assert_same_fit(yi: Array, vi: Array) -> None:
    one, tau2, status = np.ones_like(yi), np.array([0.3 * vi.mean()]), np.zeros(1, dtype=np.int64)
    alone = random_effects(yi, vi, one, tau2, status)
    stacked = [np.vstack([array, array]) for array in (yi, vi, one)]
    others = random_effects(*stacked, np.repeat(tau2, 2), np.repeat(status, 2))
    size = {"estimate": np.abs(yi).max(), "se_hk": np.abs(yi).max(), "Q": float((yi**2 / vi).sum())}
    for name in Fit.__slots__:
        value, expected = getattr(alone, name), getattr(others, name)[:1]
        atol = ROUNDING * size.get(name, 100.0 if name.startswith("I2") else 0.0)
        np.testing.assert_allclose(value, expected, rtol=ROUNDING, atol=atol, err_msg=name)
