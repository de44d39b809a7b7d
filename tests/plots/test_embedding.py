"""The fonts inside PDF figures: all their letters, none of a typesetter's tables."""

from contextlib import suppress
from io import BytesIO

from fontTools.subset import Options  # type: ignore[import-untyped] # it ships no types
from fontTools.ttLib import TTFont  # type: ignore[import-untyped] # it ships no types
from pypdf import PdfReader

import metak2 as mk
from metak2.plots.embedding import LAYOUT, lean_fonts


def test_a_figure_keeps_its_words_and_its_fonts_have_no_layout_tables() -> None:
    pooled = mk.pool(mk.effects_from(yi=[0.1, 0.3], se=[0.1, 0.2], study=["Ångström fi 1999", "Καλά 2001"]))
    page = PdfReader(BytesIO(mk.forest(pooled).pdf())).pages[0]
    text = page.extract_text()
    assert "Ångström fi 1999" in text
    assert "Καλά 2001" in text
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    descriptors = [part.get_object()["/FontDescriptor"].get_object() for font in fonts
                   for part in font.get("/DescendantFonts", [font])]  # fmt: skip
    tables = [set(TTFont(BytesIO(one["/FontFile2"].get_data())).keys()) for one in descriptors if "/FontFile2" in one]
    assert tables
    assert not any(found & set(LAYOUT) for found in tables)


def test_fonts_cut_elsewhere_keep_their_tables() -> None:
    before = list(Options().drop_tables)
    with suppress(RuntimeError), lean_fonts():
        assert set(LAYOUT) <= set(Options().drop_tables)
        raise RuntimeError
    assert Options().drop_tables == before
