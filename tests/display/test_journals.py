"""Numbers as each journal prints them: the expected texts come from the sources that the styles name."""

import dataclasses

import pytest

from metak2.display import numbers
from metak2.display.journal import PLAIN, active, written_in
from metak2.display.journals import STYLES, journal_style, style_named
from metak2.errors import UnknownOptionError

NAMES = ("plain", "cochrane", "bmj", "jama", "lancet")


def test_the_five_styles_are_there_and_each_states_its_source() -> None:
    assert tuple(STYLES) == NAMES
    for name, style in STYLES.items():
        assert style.name == name
        assert len(style.source) > 40
    assert "published examples" in STYLES["bmj"].source


def test_an_unknown_style_is_refused_with_the_list() -> None:
    with pytest.raises(UnknownOptionError, match="Allowed: bmj, cochrane, jama, lancet, plain"):
        style_named("nejm")
    with pytest.raises(UnknownOptionError, match='did you mean "lancet"'), journal_style("Lancet"):
        pytest.fail("nothing is written in a style that does not exist")


def test_a_style_cannot_be_changed_behind_a_report_s_back() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        PLAIN.numbers.point = "·"  # type: ignore[misc] # that is what the test is about


def test_the_style_ends_with_its_block_also_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), journal_style("lancet"):
        raise ZeroDivisionError
    assert active() is PLAIN


def test_no_name_keeps_the_style_in_force() -> None:
    with written_in(STYLES["jama"]), journal_style(""):
        assert active().name == "jama"


@pytest.mark.parametrize(
    "style,in_text,in_a_cell,below_zero",
    [
        ("plain", "0.84 to 0.96", "0.90 (0.84 to 0.96)", "−0.65 to −0.12"),
        ("cochrane", "0.84 to 0.96", "0.90 [0.84, 0.96]", "−0.65 to −0.12"),
        ("bmj", "0.84 to 0.96", "0.90 (0.84 to 0.96)", "−0.65 to −0.12"),
        ("jama", "0.84-0.96", "0.90 (0.84-0.96)", "−0.65 to −0.12"),
        ("lancet", "0·84–0·96", "0·90 (0·84–0·96)", "−0·65 to −0·12"),
    ],
)
def test_limits_are_joined_as_the_journal_joins_them(style: str, in_text: str, in_a_cell: str, below_zero: str) -> None:
    with journal_style(style):
        assert numbers.interval(0.84, 0.96) == in_text
        assert numbers.effect_and_interval(0.9, 0.84, 0.96) == in_a_cell
        assert numbers.interval(-0.65, -0.12) == below_zero


def test_a_negative_limit_in_a_cell_never_meets_a_hyphen_or_dash() -> None:
    shown = {}
    for style in NAMES:
        with journal_style(style):
            shown[style] = numbers.effect_and_interval(-0.4, -0.65, 0.12)
    assert shown == {
        "plain": "−0.40 (−0.65 to 0.12)",
        "cochrane": "−0.40 [−0.65, 0.12]",
        "bmj": "−0.40 (−0.65 to 0.12)",
        "jama": "−0.40 (−0.65 to 0.12)",
        "lancet": "−0·40 (−0·65 to 0·12)",
    }


@pytest.mark.parametrize(
    "style,pval,text",
    [
        # Cochrane Style Manual: "P = 0.015", "P = 0.03", "P < 0.001"; not "P = 0.0005"
        ("cochrane", 0.015, "P = 0.015"),
        ("cochrane", 0.03, "P = 0.030"),
        ("cochrane", 0.0019, "P = 0.002"),
        ("cochrane", 0.0005, "P < 0.001"),
        # JAMA Network, Instructions for table creation: 2 digits past the point; below .01 3; P<.001; never 0 or 1
        ("jama", 0.49, "P=.49"),
        ("jama", 0.03, "P=.03"),
        ("jama", 0.049, "P=.05"),
        ("jama", 0.0092, "P=.009"),
        ("jama", 0.0004, "P<.001"),
        ("jama", 0.9996, "P>.99"),
        # The Lancet, formatting guidelines: two significant figures, at most four decimals, or p<0·0001
        ("lancet", 0.18, "p=0·18"),
        ("lancet", 0.034, "p=0·034"),
        ("lancet", 0.0021, "p=0·0021"),
        ("lancet", 0.00061, "p=0·0006"),
        ("lancet", 0.00004, "p<0·0001"),
        ("bmj", 0.03, "P=0.030"),
        ("bmj", 0.0004, "P<0.001"),
        ("plain", 0.0019, "p = 0.0019"),
        ("plain", 0.0004, "p < 0.001"),
    ],
)
def test_p_values_are_written_by_the_journal_s_rule(style: str, pval: float, text: str) -> None:
    with journal_style(style):
        assert numbers.p_value(pval) == text
        assert numbers.p_number(pval) == text[1:].lstrip(" =")


def test_the_lancet_s_decimal_point_stands_midline_in_every_number() -> None:
    with journal_style("lancet"):
        written = (
            numbers.fixed(23.4, 1),
            numbers.significant(0.0001234),
            numbers.effect(0.0031),
            numbers.percent(92.22, 1),
            numbers.between(0.12, 1.11),
            numbers.fixed(1.5e15, 1),
        )
    assert written == ("23·4", "0·000123", "0·0031", "92·2%", "0·120–1·11", "1·5e+15")


def test_a_percentage_has_a_space_in_the_plain_style_only() -> None:
    shown = []
    for style in NAMES:
        with journal_style(style):
            shown.append(numbers.percent(92.2))
    assert shown == ["92\u202f%", "92%", "92%", "92%", "92%"]


def test_a_number_inside_a_finished_text_takes_the_journal_s_decimal_point() -> None:
    with journal_style("lancet"):
        assert numbers.pointed("0.5 added to the four cells. 3 trials.") == "0·5 added to the four cells. 3 trials."
    assert numbers.pointed("0.5 added") == "0.5 added"
