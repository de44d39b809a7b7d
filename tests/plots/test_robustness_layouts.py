"""What the figures of robustness show, as data."""

from itertools import pairwise

import numpy as np
import pytest

from metak2.effects.front import effects_from
from metak2.models.pool import pool
from metak2.models.pooled import Pooled
from metak2.plots.bootstrap_layout import bootstrap_layout
from metak2.plots.chart import draw_chart
from metak2.plots.chart_marks import Chart, Panel
from metak2.plots.fragility_layout import fragility_layout
from metak2.plots.gosh_layout import gosh_layout
from metak2.plots.pairs_layout import pairs_layout
from metak2.plots.specification_layout import specification_layout
from metak2.robustness.alternatives import Alternatives, Specification
from metak2.robustness.bootstrap import bootstrap
from metak2.robustness.fragility import fragility
from metak2.robustness.gosh import gosh
from metak2.robustness.leave_one_out import leave_two_out
from metak2.robustness.specification import SpecificationCurve, specification_curve
from tests.effects.made_up import counts, trials

FOUR = [("A", 4, 40, 12, 40), ("B", 5, 40, 11, 40), ("C", 7, 50, 12, 50), ("D", 3, 30, 8, 30)]


def split() -> Pooled:
    yi = [-0.02, 0.03, 0.0, 0.05, -0.04, 0.01, 3.0]
    return pool(effects_from(yi, study=[*"ABCDEF", "Outlier <&>"], vi=np.full(7, 0.02)), method="CE")


def four(method: str = "CE") -> Pooled:
    return pool(counts(FOUR), method=method)


def curve() -> SpecificationCurve:
    return specification_curve(
        trials(FOUR),
        planned=Specification(measure="RR"),
        alternatives=Alternatives(measures=("RD",), methods=("CE", "MH", "DL", "PM"), tests=("z", "HK-adhoc")),
    )


def tones(panel: Panel) -> set[str]:
    return {bar.tone.split(" ")[0] for bar in panel.bars}


def test_a_split_cloud_has_two_colours_and_a_legend_that_names_the_study() -> None:
    layout = gosh_layout(gosh(split()), title="All subsets")
    cloud, above, beside = layout.panels
    assert tones(cloud) == tones(above) == tones(beside) == {"blue", "amber"}
    assert [text for _, text in layout.legend] == ["without Outlier <&>", "with Outlier <&>"]
    assert "Outlier" in layout.alt


def test_a_cloud_that_nothing_splits_has_one_colour() -> None:
    layout = gosh_layout(gosh(pool(effects_from([0.4] * 5, study=list("ABCDE"), vi=[0.1] * 5), method="CE")))
    assert tones(layout.panels[0]) == {"blue"}
    assert layout.legend == ()


def test_every_subset_lies_in_a_cell_and_a_million_make_no_larger_picture() -> None:
    cloud = gosh(split())
    panel = gosh_layout(cloud).panels[0]
    several = cloud.k > 1
    for estimate, I2 in zip(cloud.estimate[several], cloud.I2[several], strict=True):
        assert any(
            bar.left - 1e-9 <= estimate <= bar.right + 1e-9 and bar.bottom - 1e-9 <= I2 <= bar.top + 1e-9
            for bar in panel.bars
        )
    assert len(panel.bars) <= 72 * 48


def test_every_pair_is_a_cell_and_those_that_decide_are_crossed() -> None:
    effects = effects_from([0.5, 0.5, 0.5, 0.0], study=["A", "B", "C", "D"], vi=[0.08] * 4)
    refits = leave_two_out(pool(effects, method="CE"))
    panel = pairs_layout(refits).panels[0]
    assert len(panel.bars) == 6
    assert len(panel.strokes) == 2 * 3  # two strokes a cross; which three: tests/robustness/test_leave_two_out.py
    higher = {(bar.left, bar.bottom) for bar in panel.bars if bar.tone.startswith("amber")}
    assert higher == {(0.0, 0.0), (1.0, 0.0), (2.0, 0.0)}  # without D, the last row, the mean rises
    assert panel.up.tick_labels[0].startswith("D")


def test_a_hundred_studies_leave_their_names_out_rather_than_overprint_them() -> None:
    rng = np.random.default_rng(1)
    effects = effects_from(rng.normal(size=60), study=[f"S{at}" for at in range(60)], vi=np.ones(60))
    assert set(pairs_layout(leave_two_out(pool(effects, method="CE"))).panels[0].up.tick_labels) == {""}


def test_bars_inside_the_interval_are_darker_and_hold_the_central_part() -> None:
    result = bootstrap(four("DL"), n=400)
    effect, tau2 = bootstrap_layout(result).panels
    dark = [bar for bar in effect.bars if bar.tone == "blue 4"]
    low, high = result.measure.back([result.ci.low, result.ci.high])
    assert all(low <= (bar.left * bar.right) ** 0.5 <= high for bar in dark)  # middles on the logarithmic scale
    assert max(bar.top for bar in effect.bars) == 1.0
    assert tau2.across.label == "τ²"
    assert len(bootstrap_layout(bootstrap(four(), n=100)).panels) == 1


def test_the_interval_is_drawn_after_each_changed_outcome() -> None:
    result = fragility(four())
    steps, without = fragility_layout(result).panels
    assert result.changes is not None
    assert len(steps.bars) == len(result.changes) + 1
    assert steps.bars[-1].top == pytest.approx(float(result.measure.back(result.changes[-1].ci_high)), rel=1e-12)
    assert without.across.tick_labels[0] == "all"
    assert without.across.tick_labels[1].startswith("without ")


def test_a_long_way_to_another_conclusion_is_thinned_and_keeps_its_end() -> None:
    far = [("A", 20, 200, 90, 200), ("B", 25, 200, 95, 200)]
    result = fragility(pool(counts(far), method="CE"))
    assert result.changes is not None
    assert len(result.changes) > 60
    panel = fragility_layout(result).panels[0]
    assert len(panel.bars) == 60
    assert panel.bars[-1].left < len(result.changes) < panel.bars[-1].right


def test_each_measure_has_a_panel_and_the_planned_specification_is_marked_in_its_own() -> None:
    found = curve()
    layout = specification_layout(found)
    answers, choices, other, _ = layout.panels
    assert answers.title.startswith("Risk ratio (log scale): ")
    assert other.title.startswith("Risk difference: ")
    amber = [[stroke for stroke in panel.strokes if stroke.tone == "amber 4"] for panel in layout.panels]
    assert [len(strokes) for strokes in amber] == [1, 1, 0, 0]
    assert amber[0][0].points[0][0] == amber[1][0].points[0][0]
    assert {"method: REML", "method: MH", "test: HK", "test: z"} <= set(choices.up.tick_labels)


def test_the_estimates_of_a_curve_rise_and_lie_inside_their_limits() -> None:
    answers = specification_layout(curve()).panels[0]
    limits = [bar for bar in answers.bars if bar.tone == "blue 1"]
    estimates = [bar for bar in answers.bars if bar.tone == "blue 4"]
    assert all(one.bottom <= other.bottom for one, other in pairwise(estimates))
    for outer, inner in zip(limits, estimates, strict=True):
        assert outer.bottom <= inner.bottom <= inner.top <= outer.top


CHARTS = {
    "gosh": lambda: gosh_layout(gosh(split()), title="All subsets"),
    "pairs": lambda: pairs_layout(leave_two_out(four())),
    "bootstrap": lambda: bootstrap_layout(bootstrap(four("DL"), n=100)),
    "fragility": lambda: fragility_layout(fragility(four())),
    "specification": lambda: specification_layout(curve()),
}


@pytest.mark.parametrize("name", sorted(CHARTS))
def test_a_chart_is_drawn_the_same_twice_with_its_words(name: str) -> None:
    chart: Chart = CHARTS[name]()
    drawing = draw_chart(chart)
    svg = drawing.svg()
    assert svg == draw_chart(CHARTS[name]()).svg()
    assert svg.startswith('<svg role="img"')
    assert drawing.alt == chart.alt
    assert chart.panels[0].across.label.split(" ")[0] in svg
    assert "NaN" not in svg
    assert drawing.data()["alt"] == chart.alt
