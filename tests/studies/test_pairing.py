"""Pairing an experimental with a control arm, and adding several arms together."""

import math
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metak2.errors import ModelError, StudyDataError
from metak2.studies import pair_arms, read_sheet, read_studies

WriteBook = Callable[..., Path]
Rows = list[list[Any]]
Counts = tuple[int, int]
ErrorsIn = Callable[..., list[tuple[str, str, str, str]]]

COUNTS = ("event_e", "n_e", "event_c", "n_c")
LONG = ["study", "time", "arm", "events", "total"]
MEANS = ["study", "arm", "n", "mean", "dispersion", "dispersion_type", "dispersion_inferred"]
YOSHIDA = [
    ["Yoshida 2011", "36 months", "placebo", 58, 181],
    ["Yoshida 2011", "36 months", "45 mg", 52, 182],
    ["Yoshida 2011", "36 months", "90 mg", 76, 185],
]
BOTH = {"experimental": ("45 mg", "90 mg"), "control": "placebo"}


def long(rows: Rows, columns: list[str] = LONG) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns).astype(object)


def arm_counts() -> st.SearchStrategy[Counts]:
    return st.integers(1, 500).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))


@settings(deadline=None, max_examples=30)
@given(trials=st.lists(st.tuples(arm_counts(), arm_counts()), min_size=1, max_size=5), data=st.data())
def test_arms_in_any_order_give_the_same_contrasts(trials: list[tuple[Counts, Counts]], data: st.DataObject) -> None:
    rows = [
        [f"Trial {i}", "1 year", arm, *counts]
        for i, trial in enumerate(trials)
        for arm, counts in zip(("K2", "none"), trial, strict=True)
    ]
    shuffled = data.draw(st.permutations(rows))
    table = read_studies(long(shuffled), experimental="K2", control="none")
    found = {study: tuple(table.columns[name][i] for name in COUNTS) for i, study in enumerate(table.study)}
    assert found == {f"Trial {i}": (*experimental, *control) for i, (experimental, control) in enumerate(trials)}


@settings(deadline=None, max_examples=30)
@given(arms=st.lists(arm_counts(), min_size=2, max_size=4), control=arm_counts())
def test_combining_arms_adds_their_events_and_people(arms: list[Counts], control: Counts) -> None:
    names = [f"{dose} mg" for dose in range(len(arms))]
    rows = [["A", "1 year", name, *counts] for name, counts in zip((*names, "none"), (*arms, control), strict=True)]
    table = read_studies(long(rows), experimental=names, control="none", combine_arms=True)
    assert table.columns["event_e"].tolist() == [sum(events for events, _ in arms)]
    assert table.columns["n_e"].tolist() == [sum(total for _, total in arms)]
    assert table.columns["event_c"].tolist() == [control[0]]


@settings(deadline=None, max_examples=30)
@given(arms=st.lists(st.lists(st.integers(-50, 50), min_size=2, max_size=6), min_size=2, max_size=3))
def test_combining_means_gives_the_mean_and_sd_of_all_the_people_together(arms: list[list[int]]) -> None:
    arms = [[*people, people[0] + 1] for people in arms]  # no arm without spread
    rows = [
        ["A", f"{i} mg", len(people), statistics.fmean(people), statistics.stdev(people), "SD", None]
        for i, people in enumerate(arms)
    ]
    rows.append(["A", "none", 10, 0, 1, "SD", None])
    names = [f"{i} mg" for i in range(len(arms))]
    table = read_studies(long(rows, MEANS), experimental=names, control="none", combine_arms=True)
    everyone = [value for people in arms for value in people]
    assert table.columns["n_e"].tolist() == [len(everyone)]
    # the two-pass sums here and in `statistics` differ in the last bits only
    np.testing.assert_allclose(table.columns["mean_e"], statistics.fmean(everyone), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(table.columns["dispersion_e"], statistics.stdev(everyone), rtol=1e-12)
    assert table.words("dispersion_type_e") == ("SD",)


def test_combining_an_arm_whose_standard_error_was_inferred_says_that_it_was_inferred() -> None:
    rows = [
        ["A", "1 mg", 16, 5.0, 0.5, None, "SEM"],
        ["A", "2 mg", 16, 5.0, 2.0, "SD", None],
        ["A", "none", 16, 4.0, 2.0, "SD", None],
    ]
    table = read_studies(long(rows, MEANS), experimental=["1 mg", "2 mg"], control="none", combine_arms=True)
    # SD = 0.5 √16 = 2 in both arms: √((15·4 + 15·4) / 31)
    np.testing.assert_allclose(table.columns["dispersion_e"], math.sqrt(120 / 31), rtol=1e-15)
    assert table.words("dispersion_type_e") == ("SD",)
    assert table.words("dispersion_inferred_e") == ("yes",)
    assert table.words("dispersion_inferred_c") == ("",)


def test_yoshida_combined_has_128_recurrences_among_367_people_and_says_so() -> None:
    table = read_studies(long(YOSHIDA), **BOTH, combine_arms=True)
    assert (table.columns["event_e"][0], table.columns["n_e"][0]) == (128, 367)
    assert table.words("arm_e") == ("45 mg + 90 mg",)
    assert table.cells["event_e"] == ("row 2, column events + row 3, column events",)
    (note,) = table.problems
    assert (note.code, note.severity) == ("MK-A07", "note")
    assert note.message.startswith("arms of 'Yoshida 2011' combined into one: '45 mg' (row 2, column arm), '90 mg'")


def test_two_arms_that_match_ask_for_one_or_for_combining() -> None:
    with pytest.raises(StudyDataError) as raised:
        read_studies(long(YOSHIDA), **BOTH)
    (problem,) = raised.value.problems
    assert problem.line() == (
        "MK-A01  row 2, column arm  arm  2 arms of 'Yoshida 2011' match experimental: '45 mg' in row 2, column arm, "
        "'90 mg' in row 3, column arm (name one arm, set combine_arms = true, or each_arm = true for a row each)"
    )


def test_an_arm_that_was_not_asked_for_is_noted() -> None:
    table = read_studies(long(YOSHIDA), experimental="45 mg", control="placebo")
    assert table.columns["event_e"].tolist() == [52]
    assert [(found.code, found.severity, found.cell) for found in table.problems] == [
        ("MK-A03", "note", "row 3, column arm")
    ]


def test_a_side_that_is_not_named_is_every_other_arm() -> None:
    table = read_studies(long(YOSHIDA[:2]), control="placebo")
    assert table.words("arm_e") == ("45 mg",)


def test_an_arm_without_its_partner_is_left_over_and_told() -> None:
    rows = [*YOSHIDA[:2], ["Mizuta 2006", "36 months", "45 mg", 4, 32]]
    table = read_studies(long(rows), experimental="45 mg", control="placebo")
    assert table.study == ("Yoshida 2011",)
    (warning,) = table.problems
    assert (warning.code, warning.severity, warning.cell) == ("MK-A02", "warning", "row 3, column arm")
    assert warning.message == "'45 mg' of 'Mizuta 2006' is left over: no control arm at this outcome and time"


def test_a_gap_in_an_arm_that_is_not_compared_is_not_mentioned() -> None:
    rows = [*YOSHIDA[:2], ["Mizuta 2006", "36 months", "45 mg", None, 32]]
    table = read_studies(long(rows), experimental="45 mg", control="placebo")
    assert [found.code for found in table.problems] == ["MK-A02"]


def test_no_study_with_both_arms_is_an_error() -> None:
    rows = [["A", "1 year", "K2", 1, 10], ["B", "1 year", "none", 1, 10]]
    with pytest.raises(StudyDataError, match=r'MK-A04  arm  no study has both "K2" and "none" at one time'):
        read_studies(long(rows), experimental="K2", control="none")


def test_arms_in_different_units_are_not_compared() -> None:
    columns = ["study", "arm", "n", "mean", "dispersion", "unit"]
    rows = [["Je 2011", "K2", 20, 0.01, 0.03, "g/cm2"], ["Je 2011", "none", 21, -5.0, 30, "mg/cm2"]]
    with pytest.raises(StudyDataError) as raised:
        read_studies(long(rows, columns), experimental="K2", control="none")
    (problem,) = raised.value.problems
    assert problem.line() == (
        "MK-A05  row 1, column unit  unit  "
        "'g/cm2' here but 'mg/cm2' in row 2, column unit: these arms cannot be compared"
    )


def test_change_and_final_values_of_one_trial_are_contrasts_of_their_own(write_book: WriteBook) -> None:
    columns = ["study", "arm", "n", "mean", "dispersion", "change_or_final"]
    rows = [
        ["A", "K2", 20, 1, 2, "change"],
        ["A", "none", 20, 0, 2, "change"],
        ["A", "K2", 20, 11, 3, "final"],
        ["A", "none", 20, 10, 3, "final"],
    ]
    book = write_book({"continuous": [columns, *rows]})
    asked = {"experimental": "K2", "control": "none"}
    assert read_studies(book, **asked, where={"change_or_final": "final"}).columns["mean_e"].tolist() == [11]
    with pytest.raises(StudyDataError, match=r"MK-S03 .*they differ in change_or_final"):
        read_studies(book, **asked)


@pytest.mark.parametrize(
    "selection, message",
    [
        ({}, "no arm was named"),
        ({"experimental": "placebo", "control": "placebo"}, "'placebo' is asked for on both sides"),
    ],
)
def test_a_question_without_two_sides_lists_the_arms(selection: dict[str, Any], message: str) -> None:
    with pytest.raises(StudyDataError, match=f'MK-A09  arm  {message} .*"placebo", "45 mg", "90 mg"'):
        read_studies(long(YOSHIDA), **selection)


def test_a_control_used_twice_in_a_wide_sheet_is_an_error(write_book: WriteBook, errors_in: ErrorsIn) -> None:
    header = ["study", "arm_e", "arm_c", "event_e", "n_e", "event_c", "n_c"]
    rows = [["Jones", "10 mg", "placebo", 5, 50, 9, 48], ["Jones", "20 mg", "placebo", 4, 49, 9, 48]]
    message = "the control arm 'placebo' of 'Jones' is also used in C2: its people would count twice"
    found = errors_in(write_book({"trials": [header, *rows]}), label=("study", "arm_e"))
    assert found == [("MK-A06", "trials!C3", "arm_c", message)]


def test_a_control_used_twice_among_reported_effects_is_a_warning(write_book: WriteBook) -> None:
    header = ["study", "experimental", "control", "measure", "estimate", "se"]
    rows = [["Yoshida 2011", "45 mg", "placebo", "HR", 0.9, 0.2], ["Yoshida 2011", "90 mg", "placebo", "HR", 1.3, 0.2]]
    table = read_studies(write_book({"effects": [header, *rows]}), label=("study", "experimental"))
    assert table.study == ("Yoshida 2011, 45 mg", "Yoshida 2011, 90 mg")
    expected = [("MK-A06", "warning"), ("MK-S18", "warning")]
    assert sorted((found.code, found.severity) for found in table.problems) == expected


@pytest.mark.parametrize(
    "columns, rows, reason",
    [
        (["study", "arm", "n", "percent"], [["A", "1 mg", 30, 10], ["A", "2 mg", 30, 20], ["A", "none", 30, 50]],
         "cumulative percentages are not counts"),
        (MEANS, [["A", arm, 9, 1, 1, kind, None] for arm, kind in (("1 mg", "CI95"), ("2 mg", "SD"), ("none", "SD"))],
         "the spread of '1 mg' is CI95, not SD or SEM"),
    ],
)  # fmt: skip
def test_what_cannot_be_added_together_is_refused(columns: list[str], rows: Rows, reason: str) -> None:
    with pytest.raises(StudyDataError, match=f"MK-A08 .* the arms of 'A' cannot be combined: {reason}"):
        read_studies(long(rows, columns), experimental=["1 mg", "2 mg"], control="none", combine_arms=True)


def test_the_spread_is_of_the_stated_kind_and_else_of_the_inferred_one(write_book: WriteBook) -> None:
    rows = [
        ["A", "K2", 20, 1, 2, "SD", "SEM"],
        ["A", "none", 20, 0, 2, None, "SEM"],
    ]
    table = read_studies(write_book({"continuous": [MEANS, *rows]}), experimental="K2", control="none")
    assert (table.words("dispersion_type_e"), table.words("dispersion_inferred_e")) == (("SD",), ("",))
    assert (table.words("dispersion_type_c"), table.words("dispersion_inferred_c")) == (("SEM",), ("yes",))
    assert table.cells["dispersion_type_c"] == ("continuous!G3",)


def test_pairing_a_sheet_read_by_itself_equals_reading_the_studies(write_book: WriteBook, two_trials: Rows) -> None:
    book = write_book({"binary": two_trials})
    asked = {"experimental": "K2", "control": "none"}
    paired, read = pair_arms(read_sheet(book, "binary"), asked), read_studies(book, **asked)
    assert paired.study == read.study
    assert paired.cells == read.cells


def test_pairing_a_sheet_without_arms_is_an_error(write_book: WriteBook) -> None:
    book = write_book({"trials": [["study", "event_e", "n_e", "event_c", "n_c"], ["A", 1, 2, 1, 2]]})
    with pytest.raises(StudyDataError, match="MK-F03  trials  arm"):
        pair_arms(read_sheet(book, "trials"), {})


def test_rows_of_the_same_patients_are_told_with_the_ways_out(write_book: WriteBook) -> None:
    header = ["study", "time", "measure", "estimate", "se"]
    times = [["Mizuta 2006", f"{month} months", "HR", 0.5, 0.2] for month in (12, 24)]
    rows = [*times, ["Kakizaki 2007", "12 months", "HR", 0.7, 0.3]]
    table = read_studies(write_book({"effects": [header, *rows]}), label=("study", "time"))
    (found,) = (problem for problem in table.problems if problem.code == "MK-S18")
    assert (found.severity, found.cell) == ("warning", "effects!A2")
    assert found.message == "2 rows are results of the patients of 'Mizuta 2006': they are not independent"
    assert "aggregate()" in found.suggestion
    assert "robust()" in found.suggestion


def doses() -> pd.DataFrame:
    arms = {"45 mg": (52, 182), "90 mg": (76, 185), "placebo": (58, 181)}  # Yoshida 2011, datasets/k2_hcc_recurrence
    rows = [("Yoshida 2011", arm, *counts) for arm, counts in arms.items()]
    return pd.DataFrame([*rows, ("Other", "45 mg", 10, 60), ("Other", "placebo", 14, 61)],
                        columns=["study", "arm", "events", "total"])  # fmt: skip


def test_each_dose_can_be_a_row_beside_the_control_that_they_share() -> None:
    table = read_studies(doses(), experimental=["45 mg", "90 mg"], control="placebo", each_arm=True)
    assert table.study == ("Yoshida 2011, 45 mg", "Yoshida 2011, 90 mg", "Other, 45 mg")
    assert table.numbers("event_c").tolist() == [58, 58, 14]
    assert [problem.code for problem in table.problems] == ["MK-S18"]


def test_rows_that_share_a_control_in_a_wide_sheet_are_read_when_each_arm_is_asked_for() -> None:
    long = read_studies(doses(), experimental=["45 mg", "90 mg"], control="placebo", each_arm=True)
    wide = read_studies(long.frame()[["key", "arm_e", "arm_c", "event_e", "n_e", "event_c", "n_c"]]
                        .rename(columns={"key": "study"}), each_arm=True)  # fmt: skip
    assert wide.study == long.study
    assert {problem.severity for problem in wide.problems} == {"warning"}


def test_arms_are_combined_or_kept_apart_but_not_both() -> None:
    with pytest.raises(ModelError, match="ask for one of them"):
        read_studies(doses(), experimental=["45 mg", "90 mg"], control="placebo", each_arm=True, combine_arms=True)
