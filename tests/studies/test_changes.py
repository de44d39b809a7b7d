"""What changed between two versions of a workbook, and the workbook with some of it made."""

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from metak2.studies.changes import BookChanges, book_changes
from metak2.studies.read import open_book
from metak2.studies.reading_log import parsed_sha256

Sheets = dict[str, list[list[object]]]
Edit = Callable[[Sheets], object]


def trials() -> Sheets:
    arms = [
        [study, "death", "1 year", arm, events, 100]
        for study, pair in (("Ando 2001", (8, 16)), ("Baba 2004", (10, 18)), ("Chiba 2007", (4, 11)))
        for arm, events in zip(("drug", "placebo"), pair, strict=True)
    ]
    return {
        "studies": [["study", "year"], ["Ando 2001", 2001], ["Baba 2004", 2004], ["Chiba 2007", 2007]],
        "binary": [["study", "outcome", "time", "arm", "events", "total"], *arms],
    }


def saved(path: Path, sheets: Sheets) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


@pytest.fixture
def changed(tmp_path: Path) -> Callable[[Edit], BookChanges]:
    """What differs once a workbook has been edited."""

    def between(edit: Edit) -> BookChanges:
        sheets = trials()
        old = saved(tmp_path / "old.xlsx", sheets)
        edit(sheets)
        return book_changes(open_book(old), open_book(saved(tmp_path / "new.xlsx", sheets)))

    return between


def told(changes: BookChanges) -> list[tuple[str, str, str]]:
    return [(change.kind, change.old, change.new) for change in changes.changes]


def content(changes: BookChanges, *which: int) -> dict[str, list[dict[str, object]]]:
    book = changes.made(which)
    return {
        name: [{column: cell.value for column, cell in row.items() if not cell.is_blank} for row in sheet.rows]
        for name, sheet in book.sheets.items()
    }


def test_a_cell_names_its_address_its_row_and_both_values(changed: Callable[[Edit], BookChanges]) -> None:
    (change,) = changed(lambda sheets: sheets["binary"][1].__setitem__(4, 9)).changes
    assert change.text() == "binary!E2  events of Ando 2001, death, 1 year, drug: 8 → 9"


def test_each_change_can_be_made_without_the_others(changed: Callable[[Edit], BookChanges]) -> None:
    def edit(sheets: Sheets) -> None:
        sheets["binary"][1][4] = 9
        sheets["binary"][4][4] = 30

    changes = changed(edit)
    events = [[row["events"] for row in content(changes, *which)["binary"]] for which in ((), (0,), (1,), (0, 1))]
    assert events == [[8, 16, 10, 18, 4, 11], [9, 16, 10, 18, 4, 11], [8, 16, 10, 30, 4, 11], [9, 16, 10, 30, 4, 11]]


def test_none_and_all_of_the_changes_are_the_two_workbooks_themselves(changed: Callable[[Edit], BookChanges]) -> None:
    changes = changed(lambda sheets: (sheets["binary"][1].__setitem__(4, 9), sheets["studies"].pop()))
    assert parsed_sha256(changes.made(())) == parsed_sha256(changes.old)
    assert parsed_sha256(changes.made(range(len(changes.changes)))) == parsed_sha256(changes.new)


def test_a_study_comes_and_goes_whole_from_all_sheets(changed: Callable[[Edit], BookChanges]) -> None:
    def edit(sheets: Sheets) -> None:
        del sheets["studies"][1], sheets["binary"][1:3]
        sheets["studies"].append(["Doi 2009", 2009])
        sheets["binary"] += [["Doi 2009", "death", "1 year", arm, 5, 50] for arm in ("drug", "placebo")]

    changes = changed(edit)
    assert told(changes) == [("rows", "3 rows", ""), ("rows", "", "3 rows")]
    without, more = content(changes, 0), content(changes, 1)
    assert [row["study"] for row in without["studies"]] == ["Baba 2004", "Chiba 2007"]
    assert [row["study"] for row in more["studies"]] == ["Ando 2001", "Baba 2004", "Chiba 2007", "Doi 2009"]
    assert [len(without["binary"]), len(more["binary"])] == [4, 8]


def test_a_study_renamed_in_all_its_rows_is_one_change(changed: Callable[[Edit], BookChanges]) -> None:
    def edit(sheets: Sheets) -> None:
        for rows in sheets.values():
            for row in rows:
                row[0] = "Baba & Endo 2004" if row[0] == "Baba 2004" else row[0]

    assert told(changed(edit)) == [("name", "Baba 2004", "Baba & Endo 2004")]


def test_moved_rows_and_whole_numbers_written_as_decimals_are_no_change(
    changed: Callable[[Edit], BookChanges],
) -> None:
    def edit(sheets: Sheets) -> None:
        sheets["binary"][1:] = sheets["binary"][:0:-1]
        sheets["binary"][1][4] = float(str(sheets["binary"][1][4]))

    assert told(changed(edit)) == []


def test_a_number_that_became_text_is_a_change(changed: Callable[[Edit], BookChanges]) -> None:
    assert told(changed(lambda sheets: sheets["binary"][1].__setitem__(4, "8"))) == [("cell", "8", "8 (as text)")]


def test_columns_and_sheets_come_and_go_whole(changed: Callable[[Edit], BookChanges]) -> None:
    def edit(sheets: Sheets) -> None:
        for row, value in zip(sheets["studies"], ("dose", "low", "high", "low"), strict=True):
            row[1] = value
        sheets["notes"] = [["study", "page"], ["Ando 2001", 3]]

    changes = changed(edit)
    assert told(changes) == [("sheet", "", "1 row"), ("column", "3 cells", ""), ("column", "", "3 cells")]
    assert list(content(changes, 0)) == ["studies", "binary", "notes"]
    assert content(changes, 1)["studies"][0] == {"study": "Ando 2001"}
    assert content(changes, 2)["studies"][0] == {"study": "Ando 2001", "year": 2001, "dose": "low"}
