import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import metak2 as mk
from metak2.errors import ModelError, StudyDataError, UnknownOptionError
from metak2.kernels.accuracy import clopper_pearson, ellipse, hsroc, sroc_curve
from metak2.kernels.bivariate import bivariate
from metak2.models.accuracy_result import AccuracyData
from metak2.plots.accuracy_layout import coupled_forest_layout, sroc_layout
from tests.golden.cases import Case, assert_close, load
from tests.strategies import quick

NAMES = ("tp", "fp", "fn", "tn")
TEACHING = Path(__file__).parents[2] / "datasets" / "teaching" / "kearon1998.csv"


def of_case(case: Case) -> AccuracyData:
    k = len(case.inputs["tp"])
    return mk.accuracy_data(study=[f"Study {at}" for at in range(k)], **{name: case.inputs[name] for name in NAMES})


def made_up(seed: int, k: int = 12) -> AccuracyData:
    rng = np.random.default_rng(seed)
    ill, well = rng.integers(20, 80, k), rng.integers(20, 120, k)
    tp = rng.binomial(ill, rng.uniform(0.6, 0.95, k))
    tn = rng.binomial(well, rng.uniform(0.7, 0.97, k))
    return mk.accuracy_data(study=[f"S{at}" for at in range(k)], tp=tp, fn=ill - tp, tn=tn, fp=well - tn)


@pytest.mark.parametrize("case", load("dta_reitsma"), ids=str)
def test_the_normal_approximation_is_metafors_bivariate_model(case: Case) -> None:
    found = mk.diagnostic_accuracy(of_case(case), likelihood=case.options["method"])
    # R holds logit false positive rates: the second mean and the covariances change their sign.
    flip = np.array([1.0, -1.0])
    # metafor's optimiser stops at 1e-8 relative of the likelihood: parameters agree to about its root.
    assert_close(found.mu * flip, case, "beta", rtol=1e-6)
    assert np.asarray(found.vcov * np.outer(flip, flip)).ravel() == pytest.approx(
        case.expected("vcov").ravel(), rel=1e-5
    )
    assert_close(found.sigma[0, 0], case, "var_tsens", rtol=1e-6)
    assert_close(found.sigma[1, 1], case, "var_tfpr", rtol=1e-6)
    assert_close(-found.correlation, case, "rho", rtol=1e-6)
    assert_close(found.log_likelihood, case, "loglik", rtol=1e-10)
    assert found.log_likelihood >= float(case.expected("loglik")[0]) - 1e-9
    assert_close(found.sensitivity.estimate, case, "sens", rtol=1e-6)
    assert_close(found.specificity.estimate, case, "spec", rtol=1e-6)


@pytest.mark.parametrize("case", [one for one in load("other_data") if one.stratum == "dta"], ids=str)
def test_zeros_are_corrected_as_asked_and_no_study_where_there_are_none(case: Case) -> None:
    correction = mk.continuity_correction(0.5, to=case.options["zero_cells"])
    found = mk.diagnostic_accuracy(of_case(case), likelihood="REML", zero_cells=correction)
    assert_close(found.log_likelihood, case, "ll")
    for field, value in (
        ("beta", found.mu), ("se", np.sqrt(np.diag(found.vcov))), ("tau2", np.diag(found.sigma)),
        ("rho", found.correlation),
    ):  # fmt: skip
        assert_close(value, case, field, rtol=2e-5)  # metafor's optimiser stops at 1e-9 of the likelihood
    if 0 not in case.inputs["fp"]:
        plain = mk.diagnostic_accuracy(of_case(case), likelihood="REML", zero_cells="none")
        assert plain.log_likelihood == found.log_likelihood


def test_a_zero_without_a_correction_has_no_logit_and_is_named() -> None:
    (case, *_) = [one for one in load("other_data") if one.stratum == "dta"]
    with pytest.raises(ModelError, match=r"a zero has no logit \(Study 7\)"):
        mk.diagnostic_accuracy(of_case(case), likelihood="ML", zero_cells="none")


@pytest.mark.parametrize("case", load("dta_bivariate_glmm"), ids=str)
def test_by_laplace_the_binomial_model_is_lme4s(case: Case) -> None:
    found = mk.diagnostic_accuracy(of_case(case), points=1)
    # lme4's optimiser leaves 1e-5 in the variances; its likelihood agrees to 2e-6.
    assert found.mu == pytest.approx([case.outputs["logit_sens"], case.outputs["logit_spec"]], rel=1e-5)
    assert found.sigma[0, 0] == pytest.approx(case.outputs["var_sens"], rel=2e-5)
    assert found.sigma[1, 1] == pytest.approx(case.outputs["var_spec"], rel=2e-5)
    assert found.sigma[0, 1] == pytest.approx(case.outputs["cov"], rel=1e-4)
    assert found.log_likelihood >= case.outputs["loglik"] - 1e-8
    for one, name in ((found.sensitivity, "sens_ci"), (found.specificity, "spec_ci")):
        assert [one.low, one.high] == pytest.approx(case.outputs[name], rel=1e-4)


def test_adaptive_quadrature_is_the_integral_that_laplace_approximates() -> None:
    data = made_up(1, k=5)
    found = mk.diagnostic_accuracy(data)
    rng = np.random.default_rng(2)
    draws = rng.multivariate_normal(found.mu, found.sigma, size=400_000)
    share = 1 / (1 + np.exp(-draws))
    by_study = [
        stats.binom.pmf(a, n, share[:, 0]) * stats.binom.pmf(b, m, share[:, 1])
        for a, n, b, m in zip(data.tp, data.diseased, data.tn, data.healthy, strict=True)
    ]
    simulated = sum(np.log(np.mean(one)) for one in by_study)
    error = np.sqrt(sum(np.var(one) / np.mean(one) ** 2 / len(one) for one in by_study))
    assert abs(found.log_likelihood - simulated) < 4 * error  # four standard errors of the simulation


@quick
@given(seed=st.integers(0, 200))
def test_swapping_ill_and_well_swaps_sensitivity_and_specificity(seed: int) -> None:
    data = made_up(seed)
    swapped = AccuracyData(study=data.study, tp=data.tn, fp=data.fn, fn=data.fp, tn=data.tp)
    for likelihood in ("binomial", "REML"):
        one, other = (mk.diagnostic_accuracy(d, likelihood=likelihood) for d in (data, swapped))
        # points are doubled until the likelihood rests to 1e-9 of itself, by two factors of the same covariance
        assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-6)
        assert one.mu == pytest.approx(other.mu[::-1], abs=1e-5)


@quick
@given(seed=st.integers(0, 500), restricted=st.booleans())
def test_nowhere_near_is_the_bivariate_likelihood_higher(seed: int, restricted: bool) -> None:
    rng = np.random.default_rng(seed)
    k = int(rng.integers(3, 15))
    s = rng.uniform(0.05, 1.0, (k, 2))
    y = rng.normal(0, 1, (k, 2)) * rng.uniform(0, 1.5) + rng.normal(0, np.sqrt(s))
    found = bivariate(y, s, restricted=restricted)

    def height(sigma: np.ndarray) -> float:
        total = [np.linalg.inv(sigma + np.diag(one)) for one in s]
        information = sum(total)
        mu = np.linalg.solve(information, sum(w @ one for w, one in zip(total, y, strict=True)))
        value = sum(
            stats.multivariate_normal(mu, np.linalg.inv(w)).logpdf(one) for w, one in zip(total, y, strict=True)
        )
        return value - 0.5 * np.linalg.slogdet(information)[1] + np.log(k) + np.log(2 * np.pi) if restricted else value

    # The formula from scipy's density, REML with the constant of metafor: rounding only.
    assert found.log_likelihood == pytest.approx(height(found.sigma), abs=1e-8)
    for _ in range(30):
        root = rng.normal(0, rng.choice([0.1, 1.0, 3.0]), (2, 2))
        assert height(root @ root.T) <= found.log_likelihood + 1e-9


def test_the_curve_runs_through_the_summary_point() -> None:
    mu, sigma = np.array([1.2, 2.1]), np.array([[0.8, -0.3], [-0.3, 0.4]])
    rate = 1 / (1 + np.exp(mu[1]))
    assert sroc_curve(hsroc(mu, sigma), np.array([rate]))[0] == pytest.approx(1 / (1 + np.exp(-mu[0])), rel=1e-12)


def test_the_hierarchical_variances_give_the_between_study_covariance_back() -> None:
    sigma = np.array([[0.8, -0.3], [-0.3, 0.4]])
    found = hsroc(np.array([1.2, 2.1]), sigma)
    # Harbord et al. (2007): the product of the standard deviations and the covariance from both variances.
    product, covariance = found.var_accuracy / 4 + found.var_threshold, found.var_accuracy / 4 - found.var_threshold
    assert product == pytest.approx(np.sqrt(0.8 * 0.4), rel=1e-12)
    assert covariance == pytest.approx(-0.3, rel=1e-12)


def test_the_region_holds_its_share_of_a_bivariate_normal() -> None:
    covariance = np.array([[0.5, 0.2], [0.2, 0.3]])
    edge = ellipse(np.zeros(2), covariance, level=0.9)
    distance = np.einsum("ni,ij,nj->n", edge, np.linalg.inv(covariance), edge)
    assert distance == pytest.approx(np.full(len(edge), stats.chi2(2).ppf(0.9)), rel=1e-10)


def test_exact_limits_are_those_of_clopper_and_pearson() -> None:
    low, high = clopper_pearson(np.array([0.0, 9.0, 20.0]), np.array([20.0, 20.0, 20.0]), level=0.95)
    for at, events in enumerate((0, 9, 20)):
        exact = stats.binomtest(events, 20).proportion_ci(method="exact")
        assert (low[at], high[at]) == pytest.approx((exact.low, exact.high), rel=1e-7)  # scipy's root finder


def test_a_study_without_healthy_people_counts_in_the_binomial_model_only() -> None:
    data = made_up(3)
    odd = mk.accuracy_data(
        study=[*data.study, "odd"], tp=[*data.tp, 9], fn=[*data.fn, 1], fp=[*data.fp, 0], tn=[*data.tn, 0]
    )
    assert mk.diagnostic_accuracy(odd).k == 13
    normal = mk.diagnostic_accuracy(odd, likelihood="REML")
    assert normal.k == 12
    assert [note.where for note in normal.notes if note.code == "ACCURACY_LEFT_OUT"] == [("odd",)]


def test_counts_that_cannot_be_are_named_all_at_once() -> None:
    with pytest.raises(StudyDataError) as told:
        mk.accuracy_data(study=["A", "B"], tp=[-1, 2], fp=[1.5, 2], fn=[0, 0], tn=[3, float("nan")])
    assert [(one.cell, one.column) for one in told.value.problems] == [("A", "tp"), ("A", "fp"), ("B", "tn")]


def test_three_studies_are_too_few_and_the_message_says_what_to_do() -> None:
    with pytest.raises(ModelError, match="cannot carry the five parameters"):
        mk.diagnostic_accuracy(made_up(1, k=3))


def test_an_unknown_likelihood_is_refused() -> None:
    with pytest.raises(UnknownOptionError, match="binomial"):
        mk.diagnostic_accuracy(made_up(1), likelihood="Laplace")  # type: ignore[arg-type] # the mistake under test


def test_a_perfect_test_has_no_finite_estimate_and_says_so_or_rests_at_a_bound() -> None:
    k = 6
    perfect = mk.accuracy_data(
        study=[f"S{at}" for at in range(k)], tp=[30] * k, fn=[0] * k, fp=[2, 3, 1, 4, 2, 3], tn=[40] * k
    )
    normal = mk.diagnostic_accuracy(perfect, likelihood="REML")
    assert "ACCURACY_AT_BOUND" in [note.code for note in normal.notes]
    with pytest.raises(ModelError, match="no finite logit exists"):
        mk.diagnostic_accuracy(perfect)


def test_the_teaching_set_is_the_data_behind_the_golden_numbers() -> None:
    with TEACHING.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    case = load("dta_bivariate_glmm")[0]
    for name in NAMES:
        assert [int(row[name]) for row in rows] == case.inputs[name]


def test_the_coupled_forest_plot_has_every_study_once_and_the_summary_last() -> None:
    result = mk.diagnostic_accuracy(made_up(4, k=5))
    names, counts, first, *_ = coupled_forest_layout(result).panels
    assert [words.text for words in names.words] == ["S0", "S1", "S2", "S3", "S4", "Summary"]
    assert counts.words[0].text == " / ".join(f"{getattr(result.data, name)[0]:.0f}" for name in NAMES)
    assert [disc.name for disc in first.discs] == ["S0", "S1", "S2", "S3", "S4", "Summary"]
    assert first.discs[-1].x == result.sensitivity.estimate


def test_the_roc_plot_places_studies_by_their_false_positive_rate() -> None:
    result = mk.diagnostic_accuracy(made_up(4, k=5))
    (panel,) = sroc_layout(result).panels
    data = result.data
    assert [disc.x for disc in panel.discs[:-1]] == pytest.approx(list(data.fp / data.healthy))
    assert [disc.y for disc in panel.discs[:-1]] == pytest.approx(list(data.tp / data.diseased))
