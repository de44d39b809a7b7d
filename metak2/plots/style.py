"""The look of every picture: colours that stay apart in grey, sizes in points, and a private matplotlib style."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import matplotlib as mpl

from metak2.plots.marks import Align

INK = "#000000"
BLUE = "#1f3b6f"
GREY = "#6e6e6e"
PALE = "#b5b5b5"
BODY_SIZE = 8.5
SMALL_SIZE = 7.5
TITLE_SIZE = 10.5
LINE = 11.0  # from baseline to baseline within a cell, in points

SVG_METADATA = {"Date": None, "Creator": None}
PNG_METADATA = {"Software": None}
PDF_METADATA = {"CreationDate": None, "ModDate": None, "Creator": None, "Producer": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class TextStyle:
    """How a text is set: alignment at its anchor, size in points, weight, colour."""

    align: Align = "left"
    size: float = BODY_SIZE
    bold: bool = False
    colour: str = INK


@contextmanager
def private_style() -> Iterator[None]:
    """Matplotlib's defaults with ours on top: no user's matplotlibrc reaches a picture, and ours stays inside."""
    log = logging.getLogger("matplotlib.font_manager")
    before = log.level
    log.setLevel(logging.ERROR)  # a further font without a bold cut is used as it is
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(
            {
                "font.family": ["DejaVu Sans"],
                "svg.fonttype": "none",
                "svg.hashsalt": "metak2",
                "pdf.fonttype": 42,
                "text.hinting": "none",
            }
        )
        try:
            yield
        finally:
            log.setLevel(before)
