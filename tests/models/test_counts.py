from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import binom, nchypergeom_fisher, norm

from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.glmm_marginal import Rule, marginal
from metak2.models.count_data import CountData, count_data
from metak2.models.counts import fit_glmm
from metak2.models.glmm_designs import Structure, problem
from metak2.models.glmm_options import GlmmOptions
from metak2.models.glmm_result import Glmm
from tests.golden.cases import Case, load
from tests.golden.counts import data_of, design_of
from tests.strategies import Cells, quick, tables

# Where metafor's own number is loose or wrong; tests/golden/README.md has sizes and causes.
NUMERICAL_HESSIAN = {"se", "stat", "pval", "ci_lb", "ci_ub", "vcov", "QM", "QM_p"}
LOOSE: dict[str, set[str]] = {
    "glmm-0013": {"QE_wald", "QE_wald_p"},
    "glmm-0038": {"QE_wald"},
    "glmm-0040": {"QE_wald"},
    "glmm-0041": {"QE_wald"},
    "glmm-0042": {"QE_wald", "QE_wald_p"},
    "glmm-0043": {"QE_wald"},
    "glmm-0045": {"QE_wald", "QE_wald_p"},
    "glmm-0056": NUMERICAL_HESSIAN,
    "glmm-0064": NUMERICAL_HESSIAN,
    "glmm-0067": NUMERICAL_HESSIAN,
    "glmm-0074": {"QE_wald"},
    "glmm-0097": {"QE_wald", "QE_wald_p"},
    "glmm-0128": NUMERICAL_HESSIAN | {"QE_wald", "QE_wald_p"},
}
cases = load("glmm")


def options_of(case: Case, convention: str) -> GlmmOptions:
    given = case.options
    return GlmmOptions(
        test=given.get("test", "z"),
        points=given.get("nAGQ") if convention == "metafor" else None,
        coding=given.get("coding", 0.5),
        correlated=given.get("cor", False),
        convention=convention,
    )


def fit(case: Case, convention: str = "metafor") -> Glmm:
    method = {"ML": "ML", "EE": "CE"}[case.options["method"]]
    return fit_glmm(
        data_of(case),
        model=case.options.get("model", ""),
        method=method,
        moderators=design_of(case),
        options=options_of(case, convention),
    )


def printed(found: Glmm) -> dict[str, object]:
    return {
        "k": found.k, "beta": found.beta, "se": found.se, "stat": found.statistic, "pval": found.pval,
        "ci_lb": found.ci_low, "ci_ub": found.ci_high, "tau2": found.tau2, "sigma2": found.sigma2, "rho": found.rho,
        "I2": found.I2, "H2": found.H2, "vt": found.vt, "QE_wald": found.Q_wald, "QE_wald_p": found.Q_wald_pval,
        "QE_lrt": found.Q_lrt, "QE_lrt_p": found.Q_lrt_pval, "QE_df": found.Q_df, "QM": found.QM,
        "QM_p": found.QM_pval, "fit.ML.ll": found.log_likelihood, "fit.ML.deviance": found.deviance,
        "fit.ML.AIC": found.AIC, "fit.ML.BIC": found.BIC, "fit.ML.AICc": found.AICc,
    }  # fmt: skip


@pytest.mark.parametrize("case", cases, ids=str)
def test_with_rs_quadrature_the_numbers_are_those_of_metafor(case: Case) -> None:
    for field, got in printed(fit(case)).items():
        expected = case.expected(field)
        if field in LOOSE.get(case.id, set()) or np.all(np.isnan(expected)):
            continue  # R has no number where it could not fit its saturated model
        # The case's own tolerance: lme4 stops its optimizer, and takes its standard errors from differences.
        np.testing.assert_allclose(
            np.atleast_1d(got), expected, rtol=case.tol["rtol"], atol=case.tol["atol"], err_msg=f"{case}: {field}"
        )


@pytest.mark.parametrize("case", [one for one in load("other_data") if one.stratum == "UM.RS"], ids=str)
def test_moderators_act_on_the_first_arm_beside_random_study_effects(case: Case) -> None:
    found = fit(case)
    for field in ("beta", "tau2", "sigma2", "fit.ML.ll"):
        # lme4 stops its search at about 1e-6 of a standard error.
        np.testing.assert_allclose(np.atleast_1d(printed(found)[field]), case.expected(field), rtol=1e-4, err_msg=field)


def marginal_height(case: Case, beta: np.ndarray, tau2: float) -> float:
    """The log-likelihood at given effects, highest over the study intercepts, by a rule of 201 points."""
    model = case.options.get("model", "")
    data, design = data_of(case), design_of(case)
    data = data.take(~data.empty)
    X = np.ones((len(data.study), 1)) if isinstance(design, str) else design.X
    structure = Structure(model=model, heterogeneous=True, coding=case.options.get("coding", 0.5), correlated=False)
    full = problem(data, X, structure)
    mean = full.offset + full.design @ beta
    phi, rule, k = np.array([np.sqrt(tau2)]), Rule(points=201), mean.shape[0]
    alpha, modes = np.zeros(k), np.zeros((k, 1))
    for _ in range(100 if full.own else 0):
        here = marginal(full.family, full.random, mean + alpha[:, None], phi, rule, modes)
        slope, curve = here.gradient[:, :2].sum(axis=1), here.hessian[:, :2, :2].sum(axis=(1, 2))
        alpha -= np.clip(slope / curve, -2, 2)
    return float(marginal(full.family, full.random, mean + alpha[:, None], phi, rule, modes).value.sum())


@pytest.mark.parametrize(
    "case", [c for c in cases if c.options["method"] == "ML" and c.options.get("model") != "UM.RS"], ids=str
)
def test_the_counts_are_nowhere_more_likely_at_rs_estimates(case: Case) -> None:
    ours = fit(case, "metak2")
    theirs = marginal_height(case, case.expected("beta"), case.outputs["tau2"])
    assert ours.log_likelihood >= theirs - 1e-9 * abs(theirs)  # the accuracy of both integrals
    if ours.tau2 > 0:
        assert ours.log_likelihood == pytest.approx(
            marginal_height(case, ours.beta, ours.tau2), rel=1e-9
        )  # one value by two rules


def test_the_exact_likelihood_of_a_common_odds_ratio_has_the_information_of_its_definition() -> None:
    # metafor's standard error of CM.EL comes from a numerical Hessian and is off by 5e-4 (sim.rare): the information is
    # the sum of the variances of non-central hypergeometric counts.
    case = next(case for case in cases if case.id == "glmm-0064")
    ours = fit(case)
    ai, bi, ci, di = (row[0] for row in case.tables())
    variances = [
        nchypergeom_fisher(a + b + c + d, a + b, a + c, np.exp(ours.estimate)).var()
        for a, b, c, d in zip(ai, bi, ci, di, strict=True)
    ]
    assert ours.se[0] == pytest.approx(1 / np.sqrt(sum(variances)), rel=1e-8)  # scipy's recursion


def test_wald_heterogeneity_gives_no_weight_to_infinite_odds_ratios() -> None:
    # glmm-0045: R's glm, converged to 1e-14, gives 4.119571 for the Wald statistic that metafor prints as 3.419132.
    case = next(case for case in cases if case.id == "glmm-0045")
    assert fit(case).Q_wald == pytest.approx(4.119571, abs=5e-7)  # R printed seven digits


@pytest.mark.parametrize("case", load("glmm_predict"), ids=str)
def test_prediction_intervals_are_those_of_metafor(case: Case) -> None:
    found = fit(case)
    back = expit if case.options.get("transf") == "ilogit" else np.asarray
    got = {"pred": found.estimate, "ci_lb": found.ci.low, "ci_ub": found.ci.high, "pi_lb": found.pi.low}
    for field, value in {**got, "pi_ub": found.pi.high}.items():
        np.testing.assert_allclose(back(value), case.expected(field)[0], rtol=2e-4)  # the case's own


@pytest.mark.parametrize("case", [c for c in load("meta_pairwise_counts") if c.options["method"] == "GLMM"], ids=str)
def test_one_arm_models_are_those_of_rs_meta(case: Case) -> None:
    common, random = (
        fit_glmm(data_of(case), method=method, options=GlmmOptions(convention="metafor")) for method in ("CE", "ML")
    )
    predicted = fit_glmm(data_of(case)).pi  # t with k - 1 degrees of freedom, as meta
    if case.dataset == "dat.bcg.c":  # the other data need more than the seven points of meta
        np.testing.assert_allclose([predicted.low], case.expected("lb_predict"), rtol=1e-3)  # the case's own
    for got, field in (
        (common.estimate, "TE_common"), (common.se[0], "se_common"), (random.estimate, "TE_random"),
        (random.se[0], "se_random"), (random.tau2, "tau2"), ([random.Q_wald, random.Q_lrt], "Q"),
    ):  # fmt: skip
        np.testing.assert_allclose(np.atleast_1d(got), case.expected(field), rtol=1e-3)  # the case's own


TWO_ARMS = ("UM.FS", "UM.RS", "CM.EL", "CM.AL")


@pytest.mark.parametrize("model", ["UM.FS", "CM.EL", "CM.AL"])
def test_trials_without_events_change_no_model_that_conditions_on_them(model: str) -> None:
    data = double_zero()
    left_out = fit_glmm(data, model=model)
    kept = fit_glmm(data, model=model, options=GlmmOptions(double_zero="kept"))
    # A Newton search over more studies ends in another last bit.
    assert kept.estimate == pytest.approx(left_out.estimate, rel=1e-7)
    assert kept.se[0] == pytest.approx(left_out.se[0], rel=1e-7)
    assert left_out.k == 5
    assert left_out.notes[0].values["reason"] == "double zero"
    assert left_out.notes[0].where == ("study 6", "study 7")


def test_trials_without_events_tell_a_model_of_random_study_effects_something() -> None:
    left_out = fit_glmm(double_zero(), model="UM.RS")
    kept = fit_glmm(double_zero(), model="UM.RS", options=GlmmOptions(double_zero="kept"))
    assert (left_out.k, kept.k) == (5, 7)
    assert kept.sigma2 != pytest.approx(left_out.sigma2, rel=0.05)
    assert kept.estimate != pytest.approx(left_out.estimate, rel=1e-3)


def double_zero() -> CountData:
    return count_data(
        event_e=[1, 0, 2, 0, 3, 0, 0],
        n_e=[120, 80, 210, 95, 160, 100, 60],
        event_c=[4, 3, 5, 1, 6, 0, 0],
        n_c=[118, 84, 205, 90, 155, 98, 61],
    )


@pytest.mark.parametrize("model", TWO_ARMS)
@quick
@given(cells=tables(least=3, most=5, cell=20))
def test_swapping_the_arms_turns_every_model_round(model: str, cells: Cells) -> None:
    a, b, c, d = (cell[0] + 1 for cell in cells)
    forth = fit_glmm(count_data(event_e=a, n_e=a + b, event_c=c, n_c=c + d), model=model)
    back = fit_glmm(count_data(event_e=c, n_e=c + d, event_c=a, n_c=a + b), model=model)
    # The summit is right to about 1e-9 in the likelihood: 1e-4 standard errors in a flat direction.
    assert forth.estimate == pytest.approx(-back.estimate, rel=1e-4, abs=1e-4)
    assert forth.log_likelihood == pytest.approx(back.log_likelihood, rel=1e-8)


@quick
@given(cells=tables(least=3, most=5, cell=20))
def test_an_hour_or_a_year_give_the_same_rate_ratio(cells: Cells) -> None:
    x1, t1, x2, t2 = (cell[0] + 1 for cell in cells)
    one, other = (
        fit_glmm(count_data(event_e=x1, time_e=unit * t1, event_c=x2, time_c=unit * t2), model="UM.FS")
        for unit in (1.0, 8766.0)
    )
    assert one.estimate == pytest.approx(other.estimate, rel=1e-5, abs=1e-5)  # two Newton searches
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=1e-9)


def test_a_summit_away_from_zero_is_found_though_the_likelihood_falls_at_zero() -> None:
    # Of these rates the likelihood has a summit at tau2 = 0 and a higher one at 0.55; given the events of both arms,
    # those of the first are binomial.
    x1, t1 = np.array([2.0, 12, 0, 0, 1, 2]), np.array([119.0, 1706.8, 418.2, 632.4, 550.8, 350.2])
    x2, t2 = np.array([2.0, 79, 1, 9, 19, 24]), np.array([290.7, 620.5, 581.4, 1026.8, 1280.1, 491.3])
    data = count_data(event_e=x1, time_e=t1, event_c=x2, time_c=t2)
    found = fit_glmm(data, model="CM.EL")

    def share(i: int, effect: float) -> float:
        return float(binom.pmf(x1[i], x1[i] + x2[i], expit(np.log(t1[i] / t2[i]) + effect)))

    def oracle(tau: float) -> float:
        integrals = [
            quad(lambda z, i=i: share(i, found.estimate + tau * z) * norm.pdf(z), -12, 12, epsabs=0, epsrel=1e-10)[0]
            for i in range(x1.size)
        ]
        return float(np.log(integrals).sum())

    assert found.log_likelihood == pytest.approx(oracle(np.sqrt(found.tau2)), rel=1e-9)  # the oracle's tolerance
    assert found.log_likelihood > fit_glmm(data, model="CM.EL", method="CE").log_likelihood + 0.02


def test_one_trial_keeps_its_own_odds_ratio_and_says_so() -> None:
    habu = fit_glmm(count_data(event_e=[2], n_e=[21], event_c=[9], n_c=[19]))
    assert habu.estimate == pytest.approx(np.log(2 * 10 / (19 * 9)), rel=1e-9)  # a maximum, found by Newton
    assert habu.se[0] == pytest.approx(np.sqrt(1 / 2 + 1 / 19 + 1 / 9 + 1 / 10), rel=1e-9)  # Woolf
    assert np.isnan(habu.tau2)
    assert [note.code for note in habu.notes] == ["ONE_STUDY"]


def test_two_trials_are_fitted_with_a_caveat() -> None:
    found = fit_glmm(count_data(event_e=[2, 3], n_e=[21, 40], event_c=[9, 9], n_c=[19, 41]))
    assert [note.code for note in found.notes] == ["TWO_STUDIES_AS_ASKED"]


@pytest.mark.parametrize("model", TWO_ARMS)
def test_events_in_one_arm_only_are_sent_to_the_exact_method(model: str) -> None:
    with pytest.raises(ModelError, match="exact_odds_ratio"):
        fit_glmm(count_data(event_e=[0, 0, 0], n_e=[20, 30, 40], event_c=[3, 1, 2], n_c=[20, 31, 40]), model=model)


def test_no_event_anywhere_is_refused_with_the_way_out() -> None:
    with pytest.raises(ModelError, match=r"no study has an event.*risk difference"):
        fit_glmm(count_data(event_e=[0, 0], n_e=[20, 30], event_c=[0, 0], n_c=[20, 31]))
    with pytest.raises(ModelError, match="exact interval"):
        fit_glmm(count_data(event=[0, 0], n=[20, 30]))


@pytest.mark.parametrize("model", TWO_ARMS)
def test_trials_with_all_events_in_one_arm_or_the_other_have_no_finite_tau2(model: str) -> None:
    opposite = count_data(event_e=[2, 0, 0, 0], n_e=[142, 8, 91, 108], event_c=[0, 2, 1, 3], n_c=[94, 132, 91, 81])
    with pytest.raises(ModelError, match="rises with τ² for ever"):
        fit_glmm(opposite, model=model)
    assert np.isfinite(fit_glmm(opposite, model=model, method="CE").estimate)


def test_moderators_by_name_are_those_of_the_design_matrix() -> None:
    case = next(case for case in cases if case.id == "glmm-0127")
    plain = data_of(case)
    ablat = np.array(case.inputs["X"])[:, 1]
    named = fit_glmm(replace(plain, moderators={"ablat": ablat}), moderators="ablat")
    assert named.terms == ("intercept", "ablat")
    np.testing.assert_allclose(named.beta, fit(case, "metak2").beta)  # one matrix, one answer


@pytest.mark.parametrize("model", ["UM.FS", "CM.EL"])
def test_calendar_years_need_no_centring(model: str) -> None:
    # The intercept belongs to the year 0 and has a standard error above 50: no sign of separation.
    year = np.array([1935.0, 1949, 1960, 1977, 1973, 1953])
    columns = {
        "event_e": [2, 3, 1, 1, 1, 3], "n_e": [123, 306, 231, 90, 60, 110],
        "event_c": [5, 12, 4, 2, 1, 2], "n_c": [139, 303, 220, 95, 61, 108],
    }  # fmt: skip
    plain, centred = (
        fit_glmm(count_data(**columns, moderators={"year": at}), model=model, method="CE", moderators="year")
        for at in (year, year - 1950)
    )
    assert plain.se[0] > 50
    # A search stops where the likelihood rises no more, within 1e-6 of a standard error of the summit.
    assert plain.beta[1] == pytest.approx(centred.beta[1], abs=1e-6 * centred.se[1])
    assert plain.se[1] == pytest.approx(centred.se[1], rel=1e-6)


def test_as_many_moderators_as_studies_and_redundant_ones_are_refused() -> None:
    data = replace(double_zero(), moderators={"year": np.arange(7.0), "again": 2 * np.arange(7.0)})
    with pytest.raises(ModelError, match="again"):
        fit_glmm(data, moderators="year + again")
    with pytest.raises(ModelError, match="5 coefficients cannot be estimated from 5 studies"):
        fit_glmm(
            replace(double_zero(), moderators={"group": np.array(list("abcdeab"), dtype=object)}),
            moderators="C(group)",
        )


def test_a_moderator_that_separates_the_events_is_refused() -> None:
    data = count_data(
        event_e=[0, 0, 5, 6], n_e=[30, 30, 30, 30], event_c=[4, 5, 4, 5], n_c=[30, 30, 30, 30],
        moderators={"dose": [1.0, 1.0, 0.0, 0.0]},
    )  # fmt: skip
    with pytest.raises(ModelError, match="separated"):
        fit_glmm(data, model="CM.EL", moderators="dose")


@pytest.mark.parametrize(
    "words, names",
    [
        ({"model": "UM.XX"}, "UM.FS"),
        ({"method": "REML"}, "CE, ML"),
        ({"options": GlmmOptions(test="knha")}, "t, z"),
        ({"options": GlmmOptions(coding=0.3)}, "0.5"),
        ({"options": GlmmOptions(double_zero="drop")}, "kept, left out"),
        ({"options": GlmmOptions(convention="stata")}, "metafor, metak2"),
    ],
)
def test_an_unknown_word_is_answered_with_those_allowed(words: dict[str, object], names: str) -> None:
    with pytest.raises(UnknownOptionError, match=names):
        fit_glmm(double_zero(), **words)


def test_approximate_conditioning_is_not_offered_for_rates() -> None:
    rates = count_data(event_e=[1, 2], time_e=[10, 20], event_c=[2, 4], time_c=[11, 19])
    with pytest.raises(UnknownOptionError, match=r"CM\.EL, UM\.FS, UM\.RS"):
        fit_glmm(rates, model="CM.AL")
    with pytest.raises(ModelError, match="level"):
        fit_glmm(rates, level=95)
