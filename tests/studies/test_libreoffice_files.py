"""Files that LibreOffice wrote (excel_files/recipe.py): what it hides, strikes through, merges and formats is seen."""

from pathlib import Path

import pytest

from metak2.studies.gate.tables import tables_of
from metak2.studies.gate.workbook import check_workbook
from metak2.studies.read import open_book

FILES = Path(__file__).parent / "excel_files"
MARKED = [
    ("MK-H04", "trials!A3"),  # hidden by hand; in a sheet with a filter .xlsx does not tell the two apart
    ("MK-H04", "trials!A11"),
    ("MK-H02", "trials!E1"),
    ("MK-H05", "trials!B4"),
    ("MK-H06", "trials!E8"),
    ("MK-T03", "trials!B7"),
    ("MK-T01", "trials!B5"),
    ("MK-C08", "trials!B9"),
    ("MK-H07", "trials!A10"),
    ("MK-T05", "trials!B10"),
]


def test_a_workbook_from_libreoffice_shows_all_its_marks() -> None:
    found = check_workbook(FILES / "libreoffice.xlsx").problems
    assert [(problem.code, problem.cell) for problem in found] == MARKED
    messages = {problem.code: problem.message for problem in found}
    assert messages["MK-T03"] == "the formula's result is #DIV/0!"
    assert messages["MK-C08"] == "0.15, shown as 15% is a percentage, not a count of events"
    assert messages["MK-T01"] == "holds the date 2026-02-21"


@pytest.mark.parametrize("name", ["libreoffice.xlsx", "libreoffice.ods"])
def test_the_numbers_of_a_workbook_from_libreoffice_are_read(name: str) -> None:
    ((table,),) = tables_of(open_book(FILES / name)).values()
    numbers = {word.raw: row["n_e"].value for row in table.rows for word in (row["study"],)}
    assert numbers == {
        "Alder 2001": 100, "Birch 2002": 80, "Cedar 2003": 90, "Dill 2004": 70, "Elder 2005": 60, "Fern 2006": 50,
        "Gorse 2007": 77, "Holly 2008": 120, "Ivy 2009": 111, "Jute 2010": 66,
    }  # fmt: skip
    assert table.rows[4]["event_e"].value == 6  # the stored result of ROUND(0.1*C6,0)


def test_a_comment_and_a_formula_from_libreoffice_are_the_origin_of_a_number() -> None:
    ((table,),) = tables_of(open_book(FILES / "libreoffice.xlsx")).values()
    assert "Table 2, p 345" in table.rows[0]["event_e"].source
    assert table.rows[4]["event_e"].rule == "the stored result of =ROUND(0.1*C6,0)"


def test_an_ods_file_from_libreoffice_says_what_cannot_be_seen_in_it() -> None:
    report = check_workbook(FILES / "libreoffice.ods")
    assert [(problem.code, problem.cell) for problem in report.problems if problem.severity == "error"] == [
        ("MK-T01", "trials!B5"),
        ("MK-C08", "trials!B9"),
    ]
    assert {skipped.code for skipped in report.not_run} >= {"MK-H01", "MK-H04", "MK-H05", "MK-H06", "MK-T03"}
