"""Subgroups: each is what pooling it alone would give, and the test for differences is R's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.effects.front import effect_sizes
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.models.pool import pool
from metak2.models.regress import regress
from metak2.models.subgroups import pool_subgroups
from tests.effects.made_up import counts, study_table
from tests.golden.cases import Case, assert_close, load
from tests.strategies import Study, meta_analyses, quick


def grouped(yi: np.ndarray, vi: np.ndarray, group: list[str]) -> EffectSizes:
    names = [f"S{at}" for at in range(len(group))]
    return effect_sizes(study_table("effects", names, estimate=yi, vi=vi, group=group), measure="GEN")


@pytest.mark.parametrize("case", load("meta_subgroup"), ids=str)
def test_subgroups_are_those_of_meta_with_tau2_of_their_own_or_in_common(case: Case) -> None:
    yi, se = (case.row(name)[0] for name in ("TE", "seTE"))
    effects = grouped(yi, se**2, [str(group) for group in case.inputs["group"]])
    levels = [str(level) for level in case.outputs["levels"]]
    common = pool_subgroups(effects, by="group", method="CE", convention="meta")
    assert_close([common.groups[level].k for level in levels], case, "k")
    assert_close([common.groups[level].estimate for level in levels], case, "TE_common")
    assert_close([common.groups[level].Q for level in levels], case, "Q_within")
    assert_close(common.Q_between, case, "Q_between_common")
    assert_close(common.Q_pval, case, "p_between_common")
    if case.options["tau.common"]:
        own = regress(effects, "C(group) - 1", method="DL", test="z", convention="metafor")
        at = [own.coefficients.index(f"C(group)[{level}]") for level in levels]
        differ = regress(effects, "C(group)", method="DL", test="z", convention="metafor").QM
        found = (own.coefficients.estimate[at], own.coefficients.se[at], [own.tau2] * len(levels))
        between = (differ.statistic, differ.df, differ.pval)
    else:
        apart = pool_subgroups(effects, by="group", method="DL", convention="meta")
        one_by_one = [apart.groups[level] for level in levels]
        found = ([one.estimate for one in one_by_one], [one.se for one in one_by_one], [one.tau2 for one in one_by_one])
        between = (apart.Q_between, apart.Q_df, apart.Q_pval)
    for field, value in zip(("TE_random", "se_random", "tau2"), found, strict=True):
        assert_close(value, case, field)
    for field, number in zip(("Q_between_random", "df_between", "p_between_random"), between, strict=True):
        assert_close(number, case, field)


@pytest.mark.parametrize("case", load("subgroup"), ids=str)
def test_groups_and_the_test_for_their_difference_are_those_of_metafor(case: Case) -> None:
    yi, vi = (case.row(name)[0] for name in ("yi", "vi"))
    result = pool_subgroups(
        grouped(yi, vi, [str(group) for group in case.inputs["group"]]),
        by="group",
        method=case.options["method"],
        convention="metafor",
    )
    in_order = [result.groups[str(level)] for level in case.outputs["levels"]]
    assert_close([one.k for one in in_order], case, "k")
    assert_close([one.estimate for one in in_order], case, "estimate")
    assert_close([one.se for one in in_order], case, "se")
    assert_close(result.Q_between, case, "Q_between")
    assert_close(result.Q_df, case, "df")
    assert_close(result.Q_pval, case, "Q_between_p")


@quick
@given(study=meta_analyses(least=4), cut=st.integers(1, 3))
def test_each_group_is_what_pooling_it_alone_gives(study: Study, cut: int) -> None:
    yi, vi = (values[0] for values in study)
    effects = grouped(yi, vi, ["one"] * cut + ["other"] * (yi.size - cut))
    result = pool_subgroups(effects, by="group")
    for name, part in (("one", slice(None, cut)), ("other", slice(cut, None))):
        alone, group = pool(effects.take(np.arange(yi.size)[part])), result.groups[name]
        assert (group.k, group.ci.rule, group.method.name) == (alone.k, alone.ci.rule, alone.method.name)
        assert [group.estimate, group.ci.low, group.ci.high] == pytest.approx(
            [alone.estimate, alone.ci.low, alone.ci.high],
            rel=1e-8,
            abs=1e-10,  # REML is a root in another block
        )
        assert group.weights.sum() == pytest.approx(100)
        assert group.study == effects.study[part]


@quick
@given(study=meta_analyses(least=4))
def test_the_overall_answer_is_the_ungrouped_one(study: Study) -> None:
    yi, vi = (values[0] for values in study)
    effects = grouped(yi, vi, ["one", "other"] * (yi.size // 2) + ["one"] * (yi.size % 2))
    overall, whole = pool_subgroups(effects, by="group").overall, pool(effects)
    assert (overall.estimate, overall.ci.low, overall.ci.high) == (whole.estimate, whole.ci.low, whole.ci.high)


ROWS = [("A", 4, 40, 8, 40), ("B", 5, 40, 9, 40), ("C", 7, 50, 8, 50), ("D", 3, 30, 6, 30)]


def test_groups_stand_in_the_order_of_their_first_study_and_a_blank_is_a_group_of_its_own() -> None:
    result = pool_subgroups(counts(ROWS, alloc=["random", "", "other", "random"]), by="alloc")
    assert list(result.groups) == ["random", "not stated", "other"]


def test_a_group_of_one_study_is_named_in_a_note() -> None:
    (note,) = pool_subgroups(counts(ROWS, alloc=["a", "a", "b", "a"]), by="alloc").notes
    assert (note.code, note.where) == ("SUBGROUP_OF_ONE", ("b",))


def test_a_group_without_a_pooled_study_is_left_out_and_its_trials_stay_listed_in_the_whole() -> None:
    effects = counts(ROWS, alloc=["a", "a", "b", "b"], integrity_status=["", "", "retracted", "retracted"])
    result = pool_subgroups(effects, by="alloc")
    assert list(result.groups) == ["a"]
    assert result.overall.study == ("A", "B", "C", "D")


def test_mantel_haenszel_subgroups_are_mantel_haenszel_answers() -> None:
    effects = counts(ROWS, alloc=["a", "a", "b", "b"])
    result = pool_subgroups(effects, by="alloc", method="MH")
    assert result.groups["a"].estimate == pytest.approx(pool(counts(ROWS[:2]), method="MH").estimate, rel=1e-12)


def test_a_column_that_is_not_there_is_refused_with_the_nearest() -> None:
    with pytest.raises(ModelError, match="'aloc' to group by; did you mean \"alloc\""):
        pool_subgroups(counts(ROWS, alloc=["a", "a", "b", "b"]), by="aloc")


@pytest.mark.parametrize("case", load("subgroup"), ids=str)
def test_the_test_for_differences_uses_the_planned_model_whatever_the_intervals_rule(case: Case) -> None:
    yi, vi = (case.row(name)[0] for name in ("yi", "vi"))
    effects = grouped(yi, vi, [str(group) for group in case.inputs["group"]])
    result = pool_subgroups(effects, by="group", method=case.options["method"], test="HK")
    assert_close(result.Q_between, case, "Q_between")
    assert_close(result.Q_pval, case, "Q_between_p")
