"""From what a paper reports to what a formula needs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from metak2.effects.conversions import (
    FORMULAS,
    change_sd_from_paired_p,
    record,
    se_from_ci,
    se_from_p,
    t_from_p,
    two_sided,
)
from tests.strategies import quick


@quick
@given(se=st.floats(1e-3, 1e3), centre=st.floats(-100, 100), level=st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_an_interval_made_with_the_normal_distribution_gives_its_standard_error_back(
    se: float, centre: float, level: float
) -> None:
    low, high = stats.norm.interval(level, loc=centre, scale=se)
    assert float(se_from_ci(low, high, level)) == pytest.approx(se, rel=1e-9, abs=1e-12)  # limits near 100 lose digits


@quick
@given(z=st.floats(0.01, 6), se=st.floats(1e-3, 1e3), sign=st.sampled_from([-1, 1]))
def test_a_p_value_gives_the_standard_error_back_whatever_the_direction(z: float, se: float, sign: int) -> None:
    assert float(se_from_p(sign * z * se, 2 * stats.norm.sf(z))) == pytest.approx(se, rel=1e-6)  # 1 − p/2 near 1


@pytest.mark.parametrize(
    "one, two", [(0.811, 0.378), (0.189, 0.378), (0.5, 1.0), (0.025, 0.05), (0.0, 0.0), (1.0, 0.0)]
)
def test_a_one_sided_p_from_either_side_is_one_two_sided_p(one: float, two: float) -> None:
    assert float(two_sided(one)) == pytest.approx(two, abs=1e-15)


def test_the_t_value_behind_jes_p_value() -> None:
    # Je 2011: p = 0.049 with 43 degrees of freedom (METHODS section 5); scipy.stats is the second oracle.
    assert float(t_from_p(0.049, 43)) == pytest.approx(stats.t.isf(0.0245, 43), rel=1e-9)


def test_the_sd_of_a_change_from_a_paired_t_test_by_hand() -> None:
    change = np.array([0.3, -0.1, 0.5, 0.2, 0.4])
    p = stats.ttest_1samp(change, 0).pvalue
    got = float(change_sd_from_paired_p(change.mean(), change.size, p))
    assert got == pytest.approx(change.std(ddof=1), rel=1e-9)


def test_a_record_keeps_the_formula_what_went_in_and_what_came_out() -> None:
    kept = record("SD from SEM", {"SEM": 0.4, "n": 25}, {"SD": 2.0}, assumption="randomised n")
    assert (kept.rule, kept.formula, kept.assumption) == ("SD from SEM", FORMULAS["SD from SEM"], "randomised n")
    assert (dict(kept.inputs), dict(kept.output)) == ({"SEM": 0.4, "n": 25}, {"SD": 2.0})
