"""A report small enough to read, with a drawing that needs no drawing library, and names that try to do harm."""

import struct
import zlib
from dataclasses import dataclass, field
from html import escape
from typing import Any

from metak2.report.blocks import Block, Caveat, Column, Heading, Items, Paragraph, Picture, References, Table
from metak2.report.report import Report
from metak2.studies.reading_log import ParsedInput

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- hidden -->",
    "Smith & Jones",
    "&lt;b&gt;",
    "two\nlines\tand a tab",
    "=1+1",
    "+1",
    "- item",
    "-",
    "# heading",
    "1. first",
    "2) second",
    "> quoted",
    "{{7*7}}",
    "{% raw %}",
    "a|b",
    "`code`",
    "*bold* _slanted_ ~~gone~~",
    "$x^2$",
    "[x](javascript:alert(1))",
    "![x](x.png)",
    "<https://example.org>",
    "back\\slash",
    "quote \" and apostrophe '",
    "\u202egnorw",
    "שלום 2004",
    "佐藤 2011",
    "#eval(7*7)",
    '#image("/etc/passwd")',
    "@ref <label> // no comment /* nor this */",
    "half \ud800 a pair",
    "bell \a and null \0",
    "x" * 200,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """A stand-in for `metak2.plots.drawing.Drawing`: one square and one label."""

    label: str = "RR 0.49"
    at: float = 40.0
    colour: str = "#1f3864"
    alt: str = "Forest plot of 13 trials: pooled risk ratio 0.49."
    shown: dict[str, object] = field(default_factory=lambda: {"rows": ["Aronson 1948"], "estimate": 0.49})

    def svg(self) -> str:
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n'
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            'width="200pt" height="80pt" viewBox="0 0 200 80"><title>own title</title>'
            "<metadata><date>never shown</date></metadata>"
            '<defs><clipPath id="clip"><rect x="0" y="0" width="200" height="80"/></clipPath>'
            '<path id="mark" d="M 0 0 L 4 4 z"/></defs>'
            f'<g clip-path="url(#clip)"><use xlink:href="#mark" x="{self.at}" y="20" '
            f'style="fill: {self.colour}; opacity: 0.5"/></g>'
            f'<text x="10" y="70" style="font: bold 9px \'DejaVu Sans\'">{escape(self.label)}</text></svg>\n'
        )

    def png(self) -> bytes:
        """Two grey pixels by one, the label in a comment."""
        parts = {
            b"IHDR": struct.pack(">IIBBBBB", 2, 1, 8, 0, 0, 0, 0),
            b"tEXt": b"Comment\0" + self.label.encode(),
            b"IDAT": zlib.compress(b"\0\x80\x80"),
            b"IEND": b"",
        }
        chunks = (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
            for name, data in parts.items()
        )
        return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)

    def pdf(self) -> bytes:
        return b"%PDF " + self.label.encode()

    def data(self) -> dict[str, object]:
        return self.shown


def sample_blocks(names: tuple[str, ...] = ("Aronson 1948",), sketch: Sketch | None = None) -> tuple[Block, ...]:
    return (
        Paragraph("The risk ratio is 0.49 (95\u202f% CI 0.33 to 0.73), p < 0.001."),
        Heading("Results"),
        Caveat(f"{names[0]} is a trial of concern."),
        Picture("forest", "Forest plot of the primary outcome.", sketch or Sketch()),
        Heading("Trials", 3),
        Table(
            "The trials",
            (Column("Study"), Column("RR", "right"), Column("Risk of bias", "center")),
            tuple((name, "0.41", "+") for name in names),
            ("RR, risk ratio.", "* adjusted"),
        ),
        Items(names),
        Heading("References"),
        References(("Colditz 1994, JAMA 271:698-702. https://doi.org/10.1001/jama.271.9.698.", *names)),
    )


def sample_report(sketch: Sketch | None = None, names: tuple[str, ...] = ("Aronson 1948",), **more: object) -> Report:
    fields: dict[str, Any] = {
        "title": "BCG & tuberculosis",
        "blocks": sample_blocks(names, sketch),
        "results": {"primary": {"estimate": -0.7145, "k": 13, "pval": 0.0012}},
        "inputs": (ParsedInput(path="datasets/bcg/bcg.xlsx", sha256="ab" * 32),),
        "analysis": ParsedInput(path="analyses/bcg.toml", sha256="cd" * 32),
        "data_date": "2026-11-01",
        **more,
    }
    return Report(**fields)
