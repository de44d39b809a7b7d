import io
import zipfile
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from metak2.report.report import rendered
from metak2.report.word_template import TemplateError, read_template
from tests.report.readers import docx_lines, html_lines
from tests.report.samples import sample_report

MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.{}.main+xml"


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal's template: A5, its own Heading 1, a header, instructions to authors, no lists and no caption style."""
    word = docx.Document()
    word.sections[0].page_width, word.sections[0].page_height = Mm(148), Mm(210)
    word.sections[0].header.paragraphs[0].text = "Journal of Vitamin K"
    word.styles["Heading 1"].font.size = Pt(33)
    for name in ("Caption", "List Bullet", "List Number"):
        word.styles[name].delete()
    word.add_paragraph("Instructions to authors: delete this text.")
    word.add_table(rows=1, cols=1)
    part = word.part.numbering_part
    word.part.drop_rel(next(key for key, rel in word.part.rels.items() if rel.target_part is part))
    word.save(str(tmp_path / "journal.docx"))
    return tmp_path / "journal.docx"


def retyped(path: Path, kind: str) -> Path:
    """The same file with another content type, as Word saves it under another name."""
    made = path.with_suffix(".dotx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(
                name, part.replace(MAIN.format("document").encode(), kind.encode()) if "Types" in name else part
            )
    return made


def test_styles_page_and_header_are_the_journals_and_its_text_is_gone(journal: Path) -> None:
    files = rendered(sample_report(), formats=("html", "docx"), template=journal)
    word = docx.Document(io.BytesIO(files["report.docx"]))
    assert docx_lines(files["report.docx"]) == html_lines(files["report.html"].decode())
    assert abs(word.sections[0].page_width - Mm(148)) < Mm(0.1)  # Word counts in twentieths of a point
    assert word.sections[0].header.paragraphs[0].text == "Journal of Vitamin K"
    assert word.styles["Heading 1"].font.size == Pt(33)
    (grid,) = [table._tbl.tblGrid for table in word.tables]
    widths = sum(int(column.get(qn("w:w"))) for column in grid)
    page = word.sections[0]
    assert widths * 635 <= page.page_width - page.left_margin - page.right_margin


def test_a_template_as_word_saves_templates_does_as_well(journal: Path) -> None:
    template = retyped(journal, MAIN.format("template"))
    assert MAIN.format("document").encode() in zipfile.ZipFile(io.BytesIO(read_template(template))).read(
        "[Content_Types].xml"
    )
    as_document, as_template = (
        rendered(sample_report(), formats=("docx",), template=path)["report.docx"] for path in (journal, template)
    )
    assert as_template == as_document


def test_a_style_that_a_template_lacks_is_added(journal: Path) -> None:
    word = docx.Document(io.BytesIO(rendered(sample_report(), formats=("docx",), template=journal)["report.docx"]))
    assert {"Caption", "List Bullet", "List Number", "Report Table"} <= {style.name for style in word.styles}
    used = {paragraph.style.name for paragraph in word.paragraphs if paragraph.style}
    assert {"Title", "Heading 1", "Heading 2", "Caption", "List Bullet", "List Number", "Report Caution"} <= used


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x05\x06" + bytes(18)])
def test_a_template_that_is_no_word_file_is_refused_by_name(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "journal.docx"
    path.write_bytes(content)
    with pytest.raises(TemplateError, match=r"journal\.docx is no \.docx or \.dotx file"):
        read_template(path)


def test_a_template_with_macros_is_refused(journal: Path) -> None:
    with pytest.raises(TemplateError, match=r"Save it as \.docx"):
        read_template(retyped(journal, "application/vnd.ms-word.document.macroEnabled.main+xml"))


def test_a_template_that_word_itself_could_not_open_is_refused(journal: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.docx"
    with zipfile.ZipFile(journal) as old, zipfile.ZipFile(broken, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"<w:document" if name == "word/document.xml" else old.read(name))
    with pytest.raises(TemplateError, match="cannot be used"):
        rendered(sample_report(), formats=("docx",), template=broken)


def test_a_missing_template_leaves_the_old_report_whole(tmp_path: Path) -> None:
    folder = sample_report().write(tmp_path / "bcg")
    before = {entry.name: entry.read_bytes() for entry in folder.iterdir()}
    with pytest.raises(TemplateError, match=r"none\.docx cannot be read: No such file or directory"):
        sample_report(title="Another").write(folder, formats=["docx"], template=tmp_path / "none.docx")
    assert {entry.name: entry.read_bytes() for entry in folder.iterdir()} == before


def test_a_template_is_not_asked_for_where_no_word_file_is_written(tmp_path: Path) -> None:
    assert sample_report(template=tmp_path / "none.docx").write(tmp_path / "bcg").is_dir()
