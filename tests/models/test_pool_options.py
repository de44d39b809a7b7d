"""The rarely used options of `pool`: weights, a given tau2, intervals for tau2, guarded tests, drawn predictions."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.effects.front import effects_from
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, UnknownOptionError
from metak2.models.choices import PoolOptions
from metak2.models.conventions import PREDICTIONS, TAU2_INTERVALS, TESTS
from metak2.models.methods import METHODS
from metak2.models.pool import pool
from metak2.models.pooled import Pooled
from metak2.robustness.leave_one_out import leave_one_out
from tests.golden.cases import bcg_log_risk_ratios
from tests.strategies import Study, meta_analyses, quick

BCG_Y, BCG_V = bcg_log_risk_ratios()
SIZES = np.array([262, 609, 451, 26465, 10877, 2992, 3174, 176782, 14776, 3381, 77972, 4839, 34767], dtype=float)


def sizes(yi: np.ndarray, vi: np.ndarray) -> EffectSizes:
    return effects_from(yi, vi=vi, study=[f"study {i}" for i in range(yi.size)], measure="RR")


BCG = sizes(BCG_Y[0], BCG_V[0])
HOMOGENEOUS = sizes(np.array([0.10, 0.12, 0.11, 0.13]), np.array([0.1, 0.2, 0.1, 0.3]))
RANDOM = [name for name, method in METHODS.items() if method.model == "random effects"]


def codes(pooled: Pooled) -> set[str]:
    return {note.code for note in pooled.notes}


@pytest.mark.parametrize("method", RANDOM)
def test_every_random_effects_method_pools_the_bcg_trials(method: str) -> None:
    more: dict[str, Any] = {"weights": SIZES} if METHODS[method].weighted_estimator else {}
    pooled = pool(BCG, method=method, **more)
    assert pooled.tau2 is not None
    assert 0.15 < pooled.tau2 < 0.6
    assert (pooled.se_tau2 is None) == (method == "DL2")
    assert pooled.ci.low < pooled.estimate < pooled.ci.high


def test_equal_weights_give_the_plain_mean() -> None:
    pooled = pool(BCG, method="DL", test="z", weights="equal")
    assert pooled.estimate == pytest.approx(BCG_Y.mean(), rel=1e-13)
    assert pooled.weights == pytest.approx(np.full(13, 100 / 13))
    assert "WEIGHTS_GIVEN" in codes(pooled)


def test_weights_of_an_excluded_study_count_for_nothing() -> None:
    without = BCG.excluding("open label", ("study 3",))
    kept = np.arange(13) != 3
    alone = pool(sizes(BCG_Y[0][kept], BCG_V[0][kept]), test="z", weights=SIZES[kept])
    pooled = pool(without, test="z", weights=SIZES)
    assert pooled.estimate == pytest.approx(alone.estimate, rel=1e-12)
    assert pooled.se == pytest.approx(alone.se, rel=1e-12)
    assert pooled.weights[3] == 0


def test_weights_reach_every_refit() -> None:
    pooled = pool(BCG, test="z", weights=SIZES)
    refits = leave_one_out(pooled)
    kept = np.arange(13) != 7
    alone = pool(sizes(BCG_Y[0][kept], BCG_V[0][kept]), test="z", weights=SIZES[kept])
    assert refits.estimate[7] == pytest.approx(alone.estimate, rel=1e-12)


def test_a_given_tau2_is_used_and_told() -> None:
    pooled = pool(BCG, tau2=0.1)
    weight = 1 / (BCG_V[0] + 0.1)
    assert pooled.tau2 == 0.1
    assert pooled.estimate == pytest.approx((weight * BCG_Y[0]).sum() / weight.sum(), rel=1e-12)
    assert "TAU2_GIVEN" in codes(pooled)


def test_with_a_given_tau2_two_studies_are_pooled_as_asked() -> None:
    two = sizes(np.array([0.1, 0.5]), np.array([0.1, 0.2]))
    assert pool(two).method.name == "CE"
    pooled = pool(two, tau2=0.3, test="z")
    assert pooled.method.name == "REML"
    assert pooled.se == pytest.approx((1 / 0.4 + 1 / 0.5) ** -0.5, rel=1e-12)


@pytest.mark.parametrize("rule", [rule for rule in TAU2_INTERVALS if rule not in {"GENQ", "none"}])
def test_every_interval_for_tau2_holds_the_estimate(rule: str) -> None:
    pooled = pool(BCG, tau2_interval=rule)  # type: ignore[arg-type] # documented spellings
    assert pooled.tau2_ci is not None
    assert pooled.tau2 is not None
    assert pooled.tau2_ci.rule == rule
    assert pooled.tau2_ci.low < pooled.tau2 < pooled.tau2_ci.high
    assert pooled.I2_ci is not None
    assert pooled.I2_ci.low < pooled.I2 < pooled.I2_ci.high


def test_the_methods_with_weights_take_the_interval_of_their_weights() -> None:
    assert pool(BCG, method="GENQ", weights=SIZES).choices.tau2_interval == "GENQ"


def test_no_interval_for_tau2_means_none_for_i2() -> None:
    pooled = pool(BCG, convention="stata")
    assert pooled.tau2_ci is None
    assert pooled.I2_ci is None
    assert pooled.I2_rule == "from tau2"
    assert pooled.pi is None
    assert pooled.ci.rule == "z"


def test_both_kinds_of_i2_are_named() -> None:
    pooled = pool(BCG)
    assert pooled.I2 == pooled.I2_from_tau2 != pooled.I2_from_Q
    other = pool(BCG, convention="meta")
    assert other.I2 == other.I2_from_Q == pytest.approx(pooled.I2_from_Q, rel=1e-12)
    assert pooled.Q / pooled.Q_df == pytest.approx(other.H2, rel=1e-12)


@pytest.mark.parametrize("test", ["HK-adhoc", "HK-wider", "HK-IQWiG"])
def test_the_guards_widen_a_hartung_knapp_interval_that_is_too_narrow(test: str) -> None:
    plain = pool(HOMOGENEOUS, test="HK", convention="metafor").ci
    guarded = pool(HOMOGENEOUS, test=test, convention="metafor").ci  # type: ignore[arg-type] # documented spellings
    assert guarded.high - guarded.low > plain.high - plain.low
    assert guarded.rule == ("z" if test == "HK-wider" else "HK-adhoc")


@pytest.mark.parametrize("test", ["HK-wider", "HK-IQWiG"])
def test_the_guards_leave_a_wide_interval_alone(test: str) -> None:
    assert pool(BCG, test=test, convention="metafor").ci.rule == "HK"  # type: ignore[arg-type] # as above


@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_every_rule_of_prediction_gives_an_interval_about_the_estimate(prediction: str) -> None:
    pooled = pool(BCG, prediction=prediction, draws=5_000)  # type: ignore[arg-type] # documented spellings
    if prediction == "none":
        assert pooled.pi is None
    else:
        assert pooled.pi is not None
        assert pooled.pi.low < pooled.ci.low
        assert pooled.pi.high > pooled.ci.high


def test_a_drawn_prediction_says_how_it_was_drawn() -> None:
    pooled = pool(BCG, prediction="bootstrap", draws=2_000, seed=5)
    again = pool(BCG, prediction="bootstrap", draws=2_000, seed=5)
    assert pooled.displayed.pi_low == again.displayed.pi_low
    note = next(note for note in pooled.notes if note.code == "PREDICTION_DRAWN")
    assert note.values == {"draws": 2_000, "seed": 5}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"tau2": -0.1}, "at least 0"),
    ({"tau2": float("nan")}, "at least 0"),
    ({"weights": [1.0, 2.0]}, "one for each study"),
    ({"weights": [-1.0] * 13}, "at least 0"),
    ({"weights": [0.0] * 13}, "not all 0"),
    ({"method": "GENQ"}, "give weights="),
    ({"method": "CE", "tau2": 0.1}, "no tau²"),
    ({"tau2_interval": "GENQ"}, "needs weights="),
    ({"method": "DL", "tau2_interval": "PL"}, "Q-profile"),
    ({"method": "DL", "test": "KR"}, 'method="REML"'),
    ({"test": "KR", "tau2": 0.1}, 'method="REML"'),
    ({"prediction": "bootstrap", "draws": 10}, "at least 1,000"),
]


@pytest.mark.parametrize("options, way_out", REFUSED)
def test_options_that_do_not_fit_are_refused_with_the_way_out(options: dict[str, Any], way_out: str) -> None:
    with pytest.raises(ModelError, match=way_out.replace("(", r"\(")):
        pool(BCG, **options)


@pytest.mark.parametrize(
    "options, near",
    [({"weight": "equal"}, "weights"), ({"weights": "equl"}, "equal"), ({"tau2_interval": "QP"}, "Q-profile")],
)
def test_an_unknown_option_is_refused_with_those_there_are(options: dict[str, Any], near: str) -> None:
    with pytest.raises(UnknownOptionError, match=near):
        pool(BCG, **options)


def test_the_options_are_kept_with_the_result() -> None:
    options = pool(BCG, weights="equal", tau2=0.2).choices.options
    assert isinstance(options, PoolOptions)
    assert (options.weights, options.tau2) == ("equal", 0.2)


@pytest.mark.parametrize("method", ["DL", "REML", "HE", "PM"])
@quick
@given(study=meta_analyses(least=3), scale=st.sampled_from([-1.0, 0.01, 50.0]))
def test_the_swap_of_arms_and_a_change_of_unit_carry_a_weighted_mean_along(
    method: str, scale: float, study: Study
) -> None:
    yi, vi = study[0][0], study[1][0]
    weights = np.arange(1.0, yi.size + 1)
    plain = pool(sizes(yi, vi), method=method, test="t", weights=weights)
    moved = pool(sizes(scale * yi, scale**2 * vi), method=method, test="t", weights=weights)
    assert moved.estimate / scale == pytest.approx(plain.estimate, rel=1e-9, abs=1e-9)  # rounding
    assert moved.se / abs(scale) == pytest.approx(plain.se, rel=1e-8)  # tau2 near 0 keeps fewer digits


@pytest.mark.parametrize("convention", ["meta", "stata", "metafor"])
@pytest.mark.parametrize("k", [1, 2, 3])
def test_few_studies_have_an_answer_under_the_conventions_of_other_programs(convention: str, k: int) -> None:
    pooled = pool(sizes(np.array([0.4, 0.1, 0.9])[:k], np.array([0.09, 0.04, 0.2])[:k]), convention=convention)
    assert np.isfinite([pooled.estimate, pooled.se, pooled.ci.low, pooled.ci.high, pooled.pval]).all()
    assert (pooled.tau2 is None) == (k == 1)
    assert (pooled.pi is None) == (k < 3 or convention == "stata")


@pytest.mark.parametrize("test", TESTS)
def test_one_enormous_variance_changes_next_to_nothing(test: str) -> None:
    wide = sizes(np.append(BCG_Y[0], 3.0), np.append(BCG_V[0], 1e9))
    got = pool(wide, test=test, convention="metafor")  # type: ignore[arg-type] # documented spellings
    plain = pool(BCG, test=test, convention="metafor")  # type: ignore[arg-type] # as above
    assert got.estimate == pytest.approx(plain.estimate, abs=1e-6)  # a weight of 3e-10 times a distance of 4
    assert np.isfinite([got.ci.low, got.ci.high]).all()
