import json
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from defusedxml.ElementTree import fromstring

from metak2.models.pooled import Pooled, Subgroups
from metak2.plots.drawing import Drawing
from metak2.plots.fonts import fonts_for
from metak2.plots.forest import forest
from metak2.plots.funnel import funnel
from metak2.plots.texts import SHARE, Texts
from tests.plots.factory import (
    bcg,
    bcg_effects,
    bcg_leave_one_out,
    bcg_mantel_haenszel,
    bcg_subgroups,
    effect_sizes,
    renamed,
)
from tests.plots.factory import pooled as pool_by_hand

HOSTILE = "<script>alert(1)</script> & $\\alpha^2$ \\frac{1}{2} $"
LONG = "A multicentre, randomised, double-blind, placebo-controlled trial " * 4


def sixty() -> Pooled:
    spread = np.linspace(-1.0, 0.6, 60)
    effects = effect_sizes([f"Trial {i}" for i in range(60)], spread, np.linspace(0.02, 0.4, 60), measure="HR")
    return pool_by_hand(effects, estimate=-0.2, low=-0.3, high=-0.1)


def five() -> Pooled:
    rows = np.arange(5)
    return pool_by_hand(bcg_effects().take(rows), estimate=-1.2, low=-1.6, high=-0.8)


def long_names() -> Pooled:
    return bcg(renamed(bcg_effects(), LONG, HOSTILE, "y" * 200, "維生素" * 30))


DRAWINGS: dict[str, Callable[[], Drawing]] = {
    "five": lambda: forest(five()),
    "thirteen": lambda: forest(bcg(), columns=("year", "alloc"), also=(("MH " * 30, bcg_mantel_haenszel()),)),
    "sixty": lambda: forest(sixty(), title="Sixty trials"),
    "long names": lambda: forest(long_names(), title=LONG[:90], favours=(LONG, LONG)),
    "subgroups": lambda: forest(bcg_subgroups()),
    "leave-one-out": lambda: forest(bcg_leave_one_out()),
    "funnel": lambda: funnel(bcg()),
    "funnel of five": lambda: funnel(five()),
}


def boxes(drawing: Drawing) -> list[tuple[float, float, float, float, str]]:
    """Left, right, bottom and top of every line of text, in points."""
    fonts = fonts_for(drawing.layout.texts())
    found = []
    for artist in drawing.figure.axes[0].get_children():
        if isinstance(artist, Texts):
            style = artist._style
            for x, y, line in artist._placed:
                width = fonts.width(line, size=style.size, bold=style.bold)
                left = x - SHARE[style.align] * width
                found.append((left, left + width, y - 0.2 * style.size, y + 0.75 * style.size, line))
    return found


@pytest.mark.parametrize("name", list(DRAWINGS))
def test_no_text_is_clipped(name: str) -> None:
    drawing = DRAWINGS[name]()
    width, height = drawing.figure.get_size_inches() * 72
    for left, right, bottom, top, line in boxes(drawing):
        assert left >= 0, line
        assert right <= width, line
        assert bottom >= 0, line
        assert top <= height, line


@pytest.mark.parametrize("name", list(DRAWINGS))
def test_no_two_texts_overlap(name: str) -> None:
    for one, other in combinations(boxes(DRAWINGS[name]()), 2):
        apart = one[1] <= other[0] or other[1] <= one[0] or one[3] <= other[2] or other[3] <= one[2]
        assert apart, (one, other)


@pytest.mark.parametrize("name", ["thirteen", "funnel"])
def test_a_second_drawing_has_the_same_bytes(name: str) -> None:
    one, other = DRAWINGS[name](), DRAWINGS[name]()
    assert one.svg() == other.svg() == one.svg()
    assert one.png(80) == other.png(80)
    assert one.pdf() == other.pdf()


def test_files_name_no_date_no_program_and_no_version() -> None:
    drawing = forest(five())
    for content in (drawing.svg().encode(), drawing.png(50), drawing.pdf()):
        assert b"atplotlib v" not in content
        assert b"CreationDate" not in content
        assert not re.search(rb"20[2-9][0-9]-[01][0-9]-[0-3][0-9]", content)


def test_a_hostile_name_comes_out_as_text() -> None:
    svg = forest(bcg(renamed(bcg_effects(), HOSTILE, "line\nbreak\x00"))).svg()
    texts = ["".join(element.itertext()).strip() for element in fromstring(svg).iter() if element.tag.endswith("text")]
    assert HOSTILE in texts
    assert "line break" in texts
    assert "<script" not in svg


def test_a_dollar_sign_is_a_dollar_sign_in_every_format() -> None:
    drawing = forest(bcg(renamed(bcg_effects(), "$x_1", "\\undefined$", "$\\notmath$")))
    assert "$\\notmath$" in drawing.svg()
    assert drawing.png(50)
    assert drawing.pdf()


def test_the_svg_is_one_element_with_role_title_and_description() -> None:
    drawing = forest(bcg(), title="BCG & tuberculosis")
    root = fromstring(drawing.svg())
    assert drawing.svg().startswith("<svg ")
    assert root.get("role") == "img"
    title, description = list(root)[:2]
    assert (title.tag.rpartition("}")[2], title.text) == ("title", "BCG & tuberculosis")
    assert (description.tag.rpartition("}")[2], description.text) == ("desc", drawing.alt)


def test_numbers_in_the_svg_are_text_at_the_right_end_of_their_column() -> None:
    svg = forest(bcg()).svg()
    style = re.search(r'style="([^"]*)"[^>]*>4/123<', svg)
    assert style is not None
    assert "text-anchor: end" in style[1]
    assert "'DejaVu Sans', Verdana, sans-serif" in style[1]


def test_a_users_matplotlib_settings_do_not_matter_and_stay() -> None:
    before = forest(five())
    expected = before.svg(), before.png(50)
    with mpl.rc_context({"font.size": 30, "svg.fonttype": "path", "savefig.bbox": "tight", "savefig.facecolor": "red"}):
        drawing = forest(five())
        assert (drawing.svg(), drawing.png(50)) == expected
        assert mpl.rcParams["svg.fonttype"] == "path"
        assert mpl.rcParams["savefig.facecolor"] == "red"


def test_drawing_leaves_no_figure_open() -> None:
    forest(five())
    funnel(five())
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or pyplot.get_fignums() == []


def test_matplotlib_waits_for_the_first_picture() -> None:
    code = "import sys, metak2.plots, metak2.plots.forest_layout; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_save_writes_three_files_that_equal_the_bytes(tmp_path: Path) -> None:
    drawing = forest(five())
    svg, png, pdf = drawing.save(tmp_path / "figures", "forest")
    assert [path.name for path in (svg, png, pdf)] == ["forest.svg", "forest.png", "forest.pdf"]
    assert svg.read_bytes() == drawing.svg().encode("utf-8")
    assert png.read_bytes() == drawing.png()
    assert pdf.read_bytes() == drawing.pdf()


@pytest.mark.parametrize("name", list(DRAWINGS))
def test_what_is_shown_is_data_that_json_holds(name: str) -> None:
    drawing = DRAWINGS[name]()
    assert json.loads(json.dumps(drawing.data(), allow_nan=False)) == drawing.data()
    assert drawing.data()["alt"] == drawing.alt


def test_one_collection_draws_all_squares_and_few_artists_all_texts() -> None:
    figure = forest(sixty()).figure
    assert sum(isinstance(artist, Texts) for artist in figure.axes[0].get_children()) < 10
    assert len(figure.axes[0].collections) < 15


@pytest.mark.parametrize("result", [bcg(), bcg_subgroups(), bcg_leave_one_out()])
def test_a_result_shows_itself_as_its_forest_plot(result: Pooled | Subgroups) -> None:
    assert result._repr_svg_() == forest(result).svg()
