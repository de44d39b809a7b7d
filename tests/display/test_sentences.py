"""Results as sentences: the answer, what the interval allows, and never the word significant."""

import math

import pytest

from metak2.display import sentences
from metak2.display.methods import pooling_methods, pooling_references
from metak2.effects.front import effect_sizes, effects_from
from metak2.effects.sizes import EffectSizes
from metak2.models.conventions import CONVENTIONS, TESTS
from metak2.models.pool import pool, side_by_side
from metak2.models.subgroups import pool_subgroups
from metak2.robustness.leave_one_out import cumulative, leave_one_out
from metak2.studies.table import StudyTable
from tests.effects.made_up import counts, study_table, trials, trials_of
from tests.golden.cases import load

ROWS = [("A", 4, 40, 8, 40), ("B", 5, 40, 9, 40), ("C", 7, 50, 8, 50), ("D", 3, 30, 6, 30)]


def bcg() -> EffectSizes:
    case = next(case for case in load("conventions") if case.stratum == "knha")
    return effect_sizes(trials_of(case), measure="RR")


def rated(yi: float, se: float, higher_is: str) -> EffectSizes:
    table = study_table("effects", list("ABC"), estimate=[yi] * 3, se=[se] * 3)
    fields = {"source": "x", "kind": table.kind, "study": table.study, "columns": table.columns, "cells": table.cells}
    return effect_sizes(StudyTable(**fields, higher_is=higher_is), measure="MD")


def test_the_headline_of_bcg_is_the_textbooks_answer_with_its_method() -> None:
    assert sentences.headline(pool(bcg()), "BCG and tuberculosis") == (
        "BCG and tuberculosis: risk ratio 0.49 (95\u202f% CI 0.33 to 0.73) from 13 studies "
        "(random effects, REML; Hartung–Knapp interval, p = 0.0019)."
    )


def test_one_study_is_named_and_not_called_pooled() -> None:
    text = sentences.headline(pool(counts([("Habu 2004", 2, 21, 9, 19)])), "vitamin K2 and liver cancer")
    assert text == (
        "Vitamin K2 and liver cancer: risk ratio 0.20 (95\u202f% CI 0.05 to 0.82) in one study, Habu 2004 (p = 0.025)."
    )


@pytest.mark.parametrize(
    "yi, se, higher_is, said",
    [
        (-1.0, 0.1, "worse", "does not include 0, which is no effect, and favours the experimental treatment."),
        (-1.0, 0.1, "better", "does not include 0, which is no effect, and favours the control."),
        (1.0, 0.1, "better", "does not include 0, which is no effect, and favours the experimental treatment."),
        (1.0, 0.1, "", "The interval does not include 0, which is no effect."),
        (0.01, 1.0, "", "The interval includes 0, which is no effect."),
        (0.01, 1.0, "worse", "benefit as well as harm."),
    ],
)
def test_favours_is_said_only_where_the_codebook_says_which_way_is_good(
    yi: float, se: float, higher_is: str, said: str
) -> None:
    assert sentences.meaning(pool(rated(yi, se, higher_is))).endswith(said)


def test_heterogeneity_names_the_rules_of_its_numbers() -> None:
    text = sentences.heterogeneity(pool(bcg()))
    assert text == (
        "Heterogeneity: τ² = 0.313 (95\u202f% CI 0.120 to 1.11, Q-profile); I² = 92\u202f% (from τ²); "
        "Q = 152.23, df = 12, p < 0.001."
    )
    assert "(from Q)" in sentences.heterogeneity(pool(bcg(), convention="revman5"))
    assert "τ²" not in sentences.heterogeneity(pool(bcg(), method="CE"))
    assert sentences.heterogeneity(pool(counts(ROWS[:1]))) == "Heterogeneity is not estimable from one study."


def test_the_prediction_interval_says_what_it_means_and_how_it_was_made() -> None:
    text = sentences.prediction(pool(bcg()))
    assert "between 0.14 and 1.76 (95\u202f% prediction interval, t distribution with k − 1 degrees of freedom)" in text
    assert "It includes 1: a new setting may well see no effect." in text
    assert sentences.prediction(pool(bcg(), prediction="none")) == ""


def test_leave_one_out_says_whose_absence_moves_the_answer_most() -> None:
    refits = leave_one_out(pool(counts(ROWS)))
    text = sentences.refits(refits)
    assert refits.label[int(refits.estimate.argmin())] in text
    assert refits.label[int(refits.estimate.argmax())] in text


def test_the_cumulative_sentence_goes_from_the_first_to_the_last_study() -> None:
    refits = cumulative(pool(counts(ROWS, year=[2004, 2003, 2002, 2001])))
    assert "from D to A, the studies lead the pooled effect from 0.50 to" in sentences.refits(refits)


def test_one_subgroup_has_no_test_for_differences() -> None:
    assert "no test for differences" in sentences.subgroup_difference(
        pool_subgroups(counts(ROWS, dose=["45 mg"] * 4), by="dose")
    )
    text = sentences.subgroup_difference(pool_subgroups(counts(ROWS, dose=["a", "a", "b", "b"]), by="dose"))
    assert text.startswith("Test for subgroup differences by dose: Q = ")


@pytest.mark.parametrize("level, text", [(0.95, "95\u202f%"), (0.9, "90\u202f%"), (0.975, "97.5\u202f%")])
def test_coverage_is_printed_as_it_was_asked_for(level: float, text: str) -> None:
    assert sentences.coverage(level) == text
    assert f"({text} CI" in sentences.estimate(pool(counts(ROWS), level=level))


@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_no_sentence_says_significant_or_prints_what_is_not_a_number(convention: str, k: int) -> None:
    pooled = pool(counts(ROWS[:k]), convention=convention)
    said = " ".join(
        (
            sentences.headline(pooled, "this"),
            sentences.meaning(pooled),
            sentences.heterogeneity(pooled),
            sentences.prediction(pooled),
            pooling_methods(pooled),
            *pooling_references(pooled),
        )
    )
    assert "significan" not in said.lower()
    assert "fixed effect" not in said.lower()
    assert not {"nan", "None", "–"} & set(said.replace(",", " ").split())
    assert (CONVENTIONS[convention].label in said) == (k > 1), "one trial is pooled by no convention"


def test_every_test_has_a_name_in_sentences() -> None:
    assert set(TESTS) <= set(sentences.RULES)


def test_the_methods_name_the_policy_for_empty_cells_and_mantel_haenszel_its_own() -> None:
    assert "0.5 added to the four cells of trials with an empty cell" in pooling_methods(pool(counts(ROWS)))
    assert "Mantel–Haenszel sums take the counts as they are" in pooling_methods(pool(counts(ROWS), method="MH"))
    assert "empty" not in pooling_methods(pool(counts(ROWS, "PETO"), method="PETO"))
    assert "not pooled" in pooling_methods(side_by_side(counts(ROWS), why="Two questions."))


def test_the_references_are_those_of_what_was_done() -> None:
    references = " ".join(pooling_references(pool(bcg())))
    assert all(name in references for name in ("Viechtbauer 2005", "Hartung & Knapp 2001", "Viechtbauer 2007"))
    assert "DerSimonian" not in references
    assert "Hartung" not in " ".join(pooling_references(pool(bcg(), method="DL", test="z")))
    assert "Robins" in " ".join(pooling_references(pool(bcg(), method="MH")))


def test_the_sentence_about_a_questioned_trial_names_it_and_gives_the_answer_with_it() -> None:
    effects = effect_sizes(trials(ROWS, integrity_status=["", "", "", "concern"]), measure="RR")
    text = sentences.other_trials(pool(effects), pool(effects.including("concern")))
    assert text.startswith("With D pooled as well: risk ratio ")
    assert text.endswith("(4 studies).")


def test_a_generic_effect_is_told_on_its_own_scale() -> None:
    pooled = pool(effects_from([math.log(2)] * 3, study=list("ABC"), measure="HR", se=[0.1] * 3))
    assert sentences.estimate(pooled).startswith("hazard ratio 2.00 (")
