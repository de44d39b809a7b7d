"""A file is hostile until read: what would do harm is refused quickly, with a clear error and little memory."""

import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from metak2.errors import StudyDataError
from metak2.studies.read import open_book, read_studies

HEAD = (
    '<?xml version="1.0"?>{dtd}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)
WIDE = ["study", "event_e", "n_e", "event_c", "n_c"]
FEW_SECONDS = 2.0  # of the processor; the limit of the specification


def workbook_with(
    path: Path, rows: str, *, after: str = "", dtd: str = "", beside: dict[str, bytes] | None = None
) -> Path:
    """A workbook whose one worksheet holds this XML."""
    Workbook().save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = f"{HEAD.format(dtd=dtd)}{rows}</sheetData>{after}</worksheet>"
    parts["xl/worksheets/sheet1.xml"] = sheet.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**parts, **(beside or {})}.items():
            archive.writestr(name, content)
    return path


def a_million_empty_formatted_rows(path: Path) -> Path:
    return workbook_with(path, "".join(f'<row r="{i}" s="1" customFormat="1"/>' for i in range(1, 1_048_577)))


def a_million_empty_formatted_cells(path: Path) -> Path:
    rows = "".join(
        f'<row r="{i}">' + "".join(f'<c r="{letter}{i}" s="1"/>' for letter in "ABCDEFGHIJ") + "</row>"
        for i in range(1, 90_001)
    )
    return workbook_with(path, rows)


def a_cell_in_the_last_column(path: Path) -> Path:
    return workbook_with(path, '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="1"/></row>')


def a_worksheet_with_a_document_type(path: Path) -> Path:
    return workbook_with(path, '<row r="1"/>', dtd='<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>')


def a_part_that_unpacks_a_thousandfold(path: Path) -> Path:
    return workbook_with(path, '<row r="1"/>', beside={"xl/media/image1.png": bytes(40_000_000)})


def shared_texts_without_end(path: Path) -> Path:
    texts = b"<sst>" + b"<si><t>" * 5_000_000 + bytes(range(256)) * 4000 + b"</sst>"
    return workbook_with(path, '<row r="1"/>', beside={"xl/sharedStrings.xml": texts})


def styles_without_end(path: Path) -> Path:
    styles = b"<styleSheet><cellXfs>" + b"".join(b'<xf numFmtId="%d"/>' % (i % 999) for i in range(300_000))
    return workbook_with(path, '<row r="1"/>', beside={"xl/styles.xml": styles + b"</cellXfs></styleSheet>"})


def a_path_out_of_the_archive(path: Path) -> Path:
    return workbook_with(path, '<row r="1"/>', beside={"../../evil-data-rows.csv": b"x"})


HOSTILE = [
    (a_million_empty_formatted_rows, "MK-X03  Sheet  has more than 100,000 rows, empty formatted ones among them"),
    (a_million_empty_formatted_cells, "MK-X03  Sheet  has more than 600,000 cells"),
    (a_cell_in_the_last_column, "MK-X04  Sheet  has cells beyond column 2,000"),
    (a_worksheet_with_a_document_type, r"MK-X02  Sheet declares a document type \(DTD\)"),
    (a_part_that_unpacks_a_thousandfold, "MK-F05  40 MB when unpacked"),
    (shared_texts_without_end, "MK-F05  "),
    (styles_without_end, "MK-F05  6 MB when unpacked, more than the 4 MB that are read"),
    (a_path_out_of_the_archive, "MK-X01  holds the path '../../evil-data-rows.csv', which leads out of the archive"),
]


@pytest.mark.parametrize("make, told", HOSTILE, ids=lambda value: getattr(value, "__name__", ""))
def test_a_hostile_workbook_is_refused_at_once(tmp_path: Path, make: Callable[[Path], Path], told: str) -> None:
    path = make(tmp_path / "trials.xlsx")
    started = time.process_time()
    with pytest.raises(StudyDataError, match=told):
        open_book(path)
    assert time.process_time() - started < FEW_SECONDS


@pytest.mark.slow
@pytest.mark.parametrize("make", [make for make, _ in HOSTILE], ids=lambda make: make.__name__)
def test_a_hostile_workbook_costs_little_memory(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path / "trials.xlsx")
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from metak2.errors import StudyDataError\n"
        "from metak2.studies.read import open_book\n"
        "try:\n    open_book(sys.argv[1])\n"
        "except StudyDataError:\n"
        "    # VmHWM begins anew with the program; ru_maxrss would still count the test process that started it\n"
        "    print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])\n"
    )
    seen = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert int(seen.stdout) < 300_000  # kB, the limit of the specification


def test_a_merged_range_over_the_whole_sheet_takes_no_room(tmp_path: Path) -> None:
    merged = '<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    path = workbook_with(tmp_path / "t.xlsx", '<row r="1"><c r="A1"><v>1</v></c></row>', after=merged)
    (sheet,) = open_book(path).sheets.values()
    assert sheet.rows == ()


@pytest.mark.parametrize(
    "content, told",
    [
        ("study,event_e\n" + "a,1\n" * 100_001, "MK-X03  trials  has more than 100,000 rows"),
        (",".join(["study"] * 3000) + "\n", "MK-X04  trials  has cells beyond column 2,000"),
        ('study,event_e\n"' + "a" * 200_000 + '",1\n', "MK-F04  cannot be read: field larger than field limit"),
    ],
)
def test_a_hostile_text_file_is_refused(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "trials.csv").write_text(content)
    with pytest.raises(StudyDataError, match=told):
        open_book(tmp_path / "trials.csv")


def zipped(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "name", ["../x-data-rows.csv", "/etc/x-data-rows.csv", "C:\\x-data-rows.csv", "a\\..\\..\\x.csv"]
)
def test_a_data_package_that_leads_out_of_itself_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StudyDataError, match="MK-X01  holds the path"):
        open_book(zipped(tmp_path / "package.zip", {name: b"x"}))


def test_a_revman_review_without_end_is_refused_at_once(tmp_path: Path) -> None:
    data = '<DICH_DATA STUDY_ID="STD-A" EVENTS_1="1" TOTAL_1="9" EVENTS_2="2" TOTAL_2="9"/>' * 100_000
    (tmp_path / "review.rm5").write_text(f"<COCHRANE_REVIEW><DICH_OUTCOME>{data}</DICH_OUTCOME></COCHRANE_REVIEW>")
    started = time.process_time()
    with pytest.raises(StudyDataError, match=r"MK-R04  .*more than 30,000 studies and results"):
        open_book(tmp_path / "review.rm5")
    assert time.process_time() - started < FEW_SECONDS


def test_a_data_package_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyDataError, match="MK-F05  300 MB when unpacked"):
        open_book(zipped(tmp_path / "package.zip", {"7-data-rows.csv": b"0" * 300_000_000}))


def test_archives_within_archives_are_followed_twice_and_no_further(tmp_path: Path) -> None:
    content = b""
    for _ in range(5):
        inner = tmp_path / "inner.zip"
        content = zipped(inner, {"inner.zip": content}).read_bytes()
        inner.unlink()
    (tmp_path / "package.zip").write_bytes(content)
    with pytest.raises(StudyDataError, match=r"MK-X05  'inner\.zip' is one archive too many"):
        open_book(tmp_path / "package.zip")


def test_macros_and_links_are_ignored_and_said(tmp_path: Path) -> None:
    beside = {"xl/vbaProject.bin": b"Auto_Open", "xl/externalLinks/externalLink1.xml": b"<x/>"}
    cells = "".join(
        f'<c r="{letter}1" t="inlineStr"><is><t>{name}</t></is></c>' for letter, name in zip("ABCDE", WIDE, strict=True)
    )
    numbers = "".join(
        f'<c r="{letter}2"><v>{value}</v></c>' for letter, value in zip("BCDE", (1, 20, 2, 20), strict=True)
    )
    study = '<c r="A2" t="inlineStr"><is><t>A</t></is></c>'
    rows = f'<row r="1">{cells}</row><row r="2">{study}{numbers}</row>'
    path = workbook_with(tmp_path / "trials.xlsm", rows, beside=beside)
    told = [(problem.code, problem.message) for problem in read_studies(path).problems]
    assert told == [
        ("MK-X06", "holds macros; they are ignored"),
        ("MK-X06", "holds links to other workbooks; they are ignored"),
    ]


def test_five_thousand_rows_of_twenty_columns_are_read_in_time(tmp_path: Path) -> None:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("binary")
    sheet.append(["study", "outcome", "time", "arm", "events", "total", *(f"m{i}" for i in range(14))])
    for row in range(5000):
        values: list[Any] = [f"S{row // 2}", "death", "12 months", "ec"[row % 2], row % 20, 20 + row % 30]
        sheet.append([*values, *([1.5] * 14)])
    workbook.save(tmp_path / "trials.xlsx")
    started = time.process_time()
    assert len(read_studies(tmp_path / "trials.xlsx", experimental="e", control="c")) == 2500
    assert time.process_time() - started < 6  # seconds of the processor; the limit of the specification
