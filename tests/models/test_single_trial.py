"""One trial of counts by itself: Fisher's exact p, and how few events it hangs on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from metak2.models.single_trial import single_trial
from tests.golden.cases import Case, assert_close, load
from tests.strategies import quick

HABU = {"study": "Habu 2004", "event_e": 2, "n_e": 21, "event_c": 9, "n_c": 19}
fisher = [case for case in load("single_trial") if case.stratum == "fisher"]


@pytest.mark.parametrize("case", fisher, ids=lambda case: f"{case.inputs['ai']} events")
def test_fishers_p_of_habu_and_of_habu_with_more_events_is_r_s(case: Case) -> None:
    trial = single_trial(study="Habu", event_e=case.inputs["ai"], n_e=21, event_c=9, n_c=19)
    assert_close(trial.fisher_pval, case, "pval")


def test_habu_hangs_on_two_women() -> None:
    # R's p for 2, 3 and 4 events of 21: 0.0123, 0.0378, 0.0915.
    assert [round(case.outputs["pval"], 4) for case in fisher] == [0.0123, 0.0378, 0.0915]
    assert single_trial(**HABU).fragility == 2


def test_the_arm_with_fewer_events_is_the_one_that_changes() -> None:
    swapped = single_trial(study="Habu, arms swapped", event_e=9, n_e=19, event_c=2, n_c=21)
    assert (swapped.fragility, swapped.fisher_pval) == (2, pytest.approx(single_trial(**HABU).fisher_pval, rel=1e-12))


def test_a_trial_that_says_nothing_has_no_fragility() -> None:
    assert single_trial(study="Even", event_e=5, n_e=20, event_c=6, n_c=20).fragility == 0


def test_the_counts_of_the_trial_are_kept_as_given() -> None:
    trial = single_trial(**HABU)
    assert (trial.event_e, trial.n_e, trial.event_c, trial.n_c, trial.study) == (2, 21, 9, 19, "Habu 2004")


@quick
@given(n=st.integers(1, 40), m=st.integers(1, 40), share=st.floats(0, 1), other=st.floats(0, 1))
def test_scipy_has_the_same_exact_p(n: int, m: int, share: float, other: float) -> None:
    a, c = round(share * n), round(other * m)
    expected = fisher_exact([[a, n - a], [c, m - c]]).pvalue
    trial = single_trial(study="Any", event_e=a, n_e=n, event_c=c, n_c=m)
    assert trial.fisher_pval == pytest.approx(expected, rel=1e-7)  # scipy compares table probabilities to 1e-7


@quick
@given(n=st.integers(5, 40), share=st.floats(0, 1), other=st.floats(0, 1))
def test_with_equal_arms_one_event_less_than_the_fragility_leaves_p_below_0_05(
    n: int, share: float, other: float
) -> None:
    a, c = sorted((round(share * n), round(other * n)))
    trial = single_trial(study="Any", event_e=a, n_e=n, event_c=c, n_c=n)
    p = [fisher_exact([[a + more, n - a - more], [c, n - c]]).pvalue for more in range(trial.fragility + 1)]
    assert p[-1] >= 0.05
    assert all(before < 0.05 for before in p[:-1])
