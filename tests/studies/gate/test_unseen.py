"""What a format does not show is said by code, and nothing is called clean without it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from metak2.studies.gate.workbook import check_workbook, report_on
from metak2.studies.read import open_book
from tests.studies.gate.disasters import COUNTS

WriteCsv = Callable[[Sequence[Sequence[Any]]], Path]
ROWS = [list(COUNTS), ["Alder 2001", "K2", "placebo", 2, 20, 5, 21], ["Birch 2002", "K2", "placebo", 3, 40, 6, 42]]
BLIND = {"MK-T03", "MK-T04", "MK-H01", "MK-H02", "MK-H03", "MK-H04", "MK-H05", "MK-H06", "MK-H07", "MK-C08", "MK-T01"}


def test_a_csv_file_is_never_clean_without_the_checks_that_could_not_run(write_csv: WriteCsv) -> None:
    report = check_workbook(write_csv(ROWS))
    assert report.problems == ()
    assert {skipped.code for skipped in report.not_run} == BLIND
    assert "clean; 11 checks could not run (MK-" in report.verdict()
    assert all(code in report.verdict() for code in BLIND)
    assert all(skipped.reason.startswith("csv: ") for skipped in report.not_run)


def test_a_data_frame_says_the_same() -> None:
    report = report_on(open_book(pd.DataFrame(ROWS[1:], columns=list(COUNTS))))
    assert {skipped.code for skipped in report.not_run} == BLIND


def test_a_workbook_hides_nothing_from_the_checks(write_book: Callable[..., Path]) -> None:
    report = check_workbook(write_book({"trials": ROWS}))
    assert report.not_run == ()
    assert report.verdict().endswith(": clean")


@pytest.mark.parametrize(
    "sheets, expected",
    [
        ({"notes": [["name", "remark"], ["a", "b"]]}, [("MK-F09", "error", "notes")]),
        ({"trials": [["study", "event_e", "n_e", "event_c"], ["A", 1, 20, 2]]}, [("MK-F03", "error", "trials")]),
        ({"trials": ROWS, "binary": [["study", "arm", "weather", "total"], ["A", "K2", 1, 20]]},
         [("MK-F03", "error", "binary")]),
        ({"trials": ROWS, "ideas": [["name", "remark"], ["a", "b"]]}, [("MK-F09", "note", "ideas")]),
        ({"trials": ROWS, "sources": [["sheet", "cell"], ["trials", "B2"]]}, []),
        ({"trials": [list(COUNTS)]}, [("MK-F08", "error", "trials")]),
    ],
)  # fmt: skip
def test_a_sheet_that_would_be_left_out_is_never_passed_over(
    write_book: Callable[..., Path], sheets: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    found = check_workbook(write_book(sheets)).problems
    assert [(problem.code, problem.severity, problem.cell) for problem in found] == expected


def test_a_mean_beside_the_middle_of_its_limits_is_a_warning(write_book: Callable[..., Path]) -> None:
    header = ["study", "arm", "n", "mean", "dispersion", "dispersion_low", "dispersion_high", "dispersion_type"]
    rows = [["A", "K2", 40, 275, None, 225, 326, "CI95"], ["A", "placebo", 40, 292, None, 246, 383, "CI95"]]
    found = check_workbook(write_book({"continuous": [header, *rows]})).problems
    assert [(problem.code, problem.cell) for problem in found] == [("MK-E10", "continuous!D3")]


def test_a_file_that_cannot_be_read_is_a_problem_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "trials.xlsx").write_bytes(b"PK\x03\x04 broken")
    report = check_workbook(tmp_path / "trials.xlsx")
    assert [problem.code for problem in report.problems] == ["MK-F04"]
    assert report.exit_code == 1
    missing = check_workbook(tmp_path / "trails.xlsx")
    assert [problem.code for problem in missing.problems] == ["MK-F01"]


@pytest.mark.parametrize("rows", [5000])
def test_five_thousand_rows_of_twenty_columns_are_checked_in_time(tmp_path: Path, rows: int) -> None:
    import time  # noqa: PLC0415 - only this test looks at the clock

    more = [f"covariate {at}" for at in range(13)]
    frame = pd.DataFrame(
        [[f"Trial {at} {1950 + at % 70}", "K2", "placebo", at % 17 + 3, 40 + at % 211, at % 13 + 4, 41 + at % 197]
         + [round(at * 0.37 % 9, 2)] * 13 for at in range(rows)],
        columns=[*COUNTS, *more],
    )  # fmt: skip
    frame.to_csv(tmp_path / "trials.csv", index=False)
    start = time.process_time()
    report = check_workbook(tmp_path / "trials.csv")
    assert report.count("error") == 0
    assert time.process_time() - start < 6  # the limit, for reading and checking together


def test_a_number_that_no_trial_measures_is_an_error_and_stops_no_other_check(write_book: Callable[..., Path]) -> None:
    rows = [ROWS[0], ["Alder 2001", "K2", "placebo", 2, 1e300, 5, 21], ["Birch 2002", "K2", "placebo", 33, 30, 6, 42]]
    found = check_workbook(write_book({"trials": rows})).problems
    assert [(problem.code, problem.cell) for problem in found] == [("MK-T18", "trials!E2"), ("MK-C07", "trials!D3")]


def test_counts_beside_means_in_one_sheet_are_checked_too(write_book: Callable[..., Path]) -> None:
    header = [*COUNTS, "mean_e", "sd_e", "mean_c", "sd_c", "estimate", "ci_low", "ci_high"]
    rows = [
        [*ROWS[1], 5.1, 1.0, 5.4, 1.2, 0.4, 0.1, 1.6],
        ["Birch 2002", "K2", "placebo", 45, 40, 6, 42, 5.3, -1.1, 5.6, 1.2, 1.9, 0.4, 1.6],
    ]
    found = check_workbook(write_book({"trials": [header, *rows]})).problems
    assert sorted((problem.code, problem.cell) for problem in found if problem.severity == "error") == [
        ("MK-C07", "trials!D3"),
        ("MK-E02", "trials!L3"),
        ("MK-M02", "trials!I3"),
    ]


def test_a_shared_control_is_found_by_its_numbers_where_no_arm_is_named(write_book: Callable[..., Path]) -> None:
    header = ["study", "event_e", "n_e", "event_c", "n_c"]
    rows = [["Jones (10 mg)", 3, 50, 9, 48], ["Jones (20 mg)", 4, 51, 9, 48], ["Wu 2015", 5, 61, 9, 48]]
    (problem,) = check_workbook(write_book({"trials": [header, *rows]})).problems
    assert (problem.code, problem.severity, problem.cell) == ("MK-A06", "error", "trials!D3")
    assert problem.message == ("the control arm '9 of 48' of 'Jones' is also used in D2: its people would count twice")
