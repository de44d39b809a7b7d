"""An SVG document made fit to stand inside a page: named, described, its ids its own, and no other.

The prolog, metadata and namespaces go; the text of every element stays as it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]  # it ships no types

_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_BOLD = re.compile(r"(?:font-weight:\s*|font:[^;'\"]*?\b)(?:bold|[6-9]00)\b")
_ITALIC = re.compile(r"(?:font-style:\s*|font:[^;'\"]*?\b)(?:italic|oblique)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineSvg:
    """The element to paste into a page, and its letters as ``(weight, style, text)`` runs."""

    markup: str
    letters: tuple[tuple[str, str, str], ...]


def inline_svg(svg: str, *, name: str, title: str, description: str) -> InlineSvg:
    """The drawing as one ``<svg>`` element whose ids start with its name, titled and described for screen readers."""
    root: Element = fromstring(svg)
    for element in root.iter():
        _localise(element, name)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == "metadata" or (parent is root and child.tag in {"title", "desc"}):
                parent.remove(child)
    letters = tuple(_runs(root))
    for at, (tag, text) in enumerate((("title", title), ("desc", description))):
        label = SubElement(root, tag, {"id": f"{name}-{tag}"})
        label.text = text
        root.remove(label)
        root.insert(at, label)
    root.attrib.pop("aria-label", None)
    root.attrib.update({"role": "img", "aria-labelledby": f"{name}-title {name}-desc"})
    return InlineSvg(markup=tostring(root, encoding="unicode").strip(), letters=letters)


def _localise(element: Element, name: str) -> None:
    element.tag = _local(element.tag)
    for key in list(element.attrib):
        value = _REFERENCE.sub(rf"url(#{name}-\1)", element.attrib.pop(key))
        local = _local(key)
        if local == "id":
            value = f"{name}-{value}"
        if local == "href" and value.startswith("#"):
            value = f"#{name}-{value[1:]}"
        element.attrib[local] = value


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _runs(root: Element) -> Iterator[tuple[str, str, str]]:
    for element in root.iter():
        if element.tag in {"text", "tspan"}:
            style = element.get("style", "")
            weight = "bold" if _BOLD.search(style) or element.get("font-weight") == "bold" else "normal"
            slant = "italic" if _ITALIC.search(style) or element.get("font-style") == "italic" else "normal"
            yield weight, slant, "".join(element.itertext())
