from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import metak2 as mk
from metak2.errors import ModelError
from metak2.models.multilevel import MultilevelOptions
from metak2.models.multilevel_levels import categories_of, group_means, levels_of, marginal_variance
from tests.golden.cases import load

TEACHING = Path(__file__).parents[2] / "datasets" / "teaching"


def schools() -> mk.EffectSizes:
    return mk.effect_sizes(mk.read_studies(TEACHING / "konstantopoulos2011.csv"), measure="SMD")


def surgery() -> mk.Multilevel:
    trials = mk.read_studies(TEACHING / "berkey1998.csv", where={"outcome": ["PD", "AL"]}, label=["study", "outcome"])
    effects = mk.effect_sizes(trials, measure="MD")
    return mk.multilevel(effects, mk.Random(term="outcome | trial", structure="UN"), "C(outcome) - 1")


def test_the_levels_of_konstantopoulos_hold_two_thirds_and_one_third_of_the_heterogeneity() -> None:
    # Konstantopoulos 2011, and the worked example at metafor-project.org: sigma2 0.0651 (11 districts), 0.0327 (56
    # schools), intraclass correlation 0.665
    district, school = levels_of(mk.multilevel(schools(), "district/school"))
    assert (district.groups, school.groups) == (11, 56)
    assert district.variance == pytest.approx(0.0651, abs=5e-5)
    assert school.variance == pytest.approx(0.0327, abs=5e-5)
    assert district.share == pytest.approx(66.5, abs=0.05)
    assert district.share + school.share == pytest.approx(100)


def test_a_new_school_of_a_new_district_is_predicted_as_the_model_predicts_and_a_new_district_more_narrowly() -> None:
    result = mk.multilevel(schools(), "district/school")
    district, school = levels_of(result)
    whole = mk.predict_multilevel(result)
    assert (school.pi_low, school.pi_high) == pytest.approx((float(whole.pi_low[0]), float(whole.pi_high[0])))
    assert school.pi_low < district.pi_low < float(result.coefficients.ci_low[0])


def test_crossed_terms_each_predict_with_their_own_variance() -> None:
    effects = schools()
    result = mk.multilevel(effects, ["district", "year"])
    district, year = levels_of(result)
    found = result.coefficients
    for one in (district, year):
        half = (one.pi_high - one.pi_low) / 2
        reach = float(found.ci_high[0] - found.estimate[0]) / float(found.se[0])
        assert half == pytest.approx(reach * np.sqrt(float(found.se[0]) ** 2 + one.variance))


def test_the_mean_of_each_study_is_metafors_best_linear_unbiased_prediction() -> None:
    effects = schools()
    groups = group_means(mk.multilevel(effects, "study", options=MultilevelOptions(test="z")), "study")
    expected = mk.predict_studies(mk.pool(effects, method="REML", test="z"))  # equal to metafor's blup(), test_predict
    assert groups.estimate == pytest.approx(expected.estimate, abs=1e-6)  # two climbs of one likelihood
    assert groups.se == pytest.approx(expected.se, abs=1e-6)


def test_the_mean_of_a_group_is_the_universal_kriging_of_its_effects() -> None:
    result = mk.multilevel(schools(), "district/school")
    outer, inner = (one.value for one in result.components)
    words = np.array(result.effects.words("district"))
    V = np.diag(result.effects.vi + inner) + outer * (words[:, None] == words)
    W, ones = np.linalg.inv(V), np.ones(result.k)
    variance = 1 / (ones @ W @ ones)
    beta = variance * ones @ W @ result.effects.yi
    found = group_means(result, "district")
    for at, name in enumerate(found.groups):
        c = outer * (words == name)
        assert found.estimate[at] == pytest.approx(beta + c @ W @ (result.effects.yi - beta), abs=1e-10)
        assert found.se[at] ** 2 == pytest.approx(outer - c @ W @ c + variance * (1 - c @ W @ ones) ** 2, abs=1e-10)


def test_the_categories_of_a_model_are_those_of_its_only_moderator() -> None:
    result = surgery()
    AL, PD = categories_of(result)
    assert (AL.name, PD.name, AL.column) == ("AL", "PD", "outcome")
    expected = mk.predict_multilevel(result, [1.0, 0.0], levels={"outcome | trial": "AL"})
    assert (AL.pi_low, AL.pi_high) == (float(expected.pi_low[0]), float(expected.pi_high[0]))
    assert not categories_of(mk.multilevel(schools(), "district", "year"))
    assert not levels_of(result)


def test_the_variance_of_an_effect_is_that_of_sampling_and_of_its_own_outcome() -> None:
    result = surgery()
    of = {one.level: one.value for one in result.components if one.kind == "variance"}
    expected = [v + of[word] for v, word in zip(result.effects.vi, result.effects.words("outcome"), strict=True)]
    assert marginal_variance(result) == pytest.approx(expected)


def test_groups_have_no_single_mean_where_there_are_moderators_or_no_such_intercept() -> None:
    with pytest.raises(ModelError, match="no random intercept 'distict'"):
        group_means(mk.multilevel(schools(), "district/school"), "distict")
    with pytest.raises(ModelError, match="without moderators"):
        group_means(mk.multilevel(schools(), "district", "year"), "district")


def test_the_level_of_all_terms_is_metafors_prediction_interval() -> None:
    (case,) = (case for case in load("mv_predict") if case.dataset == "dat.konstantopoulos2011")
    innermost = levels_of(mk.multilevel(schools(), "district/school", options=MultilevelOptions(test="z")))[-1]
    for ours, theirs in ((innermost.pi_low, "pi_lb"), (innermost.pi_high, "pi_ub")):
        # metafor's optimiser stops at 1e-8 of the likelihood: parameters agree to about its root
        assert ours == pytest.approx(float(np.ravel(case.outputs[theirs])[0]), rel=2e-5)


def test_no_variance_is_no_share() -> None:
    effects = schools()
    flat = replace(effects, yi=np.full(len(effects), 0.2))
    assert all(np.isnan(one.share) for one in levels_of(mk.multilevel(flat, "district/school")))
