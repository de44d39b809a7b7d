"""The front door: which measure fits which data, what is shown and not pooled, and where each number came from."""

import numpy as np
import pytest

from metak2.effects.front import effect_sizes
from metak2.errors import ModelError
from tests.effects.made_up import counts, study_table, trials
from tests.golden.cases import Case, assert_close, load

FOUR = [("A", 4, 40, 8, 40), ("B", 5, 40, 9, 40), ("C", 7, 50, 8, 50), ("D", 3, 30, 6, 30)]
STATUS = ["ok", "retracted", "concern", "duplicate"]


@pytest.mark.parametrize(
    "case",
    [case for case in load("escalc_rate2") if case.options.get("add", 0.5) == 0.5 and case.options["measure"] == "IRR"],
    ids=str,
)
def test_rate_ratios_are_those_of_metafor(case: Case) -> None:
    x1i, t1i, x2i, t2i = (case.row(name)[0] for name in ("x1i", "t1i", "x2i", "t2i"))
    study = [str(at) for at in range(x1i.size)]
    table = study_table("rates", study, event_e=x1i, time_e=t1i, event_c=x2i, time_c=t2i)
    effects = effect_sizes(table, measure="IRR")
    assert_close(effects.yi, case, "yi")
    assert_close(effects.vi, case, "vi")


def test_an_arm_without_events_gets_half_an_event_in_a_rate_ratio_and_a_note() -> None:
    table = study_table("rates", ["Half", "None"], event_e=[0, 0], time_e=[100, 100], event_c=[5, 0], time_c=[90, 90])
    effects = effect_sizes(table, measure="IRR")
    assert effects.yi[0] == pytest.approx(np.log((0.5 / 100) / (5.5 / 90)), rel=1e-14)
    assert effects.vi[0] == pytest.approx(1 / 0.5 + 1 / 5.5, rel=1e-14)
    assert effects.excluded == ("", "double zero")
    assert [(note.code, note.where) for note in effects.notes] == [
        ("ZERO_RATES_CORRECTED", ("Half",)),
        ("EXCLUDED", ("None",)),
    ]


@pytest.mark.parametrize("kind, measure", [("counts", "MD"), ("counts", "HR"), ("counts", "IRR")])
def test_a_measure_that_the_data_cannot_give_names_those_that_they_can(kind: str, measure: str) -> None:
    with pytest.raises(ModelError, match=f"cannot be computed from {kind}; measures for {kind}: RR, OR, RD, PETO"):
        effect_sizes(trials(FOUR), measure=measure)


def test_percentages_are_displayed_and_not_pooled() -> None:
    table = study_table("percentages", ["A"], percent_e=[12.5], n_e=[32], percent_c=[55.2], n_c=[29])
    with pytest.raises(ModelError, match="percentages are displayed, not pooled"):
        effect_sizes(table, measure="RR")


def test_retracted_concern_and_duplicate_are_shown_and_not_pooled() -> None:
    effects = counts(FOUR, integrity_status=STATUS)
    assert effects.excluded == ("", "retracted", "concern", "duplicate")
    assert np.isfinite(effects.yi).all()
    assert (len(effects), effects.k) == (4, 1)
    assert [note.values["reason"] for note in effects.notes] == ["retracted", "concern", "duplicate"]


def test_the_caller_decides_what_is_excluded() -> None:
    table = trials(FOUR, integrity_status=STATUS)
    assert effect_sizes(table, measure="RR", exclude=("retracted",)).excluded == ("", "retracted", "", "")
    assert effect_sizes(table, measure="RR", exclude=()).k == 4


def test_corrected_and_unchecked_trials_are_pooled() -> None:
    assert counts(FOUR, integrity_status=["ok", "corrected", "not_checked", ""]).k == 4


def test_a_retracted_trial_stays_retracted_even_where_it_has_no_effect() -> None:
    effects = counts([("A", 0, 30, 0, 30), *FOUR[1:]], integrity_status=["retracted", "ok", "ok", "ok"])
    assert effects.excluded[0] == "retracted"
    assert effects.with_counts().excluded[0] == "retracted"
    assert effects.including("retracted").excluded[0] == "retracted"


def test_including_brings_back_what_was_left_out_for_that_reason_only() -> None:
    effects = counts(FOUR, integrity_status=STATUS)
    assert effects.including("concern").excluded == ("", "retracted", "", "duplicate")
    assert effects.including("concern", "retracted").k == 3
    assert effects.excluded == ("", "retracted", "concern", "duplicate")


def test_excluding_says_why_and_refuses_a_study_that_is_not_there() -> None:
    effects = counts(FOUR)
    assert effects.excluding("open label", ("B", "D")).excluded == ("", "open label", "", "open label")
    with pytest.raises(KeyError, match="Zeta"):
        effects.excluding("open label", ("Zeta",))


def test_taking_rows_keeps_everything_about_them() -> None:
    effects = counts(FOUR, integrity_status=STATUS, alloc=["random", "random", "other", "other"])
    some = effects.take(np.array([3, 0]))
    assert some.study == ("D", "A")
    assert some.words("alloc") == ("other", "random")
    assert some.excluded == ("duplicate", "")
    assert [origin.study for origin in some.origins] == ["D", "A"]
    assert some.data["n_e"].tolist() == [30, 40]


def test_every_number_knows_its_cell() -> None:
    origin = counts(FOUR).origins[1]
    assert origin.cells == {"event_e": "sheet!B3", "n_e": "sheet!C3", "event_c": "sheet!D3", "n_c": "sheet!E3"}
    assert origin.values == {"event_e": 5.0, "n_e": 40.0, "event_c": 9.0, "n_c": 40.0}


def test_counts_worked_out_from_a_percentage_are_marked() -> None:
    effects = counts(FOUR, derived_e=["yes", "no", "no", "no"], derived_c=["no", "no", "yes", ""])
    assert [(note.code, note.where) for note in effects.notes] == [("COUNTS_DERIVED", ("A", "C"))]


def test_columns_that_play_no_part_stay_as_moderators() -> None:
    effects = counts(FOUR, latitude=[10, 20, 30, 40])
    assert set(effects.moderators) == {"latitude"}
    assert effects.words("alloc") == ("", "", "", "")


def test_a_blank_count_is_not_reported() -> None:
    effects = effect_sizes(
        study_table("counts", ["A", "B"], event_e=[None, 1], n_e=[10, 10], event_c=[2, 2], n_c=[10, 10]), measure="RR"
    )
    assert effects.excluded == ("not reported", "")
