"""What a forest plot shows in each journal's style, as data."""

import re
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from metak2.display.journals import STYLES, journal_style
from metak2.errors import UnknownOptionError
from metak2.plots.forest import forest
from metak2.plots.forest_layout import forest_layout
from metak2.plots.forest_page import favours_places
from metak2.plots.marks import ForestLayout
from tests.plots.factory import (
    bcg,
    bcg_effects,
    bcg_leave_one_out,
    bcg_mantel_haenszel,
    bcg_subgroups,
    effect_sizes,
    judgements,
    locked,
    pooled,
    renamed,
)

NAMES = tuple(STYLES)
# the groups of columns from left to right; REVIEWERS, section 4: what the journals' own figures show
ORDER: Mapping[str, list[str]] = {
    "plain": ["study", "moderator year", "data_e", "data_c", "|", "weight", "effect"],
    "cochrane": ["study", "moderator year", "data_e", "n_e", "data_c", "n_c", "weight", "effect", "|"],
    "bmj": ["study", "moderator year", "data_e", "data_c", "|", "weight", "effect"],
    "jama": ["study", "moderator year", "data_e", "data_c", "effect", "|"],
    "lancet": ["study", "moderator year", "data_e", "data_c", "|", "weight", "effect"],
}


def in_style(name: str, result: object = None, **options: object) -> ForestLayout:
    with journal_style(name):
        return forest_layout(result or bcg(), **options)  # type: ignore[arg-type] # whatever a test asks for


def order(layout: ForestLayout) -> list[str]:
    keys = [column.key for column in layout.columns if not column.after_plot]
    return [*keys, "|", *(column.key for column in layout.columns if column.after_plot)]


@pytest.mark.parametrize("name", NAMES)
def test_columns_stand_in_the_journal_s_order(name: str) -> None:
    assert order(in_style(name, columns=("year",))) == ORDER[name]


@pytest.mark.parametrize(
    "name,alone,grouped",
    [
        ("plain", "Study", "Study or subgroup"),
        ("cochrane", "Study", "Study or Subgroup"),
        ("bmj", "Study", "Study"),
        ("jama", "Source", "Source"),
        ("lancet", "Study", "Study"),
    ],
)
def test_the_first_column_has_the_journal_s_title(name: str, alone: str, grouped: str) -> None:
    assert in_style(name).columns[0].title == (alone,)
    assert in_style(name, bcg_subgroups()).columns[0].title == (grouped,)


@pytest.mark.parametrize(
    "name,cells",
    [
        ("plain", ("Aronson 1948", "4/123", "11/139", "5.1", "0.41 (0.13 to 1.26)")),
        ("cochrane", ("Aronson 1948", "4", "123", "11", "139", "5.1%", "0.41 [0.13, 1.26]")),
        ("bmj", ("Aronson 1948", "4/123", "11/139", "5.1", "0.41 (0.13 to 1.26)")),
        ("jama", ("Aronson 1948", "4/123", "11/139", "0.41 (0.13-1.26)")),
        ("lancet", ("Aronson 1948", "4/123", "11/139", "5·1%", "0·41 (0·13–1·26)")),
    ],
)
def test_a_study_reads_as_the_journal_prints_it(name: str, cells: tuple[str, ...]) -> None:
    assert in_style(name).rows[0].cells == cells


@pytest.mark.parametrize("name", NAMES)
def test_marks_axis_and_names_of_studies_are_the_same_in_every_style(name: str) -> None:
    plain, styled = in_style("plain", bcg_subgroups()), in_style(name, bcg_subgroups())
    assert [row.mark for row in styled.rows if row.mark] == [row.mark for row in plain.rows if row.mark]
    assert [row.name for row in styled.rows if row.kind == "study"] == [
        row.name for row in plain.rows if row.kind == "study"
    ]
    assert (styled.axis.low, styled.axis.high, styled.axis.ticks) == (plain.axis.low, plain.axis.high, plain.axis.ticks)


@pytest.mark.parametrize(
    "name,lines",
    [
        (
            "cochrane",
            (
                "Heterogeneity: Tau² = 0.31; Chi² = 152.23, df = 12 (P < 0.001); I² = 92%",
                "Test for overall effect: t = −3.95, df = 12, P = 0.002",
            ),
        ),
        (
            "bmj",
            (
                "Test for heterogeneity: τ²=0.31, χ²=152.23, df=12, P<0.001, I²=92%",
                "Test for overall effect: t=−3.95, df=12, P=0.002",
            ),
        ),
        ("jama", ("Heterogeneity: I²=92%; Q=152.23; df=12; P<.001", "Test for overall effect: t=−3.95; df=12; P=.002")),
        ("lancet", ("Heterogeneity: τ²=0·31, I²=92%, p<0·0001", "Overall effect: t=−3·95, df=12, p=0·0019")),
    ],
)
def test_heterogeneity_and_test_are_worded_as_in_the_journal(name: str, lines: tuple[str, str]) -> None:
    footer = in_style(name).footer
    assert footer[:2] == lines
    assert footer[2] == "Random effects, REML; Hartung–Knapp."


def test_a_common_effect_has_no_tau2_and_a_z_test_no_degrees_of_freedom() -> None:
    heterogeneity, overall, *_ = in_style("cochrane", bcg_mantel_haenszel()).footer
    assert heterogeneity == "Heterogeneity: Chi² = 3.20, df = 12 (P = 0.50); I² = 0%"
    assert overall.startswith("Test for overall effect: z = ")
    assert "df" not in overall


@pytest.mark.parametrize(
    "name,line",
    [
        ("cochrane", "Test for subgroup differences: Chi² = 1.54, df = 2 (P = 0.46), I² = 0%"),
        ("bmj", "Test for subgroup differences: χ²=1.54, df=2, P=0.46, I²=0%"),
        ("jama", "Test for subgroup differences: Q=1.54; df=2; P=.46"),
        ("lancet", "p=0·46 for interaction"),
    ],
)
def test_the_test_for_subgroup_differences_is_worded_as_in_the_journal(name: str, line: str) -> None:
    assert line in in_style(name, bcg_subgroups()).footer


def test_revman_names_weights_and_model_above_the_effects() -> None:
    assert in_style("cochrane").heading == ("Risk ratio", "IV, Random, 95% CI")
    assert in_style("cochrane", bcg_mantel_haenszel()).heading[-1] == "M-H, Fixed, 95% CI"


def test_jama_puts_favors_above_the_plot_and_the_measure_below() -> None:
    layout = in_style("jama")
    assert layout.favours_above
    assert layout.favours == ("Favors BCG", "Favors no vaccination")
    assert layout.axis.label == "Risk ratio (95% CI)"
    assert not layout.heading
    for name in ("plain", "cochrane", "bmj", "lancet"):
        assert not in_style(name).favours_above


def test_jama_has_no_empty_rows() -> None:
    assert "space" not in {row.kind for row in in_style("jama", bcg_subgroups()).rows}


def test_jama_without_weights_still_tells_why_a_study_is_not_pooled() -> None:
    layout = in_style("jama", bcg(bcg_effects().excluding("concern", ("TPT Madras 1980",))))
    assert layout.columns[-1].title == ("Not pooled",)
    assert [cell for cell in layout.column("weight") if cell] == ["concern"]
    assert any("concern (1)" in line for line in layout.footer)


def test_cochrane_colours_counts_blue_means_green_and_anything_else_red() -> None:
    means = {
        name: locked(values)
        for name, values in {
            "mean_e": (1.0, 2.0), "sd_e": (0.5, 0.6), "n_e": (20, 30),
            "mean_c": (1.5, 2.5), "sd_c": (0.5, 0.7), "n_c": (21, 29),
        }.items()
    }  # fmt: skip
    of_means = effect_sizes(("A", "B"), (-0.5, -0.5), (0.02, 0.03), measure="MD", kind="means", data=means)
    reported = effect_sizes(("A", "B"), (-0.5, -0.5), (0.02, 0.03))
    colours = [
        in_style("cochrane", result).squares
        for result in (
            bcg(),
            pooled(of_means, estimate=-0.5, low=-0.7, high=-0.3),
            pooled(reported, estimate=-0.5, low=-0.7, high=-0.3),
        )
    ]
    assert len(set(colours)) == 3
    for name, titles in {
        "cochrane": ["Mean", "SD", "Total"], "bmj": ["Mean (SD)/total"], "jama": ["Mean (SD)", "No."]
    }.items():  # fmt: skip
        layout = in_style(name, pooled(of_means, estimate=-0.5, low=-0.7, high=-0.3))
        assert [column.title[-1] for column in layout.columns[1 : 1 + len(titles)]] == titles


def test_no_full_stop_is_left_between_digits_in_the_lancet_s_figure() -> None:
    for result in (bcg(), bcg_subgroups(), bcg_leave_one_out()):
        layout = in_style("lancet", result, also=(bcg_mantel_haenszel(),))
        assert not [text for text in (*layout.texts(), layout.alt) if re.search(r"\d\.\d", text)]


@pytest.mark.parametrize("name", NAMES)
def test_refits_have_their_effect_on_the_journal_s_side_of_the_plot(name: str) -> None:
    layout = in_style(name, bcg_leave_one_out())
    effect = next(column for column in layout.columns if column.key == "effect")
    assert effect.after_plot == (name in {"plain", "bmj", "lancet"})
    assert layout.columns[-1].key == "I2"


def test_a_figure_takes_the_style_it_is_given_and_leaves_the_next_one_plain() -> None:
    assert forest(bcg(), style="jama").layout.columns[0].title == ("Source",)  # type: ignore[union-attr] # a forest
    assert forest(bcg()).layout.columns[0].title == ("Study",)  # type: ignore[union-attr] # a forest
    with pytest.raises(UnknownOptionError, match="Allowed: bmj, cochrane, jama, lancet, plain"):
        forest(bcg(), style="nature")


@given(null=st.floats(20, 780), left=st.floats(0, 200), right=st.floats(0, 200))
def test_the_words_for_either_side_stay_apart_and_on_the_page(null: float, left: float, right: float) -> None:
    ends, begins = favours_places(null, left, right, 800.0)
    assert begins - ends >= 16 - 1e-9  # twice the gap; the rest is rounding of sums
    assert ends - left > 0
    assert begins + right < 800


def test_the_words_stand_beside_no_effect_where_there_is_room() -> None:
    assert favours_places(400.0, 100.0, 100.0, 800.0) == (392.0, 408.0)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_clipped_in_any_style(name: str) -> None:
    effects = replace(
        bcg_effects(selection={"experimental": "vaccination with bacille Calmette-Guérin at birth or at school"}),
        moderators={**bcg_effects().moderators, **judgements(13)},
    )
    long = "The International Collaborative Study Group for the Prevention of Tuberculosis in Infants " * 2
    drawing = forest(bcg(renamed(effects, long)), style=name, title=long[:120], favours=(long[:60], long[60:120]))
    image = np.asarray(Image.open(BytesIO(drawing.png(72))).convert("L"))
    # the margin is 12 points wide; whatever ran over the edge would leave ink in its outer 4
    edge = np.concatenate([image[:4].ravel(), image[-4:].ravel(), image[:, :4].ravel(), image[:, -4:].ravel()])
    assert int(edge.min()) == 255
    assert int(image.min()) < 100
