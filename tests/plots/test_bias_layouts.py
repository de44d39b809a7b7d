"""What the pictures of risk of bias show, as data."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from metak2.errors import ModelError
from metak2.models.pool import pool
from metak2.plots.bias import bias_summary, traffic_light
from metak2.plots.bias_summary_layout import bias_summary_layout
from metak2.plots.chart import COLOURS
from metak2.plots.judgement_marks import MARKS, TOOLS
from metak2.plots.traffic_light_layout import traffic_light_layout
from metak2.studies.risk_of_bias import Judged, RiskOfBias
from tests.effects.made_up import counts

FOUR = [("A", 4, 40, 12, 40), ("B", 5, 40, 11, 40), ("C", 7, 50, 12, 50), ("D", 3, 30, 8, 30)]


def judged(*rows: tuple[str, str], tool: str = "RoB 2") -> RiskOfBias:
    """Studies judged in one domain, and overall the same."""
    return RiskOfBias(
        source="x.xlsx",
        tool=tool,
        domains=("D1",),
        rows=tuple(Judged(study=study, outcome="", judgements=(how,), overall=how) for study, how in rows),
    )


def test_a_judgement_is_told_by_colour_sign_and_letter_and_a_blank_by_nothing() -> None:
    panel = traffic_light_layout(judged(("A", "low"), ("B", ""), ("C", "high"))).panels[0]
    by_row = {(disc.name, disc.x): disc.tone for disc in panel.discs}
    assert by_row == {
        ("A", 0.38): "green", ("A", 1.38): "green", ("B", 0.38): "white", ("B", 1.38): "white",
        ("C", 0.38): "red", ("C", 1.38): "red",
    }  # fmt: skip
    signs = {(words.y, words.text) for words in panel.words if words.y < 3}
    assert signs == {(2.5, "+"), (2.5, "L"), (0.5, "−"), (0.5, "H")}


def test_nobody_judged_is_not_assessed_and_never_low() -> None:
    chart = traffic_light_layout(judged(("A", ""), ("B", "")))
    assert {disc.tone for disc in chart.panels[0].discs} == {"white"}
    assert "Risk of bias is not assessed: 2 results without a judgement." in chart.footer
    assert "low" not in chart.alt.lower()


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_the_judgements_of_a_tool_differ_in_grey_or_in_their_sign(tool: str) -> None:
    def grey(tone: str) -> float:
        red, green, blue = (int(COLOURS[tone][at : at + 2], 16) for at in (1, 3, 5))  # type: ignore[index] # a str stands for its Tone
        return 0.299 * red + 0.587 * green + 0.114 * blue

    marks = [MARKS[level] for level in (*TOOLS[tool], "")]
    assert len({mark.sign for mark in marks}) == len(marks)
    assert len({mark.letter for mark in marks}) == len(marks)
    shades = sorted(grey(mark.tone) for mark in marks)
    assert min(b - a for a, b in pairwise(shades)) > 5


def test_bars_are_shares_of_studies_and_fill_the_whole() -> None:
    panel = bias_summary_layout(judged(("A", "low"), ("B", "low"), ("C", "high"), ("D", ""))).panels[0]
    first = [(bar.left, bar.right, bar.tone) for bar in panel.bars if bar.bottom > 1]
    assert first == [(0.0, 50.0, "green"), (50.0, 75.0, "red"), (75.0, 100.0, "white")]


def test_bars_by_weight_are_shares_of_the_pooled_weight() -> None:
    pooled = pool(counts(FOUR), method="CE")
    rows = judged(("A", "low"), ("B", "high"), ("C", "low"), ("D", "low"), ("E", "high"))
    chart = bias_summary_layout(rows, weights=pooled)
    high = next(bar for bar in chart.panels[0].bars if bar.tone == "red")
    weights = 1 / pooled.effects.vi
    assert high.right - high.left == pytest.approx(100 * weights[1] / weights.sum(), rel=1e-12)  # a few roundings
    assert "1 study without weight is left out." in chart.footer[0]


def test_a_weighted_study_that_was_not_listed_is_named() -> None:
    with pytest.raises(ModelError, match="no row for C and D"):
        bias_summary_layout(judged(("A", "low"), ("B", "high")), weights=pool(counts(FOUR), method="CE"))


def test_one_study_judged_twice_has_no_one_weight() -> None:
    with pytest.raises(ModelError, match="choose one outcome"):
        bias_summary_layout(judged(("A", "low"), ("A", "high")), weights=pool(counts(FOUR), method="CE"))


@pytest.mark.parametrize("draw", [traffic_light, bias_summary])
def test_hostile_and_long_names_are_drawn_as_text(draw: Callable[[RiskOfBias], object]) -> None:
    rows = judged(("<img onerror=alert(1)> " + "x" * 200, "low"), ("{{7*7}} 東京", "some concerns"))
    svg = draw(rows).svg()  # type: ignore[attr-defined] # both give a Drawing
    assert "<img" not in svg
    assert "Some concerns" in svg
