"""Each mistake gives its own code, names its cell, and says what is wrong."""

import inspect
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

import metak2.studies.checks as all_checks
from metak2.errors import StudyDataError
from metak2.studies import read_sheet, read_studies
from metak2.studies.checks import CHECKS, ROW_CHECKS

WriteBook = Callable[..., Path]
Rows = list[list[Any]]
Problem = tuple[str, str, str, str]
ErrorsIn = Callable[..., list[Problem]]

ASKED = {"experimental": "K2", "control": "none"}
MEANS = ["study", "mean_e", "sd_e", "n_e", "mean_c", "sd_c", "n_c"]
LIMITS = [
    "study",
    "mean_e",
    "dispersion_e",
    "dispersion_low_e",
    "dispersion_high_e",
    "n_e",
    "mean_c",
    "dispersion_c",
    "n_c",
]
EFFECT = ["study", "measure", "estimate", "se", "ci_low", "ci_high", "level", "p", "p_sided"]
PERCENT = ["study", "percent_e", "n_e", "percent_c", "n_c"]
RATES = ["study", "event_e", "time_e", "event_c", "time_c"]


@pytest.mark.parametrize(
    "place, value, expected",
    [
        ((1, 4), -1, ("MK-C01", "binary!E2", "events", "-1 is fewer than none")),
        ((1, 4), 1.5, ("MK-C02", "binary!E2", "events", "1.5 is not a whole number")),
        ((1, 4), "n/a?", ("MK-C03", "binary!E2", "events", "'n/a?' is not a count of events")),
        ((1, 5), "n/a?", ("MK-C03", "binary!F2", "total", "'n/a?' is not a count of people")),
        ((2, 4), 25, ("MK-C07", "binary!E3", "events", "25 events among 19 people (total in F3)")),
        ((1, 4), True, ("MK-T02", "binary!E2", "events", "holds TRUE, not a number")),
        ((1, 4), date(2024, 2, 21), ("MK-T01", "binary!E2", "events", "holds the date 2024-02-21")),
        ((1, 4), time(2, 21), ("MK-T01", "binary!E2", "events", "holds the time 02:21:00")),
        ((1, 2), datetime(2024, 12, 6, tzinfo=UTC).replace(tzinfo=None),
         ("MK-T01", "binary!C2", "time", "holds the date 2024-12-06")),
        ((1, 4), "#DIV/0!", ("MK-T03", "binary!E2", "events", "the formula's result is #DIV/0!")),
        ((1, 3), "#N/A", ("MK-T03", "binary!D2", "arm", "the formula's result is #N/A")),
        ((1, 4), "=ROUND(0.1*F2,0)", ("MK-T04", "binary!E2", "events", "the file holds no result of =ROUND(0.1*F2,0)")),
    ],
)  # fmt: skip
def test_a_wrong_count_is_named_with_its_cell(
    write_book: WriteBook,
    errors_in: ErrorsIn,
    two_trials: Rows,
    place: tuple[int, int],
    value: object,
    expected: Problem,
) -> None:
    row, column = place
    two_trials[row][column] = value
    selection = {"control": "none"} if column == 3 else ASKED
    assert errors_in(write_book({"binary": two_trials}), **selection) == [expected]


def test_an_arm_of_nobody_is_an_error(write_book: WriteBook, errors_in: ErrorsIn) -> None:
    rows = [["study", "event_e", "n_e", "event_c", "n_c"], ["A", 0, 0, 1, 20]]
    assert errors_in(write_book({"trials": rows})) == [("MK-C04", "trials!C2", "n_e", "an arm of 0 people")]


@pytest.mark.parametrize(
    "header, row, expected",
    [
        (MEANS, ["A", "high", 1, 10, 5, 1, 10], ("MK-M01", "trials!B2", "mean_e", "'high' is not a number")),
        (MEANS, ["A", 5, 0, 10, 5, 1, 10], ("MK-M02", "trials!C2", "sd_e", "the SD is 0, and must be above 0")),
        (MEANS, ["A", 5, 1, 10, 5, -1, 10], ("MK-M02", "trials!F2", "sd_c", "the SD is -1, and must be above 0")),
        (MEANS, ["A", 5, 1, 10.5, 5, 1, 10], ("MK-C02", "trials!D2", "n_e", "10.5 is not a whole number")),
        (LIMITS, ["A", 5, None, 7, 3, 10, 5, 1, 10],
         ("MK-M03", "trials!D2", "dispersion_low_e", "lower limit 7 is above the upper 3 (dispersion_high_e in E2)")),
        (LIMITS, ["A", 8, None, 3, 7, 10, 5, 1, 10],
         ("MK-M04", "trials!B2", "mean_e", "8 is not between 3 and 7 (D2 and E2)")),
        (EFFECT, ["A", "MD", "big", 1, None, None, None, None, None],
         ("MK-E01", "trials!C2", "estimate", "'big' is not a number")),
        (EFFECT, ["A", "HR", 1.5, None, 0.2, 0.9, 95, None, None],
         ("MK-E02", "trials!C2", "estimate",
          "1.5 is not inside its interval 0.2 to 0.9 (ci_low in E2, ci_high in F2)")),
        (EFFECT, ["A", "HR", 0.5, None, 0.9, 0.2, 95, None, None],
         ("MK-E03", "trials!E2", "ci_low", "lower limit 0.9 is above the upper 0.2 (ci_high in F2)")),
        (EFFECT, ["A", "HR", 0.5, None, -0.1, 0.9, 95, None, None],
         ("MK-E04", "trials!E2", "ci_low", "-0.1 cannot be a HR, which is above 0")),
        (EFFECT, ["A", "HR", 0.5, None, 0.2, 0.9, 5, None, None],
         ("MK-E05", "trials!G2", "level", "5 is not a level between 50 and 100 per cent")),
        (EFFECT, ["A", "HR", 0.5, None, 0.2, 0.9, 100, None, None],
         ("MK-E05", "trials!G2", "level", "100 is not a level between 50 and 100 per cent")),
        (EFFECT, ["A", "HR", 0.5, None, None, None, None, 1.2, None],
         ("MK-E06", "trials!H2", "p", "1.2 is not between 0 and 1")),
        (EFFECT, ["A", "HR", 0.5, 0, None, None, None, None, None],
         ("MK-E07", "trials!D2", "se", "the standard error is 0, and must be above 0")),
        (EFFECT, ["A", "HR", 0.5, None, None, None, None, "<0.05", None],
         ("MK-E08", "trials!H2", "p", "'<0.05' is a bound, not an exact p value")),
        (EFFECT, ["A", "HR", 0.5, None, None, None, None, 0.05, "both"],
         ("MK-E09", "trials!I2", "p_sided", "'both' is neither 'one' nor 'two'")),
        (PERCENT, ["A", 120, 20, 50, 20],
         ("MK-C06", "trials!B2", "percent_e", "120 is not between 0 and 100 per cent")),
        (PERCENT, ["A", "half", 20, 50, 20], ("MK-C03", "trials!B2", "percent_e", "'half' is not a percentage")),
        (RATES, ["A", 2, 0, 9, 101.7], ("MK-C05", "trials!C2", "time_e", "0 is no time at risk")),
    ],
)  # fmt: skip
def test_a_wrong_mean_effect_or_rate_is_named_with_its_cell(
    write_book: WriteBook, errors_in: ErrorsIn, header: list[str], row: list[object], expected: Problem
) -> None:
    book = write_book({"trials": [header, row]})
    assert errors_in(book) == [expected]


def test_a_count_that_became_a_date_is_offered_in_both_readings(write_book: WriteBook, two_trials: Rows) -> None:
    two_trials[1][4] = date(2024, 2, 21)
    with pytest.raises(StudyDataError, match=r'"2/21" \(2 of 21\) or "21/2" \(21 of 2\)'):
        read_studies(write_book({"binary": two_trials}), **ASKED)


def test_the_same_study_outcome_time_and_arm_twice_names_both_cells(
    write_book: WriteBook, errors_in: ErrorsIn, two_trials: Rows
) -> None:
    book = write_book({"binary": [*two_trials, two_trials[1]]})
    message = "'Habu 2004', 'recurrence', '12 months', 'K2' were already used in A2"
    assert errors_in(book, **ASKED) == [("MK-S02", "binary!A6", "study", message)]


def test_a_study_that_stands_twice_in_a_wide_sheet_is_an_error(write_book: WriteBook, errors_in: ErrorsIn) -> None:
    rows = [
        ["study", "event_e", "n_e", "event_c", "n_c"],
        ["Aronson 1948", 4, 123, 11, 139],
        ["Aronson 1948", 6, 306, 29, 303],
    ]
    message = "'Aronson 1948' was already used in A2"
    assert errors_in(write_book({"trials": rows})) == [("MK-S02", "trials!A3", "study", message)]


def test_two_times_of_one_trial_are_not_two_studies(write_book: WriteBook, two_trials: Rows) -> None:
    later = [[*row[:2], "24 months", *row[3:]] for row in two_trials[1:3]]
    with pytest.raises(StudyDataError) as raised:
        read_studies(write_book({"binary": [*two_trials, *later]}), **ASKED)
    (problem,) = raised.value.problems
    assert problem.line() == (
        "MK-S03  binary!A6  study  'Habu 2004' is also the label of A2 "
        '(they differ in time: choose one (at, where), or label = ["study", "time"])'
    )


def test_a_trial_that_the_sheet_studies_lacks_is_an_error(
    write_book: WriteBook, errors_in: ErrorsIn, two_trials: Rows
) -> None:
    book = write_book({"studies": [["study"], ["Habu 2004"], ["Mizuta 2O06"]], "binary": two_trials})
    message = "'Mizuta 2006' has no row in the sheet studies; did you mean \"Mizuta 2O06\"?"
    assert errors_in(book, **ASKED) == [("MK-S04", "binary!A4", "study", message)]


def test_a_trial_described_twice_is_an_error(write_book: WriteBook, errors_in: ErrorsIn, two_trials: Rows) -> None:
    studies = [["study"], ["Habu 2004"], ["Mizuta 2006"], ["Habu 2004"]]
    message = "'Habu 2004' was already described in A2"
    book = write_book({"studies": studies, "binary": two_trials})
    assert errors_in(book, **ASKED) == [("MK-S09", "studies!A4", "study", message)]


def test_a_row_without_a_study_is_an_error(write_book: WriteBook, errors_in: ErrorsIn, two_trials: Rows) -> None:
    two_trials[2][0] = None
    found = errors_in(write_book({"binary": two_trials}), **ASKED)
    assert found[0] == ("MK-S08", "binary!A3", "study", "a row with content has no study")


@pytest.mark.parametrize(
    "selection, column, message",
    [
        ({"outcome": "recurence"}, "outcome", "no 'recurence'; did you mean \"recurrence\"?"),
        ({"at": "13 months"}, "time", "no '13 months'; did you mean \"12 months\"?"),
        ({"control": "nothing"}, "arm", "no 'nothing'"),
        ({"where": {"derived": "maybe"}}, "derived", "no 'maybe'"),
    ],
)
def test_what_is_asked_for_and_not_there_is_answered_with_what_there_is(
    write_book: WriteBook, errors_in: ErrorsIn, two_trials: Rows, selection: dict[str, Any], column: str, message: str
) -> None:
    book = write_book({"binary": two_trials})
    assert errors_in(book, **(ASKED | selection)) == [("MK-S05", "binary", column, message)]


def test_an_unknown_column_in_where_or_label_is_an_error(
    write_book: WriteBook, errors_in: ErrorsIn, two_trials: Rows
) -> None:
    book = write_book({"binary": two_trials})
    message = 'where names a column that is not there; did you mean "derived"?'
    assert errors_in(book, **ASKED, where={"derivd": "no"}) == [("MK-S10", "binary", "derivd", message)]
    message = 'label names a column that is not there; did you mean "time"?'
    assert errors_in(book, **ASKED, label=("study", "tim")) == [("MK-S10", "binary", "tim", message)]


def test_an_outcome_in_two_sheets_asks_which(write_book: WriteBook, two_trials: Rows) -> None:
    effects = [["study", "outcome", "estimate", "se"], ["Habu 2004", "recurrence", -1.6, 0.7]]
    with pytest.raises(
        StudyDataError, match=r"'recurrence' stands in 2 sheets: \"binary\", \"effects\" \(say which: sh"
    ):
        read_studies(write_book({"binary": two_trials, "effects": effects}), outcome="recurrence")


def test_several_outcomes_and_none_asked_for_lists_them(
    write_book: WriteBook, errors_in: ErrorsIn, two_trials: Rows
) -> None:
    two_trials[3][1] = two_trials[4][1] = "death"
    message = "several outcomes, and none was asked for"
    assert errors_in(write_book({"binary": two_trials}), **ASKED) == [("MK-S07", "", "outcome", message)]


def test_a_missing_column_is_named_with_the_nearest_there_is(
    write_book: WriteBook, errors_in: ErrorsIn, two_trials: Rows
) -> None:
    two_trials[0][4] = "evnts"
    message = 'this column is missing; did you mean "evnts"?'
    assert errors_in(write_book({"binary": two_trials}), **ASKED) == [("MK-F03", "binary", "events", message)]


def test_a_column_name_used_twice_is_an_error(write_book: WriteBook, errors_in: ErrorsIn, two_trials: Rows) -> None:
    two_trials[0][6] = "total"
    message = "this name was already used in F1"
    assert errors_in(write_book({"binary": two_trials}), **ASKED) == [("MK-S01", "binary!G1", "total", message)]


def test_a_missing_file_names_the_nearest_in_its_folder(write_book: WriteBook, two_trials: Rows) -> None:
    path = write_book({"binary": two_trials})
    with pytest.raises(StudyDataError, match=r'MK-F01  no file .*trial.xlsx; did you mean "trials.xlsx"\?'):
        read_studies(path.with_name("trial.xlsx"))


def test_a_missing_sheet_lists_those_there_are(write_book: WriteBook, two_trials: Rows) -> None:
    path = write_book({"binary": two_trials})
    with pytest.raises(
        StudyDataError, match=r'MK-F02  no sheet "binery"; did you mean "binary"\? \(there is: "binary"\)'
    ):
        read_studies(path, sheet="binery")
    with pytest.raises(StudyDataError, match=r'MK-F02  no sheet "claims" \(there is: "binary"\)'):
        read_sheet(path, "claims")


def test_a_file_of_another_kind_says_how_to_save_it(tmp_path: Path) -> None:
    (tmp_path / "trials.sav").write_bytes(b"")
    with pytest.raises(StudyDataError, match=r"MK-F06  files ending in '.sav' are not read \(save it as .xlsx"):
        read_studies(tmp_path / "trials.sav")


def test_a_csv_file_in_no_known_encoding_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "trials.csv").write_bytes(b"study,event_e,n_e,event_c,n_c\nA\x81\x8d,1,20,2,20\n")
    with pytest.raises(StudyDataError, match=r'MK-F07  not in UTF-8 \(byte \d+\) \(save it as "CSV UTF-8"\)'):
        read_studies(tmp_path / "trials.csv")


def test_a_quotation_mark_that_is_never_closed_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "trials.csv").write_text('study,event_e,n_e,event_c,n_c\n"A,1,20,2,20\n')
    with pytest.raises(StudyDataError, match="MK-F04  cannot be read: unexpected end of data"):
        read_studies(tmp_path / "trials.csv")


def test_a_csv_line_longer_than_its_header_is_an_error(
    write_csv: WriteBook, errors_in: ErrorsIn, two_trials: Rows
) -> None:
    message = "'0' stands beyond the 8 columns of the header"
    two_trials[1][7] = "x"
    two_trials[1].append(0)
    assert errors_in(write_csv(two_trials), **ASKED) == [("MK-S11", "trials!I2", "", message)]


def test_an_empty_sheet_is_an_error(write_book: WriteBook, errors_in: ErrorsIn, two_trials: Rows) -> None:
    assert errors_in(write_book({"binary": []}))[0][:2] == ("MK-F08", "binary")
    assert errors_in(write_book({"binary": two_trials[:1]}))[0][:2] == ("MK-F08", "binary")


def test_a_sheet_of_another_kind_says_which_columns_are_read(write_book: WriteBook, errors_in: ErrorsIn) -> None:
    book = write_book({"notes": [["name", "remark"], ["a", "b"]]})
    message = 'no layout has these columns: "name", "remark"'
    assert errors_in(book) == [("MK-F09", "notes", "", message)]


def test_every_problem_is_told_at_once(write_book: WriteBook, two_trials: Rows) -> None:
    two_trials[1][4] = "two"
    two_trials[2][4] = 25
    two_trials[3][5] = -3
    two_trials[4][4] = 1.5
    book = write_book({"binary": [*two_trials, two_trials[4]]})
    with pytest.raises(StudyDataError) as raised:
        read_studies(book, **ASKED)
    assert [(found.code, found.cell) for found in raised.value.problems] == [
        ("MK-C03", "binary!E2"),
        ("MK-C07", "binary!E3"),
        ("MK-C01", "binary!F4"),
        ("MK-C07", "binary!E4"),
        ("MK-C02", "binary!E5"),
        ("MK-C02", "binary!E6"),
        ("MK-S02", "binary!A6"),
    ]
    assert str(raised.value).startswith(f"7 problems in {book.as_posix()}\n  MK-C03  binary!E2  events  'two' is not")


def test_every_code_is_in_the_table_of_the_docstring_and_in_its_function() -> None:
    listed = set()
    family = {}
    for line in (all_checks.__doc__ or "").splitlines():
        for column, match in (
            (found.start() // 40, found) for found in re.finditer(r"MK-([A-Z])  |\b([A-Z]\d\d)  ", line)
        ):
            if match[1]:
                family[column] = match[1]
            else:
                assert match[2][0] == family[column]
                listed.add(f"MK-{match[2]}")
    assert listed == set(CHECKS)
    for code, check in CHECKS.items():
        assert f'"{code}"' in inspect.getsource(check.function)
        assert (check.function.__doc__ or "").startswith(f"{code}: ")
        assert check.meaning
    assert set(chain.from_iterable(ROW_CHECKS.values())) <= {check.function for check in CHECKS.values()}
