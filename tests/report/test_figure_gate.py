import pytest

from metak2.report.figure_gate import figure_difference
from tests.report.samples import Sketch


def test_other_ids_and_another_date_are_the_same_figure() -> None:
    renamed = Sketch().svg()
    for name, other in (('"clip"', '"p07af"'), ("#clip", "#p07af"), ('"mark"', '"m3"'), ("#mark", "#m3")):
        renamed = renamed.replace(name, other)
    assert figure_difference(Sketch().svg(), renamed.replace("never shown", "2026-11-22")) == ""


def test_a_third_of_a_point_is_the_drawing_library_and_a_point_is_a_change() -> None:
    assert figure_difference(Sketch(at=40.0).svg(), Sketch(at=40.32).svg()) == ""
    assert figure_difference(Sketch(at=40.0).svg(), Sketch(at=41.0).svg()) == "a <use> moved: its x differs by 1"


def test_another_label_is_a_change() -> None:
    assert figure_difference(Sketch().svg(), Sketch(label="RR 0.50").svg()) == "the text 'RR 0.49' became 'RR 0.50'"


def test_another_colour_is_a_change() -> None:
    assert "#1f3864" in figure_difference(Sketch().svg(), Sketch(colour="#1f3865").svg())


def test_another_opacity_is_a_change_though_it_is_a_small_number() -> None:
    faint = Sketch().svg().replace("opacity: 0.5", "opacity: 0.4")
    assert figure_difference(Sketch().svg(), faint) == "a <use> moved: its style differs by 0.1"


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("<use ", "<image ", "<use> became <image>"),
        ("L 4 4 z", "L 4 4 L 5 5 z", "a <path> looks different"),
        ("</svg>", "<g/></svg>", "elements became"),
        ("</svg>", "", "is not an SVG document"),
    ],
)
def test_another_structure_is_a_change(old: str, new: str, words: str) -> None:
    assert words in figure_difference(Sketch().svg(), Sketch().svg().replace(old, new, 1))
