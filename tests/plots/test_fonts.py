from collections.abc import Iterator
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib.font_manager import fontManager

from metak2.plots.fonts import fonts_for
from metak2.plots.forest import forest
from tests.plots.factory import bcg, bcg_effects, renamed

pytestmark = pytest.mark.usefixtures("only_what_matplotlib_brings")

RARE = "\U0002a6d6"  # the last Han character of extension B: DejaVu Sans has none of them


@pytest.fixture
def rare_font(tmp_path: Path) -> Iterator[Path]:
    pen = TTGlyphPen(None)
    for step, point in enumerate(((0, 0), (500, 0), (500, 700), (0, 700))):
        (pen.lineTo if step else pen.moveTo)(point)
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "rare"])
    builder.setupCharacterMap({ord(RARE): "rare"})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "rare": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (600, 0), "rare": (600, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Noto Sans Rare", "styleName": "Regular", "psName": "NotoSansRare"})
    builder.setupOS2(sTypoAscender=800, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    path = tmp_path / "NotoSansRare.ttf"
    builder.save(path)
    fontManager.addfont(path)
    yield path
    fontManager._findfont_cached.cache_clear()


def test_dejavu_alone_sets_european_names() -> None:
    fonts = fonts_for(("Müller & Łukasz, Ødegård, Петров, Παπαδόπουλος", "τ² = 0.31, 95\u202f% CI −1 to ∞ †…"))
    assert fonts.families == ("DejaVu Sans",)
    assert fonts.notes == ()


def test_a_character_no_font_shows_is_written_as_its_code_point_and_named() -> None:
    fonts = fonts_for((f"Trial {RARE}",))
    assert fonts.legible(f"Trial{RARE}{RARE}1") == "Trial U+2A6D6 U+2A6D6 1"
    assert "U+2A6D6" in fonts.notes[0]
    assert "Noto" in fonts.notes[0]


def test_an_installed_font_that_covers_a_name_is_used_and_recorded(rare_font: Path) -> None:
    fonts = fonts_for((f"Trial {RARE}",))
    assert fonts.families == ("DejaVu Sans", "Noto Sans Rare")
    assert fonts.legible(RARE) == RARE
    assert fonts.notes[0].startswith("Font Noto Sans Rare, sha256 ")
    assert rare_font.is_file()


def test_a_name_in_a_further_font_is_drawn_in_all_three_formats(
    rare_font: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert rare_font.is_file()
    drawing = forest(bcg(renamed(bcg_effects(), f"{RARE} 1948")))
    assert f"{RARE} 1948" in drawing.svg()
    assert "'Noto Sans Rare'" in drawing.svg()
    assert drawing.png(50).startswith(b"\x89PNG")
    assert b"NotoSansRare" in drawing.pdf()
    assert caplog.text == ""  # a font without a bold cut is no news to a reviewer


def test_a_plot_never_draws_an_empty_box() -> None:
    drawing = forest(bcg(renamed(bcg_effects(), f"{RARE} 1948")))
    assert "U+2A6D6 1948" in drawing.svg()
    assert any("U+2A6D6" in note for note in drawing.layout.notes)


def test_bold_text_is_wider_and_lines_are_measured_one_by_one() -> None:
    fonts = fonts_for(("Study",))
    assert fonts.width("Study", size=8, bold=True) > fonts.width("Study", size=8)
    assert fonts.width("Study\nS", size=8) == fonts.width("Study", size=8)
    assert fonts.width("", size=8) == 0


def test_a_long_line_is_broken_between_words() -> None:
    fonts = fonts_for(("x",))
    lines = fonts.lines("one two three four five six", 60.0, 8.0)
    assert " ".join(line.strip() for line in lines) == "one two three four five six"
    assert len(lines) > 1
    assert all(fonts.width(line, size=8.0) <= 75.0 for line in lines)  # 60 and the indent of further lines
