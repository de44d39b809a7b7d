"""The forest plot in the terminal: one line per study, whatever the names, the number and the spread."""

from itertools import pairwise

import numpy as np
import pytest

from metak2.display.text_forest import NAME, WIDTH, text_forest
from metak2.effects.front import effect_sizes, effects_from
from metak2.models.pool import pool, side_by_side
from tests.effects.made_up import counts, trials_of
from tests.golden.cases import load


def plots(lines: list[str]) -> list[str]:
    """The drawn part of every line below the header: it starts two blanks after the column of weights."""
    start = lines[0].index("Weight") + len("Weight") + 2
    return [f"{line:<{start + WIDTH}}"[start : start + WIDTH] for line in lines[1:]]


def texts(lines: list[str]) -> list[str]:
    """What stands right of the drawing."""
    start = lines[0].index("Weight") + len("Weight") + 2 + WIDTH + 2
    return [line[start:] for line in lines[1:]]


def bcg() -> list[str]:
    case = next(case for case in load("conventions") if case.stratum == "knha")
    return text_forest(pool(effect_sizes(trials_of(case), measure="RR"))).splitlines()


@pytest.mark.parametrize("k", [1, 2, 13, 60])
def test_every_study_has_its_line_in_order(k: int) -> None:
    names = [f"Trial {at}" for at in range(k)]
    effects = effects_from(np.linspace(-1, 1, k), study=names, vi=np.full(k, 0.1))
    lines = text_forest(pool(effects)).splitlines()
    assert [line[:NAME].rstrip() for line in lines[1 : k + 1]] == names
    assert len(lines) == 1 + k + (k > 1) + (k > 2)
    assert max(len(line) for line in lines) <= 120


def test_bcg_shows_estimates_weights_the_answer_and_the_prediction_interval() -> None:
    lines = bcg()
    assert "RR (95\u202f% CI)" in lines[0]
    assert lines[1].endswith("0.41 (0.13 to 1.26)")  # Aronson 1948, metafor's escalc
    assert lines[-2].endswith("0.49 (0.33 to 0.73)")
    assert lines[-1].endswith("0.14 to 1.76")
    weights = [float(line[NAME:].split()[0]) for line in lines[1:14]]
    assert sum(weights) == pytest.approx(100, abs=0.7)  # thirteen roundings


def test_squares_and_diamond_stand_where_their_numbers_are() -> None:
    lines = bcg()
    marks = [drawn.index("■") for drawn in plots(lines)[:13]]
    estimates = [float(text.split()[0]) for text in texts(lines)[:13]]
    # The same order on the axis as in the numbers, up to one column of rounding.
    ranked = [mark for _, mark in sorted(zip(estimates, marks, strict=True))]
    assert all(after >= before - 1 for before, after in pairwise(ranked))
    assert "◆" in lines[14]


def test_the_line_of_no_effect_is_drawn_where_the_interval_leaves_room() -> None:
    assert any("│" in drawn for drawn in plots(bcg())[:13])


def test_a_long_name_is_cut_with_an_ellipsis_and_nothing_moves() -> None:
    names = ["A study with a name that goes on and on and does not end", "Short", "Mid"]
    lines = text_forest(pool(effects_from([0.1, 0.2, 0.3], study=names, se=[0.1, 0.1, 0.1]))).splitlines()
    assert lines[1][:NAME] == names[0][: NAME - 1] + "…"
    marks = [drawn.index("■") for drawn in plots(lines)[:3]]
    assert marks == sorted(marks)


def test_an_interval_that_leaves_the_axis_ends_in_an_arrow() -> None:
    effects = effects_from([0.0, 0.1, -0.1, 0.05], study=["Wide", "B", "C", "D"], se=[50, 0.1, 0.1, 0.1])
    drawn = plots(text_forest(pool(effects)).splitlines())[0]
    assert (drawn[0], drawn[-1]) == ("◄", "►")


def test_a_trial_that_is_not_pooled_is_an_open_circle_with_its_reason() -> None:
    rows = [("A", 5, 40, 9, 40), ("Withdrawn", 1, 90, 30, 90), ("B", 7, 50, 8, 50), ("Nobody", 0, 9, 0, 9)]
    lines = text_forest(pool(counts(rows, integrity_status=["ok", "retracted", "ok", "ok"]))).splitlines()
    assert "retracted" in lines[2]
    assert "o" in plots(lines)[1]
    assert "■" not in lines[2]
    assert lines[4].endswith("not estimable")
    assert "double zero" in lines[4]


def test_studies_side_by_side_have_no_diamond_and_no_weight() -> None:
    text = text_forest(side_by_side(counts([("A", 5, 40, 9, 40), ("B", 7, 50, 8, 50)]), why="Two questions."))
    assert "◆" not in text
    assert len(text.splitlines()) == 3


def test_equal_effects_do_not_break_the_axis() -> None:
    lines = text_forest(pool(effects_from([0.5] * 3, study=list("ABC"), se=[0.1] * 3))).splitlines()
    assert len({drawn.index("■") for drawn in plots(lines)[:3]}) == 1


def test_small_differences_keep_the_decimals_they_need() -> None:
    effects = effects_from([0.028, 0.031, 0.02], study=list("ABC"), measure="MD", se=[0.004, 0.005, 0.004])
    assert text_forest(pool(effects)).splitlines()[1].endswith("0.0280 (0.0202 to 0.0358)")
