"""The least that turns the conclusion: fewer never do, and the front door agrees that this much does."""

from itertools import combinations

import numpy as np
import pytest

from metak2.effects.front import effect_sizes, effects_from
from metak2.models.pool import pool
from metak2.models.pooled import Pooled
from metak2.robustness.fragility import fragility
from tests.effects.made_up import counts, trials

FOUR = [("A", 4, 40, 12, 40), ("B", 5, 40, 11, 40), ("C", 7, 50, 12, 50), ("D", 3, 30, 8, 30)]


def across(pooled: Pooled) -> bool:
    return pooled.ci.low <= 0 <= pooled.ci.high


@pytest.mark.parametrize("method, measure", [("CE", "RR"), ("MH", "RR"), ("DL", "OR"), ("CE", "RD")])
def test_no_smaller_set_of_studies_turns_the_conclusion(method: str, measure: str) -> None:
    effects = counts(FOUR, measure)
    base = pool(effects, method=method)
    found = fragility(base)
    assert found.conclusion == "below"
    for size in range(1, 4):
        turned = [
            left_out
            for left_out in combinations(effects.study, size)
            if across(pool(effects.excluding("left out", left_out), method=method))
        ]
        if turned:
            assert found.removed in turned
            break
    assert found.removed is not None
    assert len(found.removed) == size == found.searched


@pytest.mark.parametrize("method, measure", [("CE", "RR"), ("MH", "RR"), ("DL", "OR"), ("PETO", "PETO")])
def test_the_changed_outcomes_turn_the_conclusion_through_the_front_door(method: str, measure: str) -> None:
    found = fragility(pool(counts(FOUR, measure), method=method))
    tables = {name: list(row) for name, *row in FOUR}
    assert found.changes is not None
    for number, one in enumerate(found.changes, start=1):
        tables[one.study][0 if one.arm == "experimental" else 2] += one.events
        again = pool(
            effect_sizes(trials([(name, *row) for name, row in tables.items()]), measure=measure), method=method
        )
        # the same formulas on other shapes
        assert (one.estimate, one.ci_low, one.ci_high) == pytest.approx(
            (again.estimate, again.ci.low, again.ci.high), rel=1e-9
        )
        assert across(again) == (number == len(found.changes))
    assert found.turned
    assert found.index == len(found.changes)


def test_the_first_change_is_the_single_one_that_moves_the_interval_farthest() -> None:
    found = fragility(pool(counts(FOUR), method="CE"))
    reached = []
    for at, (name, *row) in enumerate(FOUR):
        for place, step in ((0, -1), (0, 1), (2, -1), (2, 1)):
            changed = list(row)
            changed[place] += step
            rows = [*FOUR[:at], (name, *changed), *FOUR[at + 1 :]]
            reached.append(pool(counts(rows), method="CE").ci.high)
    assert found.changes is not None
    assert found.changes[0].ci_high == pytest.approx(max(reached), rel=1e-9)  # the same formulas on other shapes


def test_a_conclusion_across_no_effect_turns_as_well() -> None:
    found = fragility(pool(counts([("A", 7, 40, 12, 40), ("B", 8, 40, 11, 40), ("C", 9, 40, 10, 40)]), method="CE"))
    assert found.conclusion == "across"
    assert found.turned
    assert found.changes is not None
    last = found.changes[-1]
    assert last.ci_high < 0 or last.ci_low > 0


def test_a_conclusion_that_no_set_turns_says_how_far_it_was_searched() -> None:
    effects = effects_from([1.0, 1.1, 0.9, 1.2], study=list("ABCD"), vi=[0.01] * 4)
    found = fragility(pool(effects, method="CE"))
    assert (found.removed, found.removed_ci, found.searched) == (None, None, 3)
    assert found.changes is None  # effects without counts have no outcomes to change
    assert found.index is None


def test_sets_too_many_to_try_are_not_tried() -> None:
    rng = np.random.default_rng(1)
    effects = effects_from(rng.normal(3, 0.1, 60), study=[str(at) for at in range(60)], vi=np.full(60, 0.01))
    assert fragility(pool(effects, method="CE")).searched == 2  # 34,220 sets of three are more than 20,000


def test_a_study_that_is_not_pooled_is_neither_removed_nor_changed() -> None:
    effects = counts(FOUR).excluding("retracted", ("B",))
    found = fragility(pool(effects, method="CE"))
    assert "B" not in (found.removed or ())
    assert "B" not in {one.study for one in found.changes or ()}


def test_a_trial_by_itself_is_fragile_too() -> None:
    habu = counts([("Habu 2004", 2, 21, 9, 19)])  # the printed counts of the trial
    found = fragility(pool(habu))
    assert found.conclusion == "below"
    assert found.removed is None
    # by hand, log RR and 1.96 SE: 3 of 21 against 9 of 19 ends at -0.05, with 8 of 19 at 0.09; 2 against 8 at -0.07
    assert found.index == 2
