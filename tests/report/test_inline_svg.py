from xml.etree import ElementTree as ET

from metak2.report.inline_svg import inline_svg
from tests.report.samples import Sketch


def pasted(sketch: Sketch) -> ET.Element:
    svg = inline_svg(sketch.svg(), name="forest", title="A & B", description="Thirteen trials.")
    return ET.fromstring(svg.markup)  # noqa: S314 - made by the test


def test_the_picture_is_named_and_described_once() -> None:
    root = pasted(Sketch())
    assert [(child.tag, child.text) for child in root][:2] == [("title", "A & B"), ("desc", "Thirteen trials.")]
    assert len(root.findall("title")) == 1


def test_ids_and_what_points_to_them_move_together() -> None:
    root = pasted(Sketch())
    assert root.find(".//use").attrib["href"] == "#forest-mark"
    assert root.find(".//g").attrib["clip-path"] == "url(#forest-clip)"


def test_a_label_that_looks_like_a_reference_stays_text() -> None:
    label = 'url(#clip) id="clip" <script>'
    assert pasted(Sketch(label=label)).findtext(".//text") == label


def test_metadata_goes_and_letters_are_reported_with_their_weight() -> None:
    svg = inline_svg(Sketch().svg(), name="forest", title="A", description="B")
    assert "never shown" not in svg.markup
    assert svg.letters == (("bold", "normal", "RR 0.49"),)


def test_css_weights_by_number_and_slanted_letters_are_seen() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg"><text style="font-weight: 700; font-size: 8px">B</text>'
        '<text style="font-size: 700px">R</text><text style="font-style: italic">I</text></svg>'
    )
    assert inline_svg(svg, name="f", title="A", description="B").letters == (
        ("bold", "normal", "B"),
        ("normal", "normal", "R"),
        ("normal", "italic", "I"),
    )
