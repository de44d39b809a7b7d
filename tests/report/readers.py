"""A written report read back by other libraries than the ones that wrote it, format by format."""

import io
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

import docx
from defusedxml.ElementTree import fromstring
from docx.table import Table as WordTable
from fontTools.ttLib import TTFont
from matplotlib.font_manager import fontManager
from openpyxl import load_workbook
from openpyxl.cell.cell import Cell
from pypdf import PdfReader
from pypdf.generic import ContentStream, DictionaryObject, NameObject

from metak2.report.text_gate import html_text

FAMILIES = re.compile(r"(?:font|font-family): ?([^;]*);")
SPACE = re.compile(r"[\s\u200b\u2066-\u2069]+")


def html_lines(page: str) -> list[str]:
    """Title, paragraphs, table rows and captions of a page, its furniture left out."""
    for furniture in (r"<nav.*?</nav>", r'<a class="skip".*?</a>', r"<title>.*?</title>"):
        page = re.sub(furniture, "", page, count=1, flags=re.DOTALL)
    return html_text(page).splitlines()


def docx_lines(content: bytes) -> list[str]:
    """Paragraphs and table rows of a Word document in order; cells apart by a space."""
    lines = []
    for part in docx.Document(io.BytesIO(content)).iter_inner_content():
        if isinstance(part, WordTable):
            lines += [" ".join(cell.text for cell in row.cells) for row in part.rows]
        else:
            lines.append(part.text)
    return [" ".join(line.split()) for line in lines if line.strip()]


def pdf_text(content: bytes) -> str:
    """The text of a PDF without white space, page furniture (repeated heads, page numbers) left out."""
    pages = []
    reader = PdfReader(io.BytesIO(content))
    for page in reader.pages:
        stream = ContentStream(page.get_contents(), reader, "bytes")
        stream.operations = list(_without_artifacts(stream.operations))
        page[NameObject("/Contents")] = stream
        pages.append(page.extract_text())
    return SPACE.sub("", "".join(pages))


def _without_artifacts(operations: list[Any]) -> Iterator[Any]:
    """Everything but the text inside marked content of the kind Artifact."""
    marks: list[bool] = []
    for operands, operator in operations:
        if operator in {b"BDC", b"BMC"}:
            marks.append(operands[0] == "/Artifact")
        elif operator == b"EMC":
            marks.pop()
        elif operator not in {b"Tj", b"TJ"} or not any(marks):
            yield operands, operator


def missing_glyphs(content: bytes) -> int:
    """How often a PDF shows glyph 0, the box in place of a character that a font lacks."""
    reader = PdfReader(io.BytesIO(content))
    found = 0
    for page in reader.pages:
        stream = page.get_contents()
        found += _boxes(stream, cast("DictionaryObject", page["/Resources"]), reader) if stream is not None else 0
    return found


def _boxes(stream: object, resources: DictionaryObject, reader: PdfReader) -> int:
    found = 0
    for operands, operator in ContentStream(stream, reader, "bytes").operations:
        if operator in {b"Tj", b"TJ"}:
            shown = operands[0] if operator == b"TJ" else operands
            for text in shown:
                codes = text if isinstance(text, bytes) else b""
                found += sum(codes[at : at + 2] == b"\0\0" for at in range(0, len(codes), 2))
        elif operator == b"Do":
            drawn = cast("DictionaryObject", resources["/XObject"])[operands[0]].get_object()
            if drawn["/Subtype"] == "/Form":
                found += _boxes(drawn, drawn.get("/Resources", resources).get_object(), reader)
    return found


def xlsx_tables(content: bytes) -> dict[str, list[list[str]]]:
    """Sheet → rows of cells as a spreadsheet shows them, empty rows left out."""
    book = load_workbook(io.BytesIO(content))
    rows = {sheet.title: [[shown(cell) for cell in row] for row in sheet.iter_rows()] for sheet in book.worksheets}
    return {title: [row for row in found if any(row)] for title, found in rows.items()}


def shown(cell: Cell) -> str:
    """A cell as its number format shows it."""
    if isinstance(cell.value, str) or cell.value is None:
        return cell.value or ""
    decimals = cell.number_format.split(";")[0].partition(".")[2]
    return f"{cell.value:.{len(decimals)}f}".replace("-", "−")


def letters_without_a_glyph(svg: str) -> set[str]:
    """The characters of a figure's texts that none of the fonts named for it can show."""
    missing = set()
    for element in fromstring(svg).iter():
        if element.tag.endswith("}text"):
            named = FAMILIES.search(element.get("style", "") + ";")
            families = re.findall(r"'([^']+)'|([A-Z][\w ]+)", named[1] if named else "")
            shown = set().union(*(_shown_by(quoted or plain) for quoted, plain in families))
            missing |= {letter for letter in "".join(element.itertext()) if not letter.isspace()} - shown
    return missing


@cache
def _shown_by(family: str) -> frozenset[str]:
    paths = [entry.fname for entry in fontManager.ttflist if entry.name == family]
    return frozenset(chr(code) for path in paths for code in TTFont(path, fontNumber=0).getBestCmap())
