"""A caveat about an interval prints the intervals it speaks of, wherever the result is told."""

import pytest

import metak2 as mk
from metak2.display.caveats import caveats
from metak2.display.sentences import subgroup_rule
from metak2.models.pool import pool
from metak2.models.subgroups import pool_subgroups
from metak2.report.tables import answers_table
from tests.effects.made_up import counts

THREE = [("A", 52, 182, 58, 181), ("B", 24, 50, 30, 51), ("C", 40, 150, 45, 150)]


@pytest.mark.parametrize(
    "k, rules", [(2, ("Wald", "Hartung–Knapp (t, df 1)")), (3, ("Wald", "Hartung–Knapp (t, df 2)"))]
)
def test_a_note_on_few_studies_prints_wald_and_hartung_knapp(k: int, rules: tuple[str, ...]) -> None:
    pooled = pool(counts(THREE[:k]))
    said = next(text for text in caveats(pooled) if "95\u202f% CI:" in text)
    for rule, which in zip(rules, (one for one in pooled.intervals[-2:]), strict=True):
        low, high = pooled.measure.back([which.low, which.high])
        assert f"{rule} {low:.2f} to {high:.2f}" in said
    assert "shown" not in said


def test_the_terminal_the_alternatives_and_the_groups_print_both_intervals() -> None:
    pooled = pool(counts(THREE))
    printed = [pooled.measure.back([one.low, one.high]) for one in pooled.intervals[-2:]]
    for told in (str(mk.pool(counts(THREE))), " ".join(answers_table("x", [("a", pooled)]).notes)):
        for name, (low, high) in zip(("Wald", "Hartung–Knapp (t, df 2)"), printed, strict=True):
            assert f"{name} {low:.2f} to {high:.2f}" in told


def test_a_note_that_was_told_before_is_not_told_again() -> None:
    pooled = pool(counts(THREE))
    assert caveats(pooled, pooled.notes) == ()


def test_the_test_of_subgroups_names_its_model_and_whose_variance_it_uses() -> None:
    effects = counts([*THREE, ("Fourth", 10, 80, 12, 80)], dose=["a", "a", "b", "b"])
    random, common = pool_subgroups(effects, by="dose"), pool_subgroups(effects, by="dose", method="MH")
    assert "random effects, REML, each group with its own τ² (none in common), for groups of two" in subgroup_rule(
        random
    )
    assert "Mantel–Haenszel" in subgroup_rule(common)
    assert "τ²" not in subgroup_rule(common)
