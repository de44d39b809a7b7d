"""R's meta pools every measure: its numbers from the front door, under the conventions that are meta's."""

import math
from dataclasses import replace

import numpy as np
import pytest

from metak2.effects.each_study import each_study
from metak2.effects.front import effect_sizes
from metak2.effects.sizes import EffectSizes
from metak2.effects.zero_cells import ZERO_CELLS, ZeroCells, continuity_correction
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.intervals import normal_interval
from metak2.models.pool import pool
from metak2.models.pooled import Pooled
from metak2.studies.table import Kind, StudyTable
from tests.golden.cases import Case, assert_close, load
from tests.golden.inference import limits_of_the_share

ARMS = ("e", "c")
COLUMNS: dict[str, tuple[Kind, dict[str, str]]] = {
    "cont": ("means", {f"{what}_{arm}": f"{what}.{arm}" for arm in ARMS for what in ("mean", "sd", "n")}),
    "bin": ("counts", {f"{what}_{arm}": f"{what}.{arm}" for arm in ARMS for what in ("event", "n")}),
    "inc": ("rates", {f"{what}_{arm}": f"{what}.{arm}" for arm in ARMS for what in ("event", "time")}),
    "prop": ("proportions", {"event": "event", "n": "n"}),
    "rate": ("single_rates", {"event": "event", "person_time": "time"}),
    "cor": ("correlations", {"r": "cor", "n": "n"}),
    "mean": ("single_means", {"mean": "mean", "sd": "sd", "n": "n"}),
}
OURS = {"PLOGIT": "PLO", "PRAW": "PR", "MLN": "MNLN", "MRAW": "MN", "ROM": "ROM-uncorrected"}
SMD = {"Cohen": "SMD-uncorrected", "Glass": "SMD1-uncorrected", "Hedges": "SMD"}
KEEPS_ZEROS = {"PAS", "PFT", "IRS", "IRFT"}
# Conventions of meta that have no name here, each with a test of its own below.
OTHER_VARIANCE = {"meta_pairwise-0211", "meta_pairwise-0232", "meta_pairwise-0233", "meta_pairwise-0252"}
CASES = load("meta_pairwise_measures")


def columns_of(case: Case) -> tuple[Kind, dict[str, np.ndarray]]:
    kind, names = COLUMNS[case.stratum.split(".")[0]]
    return kind, {ours: np.array(case.inputs[theirs], dtype=float) for ours, theirs in names.items()}


def correction(case: Case) -> str | ZeroCells:
    if "TACC" in case.stratum:
        return replace(ZERO_CELLS["treatment-arm everywhere"], manner="meta")
    if case.options["sm"] in KEEPS_ZEROS:
        return "affected"
    every = "allstudies" in case.stratum
    return continuity_correction(0.5, manner="meta", double_zero="keep" if every else "drop from ratios")


def effects_of(case: Case) -> EffectSizes:
    kind, columns = columns_of(case)
    sm = case.options["sm"]
    measure = SMD[case.options["method.smd"]] if sm == "SMD" else OURS.get(sm, sm)
    variance = {"SMD": "UB", "MD": "HO"}.get(sm)
    study = tuple(f"study {i + 1}" for i in range(len(next(iter(columns.values())))))
    table = StudyTable(source="golden", kind=kind, study=study, columns=columns, cells={})
    return effect_sizes(table, measure=measure, variance=variance, zero_cells=correction(case))


def assert_share_between(pooled: Pooled, case: Case) -> None:
    # 1e-5: meta's REML stops there; 1e-7: it stops as far above a tau2 of 0.
    assert pooled.Rb is not None
    np.testing.assert_allclose(pooled.Rb / 100, case.expected("Rb")[0], rtol=1e-5, atol=1e-7)


def assert_limits_of_heterogeneity(pooled: Pooled, case: Case) -> None:
    """Limits of tau2, I2 and H are meta's; those of Rb are its formula at two values of tau2 (README)."""
    assert pooled.tau2_ci is not None
    assert pooled.I2_ci is not None
    assert pooled.H2_ci is not None
    # meta leaves R's uniroot at its default tolerance, 1.2e-4; with a tight one R gives our limits (uni_confint).
    theirs = [case.expected(f"{side}_tau2")[0] for side in ("lb", "ub")]
    np.testing.assert_allclose([pooled.tau2_ci.low, pooled.tau2_ci.high], theirs, rtol=1e-5, atol=1.3e-4)
    for side, I2, H2 in (("lb", pooled.I2_ci.low, pooled.H2_ci.low), ("ub", pooled.I2_ci.high, pooled.H2_ci.high)):
        assert_close(I2 / 100, case, f"{side}_I2")
        assert_close(math.sqrt(H2), case, f"{side}_H")
    share = np.concatenate([case.expected("lb_Rb"), case.expected("ub_Rb")])
    if case.id == "meta_pairwise-0061":  # meta gives none; Q is below 1 in 16 trials, and tau2 and Rb are 0
        assert np.isnan(share).all()
        return
    used = np.isfinite(pooled.effects.yi)
    mixed = limits_of_the_share(pooled.effects.yi[used], pooled.effects.vi[used], pooled.tau2 or 0.0)
    np.testing.assert_allclose(mixed, share, rtol=1e-5, atol=1e-7)  # meta's REML stops there


@pytest.mark.parametrize("case", [case for case in CASES if case.id not in OTHER_VARIANCE], ids=str)
def test_every_measure_is_pooled_as_meta_pools_it(case: Case) -> None:
    effects = effects_of(case)
    pooled, common = pool(effects, convention="meta"), pool(effects, method="CE", convention="meta")
    assert_close(effects.yi, case, "TE")
    assert_close(np.sqrt(effects.vi), case, "seTE")
    exact = {
        "k": float(pooled.k), "TE_common": common.estimate, "se_common": common.se, "lb_common": common.ci.low,
        "ub_common": common.ci.high, "p_common": common.pval, "Q": pooled.Q, "df_Q": pooled.Q_df, "p_Q": pooled.Q_pval,
    }  # fmt: skip
    iterated = {
        "TE_random": pooled.estimate, "se_random": pooled.se, "lb_random": pooled.ci.low, "ub_random": pooled.ci.high,
        "p_random": pooled.pval, "tau2": pooled.tau2, "I2": pooled.I2 / 100, "H": math.sqrt(pooled.H2),
    }  # fmt: skip
    if case.outputs["lb_predict"] is not None and pooled.pi is not None:
        iterated |= {"lb_predict": pooled.pi.low, "ub_predict": pooled.pi.high}
    if not effects.measure.comparison:  # a proportion or a mean alone is not tested against 0
        del exact["p_common"], iterated["p_random"]
    for field, value in exact.items():
        assert_close(value, case, field)
    assert_share_between(pooled, case)
    assert_limits_of_heterogeneity(pooled, case)
    assert_close(pooled.ci.df, case, "df_random")
    theirs = case.expected("w_common")[np.isfinite(effects.yi)]
    np.testing.assert_allclose(common.weights[np.isfinite(effects.yi)], 100 * theirs / theirs.sum(), rtol=1e-8)  # RTOL
    for field, found in iterated.items():  # 1e-5: meta's REML stops there
        assert_close(math.nan if found is None else found, case, field, rtol=1e-5)


def counts_of(case: Case) -> EffectSizes:
    """Study effects beside Mantel-Haenszel, Peto and Cochran in meta: Peto needs no correction, rates keep 0 and 0."""
    kind, columns = columns_of(case)
    measure = "PETO" if case.options["method"] == "Peto" else case.options["sm"]
    rule: str | ZeroCells = correction(case)
    if measure == "PETO":
        rule = "none"
    elif kind == "rates":
        rule = continuity_correction(0.5, manner="meta", double_zero="keep")
    study = tuple(f"study {i + 1}" for i in range(len(next(iter(columns.values())))))
    table = StudyTable(source="golden", kind=kind, study=study, columns=columns, cells={})
    return effect_sizes(table, measure=measure, zero_cells=rule)


@pytest.mark.parametrize(
    "case", [case for case in load("meta_pairwise_counts") if case.options["method"] not in {"GLMM", "SSW"}], ids=str
)
def test_beside_a_model_of_counts_meta_pools_the_effects_at_random(case: Case) -> None:
    effects = counts_of(case)
    pooled = pool(effects, convention="meta")
    limits = effects.limits(0.95)
    pooled_there = np.isfinite(case.expected("seTE"))  # R gives a trial without a ratio an infinite error, we NaN
    for values, field in zip((effects.yi, np.sqrt(effects.vi), *limits), ("TE", "seTE", "lower", "upper"), strict=True):
        theirs = case.expected(field)[pooled_there]
        np.testing.assert_allclose(values[pooled_there], theirs, rtol=1e-8, atol=1e-10)  # as RTOL of the cases
    assert np.isnan(effects.yi[~pooled_there]).all()
    assert pooled.pi is not None
    found = {
        "TE_random": pooled.estimate, "se_random": pooled.se, "lb_random": pooled.ci.low, "ub_random": pooled.ci.high,
        "p_random": pooled.pval, "tau2": pooled.tau2, "I2": pooled.I2 / 100, "H": math.sqrt(pooled.H2),
        "Q": pooled.Q, "df_Q": pooled.Q_df, "p_Q": pooled.Q_pval,
        "lb_predict": pooled.pi.low, "ub_predict": pooled.pi.high,
    }  # fmt: skip
    assert_share_between(pooled, case)
    assert_limits_of_heterogeneity(pooled, case)
    assert_close(pooled.ci.df, case, "df_random")
    for field, value in found.items():  # 1e-5: meta's REML stops there
        assert_close(math.nan if value is None else value, case, field, rtol=1e-5)
    share = pooled.weights[np.isfinite(effects.yi)]
    theirs = case.expected("w_random")[np.isfinite(effects.yi)]
    np.testing.assert_allclose(share, 100 * theirs / theirs.sum(), rtol=1e-5)  # as above
    common = normal_interval(case.expected("TE_common"), case.expected("se_common"), level=0.95)
    for values, field in zip(common, ("lb_common", "ub_common"), strict=True):
        assert_close(values, case, field)


LIMITS = {"WS": "Wilson", "WSCC": "Wilson, corrected", "AC": "Agresti-Coull", "SA": "Wald", "SACC": "Wald, corrected"}


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in CASES + load("meta_pairwise_counts")
        if case.stratum.startswith("prop") and case.options["sm"] != "PFT"
    ],
    ids=str,
)
def test_single_proportions_have_the_limits_that_meta_gives_them(case: Case) -> None:
    found = each_study(effects_of(case), proportion=LIMITS.get(case.options.get("method.ci", "CP"), "exact"))
    back = effects_of(case).measure.back
    event, n = columns_of(case)[1].values()
    # Newcombe (1998): with everybody the corrected upper limit is 1; meta's formula then falls short of the data.
    own = event == n if case.options.get("method.ci") == "WSCC" else np.zeros(n.shape, dtype=bool)
    for ours, field in ((found.shown_low, "lower"), (found.shown_high, "upper")):
        theirs = back(case.expected(field))
        np.testing.assert_allclose(ours[~own], theirs[~own], rtol=1e-10, atol=1e-12)  # closed forms, limits of 0
    assert (found.shown_high[own] == 1).all()


def test_limits_of_proportions_are_refused_for_other_effects() -> None:
    trials = effects_of(next(case for case in CASES if case.stratum.startswith("cont")))
    with pytest.raises(ModelError, match="leave proportion= out"):
        each_study(trials, proportion="exact")
    with pytest.raises(UnknownOptionError, match="Wilson"):
        each_study(trials, proportion="Jeffreys")


@pytest.mark.parametrize("case", [case for case in CASES if case.stratum == "cont.SMD.Cohen"], ids=str)
def test_meta_gives_cohens_d_the_error_of_hedges_g(case: Case) -> None:
    effects, hedges = effects_of(case), effects_of(replace(case, options={"sm": "SMD", "method.smd": "Hedges"}))
    assert_close(effects.yi, case, "TE")
    assert_close(np.sqrt(hedges.vi), case, "seTE")


@pytest.mark.parametrize("case", [case for case in CASES if case.stratum == "cont.SMD.Glass"], ids=str)
def test_meta_counts_one_person_less_in_the_error_of_glass_delta(case: Case) -> None:
    _, columns = columns_of(case)
    yi, n_e, n_c = case.expected("TE"), columns["n_e"], columns["n_c"]
    assert_close(effects_of(case).yi, case, "TE")
    assert_close(np.sqrt(1 / n_e + 1 / n_c + yi**2 / (2 * (n_c - 1))), case, "seTE")


def test_meta_leaves_the_log_of_a_whole_proportion_alone() -> None:
    case = next(case for case in CASES if case.id == "meta_pairwise-0252")
    _, columns = columns_of(case)
    event, n = columns["event"], columns["n"]
    whole, ours = event == n, effects_of(case)
    np.testing.assert_allclose(ours.yi[~whole], case.expected("TE")[~whole], rtol=1e-8)
    np.testing.assert_allclose(np.sqrt(ours.vi[~whole]), case.expected("seTE")[~whole], rtol=1e-8)
    np.testing.assert_array_equal(case.expected("TE")[whole], 0.0)
    np.testing.assert_allclose(1 / event[whole] - 1 / (n[whole] + 0.5), case.expected("seTE")[whole] ** 2, rtol=1e-8)


def test_an_unknown_manner_is_refused_with_the_list() -> None:
    with pytest.raises(UnknownOptionError, match="cells, meta"):
        continuity_correction(0.5, manner="RevMan")  # type: ignore[arg-type] # a user's slip
