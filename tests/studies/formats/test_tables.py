"""Tables of other programs: metafor, Stata, OpenDocument, old Excel, DataFrames."""

import struct
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from metak2.errors import StudyDataError
from metak2.studies.read import open_book, read_studies

BCG = "author,year,ai,bi,ci,di\nAronson,1948,4,119,11,128\nFerguson,1949,6,300,29,274\n"
NUMBERS = ("event_e", "n_e", "event_c", "n_c")


def test_a_table_of_cells_as_metafor_has_it_is_read_with_its_sums(tmp_path: Path) -> None:
    (tmp_path / "bcg.csv").write_text(BCG)
    table = read_studies(tmp_path / "bcg.csv")
    assert table.study == ("Aronson 1948", "Ferguson 1949")
    assert [table.columns[name].tolist() for name in NUMBERS] == [[4, 6], [123, 306], [11, 29], [139, 303]]
    trace = table.traces["n_e"][0]
    assert (trace.cell, trace.raw, trace.rule) == ("bcg!C2 + bcg!D2", "4 + 119", "ai + bi")


def test_ready_made_effects_of_metafor_stay_on_their_scale(tmp_path: Path) -> None:
    (tmp_path / "effects.csv").write_text("slab,yi,vi\nAronson,-0.8893,0.3256\nFerguson,-1.5854,0.1946\n")
    table = read_studies(tmp_path / "effects.csv")
    assert (table.kind, table.study) == ("effects", ("Aronson", "Ferguson"))
    assert table.columns["estimate"].tolist() == [-0.8893, -1.5854]
    assert table.columns["vi"].tolist() == [0.3256, 0.1946]
    assert set(table.words("measure")) == {"GEN"}  # so that no ratio is taken for a logarithm


def test_a_stata_data_set_is_read_with_its_value_labels(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"author": ["Habu", "Mizuta"], "event_e": [2, 4], "n_e": [21, 32], "event_c": [9, 16], "n_c": [19, 29],
         "alloc": pd.Categorical(["random", "other"])}
    )  # fmt: skip
    path = tmp_path / "trials.dta"
    frame.to_stata(path, write_index=False, variable_labels={"event_e": "events, MK-4"})
    table = read_studies(path)
    assert table.study == ("Habu", "Mizuta")
    assert table.columns["event_e"].tolist() == [2, 4]
    assert table.words("alloc") == ("random", "other")
    assert open_book(path).sheets["trials"].header["event_e"].comment == "events, MK-4"


def test_effects_that_stata_declared_are_read_on_their_scale(tmp_path: Path) -> None:
    path = tmp_path / "declared.dta"
    frame = pd.DataFrame({"_meta_es": [-0.5, -0.2], "_meta_se": [0.2, 0.1], "_meta_studylabel": ["A", "B"]})
    frame.to_stata(path, write_index=False)
    table = read_studies(path)
    assert (table.study, table.columns["estimate"].tolist()) == (("A", "B"), [-0.5, -0.2])
    np.testing.assert_array_equal(table.columns["se"], [0.2, 0.1])
    assert set(table.words("measure")) == {"GEN"}


def test_a_damaged_stata_file_is_an_error_and_not_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "trials.dta").write_bytes(b"<stata_dta>broken")
    with pytest.raises(StudyDataError, match="MK-F04  cannot be read"):
        open_book(tmp_path / "trials.dta")


CELL = '<table:table-cell office:value-type="{kind}"{value}><text:p>{text}</text:p></table:table-cell>'


def ods(path: Path, rows: list[list[object]], head: str = "", more: str = "") -> Path:
    def cell(value: object) -> str:
        if isinstance(value, str):
            return CELL.format(kind="string", value="", text=value)
        return CELL.format(kind="float", value=f' office:value="{value}"', text=value)

    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    names = "urn:oasis:names:tc:opendocument:xmlns:"
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<office:document-content xmlns:office="{names}office:1.0" '
        f'xmlns:table="{names}table:1.0" xmlns:text="{names}text:1.0" office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="trials">{lines}{more}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return path


def test_a_format_whose_extra_is_missing_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metak2.studies.formats.ods_xls.find_spec", lambda _: None)
    (tmp_path / "trials.ods").write_bytes(b"")
    with pytest.raises(StudyDataError, match=r"MK-R08  files ending in '\.ods' need an extra package \(pip install"):
        open_book(tmp_path / "trials.ods")


ROWS: list[list[object]] = [["study", *NUMBERS], ["Habu 2004", 2, 21, 9, 19], ["None", 4, 32, 16, 29]]


def test_an_open_document_sheet_is_read_and_says_what_it_does_not_show(tmp_path: Path) -> None:
    path = ods(tmp_path / "trials.ods", ROWS)
    table = read_studies(path)
    assert table.study == ("Habu 2004", "None")
    assert table.columns["n_c"].tolist() == [19, 29]
    assert table.cells["n_c"] == ("trials!E2", "trials!E3")
    book = open_book(path)
    assert (book.format, book.unseen[:2]) == ("ods", ("formulas", "hidden"))


def test_a_million_repeated_rows_of_an_open_document_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    repeated = (
        '<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="900" '
        'office:value-type="float" office:value="1"/></table:table-row>'
    )
    with pytest.raises(StudyDataError, match="MK-X03  has more than 600,000 cells"):
        open_book(ods(tmp_path / "trials.ods", ROWS, more=repeated))


def test_empty_rows_to_the_end_of_an_open_document_are_how_programs_end_a_sheet(tmp_path: Path) -> None:
    rest = (
        '<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    assert len(read_studies(ods(tmp_path / "trials.ods", ROWS, more=rest))) == 2


def test_an_open_document_with_a_document_type_is_refused(tmp_path: Path) -> None:
    path = ods(tmp_path / "trials.ods", ROWS, head='<!DOCTYPE x [<!ENTITY a "b">]>')
    with pytest.raises(StudyDataError, match=r"MK-X02  content\.xml declares a document type"):
        open_book(path)


def record(number: int, content: bytes) -> bytes:
    return struct.pack("<HH", number, len(content)) + content


def xls(path: Path, rows: list[list[object]]) -> Path:
    """An Excel 97 workbook of one sheet: BIFF8 records in the one stream of a compound file."""
    start = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0x0600))
    name = b"trials"
    where = len(start) + 4 + 8 + len(name) + 4
    sheet_at = record(0x0085, struct.pack("<IBBBB", where, 0, 0, len(name), 0) + name)
    body = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0x0600))
    body += record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, len(rows[0]), 0))
    for at, row in enumerate(rows):
        for position, value in enumerate(row):
            place = struct.pack("<HHH", at, position, 0)
            if isinstance(value, str):
                body += record(0x0204, place + struct.pack("<HB", len(value), 0) + value.encode("latin-1"))
            else:
                body += record(0x0203, place + struct.pack("<d", value))
    stream = start + sheet_at + record(0x000A, b"") + body + record(0x000A, b"")
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    sectors = len(stream) // 512
    chain = [-3, -2, *range(3, sectors + 2), -2]
    fat = struct.pack(f"<{len(chain)}i", *chain).ljust(512, b"\xff")

    def entry(title: str, kind: int, child: int, first: int, size: int) -> bytes:
        text = (title + "\0").encode("utf-16-le")
        head = text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1)
        return head + struct.pack("<iii", -1, -1, child) + bytes(36) + struct.pack("<iII", first, size, 0)

    directory = entry("Root Entry", 5, 1, -2, 0) + entry("Workbook", 2, -1, 2, len(stream)) + bytes(256)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<iiiiiiiiii", 0, 1, 1, 0, 4096, -2, 0, -2, 0, 0)
    header = header.ljust(512, b"\xff")
    path.write_bytes(header + fat + directory + stream)
    return path


def test_an_old_excel_workbook_is_read(tmp_path: Path) -> None:
    table = read_studies(xls(tmp_path / "trials.xls", ROWS))
    assert table.study == ("Habu 2004", "None")
    assert table.columns["event_c"].tolist() == [9, 16]
    assert table.cells["event_c"] == ("trials!D2", "trials!D3")


@pytest.mark.parametrize("content", [b"", b"study,event_e\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 broken"])
def test_a_file_that_is_no_old_workbook_is_an_error_and_not_a_traceback(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "trials.xls").write_bytes(content)
    with pytest.raises(StudyDataError, match="MK-F04  cannot be read"):
        open_book(tmp_path / "trials.xls")


def test_the_columns_of_a_data_frame_may_be_worded_otherwise() -> None:
    names = ["Trial", "Events (drug)", "N (drug)", "Events (placebo)", "N (placebo)"]
    frame = pd.DataFrame([["A", 1, 20, 2, 21]], columns=names)
    table = read_studies(frame)
    assert [table.columns[name][0] for name in NUMBERS] == [1, 20, 2, 21]
    assert table.cells["event_e"] == ("row 1, column Events (drug)",)
