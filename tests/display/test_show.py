"""What print and a notebook show."""

import metak2 as mk
from tests.effects.made_up import counts

ROWS = [("A <script>", 4, 40, 8, 40), ("B & C", 5, 40, 9, 40), ("C", 7, 50, 8, 50), ("D", 3, 30, 6, 30)]


def test_printing_a_result_shows_forest_answer_heterogeneity_and_caveats() -> None:
    text = str(mk.pool(counts(ROWS)))
    assert text.startswith("Study")
    assert "convention metak2" in text
    assert "Heterogeneity: τ²" in text
    assert "! The prediction interval rests on 4 studies" in text


def test_printing_studies_side_by_side_says_that_and_why_they_are_not_pooled() -> None:
    assert "Not pooled. They share patients." in str(mk.side_by_side(counts(ROWS), why="They share patients."))


def test_printing_refits_and_subgroups_gives_a_line_each() -> None:
    effects = counts(ROWS, year=[1, 2, 3, 4], dose=["a", "a", "b", "b"])
    pooled = mk.pool(effects)
    assert len(str(mk.leave_one_out(pooled)).splitlines()) == 6
    assert str(mk.cumulative(pooled)).splitlines()[1].startswith("+ A <script>")
    lines = str(mk.pool_subgroups(effects, by="dose")).splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["dose", "a", "b", "All"]


def test_a_notebook_shows_names_harmlessly() -> None:
    effects = counts(ROWS, year=[1, 2, 3, 4], dose=["a", "a", "b", "b"])
    pooled = mk.pool(effects)
    shown = [
        pooled,
        mk.side_by_side(effects, why="Apart."),
        mk.leave_one_out(pooled),
        mk.pool_subgroups(effects, by="dose"),
    ]
    for result in shown:
        fragment = result._repr_html_()
        assert fragment.startswith("<div>")
        assert "<script>" not in fragment
    assert "B &amp; C" in pooled._repr_html_()
