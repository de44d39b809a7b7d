"""Lists in Word: each with its own numbers, whatever a template defines."""

from docx.document import Document as WordDocument
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.parts.numbering import NumberingPart

_W = nsdecls("w")
_BULLET = '<w:numFmt w:val="bullet"/><w:lvlText w:val="•"/>'
_DECIMAL = '<w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/>'


def new_list(word: WordDocument, *, numbered: bool) -> int:
    """The number of a new list, for the ``numPr`` of its paragraphs; a numbered one starts at 1."""
    numbering = _numbering(word)
    number = 1 + max((int(found.get(qn("w:numId"))) for found in numbering.findall(qn("w:num"))), default=0)
    shapes = numbering.findall(qn("w:abstractNum"))
    shape = 1 + max((int(found.get(qn("w:abstractNumId"))) for found in shapes), default=-1)
    numbering.insert(
        len(shapes),
        parse_xml(
            f'<w:abstractNum {_W} w:abstractNumId="{shape}"><w:multiLevelType w:val="singleLevel"/>'
            f'<w:lvl w:ilvl="0"><w:start w:val="1"/>{_DECIMAL if numbered else _BULLET}<w:lvlJc w:val="left"/>'
            '<w:pPr><w:ind w:left="425" w:hanging="425"/></w:pPr></w:lvl></w:abstractNum>'
        ),
    )
    numbering.append(
        parse_xml(f'<w:num {_W} w:numId="{number}"><w:abstractNumId w:val="{shape}"/></w:num>'),
    )
    return number


def _numbering(word: WordDocument) -> BaseOxmlElement:
    """The list definitions, which a template without lists lacks."""
    try:
        part: Part = word.part.part_related_by(RELATIONSHIP_TYPE.NUMBERING)
    except KeyError:
        empty = f"<w:numbering {_W}/>".encode()
        name = PackURI("/word/numbering.xml")
        part = NumberingPart.load(name, CONTENT_TYPE.WML_NUMBERING, empty, word.part.package)
        word.part.relate_to(part, RELATIONSHIP_TYPE.NUMBERING)
    if not isinstance(part, NumberingPart):
        raise ValueError("its list definitions cannot be read")  # noqa: TRY004 - the template is wrong, not the code
    element: BaseOxmlElement = part.element
    return element
