import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.kernels.contract import Fit, Status
from metak2.kernels.effect_sizes import log_odds_ratio, log_risk_ratio, risk_difference
from metak2.kernels.heterogeneity import q_profile, q_pval
from metak2.kernels.intervals import prediction_interval
from metak2.kernels.mantel_haenszel import mantel_haenszel
from metak2.kernels.pooling import common_effect, random_effects
from metak2.kernels.tau2 import (
    dersimonian_laird,
    dersimonian_laird_about,
    paule_mandel,
    restricted_maximum_likelihood,
)
from metak2.kernels.zero_cells import add_constant, double_zero, has_zero
from tests.golden.cases import Case, assert_close, bcg_log_risk_ratios, bcg_tables, load
from tests.golden.inference import REPEATED, RMA_UNI, fit, freedom, printed, standard_error
from tests.strategies import Array, Batch, Study, batches, meta_analyses, quick

BCG_Y, BCG_V = bcg_log_risk_ratios()
EFFECTS = {"RR": log_risk_ratio, "OR": log_odds_ratio, "RD": risk_difference}
ONE_STUDY_HAS_NONE = {"tau2", "I2", "H2", "vt"}  # metafor prints 0, 0, 1 and 0


def compare(case: Case, got: dict[str, Array], names: dict[str, str], *, skip: frozenset[str] = frozenset()) -> None:
    """Every field of the case that the kernels have, but those in `skip`."""
    fields = [field for field in case.outputs if field in names and field not in skip]
    assert fields
    for field in fields:
        assert_close(got[names[field]], case, field)


def edge(*strata: str) -> list[Case]:
    return [case for case in load("edge") if case.stratum.startswith(strata)]


@pytest.mark.parametrize("case", [*load("uni_intercept"), *load("uni_intercept_newer"), *load("uni_weights")], ids=str)
def test_pooled_results_are_those_of_metafor(case: Case) -> None:
    yi, vi = case.rows("yi", "vi")
    weights = case.row("weights") if "weights" in case.inputs else None
    if weights is None and not case.options["weighted"]:
        weights = np.ones_like(yi)
    pooled = fit(case.options["method"], yi, vi, np.ones_like(yi), weights)
    got = printed(pooled, test=case.options["test"], level=case.options["level"])
    if case.options["method"] == "SJIT":
        compare_iterated(case, got)
    else:
        compare(case, got, RMA_UNI)


def compare_iterated(case: Case, got: dict[str, Array]) -> None:
    """SJIT creeps towards the root by ever smaller steps: R stops up to 3e-9 of the variances short of it."""
    for field in (field for field in case.outputs if field in RMA_UNI):
        np.testing.assert_allclose(got[RMA_UNI[field]], case.expected(field), rtol=1e-7, atol=1e-8, err_msg=field)


@pytest.mark.parametrize("case", load("uni_fixed_tau2"), ids=str)
def test_pooling_with_a_given_tau2_is_that_of_metafor(case: Case) -> None:
    yi, vi = case.rows("yi", "vi")
    pooled = random_effects(
        yi, vi, np.ones_like(yi), np.array([float(case.options["tau2"])]), np.zeros(1, dtype=np.int64)
    )
    compare(case, printed(pooled, test=case.options["test"], level=case.options["level"]), RMA_UNI)


@pytest.mark.parametrize("case", load("uni_predict"), ids=str)
def test_prediction_intervals_are_those_of_metafor(case: Case) -> None:
    yi, vi = case.rows("yi", "vi")
    test, level = case.options["test"], case.options["level"] / 100
    back = {"none": np.asarray, "exp": np.exp, "ztor": np.tanh, "ilogit": lambda x: 1 / (1 + np.exp(-x))}
    transform = back[case.options["transf"]]
    pooled = fit(case.options["method"], yi, vi, np.ones_like(yi))
    assert_close(transform(pooled.estimate), case, "pred")
    assert_close(pooled.tau2, case, "tau2")
    if "pi_lb" in case.outputs:
        se, df = standard_error(pooled, test), freedom(pooled, test)
        low, high = prediction_interval(pooled.estimate, se, pooled.tau2, df, level=level)
        assert_close(transform(low), case, "pi_lb")
        assert_close(transform(high), case, "pi_ub")


@pytest.mark.parametrize("case", [case for case in load("leave1out") if "engine" not in case.options], ids=str)
def test_leave_one_out_is_that_of_metafor(case: Case) -> None:
    yi, vi = case.rows("yi", "vi")
    got = printed(fit(case.options["method"], yi, vi, 1 - np.eye(yi.size)), test=case.options["test"], level=95)
    transformed = case.options.get("transf") == "exp"
    if transformed:
        got |= {name: np.exp(got[name]) for name in ("estimate", "ci_lb", "ci_ub")}
    compare(case, got, REPEATED, skip=frozenset({"se"}) if transformed else frozenset())


@pytest.mark.parametrize("case", [case for case in load("cumulative") if "engine" not in case.options], ids=str)
def test_cumulative_meta_analysis_is_that_of_metafor(case: Case) -> None:
    yi, vi = case.rows("yi", "vi")
    order = np.argsort(case.inputs["key"])
    mi = np.tril(np.ones((yi.size, yi.size)))[:, np.argsort(order)]
    got = printed(fit(case.options["method"], yi, vi, mi), test=case.options["test"], level=95)
    compare(case, got, REPEATED, skip=frozenset(ONE_STUDY_HAS_NONE))
    for field in ONE_STUDY_HAS_NONE & set(case.outputs):
        assert np.isnan(got[field][0])
        np.testing.assert_allclose(got[field][1:], case.expected(field)[1:], rtol=1e-8, atol=1e-10)  # as assert_close


@pytest.mark.parametrize("case", load("subgroup"), ids=str)
def test_subgroups_with_their_own_tau2_are_those_of_metafor(case: Case) -> None:
    yi, vi = case.rows("yi", "vi")
    mi = (np.array(case.outputs["levels"])[:, np.newaxis] == np.array(case.inputs["group"], dtype=str)).astype(float)
    groups = fit(case.options["method"], yi, vi, mi)
    several = groups.k > 1
    for field, got in {"k": groups.k, "estimate": groups.estimate, "se": groups.se, "Q": groups.Q}.items():
        assert_close(got, case, field)
    for field, got, atol in (("tau2", groups.tau2, 1e-10), ("I2", groups.I2, 1e-8)):
        # Fisher scoring stops just above 0 in one group, with I2 = 1.7e-9 per cent: see the next test.
        np.testing.assert_allclose(got[several], case.expected(field)[several], rtol=1e-8, atol=atol)
    between = common_effect(groups.estimate[np.newaxis], groups.se[np.newaxis] ** 2, np.ones((1, len(groups.k))))
    assert_close(between.Q, case, "Q_between")
    assert_close(q_pval(between.Q, between.Q_df), case, "Q_between_p")


def test_where_metafor_stops_just_above_zero_the_likelihood_is_highest_at_zero() -> None:
    case = next(case for case in load("subgroup") if case.id == "subgroup-0009")
    group = case.outputs["levels"][1]
    chosen = np.array(case.inputs["group"], dtype=str) == group
    yi, vi = (array[:, chosen] for array in case.rows("yi", "vi"))
    weight = 1 / vi
    share = weight / weight.sum()
    y_ppy = (weight**2 * (yi - (share * yi).sum()) ** 2).sum()
    assert 0 < case.expected("tau2")[1] < 1e-10
    assert y_ppy < (weight * (1 - share)).sum()  # the score at 0 is negative
    assert fit("REML", yi, vi, np.ones_like(yi)).tau2[0] == 0


@pytest.mark.parametrize(
    "case", edge("k=2", "identical", "near", "boundary", "variance", "tiny", "large", "step"), ids=str
)
def test_results_at_the_edge_are_those_of_metafor(case: Case) -> None:
    yi, vi = case.rows("yi", "vi")
    pooled = fit(case.options["method"], yi, vi, np.ones_like(yi))
    compare(case, printed(pooled, test=case.options["test"], level=95), RMA_UNI)


@pytest.mark.parametrize("case", edge("k=1"), ids=str)
def test_one_study_alone_is_as_in_metafor(case: Case) -> None:
    yi, vi = case.rows("yi", "vi")
    got = printed(fit(case.options["method"], yi, vi, np.ones_like(yi)), test=case.options["test"], level=95)
    compare(case, got, RMA_UNI, skip=frozenset(ONE_STUDY_HAS_NONE))


@pytest.mark.parametrize("case", edge("k=3"), ids=str)
def test_prediction_from_three_studies_is_that_of_metafor(case: Case) -> None:
    yi, vi = case.rows("yi", "vi")
    pooled = fit("REML", yi, vi, np.ones_like(yi))
    got = printed(pooled, test=case.options["test"], level=95)
    low, high = prediction_interval(pooled.estimate, got["se"], pooled.tau2, pooled.k - 1, level=0.95)
    fields = {"pred": pooled.estimate, "se": got["se"], "ci_lb": got["ci_lb"], "pi_lb": low, "pi_ub": high}
    for field, value in fields.items():
        assert_close(value, case, field)


@pytest.mark.parametrize("case", edge("zero variance", "negative variance"), ids=str)
def test_a_variance_that_is_not_positive_is_refused_as_by_metafor(case: Case) -> None:
    yi, vi = case.rows("yi", "vi")
    pooled = fit(case.options["method"], yi, vi, np.ones_like(yi))
    assert case.error is not None
    assert np.isnan(pooled.estimate[0])
    assert pooled.status[0] == Status.BAD_INPUT


@pytest.mark.parametrize("case", edge("zero.iv", "zero.drop"), ids=str)
def test_inverse_variance_pooling_of_tables_with_zeros_is_that_of_metafor(case: Case) -> None:
    tables = case.tables()
    yi, vi = EFFECTS[case.options["measure"]](*add_constant(*tables, where=has_zero(*tables)))
    mi = np.where(double_zero(*tables), 0.0 if case.options.get("drop00") else 1.0, 1.0)
    pooled = fit(case.options["method"], yi, vi, mi)
    if case.error is not None:
        assert np.isnan(pooled.estimate[0])
        assert pooled.status[0] & Status.TOO_FEW
        return
    alone = frozenset(ONE_STUDY_HAS_NONE) if pooled.k[0] == 1 else frozenset()
    weights = frozenset({"weights_pct"})  # metafor leaves the dropped studies out of the list
    compare(case, printed(pooled, test="z", level=95), RMA_UNI, skip=alone | weights)


@pytest.mark.parametrize("case", edge("leave1out"), ids=str)
def test_leaving_one_of_two_out_leaves_the_other(case: Case) -> None:
    yi, vi = case.rows("yi", "vi")
    assert_close(fit("REML", yi, vi, 1 - np.eye(2)).estimate, case, "estimate")


def test_the_published_result_of_the_bcg_trials() -> None:
    # Viechtbauer (2010), Journal of Statistical Software 36(3).
    pooled = fit("REML", BCG_Y, BCG_V, np.ones_like(BCG_Y))
    found = [float(pooled.estimate[0]), float(pooled.se[0]), float(pooled.Q[0])]
    assert [round(value, 4) for value in found] == [-0.7145, 0.1798, 152.2330]
    assert round(float(pooled.I2[0]), 2) == 92.22
    assert round(float(pooled.H2[0]), 2) == 12.86


def test_the_bcg_trials_under_revman_5_and_under_plain_dersimonian_laird() -> None:
    from_tables = fit_revman5()
    plain = fit("DL", BCG_Y, BCG_V, np.ones_like(BCG_Y))
    for pooled, expected in ((from_tables, (0.48959, 0.34478, 0.69522)), (plain, (0.48962, 0.34492, 0.69504))):
        got = printed(pooled, test="z", level=95)
        assert tuple(round(float(np.exp(got[name][0])), 5) for name in ("estimate", "ci_lb", "ci_ub")) == expected


def fit_revman5() -> Fit:
    tables = bcg_tables()
    everything = np.ones_like(BCG_Y)
    about = mantel_haenszel(*tables, everything, measure="RR").estimate
    yi, vi = log_risk_ratio(*tables)
    return random_effects(yi, vi, everything, *dersimonian_laird_about(yi, vi, everything, about))


@pytest.mark.parametrize(
    "se, df, low, high",
    [
        ("se_hk", 12.0, 0.1359, 1.7629),
        ("se_hk", 11.0, 0.1341, 1.7860),
        ("se", 11.0, 0.1342, 1.7848),
        ("se", np.inf, 0.1546, 1.5490),
    ],
    ids=["HK, k - 1", "HK, k - 2", "Wald, k - 2", "Wald, normal"],
)
def test_the_four_prediction_intervals_of_the_bcg_trials(se: str, df: float, low: float, high: float) -> None:
    pooled = fit("REML", BCG_Y, BCG_V, np.ones_like(BCG_Y))
    limits = prediction_interval(pooled.estimate, getattr(pooled, se), pooled.tau2, np.array([df]), level=0.95)
    assert tuple(round(float(np.exp(limit[0])), 4) for limit in limits) == (low, high)


def test_one_study_alone_is_itself() -> None:
    yi, vi = np.array([[0.1234567]]), np.array([[0.0345]])
    for pooled in (common_effect(yi, vi, np.ones((1, 1))), fit("REML", yi, vi, np.ones((1, 1)))):
        assert pooled.estimate[0] == pytest.approx(yi[0, 0], rel=1e-15)  # one rounding
        assert pooled.se[0] == pytest.approx(np.sqrt(vi[0, 0]), rel=1e-15)  # one rounding
        assert pooled.weights[0, 0] == 100
        assert np.isnan([pooled.tau2[0], pooled.I2[0], pooled.H2[0], pooled.se_hk[0], pooled.vt[0]]).all()
        assert pooled.status[0] == Status.TOO_FEW


def test_no_study_is_nothing() -> None:
    pooled = fit("REML", np.zeros((1, 2)), np.ones((1, 2)), np.zeros((1, 2)))
    assert np.isnan([pooled.estimate[0], pooled.se[0], pooled.Q[0], pooled.weights[0, 0]]).all()
    assert pooled.status[0] == Status.TOO_FEW


def test_two_studies_by_hand() -> None:
    pooled = common_effect(np.array([[0.0, 1.0]]), np.array([[1.0, 3.0]]), np.ones((1, 2)))
    assert pooled.estimate[0] == pytest.approx(0.25, rel=1e-15)  # (0 + 1/3) / (4/3)
    assert pooled.se[0] == pytest.approx(np.sqrt(0.75), rel=1e-15)  # sqrt(1 / (4/3))
    assert pooled.Q[0] == pytest.approx(0.25, rel=1e-15)  # 1/16 + 9/16/3
    assert pooled.weights[0].tolist() == pytest.approx([75.0, 25.0], rel=1e-15)


def test_results_are_read_only() -> None:
    pooled = fit("DL", BCG_Y, BCG_V, np.ones_like(BCG_Y))
    with pytest.raises(ValueError, match="read-only"):
        pooled.estimate[0] = 0.0


@quick
@given(batch=batches())
def test_a_batch_equals_its_rows_one_by_one(batch: Batch) -> None:
    yi, vi, mi = batch
    together = fit("REML", yi, vi, mi)
    for row in range(len(mi)):
        alone = fit("REML", yi[[row]], vi[[row]], mi[[row]])
        for name in ("estimate", "se", "se_hk", "Q", "I2", "weights"):
            np.testing.assert_allclose(
                getattr(together, name)[row], getattr(alone, name)[0], rtol=1e-12, atol=1e-12
            )  # sums of other blocks differ in the last bit


@quick
@given(batch=batches(), shift=st.integers(-20, 20))
def test_a_shift_shifts_the_estimate_and_nothing_else(batch: Batch, shift: int) -> None:
    yi, vi, mi = batch
    here, there = (fit("DL", y, vi, mi) for y in (yi, np.where(mi > 0, yi + shift, 0.0)))
    np.testing.assert_allclose(
        there.estimate, here.estimate + shift, rtol=1e-9, atol=1e-9
    )  # the shift costs digits of yi
    np.testing.assert_allclose(there.se, here.se, rtol=1e-8)  # as above


@quick
@given(study=meta_analyses(), scale=st.sampled_from([1e-6, 0.1, 1e4]))
def test_a_change_of_unit_scales_estimate_and_errors(study: Study, scale: float) -> None:
    yi, vi = study
    mi = np.ones_like(yi)
    here, there = fit("REML", yi, vi, mi), fit("REML", scale * yi, scale**2 * vi, mi)
    for name in ("estimate", "se", "se_hk"):
        # An estimate near 0 keeps an absolute precision in units of its standard error.
        np.testing.assert_allclose(
            getattr(there, name) / scale, getattr(here, name), rtol=1e-9, atol=1e-10 * here.se[0]
        )
    np.testing.assert_allclose(there.I2, here.I2, rtol=1e-8, atol=1e-8)  # tau2 / (tau2 + vt) near 0


@quick
@given(study=meta_analyses())
def test_the_common_effect_is_the_random_effects_model_without_tau2(study: Study) -> None:
    yi, vi = study
    mi = np.ones_like(yi)
    common, none = common_effect(yi, vi, mi), random_effects(yi, vi, mi, np.zeros(1), np.zeros(1, dtype=np.int64))
    for name in ("estimate", "se", "weights", "Q", "vt"):
        assert np.array_equal(getattr(common, name), getattr(none, name))


@quick
@given(study=meta_analyses())
def test_weights_sum_to_a_hundred_per_cent(study: Study) -> None:
    yi, vi = study
    assert fit("PM", yi, vi, np.ones_like(yi)).weights.sum() == pytest.approx(100, rel=1e-13)  # a sum of ten terms


@quick
@given(study=meta_analyses(least=3))
def test_with_paule_mandel_hartung_and_knapp_change_nothing(study: Study) -> None:
    # Where tau2 > 0, Paule & Mandel's tau2 makes Hartung & Knapp's factor 1.
    yi, vi = study
    mi = np.ones_like(yi)
    tau2, status = paule_mandel(yi, vi, mi)
    pooled = random_effects(yi, vi, mi, tau2, status)
    if tau2[0] > 0:
        assert pooled.se_hk[0] == pytest.approx(pooled.se[0], rel=1e-8)  # Newton's stopping rule, halved by the root
    else:
        assert pooled.se_hk[0] <= pooled.se[0] * (1 + 1e-12)  # rounding where Q equals k - 1


def test_the_limits_of_the_q_profile_belong_to_the_same_trials() -> None:
    low, high, _ = q_profile(BCG_Y, BCG_V, np.ones_like(BCG_Y), level=0.95)
    for estimator in (dersimonian_laird, restricted_maximum_likelihood):
        assert low[0] < estimator(BCG_Y, BCG_V, np.ones_like(BCG_Y))[0][0] < high[0]
