"""Every disaster of the table is caught with its code, its cell and its words; the repaired workbook passes."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from metak2.studies.checks.files import rows_cut_off
from metak2.studies.gate.workbook import check_workbook
from tests.studies.gate.disasters import COUNTS, DISASTERS, MEANS, rows_of, write_disasters

Problem = tuple[str, str, str]
HONEST = [
    ["Alder 2001", "K2", "placebo", 12, 100, 20, 101],
    ["Birch 2002", "K2", "placebo", 9, 80, 15, 82],
    ["Cedar 2003", "K2", "placebo", 5, 60, 11, 58],
    ["Dill 2004", "K2", "placebo", 31, 240, 44, 238],
]


def found_in(path: Path) -> set[Problem]:
    return {(problem.code, problem.cell, problem.message) for problem in check_workbook(path).problems}


def pattern_of(message: str, row: int) -> str:
    """The message as a pattern: numbers that depend on the other trials are left open."""
    text = message.replace("{row}", str(row)).replace("{before}", str(row - 1))
    return re.sub(r"\\\{\w+\\\}", r"-?[0-9.]+", re.escape(text))


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> set[Problem]:
    return found_in(write_disasters(tmp_path_factory.mktemp("broken") / "trials.xlsx", repaired=False))


@pytest.mark.parametrize(
    "at",
    [at for at, disaster in enumerate(DISASTERS) if disaster.found],
    ids=lambda at: f"row {DISASTERS[at].number} at {at}",
)
def test_a_disaster_is_caught_with_its_code_cell_and_words(broken: set[Problem], at: int) -> None:
    disaster, row = DISASTERS[at], rows_of(repaired=False)[at]
    here = [problem for problem in broken if re.fullmatch(rf"{disaster.sheet}![A-Z]+{row}", problem[1])]
    assert len(here) == len(disaster.found)
    for code, column, message in disaster.found:
        cell = f"{disaster.sheet}!{column}{row}"
        pattern = pattern_of(message, row)
        assert [one for one in here if one[:2] == (code, cell) and re.fullmatch(pattern, one[2])], here


def test_nothing_else_is_said_of_the_disaster_workbook(broken: set[Problem]) -> None:
    assert len(broken) == sum(len(disaster.found) for disaster in DISASTERS)


def test_the_same_workbook_repaired_passes(tmp_path: Path) -> None:
    report = check_workbook(write_disasters(tmp_path / "trials.xlsx", repaired=True))
    assert report.problems == ()
    assert report.exit_code == 0
    assert report.verdict().endswith(": clean")


def write(path: Path, rows: list[list[Any]], change: Callable[[Workbook], None], sheet: str = "trials") -> Path:
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    worksheet = workbook.create_sheet(sheet)
    for row in rows:
        worksheet.append(row)
    change(workbook)
    workbook.save(path)
    return path


def leave(_: Workbook) -> None:
    """Change nothing."""


def filtered(workbook: Workbook) -> None:
    sheet = workbook["trials"]
    sheet.auto_filter.ref = "A1:G5"
    sheet.auto_filter.add_filter_column(0, ["Alder 2001"])
    sheet.row_dimensions[3].hidden = True


def hidden_column(workbook: Workbook) -> None:
    workbook["trials"].column_dimensions["E"].hidden = True


def hidden_sheet(workbook: Workbook) -> None:
    workbook.create_sheet("front").append(["a note", "another"])
    workbook["trials"].sheet_state = "hidden"


def merged_studies(workbook: Workbook) -> None:
    workbook["trials"].merge_cells("A2:A3")


@pytest.mark.parametrize(
    "change, expected",
    [
        (filtered, ("MK-H04", "trials!A3", "row 3 (Birch 2002) is hidden by a filter")),
        (hidden_column, ("MK-H02", "trials!E1", "the column 'n_e' is hidden, and its values are read")),
        (hidden_sheet, ("MK-H03", "trials", "this sheet is hidden, and it holds results")),
        (merged_studies,
         ("MK-H06", "trials!A3", "lies in the merged cells A2:A3, and only the first of them holds a value")),
    ],
)  # fmt: skip
def test_what_a_spreadsheet_hides_is_an_error_until_it_is_answered(
    tmp_path: Path, change: Callable[[Workbook], None], expected: Problem
) -> None:
    report = check_workbook(write(tmp_path / "trials.xlsx", [list(COUNTS), *HONEST], change))
    assert expected in {(problem.code, problem.cell, problem.message) for problem in report.problems}
    assert report.exit_code == 1
    assert check_workbook(write(tmp_path / "trials.xlsx", [list(COUNTS), *HONEST], leave)).problems == ()


def test_rows_of_sums_are_no_trial_even_under_the_name_of_one(tmp_path: Path) -> None:
    sums = ["Studies 1 to 4", "K2", "placebo", *(sum(row[at] for row in HONEST) for at in range(3, 7))]
    found = found_in(write(tmp_path / "trials.xlsx", [list(COUNTS), *HONEST, sums], leave))
    assert found == {("MK-S12", "trials!A6", "'Studies 1 to 4' is no trial: its counts are the sums of those above it")}


def test_title_rows_a_two_row_header_and_a_stray_space_are_understood_and_said(tmp_path: Path) -> None:
    rows = [
        ["Extraction sheet of the review"],
        [],
        ["Study", "Intervention", None, "Control", None],
        [None, "Events", "Total", "Events", "Total"],
        *[[row[0], *row[3:]] for row in HONEST],
    ]

    def merge(workbook: Workbook) -> None:
        for span in ("B3:C3", "D3:E3"):
            workbook["Data "].merge_cells(span)

    report = check_workbook(write(tmp_path / "trials.xlsx", rows, merge, sheet="Data "))
    assert {problem.severity for problem in report.problems} <= {"note"}
    assert {"MK-L01", "MK-L02", "MK-L07"} <= {problem.code for problem in report.problems}


def means_of(study: str, mean: float, sd: float, n: int = 50) -> list[Any]:
    return [study, mean, sd, n, round(mean * 1.07, 3), round(sd * 1.04, 3), n + 2]


@pytest.mark.parametrize(
    "ratio", [10.0, 18.0, 24.0, 38.7, 60.0, 1000.0, 1 / 38.7],
    ids=["per ten", "glucose", "hours", "cholesterol", "minutes", "mg and µg", "cholesterol the other way"],
)  # fmt: skip
def test_one_trial_in_another_unit_is_a_warning(tmp_path: Path, ratio: float) -> None:
    trials = [means_of(name, mean, sd) for name, mean, sd in
              (("A 2001", 5.1, 1.0), ("B 2002", 5.6, 1.2), ("C 2003", 4.8, 0.9), ("D 2004", 5.4, 1.1))]  # fmt: skip
    other = means_of("E 2005", 5.2 * ratio, 1.05 * ratio)
    report = check_workbook(write(tmp_path / "trials.xlsx", [list(MEANS), *trials, other], leave))
    assert [(problem.code, problem.cell, problem.severity) for problem in report.problems] == [
        ("MK-M07", "trials!C6", "warning")
    ]
    honest = means_of("E 2005", 5.2, 1.05)
    assert check_workbook(write(tmp_path / "t.xlsx", [list(MEANS), *trials, honest], leave)).problems == ()


def test_units_of_two_names_and_change_beside_final_are_warnings(tmp_path: Path) -> None:
    header = [*MEANS, "unit", "change_or_final"]
    rows = [
        [*means_of("A 2001", 5.1, 1.0), "mmol/L", "final"],
        [*means_of("B 2002", 199, 38), "mg/dL", "final"],
        [*means_of("C 2003", 0.4, 0.9), "mmol/L", "change"],
    ]
    assert found_in(write(tmp_path / "trials.xlsx", [header, *rows], leave)) == {
        ("MK-M06", "trials!H3",
         "the unit is 'mg/dL' here and 'mmol/L' in H2: their mean difference cannot be pooled"),
        ("MK-M08", "trials!A4", "change scores here, final values in A2: an SMD may not mix them"),
    }  # fmt: skip


def test_trials_with_different_follow_up_in_one_outcome_are_a_warning(tmp_path: Path) -> None:
    rows = [[*row, time] for row, time in zip(HONEST, ("12 months",) * 3 + ("24 months",), strict=True)]
    assert found_in(write(tmp_path / "trials.xlsx", [[*COUNTS, "time"], *rows], leave)) == {
        ("MK-S15", "trials!H5", "2 follow-up times in one outcome: '12 months' (H2), '24 months' (H5)")
    }


def test_one_registration_under_two_names_is_a_warning(write_book: Callable[..., Path]) -> None:
    studies = [["study", "registration"], ["Knapen 2013", "NCT00642551"], ["Knapen 2015", "nct00642551"]]
    counts = [
        ["study", "event_e", "n_e", "event_c", "n_c"],
        ["Knapen 2013", 3, 40, 5, 41],
        ["Knapen 2015", 4, 42, 7, 39],
    ]
    found = check_workbook(write_book({"studies": studies, "trials": counts})).problems
    assert [(problem.code, problem.cell, problem.message) for problem in found] == [
        ("MK-S17", "studies!B3",
         "'Knapen 2015' has the registration of 'Knapen 2013' in B2: their patients may be the same")
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["MULLER 2004", "Müller et al. 2004", "Müller, 2004", "Müller 2OO4"])
def test_one_study_under_two_spellings_is_a_warning(write_book: Callable[..., Path], name: str) -> None:
    rows = [["study", "event_e", "n_e", "event_c", "n_c"], ["Müller 2004", 3, 40, 5, 41], [name, 4, 42, 7, 39]]
    found = check_workbook(write_book({"trials": rows})).problems
    assert [(problem.code, problem.cell) for problem in found] == [("MK-S13", "trials!A3")]


def test_a_workbook_that_counts_from_1904_is_said(tmp_path: Path) -> None:
    def from_1904(workbook: Workbook) -> None:
        workbook.epoch = CALENDAR_MAC_1904

    path = write(tmp_path / "trials.xlsx", [list(COUNTS), *HONEST], from_1904)
    assert [problem.code for problem in check_workbook(path).problems] == ["MK-F11"]
    assert load_workbook(path).epoch == datetime(1904, 1, 1)  # noqa: DTZ001 - a spreadsheet's dates have no time zone


def test_a_sheet_full_to_its_last_row_is_said() -> None:
    problem = rows_cut_off("trials", 65_536)
    assert (problem.code, problem.severity, problem.cell) == ("MK-F10", "warning", "trials")
    assert "ends at row 65536" in problem.message


def test_a_percentage_that_no_whole_count_gives_is_a_warning(tmp_path: Path) -> None:
    header = ["study", "percent_e", "n_e", "percent_c", "n_c"]
    rows = [["A 2001", 23.4, 41, 19.5, 41], ["B 2002", 12.5, 32, 55.2, 29]]
    assert found_in(write(tmp_path / "trials.xlsx", [header, *rows], leave)) == {
        ("MK-C09", "trials!B2", "no whole count of 41 is 23.4 per cent (9 gives 22.0 and 10 gives 24.4; n in C2)")
    }
