import numpy as np
import pytest

from metak2.errors import ModelError
from metak2.models.count_data import count_data
from metak2.models.exact_counts import exact_odds_ratio, fit_beta_binomial
from tests.golden.cases import Case, load
from tests.golden.counts import data_of


@pytest.mark.parametrize("case", load("exact_odds_ratio"), ids=str)
def test_the_p_value_of_the_exact_odds_ratio_is_that_of_r(case: Case) -> None:
    assert exact_odds_ratio(data_of(case)).pval == pytest.approx(case.expected("pval")[0], rel=1e-9)  # a sum


def test_no_event_in_one_arm_has_a_one_sided_exact_interval() -> None:
    found = exact_odds_ratio(count_data(event_e=[0, 0], n_e=[20, 30], event_c=[3, 1], n_c=[20, 31]))
    assert (found.estimate, found.ci_low) == (-np.inf, -np.inf)
    assert np.isfinite(found.ci_high)
    assert found.mid_high < found.ci_high


def test_no_event_anywhere_is_refused_with_the_way_out() -> None:
    nothing = count_data(event_e=[0, 0], n_e=[20, 30], event_c=[0, 0], n_c=[20, 31])
    with pytest.raises(ModelError, match="risk difference or the arcsine difference"):
        exact_odds_ratio(nothing)
    with pytest.raises(ModelError, match="exact_odds_ratio"):
        fit_beta_binomial(nothing)


def test_equal_arms_have_a_beta_binomial_odds_ratio_of_one() -> None:
    same = count_data(event_e=[1, 5, 0, 9], n_e=[40, 50, 30, 60], event_c=[1, 5, 0, 9], n_c=[40, 50, 30, 60])
    found = fit_beta_binomial(same)
    assert found.estimate == pytest.approx(0, abs=1e-8)  # by symmetry, up to the search
    assert found.pval == pytest.approx(1, abs=1e-6)
    assert found.rho > 0.01


def test_rates_have_no_odds_ratio() -> None:
    with pytest.raises(ModelError, match="two-by-two tables"):
        exact_odds_ratio(count_data(event_e=[1], time_e=[10.0], event_c=[2], time_c=[9.0]))
