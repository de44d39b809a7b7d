"""Robustness in sentences a clinician reads."""

import numpy as np
import pytest

import metak2.display.robustness as told
from metak2.effects.front import effects_from
from metak2.effects.sizes import EffectSizes
from metak2.models.pool import pool
from metak2.robustness.alternatives import INTEGRITY, Alternatives, Specification
from metak2.robustness.bootstrap import bootstrap
from metak2.robustness.fragility import fragility
from metak2.robustness.gosh import gosh
from metak2.robustness.leave_one_out import leave_two_out
from metak2.robustness.specification import specification_curve
from metak2.shown import show_html
from tests.effects.made_up import counts, trials

FOUR = [("A", 4, 40, 12, 40), ("B", 5, 40, 11, 40), ("C", 7, 50, 12, 50), ("D", 3, 30, 8, 30)]


def with_outlier() -> EffectSizes:
    yi = [-0.02, 0.03, 0.0, 0.05, -0.04, 0.01, 3.0]
    return effects_from(yi, study=[*"ABCDEF", "Outlier"], vi=np.full(7, 0.02))


def test_the_cloud_is_told_with_its_range_and_the_study_that_splits_it() -> None:
    sentence = told.gosh(gosh(pool(with_outlier(), method="CE")))
    assert sentence.startswith("Over all 127 subsets of 7 studies the effect")
    assert "between −0.04 and 3.00" in sentence  # the lowest and the highest single study
    assert sentence.endswith("They fall into two clouds, those with and those without Outlier.")


def test_a_sample_says_that_it_is_one() -> None:
    sentence = told.gosh(gosh(pool(with_outlier(), method="CE"), n=50))
    assert sentence.startswith("Over a random sample of 50 subsets of 7 studies")


def test_a_cloud_that_no_study_splits_says_so() -> None:
    effects = effects_from([0.4] * 5, study=list("ABCDE"), vi=[0.1] * 5)
    assert told.gosh(gosh(pool(effects, method="CE"))).endswith("No single study splits them into two clouds.")


def test_pairs_that_decide_are_named() -> None:
    effects = effects_from([0.5, 0.5, 0.5, 0.0], study=["A", "B", "C", "D"], vi=[0.08] * 4)
    sentence = told.leave_two_out(leave_two_out(pool(effects, method="CE")))
    # by hand: 0.5 without D and one of the others, 0.25 without two of the others
    assert "(6 pairs), the effect" in sentence
    assert "lies between 0.25 (without A and B) and 0.50 (without A and D)" in sentence
    assert sentence.endswith("turns without A with B; A with C; B with C.")


def test_pairs_that_decide_nothing_are_not_listed() -> None:
    effects = effects_from([1.0, 1.1, 0.9, 1.2], study=list("ABCD"), vi=[0.01] * 4)
    sentence = told.leave_two_out(leave_two_out(pool(effects, method="CE")))
    assert sentence.endswith("No pair decides whether the interval includes 0, which is no effect.")


def test_a_bootstrap_says_how_it_drew_and_stands_beside_the_reported_interval() -> None:
    base = pool(counts(FOUR), method="DL")
    sentence = told.bootstrap(bootstrap(base, n=200, seed=9))
    assert sentence.startswith("In 200 bootstrap meta-analyses (effects drawn from the fitted model, seed 9)")
    assert "the reported interval is" in sentence
    assert "For τ² they lie between" in sentence
    resampled = told.bootstrap(bootstrap(pool(counts(FOUR), method="MH"), kind="non-parametric", n=200))
    assert "studies drawn with replacement" in resampled
    assert "τ²" not in resampled


def test_fragility_names_studies_and_people() -> None:
    sentence = told.fragility(fragility(pool(counts([("Habu 2004", 2, 21, 9, 19)]))))
    # two changes, by hand in tests/robustness/test_fragility.py
    assert sentence.startswith(
        "The interval does not include 1, which is no effect. Fragility index 2: it turns with 2 people's outcomes"
    )
    assert "1 more in the experimental arm of Habu 2004" in sentence
    assert "1 fewer in the control arm of Habu 2004" in sentence


def test_a_conclusion_that_holds_says_how_far_it_was_tried() -> None:
    effects = effects_from([1.0, 1.1, 0.9, 1.2], study=list("ABCD"), vi=[0.01] * 4)
    sentence = told.fragility(fragility(pool(effects, method="CE")))
    assert (
        sentence
        == "The interval does not include 0, which is no effect. It does not turn without any set of up to 3 studies."
    )


def test_the_curve_counts_where_its_intervals_lie_and_gives_no_p_value() -> None:
    curve = specification_curve(
        trials(FOUR),
        planned=Specification(measure="RR"),
        alternatives=Alternatives(measures=("RD",), methods=("CE", "DL"), filters=(INTEGRITY,)),
    )
    sentence = told.specification_curve(curve)
    assert sentence.startswith("6 specifications; the planned one is RR, REML, HK.")
    assert "there is no p value for the curve" in sentence
    assert "Risk ratio: 3, from" in sentence
    assert "Risk difference: 3, from" in sentence
    assert "below 0 (no effect) in 3, across it in 0, above it in 0" in sentence


@pytest.mark.parametrize("make", [gosh, leave_two_out, bootstrap, fragility], ids=lambda f: f.__name__)
def test_a_result_prints_its_sentence_in_text_and_notebook(make) -> None:  # noqa: ANN001 - four functions of a result
    result = make(pool(counts(FOUR), method="CE"))
    sentence = getattr(told, make.__name__)(result)
    assert sentence in str(result)
    assert show_html(result).startswith("<div>")
