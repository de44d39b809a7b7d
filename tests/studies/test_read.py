"""Reading a workbook, a CSV file or a DataFrame as a table of contrasts."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from metak2.errors import StudyDataError, UnknownOptionError
from metak2.studies import read_sheet, read_studies

WriteBook = Callable[..., Path]
Rows = list[list[Any]]

ASKED = {"experimental": "K2", "control": "none"}
WIDE = [["study", "event_e", "n_e", "event_c", "n_c"], ["Habu 2004", 2, 21, 9, 19], ["Mizuta 2006", 4, 32, 16, 29]]
NUMBERS = ("event_e", "n_e", "event_c", "n_c")


def test_long_rows_become_one_contrast_per_trial_with_the_cell_of_each_number(
    write_book: WriteBook, two_trials: Rows
) -> None:
    table = read_studies(write_book({"binary": two_trials}), **ASKED)
    assert table.kind == "counts"
    assert table.study == ("Habu 2004", "Mizuta 2006")
    assert table.columns["event_e"].tolist() == [2, 4]
    assert table.columns["n_c"].tolist() == [19, 29]
    assert table.cells["event_e"] == ("binary!E2", "binary!E4")
    assert table.cells["n_c"] == ("binary!F3", "binary!F5")
    assert table.words("arm_e") == ("K2", "K2")
    assert table.words("outcome") == ("recurrence", "recurrence")
    assert table.words("key") == table.study
    assert table.problems == ()


def test_a_wide_sheet_gives_the_same_numbers_as_the_long_one(write_book: WriteBook, two_trials: Rows) -> None:
    long = read_studies(write_book({"binary": two_trials}), **ASKED)
    wide = read_studies(write_book({"trials": WIDE}, "wide.xlsx"))
    assert wide.kind == long.kind
    assert wide.study == long.study
    for name in NUMBERS:
        np.testing.assert_array_equal(wide.columns[name], long.columns[name])
    assert wide.cells["n_c"] == ("trials!E2", "trials!E3")


def test_csv_and_xlsx_of_one_name_give_the_same_table(
    write_book: WriteBook, write_csv: WriteBook, two_trials: Rows
) -> None:
    from_csv = read_studies(write_csv(two_trials, "binary.csv"), **ASKED)
    from_xlsx = read_studies(write_book({"binary": two_trials}), **ASKED)
    assert from_csv.cells == from_xlsx.cells
    for name in from_xlsx.columns:
        np.testing.assert_array_equal(from_csv.columns[name], from_xlsx.columns[name])
    assert from_csv.problems == ()


def test_a_short_line_of_a_csv_file_ends_in_gaps(write_csv: WriteBook) -> None:
    table = read_studies(write_csv([WIDE[0], WIDE[1][:3]]))
    assert [(found.code, found.cell) for found in table.problems] == [("MK-G01", "trials!D2"), ("MK-G01", "trials!E2")]


def test_a_data_frame_names_its_cells_by_row_and_column() -> None:
    frame = pd.DataFrame(WIDE[1:], columns=WIDE[0])
    table = read_studies(frame)
    assert table.source == "data frame"
    assert table.columns["event_c"].tolist() == [9, 16]
    assert table.cells["event_c"] == ("row 1, column event_c", "row 2, column event_c")


def test_a_data_frame_of_mixed_types_and_missing_values_is_read_like_a_sheet() -> None:
    frame = pd.DataFrame(
        {name: pd.Series([row[i] for row in WIDE[1:]], dtype=object) for i, name in enumerate(WIDE[0])}
    )
    frame.loc[1, "event_e"] = np.int64(4)
    frame.loc[0, "n_e"] = pd.NA
    table = read_studies(frame)
    assert table.columns["event_e"].tolist() == [2, 4]
    assert math.isnan(table.columns["n_e"][0])
    assert [(found.code, found.cell) for found in table.problems] == [("MK-G01", "row 1, column n_e")]


def test_the_order_of_rows_is_that_of_the_sheet(write_book: WriteBook, two_trials: Rows) -> None:
    header, *rows = two_trials
    table = read_studies(write_book({"binary": [header, rows[2], rows[0], rows[3], rows[1]]}), **ASKED)
    assert table.study == ("Mizuta 2006", "Habu 2004")


def test_an_arm_called_none_is_an_arm(write_book: WriteBook, two_trials: Rows) -> None:
    rows = [[("None" if value == "none" else value) for value in row] for row in two_trials]
    table = read_studies(write_book({"binary": rows}), experimental="K2", control="None")
    assert table.words("arm_c") == ("None", "None")


@pytest.mark.parametrize("blank", [None, "", "NA", "n/a", "NR", "not reported", ".", "  "])
def test_a_number_that_is_not_reported_is_a_gap_and_not_an_error(
    write_book: WriteBook, two_trials: Rows, blank: str | None
) -> None:
    two_trials[1][4] = blank
    table = read_studies(write_book({"binary": two_trials}), **ASKED)
    assert math.isnan(table.columns["event_e"][0])
    (gap,) = table.problems
    assert (gap.severity, gap.line()) == (
        "note",
        "MK-G01  binary!E2  events  blank: not reported; fill it and run again",
    )


def test_a_number_stored_as_text_is_read_and_noted(write_book: WriteBook, two_trials: Rows) -> None:
    two_trials[1][5] = "21 "
    table = read_studies(write_book({"binary": two_trials}), **ASKED)
    assert table.columns["n_e"].tolist() == [21, 32]
    (note,) = table.problems
    assert (note.severity, note.line()) == ("note", "MK-T05  binary!F2  total  '21' is text; read as 21")


def test_what_studies_says_of_a_trial_stands_beside_its_results(write_book: WriteBook, two_trials: Rows) -> None:
    studies = [
        ["study", "year", "integrity_status", "n_randomised", "pmid", "note"],
        ["Mizuta 2006", 2006, "ok", 61, 16400650, None],
        ["Habu 2004", 2004, "not_checked", None, None, "small"],
    ]
    table = read_studies(write_book({"studies": studies, "binary": two_trials}), **ASKED)
    assert table.columns["year"].tolist() == [2004, 2006]
    assert table.cells["year"] == ("studies!B3", "studies!B2")
    assert table.words("integrity_status") == ("not_checked", "ok")
    assert table.words("pmid") == ("", "16400650")
    assert table.words("study_note") == ("small", "")
    assert table.words("note") == ("", "")
    np.testing.assert_array_equal(table.columns["n_randomised"], [np.nan, 61])


def test_where_keeps_trials_by_a_column_of_either_sheet(write_book: WriteBook, two_trials: Rows) -> None:
    studies = [["study", "randomised"], ["Habu 2004", "yes"], ["Mizuta 2006", "no"]]
    book = write_book({"studies": studies, "binary": two_trials})
    assert read_studies(book, **ASKED, where={"randomised": "yes"}).study == ("Habu 2004",)
    assert read_studies(book, **ASKED, where={"derived": ["no", "yes"]}).study == ("Habu 2004", "Mizuta 2006")


def test_the_codebook_says_which_way_is_good(write_book: WriteBook, two_trials: Rows) -> None:
    codebook = [["sheet", "column", "value", "higher_is"], ["binary", "outcome", "recurrence", "worse"]]
    assert read_studies(write_book({"binary": two_trials, "codebook": codebook}), **ASKED).higher_is == "worse"
    assert read_studies(write_book({"binary": two_trials}), **ASKED).higher_is == ""


def test_the_sheet_that_holds_the_outcome_at_that_time_with_those_arms_is_found(
    write_book: WriteBook, two_trials: Rows
) -> None:
    effects = [
        ["study", "outcome", "time", "experimental", "control", "measure", "estimate", "se"],
        ["Yoshida 2011", "recurrence", "whole follow-up", "K2", "placebo", "HR", 1.15, 0.16],
    ]
    book = write_book({"binary": two_trials, "effects": effects})
    assert read_studies(book, outcome="recurrence", at="12 months", **ASKED).kind == "counts"
    assert read_studies(book, outcome="recurrence", at="whole follow-up").kind == "effects"


def test_effects_keep_what_was_reported_and_read_the_level_as_a_fraction(write_book: WriteBook) -> None:
    rows = [
        ["study", "outcome", "experimental", "control", "measure", "estimate", "ci_low", "ci_high", "level", "p"],
        ["A", "recurrence", "K2", "none", "HR", 0.2, 0.04, 0.91, 95, 0.04],
        ["B", "recurrence", "K2", "none", "HR", 0.5, 0.2, 1.25, 0.9, None],
    ]
    table = read_studies(write_book({"effects": rows}))
    assert table.kind == "effects"
    assert table.columns["level"].tolist() == [0.95, 0.9]
    assert table.columns["pval"][0] == 0.04
    assert table.cells["pval"][0] == "effects!J2"
    assert table.words("arm_c") == ("none", "none")
    assert table.problems == ()


def test_a_label_may_name_the_time_of_each_row(write_book: WriteBook, two_trials: Rows) -> None:
    later = [[*row[:2], "24 months", *row[3:]] for row in two_trials[1:3]]
    table = read_studies(write_book({"binary": [*two_trials[:3], *later]}), **ASKED, label=("study", "time"))
    assert table.study == ("Habu 2004, 12 months", "Habu 2004, 24 months")
    assert table.words("key") == ("Habu 2004", "Habu 2004")


def test_a_hostile_name_stays_as_it_is_but_on_one_line(write_csv: WriteBook, two_trials: Rows) -> None:
    name = "=1+1 <script>alert('x')</script> & \"Müller\""
    two_trials[1][0] = two_trials[2][0] = f"{name}\r\nand \x00\x1bothers"
    table = read_studies(write_csv(two_trials), **ASKED)
    assert table.study[0] == f"{name} and others"
    assert [(found.code, found.severity, found.cell) for found in table.problems] == [
        ("MK-T06", "note", "trials!A2"),
        ("MK-T06", "note", "trials!A3"),
    ]


def test_a_column_that_holds_only_numbers_is_a_moderator_of_numbers(write_book: WriteBook) -> None:
    rows = [[*WIDE[0], "ablat", "alloc"], [*WIDE[1], 44, "random"], [*WIDE[2], "NR", "alternate"]]
    table = read_studies(write_book({"trials": rows}))
    np.testing.assert_array_equal(table.columns["ablat"], [44, np.nan])
    assert table.words("alloc") == ("random", "alternate")


def test_a_word_in_a_column_used_as_numbers_is_named_with_its_cell(write_book: WriteBook) -> None:
    rows = [[*WIDE[0], "ablat", "alloc"], [*WIDE[1], 44, "random"], [*WIDE[2], "north", None]]
    table = read_studies(write_book({"trials": rows}))
    with pytest.raises(StudyDataError, match=r"1 problem in .*\n  MK-T07  trials!F3  ablat  'north' is not a number"):
        table.numbers("ablat")
    assert table.words("ablat") == ("44", "north")
    assert table.take(np.array([0])).numbers("ablat").tolist() == [44]


def test_any_sheet_can_be_read_uninterpreted_with_addresses(write_book: WriteBook, two_trials: Rows) -> None:
    claims = [["statement", "verdict"], ["K2 prevents cancer", "not shown"]]
    sheet = read_sheet(write_book({"binary": two_trials, "claims": claims}), "claims")
    assert sheet.columns == ("statement", "verdict")
    assert [row["verdict"].value for row in sheet.rows] == ["not shown"]
    assert sheet.rows[0]["verdict"].address == "claims!B2"


def test_an_unknown_key_of_the_selection_is_refused(write_book: WriteBook, two_trials: Rows) -> None:
    with pytest.raises(UnknownOptionError, match="selection='outcom' is not known; did you mean \"outcome\""):
        read_studies(write_book({"binary": two_trials}), outcom="recurrence")
