"""A bootstrap draws from what it says, repeats itself with its seed, and leaves the reported interval alone."""

import numpy as np
import pytest

from metak2.effects.front import effects_from
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, UnknownOptionError
from metak2.models.pool import pool
from metak2.robustness import bootstrap as module
from metak2.robustness.bootstrap import bootstrap
from tests.effects.made_up import counts
from tests.golden.cases import bcg_log_risk_ratios

FOUR = [("A", 4, 40, 8, 40), ("B", 5, 40, 9, 40), ("C", 7, 50, 8, 50), ("D", 3, 30, 6, 30)]


def bcg() -> EffectSizes:
    yi, vi = (values[0] for values in bcg_log_risk_ratios())
    return effects_from(yi, study=[str(at) for at in range(13)], vi=vi, measure="RR")


def test_the_parametric_bootstrap_of_a_common_effect_has_the_models_own_error() -> None:
    base = pool(bcg(), method="CE")
    drawn = bootstrap(base, n=20_000)
    # the standard deviation of 20,000 draws is itself uncertain by 1 / sqrt(40,000) = 0.5 per cent; five of those
    assert drawn.estimate.std(ddof=1) == pytest.approx(base.se, rel=0.025)
    assert drawn.estimate.mean() == pytest.approx(base.estimate, abs=5 * base.se / np.sqrt(20_000))
    assert drawn.tau2_ci is None
    assert drawn.failed == 0


def test_the_parametric_bootstrap_of_reml_scatters_about_the_fitted_model() -> None:
    base = pool(bcg(), method="REML", convention="metafor")
    drawn = bootstrap(base, n=4_000)
    # the Wald error holds for large samples; tau2 varies from draw to draw, which moves it by a few per cent
    assert drawn.estimate.std(ddof=1) == pytest.approx(base.se, rel=0.08)
    assert drawn.tau2_ci is not None
    assert drawn.tau2_ci.low < base.tau2 < drawn.tau2_ci.high


def test_studies_drawn_with_replacement_scatter_as_their_mean_does() -> None:
    yi = np.array([0.1, 0.4, -0.2, 0.8, 0.3])
    base = pool(effects_from(yi, study=list("ABCDE"), vi=np.full(5, 0.1)), method="CE")
    drawn = bootstrap(base, kind="non-parametric", n=20_000)
    # equal variances: the mean of five draws has the variance of the five divided by five, exactly
    assert drawn.estimate.std() == pytest.approx(yi.std() / np.sqrt(5), rel=0.025)
    assert drawn.estimate.mean() == pytest.approx(yi.mean(), abs=5 * yi.std() / np.sqrt(5 * 20_000))


def test_the_interval_is_the_central_part_of_the_draws() -> None:
    drawn = bootstrap(pool(bcg(), level=0.9), n=200)
    assert ((drawn.estimate < drawn.ci.low).sum(), (drawn.estimate > drawn.ci.high).sum()) == (10, 10)
    assert drawn.ci.level == 0.9


def test_the_seed_repeats_the_draws() -> None:
    base = pool(bcg(), method="DL")
    for kind in ("parametric", "non-parametric"):
        one, again, other = (bootstrap(base, kind=kind, n=100, seed=seed) for seed in (5, 5, 6))
        np.testing.assert_array_equal(one.estimate, again.estimate)
        assert not np.array_equal(one.estimate, other.estimate)


def test_counts_are_resampled_but_not_simulated() -> None:
    base = pool(counts(FOUR), method="MH")
    assert len(bootstrap(base, kind="non-parametric", n=100)) == 100
    with pytest.raises(ModelError, match='kind="non-parametric"'):
        bootstrap(base)


def test_a_study_that_is_not_pooled_is_never_drawn() -> None:
    yi = np.array([0.1, 0.4, 50.0])
    effects = effects_from(yi, study=["A", "B", "C"], vi=np.full(3, 0.1)).excluding("retracted", ("C",))
    for kind in ("parametric", "non-parametric"):
        assert np.abs(bootstrap(pool(effects, method="CE"), kind=kind, n=100).estimate).max() < 10


def test_a_thousand_draws_are_one_call_of_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, refit = [], module.fit_rows
    monkeypatch.setattr(module, "fit_rows", lambda *given: (rows.append(len(given[2])), refit(*given))[1])
    bootstrap(pool(bcg()), kind="non-parametric", n=1_000)
    assert rows == [1_000]


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(UnknownOptionError, match="non-parametric, parametric"):
        bootstrap(pool(bcg()), kind="wild")
    with pytest.raises(ModelError, match="needs two pooled studies"):
        bootstrap(pool(counts(FOUR[:1])))
    with pytest.raises(ModelError, match="at least 100; got 10"):
        bootstrap(pool(bcg()), n=10)
