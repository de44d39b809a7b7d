"""What the pictures behind a pooled effect show, as data."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from scipy.stats import norm, t

from metak2.effects.front import effect_sizes, effects_from
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, UnknownOptionError
from metak2.models.pool import pool
from metak2.models.pooled import Pooled
from metak2.models.tau2_profile import profile_tau2
from metak2.plots import diagnostics as plots
from metak2.plots.baujat_layout import baujat_layout
from metak2.plots.chart_marks import Chart, Panel
from metak2.plots.drapery_layout import drapery_layout
from metak2.plots.drawing import Drawing
from metak2.plots.influence_layout import influence_layout
from metak2.plots.labbe_layout import labbe_layout
from metak2.plots.point_names import text_width
from metak2.plots.qq_layout import qq_layout
from metak2.plots.radial_layout import radial_layout
from metak2.plots.tau2_profile_layout import tau2_profile_layout
from metak2.robustness.influence import influence
from tests.effects.made_up import counts, study_table, trials_of
from tests.golden.cases import Case, load
from tests.plots.factory import bcg_effects

FOUR = [("A", 4, 40, 12, 40), ("B", 5, 40, 11, 40), ("C", 7, 50, 12, 50), ("D", 3, 30, 8, 30)]
BACK = {"RR": np.exp, "OR": lambda x: 1 / (1 + np.exp(-x)), "RD": lambda x: x}


def plain(yi: Sequence[float], vi: Sequence[float]) -> EffectSizes:
    return effects_from(yi, study=[f"S{at}" for at in range(len(yi))], vi=vi, measure="GEN")


def bcg() -> Pooled:
    return pool(bcg_effects(), method="REML", test="HK")


def many(k: int) -> Pooled:
    rng = np.random.default_rng(k)
    study = [f"Study {at} of a group with quite a long name" for at in range(k - 2)] + ["東京 2001", "Мюллер <&>"]
    return pool(effects_from(rng.normal(size=k), study=study, vi=rng.uniform(0.05, 1.0, k), measure="RR"))


@pytest.mark.parametrize("case", load("labbe"), ids=str)
def test_a_study_stands_where_metafor_puts_it(case: Case) -> None:
    effects = effect_sizes(trials_of(case), measure=case.options["measure"])
    discs = {disc.name: disc for disc in labbe_layout(effects).panels[0].discs}
    # metafor draws log risks, logits or risks; it adds 1/2 to both cells of a study with a zero, the picture does not
    ai, bi, ci, di = (cells[0] for cells in case.tables())
    whole = (ai > 0) & (bi > 0) & (ci > 0) & (di > 0)
    back = BACK[case.options["measure"]]
    drawn = np.array([[disc.x, disc.y] for disc in (discs[str(at + 1)] for at in range(ai.size))])
    expected = np.column_stack([back(case.expected("x")), back(case.expected("y"))])
    # a logarithm and its exponential round once each
    np.testing.assert_allclose(drawn[whole], expected[whole], rtol=1e-12)
    np.testing.assert_allclose(drawn, np.column_stack([ci / (ci + di), ai / (ai + bi)]), rtol=1e-15)


def test_the_area_of_a_disc_is_the_precision_of_its_study() -> None:
    effects = counts(FOUR)
    discs = {disc.name: disc for disc in labbe_layout(effects).panels[0].discs}
    areas = np.array([discs[study].radius ** 2 for study in effects.study])
    np.testing.assert_allclose(areas * effects.vi, (areas * effects.vi)[0], rtol=1e-12)  # one division, one root


@pytest.mark.parametrize("measure", ["RR", "OR", "RD"])
def test_the_curve_is_the_pooled_effect_at_every_control_risk(measure: str) -> None:
    pooled = pool(counts(FOUR, measure), method="CE")
    curve = labbe_layout(pooled).panels[0].strokes[1]
    for control, treated in curve.points[1:]:
        odds = [risk / (1 - risk) for risk in (treated, control)]
        implied = {"RR": treated / control, "OR": odds[0] / odds[1], "RD": treated - control}[measure]
        assert implied == pytest.approx(pooled.displayed.estimate, rel=1e-10)  # a few roundings, one subtraction


def test_a_risk_of_zero_has_no_place_on_a_logarithmic_scale_and_is_named() -> None:
    rows = [*FOUR, ("None", 0, 40, 3, 40)]
    chart = labbe_layout(pool(counts(rows)), scale="log")
    panel = chart.panels[0]
    assert {disc.name for disc in panel.discs} == {"A", "B", "C", "D"}
    assert "Without a place on a logarithmic scale, a risk being 0: None." in chart.footer
    assert panel.across.log
    assert (panel.across.low, panel.across.high) == (panel.up.low, panel.up.high)
    line = panel.strokes[1].points
    assert len(line) > 50
    ratio = [treated / control for control, treated in line]
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-12)  # a risk ratio is a parallel of the diagonal


def test_an_unknown_scale_is_refused() -> None:
    with pytest.raises(UnknownOptionError, match="did you mean"):
        labbe_layout(counts(FOUR), scale="logs")  # type: ignore[arg-type] # that is the point


def test_a_plot_of_risks_refuses_effects_without_counts() -> None:
    with pytest.raises(ModelError, match="needs counts with RR, OR, RD or PETO"):
        labbe_layout(effects_from([0.1], study=["A"], vi=[0.1], measure="RR"))


def test_rates_have_their_own_plot() -> None:
    table = study_table("rates", ["A", "B"], event_e=[4, 6], time_e=[100, 90], event_c=[8, 9], time_c=[110, 95])
    chart = labbe_layout(pool(effect_sizes(table, measure="IRR"), method="CE"))
    assert chart.panels[0].across.label == "Rate, control"
    assert {(disc.x, disc.y) for disc in chart.panels[0].discs} == {(8 / 110, 4 / 100), (9 / 95, 6 / 90)}


@pytest.mark.parametrize("case", load("radial"), ids=str)
def test_a_line_from_zero_through_a_study_meets_the_scale_at_its_effect(case: Case) -> None:
    options = {key: case.options[key] for key in ("method",) if key in case.options}
    options["method"] = {"EE": "CE", "FE": "CE"}.get(options["method"], options["method"])
    effects = plain(case.inputs["yi"], case.inputs["vi"])
    chart = radial_layout(pool(effects, convention="metafor", **options))
    points = {disc.name: (disc.x, disc.y) for disc in chart.panels[0].discs}
    drawn = np.array([points[study] for study in effects.study])
    np.testing.assert_allclose(drawn[:, 0], case.expected("x"), rtol=case.tol["rtol"])
    np.testing.assert_allclose(drawn[:, 1], case.expected("y"), rtol=case.tol["rtol"], atol=case.tol["atol"])
    np.testing.assert_allclose(drawn[:, 1] / drawn[:, 0], effects.yi, rtol=1e-12, atol=1e-14)  # one product, one ratio
    for words in chart.panels[1].words[:-1]:
        assert words.y / chart.panels[0].across.high == pytest.approx(float(words.text.replace("−", "-")), abs=1e-9)


@pytest.mark.parametrize("case", load("baujat"), ids=str)
def test_a_study_of_baujats_plot_stands_where_metafor_puts_it(case: Case) -> None:
    method = {"EE": "CE", "FE": "CE"}.get(case.options["method"], case.options["method"])
    effects = plain(case.inputs["yi"], case.inputs["vi"])
    panel = baujat_layout(pool(effects, method=method, convention="metafor")).panels[0]
    for axis, name in (("x", "x"), ("y", "y")):
        drawn = [getattr(disc, axis) for disc in panel.discs]
        np.testing.assert_allclose(drawn, case.expected(name), rtol=case.tol["rtol"], atol=case.tol["atol"])


def test_a_curve_of_the_drapery_is_an_interval_at_every_height() -> None:
    pooled = bcg()
    curve = drapery_layout(pooled).panels[0].strokes[-1]
    half = len(curve.points) // 2
    left = next(one for one in curve.points[:half] if abs(one[1] - 0.05) < 1e-12)
    # the points at p = 0.05 are the reported Hartung–Knapp limits
    assert left[0] == pytest.approx(pooled.displayed.ci_low, rel=1e-12)
    for effect, height in curve.points[::7]:
        statistic = abs(np.log(effect) - pooled.estimate) / pooled.ci.se
        assert height == pytest.approx(2 * t.sf(statistic, pooled.ci.df), rel=1e-9)  # SciPy's tail, another algorithm


def test_the_prediction_of_the_drapery_is_the_reported_one() -> None:
    pooled = bcg()
    assert pooled.pi is not None
    (area,) = drapery_layout(pooled).panels[0].areas
    for effect, height in area.points[1:-1:9]:
        if 0.11 < effect < 5:  # off the axis it is cut
            statistic = abs(np.log(effect) - pooled.pi.estimate) / pooled.pi.se
            assert height == pytest.approx(2 * t.sf(statistic, pooled.pi.df), rel=1e-9)


def test_one_study_has_no_drapery() -> None:
    with pytest.raises(ModelError, match="at least two pooled studies"):
        drapery_layout(pool(counts(FOUR[:1])))


@pytest.mark.parametrize("case", load("profile"), ids=str)
def test_the_profile_is_metafors(case: Case) -> None:
    method = case.options.get("method", "REML")
    effects = plain(case.inputs["yi"], case.inputs["vi"])
    profile = profile_tau2(pool(effects, method=method, convention="metafor"), tau2=case.expected("tau2"))
    np.testing.assert_allclose(profile.log_likelihood, case.expected("loglik"), rtol=case.tol["rtol"])
    np.testing.assert_allclose(profile.estimate, case.expected("estimate"), rtol=case.tol["rtol"])


def test_the_cut_meets_the_profile_at_its_limits() -> None:
    profile = profile_tau2(bcg())
    at_limits = profile_tau2(bcg(), tau2=[profile.low, profile.high, profile.summit])
    # 3.841458820694124 is the 95 per cent quantile of chi-squared with one degree of freedom
    assert profile.cut == pytest.approx(profile.highest - 3.841458820694124 / 2, rel=1e-12)
    np.testing.assert_allclose(at_limits.log_likelihood[:2], profile.cut, rtol=1e-10)  # roots stop at 1e-10
    assert (profile.log_likelihood <= profile.highest + 1e-12).all()


def test_a_method_that_did_not_climb_the_likelihood_is_marked_beside_its_summit() -> None:
    dl = tau2_profile_layout(profile_tau2(pool(bcg_effects(), method="DL")))
    assert [text for _, text in dl.legend if "DL" in text] == ["DL's τ² (dashed)"]
    assert not any("dashed" in text for _, text in tau2_profile_layout(profile_tau2(bcg())).legend)


def test_a_common_effect_has_no_profile() -> None:
    with pytest.raises(ModelError, match="has no τ²"):
        profile_tau2(pool(bcg_effects(), method="CE"))


def test_the_quantile_band_holds_ordered_normals_at_its_coverage() -> None:
    pooled = pool(plain(np.linspace(-1, 1, 9).tolist(), [1.0] * 9), method="CE")
    panel = qq_layout(pooled).panels[0]
    low = np.array([y for _, y in panel.areas[0].points[:9]])
    high = np.array([y for _, y in panel.areas[0].points[9:]][::-1])
    drawn = np.sort(np.random.default_rng(1).normal(size=(40_000, 9)), axis=1)
    inside = ((drawn >= low) & (drawn <= high)).mean(axis=0)
    # the standard error of a share of 40,000 at 0.95 is 0.0011; five of them
    np.testing.assert_allclose(inside, 0.95, atol=0.0055)
    assert norm.cdf(low[0]) < 0.05 < norm.cdf(high[0])


def test_every_diagnostic_of_every_study_has_a_mark_and_the_influential_ones_are_starred() -> None:
    yi = [0.0, 0.1, 0.05, 0.02, 0.08, 3.0]
    result = influence(pool(effects_from(yi, study=[*"ABCDE", "Far"], vi=[0.02] * 6, measure="GEN")))
    chart = influence_layout(result)
    assert [panel.title for panel in chart.panels] == [
        "rstudent", "dffits", "Cook's d", "cov. ratio", "τ² without", "Q without", "hat", "weight (%)",
    ]  # fmt: skip
    values = (result.rstudent, result.dffits, result.cook_d, result.cov_r, result.tau2_del, result.QE_del)
    for panel, each in zip(chart.panels, values, strict=False):
        assert [disc.x for disc in panel.discs] == each.tolist()
    assert chart.panels[0].up.tick_labels == ("Far *", "E", "D", "C", "B", "A")
    assert {disc.name for disc in chart.panels[0].discs if disc.shape == "diamond"} == {"Far"}


LAYOUTS: dict[str, Callable[[Pooled], Chart]] = {
    "radial": radial_layout,
    "baujat": baujat_layout,
    "qq": qq_layout,
}


def boxes(panel: Panel) -> list[tuple[float, float, float, float]]:
    """Where the names stand, in points."""
    share = {"left": 0.0, "center": 0.5, "right": 1.0}
    found = []
    for words in panel.words:
        width = text_width(words.text)
        left = panel.width * panel.across.position(words.x) + words.dx - share[words.align] * width
        bottom = panel.height * panel.up.position(words.y) + words.dy
        found.append((left, bottom, left + width, bottom + 6.0))
    return found


@pytest.mark.parametrize("name", sorted(LAYOUTS))
@pytest.mark.parametrize("k", [5, 13, 60])
def test_names_cover_no_other_name_and_stay_in_the_picture(name: str, k: int) -> None:
    panel = LAYOUTS[name](many(k)).panels[0]
    found = boxes(panel)
    assert found
    for at, (left, bottom, right, top) in enumerate(found):
        assert left >= 0
        assert right <= panel.width
        for l2, b2, r2, t2 in found[at + 1 :]:
            assert right <= l2 or r2 <= left or top <= b2 or t2 <= bottom


PICTURES: dict[str, Callable[[Pooled], Drawing]] = {
    "radial": plots.radial,
    "baujat": plots.baujat,
    "drapery": plots.drapery,
    "qq": plots.qq_plot,
    "profile": plots.tau2_profile_plot,
    "influence": plots.influence_plot,
}


@pytest.mark.parametrize("name", sorted(PICTURES))
@pytest.mark.parametrize("k", [5, 60])
def test_a_picture_is_drawn_the_same_twice_with_real_text_and_an_alternative(name: str, k: int) -> None:
    drawing, again = PICTURES[name](many(k)), PICTURES[name](many(k))
    svg = drawing.svg()
    assert svg == again.svg()
    assert "<text" in svg
    assert "nan" not in svg.lower().replace("nance", "")
    assert len(drawing.alt) > 40
    assert drawing.data()["alt"] == drawing.alt
