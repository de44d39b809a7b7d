"""What a bubble plot shows, as data."""

import numpy as np
import pytest

from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.models.regress import regress
from metak2.plots.bubble import bubble_plot
from metak2.plots.bubble_layout import bubble_layout, moderator_of
from tests.effects.made_up import counts

DOSES = [10.0, 20.0, 30.0, 40.0]
TRIALS = [("A", 4, 40, 12, 40), ("B <&>", 5, 80, 22, 80), ("C", 7, 50, 12, 50), ("D", 30, 300, 80, 300)]


def effects() -> EffectSizes:
    return counts(TRIALS, dose=DOSES, sex=["m", "f", "m", "f"])


def test_each_study_is_a_disc_at_its_moderator_and_effect_whose_area_is_its_weight() -> None:
    result = regress(effects(), "dose", method="CE")
    discs = bubble_layout(result).panels[0].discs
    assert [disc.radius for disc in discs] == sorted((disc.radius for disc in discs), reverse=True)  # small ones on top
    by_name = {disc.name: disc for disc in discs}
    for i, study in enumerate(result.study):
        disc = by_name[study]
        assert disc.x == DOSES[i]
        assert disc.y == pytest.approx(float(np.exp(result.effects.yi[i])), rel=1e-14)
        share = result.weights[i] / result.weights.max()
        assert (disc.radius / discs[0].radius) ** 2 == pytest.approx(float(share), rel=1e-12)


def test_the_fitted_line_runs_over_the_range_of_the_moderator() -> None:
    result = regress(effects(), "dose", method="CE")
    (line,) = [stroke for stroke in bubble_layout(result).panels[0].strokes if stroke.tone == "ink"]
    intercept, slope = result.coefficients.estimate
    for x, y in (line.points[0], line.points[-1]):
        assert y == pytest.approx(float(np.exp(intercept + slope * x)), rel=1e-12)
    assert (line.points[0][0], line.points[-1][0]) == (10.0, 40.0)


def test_a_common_effect_has_no_prediction_limits_and_random_effects_have() -> None:
    def tones(method: str) -> set[str]:
        layout = bubble_layout(regress(effects(), "dose", method=method))
        return {tone for tone, _ in layout.legend}

    assert "amber 4" not in tones("CE")
    assert "amber 4" in tones("DL")


@pytest.mark.parametrize("formula", ["sex", "C(dose)", "dose + sex", "dose:sex", "1"])
def test_only_one_numeric_moderator_has_a_bubble_plot(formula: str) -> None:
    many = counts([*TRIALS, *((f"{name}2", *row) for name, *row in TRIALS)], dose=DOSES * 2, sex=["m", "f"] * 4)
    result = regress(many, formula, method="CE")
    assert moderator_of(result) is None
    with pytest.raises(ModelError, match="one numeric moderator"):
        bubble_layout(result)


@pytest.mark.parametrize("formula", ["dose", "log(dose)", "center(dose)", "dose - 1"])
def test_a_transformed_moderator_keeps_its_own_axis(formula: str) -> None:
    result = regress(effects(), formula, method="CE")
    assert moderator_of(result) == "dose"
    assert bubble_layout(result).panels[0].across.label == "dose"


def test_the_drawing_is_the_same_twice_and_says_what_it_shows() -> None:
    result = regress(effects(), "dose", method="DL")
    svg = bubble_plot(result, title="Dose").svg()
    assert svg == bubble_plot(result, title="Dose").svg()
    assert "Dose" in svg
    assert "the moderator dose" in bubble_plot(result).alt
    assert "NaN" not in svg


def test_a_difference_is_drawn_on_its_own_scale() -> None:
    made = counts(TRIALS, "RD", dose=DOSES)
    panel = bubble_layout(regress(made, "dose", method="CE")).panels[0]
    assert not panel.up.log
    assert {disc.y for disc in panel.discs} == set(made.yi.tolist())
