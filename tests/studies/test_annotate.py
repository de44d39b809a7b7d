"""The checked copy carries a comment on each cell that has a problem; the workbook itself is never written."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment

from metak2.errors import CellProblem
from metak2.studies.annotate import AnnotationError, annotate, checked_path
from metak2.studies.gate.workbook import check_workbook
from tests.studies.gate.disasters import write_disasters

WriteBook = Callable[..., Path]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_problem_stands_on_its_cell_and_the_workbook_is_untouched(tmp_path: Path) -> None:
    path = write_disasters(tmp_path / "trials.xlsx", repaired=False)
    before = digest(path)
    problems = check_workbook(path).problems
    copy = load_workbook(annotate(path, problems))
    assert digest(path) == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["trials.checked.xlsx", "trials.xlsx"]
    for problem in problems:
        sheet, _, cell = problem.cell.rpartition("!")
        comments = [copy[sheet][cell].comment] if copy[sheet][cell].comment else [copy[sheet]["F15"].comment]
        assert f"{problem.severity} {problem.code}: {problem.message}" in comments[0].text
    assert copy["counts"]["E7"].value == load_workbook(path)["counts"]["E7"].value


def test_comments_that_were_there_stay(tmp_path: Path) -> None:
    workbook = Workbook()
    workbook.worksheets[0].title = "trials"
    workbook["trials"]["B2"] = 25
    workbook["trials"]["B2"].comment = Comment("Table 2, p 345", "A. Reviewer")
    workbook.save(tmp_path / "trials.xlsx")
    problem = CellProblem(code="MK-C07", severity="error", message="25 events among 20 people", cell="trials!B2")
    copy = load_workbook(annotate(tmp_path / "trials.xlsx", [problem]))
    assert copy["trials"]["B2"].comment.text == "Table 2, p 345\nerror MK-C07: 25 events among 20 people"


def test_a_problem_of_a_whole_sheet_or_file_stands_in_its_first_cell(write_book: WriteBook) -> None:
    path = write_book({"front": [["a"]], "trials": [["study"], ["A"]]})
    problems = [
        CellProblem(code="MK-H03", severity="error", message="this sheet is hidden", cell="trials"),
        CellProblem(code="MK-F11", severity="warning", message="counts days from 1904"),
    ]
    copy = load_workbook(annotate(path, problems))
    assert "MK-H03" in copy["trials"]["A1"].comment.text
    assert "MK-F11" in copy["front"]["A1"].comment.text


def test_a_file_without_room_for_comments_is_refused(tmp_path: Path) -> None:
    (tmp_path / "trials.csv").write_text("study\nA\n")
    with pytest.raises(AnnotationError, match=r"only Excel workbooks can carry comments; use --format html"):
        annotate(tmp_path / "trials.csv", [])


def test_a_disk_that_fails_leaves_the_earlier_copy_whole(
    write_book: WriteBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_book({"trials": [["study"], ["A"]]})
    earlier = annotate(path, [])
    before = digest(earlier)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(AnnotationError, match="No space left on device"):
        annotate(path, [])
    assert digest(checked_path(path)) == before
    assert sorted(os.listdir(path.parent)) == ["trials.checked.xlsx", "trials.xlsx"]  # noqa: PTH208 - Path is patched
