"""The further figures of a comparison: captions, order and sources."""

from metak2.models.pool import pool
from metak2.plots.diagnostics import labbe, radial
from metak2.report.blocks import Heading, Picture
from metak2.report.comparison import Comparison
from metak2.report.compose import full_report
from metak2.report.figures import figure_blocks, figure_references
from tests.plots.factory import bcg_effects


def comparison(*names: str) -> Comparison:
    pooled = pool(bcg_effects())
    drawn = {name: (labbe if name == "labbe" else radial)(pooled) for name in names}
    return Comparison(name="bcg", title="BCG", about="BCG and tuberculosis", primary=pooled, figures=drawn)


def test_a_comparison_without_further_figures_says_nothing_of_them() -> None:
    assert figure_blocks(comparison()) == []


def test_each_figure_has_a_caption_that_names_it_and_the_question() -> None:
    heading, *pictures = figure_blocks(comparison("labbe", "risk-of-bias-robins-i", "my-own"))
    assert heading == Heading("Further figures", 3)
    assert [(one.name, one.caption) for one in pictures if isinstance(one, Picture)] == [
        ("bcg-labbe", "L'Abbé plot: BCG and tuberculosis."),
        ("bcg-risk-of-bias-robins-i", "Risk of bias, robins i: BCG and tuberculosis."),
        ("bcg-my-own", "My own: BCG and tuberculosis."),
    ]


def test_the_sources_of_the_figures_are_among_the_references() -> None:
    asked = comparison("labbe", "radial")
    assert figure_references(asked) == (
        "L'Abbé, Detsky & O'Rourke 1987, Ann Intern Med 107:224-233",
        "Galbraith 1988, Stat Med 7:889-894",
    )
    report = full_report("BCG", comparisons=(asked,))
    assert {"bcg-labbe", "bcg-radial"} <= {picture.name for picture in report.pictures}
