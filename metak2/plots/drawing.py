"""A finished picture: its layout as data, its words, and its bytes in three formats, the same on every run."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from metak2.plots.embedding import lean_fonts
from metak2.plots.marks import ForestLayout, FunnelLayout, plain
from metak2.plots.style import PDF_METADATA, PNG_METADATA, SVG_METADATA, private_style

PNG_LEVEL = 3  # of 9: a fifth faster than matplotlib's 6, and files 2 per cent larger
FONT_FAMILY = re.compile(r"(font-family: [^;\"]+)")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawing:
    """A forest or funnel plot. `figure` is a matplotlib figure made without pyplot."""

    layout: ForestLayout | FunnelLayout
    figure: Figure

    @property
    def alt(self) -> str:
        """The picture in words, with its numbers."""
        return self.layout.alt

    def data(self) -> dict[str, Any]:
        """What is shown, as data that JSON can hold."""
        shown: dict[str, Any] = plain(self.layout)
        return shown

    def svg(self) -> str:
        """An SVG element with real text, a title and a description; it can be placed in HTML as it is."""
        text = self._bytes("svg", metadata=SVG_METADATA).decode("utf-8")
        text = text[text.index("<svg ") :].replace("<svg ", '<svg role="img" ', 1)
        end = text.index(">") + 1
        words = f"\n <title>{escape(self._title)}</title>\n <desc>{escape(self.layout.alt)}</desc>"
        return text[:end] + words + FONT_FAMILY.sub(r"\1, Verdana, sans-serif", text[end:])

    def png(self, dpi: int = 300) -> bytes:
        """A PNG at so many dots per inch."""
        return self._bytes("png", metadata=PNG_METADATA, dpi=dpi, pil_kwargs={"compress_level": PNG_LEVEL})

    def pdf(self) -> bytes:
        """A PDF with embedded fonts, real text and a title."""
        with lean_fonts():
            return self._bytes("pdf", metadata={**PDF_METADATA, "Title": self._title})

    def save(self, folder: str | Path, stem: str) -> tuple[Path, Path, Path]:
        """Write `stem`.svg, .png and .pdf into the folder, which is made if need be."""
        into = Path(folder)
        into.mkdir(parents=True, exist_ok=True)
        svg, png, pdf = (into / f"{stem}.{suffix}" for suffix in ("svg", "png", "pdf"))
        svg.write_text(self.svg(), encoding="utf-8", newline="\n")
        png.write_bytes(self.png())
        pdf.write_bytes(self.pdf())
        return svg, png, pdf

    @property
    def _title(self) -> str:
        return self.layout.title or self.layout.alt.split(":")[0]

    def _repr_svg_(self) -> str:
        return self.svg()

    def _bytes(self, form: str, **options: Any) -> bytes:  # noqa: ANN401 - options of savefig
        target = BytesIO()
        with private_style():
            self.figure.savefig(target, format=form, **options)
        return target.getvalue()


def one_pdf(pages: Sequence[Drawing]) -> bytes:
    """Several drawings as the pages of one PDF, such as those of `forest_pages`."""
    target = BytesIO()
    first = pages[0].layout
    with private_style(), PdfPages(target, metadata={**PDF_METADATA, "Title": first.title or first.alt}) as book:
        for page in pages:
            book.savefig(page.figure)
    return target.getvalue()
