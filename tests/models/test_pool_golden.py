"""`pool` under the convention `metafor` gives every number of `rma.uni`, and under `meta` every number of `metagen`."""

import math
from typing import Any

import numpy as np
import pytest

from metak2.effects.front import effect_sizes, effects_from
from metak2.effects.sizes import EffectSizes
from metak2.kernels.effect_sizes import log_odds_ratio, log_risk_ratio
from metak2.kernels.zero_cells import add_constant, has_zero
from metak2.models.fit_statistics import fit_statistics
from metak2.models.pool import pool
from metak2.models.pooled import Interval, Pooled
from tests.effects.made_up import study_table
from tests.golden.cases import Case, assert_close, load
from tests.golden.inference import limits_of_the_share

TESTS = {"z": "z", "t": "t", "knha": "HK", "adhoc": "HK-adhoc"}
RMA = [
    case
    for feature in ("uni_intercept", "uni_intercept_newer", "uni_weights", "uni_fixed_tau2")
    for case in load(feature)
    if case.options["method"] != "SJIT"  # R stops short of the root: tests/kernels/test_pooling.py
]
META = [case for case in load("meta_pairwise_iv") if case.stratum.startswith("gen.")]


def sizes(yi: np.ndarray, vi: np.ndarray) -> EffectSizes:
    return effects_from(yi, vi=vi, study=[str(i + 1) for i in range(yi.size)])


def rma(case: Case) -> Pooled:
    options = case.options
    more: dict[str, Any] = {}
    if "weights" in case.inputs:
        more["weights"] = case.inputs["weights"]
    elif not options.get("weighted", True):
        more["weights"] = "equal"
    if "tau2" in options:
        more["tau2"] = float(options["tau2"])
    effects = sizes(np.array(case.inputs["yi"], dtype=float), np.array(case.inputs["vi"], dtype=float))
    method = "CE" if options["method"] == "EE" else options["method"]
    return pool(
        effects,
        method=method,
        test=TESTS[options["test"]],  # type: ignore[arg-type] # documented spellings
        convention="metafor",
        level=options.get("level", 95) / 100,
        **more,
    )


def assert_fields(case: Case, got: dict[str, float | None]) -> None:
    for field, value in got.items():
        if field in case.outputs:
            assert_close(math.nan if value is None else value, case, field)


@pytest.mark.parametrize("case", RMA, ids=str)
def test_a_pooled_effect_is_that_of_metafor(case: Case) -> None:
    pooled = rma(case)
    assert_fields(
        case,
        {
            "beta": pooled.estimate, "se": pooled.se, "stat": pooled.statistic, "pval": pooled.pval,
            "ci_lb": pooled.ci.low, "ci_ub": pooled.ci.high, "QE": pooled.Q, "QE_df": pooled.Q_df,
            "QE_p": pooled.Q_pval, "tau2": pooled.tau2 or 0.0, "se_tau2": pooled.se_tau2, "I2": pooled.I2,
            "H2": pooled.H2, "vt": pooled.vt, "k": float(pooled.k),
        },
    )  # fmt: skip
    assert_close(pooled.weights, case, "weights_pct")
    if "vcov" in case.outputs:
        assert pooled.se**2 == pytest.approx(case.outputs["vcov"][0][0], rel=1e-8)  # as RTOL of the cases
    # The omnibus test of an intercept is the square of its z or t.
    assert_fields(case, {"QM": pooled.statistic**2, "QM_p": pooled.pval})


@pytest.mark.parametrize("case", RMA, ids=str)
def test_the_fit_statistics_are_those_of_metafor(case: Case) -> None:
    statistics = fit_statistics(rma(case))
    for name, information in (("ML", statistics.ML), ("REML", statistics.REML)):
        for field in ("ll", "deviance", "AIC", "BIC", "AICc"):
            assert_close(getattr(information, field), case, f"fit.{name}.{field}")


@pytest.mark.parametrize("case", [case for case in load("uni_confint") if case.stratum != "GENQ"], ids=str)
def test_intervals_for_tau2_i2_and_h2_are_those_of_metafor(case: Case) -> None:
    effects = sizes(np.array(case.inputs["yi"], dtype=float), np.array(case.inputs["vi"], dtype=float))
    pooled = pool(
        effects,
        method=case.options["method"],
        convention="metafor",
        test=TESTS[case.options["test"]],  # type: ignore[arg-type] # documented spellings
        level=case.options["level"] / 100,
        tau2_interval="PL" if case.stratum == "PL" else "Q-profile",
    )
    for name, interval in (("tau2", pooled.tau2_ci), ("I2", pooled.I2_ci), ("H2", pooled.H2_ci)):
        assert interval is not None
        assert_close(interval.low, case, f"{name}.ci_lb")
        assert_close(interval.high, case, f"{name}.ci_ub")


@pytest.mark.parametrize("case", [*load("uni_predict"), *load("uni_predict_newer")], ids=str)
def test_prediction_intervals_through_pool_are_those_of_metafor(case: Case) -> None:
    effects = sizes(np.array(case.inputs["yi"], dtype=float), np.array(case.inputs["vi"], dtype=float))
    rule = {"Riley": "t(k-2)", "t": "t(k-1)", "default": "z"}.get(case.options.get("predtype", ""))
    pooled = pool(
        effects,
        method="CE" if case.options["method"] == "EE" else case.options["method"],
        convention="metafor",
        test=TESTS[case.options["test"]],  # type: ignore[arg-type] # documented spellings
        level=case.options.get("level", 95) / 100,
        prediction=rule,  # type: ignore[arg-type] # as above
    )
    back = {"exp": np.exp, "ztor": np.tanh, "ilogit": lambda x: 1 / (1 + np.exp(-x))}.get(
        case.options.get("transf", "none"), np.asarray
    )
    assert (pooled.pi is None) == ("pi_lb" not in case.outputs)
    if pooled.pi is not None:
        assert_close(back(pooled.pi.low), case, "pi_lb")
        assert_close(back(pooled.pi.high), case, "pi_ub")


@pytest.mark.parametrize("case", load("uni_raw"), ids=str)
def test_tables_with_empty_cells_are_pooled_as_metafor_does(case: Case) -> None:
    tables = case.tables()
    corrected = add_constant(*tables, where=has_zero(*tables))  # drop00=FALSE keeps double zeros
    yi, vi = {"OR": log_odds_ratio, "RR": log_risk_ratio}[case.options["measure"]](*corrected)
    pooled = pool(sizes(yi[0], vi[0]), method=case.options["method"], convention="metafor")
    assert_fields(
        case,
        {
            "beta": pooled.estimate, "se": pooled.se, "pval": pooled.pval, "tau2": pooled.tau2,
            "se_tau2": pooled.se_tau2, "QE": pooled.Q, "I2": pooled.I2, "H2": pooled.H2,
        },
    )  # fmt: skip


META_OPTIONS: dict[str, dict[str, Any]] = {
    "gen.HK.ci": {"test": "HK-wider"}, "gen.HK.se": {"test": "HK-adhoc"}, "gen.HK.IQWiG6": {"test": "HK-IQWiG"},
    "gen.KR": {"test": "KR"}, "gen.PI.KR": {"test": "KR", "prediction": "as test"}, "gen.PI.V": {},
    "gen.PI.HTS": {"prediction": "t(k-2) Wald"}, "gen.PI.HK": {"test": "HK", "prediction": "as test"},
    "gen.PI.S": {"prediction": "z"}, "gen.classic": {}, "gen.tau.ci.QP": {"method": "DL", "tau2_interval": "Q-profile"},
    "gen.tau.ci.PL": {}, "gen.tau.ci.BJ": {"method": "DL", "tau2_interval": "BJ"}, "gen.tau.ci.J": {"method": "DL"},
}  # fmt: skip


def limits(interval: Interval | None) -> tuple[float, float]:
    return (math.nan, math.nan) if interval is None else (interval.low, interval.high)


@pytest.mark.parametrize("case", META, ids=str)
def test_a_pooled_effect_is_that_of_meta(case: Case) -> None:
    effects = sizes(case.row("TE")[0], case.row("seTE")[0] ** 2)
    pooled = pool(effects, convention="meta", **META_OPTIONS[case.stratum])
    common = pool(effects, method="CE", convention="meta")
    loose = case.tol["rtol"]  # 1e-5: meta stops its iterations there
    H = None if pooled.H2_ci is None else [math.sqrt(pooled.H2_ci.low), math.sqrt(pooled.H2_ci.high)]
    got = {
        "TE_common": common.estimate, "se_common": common.se, "lb_common": common.ci.low, "ub_common": common.ci.high,
        "p_common": common.pval, "TE_random": pooled.estimate, "se_random": pooled.se, "lb_random": pooled.ci.low,
        "ub_random": pooled.ci.high, "p_random": pooled.pval, "Q": pooled.Q, "df_Q": pooled.Q_df, "p_Q": pooled.Q_pval,
        "tau2": pooled.tau2, "lb_tau2": limits(pooled.tau2_ci)[0], "ub_tau2": limits(pooled.tau2_ci)[1],
        "I2": pooled.I2 / 100, "lb_I2": limits(pooled.I2_ci)[0] / 100, "ub_I2": limits(pooled.I2_ci)[1] / 100,
        "H": math.sqrt(pooled.H2), "lb_predict": limits(pooled.pi)[0], "ub_predict": limits(pooled.pi)[1],
        "Rb": None if pooled.Rb is None else pooled.Rb / 100,
    }  # fmt: skip
    if H is not None:
        got |= {"lb_H": H[0], "ub_H": H[1]}
    for field, value in got.items():
        if field not in {"lb_tau2", "ub_tau2"}:
            assert_close(math.nan if value is None else value, case, field, rtol=loose)
    # meta leaves R's uniroot at its default tolerance, 1.2e-4; with a tight one R gives our limits (uni_confint).
    reported = [case.expected(field)[0] for field in ("lb_tau2", "ub_tau2")]
    np.testing.assert_allclose(limits(pooled.tau2_ci), reported, rtol=loose, atol=1.3e-4)


def counted(case: Case) -> EffectSizes:
    columns = {
        "event_e": case.inputs["event.e"], "n_e": case.inputs["n.e"],
        "event_c": case.inputs["event.c"], "n_c": case.inputs["n.c"],
    }  # fmt: skip
    study = [str(i) for i in range(len(columns["n_e"]))]
    return effect_sizes(study_table("counts", study, **columns), measure=case.options["sm"])


# meta takes the RD of a table with an empty cell uncorrected, and corrects its RR in another way: those are left out.
TABLES = [
    case
    for case in load("meta_pairwise_iv")
    if case.stratum == "bin.Inverse.OR" or (case.stratum.startswith("bin.Inverse") and case.dataset == "dat.bcg")
]


@pytest.mark.parametrize("case", TABLES, ids=str)
def test_tables_are_pooled_as_meta_pools_them(case: Case) -> None:
    test = "HK" if case.options["method.random.ci"] == "HK" else "z"
    pooled = pool(counted(case), convention="meta", test=test)  # type: ignore[arg-type] # documented spellings
    assert pooled.pi is not None
    got = {
        "k": float(pooled.k), "TE_random": pooled.estimate, "se_random": pooled.se, "lb_random": pooled.ci.low,
        "ub_random": pooled.ci.high, "p_random": pooled.pval, "lb_predict": pooled.pi.low,
        "ub_predict": pooled.pi.high, "Q": pooled.Q, "tau2": pooled.tau2, "I2": pooled.I2 / 100,
    }  # fmt: skip
    for field, value in got.items():
        assert_close(math.nan if value is None else value, case, field, rtol=case.tol["rtol"])


@pytest.mark.parametrize("case", load("profile"), ids=str)
def test_along_the_profile_the_effect_has_the_interval_of_a_given_tau2(case: Case) -> None:
    effects = sizes(np.array(case.inputs["yi"], dtype=float), np.array(case.inputs["vi"], dtype=float))
    given_tau2 = [pool(effects, convention="metafor", tau2=float(tau2)) for tau2 in case.expected("tau2")]
    assert_close([fit.estimate for fit in given_tau2], case, "estimate")
    assert_close([fit.ci.low for fit in given_tau2], case, "ci_lb")
    assert_close([fit.ci.high for fit in given_tau2], case, "ci_ub")
    assert_close([fit_statistics(fit).REML.ll for fit in given_tau2], case, "loglik")


def shares(case: Case) -> tuple[Pooled, np.ndarray]:
    yi, vi = np.array(case.inputs["TE"], dtype=float), np.array(case.inputs["seTE"], dtype=float) ** 2
    return pool(sizes(yi, vi), method=case.options.get("method.tau", "REML"), convention="meta"), vi


def printed_limits(case: Case) -> np.ndarray:
    return np.concatenate([case.expected("lb_Rb"), case.expected("ub_Rb")])


@pytest.mark.parametrize("case", [case for case in META if case.options.get("method.tau") == "DL"], ids=str)
def test_the_limits_of_the_share_between_studies_are_those_of_meta_where_tau2_is_by_dersimonian_and_laird(
    case: Case,
) -> None:
    found = shares(case)[0].Rb_ci
    assert found is not None
    # closed forms of the printed effects: 1e-8 is their rounding
    np.testing.assert_allclose([found.low, found.high], 100 * printed_limits(case), rtol=1e-8)


@pytest.mark.parametrize("case", [case for case in META if case.options.get("method.tau") != "DL"], ids=str)
def test_elsewhere_meta_takes_the_slope_at_another_tau2_than_the_one_it_reports(case: Case) -> None:
    pooled, vi = shares(case)
    mixed = limits_of_the_share(case.row("TE")[0], vi, pooled.tau2 or 0.0)
    # 1e-5: meta's REML stops there
    np.testing.assert_allclose(mixed, printed_limits(case), rtol=1e-5, atol=1e-7)
