import math

import pytest

from metak2.plots.funnel_layout import TOO_FEW, funnel_layout
from tests.plots.factory import AUTHORS, bcg, bcg_mantel_haenszel, effect_sizes, pooled


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
