"""A document as one self-contained page: no script, nothing from the network, figures and their font inside."""

from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from metak2.report.anchors import heading_anchors
from metak2.report.blocks import Document, Heading, Paragraph, Picture, addresses, one_line
from metak2.report.fonts import Face, faces
from metak2.report.inline_svg import InlineSvg, inline_svg


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    anchor: str
    title: str


def html(document: Document, svgs: dict[str, str]) -> str:
    """The whole page; `svgs` holds each picture's SVG by its name."""
    figures = {
        block.name: inline_svg(
            svgs[block.name],
            name=block.name,
            title=one_line(block.caption),
            description=one_line(block.drawing.alt),
        )
        for block in document.blocks
        if isinstance(block, Picture)
    }
    anchors = heading_anchors(document.blocks)
    page = _environment().get_template("report.html.j2")
    return page.render(
        document=document,
        blocks=[(type(block).__name__, block, anchors.get(at, "")) for at, block in enumerate(document.blocks)],
        sections=[
            _Section(anchor=anchors[at], title=block.text)
            for at, block in enumerate(document.blocks)
            if isinstance(block, Heading) and block.level == 2
        ],
        figures={name: Markup(figure.markup) for name, figure in figures.items()},  # noqa: S704 - serialised by the XML library, which escapes
        faces=_faces(figures),
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("metak2.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["line"] = one_line
    environment.filters["linked"] = _linked
    environment.filters["told"] = _told
    return environment


def _faces(figures: dict[str, InlineSvg]) -> tuple[Face, ...]:
    return faces(run for figure in figures.values() for run in figure.letters)


def _linked(text: str) -> Markup:
    """The text escaped, its addresses as links."""
    link = Markup('<a href="{0}">{0}</a>')
    return Markup("").join(link.format(part) if is_address else part for part, is_address in addresses(text))


def _told(paragraph: Paragraph) -> Markup:
    """The paragraph escaped, each phrase that has a link inside one, once."""
    text = Markup("{}").format(one_line(paragraph.text))
    link = Markup('<a class="cell" href="#{}" title="{}">{}</a>')
    for phrase, where in paragraph.links.items():
        shown = Markup("{}").format(one_line(phrase))
        text = link.format(where.target, one_line(where.hover), shown).join(text.split(shown, 1))
    return text
