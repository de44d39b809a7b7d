"""The cloud of subsets: every one of them, a fair sample where they are too many, and the study that splits it."""

import numpy as np
import pytest
from hypothesis import given

from metak2.effects.front import effects_from
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.models.pool import pool
from metak2.robustness import gosh as module
from metak2.robustness.gosh import gosh, separation
from tests.effects.made_up import counts
from tests.golden.cases import Case, assert_close, load
from tests.strategies import Study, meta_analyses, quick

FOUR = [("A", 4, 40, 8, 40), ("B", 5, 40, 9, 40), ("C", 7, 50, 8, 50), ("D", 3, 30, 6, 30)]


def generic(study: Study) -> EffectSizes:
    yi, vi = (values[0] for values in study)
    return effects_from(yi, study=[f"S{at}" for at in range(yi.size)], vi=vi)


@pytest.mark.parametrize("case", load("gosh"), ids=str)
def test_the_cloud_is_that_of_metafor(case: Case) -> None:
    yi, vi = (case.row(name)[0] for name in ("yi", "vi"))
    effects = effects_from(yi, study=[str(at) for at in range(yi.size)], vi=vi)
    method = {"EE": "CE"}.get(case.stratum, case.stratum)
    cloud = gosh(pool(effects, method=method, convention="metafor"))
    assert len(cloud) == case.outputs["n_subsets"]
    alone = cloud.k == 1  # here NaN: one study says nothing about heterogeneity; metafor writes 0
    parts = case.options["quantiles"]
    assert_close(np.quantile(cloud.k, parts), case, "k")
    assert_close(np.quantile(cloud.estimate, parts), case, "estimate")
    assert_close(np.quantile(np.where(alone, 0.0, cloud.Q), parts), case, "QE")
    assert_close(np.quantile(np.where(alone, 0.0, cloud.I2), parts), case, "I2")
    assert_close(cloud.estimate.mean(), case, "estimate_mean")
    assert_close(np.where(alone, 0.0, cloud.I2).mean(), case, "I2_mean")
    if method != "CE":
        assert_close(np.quantile(np.where(alone, 0.0, cloud.tau2), parts), case, "tau2")


@pytest.mark.parametrize("method", ["CE", "DL", "REML", "PM"])
@quick
@given(study=meta_analyses(least=3, most=4))
def test_a_subset_is_what_pooling_its_studies_gives(method: str, study: Study) -> None:
    effects = generic(study)
    cloud = gosh(pool(effects, method=method, test="z", convention="metafor"))
    for row in range(len(cloud)):
        inside = np.array([cloud.contains(name)[row] for name in cloud.study])
        alone = pool(effects.take(inside), method=method, test="z", convention="metafor")
        assert cloud.k[row] == alone.k
        # 1e-7: REML is a root, found in another block
        assert cloud.estimate[row] == pytest.approx(alone.estimate, rel=1e-7, abs=1e-9)
        if alone.k > 1:
            assert cloud.Q[row] == pytest.approx(alone.Q, rel=1e-9, abs=1e-9)
            assert cloud.I2[row] == pytest.approx(alone.I2, rel=1e-6, abs=1e-5)  # per cent, from a tau2 to 1e-8


def test_counts_are_pooled_by_their_own_method_in_every_subset() -> None:
    effects = counts(FOUR)
    cloud = gosh(pool(effects, method="MH"))
    assert np.isnan(cloud.tau2).all()
    pair = (cloud.k == 2) & cloud.contains("A") & cloud.contains("C")
    alone = pool(effects.take(np.array([0, 2])), method="MH")
    # the same sums in another order
    assert cloud.estimate[pair] == pytest.approx(alone.estimate, rel=1e-12)


def test_revman_5_takes_its_own_q_in_every_subset() -> None:
    effects = counts(FOUR)
    cloud = gosh(pool(effects, convention="revman5"))
    assert cloud.Q[-1] == pytest.approx(pool(effects, convention="revman5").Q, rel=1e-12)  # sums in another order


def test_the_last_subset_is_the_whole_analysis() -> None:
    base = pool(counts(FOUR), method="DL")
    cloud = gosh(base)
    assert cloud.complete
    assert cloud.seed is None
    assert cloud.estimate[-1] == pytest.approx(base.estimate, rel=1e-12)  # sums in another order


def test_a_study_that_is_not_pooled_is_in_no_subset() -> None:
    effects = counts(FOUR, integrity_status=["ok", "retracted", "ok", "ok"])
    assert gosh(pool(effects)).study == ("A", "C", "D")
    assert len(gosh(pool(effects))) == 7


def many(k: int, seed: int = 1) -> EffectSizes:
    rng = np.random.default_rng(seed)
    vi = rng.uniform(0.02, 0.2, k)
    return effects_from(rng.normal(0.2, np.sqrt(vi)), study=[f"S{at}" for at in range(k)], vi=vi)


def test_more_than_twenty_studies_are_sampled_and_the_seed_repeats_the_sample() -> None:
    base = pool(many(24), method="DL")
    one, again, other = (gosh(base, n=500, seed=seed) for seed in (7, 7, 8))
    assert not one.complete
    np.testing.assert_array_equal(one.estimate, again.estimate)
    assert not np.array_equal(one.estimate, other.estimate)
    assert one.k.min() > 0
    # each study is in half of the subsets: 500 coins stay within 5 standard deviations of 250
    assert np.abs(one.members.sum(axis=0) - 250).max() < 5 * np.sqrt(125)
    assert one.contains("S3").tolist() == one.members[:, 3].tolist()


def test_a_sample_of_few_studies_never_holds_the_empty_subset() -> None:
    cloud = gosh(pool(many(3), method="CE"), n=5, seed=2)
    assert not cloud.complete
    assert cloud.k.min() >= 1


def test_as_many_draws_as_subsets_are_every_subset() -> None:
    assert gosh(pool(many(4)), n=15).complete


def test_a_study_far_from_the_others_splits_the_cloud() -> None:
    rng = np.random.default_rng(3)
    yi = np.append(rng.normal(0.0, 0.1, 9), 3.0)
    effects = effects_from(yi, study=[*"ABCDEFGHI", "Outlier"], vi=np.full(10, 0.02))
    for n in (None, 600):
        assert separation(gosh(pool(effects, method="CE"), n=n)).splitting == "Outlier"


def test_equal_studies_do_not_split_the_cloud() -> None:
    effects = effects_from(np.full(6, 0.4), study=list("ABCDEF"), vi=np.full(6, 0.1))
    assert separation(gosh(pool(effects, method="DL"))).splitting is None


def test_the_separation_is_that_of_the_two_groups_by_hand() -> None:
    cloud = gosh(pool(many(6), method="DL"))
    several = cloud.k > 1
    found = separation(cloud)
    for at, name in enumerate(cloud.study):
        inside, outside = (cloud.estimate[several & (cloud.contains(name) == holds)] for holds in (True, False))
        by_hand = np.sqrt(2) * abs(inside.mean() - outside.mean()) / np.hypot(inside.std(), outside.std())
        # variances from sums of squares about the common mean
        assert found.by_estimate[at] == pytest.approx(by_hand, rel=1e-9)


def test_a_cloud_of_eight_thousand_subsets_is_one_call_of_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    calls, refit = [], module.fit_rows
    monkeypatch.setattr(module, "fit_rows", lambda *given: (calls.append(len(given[2])), refit(*given))[1])
    gosh(pool(many(13)))
    assert calls == [2**13 - 1]
    gosh(pool(many(13), method="DL"))
    assert len(calls) == 1  # closed forms need no refit at all


def test_one_study_has_no_cloud() -> None:
    with pytest.raises(ModelError, match="needs two pooled studies"):
        gosh(pool(counts(FOUR[:1])))
    with pytest.raises(ModelError, match="number of subsets to draw; got 0"):
        gosh(pool(counts(FOUR)), n=0)
