"""What a report is made of: plain text in small frozen pieces, the same for every renderer.

Text carries no markup; each renderer escapes it. `one_line` is what every renderer applies first, so that a study name
with a line break, a control character or a direction override reads the same everywhere.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, Protocol, runtime_checkable

from metak2.argument_types import check_fields

Align = Literal["left", "right", "center"]
Level = Literal[2, 3, 4]

_ADDRESS = re.compile(r"https://[A-Za-z0-9./:;()_%?=#~+,-]*[A-Za-z0-9/]")
_PICTURE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_DIRECTION_CONTROLS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@runtime_checkable
class Drawn(Protocol):
    """A finished drawing: its three formats, its alternative text, and what it shows as data."""

    @property
    def alt(self) -> str:
        """What the picture shows, in a sentence or two, for a reader who cannot see it."""

    def svg(self) -> str:
        """The picture as an SVG document with real text."""

    def png(self) -> bytes:
        """The picture as PNG, 300 dpi."""

    def pdf(self) -> bytes:
        """The picture as PDF with embedded fonts."""

    def data(self) -> dict[str, object]:
        """What is shown: rows, marks and labels, ready for JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where a number of the page leads: the id of a table row, and what is shown on hovering."""

    target: str
    hover: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is the report's title, so sections start at 2."""

    text: str
    level: Level = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of prose; `links` leads from a phrase of the text to where its numbers come from."""

    text: str
    links: Mapping[str, Link] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Caveat:
    """A warning that a reader must not miss, drawn in a box where it matters."""

    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list without order."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a table column and how its cells are aligned."""

    title: str
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of formatted cells, (rows, columns), with its notes. The first cell of a row names the row.

    `links` leads from (row, column), counted from 0, to where the number comes from; `anchors` are the rows' ids.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    links: Mapping[tuple[int, int], Link] = field(default_factory=dict, hash=False)
    anchors: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_fields(self)
        if not one_line(self.caption):
            raise ValueError("a table needs a caption: a reader who cannot see it hears that first")
        wrong = [at for at, row in enumerate(self.rows, start=1) if len(row) != len(self.columns)]
        if wrong:
            raise ValueError(f"table {self.caption!r}: rows {wrong} do not have {len(self.columns)} cells")

    @classmethod
    def of_text(
        cls, caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], notes: Sequence[str] = ()
    ) -> "Table":
        """A table whose columns all hold text."""
        return cls(caption, tuple(map(Column, heads)), tuple(map(tuple, rows)), tuple(notes))


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing with its caption; `name`, the stem of its files, is lower-case letters, digits, - and _."""

    name: str
    caption: str
    drawing: Drawn

    def __post_init__(self) -> None:
        check_fields(self)
        if not _PICTURE_NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} cannot name a picture: lower-case letters, digits, - and _ only")


@dataclass(frozen=True, slots=True)
class References:
    """The works cited, numbered in this order; ``https://`` addresses become links."""

    items: tuple[str, ...]


Block = Heading | Paragraph | Caveat | Items | Table | Picture | References


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a renderer renders: a title, the blocks, and where it all came from, as sentences for the end."""

    title: str
    blocks: tuple[Block, ...]
    data_date: str
    provenance: tuple[str, ...]


def slug(text: str) -> str:
    """The text as a name for files and addresses: lower-case Latin letters, digits and hyphens.

    >>> slug("MK-4 45 mg against none: lumbar spine")
    'mk-4-45-mg-against-none-lumbar-spine'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "section"


def one_line(text: str) -> str:
    r"""The text on one line, without control characters, direction overrides or half surrogates.

    No-break and thin spaces stay; lines, tabs and runs of ordinary spaces become one space.

    >>> one_line("Habu\n 2004\u202e")
    'Habu 2004'
    """
    kept = "".join(_harmless(character) for character in text)
    return re.sub(r" {2,}", " ", kept).strip(" ")


def addresses(text: str) -> list[tuple[str, bool]]:
    """The text on one line, cut into pieces, each with whether it is an ``https://`` address.

    >>> addresses("BMJ. https://doi.org/10.1/x.")
    [('BMJ. ', False), ('https://doi.org/10.1/x', True), ('.', False)]
    """
    line = one_line(text)
    found = [match.span() for match in _ADDRESS.finditer(line)]
    cuts = sorted({0, len(line), *(at for span in found for at in span)})
    return [(line[low:high], (low, high) in found) for low, high in pairwise(cuts)]


def _harmless(character: str) -> str:
    if character in _DIRECTION_CONTROLS:
        return ""
    category = unicodedata.category(character)
    if category == "Cs" or character in "\ufffe\uffff":
        return "\ufffd"
    return " " if category in {"Cc", "Zl", "Zp"} else character
