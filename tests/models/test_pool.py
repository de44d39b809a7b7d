"""Pooling: the rules for few studies, the count methods, what is refused."""

import math

import numpy as np
import pytest

from metak2.effects.front import effect_sizes, effects_from
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.models.pool import pool, side_by_side
from metak2.models.pooled import Interval, Pooled
from tests.effects.made_up import counts, study_table, trials_of
from tests.golden.cases import Case, assert_close, bcg_log_risk_ratios, load

TWO = "Yoshida 45 mg, Ishizuka"
THREE = "Yoshida 45 mg, Ishizuka, Hosho"
R_TESTS = {"z": "z", "t": "t", "knha": "HK", "adhoc": "HK-adhoc"}
intercepts = [
    case
    for case in load("uni_intercept")
    if not (case.options["method"] in {"EE", "FE"} and case.options["test"] in {"knha", "adhoc"})
    and case.options["method"] not in {"GENQ", "GENQM", "SJIT"}  # with weights, or short of the root: test_pool_golden
]


def few(dataset: str) -> EffectSizes:
    case = next(case for case in load("few_studies") if case.dataset == dataset)
    return effect_sizes(trials_of(case), measure="RR")


def golden(dataset: str, stratum: str) -> Case:
    return next(case for case in load("few_studies") if (case.dataset, case.stratum) == (dataset, stratum))


def codes(pooled: Pooled) -> list[str]:
    return [note.code for note in pooled.notes]


def interval(pooled: Pooled, rule: str) -> Interval:
    return next(one for one in pooled.intervals if one.rule == rule)


def assert_interval(got: Interval, case: Case) -> None:
    assert_close(got.low, case, "ci_lb")
    assert_close(got.high, case, "ci_ub")
    assert_close(got.estimate, case, "estimate")
    assert_close(got.se, case, "se")


@pytest.mark.parametrize("case", intercepts, ids=str)
def test_pooling_arrays_as_metafor_does_gives_metafors_numbers(case: Case) -> None:
    yi, vi = (case.row(name)[0] for name in ("yi", "vi"))
    method = {"EE": "CE", "FE": "CE"}.get(case.options["method"], case.options["method"])
    pooled = pool(
        effects_from(yi, study=[str(at) for at in range(yi.size)], vi=vi),
        method=method,
        test=R_TESTS[case.options["test"]],
        convention="metafor",
        level=case.options["level"] / 100,
    )
    got = {
        "k": pooled.k, "beta": pooled.estimate, "se": pooled.se, "stat": pooled.statistic, "pval": pooled.pval,
        "ci_lb": pooled.ci.low, "ci_ub": pooled.ci.high, "QE": pooled.Q, "QE_df": pooled.Q_df, "QE_p": pooled.Q_pval,
        "I2": pooled.I2, "H2": pooled.H2,
    }  # fmt: skip
    for field, value in got.items():
        assert_close(value, case, field)
    if pooled.tau2 is not None:
        assert_close(pooled.tau2, case, "tau2")


def as_they_are(case: Case) -> bool:
    """Whether the case is a two-by-two table pooled without corrections; test_stratified.py has the others."""
    return "ai" in case.inputs and not {"add", "correct"} & case.options.keys()


@pytest.mark.parametrize("case", [case for case in (*load("mh"), *load("peto")) if as_they_are(case)], ids=str)
def test_counts_pooled_from_the_trials_are_those_of_metafor_without_any_correction(case: Case) -> None:
    measure = case.options.get("measure", "PETO")
    pooled = pool(
        effect_sizes(trials_of(case), measure=measure),
        method="PETO" if measure == "PETO" else "MH",
        level=case.options.get("level", 95) / 100,
    )
    got = {
        "estimate": pooled.estimate, "se": pooled.se, "stat": pooled.statistic, "pval": pooled.pval,
        "ci_lb": pooled.ci.low, "ci_ub": pooled.ci.high,
    }  # fmt: skip
    if "drop00" not in case.options:  # metafor then lets tables without events into Q; we never do
        got |= {"QE": pooled.Q, "QE_df": pooled.Q_df, "QE_p": pooled.Q_pval}
    for field, value in got.items():
        assert_close(value, case, field)


@pytest.mark.parametrize("measure", ["RR", "OR", "RD", "PETO"])
def test_one_trial_is_its_own_answer(measure: str) -> None:
    case = next(case for case in load("single_trial") if case.options.get("measure") == measure)
    pooled = pool(effect_sizes(trials_of(case), measure=measure))
    assert_interval(pooled.ci, case)
    assert_close(pooled.pval, case, "pval")
    assert (pooled.k, pooled.ci.rule, pooled.intervals) == (1, "z", (pooled.ci,))
    assert (pooled.tau2, pooled.tau2_ci, pooled.pi) == (None, None, None)
    assert all(math.isnan(value) for value in (pooled.I2, pooled.H2, pooled.Q, pooled.Q_pval))
    assert codes(pooled) == ["ONE_STUDY"]
    assert pooled.weights.tolist() == [100]


def test_habu_alone_has_the_numbers_of_the_methods() -> None:
    habu = [("Habu 2004", 2, 21, 9, 19)]
    shown = {measure: pool(counts(habu, measure)).displayed for measure in ("RR", "RD", "OR")}
    # METHODS section 5, as printed.
    risk = shown["RR"]
    assert (risk.estimate, risk.ci_low, risk.ci_high) == pytest.approx((0.2011, 0.0495, 0.8160), abs=5e-5)
    difference = shown["RD"]
    assert (difference.estimate, difference.ci_low, difference.ci_high) == pytest.approx(
        (-0.378, -0.636, -0.121), abs=5e-4
    )
    assert shown["OR"].estimate == pytest.approx(0.117, abs=5e-4)
    peto = pool(counts(habu, "PETO"), method="PETO")
    assert (peto.displayed.estimate, peto.displayed.ci_low, peto.displayed.ci_high) == pytest.approx(
        (0.157, 0.040, 0.620), abs=5e-4
    )
    assert "PETO_CAUTION" in codes(peto)


@pytest.mark.parametrize("method", ["REML", "DL", "PM", "ML"])
def test_two_trials_have_the_common_effect_with_its_wald_interval_as_headline(method: str) -> None:
    pooled = pool(few(TWO), method=method)
    assert (pooled.k, pooled.method.name, pooled.asked.name) == (2, "CE", method)
    assert_interval(pooled.ci, golden(TWO, "EE"))
    assert (pooled.ci.rule, pooled.pi, pooled.tau2, pooled.tau2_ci) == ("z", None, None, None)
    assert "TWO_STUDIES" in codes(pooled)


def test_two_trials_show_hartung_knapp_beside_the_headline() -> None:
    pooled = pool(few(TWO))
    assert_interval(interval(pooled, "HK"), golden(TWO, "knha"))
    assert interval(pooled, "HK").df == 1
    shown = {rule: np.exp([interval(pooled, rule).low, interval(pooled, rule).high]) for rule in ("z", "HK")}
    # METHODS section 2, as printed: Wald 0.703 to 1.098, Hartung–Knapp 0.727 to 1.062.
    assert shown["z"] == pytest.approx([0.703, 1.098], abs=5e-4)
    assert shown["HK"] == pytest.approx([0.727, 1.062], abs=5e-4)


def test_two_heterogeneous_trials_keep_the_random_effects_answers_beside_the_headline() -> None:
    effects = effects_from([-1.0, 1.0], study=["A", "B"], vi=[0.1, 0.2])
    pooled = pool(effects)
    assert pooled.estimate == pytest.approx((-1 / 0.1 + 1 / 0.2) / (1 / 0.1 + 1 / 0.2), rel=1e-14)
    # With two effects REML and DL have tau2 = (difference² − v1 − v2) / 2.
    tau2 = (4 - 0.3) / 2
    weights = 1 / (np.array([0.1, 0.2]) + tau2)
    asked = interval(pooled, "HK")
    assert asked.estimate == pytest.approx((weights * [-1, 1]).sum() / weights.sum(), rel=1e-8)  # REML is a root
    assert {one.rule for one in pooled.intervals} == {"z", "HK"}


def test_two_trials_under_another_convention_are_as_asked_with_a_note() -> None:
    pooled = pool(few(TWO), convention="cochrane")
    assert (pooled.method.name, pooled.ci.rule, pooled.pi) == ("REML", "HK", None)
    assert_interval(pooled.ci, golden(TWO, "knha"))
    assert "TWO_STUDIES_AS_ASKED" in codes(pooled)


def test_three_trials_with_no_variance_between_them_are_never_narrower_than_wald() -> None:
    pooled = pool(few(THREE))
    assert pooled.tau2 == 0
    assert pooled.ci.rule == "HK-adhoc"
    assert_interval(pooled.ci, golden(THREE, "adhoc"))
    assert_interval(interval(pooled, "z"), golden(THREE, "z"))
    assert_interval(interval(pooled, "HK"), golden(THREE, "knha"))
    assert "NEVER_NARROWER" in codes(pooled)
    assert pooled.pi is not None
    assert "PREDICTION_FEW" in codes(pooled)


def test_a_hartung_knapp_interval_narrower_than_walds_gives_way_though_tau2_is_positive() -> None:
    # The middle trials agree better than their variances let expect: tau2 > 0 and HK narrower, found by scanning.
    found = 0
    for outlier in np.linspace(0.5, 4, 36):
        yi = [0.0, 0.01, -0.01, 0.0, 0.02, outlier]
        effects = effects_from(yi, study=list("ABCDEF"), vi=[0.2, 0.2, 0.2, 0.2, 0.2, 2.0])
        never, plain = pool(effects, method="DL"), pool(effects, method="DL", convention="cochrane")
        wald = interval(plain, "z")
        narrower = plain.ci.high - plain.ci.low < wald.high - wald.low
        found += narrower
        assert (never.ci.rule == "HK-adhoc") == (narrower or never.tau2 == 0)
        assert never.ci.high - never.ci.low >= plain.ci.high - plain.ci.low
    assert found


def test_three_heterogeneous_trials_have_hartung_knapp_and_wald_beside_it() -> None:
    pooled = pool(effects_from([-1.0, 0.2, 1.0], study=list("ABC"), se=[0.2, 0.3, 0.2]))
    assert (pooled.ci.rule, pooled.ci.df) == ("HK", 2)
    assert [one.rule for one in pooled.intervals] == ["HK", "z"]
    assert "NEVER_NARROWER" not in codes(pooled)


@pytest.mark.parametrize("k, cautious", [(9, True), (10, False)])
def test_a_prediction_interval_below_ten_studies_carries_a_caution(k: int, cautious: bool) -> None:
    yi = np.linspace(-1, 1, k)
    pooled = pool(effects_from(yi, study=[str(at) for at in range(k)], vi=np.full(k, 0.05)))
    assert pooled.pi is not None
    assert ("PREDICTION_FEW" in codes(pooled)) == cautious


def test_without_a_study_to_pool_every_reason_is_counted_and_a_way_out_named() -> None:
    rows = [("A", 1, 9, 2, 9), ("B", 2, 9, 3, 9), ("C", 0, 9, 0, 9)]
    effects = counts(rows, integrity_status=["retracted", "concern", "ok"])
    with pytest.raises(ModelError, match="no study can be pooled: 1 concern, 1 double zero, 1 retracted") as raised:
        pool(effects)
    assert "side_by_side()" in str(raised.value)


def test_no_study_at_all_is_an_error_of_its_own() -> None:
    with pytest.raises(ModelError, match="no studies at all"):
        pool(effects_from([], study=[], vi=[]))


def test_side_by_side_shows_what_cannot_be_pooled_and_says_why() -> None:
    effects = counts([("A", 1, 9, 2, 9)], integrity_status=["retracted"])
    shown = side_by_side(effects, why="The only trial is retracted.")
    assert (shown.study, shown.why, shown.notes) == (("A",), "The only trial is retracted.", effects.notes)
    assert not hasattr(shown, "estimate")


def test_the_same_patients_are_never_pooled_twice() -> None:
    rows = [("Yoshida 45 mg", 52, 182, 58, 181), ("Yoshida 90 mg", 76, 185, 58, 181), ("Ishizuka", 28, 50, 33, 51)]
    effects = counts(rows, key=["Yoshida 2011", "Yoshida 2011", "Ishizuka 2012"])
    with pytest.raises(ModelError, match="pooled twice: Yoshida 2011; choose one row per study"):
        pool(effects)
    assert pool(effects.excluding("other dose", ("Yoshida 90 mg",))).k == 2


def test_a_repeated_row_that_is_shown_and_not_pooled_does_no_harm() -> None:
    rows = [("A", 5, 40, 9, 40), ("A again", 5, 40, 9, 40), ("B", 7, 50, 8, 50)]
    effects = counts(rows, key=["A", "A", "B"], integrity_status=["ok", "duplicate", "ok"])
    assert pool(effects).k == 2


@pytest.mark.parametrize("method, measure", [("MH", "PETO"), ("PETO", "OR"), ("PETO", "RR")])
def test_a_count_method_pools_its_own_measures_only(method: str, measure: str) -> None:
    with pytest.raises(ModelError, match=f"not {measure} from counts; use CE or a random-effects method instead"):
        pool(counts([("A", 5, 40, 9, 40), ("B", 7, 50, 8, 50)], measure), method=method)


def test_mantel_haenszel_needs_counts() -> None:
    with pytest.raises(ModelError, match="not GEN from effects"):
        pool(effects_from([0.1, 0.2], study=["A", "B"], se=[0.1, 0.1]), method="MH")


def test_mantel_haenszel_uses_a_double_zero_trial_for_the_risk_difference_only() -> None:
    rows = [("Nothing", 0, 100, 0, 100), ("A", 5, 40, 9, 40), ("B", 7, 50, 8, 50)]
    assert pool(counts(rows, "OR"), method="MH").estimate == pool(counts(rows[1:], "OR"), method="MH").estimate
    # Σ n1 n2 / N (p1 − p2) over Σ n1 n2 / N: 50, 20 and 25 of weight.
    by_hand = (50 * 0 + 20 * (5 - 9) / 40 + 25 * (7 - 8) / 50) / (50 + 20 + 25)
    assert pool(counts(rows, "RD"), method="MH").estimate == pytest.approx(by_hand, rel=1e-14)


def test_weights_are_per_cent_and_nothing_for_what_is_not_pooled() -> None:
    rows = [("A", 5, 40, 9, 40), ("Retracted", 1, 90, 30, 90), ("B", 7, 50, 8, 50), ("C", 6, 60, 9, 60)]
    pooled = pool(counts(rows, integrity_status=["ok", "retracted", "ok", "ok"]))
    assert pooled.weights[1] == 0
    assert pooled.weights.sum() == pytest.approx(100, rel=1e-14)


def test_petos_method_carries_a_caution_unless_events_are_rare_arms_balanced_and_the_effect_small() -> None:
    rare = [("A", 4, 5000, 5, 5000), ("B", 6, 6000, 7, 6000)]
    common = [("A", 400, 5000, 500, 5000), ("B", 600, 6000, 700, 6000)]
    unbalanced = [("A", 4, 5000, 1, 1000), ("B", 6, 6000, 7, 6000)]
    strong = [("A", 1, 5000, 9, 5000), ("B", 2, 6000, 12, 6000)]
    warned = {
        name: "PETO_CAUTION" in codes(pool(counts(rows, "PETO"), method="PETO"))
        for name, rows in {"rare": rare, "common": common, "unbalanced": unbalanced, "strong": strong}.items()
    }
    assert warned == {"rare": False, "common": True, "unbalanced": True, "strong": True}


def test_the_tau2_interval_is_r_s_q_profile() -> None:
    case = next(case for case in load("uni_confint") if case.dataset == "bcg.rr" and case.options["method"] == "REML")
    yi, vi = (case.row(name)[0] for name in ("yi", "vi"))
    level = case.options.get("level", 95) / 100
    pooled = pool(effects_from(yi, study=[str(at) for at in range(yi.size)], vi=vi), level=level)
    assert pooled.tau2_ci is not None
    assert_close(pooled.tau2_ci.low, case, "tau2.ci_lb")
    assert_close(pooled.tau2_ci.high, case, "tau2.ci_ub")
    assert pooled.tau2_ci.rule == "Q-profile"


def test_a_likelihood_with_two_summits_says_so_and_the_higher_is_reported() -> None:
    yi, vi = (values[0][[2, 4, 6, 8, 10, 12]] for values in bcg_log_risk_ratios())  # found among the 8,191 subsets

    def restricted_likelihood(tau2: float) -> float:
        weights = 1 / (vi + tau2)
        mean = (weights * yi).sum() / weights.sum()
        return float(0.5 * (np.log(weights).sum() - np.log(weights.sum()) - (weights * (yi - mean) ** 2).sum()))

    points = [0.0, *np.geomspace(1e-5, 5, 500)]
    heights = [restricted_likelihood(point) for point in points]
    assert heights[0] > heights[1]
    summit = max(range(1, len(points) - 1), key=heights.__getitem__)
    assert heights[summit - 1] < heights[summit] > heights[summit + 1]
    pooled = pool(effects_from(yi, study=list("ABCDEF"), vi=vi))
    assert "TWO_SUMMITS" in codes(pooled)
    assert pooled.tau2 is not None
    assert restricted_likelihood(pooled.tau2) >= max(heights)


def test_a_blank_study_changes_nothing_but_the_list() -> None:
    table = study_table("effects", ["A", "B", "Blank", "C"], estimate=[0.5, 0.7, None, 0.9], se=[0.2, 0.2, 0.2, 0.2])
    effects = effect_sizes(table, measure="HR")
    with_blank, without = pool(effects), pool(effects.take(np.array([0, 1, 3])))
    assert (with_blank.k, with_blank.estimate, with_blank.ci.low) == (3, without.estimate, without.ci.low)
    assert with_blank.study[2] == "Blank"
