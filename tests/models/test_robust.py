"""Cluster-robust inference: the numbers of clubSandwich, metafor and robumeta, and what must hold for all data."""

import math
import tracemalloc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import metak2 as mk
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.intervals import t_pval
from metak2.models.multilevel import MultilevelOptions, multilevel
from metak2.models.robust import robust, robust_test
from metak2.models.robust_result import Robust, RobustOptions
from metak2.models.shared_patients import sampling_covariance
from tests.golden.cases import Case, assert_close, load, numbers
from tests.golden.clusters import clustered, design, regression

CLOSED = 1e-8  # the same estimate of tau2, then closed forms
TESTS = {"HTZ": "HTZ", "chi-sq": "chi-squared", "Naive-F": "F"}


def assert_robust(got: Robust, case: Case, *, rtol: float) -> None:
    found = got.coefficients
    df = found.df[: len(case.outputs["df"])]  # metafor gives one number where all are equal
    for field, value in (("beta", found.estimate), ("se", found.se), ("stat", found.statistic), ("df", df)):
        assert_close(value, case, field, rtol=rtol)
    for field, value in (("pval", found.pval), ("ci_lb", found.ci_low), ("ci_ub", found.ci_high)):
        assert_close(value, case, field, rtol=10 * rtol)


def assert_joint(got: Robust, case: Case, *, rtol: float) -> None:
    """The moderators together: Hotelling's approximation where degrees of freedom are Satterthwaite's, else F."""
    test = robust_test(got, test="HTZ" if got.options.kind == "CR2" else "F")
    assert_close(test.statistic, case, "QM", rtol=10 * rtol)
    assert_close([test.df, test.df_residual], case, "QM_df", rtol=rtol)
    assert_close(test.pval, case, "QM_p", rtol=10 * rtol)


@pytest.mark.parametrize("case", load("club_coef"), ids=str)
def test_every_kind_of_robust_error_equals_that_of_clubsandwich(case: Case) -> None:
    got = robust(regression(case), "cluster", options=RobustOptions(kind=case.options["vcov"]))
    found = got.coefficients
    for field, value in (("beta", found.estimate), ("se", found.se), ("stat", found.statistic)):
        assert_close(value, case, field, rtol=CLOSED)
    assert_close(found.df, case, "df_satt", rtol=CLOSED)
    assert_close(found.pval, case, "p_satt", rtol=10 * CLOSED)
    for field, test in (("p_z", "z"), ("p_t", "naive-t")):
        other = robust(regression(case), "cluster", options=RobustOptions(kind=case.options["vcov"], test=test))  # type: ignore[arg-type] # two of the allowed words
        assert_close(other.coefficients.pval, case, field, rtol=10 * CLOSED)


@pytest.mark.parametrize("case", load("club_wald"), ids=str)
def test_joint_tests_equal_those_of_clubsandwich(case: Case) -> None:
    got = robust(regression(case), "cluster", options=RobustOptions(kind=case.options["vcov"]))
    names = [got.coefficients.names[at - 1] for at in case.options["constrain_zero"]]
    test = robust_test(got, names, test=TESTS[case.options["test"]])  # type: ignore[arg-type] # words of R in ours
    statistic = test.statistic / test.df if math.isinf(test.df_residual) else test.statistic
    assert_close(statistic, case, "Fstat", rtol=CLOSED)
    assert_close(test.df_residual, case, "df_denom", rtol=CLOSED)
    assert_close(test.pval, case, "pval", rtol=10 * CLOSED)


@pytest.mark.parametrize("case", load("robust_uni"), ids=str)
def test_robust_meta_regressions_equal_those_of_metafor(case: Case) -> None:
    kind, test = _metafor(case)
    got = robust(regression(case), "cluster", options=RobustOptions(kind=kind, test=test))
    assert_robust(got, case, rtol=CLOSED)
    assert_joint(got, case, rtol=CLOSED)


def _metafor(case: Case) -> tuple[Any, Any]:
    """The correction of metafor itself is m / (m - p), or none, with m - p degrees of freedom."""
    if case.options["small_sample"] == "CR2":
        return "CR2", "Satterthwaite"
    return ("CR1p" if case.options.get("adjust", True) else "CR0"), "t"


@pytest.mark.parametrize("case", load("robust_mv"), ids=str)
def test_robust_multilevel_models_equal_those_of_metafor(case: Case) -> None:
    k = len(case.inputs["yi"])
    effects = clustered(case, es=range(k))
    rho = case.options.get("rho_sampling")
    fitted = multilevel(
        effects,
        "cluster/es",
        design(case),
        covariance=None if rho is None else sampling_covariance(effects, "cluster", correlation=rho),
        options=MultilevelOptions(df="residual"),
    )
    kind, test = _metafor(case)
    got = robust(fitted, "cluster", options=RobustOptions(kind=kind, test=test))
    assert_robust(got, case, rtol=case.tol["rtol"])
    assert_joint(got, case, rtol=case.tol["rtol"])


@pytest.mark.parametrize("case", load("robumeta"), ids=str)
def test_working_models_by_moments_equal_those_of_robumeta(case: Case) -> None:
    small = case.options["small"]
    got = robust(
        clustered(case),
        "cluster",
        design(case),
        correlation=case.options["rho"] or 0.0,
        options=RobustOptions(
            working=case.options["modelweights"],
            kind="CR2" if small else "CR1p",
            test="Satterthwaite" if small else "t",
        ),
    )
    variances = dict(got.weighted.variances)
    assert_close(next(iter(variances.values())), case, "tau2", rtol=CLOSED)
    if case.options["modelweights"] == "HIER":
        assert_close(variances["ω² within clusters"], case, "omega2", rtol=CLOSED)
    lost = np.isnan(numbers(case.outputs["se"]))
    assert (np.isnan(got.coefficients.se) == lost).all()
    kept = {name: [one for one, gone in zip(case.outputs[name], lost, strict=True) if not gone] for name in FIELDS}
    found = replace(
        got.coefficients,
        **{name: getattr(got.coefficients, name)[~lost] for name in OURS},
    )
    assert_robust(replace(got, coefficients=found), replace(case, outputs={**case.outputs, **kept}), rtol=CLOSED)


FIELDS = ("beta", "se", "stat", "df", "pval", "ci_lb", "ci_ub")
OURS = ("estimate", "se", "statistic", "df", "pval", "ci_low", "ci_high")


def made_up(seed: int, sizes: tuple[int, ...]) -> mk.EffectSizes:
    rng = np.random.default_rng(seed)
    k = sum(sizes)
    cluster = np.repeat([f"c{at}" for at in range(len(sizes))], sizes).astype(object)
    vi = rng.uniform(0.02, 0.2, k)
    yi = 0.2 + np.repeat(rng.normal(0, 0.3, len(sizes)), sizes) + rng.normal(0, np.sqrt(vi))
    effects = mk.effects_from(yi, vi=vi, study=[f"row {at}" for at in range(k)])
    return replace(effects, moderators={"cluster": cluster, "x": rng.normal(0, 1, k)})


SIZES = st.lists(st.integers(1, 4), min_size=4, max_size=9).map(tuple)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), SIZES)
def test_the_order_of_the_rows_does_not_matter(seed: int, sizes: tuple[int, ...]) -> None:
    effects = made_up(seed, sizes)
    order = np.random.default_rng(seed).permutation(len(effects))
    one, other = (robust(e, "cluster", options=RobustOptions(working="CORR")) for e in (effects, effects.take(order)))
    for name in ("estimate", "se", "df"):
        # sums in another order differ in the last digits; eigenvectors of nearly equal values in a few more
        np.testing.assert_allclose(getattr(one.coefficients, name), getattr(other.coefficients, name), rtol=1e-8)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.integers(4, 12))
def test_a_cluster_for_each_row_is_the_error_of_white_and_its_relatives(seed: int, k: int) -> None:
    effects = made_up(seed, (1,) * k)
    fitted = mk.regress(effects, "x", method="DL", test="z")
    w, X = 1 / (effects.vi + fitted.tau2), fitted.design.X
    bread = np.linalg.inv(X.T @ (w[:, None] * X))
    hat = ((X @ bread) * (w[:, None] * X)).sum(axis=1)
    for kind, power in (("CR0", 0.0), ("CR2", 0.5), ("CR3", 1.0)):
        scores = (w * fitted.residual / (1 - hat) ** power)[:, None] * X
        expected = bread @ scores.T @ scores @ bread
        got = robust(fitted, "cluster", options=RobustOptions(kind=kind))  # type: ignore[arg-type] # three of the allowed words
        np.testing.assert_allclose(got.vcov, expected, rtol=1e-9, atol=1e-14)  # inverses of 2 x 2 matrices


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000), st.integers(5, 12))
def test_clusters_of_one_effect_have_the_plain_random_effects_estimate(seed: int, k: int) -> None:
    effects = made_up(seed, (1,) * k)
    got, plain = robust(effects, "cluster"), mk.pool(effects, method="REML", test="z")
    # both climb to the same summit of the restricted likelihood; it is flat, so tau2 agrees to half the digits
    assert got.coefficients.estimate[0] == pytest.approx(plain.estimate, abs=1e-6)
    assert "CLUSTERS_OF_ONE" in {note.code for note in got.notes}


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 10_000), st.integers(5, 9))
def test_a_study_split_into_identical_halves_with_correlation_one_changes_nothing(seed: int, k: int) -> None:
    whole = made_up(seed, (1,) * k)
    split = whole.take(np.array([0, *range(k)]))
    for working in ("CHE", "CORR"):
        options = RobustOptions(working=working)  # type: ignore[arg-type] # two of the allowed words
        one, other = (robust(e, "cluster", correlation=1.0, options=options).coefficients for e in (whole, split))
        for name in ("estimate", "se", "df"):
            np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-7)  # as above


def test_weights_are_those_of_correlated_and_hierarchical_effects_by_default() -> None:
    effects = made_up(1, (3, 2, 4, 1, 3, 2, 5))
    got = robust(effects, "cluster", correlation=0.5)
    by_hand = multilevel(
        replace(effects, moderators={**effects.moderators, "row": np.arange(20).astype(str).astype(object)}),
        "cluster/row",
        covariance=sampling_covariance(effects, "cluster", correlation=0.5),
    )
    assert got.coefficients.estimate[0] == pytest.approx(by_hand.coefficients.estimate[0], rel=1e-12)
    assert got.weighted.correlation == 0.5


def test_few_clusters_get_a_plain_answer() -> None:
    got = robust(made_up(3, (5, 1, 1, 1)), "cluster", "x")
    note = next(note for note in got.notes if note.code == "FEW_CLUSTERS")
    assert note.values["clusters"] == 4
    assert note.values["df"] < 4


def test_one_cluster_says_that_nothing_can_be_learned() -> None:
    with pytest.raises(ModelError, match=r"all effects belong to one cluster \(c0\)"):
        robust(made_up(1, (4,)), "cluster", options=RobustOptions(working="CORR"))


def test_clusters_that_share_a_random_effect_are_refused_by_name() -> None:
    effects = made_up(1, (2, 2, 2))
    fitted = multilevel(effects, "cluster")
    apart = replace(fitted, effects=replace(fitted.effects, moderators={"row": np.array(list("abcdef"), dtype=object)}))
    with pytest.raises(ModelError, match="effects of a and b share a random effect"):
        robust(apart, "row")


def test_an_unknown_word_is_refused_with_those_allowed() -> None:
    with pytest.raises(UnknownOptionError, match="CR1S"):
        robust(made_up(1, (2, 2, 2)), "cluster", options=RobustOptions(kind="CR4"))  # type: ignore[arg-type] # a mistake


def test_a_correlation_of_one_combines_the_effects_and_says_so() -> None:
    got = robust(made_up(1, (2, 3, 2, 1, 2)), "cluster", correlation=1.0)
    assert got.k == 5
    assert {"CORRELATION_ONE", "EFFECTS_COMBINED"} <= {note.code for note in got.notes}


def test_t_tests_use_the_degrees_of_freedom_they_print() -> None:
    found = robust(made_up(1, (3, 2, 4, 1, 3)), "cluster").coefficients
    np.testing.assert_allclose(found.pval, t_pval(found.statistic, found.df), rtol=1e-12)  # the same function


def test_two_thousand_effects_need_no_matrix_of_all_of_them() -> None:
    sizes = tuple(np.random.default_rng(1).multinomial(1700, [1 / 300] * 300) + 1)
    fitted = mk.regress(made_up(5, sizes), "x", method="DL", test="z")
    tracemalloc.start()
    got = robust(fitted, "cluster")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert got.m == 300
    assert peak < 2000 * 2000  # bytes: a matrix of all effects holds eight times as many
