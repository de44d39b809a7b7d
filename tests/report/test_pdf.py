import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typst
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib.font_manager import fontManager
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from metak2.report import pdf as typesetting
from metak2.report.blocks import Column, Heading, Picture, Table
from metak2.report.fonts import font_folder
from metak2.report.pdf import TypesettingError
from metak2.report.report import rendered
from tests.report.readers import missing_glyphs, pdf_text
from tests.report.samples import HOSTILE, Sketch, sample_blocks, sample_report

pytestmark = pytest.mark.usefixtures("only_what_matplotlib_brings")

HAN = "佐藤 2011"
EVERYWHERE = "τ² I² χ² ± ≤ ≥ − – — × · † ‡ … “quoted” ⊕ ◯ ½ ∞ Müller Łukasz Петров Παπαδόπουλος 95\u202f% a\u2009b"


def made(**more: Any) -> bytes:  # noqa: ANN401 - whatever a report takes
    return rendered(sample_report(**more), formats=("pdf",))["report.pdf"]


@pytest.fixture(scope="module")
def pdf() -> PdfReader:
    return PdfReader(io.BytesIO(made(names=HOSTILE)))


@pytest.fixture
def han_font(tmp_path: Path) -> Iterator[str]:
    """A font with two Han characters, installed."""
    pen = TTGlyphPen(None)
    for step, point in enumerate(((0, 0), (500, 0), (500, 700), (0, 700))):
        (pen.lineTo if step else pen.moveTo)(point)
    pen.closePath()
    names = [".notdef", "sa", "to"]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord("佐"): "sa", ord("藤"): "to"})
    builder.setupGlyf({name: TTGlyphPen(None).glyph() if name == ".notdef" else pen.glyph() for name in names})
    builder.setupHorizontalMetrics(dict.fromkeys(names, (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Noto Sans Two", "styleName": "Regular", "psName": "NotoSansTwo"})
    builder.setupOS2(sTypoAscender=800, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    builder.save(tmp_path / "two.ttf")
    fontManager.addfont(tmp_path / "two.ttf")
    yield "NotoSansTwo"
    fontManager._findfont_cached.cache_clear()


def structure(element: Any) -> Iterator[DictionaryObject]:  # noqa: ANN401 - pypdf's tree has many kinds of node
    """Every element of the structure tree, in order."""
    found = element.get_object() if hasattr(element, "get_object") else None
    if isinstance(found, DictionaryObject):
        if "/S" in found:
            yield found
        below = found.get("/K", ())
        for child in below if isinstance(below, list) else [below]:
            yield from structure(child)


def elements(pdf: PdfReader) -> list[DictionaryObject]:
    return list(structure(pdf.root_object["/StructTreeRoot"]))


def fonts(resources: Any) -> Iterator[DictionaryObject]:  # noqa: ANN401 - pypdf has no type for it
    """Every font of a page and of the drawings on it."""
    for font in resources.get("/Font", {}).values():
        yield font.get_object()
    for drawn in resources.get("/XObject", {}).values():
        if "/Resources" in drawn.get_object():
            yield from fonts(drawn.get_object()["/Resources"].get_object())


def test_it_says_that_it_is_a_tagged_pdf_in_english_with_its_title(pdf: PdfReader) -> None:
    root = pdf.root_object
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()
    assert pdf.metadata is not None
    assert pdf.metadata.title == "BCG & tuberculosis"


def test_no_date_and_no_user_stand_in_it(pdf: PdfReader) -> None:
    assert pdf.metadata is not None
    assert not {"/CreationDate", "/ModDate", "/Author"} & pdf.metadata.keys()


def test_headings_tables_captions_lists_and_links_are_marked_as_such(pdf: PdfReader) -> None:
    kinds = [str(element["/S"]) for element in elements(pdf)]
    assert [kind for kind in kinds if kind in {"/H1", "/H2", "/H3"}] == ["/H1", "/H2", "/H1"]
    rows, columns = len(HOSTILE), 3
    assert [kinds.count(kind) for kind in ("/Table", "/TH", "/TD")] == [1, columns, columns * rows]
    assert kinds.count("/LI") == rows + rows + 1
    assert {"/Figure", "/Caption", "/Link", "/L"} <= set(kinds)


def test_a_picture_is_described_and_its_text_stays_text(pdf: PdfReader) -> None:
    (figure,) = [element for element in elements(pdf) if element["/S"] == "/Figure"]
    assert figure["/Alt"] == Sketch().alt
    assert "RR 0.49" in pdf.pages[0].extract_text()


def test_every_font_is_embedded_and_comes_with_matplotlib(pdf: PdfReader) -> None:
    names = set()
    for page in pdf.pages:
        for font in fonts(page["/Resources"]):
            (below,) = font["/DescendantFonts"]
            descriptor = below.get_object()["/FontDescriptor"]
            assert {"/FontFile2", "/FontFile3"} & descriptor.keys()
            names.add(str(descriptor["/FontName"]).partition("+")[2])
    assert names <= {"STIXGeneral-Regular", "STIXGeneral-Bold", "DejaVuSans", "DejaVuSans-Bold"}


def test_only_https_addresses_are_links(pdf: PdfReader) -> None:
    targets = [note.get_object()["/A"]["/URI"] for page in pdf.pages for note in page.get("/Annots", ())]
    assert targets == ["https://doi.org/10.1001/jama.271.9.698", "https://example.org"]


def test_nothing_in_it_runs(pdf: PdfReader) -> None:
    assert not {"/OpenAction", "/AA", "/AcroForm", "/Names"} & pdf.root_object.keys()


def test_a_head_is_repeated_on_every_page_of_a_table() -> None:
    rows = tuple((f"Trial {number}", "0.41") for number in range(150))
    table = Table("The trials", (Column("Study of note"), Column("RR", "right")), rows)
    pages = PdfReader(io.BytesIO(made(blocks=(table,)))).pages
    assert len(pages) > 2
    assert all("Study of note" in page.extract_text() for page in pages)


def test_a_wide_picture_gets_a_page_on_its_side_and_a_tall_one_stays_on_one_page() -> None:
    class Large(Sketch):
        def svg(self) -> str:
            return Sketch.svg(self).replace('width="200pt" height="80pt"', self.label)

    def sizes(label: str) -> list[bool]:
        picture = Picture("forest", "Forest plot.", Large(label=label))
        pages = PdfReader(io.BytesIO(made(blocks=(Heading("Results"), picture)))).pages
        return [page.mediabox.width > page.mediabox.height for page in pages]

    assert sizes('width="805pt" height="370pt"') == [False, True, False]
    assert sizes('width="560pt" height="3000pt"') == [False, False]


@pytest.mark.parametrize("bold", [True, False])
def test_no_glyph_is_missing_from_what_reports_print(bold: bool) -> None:
    blocks = (Heading(EVERYWHERE),) if bold else (*sample_blocks((EVERYWHERE, *HOSTILE)),)
    content = made(blocks=blocks)
    assert missing_glyphs(content) == 0
    assert "".join(EVERYWHERE.split()) in pdf_text(content)


def test_a_missing_glyph_would_be_noticed() -> None:
    source = '#set text(font: "DejaVu Sans", fallback: false)\n' + HAN
    book = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[font_folder()])
    boxes = typst.Compiler(source.encode(), font_paths=book).compile(format="pdf")
    assert isinstance(boxes, bytes)
    assert missing_glyphs(boxes) == 2


def test_a_name_no_font_shows_is_written_as_code_points() -> None:
    content = made(names=(HAN,))
    assert "U+4F50U+85E42011" in pdf_text(content)
    assert missing_glyphs(content) == 0


def test_a_name_is_set_in_an_installed_font_that_has_it(han_font: str) -> None:
    content = made(names=(HAN,))
    assert "佐藤2011" in pdf_text(content)
    assert missing_glyphs(content) == 0
    page = PdfReader(io.BytesIO(content)).pages[0]
    assert any(han_font in str(font["/BaseFont"]) for font in fonts(page["/Resources"]))


def test_a_letter_without_a_shape_is_an_error_and_leaves_the_old_report_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = sample_report().write(tmp_path / "bcg")
    before = {entry.name: entry.read_bytes() for entry in folder.iterdir()}
    monkeypatch.setattr(typesetting, "_FILES", ("STIXGeneral.ttf",))
    with pytest.raises(TypesettingError, match=r"cannot be typeset: .*Nothing was written"):
        sample_report(title="◌ῼ☃").write(folder, formats=["pdf"])
    assert {entry.name: entry.read_bytes() for entry in folder.iterdir()} == before


def test_the_same_report_gives_the_same_bytes_twice() -> None:
    assert made(names=HOSTILE) == made(names=HOSTILE)


def test_the_fonts_of_the_figures_are_at_hand_too(han_font: str) -> None:
    content = made(blocks=(Picture("forest", "Forest plot.", Sketch(label=HAN)),))
    assert han_font
    assert missing_glyphs(content) == 0
