"""What a script writes itself: text tables, printed expectations, names of parts, a trial by itself."""

import numpy as np
import pytest

import metak2 as mk
from metak2 import words
from metak2.errors import ModelError

COUNTS = mk.effects_from([0.0], study=["A"], measure="RR", vi=[0.1])


def test_an_expectation_is_met_to_the_last_digit_printed_and_not_beyond() -> None:
    assert mk.Expectation.printed("A", "risk ratio", "0.20", 0.2049, "paper").met
    assert not mk.Expectation.printed("A", "risk ratio", "0.20", 0.2051, "paper").met
    assert mk.Expectation.printed("A", "I2", "0", 0.4, "paper").met


def test_a_table_of_text_has_a_cell_for_each_head() -> None:
    table = mk.Table.of_text("Trials", ("Study", "Why"), [["A", "blank"]], ("A note.",))
    assert (table.columns[1].title, table.rows, table.notes) == ("Why", (("A", "blank"),), ("A note.",))
    with pytest.raises(ValueError, match="do not have 2 cells"):
        mk.Table.of_text("Trials", ("Study", "Why"), [["A"]])


def test_a_part_of_a_report_without_a_name_is_named_by_its_title() -> None:
    part = mk.Comparison(title="Bone: 12 months (%)", about="bone", primary=mk.side_by_side(COUNTS, why="One."))
    assert part.name == "bone-12-months"


def test_a_trial_by_itself_is_taken_from_the_counts_of_the_effects() -> None:
    habu = mk.read_studies(
        "datasets/habu2004/habu2004.xlsx", outcome="hepatocellular carcinoma", sheet="binary",
        experimental="MK-4 45 mg", control="no K2",
    )  # fmt: skip
    trial = mk.single_trial_of(mk.effect_sizes(habu, measure="RR"))
    assert (trial.event_e, trial.n_e, trial.event_c, trial.n_c) == (2, 21, 9, 19)
    with pytest.raises(ModelError, match="by its counts"):
        mk.single_trial_of(COUNTS)
    with pytest.raises(ModelError, match="'B' is not one of"):
        mk.single_trial_of(mk.effect_sizes(habu, measure="RR"), "B")


def test_readings_of_one_trial_keep_the_cells_and_carry_their_own_steps() -> None:
    step = mk.Conversion(rule="SE from t", formula="|d / t|", inputs={"t": 2.0}, output={"SE": 0.5})
    readings = {"by t": mk.Reading(effect=1.0, se=0.5, steps=[step]), "by p": mk.Reading(effect=1.0, se=0.6)}
    trial = mk.effects_from([np.nan], study=["A"], measure="MD", vi=[np.nan])
    beside = mk.alternative_readings(trial, readings)
    assert beside.study == ("by t", "by p")
    np.testing.assert_allclose(beside.vi, [0.25, 0.36], rtol=1e-15)
    assert beside.origins[0].conversions == (step,)


def test_a_risk_ratio_becomes_the_odds_ratio_of_its_control_risk() -> None:
    target = mk.read_targets("datasets/k2_claims/k2_claims.xlsx")[0]
    with pytest.raises(ModelError, match=r"made of a risk ratio|is not a risk"):
        mk.target_as_odds_ratio(target, 1.5)


def test_words_follow_the_style_of_a_journal() -> None:
    assert words.p_value(0.04) == "p = 0.040"
    with mk.journal_style("lancet"):
        assert words.fixed(0.5, 1) == "0·5"
