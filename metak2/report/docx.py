"""A document as a Word file: real tables whose heads repeat, captions, lists, links, and words for each picture.

Styles, page and headers come from the user's template where there is one; its text is left out, as pandoc does. A style
that it lacks is added (see `metak2.report.docx_styles`).
"""

import io
from typing import assert_never
from zipfile import BadZipFile

import docx
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.image.image import Image
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length
from docx.text.paragraph import Paragraph as WordParagraph
from docx.text.run import Run

from metak2.report.blocks import (
    Block,
    Caveat,
    Document,
    Heading,
    Items,
    Paragraph,
    Picture,
    References,
    Table,
    addresses,
    one_line,
)
from metak2.report.docx_styles import CAUTION, DATE, NOTE, SOURCE, add_missing_styles, set_up_page
from metak2.report.docx_tables import table_element
from metak2.report.manuscript import Manuscript
from metak2.report.word_lists import new_list
from metak2.report.word_template import TemplateError
from metak2.report.zip_container import EPOCH, timeless

_TALLEST = 0.8  # of the page's text: the caption stands below


def render(manuscript: Manuscript) -> bytes:
    """The .docx, the same bytes for the same document, template and version of python-docx.

    `TemplateError` where python-docx cannot open the template.
    """
    document = manuscript.document
    word = _opened(manuscript.template)
    _describe(word, document)
    word.add_paragraph(one_line(document.title), style="Title")
    if document.data_date:
        word.add_paragraph(f"Data as of {one_line(document.data_date)}.", style=DATE)
    for block in document.blocks:
        _add(word, block, manuscript)
    for sentence in document.provenance:
        word.add_paragraph(one_line(sentence), style=SOURCE)
    saved = io.BytesIO()
    word.save(saved)
    return timeless(saved.getvalue())


def _opened(template: bytes | None) -> WordDocument:
    try:
        word = docx.Document(None if template is None else io.BytesIO(template))
        body = word.element.body
        for element in list(body):
            if element.tag != qn("w:sectPr"):
                body.remove(element)
        if template is None:
            set_up_page(word)
        add_missing_styles(word)
    except (BadZipFile, KeyError, ValueError, SyntaxError) as error:
        raise TemplateError(
            f"the Word template cannot be used ({error}). Save it anew as .docx in Word; nothing was written."
        ) from error
    return word


def _describe(word: WordDocument, document: Document) -> None:
    """The properties that a file manager shows; nothing of the machine, the user or the time of day."""
    about = word.core_properties
    about.title = one_line(document.title)[:255]
    about.author = about.last_modified_by = "metak2"
    about.comments = about.keywords = about.subject = about.category = ""
    about.language = "en-GB"
    about.revision = 1
    about.created = about.modified = EPOCH


def _add(word: WordDocument, block: Block, manuscript: Manuscript) -> None:
    match block:
        case Heading():
            word.add_paragraph(one_line(block.text), style=f"Heading {block.level - 1}")
        case Paragraph():
            word.add_paragraph(one_line(block.text))
        case Caveat():
            box = word.add_paragraph(style=CAUTION)
            box.add_run("Caution:").bold = True
            box.add_run(f" {one_line(block.text)}")
        case Items() | References():
            _add_list(word, block)
        case Table():
            _add_table(word, block)
        case Picture():
            _add_picture(word, block, manuscript.pngs[block.name])
        case _:
            assert_never(block)


def _add_list(word: WordDocument, block: Items | References) -> None:
    style = "List Number" if isinstance(block, References) else "List Bullet"
    number = new_list(word, numbered=isinstance(block, References))
    for item in block.items:
        paragraph = word.add_paragraph(style=style)
        properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()  # noqa: SLF001 - python-docx has no public lists
        properties.get_or_add_ilvl().val = 0
        properties.get_or_add_numId().val = number
        if isinstance(block, References):
            _add_linked(paragraph, item)
        else:
            paragraph.add_run(one_line(item))


def _add_linked(paragraph: WordParagraph, text: str) -> None:
    """The text with its addresses as links."""
    for part, is_address in addresses(text):
        run = paragraph.add_run(part)
        if is_address:
            link = OxmlElement("w:hyperlink")
            link.set(qn("r:id"), paragraph.part.relate_to(part, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
            run.font.underline = True
            run._r.addprevious(link)  # noqa: SLF001 - python-docx has no public links
            link.append(run._r)  # noqa: SLF001 - as above


def _add_table(word: WordDocument, table: Table) -> None:
    caption = word.add_paragraph(one_line(table.caption), style="Caption")
    caption.paragraph_format.keep_with_next = True
    caption._p.addnext(table_element(table, _space(word)[0]))  # noqa: SLF001 - python-docx fills cells one by one, slowly
    for note in table.notes:
        word.add_paragraph(one_line(note), style=NOTE)
    if not table.notes:
        word.add_paragraph(style=NOTE)  # two tables without a paragraph between them are one


def _add_picture(word: WordDocument, picture: Picture, png: bytes) -> None:
    """The picture as large as it was drawn, or as the page allows, described for readers who cannot see it."""
    paragraph = word.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    image = Image.from_blob(png)
    width, height = _space(word)
    share = min(1.0, width / image.width, _TALLEST * height / image.height)
    run: Run = paragraph.add_run()
    drawn = run.add_picture(io.BytesIO(png), width=Length(int(share * image.width)))
    about = drawn._inline.docPr  # noqa: SLF001 - python-docx has no public alternative text
    about.set("descr", one_line(picture.drawing.alt))
    about.set("title", one_line(picture.caption))
    word.add_paragraph(one_line(picture.caption), style="Caption")


def _space(word: WordDocument) -> tuple[int, int]:
    """Width and height of the text on a page, in English Metric Units."""
    page = word.sections[-1]
    sizes = (
        page.page_width,
        page.left_margin,
        page.right_margin,
        page.page_height,
        page.top_margin,
        page.bottom_margin,
    )
    wide, left, right, high, top, bottom = (size or 0 for size in sizes)
    return int(wide - left - right), int(high - top - bottom)
