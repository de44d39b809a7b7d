import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from metak2.report.blocks import Block, Column, Document, Table, one_line
from metak2.report.markdown import escaped, markdown
from tests.report.samples import HOSTILE, sample_blocks

READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
PLAIN = {"text", "text_special"}


def document(*blocks: Block) -> Document:
    return Document(title="A title", blocks=blocks, data_date="", provenance=("The end.",))


def inline(text: str) -> list[list[Token]]:
    return [token.children or [] for token in READER.parse(text) if token.type == "inline"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_study_name_is_read_as_itself_in_a_paragraph(name: str) -> None:
    (children,) = inline(escaped(name))
    assert {child.type for child in children} <= PLAIN
    assert "".join(child.content for child in children) == one_line(name)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_study_name_stays_in_its_cell(name: str) -> None:
    table = Table("Trials", (Column("Study"), Column("RR", "right")), ((name, "0.41"),))
    cells = inline(markdown(document(table)))[2:6]
    assert all(child.type in PLAIN for cell in cells for child in cell)
    assert ["".join(child.content for child in cell) for cell in cells] == ["Study", "RR", one_line(name), "0.41"]


def test_columns_keep_their_alignment() -> None:
    columns = (Column("Study"), Column("RR", "right"), Column("Bias", "center"))
    assert "| :-- | --: | :-: |" in markdown(document(Table("Trials", columns, ())))


def test_a_picture_links_to_its_svg_beside_the_report() -> None:
    text = markdown(document(*sample_blocks()))
    assert "![Forest plot of 13 trials: pooled risk ratio 0.49.](forest.svg)" in text


def test_a_caveat_stands_apart_from_the_prose() -> None:
    assert "\n\n> **Caution:** Aronson 1948 is a trial of concern.\n\n" in markdown(document(*sample_blocks()))


def test_references_are_numbered_and_their_doi_is_a_link() -> None:
    assert "1. Colditz 1994, JAMA 271:698-702. <https://doi.org/10.1001/jama.271.9.698>." in markdown(
        document(*sample_blocks())
    )


def test_lines_end_in_lf_and_the_last_one_ends() -> None:
    text = markdown(document(*sample_blocks(HOSTILE)))
    assert "\r" not in text
    assert text.endswith("The end.\n")
