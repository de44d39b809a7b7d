import io
import zipfile
from typing import Any

import docx
import pytest
from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Mm
from lxml import etree

from metak2.report.blocks import Column, Heading, Paragraph, Picture, References, Table, one_line
from metak2.report.report import rendered
from tests.report.samples import HOSTILE, Sketch, sample_report


def made(**more: Any) -> bytes:  # noqa: ANN401 - whatever a report takes
    return rendered(sample_report(**more), formats=("docx",))["report.docx"]


def opened(content: bytes) -> Document:
    return docx.Document(io.BytesIO(content))


@pytest.fixture(scope="module")
def content() -> bytes:
    return made(names=HOSTILE)


@pytest.fixture(scope="module")
def word(content: bytes) -> Document:
    return opened(content)


def test_headings_are_headings_so_that_word_can_make_a_table_of_contents(word: Document) -> None:
    styles = [p.style.name for p in word.paragraphs if p.style and p.style.name.startswith(("Title", "Heading"))]
    assert styles == ["Title", "Heading 1", "Heading 2", "Heading 1"]


def test_a_table_is_a_word_table_whose_head_repeats_and_whose_rows_stay_whole(word: Document) -> None:
    (table,) = word.tables
    assert [len(table.rows), len(table.columns)] == [len(HOSTILE) + 1, 3]
    repeats = [row._tr.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for row in table.rows]
    assert repeats == [True] + [False] * len(HOSTILE)
    assert all(row._tr.find(f"{qn('w:trPr')}/{qn('w:cantSplit')}") is not None for row in table.rows)
    assert table.style is not None
    assert table.style.name == "Report Table"


def test_a_table_says_what_it_shows_and_its_caption_stands_above_it(word: Document) -> None:
    (table,) = word.tables
    properties = table._tbl.tblPr
    assert properties.find(qn("w:tblCaption")).get(qn("w:val")) == "The trials"
    told = properties.find(qn("w:tblDescription")).get(qn("w:val"))
    assert told == f"The trials: {len(HOSTILE)} rows. Columns: Study; RR; Risk of bias."
    (caption,) = [p for p in word.paragraphs if p.text == "The trials"]
    assert caption.style is not None
    assert (caption.style.name, caption.paragraph_format.keep_with_next) == ("Caption", True)
    assert caption._p.getnext() is table._tbl


def test_hostile_study_names_are_read_as_themselves(word: Document) -> None:
    (table,) = word.tables
    assert [row.cells[0].text for row in table.rows[1:]] == [one_line(name) for name in HOSTILE]


def test_no_name_is_a_field_a_link_or_a_macro(content: bytes, word: Document) -> None:
    body = word.element.body
    assert not [element for kind in ("w:instrText", "w:fldSimple", "w:object") for element in body.iter(qn(kind))]
    links = [word.part.rels[link.get(qn("r:id"))].target_ref for link in body.iter(qn("w:hyperlink"))]
    assert links == ["https://doi.org/10.1001/jama.271.9.698", "https://example.org"]
    assert not [name for name in zipfile.ZipFile(io.BytesIO(content)).namelist() if "vba" in name.lower()]


def test_every_part_is_well_formed(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            if name.endswith((".xml", ".rels")):
                assert etree.fromstring(parts.read(name)) is not None


def test_a_picture_has_words_for_those_who_cannot_see_it_and_a_caption(word: Document) -> None:
    (about,) = list(word.element.body.iter(qn("wp:docPr")))
    assert about.get("descr") == Sketch().alt
    assert "Forest plot of the primary outcome." in [
        p.text for p in word.paragraphs if p.style and p.style.name == "Caption"
    ]


def test_a_picture_is_no_wider_than_the_text() -> None:
    class Large(Sketch):
        def png(self) -> bytes:
            small = Sketch.png(self)
            return small.replace(b"\0\0\0\2\0\0\0\1", b"\0\0\x27\x10\0\0\x03\xe8", 1)  # says it is 10000 by 1000

    word = opened(made(blocks=(Picture("forest", "Forest plot.", Large()),)))
    (shape,) = word.inline_shapes
    assert abs(shape.width - (Mm(210) - 2 * Mm(22))) < Mm(0.1)


def test_each_list_of_references_starts_at_one() -> None:
    word = opened(made(blocks=(References(("First 1994",)), Heading("Again"), References(("Second 2001", "Third")))))
    numbers = [p._p.pPr.numPr.numId.val for p in word.paragraphs if p.style and p.style.name == "List Number"]
    assert numbers[0] != numbers[1]
    assert numbers[1] == numbers[2]


def test_two_tables_in_a_row_stay_two() -> None:
    table = Table("The trials", (Column("Study"),), (("Habu 2004",),))
    assert len(opened(made(blocks=(table, table))).tables) == 2


def test_the_page_is_a4_and_the_language_british(word: Document) -> None:
    assert abs(word.sections[0].page_width - Mm(210)) < Mm(0.1)
    assert {lang.get(qn("w:val")) for lang in word.styles.element.iter(qn("w:lang"))} == {"en-GB"}


def test_hebrew_is_as_large_as_latin(word: Document) -> None:
    for style in word.styles.element.iter(qn("w:style")):
        if "Report" in style.get(qn("w:styleId")) and style.find(f"{qn('w:rPr')}/{qn('w:sz')}") is not None:
            latin, hebrew = (style.find(f"{qn('w:rPr')}/{qn(f'w:{name}')}") for name in ("sz", "szCs"))
            assert latin.get(qn("w:val")) == hebrew.get(qn("w:val"))


def test_nothing_of_the_machine_or_the_clock_stands_in_it(word: Document) -> None:
    about = word.core_properties
    assert (about.author, about.last_modified_by, about.title) == ("metak2", "metak2", "BCG & tuberculosis")
    assert about.created == about.modified
    assert about.created is not None
    assert about.created.year == 2000


def test_the_same_report_gives_the_same_bytes_twice(content: bytes) -> None:
    assert made(names=HOSTILE) == content


def test_a_paragraph_keeps_its_no_break_spaces(word: Document) -> None:
    assert "95\u202f% CI" in "\n".join(p.text for p in word.paragraphs)


def test_a_column_of_numbers_is_wide_enough_for_its_longest() -> None:
    rows = tuple((f"A trial with a rather long name that may be wrapped {n}", "0.41 (0.13 to 1.26)") for n in range(3))
    table = Table("Trials", (Column("Study"), Column("RR", "right")), rows)
    word = opened(made(blocks=(Paragraph("…"), table)))
    wide = [int(column.get(qn("w:w"))) for column in word.tables[0]._tbl.tblGrid]
    assert wide[1] >= 19 * 100  # nineteen characters of nine points, in twentieths of a point
    assert wide[0] > wide[1]
