"""Trials of concern are shown and not pooled; the other answers stand beside the default, and the report says so."""

import pytest

from metak2.effects.front import effect_sizes
from metak2.models.integrity import integrity_answers, three_answers
from metak2.models.pool import pool
from metak2.models.subgroups import pool_subgroups
from metak2.report.blocks import Table
from metak2.report.comparison import Comparison
from metak2.report.compose import answer
from metak2.report.sections_integrity import integrity_blocks
from tests.effects.made_up import counts, trials

ROWS = [("A", 8, 100, 16, 100), ("B", 10, 120, 18, 118), ("Concern", 2, 100, 20, 100), ("Retracted", 1, 100, 30, 100)]
STATUS = ["ok", "ok", "concern", "retracted"]


def test_the_answers_with_concern_and_with_all_stand_beside_the_default() -> None:
    pooled = pool(counts(ROWS, integrity_status=STATUS))
    answers = dict(integrity_answers(pooled))
    assert list(answers) == ["without retracted trials", "all trials"]
    assert (pooled.k, *(other.k for other in answers.values())) == (2, 3, 4)


def test_each_other_answer_is_what_pooling_those_trials_would_have_given() -> None:
    pooled = pool(counts(ROWS, integrity_status=STATUS), method="DL", test="t", level=0.9)
    with_concern = dict(integrity_answers(pooled))["without retracted trials"]
    plainly = pool(counts(ROWS[:3]), method="DL", test="t", level=0.9)
    assert with_concern.estimate == pytest.approx(plainly.estimate, rel=1e-12)  # a row of zeros more in the sums
    assert (with_concern.ci.low, with_concern.ci.rule) == (pytest.approx(plainly.ci.low, rel=1e-12), plainly.ci.rule)
    assert with_concern.choices is pooled.choices


def test_nothing_stands_beside_an_answer_without_questioned_trials() -> None:
    assert integrity_answers(pool(counts(ROWS))) == ()
    assert integrity_answers(pool(counts(ROWS, integrity_status=["ok", "", "duplicate", "not_checked"]))) == ()


def test_retracted_trials_alone_are_one_other_answer() -> None:
    pooled = pool(counts(ROWS, integrity_status=["ok", "ok", "ok", "retracted"]))
    assert [(label, other.k) for label, other in integrity_answers(pooled)] == [("all trials", 4)]


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


def test_an_analysis_that_pools_trials_in_question_has_the_answers_without_them_beside_it() -> None:
    effects = effect_sizes(trials(ROWS, integrity_status=STATUS), measure="RR", exclude=())
    answers = [(label, other.k) for label, other in integrity_answers(pool(effects))]
    assert pool(effects).k == 4
    assert answers == [("without retracted trials and trials of concern", 2), ("without retracted trials", 3)]


def test_all_three_answers_are_given_whichever_of_them_is_the_primary_one() -> None:
    for exclude in ((), ("retracted",), ("retracted", "concern")):
        pooled = pool(effect_sizes(trials(ROWS, integrity_status=STATUS), measure="RR", exclude=exclude))
        assert [one.k if one else None for _, one in three_answers(pooled)] == [2, 3, 4]


def test_where_only_trials_in_question_are_pooled_nothing_is_left_without_them() -> None:
    pooled = pool(effect_sizes(trials(ROWS[3:], integrity_status=STATUS[3:]), measure="RR", exclude=()))
    assert [one.k if one else None for _, one in three_answers(pooled)] == [None, None, 1]


def test_the_first_paragraph_says_when_a_retracted_trial_changes_the_answer() -> None:
    rows = [("A", 14, 100, 16, 100), ("B", 17, 120, 18, 118), ("Made up", 40, 400, 90, 400)]
    changed = pool(counts(rows, integrity_status=["", "", "retracted"]), method="CE")
    told = answer(Comparison(name="primary", title="K2", about="vitamin K2 and fracture", primary=changed))
    assert "With Made up pooled as well: risk ratio" in told
    assert (
        "The answer changes with them: the reported interval includes no effect, with 3 studies it lies below" in told
    )
    assert "does not depend on them" in first_paragraph(["ok", "ok", "ok", "concern"])


def test_a_report_gives_every_pooled_result_three_times_and_the_status_of_each_study() -> None:
    site = ["north", "north", "south", "south"]
    table = trials(ROWS, integrity_status=STATUS, site=site, integrity_note=["", "", "queried", "notice of 2018"])
    effects = effect_sizes(table, measure="RR")
    primary = pool(effects)
    comparison = Comparison(
        name="primary",
        title="K2",
        about="vitamin K2 and fracture",
        primary=primary,
        sensitivity={"Mantel-Haenszel": pool(effects, method="MH")},
        subgroups=(pool_subgroups(primary, by="site"),),
    )
    answers, status = [block for block in integrity_blocks(comparison) if isinstance(block, Table)]
    assert [row[0] for row in answers.rows] == ["Primary analysis", "site: south", "Mantel-Haenszel"]
    assert [cell.rpartition(", ")[2] for cell in answers.rows[0][1:]] == ["4 studies", "3 studies", "2 studies"]
    assert [cell.rpartition(", ")[2] for cell in answers.rows[1][1:]] == [
        "2 studies",
        "1 study",
        "nothing left to pool",
    ]
    assert status.rows[3] == ("Retracted", "retracted", "notice of 2018")
