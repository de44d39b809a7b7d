"""Printed numbers that fit together are left in peace; those that cannot are a question with its reasons."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from metak2.effects.measures import MEASURES
from metak2.robustness.consistency import Finding, consistency, measure_of
from tests.robustness.printed import interval, target


def findings(*args: str, **more: str) -> dict[str, Finding]:
    return {found.code: found for found in consistency(interval(*args, **more))}


def test_yoshidas_one_sided_p_of_0811_follows_from_its_interval() -> None:
    yoshida = target("HR", sided="one", estimate="1.150", ci_low="0.843", ci_high="1.570", p="0.811")
    found = {one.code: one for one in consistency(yoshida)}["P_FROM_INTERVAL"]
    se = math.log(1.570 / 0.843) / (2 * norm.ppf(0.975))
    assert found.agrees
    assert found.implied == pytest.approx(norm.cdf(math.log(1.15) / se), rel=1e-9)  # the same arithmetic, by SciPy
    assert round(found.implied, 3) == 0.811


def test_the_same_p_read_as_two_sided_does_not_follow() -> None:
    found = findings("HR", "1.150", "0.843", "1.570", p="0.811")["P_FROM_INTERVAL"]
    assert not found.agrees
    assert round(found.implied, 3) == 0.378  # METHODS section 5: one-sided 0.811 = two-sided 0.378


def test_avadecs_p_of_064_follows_from_its_interval_within_rounding() -> None:
    found = findings("MD", "-17", "-86", "53", p="0.64")
    assert found["P_FROM_INTERVAL"].agrees
    assert found["P_FROM_INTERVAL"].low < 0.64 < found["P_FROM_INTERVAL"].high
    assert found["CENTRED"].agrees
    assert found["INSIDE"].agrees


def test_avadecs_jet_velocity_lies_outside_its_interval_until_it_gets_its_minus_back() -> None:
    found = findings("MD", "0.04", "-0.11", "0.02", p="0.21")
    assert not found["INSIDE"].agrees
    assert found["INSIDE"].minus == "estimate"
    assert "CENTRED" not in found  # one question is enough


def test_avadecs_difference_without_its_minus_sign_is_off_centre() -> None:
    found = findings("MD", "17", "-86", "53")["CENTRED"]
    assert not found.agrees
    assert found.minus == "estimate"


def test_a_risk_ratio_cannot_have_a_negative_limit_and_079_would_fit() -> None:
    (found,) = consistency(interval("RR", "0.92", "-0.79", "1.07", p="0.29"))  # Li 2023, as printed
    assert (found.code, found.agrees, found.minus) == ("POSITIVE", False, "ci_low")
    assert found.cells == ("targets!ci_low",)


def test_a_hazard_ratio_pooled_without_logarithms_is_centred_on_the_plain_scale_only() -> None:
    found = findings("HR", "0.45", "0.07", "0.83", p="0.02")  # Lees 2019, as printed
    assert not found["CENTRED"].agrees
    assert found["CENTRED"].linear
    assert not found["P_FROM_INTERVAL"].agrees


@pytest.mark.parametrize(
    "measure,estimate,low,high",
    [
        ("OR", "0.23", "0.12", "0.47"),  # Cockayne 2006
        ("OR", "0.30", "0.05", "1.74"),  # corrected 2018
        ("OR", "0.72", "0.55", "0.95"),  # Mott 2019
        ("OR", "0.98", "0.85", "1.14"),  # corrected 2020
        ("HR", "0.93", "0.87", "1.00"),  # Beulens 2010
        ("MD", "-2.67", "-2.86", "-2.49"),  # Tan 2024: too narrow for its SDs, and yet centred
    ],
)
def test_ordinary_published_intervals_are_centred(measure: str, estimate: str, low: str, high: str) -> None:
    assert all(found.agrees for found in consistency(interval(measure, estimate, low, high)))


def test_a_bound_on_p_agrees_where_the_interval_keeps_it() -> None:
    assert findings("MD", "-2.67", "-2.86", "-2.49", p="<0.001")["P_FROM_INTERVAL"].agrees
    assert not findings("MD", "-17", "-86", "53", p="<0.001")["P_FROM_INTERVAL"].agrees


def test_a_target_without_an_interval_or_a_known_measure_has_nothing_to_check() -> None:
    assert consistency(target("RR", estimate="0.63", p="0.08")) == ()
    assert consistency(interval("chi-square", "0.63", "0.4", "1.1")) == ()


@pytest.mark.parametrize("word,name", [("WMD percent", "MD"), ("MD g/cm2", "MD"), ("sHR", "HR"), ("RR", "RR")])
def test_measures_are_known_by_the_words_that_papers_use(word: str, name: str) -> None:
    measure = measure_of(target(word, estimate="1"))
    assert measure is not None
    assert measure.name == name


def test_last_zeros_that_a_cell_has_lost_are_no_reason_to_doubt() -> None:
    sato = interval("RR", "0.19", "0.044", "0.858")
    widened = {"estimate": sato.printed["estimate"].__class__(value=0.19, decimals=3, typed=2)}
    as_read = sato.__class__(
        review="Sato 2011", outcome="", measure="RR", printed={**sato.printed, **widened}, cells=sato.cells
    )
    assert {one.code: one.agrees for one in consistency(as_read)}["CENTRED"]


@settings(deadline=None, max_examples=200)
@given(
    yi=st.floats(-2, 2),
    se=st.floats(0.05, 1.5),
    decimals=st.integers(2, 4),
    measure=st.sampled_from(["OR", "MD", "HR", "SMD"]),
)
def test_an_honest_result_rounded_as_a_journal_does_is_never_questioned(
    yi: float, se: float, decimals: int, measure: str
) -> None:
    z = norm.ppf(0.975)
    shown = MEASURES[measure].back(np.array([yi, yi - z * se, yi + z * se]))
    estimate, low, high = (f"{value:.{decimals}f}" for value in shown)
    p = f"{2 * norm.sf(abs(yi) / se):.{decimals}f}"
    if float(low) > 0 or measure in {"MD", "SMD"}:
        assert [
            found.code for found in consistency(interval(measure, estimate, low, high, p=p)) if not found.agrees
        ] == []
