"""The distribution of a weighted Q, against chi-squared, a series for positive combinations, and its own slope."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from metak2.kernels.tau2_distribution import Form, observed, probability
from tests.strategies import Array, Study, meta_analyses, quick

ABSOLUTE = 2e-12  # what the quadrature reaches at worst, far out in the upper tail


def column(*values: float) -> Array:
    return np.array(values, dtype=float)[:, np.newaxis]


def ruben(form: Form, tau2: float, terms: int = 4000) -> float:
    """P(Q <= q) as a mixture of chi-squared distributions; Ruben (1962), Ann Math Stat 33:542-570. From eigenvalues."""
    a, v = form.a[:, 0], np.sqrt(form.v[:, 0] + tau2)
    matrix = np.outer(v, v) * (np.diag(a) - np.outer(a, a) / a.sum())
    positive = np.linalg.eigvalsh(matrix)[1:]
    smallest = positive.min()
    mix = np.zeros(terms)
    mix[0] = np.sqrt(np.prod(smallest / positive))
    powers = np.array([((1 - smallest / positive) ** j).sum() for j in range(1, terms)])
    for j in range(1, terms):
        mix[j] = powers[:j][::-1] @ mix[:j] / (2 * j)
    return float(mix @ chi2.cdf(form.q[0] / smallest, positive.size + 2 * np.arange(terms)))


@pytest.mark.parametrize("k", [2, 3, 5, 30, 200, 2000])
@pytest.mark.parametrize("share", [1e-4, 0.1, 0.9, 1.0, 1.2, 3.0, 30.0])
def test_cochrans_q_without_heterogeneity_is_chi_squared(k: int, share: float) -> None:
    v = np.exp(np.linspace(-2, 2, k))[:, np.newaxis]
    q = np.array([share * (k - 1)])
    value, _ = probability(Form(1 / v, v, np.ones_like(v), q), np.zeros(1))
    assert value[0] == pytest.approx(chi2.cdf(q[0], k - 1), abs=3e-12)  # 2,000 terms of rounding


@pytest.mark.parametrize("tau2", [0.0, 0.3, 5.0])
@pytest.mark.parametrize("q", [0.5, 4.0, 15.0])
def test_any_weights_follow_the_series_of_ruben(tau2: float, q: float) -> None:
    v = column(0.1, 0.3, 0.05, 0.6, 0.2)
    form = Form(column(3.0, 1.0, 2.0, 2.0, 5.0), v, np.ones_like(v), np.array([q]))
    assert probability(form, np.array([tau2]))[0][0] == pytest.approx(ruben(form, tau2), abs=ABSOLUTE)


@quick
@given(study=meta_analyses(), tau2=st.floats(0.0, 5.0))
def test_more_heterogeneity_makes_a_small_q_rarer_at_the_rate_of_the_slope(study: Study, tau2: float) -> None:
    yi, vi = study
    form = observed(yi.T, vi.T, np.ones_like(yi.T), 1 / np.sqrt(vi.T))
    step = 1e-5 * (tau2 + vi.min())
    here, slope = probability(form, np.array([tau2]))
    after, _ = probability(form, np.array([tau2 + step]))
    assert after[0] <= here[0] + ABSOLUTE
    assert (after[0] - here[0]) / step == pytest.approx(slope[0], rel=1e-3, abs=1e-6 / vi.min())  # a first difference


def test_a_study_counted_twice_is_the_study_written_twice() -> None:
    y, v, a = column(0.1, 0.9, -0.4), column(0.1, 0.3, 0.2), column(1.0, 2.0, 3.0)
    twice = np.array([0, 0, 1, 2])
    counted = observed(y, v, column(2.0, 1.0, 1.0), a)
    written = observed(y[twice], v[twice], np.ones((4, 1)), a[twice])
    np.testing.assert_allclose(
        probability(counted, np.array([0.2])), probability(written, np.array([0.2])), atol=ABSOLUTE, rtol=0
    )


def test_a_q_of_zero_has_probability_zero() -> None:
    form = observed(column(0.5, 0.5), column(0.1, 0.2), column(1.0, 1.0), column(1.0, 1.0))
    assert probability(form, np.zeros(1))[0][0] == 0
