"""Fonts put into PDF files without what only a typesetter needs.

matplotlib places every glyph itself, so that the tables of ligatures and kerning (GSUB, GPOS, GDEF) do nothing in a
PDF; reading and cutting those of DejaVu Sans takes half of the time of a figure.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from fontTools.subset import Options  # type: ignore[import-untyped]  # it ships no types

LAYOUT = ("GDEF", "GPOS", "GSUB")
_DROPPED = "_drop_tables_default"


@contextmanager
def lean_fonts() -> Iterator[None]:
    """Inside the block, fonts are cut without their layout tables.

    fontTools offers no public way to set what matplotlib does not ask for; where its default has another name, fonts
    keep their tables and figures take longer.
    """
    before = getattr(Options, _DROPPED, None)
    if before is None:
        yield
        return
    setattr(Options, _DROPPED, [*before, *LAYOUT])
    try:
        yield
    finally:
        setattr(Options, _DROPPED, before)
