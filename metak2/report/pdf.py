"""A document as a tagged PDF (PDF/UA-1), typeset by typst.

The text reaches typst as data, never as source, so that a study name is never a command. Nothing is read from the
network, the clock or the system's fonts, except for a font that a name needs (see `metak2.plots.fonts`).
"""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import assert_never
from xml.etree.ElementTree import Element

import typst
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]  # it ships no types

from metak2.errors import MetaError
from metak2.plots.font_files import font_files
from metak2.plots.fonts import Fonts, fonts_for
from metak2.plots.labels import escaped
from metak2.report.blocks import (
    Block,
    Caveat,
    Heading,
    Items,
    Paragraph,
    Picture,
    References,
    Table,
    addresses,
    one_line,
)
from metak2.report.fonts import font_folder
from metak2.report.manuscript import Manuscript

Json = dict[str, object]

BODY_FAMILY = "STIXGeneral"  # it comes with matplotlib, as does DejaVu
_FILES = ("STIXGeneral.ttf", "STIXGeneralBol.ttf", "DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
_LENGTH = re.compile(r"[0-9.]+")
_LONG_WORD = re.compile(r"[^\W_]{24,}")
_STRETCH = re.compile(r".{8}")
_BREAK = "\u200b"  # has no width: a line may end here


class TypesettingError(MetaError):
    """typst refused the document; nothing was written."""


def render(manuscript: Manuscript) -> bytes:
    """The PDF, the same bytes for the same document, fonts and version of typst.

    `TypesettingError` where typst refuses, as it does where a font that was found has no shape for a letter.
    """
    document = manuscript.document
    fonts = fonts_for(_texts(manuscript))
    content = {
        "title": _set(document.title, fonts),
        "data_date": _set(document.data_date, fonts),
        "families": [BODY_FAMILY, *fonts.families],
        "blocks": [_block(block, fonts, manuscript) for block in document.blocks],
        "provenance": [_set(sentence, fonts) for sentence in document.provenance],
    }
    return _typeset(json.dumps(content), fonts)


def _typeset(content: str, fonts: Fonts) -> bytes:
    source = files("metak2.report").joinpath("templates/report.typ").read_bytes()
    with _font_folder(fonts) as folder:
        typesetter = typst.Compiler(
            source,
            font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder]),
        )
        try:
            made = typesetter.compile(format="pdf", pdf_standards=["ua-1"], sys_inputs={"content": content})
        except typst.TypstError as error:
            raise TypesettingError(
                f"the PDF cannot be typeset: {error.message}. Nothing was written; the other formats can be."
            ) from error
    if not isinstance(made, bytes):
        raise TypeError("typst gave no PDF")
    return made


def _block(block: Block, fonts: Fonts, manuscript: Manuscript) -> Json:
    """The block as data that the template knows how to set."""
    made: Json = {"kind": type(block).__name__}
    match block:
        case Heading():
            made |= {"text": _set(block.text, fonts), "level": block.level}
        case Paragraph() | Caveat():
            made |= {"text": _set(block.text, fonts)}
        case Items():
            made |= {"items": [_set(item, fonts) for item in block.items]}
        case References():
            made |= {"items": [_linked(item, fonts) for item in block.items]}
        case Table():
            made |= {
                "caption": _set(block.caption, fonts),
                "columns": [{"title": _set(c.title, fonts), "align": c.align} for c in block.columns],
                "rows": [[_set(cell, fonts) for cell in row] for row in block.rows],
                "notes": [_set(note, fonts) for note in block.notes],
            }
        case Picture():
            svg = manuscript.svgs[block.name]
            made |= {"svg": svg, "alt": one_line(block.drawing.alt), "caption": _set(block.caption, fonts)}
            made |= _size(fromstring(svg))
        case _:
            assert_never(block)
    return made


def _size(svg: Element) -> Json:
    """The drawing's width and height in points."""
    return {side: float(_LENGTH.findall(svg.get(side, ""))[0]) for side in ("width", "height")}


def _set(text: str, fonts: Fonts) -> str:
    """The text on one line, with places to break a word that would not fit a column."""
    return _breakable(_legible(text, fonts))


def _breakable(line: str) -> str:
    return _LONG_WORD.sub(lambda word: _STRETCH.sub(rf"\g<0>{_BREAK}", word[0]), line)


def _legible(text: str, fonts: Fonts) -> str:
    """The text on one line, code points in place of what no font shows."""
    line = one_line(text)
    if fonts.missing.isdisjoint(line):
        return line
    return one_line("".join(f" {escaped(sign)} " if sign in fonts.missing else sign for sign in line))


def _linked(text: str, fonts: Fonts) -> list[Json]:
    """The text in parts; a part that is an address is its own target and is not broken by hidden characters."""
    return [
        {"text": part if is_address else _breakable(part), "address": part if is_address else ""}
        for part, is_address in addresses(_legible(text, fonts))
    ]


def _texts(manuscript: Manuscript) -> Iterator[str]:
    """Every text of the document and its pictures, on one line."""
    document = manuscript.document
    yield one_line(document.title)
    yield one_line(document.data_date)
    yield from map(one_line, document.provenance)
    for svg in manuscript.svgs.values():
        yield from fromstring(svg).itertext()
    for block in document.blocks:
        yield from map(one_line, _texts_of(block))


def _texts_of(block: Block) -> Iterator[str]:
    match block:
        case Heading() | Paragraph() | Caveat():
            yield block.text
        case Items() | References():
            yield from block.items
        case Table():
            yield block.caption
            yield from (column.title for column in block.columns)
            yield from (cell for row in block.rows for cell in row)
            yield from block.notes
        case Picture():
            yield block.caption
        case _:
            assert_never(block)


@contextmanager
def _font_folder(fonts: Fonts) -> Iterator[Path]:
    """A folder with the fonts of this document and no other: typst takes any of them where a cut lacks a letter."""
    with TemporaryDirectory(prefix="metak2-fonts-") as folder:
        for at, file in enumerate((*(font_folder() / name for name in _FILES), *font_files(fonts.families))):
            shutil.copyfile(file, Path(folder) / f"{at}{file.suffix}")
        yield Path(folder)
