import numpy as np
import pytest

from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.tables import Correction, Zeros
from metak2.models.count_data import count_data
from metak2.models.stratified import fit_mantel_haenszel, fit_peto
from tests.golden.cases import Case, assert_close, load
from tests.golden.counts import data_of, zeros_of


@pytest.mark.parametrize("case", load("mh"), ids=str)
def test_mantel_haenszel_with_its_tests_is_that_of_metafor(case: Case) -> None:
    found = fit_mantel_haenszel(
        data_of(case),
        measure=case.options["measure"],
        correct=case.options.get("correct", True),
        zeros=zeros_of(case),
        level=case.options.get("level", 95) / 100,
    )
    for field, got in {
        "k": found.k, "estimate": found.estimate, "se": found.se, "stat": found.statistic, "pval": found.pval,
        "ci_lb": found.ci.low, "ci_ub": found.ci.high, "QE": found.Q, "QE_df": found.Q_df, "QE_p": found.Q_pval,
        "I2": found.I2, "H2": found.H2,
    }.items():  # fmt: skip
        assert_close(got, case, field)
    for field, test in {"CO": found.cochran, "MH": found.mantel_haenszel, "TA": found.tarone}.items():
        if test is None:
            assert case.outputs[field] is None
        else:
            assert_close(test.statistic, case, field)
            assert_close(test.pval, case, f"{field}_p")


@pytest.mark.parametrize("case", load("peto"), ids=str)
def test_peto_is_that_of_metafor(case: Case) -> None:
    found = fit_peto(data_of(case), zeros=zeros_of(case), level=case.options.get("level", 95) / 100)
    for field, got in {"estimate": found.estimate, "se": found.se, "ci_lb": found.ci.low, "QE_p": found.Q_pval}.items():
        assert_close(got, case, field)


@pytest.mark.parametrize("case", [one for one in load("other_data") if one.stratum in {"mh", "peto"}], ids=str)
def test_tables_that_the_sums_leave_out_are_in_no_test_and_not_counted(case: Case) -> None:
    fit = fit_peto if case.stratum == "peto" else fit_mantel_haenszel
    found = fit(data_of(case), zeros=zeros_of(case))
    for field, got in {"k": found.k, "estimate": found.estimate, "se": found.se}.items():
        assert_close(got, case, field)
    for field, test in {"CO": found.cochran, "MH": found.mantel_haenszel, "TA": found.tarone}.items():
        assert (test is None) == (case.stratum == "peto")
        if test is not None:
            assert_close(test.statistic, case, field)


def test_yates_half_is_never_more_than_the_difference() -> None:
    # metafor takes the half from a difference of 0.23 as well; R's mantelhaen.test does not, and gives 0.0039468.
    rare = {"event_e": [1, 0, 2], "n_e": [40, 30, 50], "event_c": [1, 1, 1], "n_c": [40, 33, 48]}
    plain, corrected = (fit_mantel_haenszel(count_data(**rare), correct=one) for one in (False, True))
    assert plain.mantel_haenszel is not None
    assert corrected.mantel_haenszel == plain.mantel_haenszel


def test_peto_carries_its_warning_unless_events_are_rare_arms_balanced_and_the_effect_small() -> None:
    habu = count_data(event_e=[2], n_e=[21], event_c=[9], n_c=[19])
    assert [note.code for note in fit_peto(habu).notes] == ["ONE_STUDY", "PETO_CAUTION"]
    rare = count_data(event_e=[3, 4], n_e=[1000, 1200], event_c=[4, 5], n_c=[1010, 1190])
    assert fit_peto(rare).notes == ()
    unbalanced = count_data(event_e=[3, 4], n_e=[3000, 3200], event_c=[2, 1], n_c=[1010, 1190])
    assert [note.code for note in fit_peto(unbalanced).notes] == ["PETO_CAUTION"]


def test_a_correction_inside_the_sums_is_an_option_by_name() -> None:
    zero = count_data(event_e=[0, 2], n_e=[20, 21], event_c=[3, 9], n_c=[19, 19])
    plain = fit_mantel_haenszel(zero)
    old = fit_mantel_haenszel(zero, zeros=Zeros(sums=Correction(add=0.5, to="only0")))
    by_hand = np.array([[0.5, 20.5, 3.5, 16.5], [2, 19, 9, 10]])
    a, b, c, d = by_hand.T
    n = by_hand.sum(axis=1)
    assert old.estimate == pytest.approx(np.log((a * d / n).sum() / (b * c / n).sum()), rel=1e-12)  # rounding
    assert old.estimate != pytest.approx(plain.estimate, rel=0.01)


def test_no_event_in_one_arm_has_no_odds_ratio_and_says_what_has() -> None:
    with pytest.raises(ModelError, match="exact_odds_ratio"):
        fit_mantel_haenszel(count_data(event_e=[0, 0], n_e=[20, 30], event_c=[3, 1], n_c=[20, 31]))


def test_one_arm_and_rates_have_no_such_odds_ratio() -> None:
    with pytest.raises(UnknownOptionError):
        fit_mantel_haenszel(count_data(event=[1, 2], n=[10, 12]))
    with pytest.raises(UnknownOptionError, match="IRD, IRR"):
        fit_mantel_haenszel(count_data(event_e=[1], time_e=[10.0], event_c=[2], time_c=[9.0]), measure="OR")
    with pytest.raises(ModelError, match="fit_mantel_haenszel"):
        fit_peto(count_data(event_e=[1], time_e=[10.0], event_c=[2], time_c=[9.0]))
