"""The prediction interval that draws tau2 from its confidence distribution."""

import numpy as np
import pytest
from scipy.stats import norm
from scipy.stats import t as student

from metak2.kernels.bootstrap_prediction import Bootstrap, _draw_tau2, bootstrap_prediction
from metak2.kernels.contract import Status
from metak2.kernels.effect_sizes import log_odds_ratio
from metak2.kernels.intervals import prediction_interval
from metak2.kernels.tau2_distribution import observed
from metak2.kernels.tau2_intervals import biggerstaff_jackson
from tests.golden.cases import bcg_log_risk_ratios
from tests.golden.inference import fit
from tests.strategies import Array

BCG_Y, BCG_V = bcg_log_risk_ratios()


def drawn(yi: Array, vi: Array, *, draws: int = 20_000, seed: int = 1, level: float = 0.95) -> Bootstrap:
    return bootstrap_prediction(yi, vi, np.ones_like(yi), level=level, draws=draws, seed=seed)


def test_the_same_seed_gives_the_same_interval_to_the_last_bit() -> None:
    assert drawn(BCG_Y, BCG_V).pi_low == drawn(BCG_Y, BCG_V).pi_low
    assert drawn(BCG_Y, BCG_V).pi_low != drawn(BCG_Y, BCG_V, seed=2).pi_low


def test_it_carries_the_uncertainty_of_tau2_and_is_wider_than_with_tau2_known() -> None:
    pooled = fit("DL", BCG_Y, BCG_V, np.ones_like(BCG_Y))
    low, high = prediction_interval(pooled.estimate, pooled.se, pooled.tau2, pooled.k - 2, level=0.95)
    wide = drawn(BCG_Y, BCG_V)
    assert wide.pi_high[0] - wide.pi_low[0] > high[0] - low[0]


def test_with_many_precise_studies_it_is_the_textbook_interval() -> None:
    # 400 exact normal scores: the mean and tau2 = 1 are known, so the interval is that of one normal draw.
    yi = norm.ppf((np.arange(400) + 0.5) / 400)[np.newaxis]
    got = drawn(yi, np.full_like(yi, 1e-4), draws=100_000)
    # Two Monte-Carlo standard errors of a quantile are 0.016, the spread of tau2 adds about 0.01.
    np.testing.assert_allclose([got.pi_low[0], got.pi_high[0]], [-1.96, 1.96], atol=0.03)


def test_the_cisapride_trials_have_the_interval_that_the_authors_print() -> None:
    # Hartung & Knapp (2001), 13 placebo-controlled trials. Nagashima's own page "Introduction to the pimeta package"
    # prints 4.141 with prediction interval 0.533 to 33.692 and confidence interval 2.224 to 7.820: odds ratios, 0.5
    # added to every cell, 25,000 draws. The limits of several seeds differ by 2 to 3 % from one another.
    responders = np.array([15, 12, 29, 42, 14, 44, 14, 29, 10, 17, 38, 19, 21])
    people = np.array([16, 16, 34, 56, 22, 54, 17, 58, 14, 26, 44, 29, 38])
    responders_c = np.array([9, 1, 18, 31, 6, 17, 7, 23, 3, 6, 12, 22, 19])
    people_c = np.array([16, 16, 34, 56, 22, 55, 15, 58, 15, 27, 45, 30, 38])
    arms = (responders, people - responders, responders_c, people_c - responders_c)
    tables = [cells[np.newaxis] + 0.5 for cells in arms]
    got = drawn(*log_odds_ratio(*tables), draws=200_000)
    limits = np.exp([got.pi_low[0], got.pi_high[0], got.ci_low[0], got.ci_high[0]])
    np.testing.assert_allclose(limits, [0.533, 33.692, 2.224, 7.820], rtol=0.03)


def test_where_tau2_is_surely_zero_what_remains_is_the_hartung_knapp_pivot() -> None:
    yi, vi = np.array([[0.5, 0.52, 0.49, 0.51, 0.5]]), np.full((1, 5), 100.0)
    got = drawn(yi, vi, draws=100_000)
    half = student.ppf(0.975, 4) * yi.std(ddof=1) / np.sqrt(5)
    np.testing.assert_allclose([got.pi_low[0], got.pi_high[0]], [yi.mean() - half, yi.mean() + half], atol=0.02 * half)


def test_its_confidence_interval_is_near_hartung_knapp() -> None:
    got = drawn(BCG_Y, BCG_V, draws=100_000)
    pooled = fit("REML", BCG_Y, BCG_V, np.ones_like(BCG_Y))
    half = student.ppf(0.975, 12) * pooled.se_hk[0]
    # tau2 is drawn, not estimated: the same size, not the same number.
    assert (got.ci_high[0] - got.ci_low[0]) / (2 * half) == pytest.approx(1.0, abs=0.05)


def test_its_draws_of_tau2_have_the_interval_of_biggerstaff_and_jackson_for_quantiles() -> None:
    low, high, _ = biggerstaff_jackson(BCG_Y, BCG_V, np.ones_like(BCG_Y), level=0.95)
    form = observed(BCG_Y.T, BCG_V.T, np.ones_like(BCG_Y.T), 1 / BCG_V.T)
    at_quantiles = _draw_tau2(form, np.array([0.975, 0.025]))  # P(Q <= q) falls with tau2
    np.testing.assert_allclose(at_quantiles, [low[0], high[0]], rtol=1e-3)  # interpolated between 800 points


@pytest.mark.parametrize("scale, shift", [(1e-6, 0.0), (1e4, 3.0)])
def test_units_and_origin_do_not_matter_to_the_draws(scale: float, shift: float) -> None:
    plain = drawn(BCG_Y, BCG_V)
    moved = drawn(scale * (BCG_Y + shift), scale**2 * BCG_V)
    np.testing.assert_allclose(moved.pi_low / scale - shift, plain.pi_low, rtol=1e-9)  # the shift costs digits
    np.testing.assert_allclose(moved.pi_high / scale - shift, plain.pi_high, rtol=1e-9)


def test_a_batch_of_drawn_intervals_equals_its_rows() -> None:
    mi = np.vstack([np.ones(13), np.r_[np.ones(6), np.zeros(7)]])
    both = bootstrap_prediction(BCG_Y, BCG_V, mi, level=0.95, draws=5_000, seed=4)
    alone = bootstrap_prediction(BCG_Y, BCG_V, mi[1:], level=0.95, draws=5_000, seed=4)
    assert both.pi_low[1] == pytest.approx(alone.pi_low[0], rel=1e-9)  # other units, other rounding


def test_two_studies_and_bad_variances_have_no_drawn_interval() -> None:
    yi, vi = np.array([[0.1, 0.2, 0.3], [0.1, 0.2, 0.3]]), np.array([[0.1, 0.1, 0.1], [0.1, 0.0, 0.1]])
    mi = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]])
    got = bootstrap_prediction(yi, vi, mi, level=0.95, draws=1_000, seed=1)
    assert np.isnan([got.pi_low, got.pi_high]).all()
    assert got.status.tolist() == [Status.TOO_FEW, Status.BAD_INPUT]
