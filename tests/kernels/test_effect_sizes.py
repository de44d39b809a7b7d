from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given

from metak2.kernels.effect_sizes import (
    log_odds_ratio,
    log_ratio_of_means,
    log_risk_ratio,
    peto_log_odds_ratio,
    risk_difference,
    standardised_mean_difference,
)
from metak2.kernels.estimable import gamma_correction
from metak2.kernels.intervals import normal_interval
from tests.strategies import Cells, Effect, quick, tables

# The golden numbers of R are met through the front door: tests/effects/test_measures_golden.py.
TWO_BY_TWO = {"RR": log_risk_ratio, "OR": log_odds_ratio, "RD": risk_difference, "PETO": peto_log_odds_ratio}


@pytest.mark.parametrize("effect", TWO_BY_TWO.values(), ids=TWO_BY_TWO)
@quick
@given(cells=tables())
def test_swapping_the_arms_negates_the_effect(effect: Effect, cells: Cells) -> None:
    ai, bi, ci, di = cells
    forth, back = effect(ai, bi, ci, di), effect(ci, di, ai, bi)
    # A difference of two nearly equal logarithms keeps an absolute, not a relative precision.
    np.testing.assert_allclose(forth[0], -back[0], rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(forth[1], back[1], rtol=1e-12)


@quick
@given(cells=tables())
def test_swapping_events_and_non_events_negates_odds_ratio_and_risk_difference(cells: Cells) -> None:
    ai, bi, ci, di = cells
    for effect in (log_odds_ratio, risk_difference, peto_log_odds_ratio):
        # As above: near the null only the absolute precision counts.
        np.testing.assert_allclose(effect(ai, bi, ci, di)[0], -effect(bi, ai, di, ci)[0], rtol=1e-11, atol=1e-14)


def test_an_arm_without_events_has_no_log_ratio() -> None:
    yi, vi = log_risk_ratio(np.array(0.0), np.array(20.0), np.array(4.0), np.array(18.0))
    assert np.isnan(yi)
    assert np.isnan(vi)


def test_means_of_opposite_sign_have_no_ratio() -> None:
    one = np.array(1.0)
    yi, vi = log_ratio_of_means(one, one, 10 * one, -one, one, 10 * one)
    assert np.isnan(yi)
    assert np.isnan(vi)


def test_one_patient_in_each_arm_has_no_standardised_difference() -> None:
    one = np.array(1.0)
    yi, vi = standardised_mean_difference(one, one, one, 2 * one, one, one)
    assert np.isnan(yi)
    assert np.isnan(vi)


def test_a_risk_difference_by_hand() -> None:
    yi, vi = risk_difference(np.array(1.0), np.array(3.0), np.array(2.0), np.array(2.0))
    assert yi == -0.25
    assert vi == 0.25 * 0.75 / 4 + 0.5 * 0.5 / 4


def test_hedges_correction_of_two_degrees_of_freedom_is_one_over_root_pi() -> None:
    # J(2) = gamma(1) / (sqrt(1) gamma(1/2)) = 1 / sqrt(pi); two arms of two, SD 1, means one apart.
    one = np.array(1.0)
    yi, _ = standardised_mean_difference(one, one, 2 * one, 0 * one, one, 2 * one)
    np.testing.assert_allclose(yi, 1 / np.sqrt(np.pi), rtol=1e-14)  # a few roundings


def test_hedges_correction_keeps_its_digits_in_trials_of_thousands() -> None:
    # J(m)² from Γ(x) / Γ(x - 1/2) by its recursion from 1 / √π, in 40 digits: log Γ and R lose six of them at 4,000.
    with localcontext(prec=40):
        ratio = 1 / Decimal("3.14159265358979323846264338327950288419717").sqrt()
        exact = {2: ratio}
        for m in range(3, 4001):
            ratio = Decimal(m - 2) / 2 / ratio
            exact[m] = ratio / (Decimal(m) / 2).sqrt()
        off = [float(Decimal(float(gamma_correction(np.array(float(m))))) / exact[m] - 1) for m in range(3, 4001)]
    assert np.abs(off).max() < 1e-15  # two roundings of Γ


def test_habus_trial_has_the_published_effects() -> None:
    # 2 of 21 against 9 of 19; metafor 3.8-1 gives RR 0.2011 (0.0495-0.8160) and RD -0.378 (-0.636 to -0.121).
    cells = tuple(np.array(value) for value in (2.0, 19.0, 9.0, 10.0))
    ratio, difference = (effect(*cells) for effect in (log_risk_ratio, risk_difference))
    low, high = normal_interval(ratio[0], np.sqrt(ratio[1]), level=0.95)
    assert [round(float(np.exp(value)), 4) for value in (ratio[0], low, high)] == [0.2011, 0.0495, 0.8160]
    low, high = normal_interval(difference[0], np.sqrt(difference[1]), level=0.95)
    assert [round(float(value), 3) for value in (difference[0], low, high)] == [-0.378, -0.636, -0.121]
