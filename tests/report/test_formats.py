import io
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import docx
import pytest
from openpyxl import load_workbook

from metak2.errors import UnknownOptionError
from metak2.plan.run import run_plan
from metak2.report.blocks import Picture, Table, one_line
from metak2.report.formats import FORMATS, MissingExtraError, formats_written, known_formats
from metak2.report.report import Report, rendered
from tests.report.readers import docx_lines, html_lines, missing_glyphs, pdf_text, xlsx_tables
from tests.report.samples import HOSTILE, Sketch, sample_report

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def report() -> Report:
    return sample_report(names=HOSTILE)


@pytest.fixture(scope="module")
def files(report: Report) -> Mapping[str, bytes]:
    return rendered(report, formats=FORMATS)


def test_every_format_is_a_file_of_the_report(files: Mapping[str, bytes]) -> None:
    assert formats_written(files) == FORMATS


def test_word_and_page_say_the_same_lines_in_the_same_order(files: Mapping[str, bytes]) -> None:
    assert docx_lines(files["report.docx"]) == html_lines(files["report.html"].decode())


def test_pdf_and_page_say_the_same_in_the_same_order_and_nothing_else(files: Mapping[str, bytes]) -> None:
    rest = pdf_text(files["report.pdf"])
    between = []
    for line in html_lines(files["report.html"].decode()):
        words = "".join(line.split()).replace("佐藤", "U+4F50U+85E4")
        before, found, rest = rest.partition(words)
        assert found, line
        between.append(before)
    numbers = [f"{number}." for number in range(1, len(HOSTILE) + 2)]
    assert [text for text in between if text] == ["RR0.49", *["•"] * len(HOSTILE), *numbers]
    assert rest == ""


def test_the_workbook_shows_every_table_as_printed(report: Report, files: Mapping[str, bytes]) -> None:
    (table,) = [block for block in report.blocks if isinstance(block, Table)]
    sheets = xlsx_tables(files["report.xlsx"])
    width = len(table.columns)
    assert sheets[table.caption] == [
        [table.caption] + [""] * (width - 1),
        [column.title for column in table.columns],
        *([one_line(cell) for cell in row] for row in table.rows),
        *([note] + [""] * (width - 1) for note in table.notes),
    ]
    assert list(sheets) == ["Contents", table.caption]
    assert [row[0] for row in sheets["Contents"]][:3] == [report.title, "Data as of 2026-11-01.", table.caption]


def test_a_printed_number_is_a_number_in_the_workbook_and_a_name_never_is(files: Mapping[str, bytes]) -> None:
    sheet = load_workbook(io.BytesIO(files["report.xlsx"]))["The trials"]
    kinds = {
        (sheet.cell(row=row, column=1).data_type, sheet.cell(row=row, column=2).data_type)
        for row in range(4, 4 + len(HOSTILE))
    }
    assert kinds == {("s", "n")}
    assert {sheet.cell(row=row, column=2).value for row in range(4, 4 + len(HOSTILE))} == {0.41}
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


@pytest.mark.parametrize("name, library", [("docx", "docx"), ("pdf", "typst")])
def test_a_missing_library_is_told_with_the_extra_that_brings_it(
    name: str, library: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = sample_report().write(tmp_path / "bcg")
    before = {entry.name: entry.read_bytes() for entry in folder.iterdir()}
    for module in [known for known in sys.modules if known.startswith(f"metak2.report.{name}")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtraError, match=rf"pip install metak2\[{name}\]"):
        sample_report(title="Another").write(folder, formats=["html", name])
    assert {entry.name: entry.read_bytes() for entry in folder.iterdir()} == before


def test_a_report_without_pictures_or_tables_is_written_in_every_format() -> None:
    bare = rendered(sample_report(blocks=()), formats=FORMATS)
    assert docx_lines(bare["report.docx"]) == html_lines(bare["report.html"].decode())
    assert list(xlsx_tables(bare["report.xlsx"])) == ["Contents"]
    assert "BCG&tuberculosis" in pdf_text(bare["report.pdf"])


def test_an_unknown_format_is_refused_with_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(UnknownOptionError, match=r"did you mean \"docx\".*docx, html, md, pdf, xlsx"):
        sample_report().write(tmp_path / "bcg", formats=["dcox"])
    with pytest.raises(UnknownOptionError, match="format='odt'"):
        sample_report(formats=("odt",))
    assert not (tmp_path / "bcg").exists()


def test_one_format_alone_is_a_report(tmp_path: Path) -> None:
    folder = sample_report().write(tmp_path / "bcg", formats="docx")
    assert formats_written(entry.name for entry in folder.iterdir()) == ("docx",)
    assert known_formats("pdf") == ("pdf",)


def test_a_report_written_in_fewer_formats_leaves_none_of_the_old_ones(tmp_path: Path) -> None:
    sample_report(formats=FORMATS).write(tmp_path / "bcg")
    folder = sample_report().write(tmp_path / "bcg")
    assert formats_written(entry.name for entry in folder.iterdir()) == ("html", "md")


def test_a_picture_cannot_take_the_name_of_the_report() -> None:
    with pytest.raises(ValueError, match="no picture can be called 'report'"):
        sample_report(blocks=(Picture("report", "Forest plot.", Sketch()),))


def test_the_manifest_names_the_libraries_that_wrote_each_format() -> None:
    plain, word = (
        json.loads(rendered(sample_report(), formats=formats)["manifest.json"])["platform"]
        for formats in (("html",), ("html", "docx", "pdf"))
    )
    assert word.keys() - plain.keys() == {"python-docx", "typst"}


@pytest.mark.slow
def test_the_report_of_the_teaching_set_reads_the_same_in_every_format() -> None:
    files = rendered(run_plan(ROOT / "analyses" / "bcg.toml"), formats=FORMATS)
    lines = html_lines(files["report.html"].decode())
    assert docx_lines(files["report.docx"]) == lines
    rest = pdf_text(files["report.pdf"])
    for line in lines:
        _, found, rest = rest.partition("".join(line.split()))
        assert found, line
    assert missing_glyphs(files["report.pdf"]) == 0
    printed = {" ".join(filter(None, row)) for rows in xlsx_tables(files["report.xlsx"]).values() for row in rows}
    page = docx.Document(io.BytesIO(files["report.docx"]))
    assert page.tables
    for table in page.tables:
        for row in table.rows:
            assert " ".join(filter(None, (" ".join(cell.text.split(" ")) for cell in row.cells))) in printed
