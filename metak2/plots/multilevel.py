"""The forest plot of a multilevel model, its effects below their groups or categories."""

from collections.abc import Sequence
from dataclasses import replace

from metak2.display.journals import journal_style
from metak2.display.wording import NO_WORDS, Wording
from metak2.models.multilevel_result import Multilevel
from metak2.plots.drawing import Drawing
from metak2.plots.forest import drawn_forest, drawn_pages
from metak2.plots.forest_columns import Moderators
from metak2.plots.forest_layout import Other, derived_favours, labelled, wrapped_pair
from metak2.plots.forest_sheets import STUDIES_PER_PAGE
from metak2.plots.multilevel_layout import multilevel_layout


def multilevel_forest(
    result: Multilevel,
    *,
    wording: Wording = NO_WORDS,
    also: Sequence[Other] = (),
    title: str = "",
    columns: Moderators = (),
    style: str = "",
) -> Drawing:
    """The forest plot of a multilevel model; `wording` names its groups, categories and directions.

    `also` draws other answers below, such as one that takes the effects for independent.
    """
    others = [labelled(other, result.measure) for other in also]
    with journal_style(style):
        layout = multilevel_layout(result, wording=wording.checked(result), others=others, title=title, columns=columns)
    return drawn_forest(layout)


def multilevel_forest_pages(
    result: Multilevel,
    *,
    wording: Wording = NO_WORDS,
    favours: tuple[str, str] | None = None,
    columns: Moderators = (),
    studies: int = STUDIES_PER_PAGE,
) -> tuple[Drawing, ...]:
    """The same in as many figures as so many studies a page need; a page ends between groups where it can.

    `favours` are the words left and right of no effect as `forest` takes them; by default those of `wording`.
    """
    layout = multilevel_layout(result, wording=wording.checked(result), columns=columns)
    below = wrapped_pair(favours) if favours else layout.favours or derived_favours(result.effects)
    return drawn_pages(replace(layout, favours=below), studies)
