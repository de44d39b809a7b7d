"""The ghost of an earlier version behind a forest plot: what is shown, as data."""

import pandas as pd
import pytest

import metak2 as mk
from metak2.models.pooled import Pooled
from metak2.plots.ghost import ghost_forest
from metak2.plots.ghost_layout import ghost_layout, ghost_rows


def answer(**effects: tuple[float, float]) -> Pooled:
    yi, se = zip(*effects.values(), strict=True)
    return mk.pool(mk.effects_from(yi=yi, se=se, measure="GEN", study=list(effects)), method="CE")


OLD = answer(Ando=(1.0, 1.0), Baba=(2.0, 0.5), Chiba=(3.0, 0.5))
NEW = answer(Ando=(1.0, 1.0), Baba=(2.9, 0.5), Doi=(0.0, 1.0))


def test_every_study_of_either_version_has_one_row_and_the_answer_the_last() -> None:
    rows = ghost_rows(OLD, NEW)
    assert [row.name for row in rows] == ["Ando", "Baba", "Doi", "Chiba", "Pooled"]
    assert [row.moved for row in rows] == [False, True, True, True, True]
    assert (rows[2].old, rows[3].new) == (None, None)


def test_what_moved_has_a_ghost_and_both_numbers_and_what_did_not_has_one() -> None:
    chart = ghost_layout(OLD, NEW, versions=("HEAD~1", "now"))
    plot, texts = chart.panels
    bands = [bar for bar in plot.bars if bar.tone == "pale"]
    assert [bar.top + bar.bottom for bar in bands] == pytest.approx([2 * at for at in (3.5, 1.5, 0.5)])
    assert sorted(disc.name for disc in plot.discs) == ["Ando", "Baba", "Doi", "Pooled"]
    said = [words.text for words in texts.words]
    assert said[:2] == ["HEAD~1", "now"]
    assert "2.00 (1.02 to 2.98)" in said
    assert said.count("1.00 (−0.96 to 2.96)") == 1
    assert "–" in said


def test_the_alternative_text_says_what_the_answer_was_and_is() -> None:
    drawing = ghost_forest(OLD, NEW, versions=("HEAD~1", "now"))
    assert "HEAD~1 in grey behind now" in drawing.alt
    assert "from 2.33 (1.68 to 2.99) to" in drawing.alt
    assert "3 of 4 studies moved" in drawing.alt
    assert "2.90" in drawing.svg()


def test_a_ratio_stands_on_its_own_scale() -> None:
    counts = pd.DataFrame(
        {"study": ["A", "B"], "event_e": [8, 10], "n_e": [100, 120], "event_c": [16, 18], "n_c": [100, 118]}
    )
    old = mk.pool(mk.effect_sizes(counts, measure="RR"), method="CE")
    counts.loc[0, "event_e"] = 16
    new = mk.pool(mk.effect_sizes(counts, measure="RR"), method="CE")
    first = ghost_rows(old, new)[0]
    assert first.old is not None
    assert first.new is not None
    assert (first.old[0], first.new[0]) == pytest.approx((0.5, 1.0), rel=1e-12)
    assert ghost_layout(old, new).panels[0].across.log
