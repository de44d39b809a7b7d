import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

import metak2 as mk
from metak2.errors import ModelError, UnknownOptionError
from metak2.models.bayes import bayes
from metak2.models.bayes_result import Bayesian, Marginal
from metak2.models.priors import PUBLISHED, heterogeneity_prior
from tests.golden.cases import Case, assert_close, load
from tests.strategies import Study, meta_analyses, quick

WORDS = {
    "half_normal": "half-normal({scale})",
    "half_cauchy": "half-cauchy({scale})",
    "half_t4": "half-t(4, {scale})",
    "uniform": "uniform({scale})",
    "lognormal_tau2": "log-normal({location}, {scale})",
}
PRIORS = ("half-normal(0.5)", "half-cauchy(0.3)", "half-t(4, 0.5)", "uniform(2)", "log-normal(-2.56, 1.74)")


def effects(yi: object, vi: object, measure: str = "GEN") -> mk.EffectSizes:
    k = len(np.atleast_1d(np.asarray(yi)))
    return mk.effects_from(yi=yi, vi=vi, measure=measure, study=[f"Study {at}" for at in range(k)])


def of_case(case: Case) -> Bayesian:
    asked = case.options
    words = WORDS[asked["prior_tau"]].format(scale=asked["prior_tau_scale"], location=asked["prior_tau_meanlog"])
    sd = asked["prior_mu_sd"]
    return bayes(
        effects(case.inputs["yi"], case.inputs["vi"]),
        tau_prior=words,
        effect_prior="flat" if sd == "flat" else f"normal(0, {sd})",
        level=asked["level"] / 100,
    )


@pytest.mark.parametrize("case", load("bayes_nnhm"), ids=str)
def test_the_posterior_is_that_of_an_independent_quadrature(case: Case) -> None:
    # R's nested integrate() promises 1e-8; both agree to 1e-11 in these cases.
    found = of_case(case)
    for name, marginal in (("mu", found.effect), ("tau", found.tau)):
        for quantity, value in (("mean", marginal.mean), ("sd", marginal.sd), ("median", marginal.median)):
            assert_close(value, case, f"{name}_{quantity}", rtol=1e-8)
        assert_close(marginal.low, case, f"{name}_lb", rtol=1e-8)
        assert_close(marginal.high, case, f"{name}_ub", rtol=1e-8)
    assert found.prediction is not None
    assert_close(found.prediction.low, case, "pred_lb", rtol=1e-8)
    assert_close(found.prediction.high, case, "pred_ub", rtol=1e-8)
    assert_close(found.probability_below(0.0), case, "prob_mu_below_0", rtol=1e-8)
    assert_close(np.array([one.mean for one in found.studies]), case, "shrinkage_mean", rtol=1e-8)


@pytest.mark.parametrize("words", [*PRIORS, "log-t(5, -3.44, 2.59)", *PUBLISHED])
def test_every_prior_of_tau_is_a_density(words: str) -> None:
    prior = heterogeneity_prior(words).density
    total, _ = integrate.quad(lambda u: float(np.exp(prior.log_density(np.exp([u]))[0] + u)), -60, 60, limit=500)
    # log-t leaves (log tau)^-5 of its mass beyond any bound: 2e-6 of it lies outside exp(±60).
    assert total == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("words", PRIORS)
def test_the_evidence_is_the_integral_of_likelihood_and_prior(words: str) -> None:
    yi, vi = np.array([0.3, -0.2, 0.9, 0.1]), np.array([0.04, 0.09, 0.25, 0.06])
    prior = heterogeneity_prior(words).density

    def joint(u: float) -> float:
        tau = np.exp(u)
        # With mu ~ N(0, 1) the studies are jointly normal: an oracle without any of our formulas.
        cov = np.diag(vi + tau**2) + 1.0
        return float(
            stats.multivariate_normal(np.zeros(4), cov).pdf(yi) * np.exp(prior.log_density(np.array([tau]))[0]) * tau
        )

    expected, _ = integrate.quad(joint, -40, 8, limit=400, epsabs=0, epsrel=1e-10)
    found = bayes(effects(yi, vi), tau_prior=words, effect_prior="normal(0, 1)")
    assert np.exp(found.log_evidence) == pytest.approx(expected, rel=1e-8)  # quad's own tolerance, times margin


@quick
@given(study=meta_analyses(), scale=st.floats(0.1, 10.0), shift=st.floats(-3, 3))
def test_unit_and_origin_move_the_posterior_with_its_prior(study: Study, scale: float, shift: float) -> None:
    yi, vi = study[0][0], study[1][0]
    plain = bayes(effects(yi, vi), tau_prior="half-normal(0.5)")
    moved = bayes(effects(scale * yi + shift, scale**2 * vi), tau_prior=f"half-normal({0.5 * scale!r})")
    for name in ("median", "low", "high"):
        expected = scale * getattr(plain.effect, name) + shift
        # quantiles are found to 1e-10 of the distance between neighbouring components
        assert getattr(moved.effect, name) == pytest.approx(expected, rel=1e-8, abs=1e-8 * scale)
        assert getattr(moved.tau, name) == pytest.approx(scale * getattr(plain.tau, name), rel=1e-8)


@quick
@given(study=meta_analyses(), seed=st.integers(0, 1000))
def test_the_order_of_the_studies_does_not_matter(study: Study, seed: int) -> None:
    yi, vi = study[0][0], study[1][0]
    order = np.random.default_rng(seed).permutation(yi.size)
    one, other = (bayes(effects(yi[at], vi[at]), tau_prior="half-normal(0.5)") for at in (np.arange(yi.size), order))
    assert other.effect.median == pytest.approx(one.effect.median, rel=1e-9, abs=1e-10)  # sums in another order
    assert other.log_evidence == pytest.approx(one.log_evidence, rel=1e-10, abs=1e-10)


def test_with_tau_all_but_zero_and_a_flat_effect_it_is_the_common_effect() -> None:
    trials = effects([0.2, 0.5, -0.1], [0.04, 0.05, 0.02])
    common, found = mk.pool(trials, method="CE"), bayes(trials, tau_prior="half-normal(1e-7)")
    assert found.effect.mean == pytest.approx(common.estimate, rel=1e-9)  # tau² of 1e-14 moves nothing more
    assert found.effect.sd == pytest.approx(common.se, rel=1e-9)
    assert (found.effect.low, found.effect.high) == pytest.approx((common.ci.low, common.ci.high), rel=1e-8)


def test_with_many_studies_a_flat_prior_approaches_the_frequentist_answer() -> None:
    rng = np.random.default_rng(7)
    vi = rng.uniform(0.01, 0.2, 2000)
    trials = effects(rng.normal(0.4, np.sqrt(vi + 0.09)), vi)
    reml, found = mk.pool(trials, method="REML", test="z"), bayes(trials, tau_prior="uniform(10)")
    # posterior and likelihood differ by terms of order 1/k
    assert found.effect.mean == pytest.approx(reml.estimate, rel=2 / 2000)
    assert found.effect.sd == pytest.approx(reml.se, rel=2 / 2000)
    assert found.tau.median**2 == pytest.approx(reml.tau2, rel=5 / 2000)


def test_a_moderator_of_zeros_and_ones_gives_the_difference_of_two_groups_at_tau_near_zero() -> None:
    late = mk.design_from([[1, 0], [1, 0], [1, 1], [1, 1]], ["intercept", "late"])
    found = bayes(effects([0.1, 0.3, 0.9, 1.1], [0.02, 0.02, 0.04, 0.04]), late, tau_prior="half-normal(1e-6)")
    assert [one.mean for one in found.coefficients] == pytest.approx([0.2, 0.8], rel=1e-8)  # means 0.2 and 1.0
    assert found.coefficients[1].sd == pytest.approx(np.sqrt(0.01 + 0.02), rel=1e-8)
    with pytest.raises(ModelError, match="no single pooled effect"):
        _ = found.effect


def test_the_bayes_factor_against_no_effect_is_the_ratio_of_marginal_likelihoods() -> None:
    yi, vi = np.array([0.4, 0.6, 0.1]), np.array([0.05, 0.08, 0.1])
    found = bayes(effects(yi, vi), tau_prior="half-normal(0.5)", effect_prior="normal(0, 1)")
    prior = heterogeneity_prior("half-normal(0.5)").density

    def joint(tau: float, spread: float) -> float:
        cov = np.diag(vi + tau**2) + spread**2
        return float(
            stats.multivariate_normal(np.zeros(3), cov).pdf(yi) * np.exp(prior.log_density(np.array([tau]))[0])
        )

    with_effect, without = (integrate.quad(joint, 0, 8, args=(s,), epsrel=1e-10)[0] for s in (1.0, 0.0))
    assert found.bayes_factor_effect == pytest.approx(with_effect / without, rel=1e-7)  # quad's tolerance, twice


def test_a_flat_prior_has_no_bayes_factor_for_the_effect() -> None:
    assert bayes(effects([0.1, 0.4], [0.1, 0.1]), tau_prior="half-normal(1)").bayes_factor_effect is None


def test_two_studies_under_a_half_cauchy_have_no_standard_deviation_and_say_so() -> None:
    found = bayes(effects([0.1, 0.4], [0.1, 0.1]), tau_prior="half-cauchy(0.5)")
    assert np.isnan(found.effect.sd)
    assert np.isfinite([found.effect.median, found.effect.low, found.effect.high]).all()
    assert [note.code for note in found.notes] == ["NO_POSTERIOR_MOMENT"]


def test_one_study_has_a_posterior_because_the_prior_says_how_far_others_may_lie() -> None:
    found = bayes(effects([0.3], [0.04]), tau_prior="half-normal(0.5)")
    assert found.effect.median == pytest.approx(0.3, abs=1e-9)  # symmetric about the study
    assert found.effect.sd == pytest.approx(np.sqrt(0.04 + 0.25), rel=1e-8)  # E tau² of a half-normal is scale²


@pytest.mark.parametrize("vi", [[1e-8, 1.0, 1.0], [1e6, 0.01, 0.02], [0.1, 0.1, 0.1]])
def test_extreme_variances_leave_a_posterior_of_mass_one(vi: list[float]) -> None:
    found = bayes(effects([0.0, 0.0, 5.0], vi), tau_prior="half-cauchy(1)")
    total, _ = integrate.quad(lambda u: float(found.tau_density(np.exp([u]))[0] * np.exp(u)), -40, 30, limit=1000)
    assert total == pytest.approx(1.0, abs=1e-6)  # quad's tolerance on a spike
    assert isinstance(found.tau, Marginal)
    assert 0 < found.tau.low < found.tau.median < found.tau.high


def test_a_thousand_studies_sharpen_the_posterior_of_tau_to_its_large_sample_width() -> None:
    rng = np.random.default_rng(3)
    vi = np.full(1000, 0.01)
    trials = effects(rng.normal(0, np.sqrt(vi + 0.04)), vi)
    found = bayes(trials, tau_prior="uniform(5)")
    total = found.tau.median**2 + 0.01
    width = total * np.sqrt(2 / 999) / (2 * found.tau.median)  # delta method from a chi-squared variance
    assert found.tau.sd == pytest.approx(width, rel=0.01)  # the approximation's own error, O(1/k)


@pytest.mark.parametrize(
    "words, message",
    [
        ("half-normal(-1)", "scale of half-normal must be above 0"),
        ("half-t(4)", r"half-t takes half-t\(df, scale\)"),
        ("half-normal(x)", r"half-normal takes half-normal\(scale\)"),
        ("uniform(inf)", r"uniform takes uniform\(upper\)"),
    ],
)
def test_a_prior_with_wrong_numbers_is_refused_with_what_it_takes(words: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        bayes(effects([0.1], [0.1]), tau_prior=words)


def test_an_unknown_prior_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownOptionError, match=r"half-cauchy\(scale\)"):
        bayes(effects([0.1], [0.1]), tau_prior="jeffreys")
    with pytest.raises(UnknownOptionError, match=r"normal\(mean, sd\)"):
        bayes(effects([0.1], [0.1]), tau_prior="half-normal(1)", effect_prior="cauchy(1)")


def test_a_published_prior_says_when_it_was_made_for_another_measure() -> None:
    trials = effects([0.1, 0.2], [0.1, 0.1], measure="RR")
    found = bayes(trials, tau_prior="Turner general")
    assert [note.code for note in found.notes] == ["PRIOR_OF_ANOTHER_MEASURE"]


def test_a_column_that_others_explain_is_left_out_and_named() -> None:
    by_hand = mk.design_from([[1.0, 0.0, 1.0], [0.0, 1.0, 2.0]], ["a", "b", "c"])
    found = bayes(effects([0.1, 0.3], [0.1, 0.1]), by_hand, tau_prior="half-normal(1)")
    assert found.design.columns == ("a", "b")
    assert "REDUNDANT_COLUMNS" in [note.code for note in found.notes]
