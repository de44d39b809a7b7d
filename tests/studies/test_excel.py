"""Workbooks as programs and ill will leave them."""

import io
import re
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from metak2.errors import StudyDataError
from metak2.studies import read_sheet, read_studies, recording

WriteBook = Callable[..., Path]
Rows = list[list[Any]]
ErrorsIn = Callable[..., list[tuple[str, str, str, str]]]

ASKED = {"experimental": "K2", "control": "none"}


def rewrite(path: Path, part: str, edit: Callable[[str], str]) -> Path:
    """The workbook with one of its parts changed as text."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = edit(parts[part].decode()).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def store_result(xml: str, kind: str, result: str) -> str:
    """The sheet's one formula with a stored result, as Excel writes it."""
    pattern = r'<c r="(\w+)"([^>]*)><f>([^<]*)</f><v\s*(?:/>|></v>)</c>'
    found, count = re.subn(pattern, rf'<c r="\1" t="{kind}"><f>\3</f><v>{result}</v></c>', xml)
    assert count == 1
    return found


def with_formula(write_book: WriteBook, two_trials: Rows, kind: str, result: str) -> Path:
    two_trials[1][4] = "=1+1"
    path = write_book({"binary": two_trials})
    return rewrite(path, "xl/worksheets/sheet1.xml", lambda xml: store_result(xml, kind, result))


def test_a_formula_with_a_stored_result_is_that_number(write_book: WriteBook, two_trials: Rows) -> None:
    table = read_studies(with_formula(write_book, two_trials, "n", "2"), **ASKED)
    assert table.columns["event_e"].tolist() == [2, 4]
    assert table.problems == ()


def test_a_formula_whose_stored_result_is_empty_text_is_a_gap(write_book: WriteBook, two_trials: Rows) -> None:
    table = read_studies(with_formula(write_book, two_trials, "str", ""), **ASKED)
    assert [(found.code, found.cell) for found in table.problems] == [("MK-G01", "binary!E2")]


def test_a_formula_whose_stored_result_is_an_error_is_an_error(
    write_book: WriteBook, errors_in: ErrorsIn, two_trials: Rows
) -> None:
    path = with_formula(write_book, two_trials, "e", "#REF!")
    assert errors_in(path, **ASKED) == [("MK-T03", "binary!E2", "events", "the formula's result is #REF!")]


def test_a_formula_that_a_program_wrote_without_result_is_not_a_blank(write_book: WriteBook) -> None:
    path = write_book({"claims": [["statement", "n"], ["one", "=1+1"]]})
    with pytest.raises(
        StudyDataError, match=r"MK-T04  claims!B2  n  the file holds no result of =1\+1 \(open and save"
    ):
        read_sheet(path, "claims")


def test_a_file_that_is_no_workbook_is_an_error_and_not_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "trials.xlsx"
    for content in (b"", b"PK\x03\x04 broken", b"study,arm\n"):
        path.write_bytes(content)
        with pytest.raises(StudyDataError, match="MK-F04  cannot be read"):
            read_studies(path)


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
def test_a_damaged_workbook_is_an_error_and_not_a_traceback(write_book: WriteBook, two_trials: Rows, part: str) -> None:
    path = rewrite(write_book({"binary": two_trials}), part, lambda xml: xml[: len(xml) // 2])
    with pytest.raises(StudyDataError, match="MK-F04  cannot be read"):
        read_studies(path)


def test_a_part_that_unpacks_a_thousandfold_is_refused_before_it_is_unpacked(
    write_book: WriteBook, two_trials: Rows
) -> None:
    path = write_book({"binary": two_trials})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/bomb.bin", bytes(30_000_000))
    with pytest.raises(StudyDataError, match=r"MK-F05  30 MB when unpacked, more than the \d+ MB that are read"):
        read_studies(path)


def test_entities_that_multiply_are_not_expanded(write_book: WriteBook, two_trials: Rows) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    path = write_book({"binary": two_trials})
    rewrite(path, "xl/workbook.xml", lambda xml: xml.replace("<workbook", f"{bomb}<workbook", 1))
    with pytest.raises(StudyDataError, match="MK-F04  cannot be read: EntitiesForbidden"):
        read_studies(path)


def test_a_false_statement_of_the_size_of_a_sheet_hides_no_rows(write_book: WriteBook, two_trials: Rows) -> None:
    path = write_book({"binary": two_trials})
    rewrite(
        path, "xl/worksheets/sheet1.xml", lambda xml: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1:B2"', xml)
    )
    assert len(read_studies(path, **ASKED)) == 2


def test_reading_gives_no_warning_of_its_own(write_book: WriteBook, two_trials: Rows) -> None:
    extension = '<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"/></extLst></worksheet>'
    path = write_book({"binary": two_trials})
    rewrite(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace("</worksheet>", extension))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        read_studies(path, **ASKED)
    assert caught == []


def test_a_trial_named_by_a_year_keeps_its_name(write_book: WriteBook, two_trials: Rows) -> None:
    two_trials[1][0] = two_trials[2][0] = 1984
    assert read_studies(write_book({"binary": two_trials}), **ASKED).study == ("1984", "Mizuta 2006")


def test_blank_rows_between_trials_do_not_move_the_addresses(write_book: WriteBook, two_trials: Rows) -> None:
    rows = [*two_trials[:3], [None], [], *two_trials[3:]]
    table = read_studies(write_book({"binary": rows}), **ASKED)
    assert table.cells["event_e"] == ("binary!E2", "binary!E6")


def test_blanks_at_the_end_of_a_row_are_gaps_with_an_address(write_book: WriteBook) -> None:
    rows = [["study", "event_e", "n_e", "event_c", "n_c"], ["A", 1, 20, 2, 20], ["B", 1, 20]]
    table = read_studies(write_book({"trials": rows}))
    assert [(found.code, found.cell) for found in table.problems] == [("MK-G01", "trials!D3"), ("MK-G01", "trials!E3")]


def fingerprint(path: Path) -> str:
    with recording() as log:
        read_studies(path, **ASKED)
    (read,) = log
    assert read.path == path.as_posix()
    return read.sha256


def test_the_fingerprint_is_of_what_was_read_and_not_of_the_bytes(write_book: WriteBook, two_trials: Rows) -> None:
    path = write_book({"binary": two_trials})
    before, first_bytes = fingerprint(path), path.read_bytes()
    workbook = load_workbook(path)
    workbook.properties.creator = "someone else"
    again = io.BytesIO()
    workbook.save(again)
    path.write_bytes(again.getvalue())
    assert path.read_bytes() != first_bytes
    assert fingerprint(path) == before


@pytest.mark.parametrize("edit", ["value", "type", "format", "sheet"])
def test_the_fingerprint_changes_with_a_value_a_type_a_format_or_a_sheet(
    write_book: WriteBook, two_trials: Rows, edit: str
) -> None:
    path = write_book({"binary": two_trials})
    before = fingerprint(path)
    workbook = load_workbook(path)
    cell = workbook["binary"]["E2"]
    if edit == "value":
        cell.value = 3
    elif edit == "type":
        cell.value = "2"
    elif edit == "format":
        cell.number_format = "0.00"
    else:
        workbook.create_sheet("claims").append(["statement"])
    workbook.save(path)
    assert fingerprint(path) != before


def test_a_file_read_twice_is_recorded_once_and_by_every_open_record(write_book: WriteBook, two_trials: Rows) -> None:
    path = write_book({"binary": two_trials})
    with recording() as outer:
        read_studies(path, **ASKED)
        with recording() as inner:
            read_sheet(path, "binary")
    read_sheet(path, "binary")
    assert len(inner) == 1
    assert outer == inner
