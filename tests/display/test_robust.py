"""Robust inference in words."""

from dataclasses import replace

import metak2 as mk
from metak2.models.robust_result import RobustOptions
from tests.models.test_robust import made_up


def test_the_answer_says_effects_clusters_and_degrees_of_freedom() -> None:
    result = mk.robust(made_up(1, (3, 2, 4, 1, 3, 2)), "cluster")
    said = str(result)
    assert "from 15 effects in 6 clusters" in said
    assert f"{result.coefficients.df[0]:.1f} degrees of freedom" in said
    assert "assumed correlation 0.60" in said
    assert "<table" in result._repr_html_()


def test_few_clusters_are_told_not_to_be_trusted() -> None:
    assert "not to be trusted (Tipton 2015)" in str(mk.robust(made_up(3, (5, 1, 1, 1)), "cluster", "x"))


def test_several_moderators_are_tested_together() -> None:
    effects = made_up(1, (3, 2, 4, 1, 3, 2, 2, 3))
    two = replace(effects, moderators={**effects.moderators, "v": effects.vi})
    assert "Moderators, HTZ test (x, v): F = " in str(mk.robust(two, "cluster", "x + v"))


def test_the_other_results_speak_in_sentences() -> None:
    effects = made_up(1, (3, 2, 4, 1, 3, 2))
    fitted = mk.robust(effects, "cluster", options=RobustOptions(working="CORR"))
    assert "all 64 patterns of signs" in str(mk.wild_test(fitted))
    assert "cluster-robust errors: slope" in str(mk.egger_clustered(effects, "cluster"))
    assert "twice the median" in str(mk.selection_clustered(effects, "cluster", draws=2))
    assert "so few patterns of signs" in str(mk.wild_test(mk.robust(made_up(2, (3, 2, 4)), "cluster")))
