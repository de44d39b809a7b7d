"""Answers stand beside the sheet, hold for the content they were given for, and never change the file."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from metak2.errors import StudyDataError
from metak2.studies.answering import apply_answers
from metak2.studies.answers import Answer, add_answer, answers_beside, read_answers
from metak2.studies.gate.book import open_problems
from metak2.studies.gate.outcome import CheckReport
from metak2.studies.gate.workbook import check_workbook
from metak2.studies.read import open_book
from tests.studies.gate.disasters import COUNTS, MEANS, write_disasters

WriteBook = Callable[..., Path]
BY = {"reason": "looked up in Table 2", "name": "A. Reviewer", "date": "2026-11-22"}
ROWS = [
    list(COUNTS),
    ["Alder 2001", "K2", "placebo", 25, 20, 5, 21],
    ["Birch 2002", "K2", "placebo", 3, 40, 6, 42],
    ["Cedar 2003", "K2", "placebo", 4, 50, 9, 48],
]


def answer(code: str, cell: str, action: str, raw: str, **more: Any) -> Answer:  # noqa: ANN401 - passed on to a dataclass
    return Answer(code=code, cell=cell, action=action, raw=(raw,), **BY, **more)


def codes(report: CheckReport) -> list[tuple[str, str]]:
    return [(problem.code, problem.cell) for problem in report.problems]


def test_a_correction_makes_the_number_and_the_file_stays_as_it_was(write_book: WriteBook) -> None:
    path = write_book({"trials": ROWS})
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    assert check_workbook(path).exit_code == 1
    add_answer(answers_beside(path), answer("MK-C07", "trials!D2", "correct", "25", value=5.0))
    report = check_workbook(path)
    assert (report.problems, report.exit_code) == ((), 0)
    assert [one.cell for one in report.applied] == ["trials!D2"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    book, _ = apply_answers(open_book(path), read_answers(answers_beside(path)))
    cell = book.sheets["trials"].rows[0]["event_e"]
    assert cell.value == 5
    assert cell.rule == "MK-C07: answered by A. Reviewer, 2026-11-22: '25' → 5"


def test_a_changed_cell_voids_its_answer(write_book: WriteBook) -> None:
    path = write_book({"trials": ROWS})
    add_answer(answers_beside(path), answer("MK-C07", "trials!D2", "correct", "25", value=5.0))
    changed = [ROWS[0], [*ROWS[1][:3], 26, *ROWS[1][4:]], *ROWS[2:]]
    path = write_book({"trials": changed})
    report = check_workbook(path)
    assert codes(report) == [("MK-C07", "trials!D2"), ("MK-Q01", "trials!D2")]
    assert report.problems[1].message == (
        "the answer to MK-C07 was given for '25', and the cell now holds '26': it does not hold any more"
    )
    assert report.exit_code == 1


def test_an_accepted_problem_is_answered_and_said_and_a_changed_one_is_open_again(write_book: WriteBook) -> None:
    rows = [*ROWS[:1], *ROWS[2:], ["Total", "K2", "placebo", 7, 90, 15, 90]]
    path = write_book({"trials": rows})
    add_answer(answers_beside(path), answer("MK-S12", "trials!A4", "accept", "Total"))
    report = check_workbook(path)
    assert report.exit_code == 0
    assert [(one.problem.code, one.answer.reason) for one in report.answered] == [("MK-S12", "looked up in Table 2")]
    path = write_book({"trials": [*rows[:-1], ["Pooled", *rows[-1][1:]]]})
    assert codes(check_workbook(path)) == [("MK-S12", "trials!A4"), ("MK-Q01", "trials!A4")]


def test_an_excluded_row_is_not_there(write_book: WriteBook) -> None:
    path = write_book({"trials": ROWS})
    add_answer(answers_beside(path), answer("MK-C07", "trials!D2", "exclude", "25"))
    report = check_workbook(path)
    assert report.problems == ()
    book, problems = apply_answers(open_book(path), read_answers(answers_beside(path)))
    assert [row["study"].value for row in book.sheets["trials"].rows] == ["Birch 2002", "Cedar 2003"]
    assert problems == []


def test_two_numbers_in_a_cell_are_asked_once_for_the_column(write_book: WriteBook) -> None:
    rows = [
        list(MEANS),
        ["A 2001", "12.3 (4.5)", None, 60, 14.1, 4.4, 61],
        ["B 2002", "12.9 (4.2)", None, 50, 14.9, 4.6, 52],
    ]
    path = write_book({"trials": rows})
    assert [problem.code for problem in check_workbook(path).problems if problem.severity == "error"] == ["MK-T15"] * 2
    column = Answer(
        code="MK-T15", cell="trials!B", action="correct", raw=("12.3 (4.5)", "12.9 (4.2)"), read_as=("mean_e", "sd_e"),
        **BY,
    )  # fmt: skip
    add_answer(answers_beside(path), column)
    assert check_workbook(path).problems == ()
    book, _ = apply_answers(open_book(path), read_answers(answers_beside(path)))
    row = book.sheets["trials"].rows[1]
    assert (row["mean_e"].value, row["sd_e"].value) == (12.9, 4.2)
    assert row["sd_e"].address == "trials!B3"
    later = write_book({"trials": [*rows, ["C 2003", "11.1 (3.9)", None, 70, 12.2, 4.1, 71]]})
    assert [problem.cell for problem in check_workbook(later).problems if problem.severity == "error"] == ["trials!B4"]


@pytest.mark.parametrize("read_as, n_e", [("thousands comma", 1150.0), ("decimal comma", 1.15)])
def test_an_ambiguous_comma_is_read_as_answered(write_book: WriteBook, read_as: str, n_e: float) -> None:
    path = write_book({"trials": [ROWS[0], ["A 2001", "K2", "placebo", 1, "1,150", 2, 1140], *ROWS[2:]]})
    given = answer("MK-T10", "trials!E", "correct", "1,150", read_as=(read_as,))
    add_answer(answers_beside(path), given)
    book, problems = apply_answers(open_book(path), read_answers(answers_beside(path)))
    assert book.sheets["trials"].rows[0]["n_e"].value == n_e
    assert problems == []


def test_a_correction_that_does_not_fit_the_cell_is_a_problem(write_book: WriteBook) -> None:
    path = write_book({"trials": [list(MEANS), ["A 2001", "45 [30; 60]", 4, 60, 14.1, 4.4, 61]]})
    add_answer(
        answers_beside(path), answer("MK-T15", "trials!B2", "correct", "45 [30; 60]", read_as=("mean_e", "sd_e"))
    )
    assert ("MK-Q07", "trials!B2") in codes(check_workbook(path))


def test_an_answer_to_a_cell_that_is_gone_is_a_warning(write_book: WriteBook) -> None:
    path = write_book({"trials": ROWS[:1] + ROWS[2:]})
    add_answer(
        answers_beside(path), answer("MK-C07", "trials!D9", "accept".replace("accept", "correct"), "25", value=5.0)
    )
    assert codes(check_workbook(path)) == [("MK-Q02", "trials!D9")]


def test_comments_in_the_file_of_answers_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "trials.answers.toml"
    path.write_text("# agreed on the telephone, 20 November\n", encoding="utf-8")
    add_answer(path, answer("MK-H01", "trials!A12", "exclude", "Ito 2013"))
    add_answer(path, answer("MK-H05", "trials!D13", "accept", "13"))
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# agreed on the telephone, 20 November\n")
    assert [one.code for one in read_answers(path)] == ["MK-H01", "MK-H05"]
    assert "date = 2026-11-22" in text


WHOLE = {
    "code": '"MK-H01"', "cell": '"t!A1"', "action": '"accept"', "raw": '"x"', "reason": '"r"', "name": '"n"',
    "date": "2026-11-22",
}  # fmt: skip


@pytest.mark.parametrize(
    "change, code, message",
    [
        ({"cel": '"t!A1"'}, "MK-Q03", '"cel" is no key of an answer; did you mean "cell"?'),
        ({"reason": None}, "MK-Q04", "reason is missing"),
        ({"name": '" "'}, "MK-Q04", "name is empty"),
        ({"date": '"yesterday"'}, "MK-Q04", "date is 'yesterday', not a day such as 2026-11-22"),
        ({"action": '"ignore"'}, "MK-Q04", "action is 'ignore', not one of accept, correct, exclude"),
        ({"action": '"correct"'}, "MK-Q04", "correct needs either a value or read_as"),
        ({"value": "3"}, "MK-Q04", "accept takes no value"),
        ({"code": '"MK-T15"'}, "MK-Q05", "MK-T15 cannot be accepted: it leaves open which value to use"),
    ],
)
def test_an_answer_that_says_too_little_or_too_much_is_refused(
    tmp_path: Path, change: dict[str, str | None], code: str, message: str
) -> None:
    path = tmp_path / "trials.answers.toml"
    lines = [f"{key} = {value}" for key, value in (WHOLE | change).items() if value is not None]
    path.write_text("[[answer]]\n" + "\n".join(lines), encoding="utf-8")
    with pytest.raises(StudyDataError) as raised:
        read_answers(path)
    assert [(problem.code, problem.message) for problem in raised.value.problems] == [(code, message)]


@pytest.mark.parametrize("content", ["answer = 3", "[[answer", "answers = []", "[answer]\ncode = 1"])
def test_a_file_that_holds_no_answers_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "trials.answers.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(StudyDataError, match=r"MK-Q0[36]"):
        read_answers(path)


def test_what_a_table_must_stop_at_is_what_nobody_accepted(write_book: WriteBook) -> None:
    book = open_book(write_book({"trials": [*ROWS[:1], *ROWS[2:], ["Total", "K2", "placebo", 7, 90, 15, 90]]}))
    sheet = book.sheets["trials"]
    assert [problem.code for problem in open_problems(book, sheet)] == ["MK-S12"]
    assert open_problems(book, sheet, [answer("MK-S12", "trials!A4", "accept", "Total")]) == []


def hide(path: Path, *, column: str = "", sheet: str = "") -> Path:
    workbook = load_workbook(path)
    if column:
        workbook["trials"].column_dimensions[column].hidden = True
    if sheet:
        workbook.create_sheet("front")
        workbook[sheet].sheet_state = "hidden"
    workbook.save(path)
    return path


def test_a_hidden_column_or_sheet_is_accepted_or_excluded_whole(write_book: WriteBook) -> None:
    rows = [[*row, note] for row, note in zip(ROWS[:1] + ROWS[2:], ("age", 61, 64), strict=True)]
    path = hide(write_book({"trials": rows}), column="H")
    assert codes(check_workbook(path)) == [("MK-H02", "trials!H1")]
    add_answer(answers_beside(path), answer("MK-H02", "trials!H1", "exclude", "age"))
    assert check_workbook(path).problems == ()
    book, _ = apply_answers(open_book(path), read_answers(answers_beside(path)))
    assert "age" not in book.sheets["trials"].columns
    path = hide(write_book({"trials": ROWS[:1] + ROWS[2:]}, "other.xlsx"), sheet="trials")
    assert codes(check_workbook(path)) == [("MK-H03", "trials")]
    add_answer(answers_beside(path), answer("MK-H03", "trials", "accept", "trials"))
    assert check_workbook(path).exit_code == 0


def test_every_disaster_can_be_answered(tmp_path: Path) -> None:
    path = write_disasters(tmp_path / "trials.xlsx", repaired=False)
    for problem in check_workbook(path).problems:
        if problem.severity == "error":
            excluded = answer(problem.code, problem.cell, "exclude", problem.raw)
            add_answer(answers_beside(path), excluded)
    report = check_workbook(path)
    assert report.count("error") == 0
    assert report.exit_code == 0
