"""A table of a report as WordprocessingML: its head repeats on every page, no row is torn, and it has a description."""

from xml.sax.saxutils import escape, quoteattr

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.oxml.xmlchemy import BaseOxmlElement

from metak2.report.blocks import Align, Table, one_line
from metak2.report.docx_styles import CELL, SMALL_CELL, TABLE, style_id

_EMU_PER_TWIP = 635
_NARROWEST, _WIDEST, _UNBROKEN, _MARGINS = 3, 60, 26, 2  # characters
_CHARACTER = 105  # twentieths of a point: a wide character of a cell
_MANY_COLUMNS = 6


def table_element(table: Table, width: int) -> BaseOxmlElement:
    """The ``w:tbl`` of a table that is `width` English Metric Units wide."""
    widths = _widths(table, width // _EMU_PER_TWIP)
    style = style_id(CELL if len(table.columns) <= _MANY_COLUMNS else SMALL_CELL)
    aligns = [column.align for column in table.columns]
    head = _row([column.title for column in table.columns], aligns, widths, style, head=True)
    rows = "".join(_row(row, aligns, widths, style, head=False) for row in table.rows)
    grid = "".join(f'<w:gridCol w:w="{wide}"/>' for wide in widths)
    caption = quoteattr(one_line(table.caption))
    return parse_xml(
        f"<w:tbl {nsdecls('w')}><w:tblPr>"
        f'<w:tblStyle w:val="{style_id(TABLE)}"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        '<w:tblLayout w:type="autofit"/><w:tblLook w:val="04A0" w:firstRow="1" w:lastRow="0" w:firstColumn="1" '
        'w:lastColumn="0" w:noHBand="0" w:noVBand="1"/>'
        f"<w:tblCaption w:val={caption}/><w:tblDescription w:val={quoteattr(_description(table))}/></w:tblPr>"
        f"<w:tblGrid>{grid}</w:tblGrid>{head}{rows}</w:tbl>"
    )


def _row(texts: list[str] | tuple[str, ...], aligns: list[Align], widths: list[int], style: str, *, head: bool) -> str:
    properties = f"<w:trPr><w:cantSplit/>{'<w:tblHeader/>' if head else ''}</w:trPr>"
    cells = (
        f'<w:tc><w:tcPr><w:tcW w:w="{wide}" w:type="dxa"/></w:tcPr><w:p><w:pPr><w:pStyle w:val="{style}"/>'
        f'<w:jc w:val="{align}"/></w:pPr><w:r><w:t xml:space="preserve">{escape(one_line(text))}</w:t></w:r></w:p>'
        "</w:tc>"
        for text, align, wide in zip(texts, aligns, widths, strict=True)
    )
    return f"<w:tr>{properties}{''.join(cells)}</w:tr>"


def _widths(table: Table, space: int) -> list[int]:
    """Each column has room for its longest word, a number column for its longest text; the rest is shared out."""
    least, wanted = [], []
    for at, column in enumerate(table.columns):
        texts = [one_line(column.title), *(one_line(row[at]) for row in table.rows)]
        longest = min(max(_NARROWEST, *map(len, texts)), _WIDEST) + _MARGINS
        words = texts[1:] if column.align == "right" else (word for text in texts for word in text.split(" "))
        heads = texts[0].split(" ")
        least.append(min(max(_NARROWEST, *map(len, heads), *map(len, words)) + _MARGINS, longest, _UNBROKEN))
        wanted.append(longest - least[-1])
    room = space / max(sum(least) + sum(wanted), 1)
    tight = min(space / sum(least), max(room, _CHARACTER))
    rest = (space - tight * sum(least)) / max(sum(wanted), 1)
    return [int(tight * few + rest * more) for few, more in zip(least, wanted, strict=True)]


def _description(table: Table) -> str:
    heads = "; ".join(one_line(column.title) for column in table.columns)
    return f"{one_line(table.caption)}: {len(table.rows)} rows. Columns: {heads}."
