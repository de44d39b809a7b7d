"""Small-study effects and selection where effects share patients; sweeping a correlation nobody reported."""

from dataclasses import replace

import numpy as np
import pytest

import metak2 as mk
from metak2.errors import ModelError, UnknownOptionError
from metak2.models.robust_result import RobustOptions
from metak2.robustness.clustered_asymmetry import egger_clustered, selection_clustered
from metak2.robustness.correlation import correlation_sensitivity
from metak2.robustness.selection import selection_model
from tests.models.test_robust import made_up


def test_the_egger_sandwich_is_a_robust_regression_on_the_standard_error() -> None:
    effects = made_up(1, (3, 2, 4, 1, 3, 2))
    asked = RobustOptions(working="CORR")
    got = egger_clustered(effects, "cluster", options=asked)
    with_se = effects.moderators | {"se": np.sqrt(effects.vi)}
    by_hand = mk.robust(mk_with(effects, with_se), "cluster", "se", options=asked).coefficients
    assert got.bias == pytest.approx(by_hand.estimate[1], rel=1e-12)  # the same sums
    assert got.pval == pytest.approx(by_hand.pval[1], rel=1e-9)


def mk_with(effects: mk.EffectSizes, moderators: dict[str, np.ndarray]) -> mk.EffectSizes:
    return replace(effects, moderators=moderators)


def test_a_cluster_copied_many_times_does_not_make_asymmetry() -> None:
    effects = made_up(7, (1,) * 12)
    small = int(np.argmax(effects.vi))
    copied = effects.take(np.array([*range(12), *[small] * 8]))
    one, many = (egger_clustered(e, "cluster", correlation=1.0) for e in (effects, copied))
    assert many.pval == pytest.approx(one.pval, rel=1e-6)  # REML of the same twelve effects


def test_effects_of_one_precision_are_refused() -> None:
    effects = mk.effects_from([0.1, 0.2, 0.3, 0.5], vi=[0.1] * 4, study=list("abcd"))
    with pytest.raises(ModelError, match="differing precision"):
        egger_clustered(effects)


def test_an_unknown_predictor_is_refused() -> None:
    with pytest.raises(UnknownOptionError, match="sei"):
        egger_clustered(made_up(1, (2, 2, 2)), "cluster", predictor="ni")  # type: ignore[arg-type] # a mistake


def test_clusters_of_one_effect_leave_nothing_to_draw() -> None:
    effects = made_up(3, (1,) * 10)
    got = selection_clustered(effects, "cluster", draws=3)
    alone = selection_model(mk.pool(effects, method="ML", test="z"), kind="three-parameter")
    np.testing.assert_allclose(got.pval, alone.LRT_pval, rtol=1e-6)  # one optimum, reached in another order of studies
    assert got.combined == pytest.approx(min(1.0, 2 * alone.LRT_pval), rel=1e-6)


def test_a_seed_gives_the_same_draws_again() -> None:
    one, same = (selection_clustered(made_up(4, (2, 3, 1, 2, 2, 4)), "cluster", draws=3, seed=5) for _ in range(2))
    np.testing.assert_array_equal(one.pval, same.pval)


def test_four_clusters_are_too_few_for_a_selection_model() -> None:
    with pytest.raises(ModelError, match="too few for a selection model"):
        selection_clustered(made_up(4, (2, 3, 1, 2)), "cluster")


def test_the_sweep_repeats_the_model_under_each_correlation() -> None:
    effects = made_up(1, (3, 2, 4, 1, 3, 2))
    got = correlation_sensitivity(effects, "cluster", correlations=(0.5, 0.1))
    assert [fit.weighted.correlation for fit in got.fits] == [0.5, 0.1]
    alone = mk.robust(effects, "cluster", correlation=0.1).coefficients
    assert got.fits[1].coefficients.estimate[0] == alone.estimate[0]
    assert "0.1, 0.5" in str(got)


def test_a_sweep_says_what_it_cannot_sweep() -> None:
    effects = made_up(1, (3, 2, 4, 1, 3, 2))
    with pytest.raises(ModelError, match="named twice"):
        correlation_sensitivity(effects, "cluster", correlations=(0.5, 0.5))
    with pytest.raises(ModelError, match="has no correlation"):
        correlation_sensitivity(effects, "cluster", options=RobustOptions(working="HIER"))
