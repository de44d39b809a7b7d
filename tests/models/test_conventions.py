"""The presets, against R on the thirteen BCG trials; and the words that are refused."""

from collections.abc import Mapping

import numpy as np
import pytest

from metak2.effects.front import effect_sizes
from metak2.errors import ModelError, UnknownOptionError
from metak2.models.conventions import CONVENTIONS, PREDICTIONS, TESTS, convention_named
from metak2.models.methods import METHODS
from metak2.models.pool import pool
from metak2.models.pooled import Pooled
from tests.effects.made_up import trials_of
from tests.golden.cases import Case, assert_close, load

CASES = {case.stratum: case for case in load("conventions")}
BCG = effect_sizes(trials_of(CASES["knha"]), measure="RR")
PREDICTION_CASES = [case for case in load("conventions") if "pi_lb" in case.outputs]


def assert_same(pooled: Pooled, case: Case) -> None:
    got = {
        "estimate": pooled.estimate, "se": pooled.se, "ci_lb": pooled.ci.low, "ci_ub": pooled.ci.high,
        "pval": pooled.pval, "tau2": pooled.tau2, "I2": pooled.I2, "Q": pooled.Q, "Q_p": pooled.Q_pval,
    }  # fmt: skip
    for field in case.outputs:
        assert got[field] is not None
        assert_close(np.array(got[field]), case, field)


@pytest.mark.parametrize(
    "convention, stratum",
    [("metak2", "knha"), ("cochrane", "knha"), ("metafor", "wald"), ("revman5", "revman5")],
)
def test_bcg_under_each_convention_is_what_r_gives(convention: str, stratum: str) -> None:
    assert_same(pool(BCG, convention=convention), CASES[stratum])


def test_revman_5_prints_these_numbers() -> None:
    # METHODS section 1, as printed: half a unit of the last digit.
    pooled = pool(BCG, convention="revman5")
    assert pooled.tau2 == pytest.approx(0.3094969, abs=5e-8)
    shown = pooled.displayed
    assert [shown.estimate, shown.ci_low, shown.ci_high] == pytest.approx([0.48959, 0.34478, 0.69522], abs=5e-6)


def test_plain_dersimonian_laird_takes_q_about_its_own_centre() -> None:
    pooled = pool(BCG, method="DL", test="z")
    assert pooled.tau2 == pytest.approx(0.3087603, abs=5e-8)  # METHODS section 1, as printed
    shown = pooled.displayed
    assert [shown.estimate, shown.ci_low, shown.ci_high] == pytest.approx([0.48962, 0.34492, 0.69504], abs=5e-6)


@pytest.mark.parametrize("case", PREDICTION_CASES, ids=lambda case: case.stratum)
def test_the_four_prediction_intervals_are_those_of_r(case: Case) -> None:
    pi = pool(BCG, method="REML", **case.options).pi
    assert pi is not None
    assert_close(pi.low, case, "pi_lb")
    assert_close(pi.high, case, "pi_ub")


PRINTED: Mapping[tuple[str, str], tuple[float, float]] = {  # METHODS section 2, risk ratios
    ("HK", "t(k-1)"): (0.1359, 1.7629),
    ("HK", "t(k-2)"): (0.1341, 1.7860),
    ("z", "t(k-2)"): (0.1342, 1.7848),
    ("z", "z"): (0.1546, 1.5490),
}


@pytest.mark.parametrize("test, prediction", PRINTED)
def test_the_four_prediction_intervals_are_those_printed_and_say_their_rule(test: str, prediction: str) -> None:
    pooled = pool(BCG, test=test, prediction=prediction)
    shown = pooled.displayed
    assert (shown.pi_low, shown.pi_high) == pytest.approx(PRINTED[test, prediction], abs=5e-5)
    assert pooled.pi is not None
    assert pooled.pi.rule == f"{prediction} with the {test} standard error"
    assert pooled.pi.df == {"t(k-1)": 12, "t(k-2)": 11, "z": np.inf}[prediction]
    assert pooled.tau2 is not None
    assert pooled.pi.se == pytest.approx(np.hypot(pooled.se, pooled.tau2**0.5), rel=1e-14)


def test_no_prediction_interval_where_none_is_asked_for() -> None:
    assert pool(BCG, prediction="none").pi is None
    assert pool(BCG, convention="revman5").pi is None


@pytest.mark.parametrize(
    "convention, rule",
    [("metak2", "from tau2"), ("cochrane", "from tau2"), ("metafor", "from tau2"), ("revman5", "from Q")],
)
def test_i_squared_follows_the_convention_and_says_which(convention: str, rule: str) -> None:
    pooled = pool(BCG, convention=convention)
    assert pooled.I2_rule == rule
    from_q = 100 * (pooled.Q - 12) / pooled.Q
    assert (pytest.approx(from_q, rel=1e-12) == pooled.I2) == (rule == "from Q")


def test_a_common_effect_has_its_i_squared_from_q_under_every_convention() -> None:
    for convention in CONVENTIONS:
        pooled = pool(BCG, method="CE", convention=convention)
        assert pooled.I2_rule == "from Q"
        assert pytest.approx(100 * (pooled.Q - 12) / pooled.Q, rel=1e-12) == pooled.I2
        assert (pooled.tau2, pooled.tau2_ci, pooled.pi) == (None, None, None)


def test_a_convention_sets_every_default_and_an_explicit_choice_wins() -> None:
    revman = pool(BCG, convention="revman5")
    assert (revman.method.name, revman.ci.rule, revman.convention.name) == ("DL", "z", "revman5")
    mixed = pool(BCG, convention="revman5", method="PM", test="HK")
    assert (mixed.method.name, mixed.ci.rule) == ("PM", "HK")
    assert convention_named(CONVENTIONS["cochrane"]) is CONVENTIONS["cochrane"]


@pytest.mark.parametrize(
    "option, wrong, near, allowed",
    [
        ("method", "REMl", "REML", ", ".join(sorted(METHODS))),
        ("test", "HKadhoc", "HK-adhoc", ", ".join(sorted(TESTS))),
        ("convention", "Cochran", "cochrane", ", ".join(sorted(CONVENTIONS))),
        ("prediction", "t(k−1)", "t(k-1)", ", ".join(sorted(PREDICTIONS))),
    ],
)
def test_an_unknown_word_is_refused_with_the_nearest_and_all_allowed(
    option: str, wrong: str, near: str, allowed: str
) -> None:
    with pytest.raises(UnknownOptionError) as raised:
        pool(BCG, **{option: wrong})
    assert f'{option}={wrong!r} is not known; did you mean "{near}"?' in str(raised.value)
    assert str(raised.value).endswith(f"Allowed: {allowed}.")
    assert isinstance(raised.value, ValueError)


@pytest.mark.parametrize("level", [95, 1.0, 0.05, 0.0, -0.95, np.nan])
def test_a_level_is_a_share_between_a_half_and_one(level: float) -> None:
    with pytest.raises(ModelError, match=r"such as 0\.95"):
        pool(BCG, level=level)


@pytest.mark.parametrize("method, test", [("CE", "HK"), ("CE", "HK-adhoc"), ("MH", "HK"), ("MH", "t")])
def test_a_common_effect_has_no_hartung_knapp_interval(method: str, test: str) -> None:
    with pytest.raises(ModelError, match='use test="z"'):
        pool(BCG, method=method, test=test)
