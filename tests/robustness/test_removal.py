"""Corrections move a result as their own numbers say, or the question is put."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from metak2.effects.front import effects_from
from metak2.errors import ModelError
from metak2.models.pool import pool
from metak2.robustness.removal import removal
from tests.robustness.printed import interval, target

MOTT_VERTEBRAL = interval("OR", "0.96", "0.83", "1.11"), interval("OR", "0.98", "0.85", "1.14")
MOTT_CLINICAL = interval("OR", "0.72", "0.55", "0.95"), interval("OR", "0.74", "0.56", "0.97")
COCKAYNE_HIP = interval("OR", "0.23", "0.12", "0.47"), interval("OR", "0.30", "0.05", "1.74")
# Ishida & Kawai 2004: RR 0.44 (0.20 to 0.99) as an odds ratio at the control risk of 17/66
YOPS = interval("OR", "0.37", "0.16", "0.99")


def inverse_variance(estimate: float, low: float, high: float) -> tuple[float, float]:
    return math.log(estimate), (2 * norm.ppf(0.975) / math.log(high / low)) ** 2


def test_cockaynes_hip_fractures_no_longer_exclude_no_effect_without_the_sato_trials() -> None:
    found = removal(*COCKAYNE_HIP)
    assert found.loses
    assert not found.gains


def test_the_sato_trials_carried_most_of_cockaynes_weight() -> None:
    found = removal(*COCKAYNE_HIP)
    (y, w), (y_after, w_after) = inverse_variance(0.23, 0.12, 0.47), inverse_variance(0.30, 0.05, 1.74)
    share, taken = 100 * (w - w_after) / w, math.exp((w * y - w_after * y_after) / (w - w_after))
    assert found.share[0] < share < found.share[1]
    assert round(share) == 85
    assert found.taken is not None
    assert found.taken[0] < taken < found.taken[1]
    assert round(taken, 2) == 0.22


def test_motts_vertebral_result_without_yops_is_what_the_correction_prints() -> None:
    found = removal(*MOTT_VERTEBRAL, removed=YOPS)
    assert found.agrees
    assert found.expected is not None
    for (low, high), printed in zip(found.expected, (0.98, 0.85, 1.14), strict=True):
        assert low - 0.005 <= printed <= high + 0.005  # half a unit of the last printed digit
    assert not found.loses


def test_what_was_removed_from_motts_vertebral_result_favoured_vitamin_k() -> None:
    found = removal(*MOTT_VERTEBRAL)
    (y, w), (y_after, w_after) = inverse_variance(0.96, 0.83, 1.11), inverse_variance(0.98, 0.85, 1.14)
    implied = math.exp((w * y - w_after * y_after) / (w - w_after))
    assert round(implied, 2) == 0.34  # checks of the evidence: "YOPS OR about 0.34"
    assert found.taken is not None
    assert found.taken[0] <= implied <= found.taken[1] < 1


def test_motts_clinical_result_keeps_its_answer_and_rounding_leaves_the_removed_effect_open() -> None:
    found = removal(*MOTT_CLINICAL)
    assert (found.loses, found.gains, found.agrees) == (False, False, None)
    assert found.share[0] == 0
    assert found.share[1] < 15
    assert found.taken == (0.0, math.inf)


def test_yops_vertebral_result_is_not_what_was_taken_out_of_motts_clinical_pool() -> None:
    assert removal(*MOTT_CLINICAL, removed=YOPS).agrees is False


def test_a_study_taken_out_of_a_common_effect_pool_is_found_again() -> None:
    yi, vi, names = np.array([-0.4, 0.1, -0.9]), np.array([0.04, 0.09, 0.16]), ["A", "B", "C"]
    whole = pool(effects_from(yi, study=names, measure="OR", vi=vi), method="CE").displayed
    rest = pool(effects_from(yi[:2], study=names[:2], measure="OR", vi=vi[:2]), method="CE").displayed
    printed = [
        interval("OR", *(f"{value:.4f}" for value in (one.estimate, one.ci_low, one.ci_high))) for one in (whole, rest)
    ]
    half = norm.ppf(0.975) * 0.4
    third = interval("OR", *(f"{math.exp(value):.4f}" for value in (-0.9, -0.9 - half, -0.9 + half)))
    found = removal(*printed, removed=third)
    assert found.agrees
    assert found.taken is not None
    assert found.taken[0] < math.exp(-0.9) < found.taken[1]
    share = 100 * (1 / 0.16) / (1 / 0.04 + 1 / 0.09 + 1 / 0.16)
    assert found.share[0] < share < found.share[1]


def test_a_removal_that_makes_a_result_is_said_to_gain_it() -> None:
    before, after = COCKAYNE_HIP
    assert removal(after, before).gains


def test_a_study_that_weighs_more_than_the_whole_was_never_in_it() -> None:
    with pytest.raises(ModelError, match="cannot have been a part of it"):
        removal(*COCKAYNE_HIP, removed=MOTT_VERTEBRAL[0])


def test_a_result_without_an_interval_or_on_another_measure_is_refused() -> None:
    with pytest.raises(ModelError, match="prints no interval"):
        removal(target("RR", estimate="0.63", p="0.08"), COCKAYNE_HIP[1])
    with pytest.raises(ModelError, match="need one known measure"):
        removal(interval("RR", "0.23", "0.12", "0.47"), COCKAYNE_HIP[1])
