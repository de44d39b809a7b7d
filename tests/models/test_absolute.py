"""Risks for people: each measure by hand, and an NNT that passes through infinity."""

import math

import numpy as np
import pytest

from metak2.display.absolute import number_needed, per_thousand
from metak2.effects.front import effect_sizes, effects_from
from metak2.errors import ModelError
from metak2.models.absolute import AbsoluteEffect, absolute_effect
from metak2.models.pool import pool
from tests.effects.made_up import counts, trials

BASE = 0.4


def of(measure: str, effect: float, se: float = 0.1, *, baseline: float = BASE) -> AbsoluteEffect:
    yi = effect if measure == "RD" else math.log(effect)
    pooled = pool(effects_from([yi], study=["A"], measure=measure, se=[se]))
    return absolute_effect(pooled, baseline_risk=baseline, horizon="1 year")


@pytest.mark.parametrize(
    "measure, effect, risk",
    [
        ("RR", 0.5, 0.4 * 0.5),
        ("OR", 0.5, 0.4 * 0.5 / (0.6 + 0.4 * 0.5)),
        ("PETO", 0.5, 0.2 / 0.8),
        ("RD", -0.1, 0.3),
        ("HR", 2.0, 1 - 0.6**2),
    ],
)
def test_the_risk_in_the_experimental_group_by_hand(measure: str, effect: float, risk: float) -> None:
    result = of(measure, effect, 0.01)
    assert result.risk == pytest.approx(risk, rel=1e-12)
    assert result.difference == pytest.approx(risk - BASE, rel=1e-12)
    assert result.nnt == pytest.approx(1 / abs(risk - BASE), rel=1e-12)
    assert (result.baseline_risk, result.horizon) == (BASE, "1 year")


@pytest.mark.parametrize("measure", ["RR", "OR", "PETO", "HR"])
def test_no_relative_effect_is_no_absolute_effect(measure: str) -> None:
    result = of(measure, 1.0)
    assert result.risk == pytest.approx(BASE, rel=1e-14)
    assert result.includes_no_difference
    assert result.nnt > 1e12


def test_the_limits_of_the_difference_come_from_the_limits_of_the_effect() -> None:
    pooled = pool(effects_from([math.log(0.5)], study=["A"], measure="RR", se=[0.2]))
    result = absolute_effect(pooled, baseline_risk=BASE, horizon="1 year")
    expected = BASE * np.exp([pooled.ci.low, pooled.ci.high])
    assert [result.risk_low, result.risk_high] == pytest.approx(expected, rel=1e-14)
    assert [result.difference_low, result.difference_high] == pytest.approx(expected - BASE, rel=1e-12)
    assert not result.includes_no_difference


def test_no_difference_has_no_number_needed_to_treat() -> None:
    assert of("RD", 0.0).nnt == math.inf


@pytest.mark.parametrize("baseline", [0.0, 1.0, -0.1, 47.0, np.nan])
def test_a_baseline_risk_is_a_share_between_nothing_and_all(baseline: float) -> None:
    with pytest.raises(ModelError, match=r"between 0 and 1, such as 0\.47"):
        of("RR", 0.5, baseline=baseline)


@pytest.mark.parametrize("measure", ["MD", "SMD", "ROM", "IRR", "GEN"])
def test_a_measure_without_risks_has_no_absolute_effect(measure: str) -> None:
    pooled = pool(effects_from([0.3], study=["A"], measure=measure, se=[0.1]))
    with pytest.raises(ModelError, match="has no absolute effect; use RR, OR, PETO, RD or HR"):
        absolute_effect(pooled, baseline_risk=BASE, horizon="1 year")


def test_habus_number_needed_carries_its_horizon_and_baseline_risk() -> None:
    pooled = pool(counts([("Habu 2004", 2, 21, 9, 19)], "RD"))
    result = absolute_effect(pooled, baseline_risk=9 / 19, baseline_source="its own control arm", horizon="7 years")
    # 1 / 0.37845, and 1 / 0.63568 to 1 / 0.12121 from R's interval (golden single_trial), each up to a whole person.
    assert number_needed(result) == (
        "Number needed to treat over 7 years, at a baseline risk of 47\u202f%: NNTB 3 (2 to 9)."
    )
    assert per_thousand(result).startswith(
        "At a baseline risk of 474 per 1000 over 7 years (its own control arm): 95 per 1000 with the experimental"
    )
    assert "378 fewer (difference −636 to −121 per 1000)" in per_thousand(result)


def test_an_interval_that_holds_no_difference_passes_through_infinity() -> None:
    result = of("RD", -0.05, 0.05)
    half = 1.959963984540054 * 0.05
    benefit, harm = 1 / (0.05 + half), 1 / (half - 0.05)
    assert number_needed(result).endswith(f"NNTB {math.ceil(benefit)} to ∞ to NNTH {math.floor(harm)}.")


def test_harm_is_called_harm() -> None:
    assert "NNTH 10 (8 to 12)" in number_needed(of("RD", 0.1, 0.01))
    assert "100 more" in per_thousand(of("RD", 0.1, 0.01))


@pytest.mark.parametrize("difference, said", [(0.1, "NNTB 10 ("), (-0.1, "NNTH 10 (")])
def test_where_the_event_is_good_more_of_it_is_a_benefit(difference: float, said: str) -> None:
    table = trials([("A", 50 + 1000 * difference, 1000, 50, 1000)] if difference > 0 else [("A", 50, 1000, 150, 1000)])
    table = type(table)(
        source=table.source, kind=table.kind, study=table.study, columns=table.columns, cells=table.cells,
        higher_is="better",
    )  # fmt: skip
    pooled = pool(effect_sizes(table, measure="RD"))
    result = absolute_effect(pooled, baseline_risk=0.3, horizon="1 year")
    assert result.event_is_good
    assert said in number_needed(result)


def test_where_the_event_is_good_an_interval_through_zero_still_names_benefit_first() -> None:
    table = trials([("A", 60, 1000, 50, 1000)])
    table = type(table)(
        source=table.source, kind=table.kind, study=table.study, columns=table.columns, cells=table.cells,
        higher_is="better",
    )  # fmt: skip
    pooled = pool(effect_sizes(table, measure="RD"))
    result = absolute_effect(pooled, baseline_risk=0.3, horizon="1 year")
    benefit, harm = 1 / pooled.ci.high, 1 / -pooled.ci.low
    assert number_needed(result).endswith(f"NNTB {math.ceil(benefit)} to ∞ to NNTH {math.floor(harm)}.")


@pytest.mark.parametrize(
    "low, high, said",
    [
        (-0.5, -0.1, "NNTB 4 (2 to 10)"),  # 1/0.3 = 3.3 people: three would promise too much
        (0.1, 0.5, "NNTH 3 (2 to 10)"),  # the same as harm: four would hide some of it
        (-0.21, 0.29, "NNTB 5 to ∞ to NNTH 3"),  # 1/0.21 = 4.8 and 1/0.29 = 3.4
    ],
)
def test_a_number_needed_is_whole_people_and_never_flatters_the_treatment(low: float, high: float, said: str) -> None:
    half = (high - low) / 2
    assert said in number_needed(of("RD", (low + high) / 2, half / 1.959963984540054))


def test_the_prediction_interval_says_what_a_new_setting_may_see() -> None:
    pooled = pool(effects_from(np.log([0.3, 0.5, 0.9, 0.4]), study=list("ABCD"), measure="RR", se=[0.1] * 4))
    assert pooled.pi is not None
    result = absolute_effect(pooled, baseline_risk=BASE, horizon="1 year")
    expected = BASE * np.exp([pooled.pi.low, pooled.pi.high]) - BASE
    expected = np.clip(expected, -BASE, 1 - BASE)
    assert [result.difference_pi_low, result.difference_pi_high] == pytest.approx(expected, rel=1e-12)
    assert "in a new setting, by the prediction interval, −" in per_thousand(result)
    assert "in a new setting (prediction interval) NNTB " in number_needed(result)
    assert "new setting" not in number_needed(of("RR", 0.5))
