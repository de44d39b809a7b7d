import math

import numpy as np
import pytest
from scipy.stats import norm

from metak2.errors import ModelError
from metak2.models.pool import pool
from metak2.plots.funnel import funnel
from metak2.plots.funnel_layout import TOO_FEW, funnel_layout
from metak2.robustness.adjusted_estimates import pet_peese
from metak2.robustness.small_studies import egger
from metak2.robustness.trim_and_fill import trim_and_fill
from tests.golden.cases import Case, assert_close, load
from tests.plots.factory import AUTHORS, bcg, bcg_effects, bcg_mantel_haenszel, effect_sizes, pooled
from tests.robustness.pools import pooled_case


def test_every_study_is_a_point_at_its_effect_and_standard_error() -> None:
    layout = funnel_layout(bcg())
    assert [point.study for point in layout.points] == list(AUTHORS)
    # metafor's escalc: exp(-0.8893113) and sei 0.5706004 of Aronson 1948, to the digits written here
    assert layout.points[0].effect == pytest.approx(0.4109387, abs=1e-7)
    assert layout.points[0].se == pytest.approx(0.5706004, abs=1e-7)


def test_the_limits_stand_about_the_common_effect() -> None:
    layout = funnel_layout(bcg())
    # R meta 8.x: TE.common -0.43028516365409064; 1e-9 leaves room for the order of the sums
    assert math.log(layout.centre) == pytest.approx(-0.43028516365409064, rel=1e-9)
    low, high = layout.limits
    # an exact identity of the pseudo limits: centre times and divided by exp(1.96 SE), up to rounding
    assert low * high == pytest.approx(layout.centre**2, rel=1e-12)
    assert math.log(high / layout.centre) == pytest.approx(1.959963984540054 * layout.se_high, rel=1e-12)


def test_a_common_effect_method_brings_its_own_centre() -> None:
    # metafor 3.8-1, rma.mh: -0.4537096046837539; the exponential and logarithm round once each
    assert math.log(funnel_layout(bcg_mantel_haenszel()).centre) == pytest.approx(-0.4537096046837539, rel=1e-14)


def test_below_ten_studies_the_figure_says_that_asymmetry_cannot_be_judged() -> None:
    effects = effect_sizes(("A", "B"), (0.1, 0.2), (0.1, 0.2), measure="MD")
    layout = funnel_layout(pooled(effects, estimate=0.13, low=-0.3, high=0.6))
    assert TOO_FEW in layout.footer
    assert layout.notes == (TOO_FEW,)
    assert TOO_FEW in layout.alt
    assert funnel_layout(bcg()).notes == ()


def test_studies_that_are_not_pooled_are_told_apart_and_those_not_estimable_have_no_point() -> None:
    effects = effect_sizes(
        ("A", "B", "C"),
        (0.1, 0.2, math.nan),
        (0.1, 0.2, math.nan),
        measure="MD",
        excluded=("", "retracted", "not estimable"),
    )
    layout = funnel_layout(pooled(effects, estimate=0.1, low=-0.5, high=0.7))
    assert [point.excluded for point in layout.points] == ["", "retracted"]
    assert "Hollow points are shown, not pooled: retracted (1)." in layout.footer


def test_every_point_and_both_limits_are_on_the_axis() -> None:
    effects = effect_sizes(("A", "B", "Vague", "Far"), (0.0, 0.1, 0.05, 30.0), (0.01, 0.01, 400.0, 0.01), measure="MD")
    layout = funnel_layout(pooled(effects, estimate=0.05, low=-0.1, high=0.2))
    assert not any(layout.axis.beyond(point.effect) for point in layout.points)
    assert not any(layout.axis.beyond(limit) for limit in layout.limits)


def test_on_the_edge_of_a_region_the_p_value_is_what_its_label_says() -> None:
    layout = funnel_layout(bcg(), regions=True)
    assert [region.label for region in layout.contours] == [
        "p < 0.01",
        "0.01 ≤ p < 0.05",
        "0.05 ≤ p < 0.10",
        "p ≥ 0.10",
    ]
    for region, level in zip(layout.contours[1:], (0.01, 0.05, 0.10), strict=True):
        edge = [(x, se) for x, se in region.outline if se > 0 and layout.axis.low < x < layout.axis.high]
        assert len(edge) > 30
        for x, se in edge:
            # two-sided, by SciPy's other algorithm; 1e-9 for the logarithm of a limit near 1
            assert 2 * norm.sf(abs(math.log(x)) / se) == pytest.approx(level, rel=1e-9)
    shades = [int(region.shade[1:3], 16) for region in layout.contours]
    assert shades[3] == 255
    assert min(abs(one - other) for at, one in enumerate(shades) for other in shades[at + 1 :]) >= 20  # apart in grey


@pytest.mark.parametrize("case", [one for one in load("trimfill") if one.outputs["k0"]], ids=str)
def test_a_filled_study_is_no_study_and_stands_where_metafor_fills_it(case: Case) -> None:
    side = case.options["side"]
    base = pooled_case(case)
    found = trim_and_fill(base, estimator=case.options["estimator"], side=None if side == "auto" else side)
    layout = funnel_layout(base, filled=found)
    filled = [point for point in layout.points if point.filled]
    assert len(filled) == case.outputs["k0"]
    # as tests/robustness/test_trim_and_fill.py: metafor's REML stops at an absolute change of 1e-5 inside the rounds
    drawn = base.measure.forward(np.array([point.effect for point in filled]))
    assert_close(drawn, case, "filled_yi", rtol=1e-4 if case.options["method"] == "REML" else 1e-8)
    assert not any(layout.axis.beyond(point.effect) for point in layout.points)
    assert all(point.study.startswith("mirror image of ") for point in filled)
    assert ("filled", "", "Filled, not a study") in layout.legend


def test_the_line_of_eggers_test_goes_through_its_limit_at_the_top() -> None:
    answer = pool(bcg_effects())
    test = egger(answer)
    assert test.limit is not None
    (line,) = funnel_layout(answer, asymmetry=test).lines
    assert line.points[0] == (pytest.approx(math.exp(test.limit.estimate), rel=1e-12), 0.0)
    slopes = [(math.log(x) - test.limit.estimate) / se for x, se in line.points[1:]]
    assert slopes == pytest.approx([test.bias] * len(slopes), rel=1e-9)  # a difference of logarithms


def test_pet_is_a_line_and_peese_a_curve_that_leaves_the_top_upright() -> None:
    answer = pool(bcg_effects())
    pet, peese = funnel_layout(answer, asymmetry=pet_peese(answer)).lines
    assert (pet.label[:4], peese.label[:6]) == ("PET:", "PEESE:")
    top, next_one, *_ = [math.log(x) for x, _ in peese.points]
    steps = [math.log(x) for x, _ in pet.points]
    assert abs(next_one - top) < abs(steps[1] - steps[0])


def test_a_test_of_another_predictor_has_no_line_here() -> None:
    answer = pool(bcg_effects())
    with pytest.raises(ModelError, match="no line in a funnel plot"):
        funnel_layout(answer, asymmetry=egger(answer, predictor="ni", sample_size=range(100, 113)))


def test_a_mean_has_no_regions_of_significance() -> None:
    means = effect_sizes(("A", "B"), (10.0, 11.0), (1.0, 1.0), measure="MN")
    with pytest.raises(ModelError, match="no value of no effect"):
        funnel_layout(pooled(means, estimate=10.5, low=9.0, high=12.0), regions=True)


def test_a_funnel_with_everything_says_everything() -> None:
    answer = pool(bcg_effects())
    filled = trim_and_fill(answer)
    drawing = funnel(answer, contours=True, filled=filled, asymmetry=egger(answer))
    svg = drawing.svg()
    for words in ("p ≥ 0.10", "Filled, not a study", "Egger's test", "Trim and fill (L0): 1 study filled on the right"):
        assert words in svg
    assert "1 study filled on the right" in drawing.alt
    assert "Egger's test" in drawing.alt
