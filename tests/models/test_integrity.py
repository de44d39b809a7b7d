"""Trials of concern are shown and not pooled; the other answers stand beside the default, and the report says so."""

import pytest

from metak2.effects.front import effect_sizes
from metak2.models.integrity import integrity_answers
from metak2.models.pool import pool
from metak2.report.comparison import Comparison
from metak2.report.compose import answer
from tests.effects.made_up import counts, trials

ROWS = [("A", 8, 100, 16, 100), ("B", 10, 120, 18, 118), ("Concern", 2, 100, 20, 100), ("Retracted", 1, 100, 30, 100)]
STATUS = ["ok", "ok", "concern", "retracted"]


def test_the_answers_with_concern_and_with_all_stand_beside_the_default() -> None:
    pooled = pool(counts(ROWS, integrity_status=STATUS))
    answers = dict(integrity_answers(pooled))
    assert list(answers) == ["with trials of concern", "with retracted trials too"]
    assert (pooled.k, *(other.k for other in answers.values())) == (2, 3, 4)


def test_each_other_answer_is_what_pooling_those_trials_would_have_given() -> None:
    pooled = pool(counts(ROWS, integrity_status=STATUS), method="DL", test="t", level=0.9)
    with_concern = dict(integrity_answers(pooled))["with trials of concern"]
    plainly = pool(counts(ROWS[:3]), method="DL", test="t", level=0.9)
    assert with_concern.estimate == pytest.approx(plainly.estimate, rel=1e-12)  # a row of zeros more in the sums
    assert (with_concern.ci.low, with_concern.ci.rule) == (pytest.approx(plainly.ci.low, rel=1e-12), plainly.ci.rule)
    assert with_concern.choices is pooled.choices


def test_nothing_stands_beside_an_answer_without_questioned_trials() -> None:
    assert integrity_answers(pool(counts(ROWS))) == ()
    assert integrity_answers(pool(counts(ROWS, integrity_status=["ok", "", "duplicate", "not_checked"]))) == ()


def test_retracted_trials_alone_are_one_other_answer() -> None:
    pooled = pool(counts(ROWS, integrity_status=["ok", "ok", "ok", "retracted"]))
    assert [(label, other.k) for label, other in integrity_answers(pooled)] == [("with retracted trials too", 4)]


def test_a_questioned_trial_without_an_effect_makes_no_other_answer() -> None:
    rows = [*ROWS[:2], ("Concern", 0, 100, 0, 100)]
    assert integrity_answers(pool(counts(rows, integrity_status=["ok", "ok", "concern"]))) == ()


def first_paragraph(status: list[str]) -> str:
    pooled = pool(counts(ROWS, integrity_status=status))
    return answer(Comparison(name="primary", title="K2", about="vitamin K2 and fracture", primary=pooled))


def test_the_first_paragraph_gives_the_default_and_then_each_other_answer_by_name() -> None:
    text = first_paragraph(STATUS)
    assert "from 2 studies" in text
    assert "With Concern pooled as well: risk ratio" in text
    assert "With Concern and Retracted pooled as well: risk ratio" in text
    assert text.index("from 2 studies") < text.index("With Concern pooled")


def test_the_first_paragraph_changes_when_the_answer_changes() -> None:
    sound, doubtful = first_paragraph(["ok"] * 4), first_paragraph(STATUS)
    assert "from 4 studies" in sound
    assert "pooled as well" not in sound
    assert sound != doubtful


def test_asking_for_questioned_trials_pools_them_and_leaves_no_other_answer() -> None:
    effects = effect_sizes(trials(ROWS, integrity_status=STATUS), measure="RR", exclude=())
    assert (pool(effects).k, integrity_answers(pool(effects))) == (4, ())
