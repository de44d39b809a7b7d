"""A meta-analysis alone is computed on arrays of one axis: the same statistics as among others, to rounding."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.kernels.contract import Fit
from metak2.kernels.heterogeneity import q_profile
from metak2.kernels.likelihood import evaluate
from metak2.kernels.pooling import random_effects
from metak2.kernels.profile import generalised_q
from metak2.kernels.rows import Rows, standardise
from metak2.kernels.single import single
from metak2.kernels.tau2 import maximum_likelihood, paule_mandel, restricted_maximum_likelihood
from tests.strategies import Array, Estimator, Study, meta_analyses, quick

ROUNDING = 1e-12  # sums of some ten terms, in another order
ESTIMATORS = [restricted_maximum_likelihood, maximum_likelihood, paule_mandel]
PLACES = st.sampled_from([0.0, 1e-6, 0.01, 1.0, 30.0, 1e6])

two_clusters = (np.array([[-1.5, -1.5, -1.4, 1.5, 1.6, 1.5]]), np.array([[1.0, 2.0, 1.0, 1e-3, 1e-2, 1e-3]]))
BY_HAND: dict[str, Study] = {
    "one study": (np.array([[0.3]]), np.array([[0.2]])),
    "two studies": (np.array([[0.0, 2.0]]), np.array([[0.5, 0.1]])),
    "three studies": (np.array([[0.1, 0.9, -0.4]]), np.array([[0.1, 0.02, 0.1]])),
    "equal effects": (np.full((1, 5), 0.7), np.array([[0.1, 0.2, 0.3, 0.1, 0.05]])),
    "tau2 at its boundary": (np.array([[0.1, 0.12, 0.11, 0.1]]), np.full((1, 4), 0.5)),
    "two clusters": two_clusters,
    "two summits": (np.array([[0.0347, 0.0115, -3.0885]]), np.array([[1e-4, 1e-2, 1.0]])),
    "enormous variances": (np.array([[0.1, 5e9, -3e9, 1e9]]), np.array([[1e18, 2e18, 1e17, 3e18]])),
    "one precise study among poor ones": (np.array([[0.1, 900.0, -300.0, 40.0]]), np.array([[1e-9, 1e6, 1e5, 1e6]])),
}


def alone_and_among_others(yi: Array, vi: Array) -> tuple[Rows, Rows]:
    """The row in standard units by either way of computing it."""
    mi = np.ones_like(yi)
    return standardise(yi, vi, mi), standardise(*(np.vstack([array, array]) for array in (yi, vi, mi)))


@quick
@given(study=meta_analyses(least=1))
def test_standard_units_are_the_same_alone_and_among_others(study: Study) -> None:
    alone, others = alone_and_among_others(*study)
    for name in ("v", "m"):
        np.testing.assert_allclose(getattr(alone, name)[:, 0], getattr(others, name)[:, 0], rtol=ROUNDING)
    # Effects are differences from a centre: their error is that of the largest of them.
    largest = np.abs(study[0]).max() / np.sqrt(study[1].min())
    np.testing.assert_allclose(alone.y[:, 0], others.y[:, 0], rtol=ROUNDING, atol=ROUNDING * largest)
    np.testing.assert_allclose(alone.centre, others.centre[:1], rtol=ROUNDING, atol=ROUNDING * np.abs(study[0]).max())
    assert (alone.k, alone.unit, alone.bad) == (others.k[0], others.unit[0], others.bad[0])


@pytest.mark.parametrize("restricted", [True, False], ids=["REML", "ML"])
@quick
@given(study=meta_analyses(), place=PLACES)
def test_the_score_of_a_row_alone_is_its_score_in_a_batch(restricted: bool, study: Study, place: float) -> None:
    rows, _ = alone_and_among_others(*study)
    value, slope = single(rows).score(place, restricted=restricted)
    terms = evaluate(rows, np.zeros(1, dtype=np.intp), np.array([place]), restricted=restricted)
    # A score is a difference of two terms and has their rounding error.
    assert value == pytest.approx(terms.a[0] - terms.b[0], abs=ROUNDING * (terms.a[0] + terms.b[0]))
    assert slope == pytest.approx(terms.b_fall[0] - terms.a_fall[0], abs=ROUNDING * (terms.a_fall[0] + terms.b[0] ** 2))


@quick
@given(study=meta_analyses(), place=PLACES)
def test_the_q_of_a_row_alone_is_its_q_in_a_batch(study: Study, place: float) -> None:
    rows, _ = alone_and_among_others(*study)
    expected = generalised_q(rows.y, rows.v, rows.m, np.array([place]))
    scale = (rows.y**2).sum() / (1 + place)  # residuals lose what the effects have in common
    for found, value in zip(single(rows).generalised_q(place), expected, strict=True):
        assert found == pytest.approx(value[0], rel=ROUNDING, abs=ROUNDING * scale)


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
