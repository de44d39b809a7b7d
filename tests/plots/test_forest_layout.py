import math
from dataclasses import replace

import numpy as np
import pytest

from metak2.effects.notes import Note
from metak2.errors import ModelError, UnknownOptionError
from metak2.models.methods import METHODS
from metak2.models.pooled import Subgroups, Unpooled
from metak2.plots.forest_layout import forest_layout
from metak2.plots.marks import ForestLayout, Mark
from tests.plots.factory import (
    AUTHORS,
    bcg,
    bcg_effects,
    bcg_mantel_haenszel,
    bcg_subgroups,
    effect_sizes,
    locked,
    pooled,
    renamed,
)


def kinds(layout: ForestLayout) -> list[str]:
    return [row.kind for row in layout.rows]


def mark_of(layout: ForestLayout, name: str) -> Mark:
    mark = next(row.mark for row in layout.rows if row.name == name)
    assert mark is not None
    return mark


def with_questioned_trials() -> ForestLayout:
    effects = effect_sizes(
        ("Habu 2004", "Sato 1998", "Ishida 2004", "Zero 2001"),
        (-1.6, -1.2, -0.8, math.nan),
        (0.5, 0.3, 0.2, math.nan),
        excluded=("", "retracted", "concern", "double zero"),
    )
    wider = pooled(effects.including("concern"), estimate=-1.0, low=-1.8, high=-0.2)
    return forest_layout(pooled(effects, estimate=-1.6, low=-2.9, high=-0.2), also=(("with trials of concern", wider),))


def test_studies_stand_in_the_order_of_the_analysis_and_the_diamond_below_them() -> None:
    layout = forest_layout(bcg())
    assert [row.name for row in layout.rows[:13]] == list(AUTHORS)
    assert kinds(layout) == ["study"] * 13 + ["space", "pooled", "prediction"]


def test_counts_are_shown_by_arm_under_the_names_of_the_arms() -> None:
    layout = forest_layout(bcg())
    assert [column.title for column in layout.columns] == [
        ("Study",),
        ("BCG", "events/total"),
        ("No vaccination", "events/total"),
        ("Weight", "(%)"),
        ("Risk ratio", "(95\u202f% CI)"),
    ]
    assert layout.rows[0].cells == ("Aronson 1948", "4/123", "11/139", "5.1", "0.41 (0.13 to 1.26)")


def test_arms_without_a_name_are_experimental_and_control() -> None:
    layout = forest_layout(bcg(bcg_effects(selection={})))
    assert layout.columns[1].title[0] == "Experimental"
    assert layout.favours == ("Favours experimental", "Favours control")


def test_an_arm_of_several_spellings_names_them_all() -> None:
    layout = forest_layout(bcg(bcg_effects(selection={"experimental": ["MK-4", "K2"], "control": "placebo"})))
    assert layout.columns[1].title[0] == "MK-4, K2"


def test_the_diamond_has_the_totals_of_the_pooled_studies() -> None:
    row = next(row for row in forest_layout(bcg()).rows if row.kind == "pooled")
    # the sums of the thirteen trials' events and people
    assert row.cells == ("Random effects, REML", "1065/191064", "1510/166283", "100.0", "0.49 (0.33 to 0.73)")


def test_a_retracted_trial_that_is_pooled_all_the_same_is_marked_and_said() -> None:
    status = np.array(["retracted", "concern", "concern", *[""] * 10], dtype=object)
    effects = bcg_effects()
    effects = replace(effects, moderators={**effects.moderators, "integrity_status": status})
    layout = forest_layout(bcg(effects))
    assert [row.cells[0][-1] == "§" for row in layout.rows[:13]] == [True] * 3 + [False] * 10
    assert layout.footer[-1] == "§ Pooled all the same: retracted (1), concern (2)."


def test_a_study_that_is_not_pooled_does_not_count_in_the_totals() -> None:
    effects = bcg_effects().excluding("concern", ("TPT Madras 1980",))
    row = next(row for row in forest_layout(bcg(effects)).rows if row.kind == "pooled")
    assert row.cells[1] == "560/102673"  # 1065 − 505 and 191064 − 88391


def test_the_diamond_is_as_wide_as_the_confidence_interval() -> None:
    mark = mark_of(forest_layout(bcg()), "Random effects, REML")
    assert mark.kind == "diamond"
    # exp of the golden numbers of R meta: -0.7145323, -1.1084437, -0.3206210; floats differ in the last bit
    assert (mark.estimate, mark.low, mark.high) == pytest.approx((0.489421, 0.330072, 0.725698), abs=1e-6)


def test_the_prediction_interval_has_a_bar_and_a_row_of_its_own() -> None:
    layout = forest_layout(bcg())
    row = layout.rows[-1]
    assert row.name == "95\u202f% prediction interval"
    assert row.cells[-1] == "(0.14 to 1.76)"
    assert row.mark is not None
    assert row.mark.kind == "bar"


def test_the_area_of_a_square_follows_its_weight() -> None:
    layout = forest_layout(bcg())
    heaviest, lighter = mark_of(layout, "TPT Madras 1980"), mark_of(layout, "Vandiviere et al 1973")
    assert heaviest.size == 1.0
    # weights 1.8648 and 3.1525 of R meta, to the digits given here
    assert lighter.size**2 == pytest.approx(1.8648 / 3.1525, abs=1e-4)


def test_a_small_trial_keeps_a_square_that_can_be_seen() -> None:
    effects = effect_sizes(("Tiny", "Huge"), (0.1, 0.0), (100.0, 0.0001), measure="MD")
    assert mark_of(forest_layout(pooled(effects, estimate=0.0, low=-0.1, high=0.1)), "Tiny").size > 0.3


def test_an_interval_that_leaves_the_axis_has_an_arrowhead_there_only() -> None:
    effects = effect_sizes(("A", "B", "C", "Wide"), (0.0, 0.1, 0.2, 1.0), (0.04, 0.04, 0.04, 90.0), measure="MD")
    layout = forest_layout(pooled(effects, estimate=0.1, low=-0.1, high=0.3))
    arrows = {row.name: (row.mark.arrow_low, row.mark.arrow_high) for row in layout.rows if row.mark}
    assert arrows["Wide"] == (True, True)
    assert arrows["A"] == (False, False)


def test_the_lines_below_tell_heterogeneity_test_method_and_convention() -> None:
    heterogeneity, overall, prediction = forest_layout(bcg()).footer
    for fragment in ("τ² = 0.31", "I² = 92\u202f% (from τ²)", "Q = 152.23, df = 12, p < 0.001"):
        assert fragment in heterogeneity
    for fragment in ("t = −3.95, df = 12, p = 0.0019", "REML", "Hartung–Knapp", "metak2"):
        assert fragment in overall
    assert "t distribution" in prediction


def test_a_method_that_stands_in_for_another_says_so() -> None:
    layout = forest_layout(bcg(method=METHODS["CE"]))
    assert "asked for: random effects, REML" in layout.footer[1]


@pytest.mark.parametrize(
    "higher_is,words",
    [
        ("worse", ("Favours BCG", "Favours no vaccination")),
        ("better", ("Favours no vaccination", "Favours BCG")),
        ("", None),
    ],
)
def test_favours_labels_follow_which_way_is_good(higher_is: str, words: tuple[str, str] | None) -> None:
    assert forest_layout(bcg(bcg_effects(higher_is=higher_is))).favours == words


def test_favours_labels_can_be_given() -> None:
    assert forest_layout(bcg(), favours=("less disease", "more disease")).favours == ("less disease", "more disease")


def test_retracted_trials_and_trials_of_concern_are_drawn_hollow_with_the_reason_and_no_weight() -> None:
    layout = with_questioned_trials()
    rows = {row.name: row for row in layout.rows}
    assert rows["Sato 1998"].cells == ("Sato 1998†", "retracted", "0.30 (0.10 to 0.88)")
    assert rows["Ishida 2004"].cells[1] == "concern"
    for name in ("Sato 1998", "Ishida 2004"):
        assert rows[name].kind == "excluded"
        assert mark_of(layout, name).kind == "hollow square"
    assert layout.footer[-1] == "† Shown, not pooled: retracted (1), concern (1), double zero (1)."


def test_a_trial_that_cannot_be_estimated_is_listed_without_a_mark() -> None:
    row = next(row for row in with_questioned_trials().rows if row.name == "Zero 2001")
    assert row.cells == ("Zero 2001†", "double zero", "Not estimable")
    assert row.mark is None


def test_the_other_answer_is_an_open_diamond_below() -> None:
    row = with_questioned_trials().rows[-1]
    assert row.kind == "other"
    assert row.cells == ("With trials of concern", "", "0.37 (0.17 to 0.82)")
    assert row.mark is not None
    assert row.mark.kind == "open diamond"


def test_another_answer_without_a_label_is_named_by_its_method() -> None:
    assert forest_layout(bcg(), also=(bcg_mantel_haenszel(),)).rows[-1].name == "Common effect, Mantel–Haenszel"


def test_another_answer_in_another_measure_is_refused() -> None:
    difference = pooled(effect_sizes(("A",), (0.1,), (0.1,), measure="RD"), estimate=0.1, low=0.0, high=0.2)
    with pytest.raises(ModelError, match="RD and cannot stand on the axis of a RR"):
        forest_layout(bcg(), also=(("as a difference", difference),))


def test_one_study_has_no_diamond() -> None:
    one = bcg_effects().take(np.arange(1))
    layout = forest_layout(pooled(one, estimate=-0.889, low=-2.008, high=0.229))
    assert kinds(layout) == ["study", "space", "text"]
    assert layout.rows[-1].name.startswith("One study: no pooled effect")
    assert layout.summary is None


def test_studies_side_by_side_have_no_weights_and_no_diamond_and_say_why() -> None:
    layout = forest_layout(Unpooled(effects=bcg_effects(), why="Different follow-up."))
    assert kinds(layout) == ["study"] * 13
    assert "weight" not in [column.key for column in layout.columns]
    assert layout.footer == ("Different follow-up.",)
    assert {row.mark.size for row in layout.rows if row.mark} == {0.55}


def test_studies_side_by_side_still_mark_a_retracted_trial() -> None:
    effects = bcg_effects().excluding("retracted", ("TPT Madras 1980",))
    layout = forest_layout(Unpooled(effects=effects, why="Not pooled."))
    assert layout.column("weight")[7] == "retracted"
    assert set(layout.column("weight")) == {"", "retracted"}
    assert layout.footer == ("Not pooled.", "† Set apart: retracted (1).")


def test_subgroups_have_headings_subtotals_and_the_test_between_them() -> None:
    layout = forest_layout(bcg_subgroups())
    group = ["heading", *["study"] * 7, "subtotal", "text", "space"]
    assert kinds(layout)[:11] == group
    assert [row.name for row in layout.rows if row.kind == "heading"] == [
        "alloc: random",
        "alloc: alternate",
        "alloc: systematic",
    ]
    assert kinds(layout)[-2:] == ["pooled", "prediction"]
    assert "Q = 1.54, df = 2, p = 0.46" in layout.footer[-1]


def test_weights_of_subtotals_add_up_to_the_whole() -> None:
    shares = [float(row.cells[3]) for row in forest_layout(bcg_subgroups()).rows if row.kind == "subtotal"]
    assert sum(shares) == pytest.approx(100, abs=0.15)  # three numbers rounded to one decimal


def test_a_subgroup_of_one_study_has_no_subtotal() -> None:
    whole = bcg_subgroups()
    alone = pooled(bcg_effects().take(np.arange(1)), estimate=-0.889, low=-2.008, high=0.229)
    layout = forest_layout(replace(whole, groups={"random": alone}))
    assert kinds(layout)[:3] == ["heading", "study", "text"]


def test_studies_of_no_subgroup_are_not_lost() -> None:
    whole = bcg_subgroups()
    part = Subgroups(
        by="alloc", groups={"random": whole.groups["random"]}, overall=whole.overall,
        Q_between=0.0, Q_df=0.0, Q_pval=math.nan, I2_between=math.nan, notes=(),
    )  # fmt: skip
    layout = forest_layout(part)
    assert sum(row.kind == "study" for row in layout.rows) == 13
    assert "alloc: not stated" in [row.name for row in layout.rows]


def test_moderators_stand_between_study_and_data() -> None:
    layout = forest_layout(bcg(), columns=("year", "alloc"))
    assert [column.key for column in layout.columns[:4]] == ["study", "moderator year", "moderator alloc", "data_e"]
    assert layout.rows[0].cells[1:3] == ("1948", "random")
    assert [column.align for column in layout.columns[1:3]] == ["right", "left"]


def test_a_moderator_called_weight_stands_beside_the_weights() -> None:
    effects = bcg_effects(moderators={"weight": locked(range(13))})
    layout = forest_layout(bcg(effects), columns=("weight", "weight"))
    assert [column.key for column in layout.columns].count("moderator weight") == 1
    assert layout.rows[1].cells[1] == "1"
    assert layout.column("weight")[1] == "6.4"


def test_an_unknown_moderator_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UnknownOptionError, match='did you mean "alloc"'):
        forest_layout(bcg(), columns=("aloc",))


def test_means_have_mean_and_deviation_and_size_by_arm_with_decimals_that_fit() -> None:
    data = {"mean_e": (0.028, 1.2), "sd_e": (0.02, 0.3), "n_e": (20, 30), "mean_c": (0.001, 1.0), "sd_c": (0.03, 0.2)}
    columns = {name: locked(values) for name, values in {**data, "n_c": (21, 31)}.items()}
    effects = effect_sizes(("A", "B"), (0.027, 0.2), (0.0001, 0.004), measure="MD", kind="means", data=columns)
    layout = forest_layout(pooled(effects, estimate=0.03, low=0.01, high=0.05))
    assert [column.title for column in layout.columns[1:5]] == [
        ("Experimental", "mean (SD)"),
        ("n",),
        ("Control", "mean (SD)"),
        ("n",),
    ]
    # two significant digits of the smallest deviation, 0.020
    assert layout.rows[0].cells[1:5] == ("0.028 (0.020)", "20", "0.001 (0.030)", "21")
    assert layout.rows[-1].cells[1:5] == ("", "50", "", "52")


def test_rates_show_events_and_person_time() -> None:
    data = {"event_e": (3.0,), "time_e": (125.5,), "event_c": (9.0,), "time_c": (102.9,)}
    columns = {name: locked(values) for name, values in data.items()}
    effects = effect_sizes(("A",), (-1.3,), (0.4,), measure="IRR", kind="rates", data=columns)
    assert forest_layout(Unpooled(effects=effects, why="One trial.")).rows[0].cells[1:3] == ("3/125.5", "9/102.9")


def test_ready_made_effects_have_no_data_columns() -> None:
    effects = effect_sizes(("A", "B"), (0.1, 0.2), (0.1, 0.1), measure="HR")
    layout = forest_layout(pooled(effects, estimate=0.15, low=-0.2, high=0.5))
    assert [column.key for column in layout.columns] == ["study", "weight", "effect"]


def test_blank_counts_are_a_dash_and_not_a_number() -> None:
    columns = {name: locked((math.nan,)) for name in ("event_e", "n_e", "event_c", "n_c")}
    effects = effect_sizes(("A",), (0.1,), (0.1,), kind="counts", data=columns)
    assert forest_layout(Unpooled(effects=effects, why="")).rows[0].cells[1:3] == ("–", "–")


def test_a_long_name_is_shortened_in_its_cell_and_whole_in_the_data() -> None:
    name = "A multicentre randomised controlled trial " * 8
    row = forest_layout(bcg(renamed(bcg_effects(), name))).rows[0]
    assert row.name == name
    assert row.cells[0].count("\n") == 3
    assert row.cells[0].endswith("…")


def test_the_alternative_text_has_the_numbers() -> None:
    assert forest_layout(bcg()).alt == (
        "Forest plot of 13 studies: pooled risk ratio 0.49 (95\u202f% CI 0.33 to 0.73), "
        "random effects, REML, I² 92\u202f%."
    )


def test_the_alternative_text_tells_what_is_not_pooled_and_the_other_answer() -> None:
    alt = with_questioned_trials().alt
    assert "Shown, not pooled: retracted (1), concern (1), double zero (1)." in alt
    assert "With trials of concern: pooled risk ratio 0.37 (95\u202f% CI 0.17 to 0.82)" in alt


def test_a_reconstructed_study_is_marked_and_the_mark_explained() -> None:
    note = Note(code="RECONSTRUCTED", values={"how": "from the numbers at risk"}, where=("TPT Madras 1980",))
    layout = forest_layout(bcg(bcg_effects(notes=(note,))))
    marked = [row for row in layout.rows if row.cells[0].endswith("‡")]
    assert [row.name for row in marked] == ["TPT Madras 1980"]
    assert layout.footer[-1] == "‡ Reconstructed, from the numbers at risk."


def test_a_study_may_be_reconstructed_and_under_concern() -> None:
    note = Note(code="RECONSTRUCTED", values={"how": "from a curve"}, where=("TPT Madras 1980",))
    effects = bcg_effects(notes=(note,)).excluding("concern", ("TPT Madras 1980",))
    layout = forest_layout(bcg(effects))
    assert "TPT Madras 1980†‡" in layout.column("study")
    assert [line[0] for line in layout.footer[-2:]] == ["†", "‡"]
