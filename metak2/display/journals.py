"""The journals whose style a report can take, each with the source of its rules."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from metak2.display.journal import PLAIN, ForestStyle, JournalStyle, Line, NumberStyle, active, written_in
from metak2.errors import UnknownOptionError

COCHRANE = JournalStyle(
    name="cochrane",
    label="Cochrane Database of Systematic Reviews",
    source=(
        "Numbers: Cochrane Style Manual, Statistical and mathematical presentation "
        "(https://community.cochrane.org/style-manual/numbers-statistics-and-units/"
        "statistical-and-mathematical-presentation): full stops, spaces around =, P exact and P < 0.001 below, ratios "
        "to two decimals, numbers needed to treat rounded up to whole people. Figure: after forest plots of RevMan in "
        "published Cochrane reviews."
    ),
    numbers=NumberStyle(cell_to=", ", brackets=("[", "]"), percent="%", p_letter="P", p_decimals=3),
    forest=ForestStyle(
        first_grouped="Study or Subgroup",
        order=("study", "moderators", "arms", "weight", "effect", "plot", "bias"),
        counts=("Events", "Total"),
        rates=("Events", "Time"),
        means=("Mean", "SD", "Total"),
        weight_title=("Weight",),
        weight_sign=True,
        above=True,
        model=True,
        squares=("#0000c8", "#00801a", "#c00000"),
        dashed_summary=False,
        total="Total ({level} CI)",
        subtotal="Subtotal ({level} CI)",
        heterogeneity=Line(
            head="Heterogeneity: ",
            parts=("Tau² = {tau2}", "Chi² = {Q}, df = {df} ({p})", "I² = {I2}"),
            joint="; ",
        ),
        overall=Line(
            head="Test for overall effect: ", parts=("{letter} = {statistic}", "df = {df}", "{p}"), joint=", "
        ),
        between=Line(
            head="Test for subgroup differences: ", parts=("Chi² = {Q}", "df = {df} ({p})", "I² = {I2}"), joint=", "
        ),
    ),
)

BMJ = JournalStyle(
    name="bmj",
    label="The BMJ",
    source=(
        "From published examples: The BMJ's house style page says nothing that we could verify. The figure follows "
        "the forest plot that the metafor project reproduces from The BMJ "
        "(https://www.metafor-project.org/doku.php/plots:forest_plot_bmj)."
    ),
    numbers=NumberStyle(equals="=", below="<", percent="%", p_letter="P", p_decimals=3),
    forest=ForestStyle(
        first_grouped="Study",
        counts=("No of events/total",),
        rates=("No of events/person time",),
        means=("Mean (SD)/total",),
        above=True,
        squares=("#000000", "#000000", "#000000"),
        total="Total ({level} CI)",
        subtotal="Subtotal ({level} CI)",
        heterogeneity=Line(
            head="Test for heterogeneity: ",
            parts=("τ²={tau2}", "χ²={Q}", "df={df}", "{p}", "I²={I2}"),
            joint=", ",
        ),
        overall=Line(head="Test for overall effect: ", parts=("{letter}={statistic}", "df={df}", "{p}"), joint=", "),
        between=Line(head="Test for subgroup differences: ", parts=("χ²={Q}", "df={df}", "{p}", "I²={I2}"), joint=", "),
    ),
)

JAMA = JournalStyle(
    name="jama",
    label="JAMA and the JAMA Network",
    source=(
        "P values: JAMA Network, Instructions for table creation, 2016 (https://jamanetwork.com/DocumentLibrary/"
        "InstructionsForAuthors/InstructionsForTableCreation.pdf), as quoted by others: two digits past the decimal "
        "point, three below .01, P<.001 below, never 0 or 1, no zero before the point. Hyphen between limits, and the "
        "figure: from published examples."
    ),
    numbers=NumberStyle(
        to="-",
        cell_to="-",
        equals="=",
        below="<",
        percent="%",
        p_letter="P",
        p_zero=False,
        p_rule="two decimals",
        p_decimals=3,
        p_ceiling="P>.99",
    ),
    forest=ForestStyle(
        first="Source",
        first_grouped="Source",
        order=("study", "moderators", "arms", "effect", "plot", "bias"),
        counts=("No. of events/total",),
        rates=("No. of events/person-time",),
        means=("Mean (SD)", "No."),
        favours="Favors",
        favours_above=True,
        squares=("#00305c", "#00305c", "#00305c"),
        diamond="#8fc3ea",
        dashed_summary=False,
        spaced=False,
        total="Overall",
        heterogeneity=Line(head="Heterogeneity: ", parts=("I²={I2}", "Q={Q}", "df={df}", "{p}"), joint="; "),
        overall=Line(head="Test for overall effect: ", parts=("{letter}={statistic}", "df={df}", "{p}"), joint="; "),
        between=Line(head="Test for subgroup differences: ", parts=("Q={Q}", "df={df}", "{p}"), joint="; "),
    ),
)

LANCET = JournalStyle(
    name="lancet",
    label="The Lancet and its journals",
    source=(
        "Numbers: The Lancet, Information for authors (midline decimal points, 23·4 not 23.4) and Randomised trials in "
        "The Lancet: formatting guidelines, 2025 (p to two significant figures, at most four decimals, or p<0·0001), "
        "as quoted by others (https://www.thelancet.com/pb-assets/Lancet/authors/tl-info-for-authors-1690986041530.pdf)"
        ". En dash between limits: the guidelines' own examples. Figure: from published examples."
    ),
    numbers=NumberStyle(
        point="·", to="–", cell_to="–", equals="=", below="<", percent="%", p_decimals=4, p_floor=0.0001
    ),
    forest=ForestStyle(
        first_grouped="Study",
        counts=("n/N",),
        rates=("n/person-time",),
        means=("Mean (SD)", "n"),
        weight_title=("Weight",),
        weight_sign=True,
        above=True,
        squares=("#000000", "#000000", "#000000"),
        diamond="#5a5a5a",
        total="Overall",
        heterogeneity=Line(head="Heterogeneity: ", parts=("τ²={tau2}", "I²={I2}", "{p}"), joint=", "),
        overall=Line(head="Overall effect: ", parts=("{letter}={statistic}", "df={df}", "{p}"), joint=", "),
        between=Line(head="", parts=("{p} for interaction",), joint=""),
    ),
)

STYLES: Mapping[str, JournalStyle] = MappingProxyType(
    {style.name: style for style in (PLAIN, COCHRANE, BMJ, JAMA, LANCET)}
)


def style_named(name: str) -> JournalStyle:
    """The style of this name; `UnknownOptionError` with the list for any other word.

    >>> style_named("lancet").numbers.point
    '·'
    """
    if name not in STYLES:
        raise UnknownOptionError("style", name, STYLES)
    return STYLES[name]


@contextmanager
def journal_style(name: str) -> Iterator[None]:
    """Everything that is written inside — sentences, tables, figures, whole reports — is in this journal's style.

    "" keeps the style that is in force.

    >>> from metak2.display.numbers import interval
    >>> with journal_style("lancet"):
    ...     interval(0.84, 0.96)
    '0·84–0·96'
    """
    with written_in(style_named(name) if name else active()):
        yield
