"""The styles of a Word report. A template's own styles of these names are used as they are; what it lacks is added."""

from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

TABLE, CELL, SMALL_CELL = "Report Table", "Report Cell", "Report Small Cell"
CAUTION, NOTE, DATE, SOURCE = "Report Caution", "Report Table Note", "Report Data Date", "Report Source"
_BUILT_IN = ("Title", "Heading 1", "Heading 2", "Heading 3", "Caption", "List Bullet", "List Number")
_SIZES = {  # points
    "Normal": 11,
    "Title": 20,
    "Heading 1": 15,
    "Heading 2": 12.5,
    "Heading 3": 11,
    "Caption": 9.5,
    CELL: 9,
    SMALL_CELL: 7.5,
    NOTE: 8.5,
    SOURCE: 8.5,
}
_TIGHT = frozenset({CELL, SMALL_CELL})
_FONT = "Calibri"
_DEEP, _QUIET = RGBColor(0x17, 0x43, 0x6B), RGBColor(0x56, 0x61, 0x6B)
_BOX = (
    f'<w:pBdr {nsdecls("w")}><w:left w:val="single" w:sz="24" w:space="8" w:color="B7791F"/></w:pBdr>',
    f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="FDF8EC"/>',
)
_TABLE_STYLE = """\
<w:style {ns} w:type="table" w:customStyle="1" w:styleId="{id}"><w:name w:val="{name}"/><w:uiPriority w:val="59"/>
<w:tblPr><w:tblBorders><w:top w:val="single" w:sz="8" w:space="0" w:color="1D2329"/>
<w:bottom w:val="single" w:sz="8" w:space="0" w:color="1D2329"/>
<w:insideH w:val="single" w:sz="2" w:space="0" w:color="D5DADE"/></w:tblBorders>
<w:tblCellMar><w:top w:w="40" w:type="dxa"/><w:left w:w="70" w:type="dxa"/><w:bottom w:w="40" w:type="dxa"/>
<w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr>
<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tcPr><w:tcBorders>
<w:bottom w:val="single" w:sz="6" w:space="0" w:color="1D2329"/></w:tcBorders><w:vAlign w:val="bottom"/></w:tcPr>
</w:tblStylePr></w:style>"""


def style_id(name: str) -> str:
    """The identifier of a style of our own.

    >>> style_id("Report Table")
    'ReportTable'
    """
    return name.replace(" ", "")


def set_up_page(word: WordDocument) -> None:
    """A4, and the built-in styles as a report without a template has them."""
    page = word.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(22)
    page.top_margin, page.bottom_margin = Mm(20), Mm(22)
    for name in ("Normal", *_BUILT_IN):
        _shape(word, name)
    for language in word.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "en-GB")


def add_missing_styles(word: WordDocument) -> None:
    """Every style that a report uses; those that are there stay as they are."""
    present = {style.name for style in word.styles}
    for name in (*_BUILT_IN, CAUTION, NOTE, DATE, SOURCE, CELL, SMALL_CELL):
        if name not in present:
            style = word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=name in _BUILT_IN)
            style.base_style = word.styles["Normal"] if "Normal" in present else None
            _shape(word, name)
    if TABLE not in present:
        made = _TABLE_STYLE.format(ns=nsdecls("w"), id=style_id(TABLE), name=TABLE)
        word.styles.element.append(parse_xml(made))


def _shape(word: WordDocument, name: str) -> None:
    """Size, colour and space of one style."""
    style = _paragraph_style(word, name)
    shape = style.paragraph_format
    if name in _SIZES:
        style.font.size = Pt(_SIZES[name])
        _size_of_other_scripts(style)
    if name in _BUILT_IN or name == "Normal":
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.attrib.clear()
        for script in ("ascii", "hAnsi", "cs"):
            fonts.set(qn(f"w:{script}"), _FONT)
    if name == "Title" or name.startswith("Heading"):
        style.font.bold, style.font.color.rgb = True, _DEEP
        shape.keep_with_next = True
    if name in {NOTE, DATE, SOURCE, "Caption"}:
        style.font.color.rgb = _QUIET if name != "Caption" else RGBColor(0x1D, 0x23, 0x29)
        style.font.bold = name == "Caption"
    if name in _TIGHT:
        shape.space_before = shape.space_after = Pt(0)
        shape.line_spacing = 1.0
    if name == CAUTION:
        properties = style.element.get_or_add_pPr()
        for part in _BOX:
            properties.append(parse_xml(part))


def _size_of_other_scripts(style: ParagraphStyle) -> None:
    """Hebrew and Arabic have a size of their own in Word."""
    properties = style.element.get_or_add_rPr()
    size = properties.find(qn("w:sz"))
    for old in properties.findall(qn("w:szCs")):
        properties.remove(old)
    other = OxmlElement("w:szCs")
    other.set(qn("w:val"), size.get(qn("w:val")))
    size.addnext(other)


def _paragraph_style(word: WordDocument, name: str) -> ParagraphStyle:
    style = word.styles[name]
    if not isinstance(style, ParagraphStyle):
        raise ValueError(f"its style {name!r} is not one of paragraphs")  # noqa: TRY004 - the template is wrong, not the code
    return style
