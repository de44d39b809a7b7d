"""Refits: each row is what pooling those studies alone gives, and the numbers are R's."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.effects.front import effect_sizes, effects_from
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.models.pool import pool
from metak2.models.pooled import Pooled
from metak2.robustness.leave_one_out import cumulative, leave_one_out
from metak2.robustness.refits import Refits
from tests.effects.made_up import counts, study_table, trials_of
from tests.golden.cases import Case, assert_close, load
from tests.strategies import Study, meta_analyses, quick

R_TESTS = {"z": "z", "t": "t", "knha": "HK", "adhoc": "HK-adhoc"}
FOUR = [("A", 4, 40, 8, 40), ("B", 5, 40, 9, 40), ("C", 7, 50, 8, 50), ("D", 3, 30, 6, 30)]
every_choice = pytest.mark.parametrize(
    "method, convention", [("REML", "metak2"), ("DL", "metafor"), ("CE", "metak2"), ("PM", "revman5")]
)


def generic(study: Study, **columns: Sequence[object]) -> EffectSizes:
    yi, vi = (values[0] for values in study)
    names = [f"S{at}" for at in range(yi.size)]
    return effect_sizes(study_table("effects", names, estimate=yi, vi=vi, **columns), measure="GEN")


def assert_row_is(refits: Refits, row: int, pooled: Pooled) -> None:
    assert refits.k[row] == pooled.k
    got = [refits.estimate[row], refits.ci_low[row], refits.ci_high[row], refits.se[row], refits.pval[row]]
    expected = [pooled.estimate, pooled.ci.low, pooled.ci.high, pooled.se, pooled.pval]
    assert got == pytest.approx(expected, rel=1e-7, abs=1e-10)  # REML is a root, found in another block
    if pooled.k > 1:
        assert refits.Q[row] == pytest.approx(pooled.Q, rel=1e-9, abs=1e-9)


@every_choice
@quick
@given(study=meta_analyses(least=3))
def test_a_row_of_leave_one_out_is_what_pooling_the_others_gives(method: str, convention: str, study: Study) -> None:
    effects = generic(study)
    refits = leave_one_out(pool(effects, method=method, convention=convention))
    for row in range(len(effects)):
        others = effects.take(np.arange(len(effects)) != row)
        assert_row_is(refits, row, pool(others, method=method, convention=convention))
        assert refits.label[row] == f"without S{row}"


@every_choice
@quick
@given(study=meta_analyses(least=2), seed=st.integers(0, 99))
def test_a_row_of_the_cumulative_analysis_is_what_pooling_so_far_gives(
    method: str, convention: str, study: Study, seed: int
) -> None:
    year = np.random.default_rng(seed).permutation(study[0].size) + 1990
    effects = generic(study, year=year)
    base = pool(effects, method=method, convention=convention)
    refits, order = cumulative(base), np.argsort(year)
    assert refits.study == tuple(f"S{at}" for at in order)
    assert_row_is(refits, -1, base)
    for row in range(len(effects)):
        assert_row_is(refits, row, pool(effects.take(order[: row + 1]), method=method, convention=convention))


@pytest.mark.parametrize("case", [c for c in load("leave1out") if "engine" not in c.options], ids=str)
def test_leave_one_out_through_the_front_door_is_that_of_metafor(case: Case) -> None:
    yi, vi = (case.row(name)[0] for name in ("yi", "vi"))
    effects = effects_from(yi, study=[str(at) for at in range(yi.size)], vi=vi)
    method = {"EE": "CE", "FE": "CE"}.get(case.options["method"], case.options["method"])
    test = R_TESTS[case.options["test"]]
    refits = leave_one_out(pool(effects, method=method, test=test, convention="metafor"))
    back = np.exp if case.options.get("transf") == "exp" else np.asarray
    assert_close(back(refits.estimate), case, "estimate")
    assert_close(back(refits.ci_low), case, "ci_lb")
    assert_close(back(refits.ci_high), case, "ci_ub")
    assert_close(refits.pval, case, "pval")
    assert_close(refits.Q, case, "Q")


@pytest.mark.parametrize("case", [c for c in load("leave1out") if c.options.get("engine") == "mh"], ids=str)
def test_leave_one_out_of_counts_is_that_of_metafor(case: Case) -> None:
    effects = effect_sizes(trials_of(case), measure=case.options["measure"])
    refits = leave_one_out(pool(effects, method="MH"))
    if len(refits.study) == len(effects):  # tables without events have no row of their own here
        assert_close(refits.estimate, case, "estimate")
        assert_close(refits.se, case, "se")
    assert np.isfinite(refits.estimate).all()


def test_a_study_that_is_not_pooled_is_never_left_out_nor_added() -> None:
    effects = counts(FOUR, year=[2001, 2002, 2003, 2004], integrity_status=["ok", "retracted", "ok", "ok"])
    pooled = pool(effects)
    assert leave_one_out(pooled).study == ("A", "C", "D")
    assert cumulative(pooled).study == ("A", "C", "D")
    assert leave_one_out(pooled).base is pooled


def test_leaving_out_the_only_study_leaves_nothing() -> None:
    with pytest.raises(ModelError, match="needs two pooled studies"):
        leave_one_out(pool(counts(FOUR[:1])))


def test_leaving_out_one_of_two_leaves_the_other_trials_own_interval() -> None:
    refits = leave_one_out(pool(counts(FOUR[:2])))
    assert refits.k.tolist() == [1, 1]
    assert np.isnan(refits.tau2).all()
    for row, other in enumerate((FOUR[1], FOUR[0])):
        alone = pool(counts([other]))
        assert (refits.estimate[row], refits.ci_low[row]) == pytest.approx((alone.estimate, alone.ci.low), rel=1e-12)


def test_studies_of_one_year_are_added_in_the_order_of_the_sheet() -> None:
    effects = counts(FOUR, year=[2004, 2001, 2001, 1999])
    assert cumulative(pool(effects)).label == ("+ D", "+ B", "+ C", "+ A")


def test_a_study_without_a_year_is_added_last() -> None:
    effects = counts(FOUR, year=[2004, None, 2001, 1999])
    assert cumulative(pool(effects)).study == ("D", "C", "A", "B")


def test_the_order_may_be_any_column_and_an_unknown_one_is_refused_with_the_nearest() -> None:
    effects = counts(FOUR, year=[1, 2, 3, 4], latitude=[40, 10, 30, 20])
    assert cumulative(pool(effects), order="latitude").study == ("B", "D", "C", "A")
    with pytest.raises(ModelError, match="'lattitude' to order by; did you mean \"latitude\""):
        cumulative(pool(effects), order="lattitude")


def test_a_common_effect_has_no_variance_between_studies_in_any_row() -> None:
    refits = leave_one_out(pool(counts(FOUR), method="MH"))
    assert np.isnan(refits.tau2).all()
    assert refits.measure.name == "RR"


def test_bcg_without_each_trial_never_loses_its_answer() -> None:
    case = next(case for case in load("conventions") if case.stratum == "knha")
    refits = leave_one_out(pool(effect_sizes(trials_of(case), measure="RR")))
    assert refits.ci_high.max() < 0  # every interval stays below no effect, as the textbook says
    assert len(refits.study) == 13
