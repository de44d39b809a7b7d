from base64 import b64decode
from io import BytesIO

from fontTools.ttLib import TTFont

from metak2.report.fonts import faces


def test_a_face_holds_the_letters_of_the_figures_and_little_more() -> None:
    (face,) = faces([("normal", "normal", "τ² = 0.31"), ("normal", "normal", "Habu")])
    letters = set(TTFont(BytesIO(b64decode(face.base64))).getBestCmap())
    assert set(map(ord, "τ² = 0.31Habu")) <= letters
    assert ord("z") not in letters


def test_bold_and_regular_letters_are_two_faces() -> None:
    found = faces([("bold", "normal", "Study"), ("normal", "normal", "Habu")])
    assert [(face.weight, face.style) for face in found] == [("bold", "normal"), ("normal", "normal")]


def test_the_same_letters_in_another_order_give_the_same_bytes() -> None:
    assert faces([("normal", "normal", "abc")]) == faces([("normal", "normal", "cb"), ("normal", "normal", "a")])


def test_a_letter_that_dejavu_lacks_is_left_to_the_reader_s_fonts() -> None:
    (face,) = faces([("normal", "normal", "佐a")])
    assert set(TTFont(BytesIO(b64decode(face.base64))).getBestCmap()) >= {ord("a")}
