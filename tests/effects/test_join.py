"""Effect sizes from several readings, side by side."""

from dataclasses import replace

import numpy as np
import pytest

from metak2.effects.front import effect_sizes, effects_from
from metak2.effects.join import join_effects
from metak2.effects.sizes import EffectSizes
from metak2.errors import CellProblem, ModelError
from metak2.models.pool import pool
from tests.effects.made_up import counts, study_table


def reported(study: str, low: float, high: float) -> EffectSizes:
    table = study_table(
        "effects", [study], estimate=[np.sqrt(low * high)], ci_low=[low], ci_high=[high], dose=["45 mg"]
    )
    return effect_sizes(table, measure="RR")


FIRST = counts([("Habu 2004", 2, 21, 9, 19), ("None 2000", 0, 10, 0, 10)], year=[2004, 2000])
SECOND = reported("Yoshida 2011", 0.843, 1.57)


def test_one_set_alone_is_itself() -> None:
    joined = join_effects(FIRST)
    np.testing.assert_array_equal(joined.yi, FIRST.yi)
    assert (joined.study, joined.excluded, joined.notes) == (FIRST.study, FIRST.excluded, FIRST.notes)
    assert (joined.kind, joined.zero_cells, joined.source) == (FIRST.kind, FIRST.zero_cells, FIRST.source)


def test_studies_stand_one_after_the_other_with_their_effects() -> None:
    joined = join_effects(FIRST, SECOND)
    assert joined.study == ("Habu 2004", "None 2000", "Yoshida 2011")
    np.testing.assert_array_equal(joined.yi, np.concatenate([FIRST.yi, SECOND.yi]))
    np.testing.assert_array_equal(joined.vi, np.concatenate([FIRST.vi, SECOND.vi]))
    assert joined.excluded == ("", "double zero", "")


def test_joining_is_associative() -> None:
    third = reported("Mizuta 2006", 0.09, 0.6)
    one, other = join_effects(join_effects(FIRST, SECOND), third), join_effects(FIRST, join_effects(SECOND, third))
    assert one.study == other.study
    assert one.excluded == other.excluded
    for name in one.data:
        np.testing.assert_array_equal(one.data[name], other.data[name])
    for name in one.moderators:
        assert one.words(name) == other.words(name)


def test_a_column_that_one_set_lacks_is_blank_there() -> None:
    joined = join_effects(FIRST, SECOND)
    np.testing.assert_array_equal(joined.data["event_e"], [2, 0, np.nan])
    np.testing.assert_array_equal(joined.moderators["year"], [2004, 2000, np.nan])
    assert joined.words("dose") == ("", "", "45 mg")


def test_a_column_of_numbers_here_and_words_there_becomes_words() -> None:
    stated = effect_sizes(
        study_table("effects", ["Later 2012"], estimate=[0.9], se=[0.2], year=["in press"]), measure="RR"
    )
    assert join_effects(FIRST, stated).words("year") == ("2004", "2000", "in press")


def test_origins_stay_with_their_study() -> None:
    joined = join_effects(FIRST, SECOND, effects_from([0.1], study=["Array 1999"], measure="RR", se=[0.3]))
    assert [origin.study for origin in joined.origins] == list(joined.study)
    assert joined.origins[0].cells["event_e"] == "sheet!B2"
    assert joined.origins[2].conversions[0].rule == "SE from CI"


def test_problems_and_notes_of_every_set_are_kept_and_none_twice() -> None:
    problem = CellProblem(code="MK-G01", severity="note", message="blank", cell="sheet!B2")
    joined = join_effects(replace(FIRST, problems=(problem,)), replace(SECOND, problems=(problem,)))
    assert joined.problems == (problem,)
    assert joined.notes == (*FIRST.notes, *SECOND.notes)


def test_what_all_sets_agree_on_stays_and_the_rest_is_open() -> None:
    one = replace(FIRST, higher_is="worse", selection={"outcome": "HCC", "at": "12 months"})
    other = replace(SECOND, higher_is="worse", selection={"outcome": "HCC", "at": "24 months"})
    joined = join_effects(one, other)
    assert (joined.higher_is, dict(joined.selection), joined.kind) == ("worse", {"outcome": "HCC"}, "effects")
    assert join_effects(one, replace(other, higher_is="better")).higher_is == ""


def test_pooling_the_joined_set_is_pooling_its_studies() -> None:
    together = counts([("A", 5, 50, 9, 50), ("B", 7, 60, 12, 61)])
    apart = join_effects(counts([("A", 5, 50, 9, 50)]), counts([("B", 7, 60, 12, 61)]))
    assert pool(apart, method="MH").estimate == pool(together, method="MH").estimate


def test_the_same_study_twice_is_refused() -> None:
    with pytest.raises(ModelError, match="the same study twice: Yoshida 2011"):
        join_effects(SECOND, SECOND)


def test_two_arms_of_one_trial_stand_side_by_side_but_are_never_pooled() -> None:
    doses = [counts([(f"Yoshida, {dose}", 52, 182, 58, 181)], key=["Yoshida"]) for dose in ("45 mg", "90 mg")]
    joined = join_effects(*doses)
    assert joined.study == ("Yoshida, 45 mg", "Yoshida, 90 mg")
    with pytest.raises(ModelError, match="the same patients would be pooled twice: Yoshida"):
        pool(joined)


def test_a_set_without_keys_is_keyed_by_its_labels() -> None:
    keyed = counts([("Yoshida, 45 mg", 52, 182, 58, 181)], key=["Yoshida"])
    assert join_effects(keyed, FIRST).words("key") == ("Yoshida", "Habu 2004", "None 2000")


def test_two_measures_do_not_meet() -> None:
    with pytest.raises(ModelError, match="RR and OR cannot stand in one set"):
        join_effects(FIRST, counts([("B", 7, 60, 12, 61)], measure="OR"))


def test_nothing_cannot_be_joined() -> None:
    with pytest.raises(ModelError, match="nothing to join"):
        join_effects()
