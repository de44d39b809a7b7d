"""Do two reports say the same sentences? Markdown as it stands, HTML and Word reduced to their text."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from html.parser import HTMLParser
from io import BytesIO
from xml.etree.ElementTree import Element
from zipfile import BadZipFile, ZipFile

from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]  # it ships no types

from metak2.report.provenance import VERSION_LINES

_BLOCKS = frozenset({"p", "li", "h1", "h2", "h3", "h4", "caption", "tr", "figcaption", "title"})
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_UNREAD = frozenset({"style", "svg"})
_TOLD = ("title", "alt", "aria-label", "href")  # what hovering, a screen reader or a click gives
_SVG = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_AROUND = re.compile(r"word/(header|footer|footnotes|endnotes)\d*\.xml")


def text_differences(committed: str, fresh: str) -> Iterator[str]:
    """One line per line of text that differs, apart from the lines that name the version."""
    old, new = (_without_version(text.splitlines()) for text in (committed, fresh))
    for tag, low, high, start, end in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for at in range(max(high - low, end - start)):
            before = old[low + at] if low + at < high else None
            after = new[start + at] if start + at < end else None
            yield _line(before, after)


def html_text(page: str) -> str:
    """The text of a page, a line per paragraph, table row or heading; style sheets and figures left out."""
    return "\n".join(" ".join(line.split()) for line in "".join(_read(page).parts).splitlines() if line.strip())


def html_unseen(page: str) -> str:
    """What hovering, a screen reader or a click gives beside the text, a line each."""
    return "\n".join(" ".join(line.split()) for line in _read(page).told)


def html_figures(page: str) -> list[str]:
    """The figures of a page, each as an SVG document."""
    return _SVG.findall(page)


def docx_text(content: bytes) -> str:
    """The text of a Word document, a line per paragraph and table cell, with headers, footers and alternative texts.

    ValueError where it is none.
    """
    try:
        with ZipFile(BytesIO(content)) as parts:
            read = ["word/document.xml", *sorted(name for name in parts.namelist() if _AROUND.fullmatch(name))]
            roots: list[Element] = [fromstring(parts.read(name)) for name in read]
    except (BadZipFile, KeyError, SyntaxError) as error:
        raise ValueError(f"no Word document: {error}") from error
    paragraphs = (
        "".join(run.text or "" for run in found.iter(f"{_WORD}t")) for root in roots for found in root.iter(f"{_WORD}p")
    )
    shown = (element.get("descr", "") for root in roots for element in root.iter() if element.tag.endswith("}docPr"))
    return "\n".join(line for line in (*paragraphs, *shown) if line)


def _without_version(lines: list[str]) -> list[str]:
    return [line for line in lines if not line.startswith(VERSION_LINES)]


def _line(before: str | None, after: str | None) -> str:
    if before is None:
        return f"new text {_shown(after)}"
    if after is None:
        return f"{_shown(before)} is no longer written"
    return f"{_shown(before)} became {_shown(after)}"


def _shown(text: str | None) -> str:
    line = text or ""
    return f"“{line[:117]}…”" if len(line) > 118 else f"“{line}”"


def _read(page: str) -> "_Reader":
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.told: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.told += [f"{tag} {key}: {said[key]}" for key in _TOLD if said.get(key) and not self._unread]
        if tag in _UNREAD:
            self._unread += 1
        elif tag in {"td", "th"}:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNREAD:
            self._unread -= 1
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.parts.append(" ".join(data.splitlines()) if data.strip() else " ")
