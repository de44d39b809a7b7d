import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import gammaln

from metak2.effects.measures import measure_named
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.asymmetry import multiplicative_line, risk_ratio_scores
from metak2.models.pool import pool
from metak2.robustness.binary_asymmetry import deeks, harbord, macaskill, peters, pustejovsky, schwarzer
from metak2.robustness.small_studies import RankTest, begg, egger
from tests.golden.cases import Case, assert_close, load
from tests.robustness.pools import pool_arrays, pool_tables, pooled_case
from tests.strategies import Study, meta_analyses, quick

TABLES = {"Harbord": harbord, "Peters": peters, "Macaskill": macaskill, "Deeks": deeks, "Schwarzer": schwarzer}
# meta takes the information of arms of the same size, whatever their sizes; see the test of equal arms below.
ANOTHER_SCORE = {("Harbord", "RR")}
BINARY = [
    case
    for case in load("bias_binary")
    if case.options["sm"] in {"OR", "RR"} and (case.options["test"], case.options["sm"]) not in ANOTHER_SCORE
]
SMD = [case for case in load("bias_binary") if case.options["sm"] == "SMD"]


@pytest.mark.parametrize("case", load("regtest"), ids=str)
def test_regression_tests_are_those_of_metafor(case: Case) -> None:
    design = np.array(case.inputs["X"], dtype=float) if "X" in case.inputs else None
    found = egger(
        pooled_case(case),
        model=case.options["model"],
        predictor=case.options["predictor"],
        sample_size=case.inputs.get("ni"),
        moderators=None if design is None else design[:, 1:],
    )
    # metafor's default REML stops at 1e-5; what it was given here (DL, PM, REML of one moderator) agrees to 1e-7.
    tolerance = 1e-6 if case.options["method"] in {"REML", "PM"} and case.options["model"] == "rma" else 1e-8
    assert_close(found.coefficients, case, "beta", rtol=tolerance)
    assert_close(found.se, case, "se", rtol=tolerance)
    assert_close(found.statistic, case, "stat", rtol=tolerance)
    assert_close(found.pval, case, "pval", rtol=tolerance)
    df = case.outputs.get("df")
    assert found.df == (np.inf if df is None else df)
    if case.outputs.get("limit_estimate") is not None:
        assert found.limit is not None
        assert_close(found.limit.low, case, "limit_ci_lb", rtol=tolerance)
        assert_close(found.limit.high, case, "limit_ci_ub", rtol=tolerance)
    else:
        assert found.limit is None
    if case.outputs.get("tau2") is not None:
        assert_close(found.tau2 or 0.0, case, "tau2", rtol=tolerance)


@pytest.mark.parametrize("case", BINARY, ids=str)
def test_tests_for_two_by_two_tables_are_those_of_meta(case: Case) -> None:
    name = case.options["test"]
    pooled = pool_tables(case, case.options["sm"])
    if name == "Begg":
        found = begg(pooled, exact=False)
    elif name in {"Egger", "Thompson"}:
        found = egger(pooled, model="lm") if name == "Egger" else egger(pooled, model="rma")
    else:
        found = TABLES[name](pooled)
    if isinstance(found, RankTest):
        assert_close([found.score, found.se], case, "estimate")
        assert_close(found.pval, case, "pval")
        return
    assert_close([found.bias, found.se[-1]], case, "estimate")
    assert_close(found.statistic, case, "statistic")
    assert found.k - len(found.coefficients) == case.outputs["df"]
    assert_close(found.tau2 if name == "Thompson" else found.dispersion, case, "tau2")


@pytest.mark.parametrize(
    "case", [c for c in load("bias_binary") if (c.options["test"], c.options["sm"]) in ANOTHER_SCORE], ids=str
)
def test_harbord_for_risk_ratios_is_that_of_meta_with_the_information_of_equal_arms(case: Case) -> None:
    event_e, n_e, event_c, n_c = (case.row(name)[0] for name in ("event.e", "n.e", "event.c", "n.c"))
    some = (event_e + event_c > 0) & (event_e + event_c < n_e + n_c)
    a, b, c, d = (cell[some] for cell in (event_e, n_e - event_e, event_c, n_c - event_c))
    z, v = risk_ratio_scores(a, b, c, d)
    people, n1, n2 = a + b + c + d, a + b, c + d
    equal_arms = v * (people / 2) ** 2 / (n1 * n2)
    line = multiplicative_line(z / equal_arms, equal_arms, np.column_stack([np.ones(z.size), equal_arms**-0.5]))
    assert_close([line.beta[-1], line.se[-1]], case, "estimate")
    assert_close(line.dispersion, case, "tau2")


def test_the_information_about_a_risk_ratio_is_that_of_the_binomial_likelihood() -> None:
    a, b, c, d = np.array([4.0]), np.array([119.0]), np.array([11.0]), np.array([40.0])
    n1, n2, risk = a + b, c + d, (a + c) / (a + b + c + d)
    # Information on (log ratio, log control risk) at no effect; what is left on the first once the second is estimated.
    both, own = n1 * risk / (1 - risk), (n1 + n2) * risk / (1 - risk)
    assert risk_ratio_scores(a, b, c, d).v[0] == pytest.approx((both - both**2 / own)[0], rel=1e-12)


@pytest.mark.parametrize("case", SMD, ids=str)
def test_egger_without_the_effect_in_its_error_is_that_of_meta(case: Case) -> None:
    n_e, mean_e, sd_e, n_c, mean_c, sd_c = (
        case.row(name)[0] for name in ("n.e", "mean.e", "sd.e", "n.c", "mean.c", "sd.c")
    )
    df = n_e + n_c - 2
    exact = np.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / np.sqrt(df / 2)
    pooled_sd = np.sqrt(((n_e - 1) * sd_e**2 + (n_c - 1) * sd_c**2) / df)
    g = exact * (mean_e - mean_c) / pooled_sd
    # White & Thomas (2005), Clinical Trials 2:141-151: the unbiased variance of the unbiased g.
    vi = 1 / n_e + 1 / n_c + (1 - (df - 2) / df / exact**2) * g**2
    effects = EffectSizes(
        measure=measure_named("SMD"),
        kind="means",
        study=tuple(f"S{i}" for i in range(g.size)),
        yi=g,
        vi=vi,
        data={"n_e": n_e, "n_c": n_c},
        excluded=("",) * g.size,
    )
    found = pustejovsky(pool(effects, method="DL", test="z", convention="metafor"))
    assert_close([found.bias, found.se[-1]], case, "estimate")
    assert_close(found.pval, case, "pval")


@quick
@given(study=meta_analyses(least=4), scale=st.floats(0.01, 100.0))
def test_eggers_statistic_has_no_unit(study: Study, scale: float) -> None:
    yi, vi = study[0][0], study[1][0]
    if np.ptp(vi) < 1e-6 * vi.max() or np.ptp(yi) == 0:
        return
    plain, scaled = (
        egger(pool_arrays(yi, vi, method="CE")), egger(pool_arrays(scale * yi, scale**2 * vi, method="CE"))
    )  # fmt: skip
    assert scaled.statistic == pytest.approx(plain.statistic, rel=1e-6, abs=1e-6)


@quick
@given(study=meta_analyses(least=4))
def test_swapping_the_arms_turns_the_sign(study: Study) -> None:
    yi, vi = study[0][0], study[1][0]
    if np.ptp(vi) < 1e-6 * vi.max() or np.ptp(yi) == 0:
        return
    one, other = begg(pool_arrays(yi, vi, method="CE")), begg(pool_arrays(-yi, vi, method="CE"))
    assert one.score == -other.score
    assert one.pval == pytest.approx(other.pval, rel=1e-12)


def test_fewer_than_ten_studies_are_named() -> None:
    rng = np.random.default_rng(1)
    vi = rng.uniform(0.1, 1.0, 12)
    yi = rng.normal(0.0, np.sqrt(vi))
    few, enough = egger(pool_arrays(yi[:9], vi[:9])), egger(pool_arrays(yi, vi))
    assert [note.code for note in few.notes] == ["ASYMMETRY_FEW"]
    assert enough.notes == ()


@pytest.mark.parametrize("k", [1, 2])
def test_two_studies_have_no_asymmetry(k: int) -> None:
    pooled = pool_arrays(np.arange(k, dtype=float), np.arange(1.0, k + 1))
    for test in (egger, begg):
        with pytest.raises(ModelError, match="at least 3 studies"):
            test(pooled)


def test_studies_of_one_size_cannot_be_told_apart() -> None:
    pooled = pool_arrays(np.array([0.1, 0.4, 0.2, 0.3]), np.full(4, 0.1))
    with pytest.raises(ModelError, match="does not vary enough"):
        egger(pooled)
    with pytest.raises(ModelError, match="differing precision"):
        begg(pooled)


def test_equal_effects_lie_on_a_line() -> None:
    found = egger(pool_arrays(np.full(5, 0.3), np.array([0.1, 0.2, 0.3, 0.4, 0.5])))
    assert found.bias == 0
    assert np.isnan(found.pval)  # rounding over rounding is no statistic
    assert "ASYMMETRY_PERFECT_FIT" in {note.code for note in found.notes}


def test_effects_on_a_slope_have_a_bias_without_an_error() -> None:
    vi = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    found = egger(pool_arrays(0.2 + 0.7 * np.sqrt(vi), vi))
    assert found.bias == pytest.approx(0.7, rel=1e-9)  # least squares in doubles
    assert found.pval == 0
    assert "ASYMMETRY_PERFECT_FIT" in {note.code for note in found.notes}


def test_unknown_words_are_refused() -> None:
    pooled = pool_arrays(np.array([0.1, 0.4, 0.2]), np.array([0.1, 0.2, 0.3]))
    with pytest.raises(UnknownOptionError, match="predictor"):
        egger(pooled, predictor="se")  # type: ignore[arg-type] # a user's slip
    with pytest.raises(UnknownOptionError, match="model"):
        egger(pooled, model="ols")  # type: ignore[arg-type] # a user's slip


def test_sample_sizes_are_asked_for() -> None:
    pooled = pool_arrays(np.array([0.1, 0.4, 0.2]), np.array([0.1, 0.2, 0.3]))
    with pytest.raises(ModelError, match="sample_size="):
        egger(pooled, predictor="ni")


def test_tests_for_tables_refuse_other_data() -> None:
    pooled = pool_arrays(np.array([0.1, 0.4, 0.2]), np.array([0.1, 0.2, 0.3]))
    for test in TABLES.values():
        with pytest.raises(ModelError, match="use egger"):
            test(pooled)
