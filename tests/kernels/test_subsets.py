"""Every subset of a meta-analysis is pooled as its studies alone would be, however many subsets there are."""

import numpy as np
import pytest
from hypothesis import given

from metak2.kernels import subsets
from metak2.kernels.pooling import common_effect, random_effects
from metak2.kernels.subsets import SubsetFit, every_subset, pool_subsets, sums_with, totals
from metak2.kernels.tau2 import dersimonian_laird
from tests.golden.cases import bcg_log_risk_ratios
from tests.strategies import Study, meta_analyses, quick

# The sums carry rounding errors of the largest term, the plain path those of the differences: on the scale of Q and its
# degrees of freedom 1e-10 is what issue 5 promises; tau2 is that divided by a sum of weights.
CLOSE = {"rtol": 1e-10, "atol": 1e-9}


def assert_same(one: SubsetFit, other: SubsetFit) -> None:
    for name in ("k", "estimate", "tau2", "Q", "I2"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), err_msg=name, **CLOSE)


@quick
@given(study=meta_analyses(least=1))
def test_a_subset_has_the_common_effect_of_its_studies(study: Study) -> None:
    yi, vi = (values[0] for values in study)
    found, mi = pool_subsets(yi, vi, random=False), every_subset(yi.size).astype(float)
    plain, several = common_effect(yi, vi, mi), mi.sum(axis=1) > 1
    np.testing.assert_array_equal(found.k, plain.k)
    np.testing.assert_allclose(found.estimate, plain.estimate, **CLOSE)
    np.testing.assert_allclose(found.Q[several], plain.Q[several], **CLOSE)
    assert np.isnan(found.tau2).all()
    assert np.isnan(found.Q[~several]).all()


@quick
@given(study=meta_analyses(least=1))
def test_a_subset_has_the_random_effects_of_its_studies(study: Study) -> None:
    yi, vi = (values[0] for values in study)
    found, mi = pool_subsets(yi, vi, random=True), every_subset(yi.size).astype(float)
    plain, several = random_effects(yi, vi, mi, *dersimonian_laird(yi, vi, mi)), mi.sum(axis=1) > 1
    np.testing.assert_allclose(found.estimate, plain.estimate, **CLOSE)
    np.testing.assert_allclose(found.tau2[several], plain.tau2[several], **CLOSE)
    # I2 is a ratio of sums of squares: where Q is next to nothing it is 0 on both paths or a tiny share of 100 per cent
    np.testing.assert_allclose(found.I2[several], plain.I2_from_Q[several], rtol=1e-8, atol=1e-6)
    assert np.isnan(found.tau2[~several]).all()


@pytest.mark.parametrize("random", [False, True])
@quick
@given(study=meta_analyses(least=1))
def test_doubling_and_the_matrix_product_give_the_same(random: bool, study: Study) -> None:
    yi, vi = (values[0] for values in study)
    assert_same(pool_subsets(yi, vi, random=random), pool_subsets(yi, vi, every_subset(yi.size), random=random))


@pytest.mark.parametrize("random", [False, True])
def test_blocks_of_subsets_join_without_a_seam(random: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    yi, vi = (values[0] for values in bcg_log_risk_ratios())
    whole = pool_subsets(yi, vi, random=random)
    monkeypatch.setattr(subsets, "LOW_BITS", 5)
    assert_same(pool_subsets(yi, vi, random=random), whole)
    assert_same(pool_subsets(yi, vi, every_subset(13), random=random), whole)


def test_one_study_alone_is_itself() -> None:
    found = pool_subsets(np.array([0.3, -1.2, 0.9]), np.array([0.1, 0.2, 0.4]), random=True)
    # rounding of the standard units only
    np.testing.assert_allclose(found.estimate[[0, 1, 3]], [0.3, -1.2, 0.9], rtol=1e-15)


def test_subsets_stand_in_binary_order() -> None:
    assert every_subset(3).astype(int).tolist() == [
        [1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 1], [1, 0, 1], [0, 1, 1], [1, 1, 1],
    ]  # fmt: skip


@pytest.mark.parametrize("k", [1, 2, 7])
def test_folding_sums_the_subsets_that_hold_a_study(k: int) -> None:
    columns = np.random.default_rng(k).normal(size=(2, 2**k - 1))
    by_hand = columns @ every_subset(k)
    np.testing.assert_allclose(sums_with(columns, None, k), by_hand, rtol=1e-12, atol=1e-12)  # another order of sums
    np.testing.assert_allclose(sums_with(columns, every_subset(k), k), by_hand, rtol=1e-12, atol=1e-12)
    assert totals(columns).shape == (2, 1)


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_a_variance_that_is_none_leaves_no_subset_to_trust(bad: float) -> None:
    found = pool_subsets(np.array([0.1, 0.2]), np.array([0.1, bad]), random=True)
    assert np.isnan(found.estimate).all()


def test_the_answer_does_not_depend_on_unit_and_origin() -> None:
    yi, vi = (values[0] for values in bcg_log_risk_ratios())
    plain, moved = pool_subsets(yi, vi, random=True), pool_subsets(1000 + 10 * yi, 100 * vi, random=True)
    # effects near 1000 carry their digits from 1e-13 on, and tau2 is a difference of squares of them
    np.testing.assert_allclose(moved.estimate, 1000 + 10 * plain.estimate, rtol=1e-12)
    np.testing.assert_allclose(moved.tau2, 100 * plain.tau2, rtol=1e-9, atol=1e-9)


def test_a_million_subsets_are_a_hundred_and_twenty_eight_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks, fit = [], subsets._fit
    monkeypatch.setattr(subsets, "_fit", lambda *given, **named: (blocks.append(1), fit(*given, **named)))
    rng = np.random.default_rng(20)
    found = pool_subsets(rng.normal(size=20), rng.uniform(0.1, 1, 20), random=False)
    assert len(blocks) == 2**7
    assert found.k.size == 2**20 - 1
    assert found.k.sum() == 20 * 2**19  # each study is in half of all subsets


def test_more_studies_than_twenty_have_too_many_subsets() -> None:
    with pytest.raises(ValueError, match="21 studies have too many subsets"):
        pool_subsets(np.zeros(21), np.ones(21), random=False)
