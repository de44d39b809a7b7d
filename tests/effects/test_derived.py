"""What follows from what a paper prints: SDs, means from medians, tables, effective sizes, other measures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.effects.conversions import FORMULAS, record, se_from_p, t_from_p
from metak2.effects.derived import between_measures as between
from metak2.effects.derived import designs, deviations, two_by_two
from metak2.effects.derived.medians import five_numbers, means_from_medians
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels import medians, transforms
from tests.golden.cases import Case, assert_close, load, numbers
from tests.strategies import quick

METHODS = {
    "wan2014": ("wan", "wan"), "bland2015": ("bland", "bland"), "luo2016": ("luo", "wan or shi"),
    "hozo2005": ("hozo", "hozo"), "walter2007": ("hozo", "walter"), "shi2020": ("luo", "shi"),
    "default": ("luo", "wan or shi"),
}  # fmt: skip
LOGNORMAL = [case for case in load("conv_fivenum") if case.options.get("dist") == "lnorm"]


@pytest.mark.parametrize("case", [case for case in load("conv_fivenum") if case not in LOGNORMAL], ids=str)
def test_means_and_sds_from_five_numbers_are_those_of_metafor(case: Case) -> None:
    q1, q3, low, high, median, n = (numbers(case.inputs[name]) for name in ("q1", "q3", "min", "max", "median", "n"))
    mean, sd = METHODS[case.options.get("method", "default")]
    tested = case.stratum == "skewness.test"
    summary = five_numbers(median, n, quartiles=(q1, q3), limits=(low, high))
    got = means_from_medians(summary, mean=mean, sd=sd, even_if_skewed=not tested)
    assert_close(got.mean, case, "mean")
    assert_close(got.sd, case, "sd")
    if tested:
        assert_close(got.statistic, case, "tval")
        assert_close(got.critical, case, "crit")
        assert got.skewed == case.outputs["sig"]


@pytest.mark.parametrize("case", load("meta_median"), ids=str)
def test_the_tables_of_wan_give_the_numbers_of_rs_meta(case: Case) -> None:
    given = {name: numbers(value)[:1] for name, value in case.inputs.items()}  # R answered the first study only
    spread = {"quartiles": (given["q1"], given["q3"])} if "q1" in given else {"limits": (given["min"], given["max"])}
    got = means_from_medians(
        five_numbers(given["median"], given["n"], **spread),
        mean={"Luo": "luo", "Wan": "wan with n"}[case.options["method.mean"]],
        sd="wan tables",
        even_if_skewed=True,
    )
    np.testing.assert_allclose(got.mean, case.expected("mean")[:1], rtol=1e-12)  # closed forms
    np.testing.assert_allclose(got.sd, case.expected("sd")[:1], rtol=1e-12)


def test_expected_ranges_and_quartiles_are_those_of_wans_printed_tables() -> None:
    # Wan et al. 2014, table 1: n = 2, 10, 50; table 2: Q = 1, 5, 11. Three printed decimals.
    np.testing.assert_allclose(medians.expected_range(np.array([2.0, 10.0, 50.0])), [1.128, 3.078, 4.498], atol=5e-4)
    np.testing.assert_allclose(medians.expected_quartiles(np.array([1.0, 5.0, 11.0])), [0.990, 1.260, 1.307], atol=5e-4)


def test_a_lognormal_sample_gives_its_own_mean_and_sd() -> None:
    # exp(mu + s²/2) of a large sample whose quartiles are those of the distribution: mu = 2, s = 0.5
    quarter = 0.6744897501960817
    quartiles = tuple(float(transforms.from_log(2 + sign * 0.5 * quarter)) for sign in (-1, 1))
    summary = five_numbers(float(transforms.from_log(2.0)), 10**7, quartiles=quartiles)
    got = means_from_medians(summary, distribution="lognormal")
    assert float(got.mean) == pytest.approx(np.e**2.125, rel=1e-6)  # n of ten million leaves 1e-7
    assert float(got.sd) == pytest.approx(np.e**2.125 * np.sqrt(np.e**0.25 - 1), rel=1e-6)


@pytest.mark.parametrize("case", LOGNORMAL, ids=str)
def test_lognormal_means_are_those_of_metafor_with_five_numbers_and_near_them_with_three(case: Case) -> None:
    names = ("q1", "q3", "min", "max", "median", "n")
    q1, q3, low, high, median, n = (numbers(case.inputs[name]) for name in names)
    summary = five_numbers(median, n, quartiles=(q1, q3), limits=(low, high))
    got = means_from_medians(summary, distribution="lognormal", even_if_skewed=True)
    if np.isfinite(q1 + low).all():
        assert_close(got.mean, case, "mean")
        assert_close(got.sd, case, "sd")
    else:
        excess = got.mean / case.expected("mean")
        assert 1 < float(excess[0]) < 1 + 1 / float(n[0])  # the correction left out is of order 1/n


def summaries_of_normal_samples(n: int) -> medians.Numbers:
    """The five numbers of 200,000 samples of `n` = 4 Q + 1 values."""
    ordered = np.sort(np.random.default_rng(n).standard_normal((200_000, n)), axis=1)
    low, q1, median, q3, high = (ordered[:, at] for at in (0, n // 4, n // 2, 3 * (n // 4), n - 1))
    return low, q1, median, q3, high


@pytest.mark.parametrize("n", [9, 21, 29])
def test_the_powers_of_shis_sd_are_as_much_too_large_as_the_lognormal_correction_takes_them_to_be(n: int) -> None:
    spread = medians.shi_sd(summaries_of_normal_samples(n), np.asarray(float(n)))
    # one constant for every n is off by up to 0.3 % and 1.5 %; the simulation by 0.1 % and 0.2 %
    assert np.mean(spread**2) == pytest.approx(1 + 0.28 / np.log(n) ** 2, rel=0.005)
    assert np.mean(spread**4) == pytest.approx(1 + 3.93 / n, rel=0.02)


@pytest.mark.parametrize("sigma", [0.3, 0.6, 1.0])
@pytest.mark.parametrize("n", [9, 21])
def test_the_correction_takes_the_bias_from_the_means_of_small_lognormal_samples(n: int, sigma: float) -> None:
    low, q1, median, q3, high = (sigma * number for number in summaries_of_normal_samples(n))
    summary, size = (low, q1, median, q3, high), np.asarray(float(n))
    centre, spread = medians.luo_mean(summary, size), medians.shi_sd(summary, size)
    corrected, _ = medians.lognormal_moments(summary, size, centre, spread)
    truth = np.exp(sigma**2 / 2)
    as_it_is = np.mean(np.exp(centre + spread**2 / 2)) / truth - 1
    assert as_it_is > 0
    assert (
        abs(np.mean(corrected) / truth - 1) < 0.4 * as_it_is
    )  # the paper's aim; the simulation's error is below 0.2 %


def test_skewed_data_give_no_mean_unless_that_is_asked_for() -> None:
    summary = five_numbers(9, 30, quartiles=(5, 16), limits=(1, 40))
    assert np.isnan(means_from_medians(summary).mean)
    assert np.isfinite(means_from_medians(summary, even_if_skewed=True).mean)


def test_summaries_that_cannot_be_are_refused() -> None:
    with pytest.raises(ModelError, match="must rise"):
        five_numbers(12, 40, quartiles=(13, 18))
    with pytest.raises(ModelError, match="gives no SD"):
        five_numbers(12, 40)
    with pytest.raises(ModelError, match="whole number"):
        five_numbers(12, 40.5, quartiles=(9, 18))
    with pytest.raises(UnknownOptionError, match='did you mean "luo"'):
        means_from_medians(five_numbers(12, 40, quartiles=(9, 18)), mean="Luo")


@pytest.mark.parametrize("case", load("conv_2x2"), ids=str)
def test_tables_from_associations_and_accuracies_are_those_of_metafor(case: Case) -> None:
    given = {name: numbers(value)[0] for name, value in case.inputs.items()}
    if case.stratum == "diagnostic":
        cells = two_by_two.table_from_accuracy(
            given["ni"], sensitivity=given["sens"], specificity=given["spec"], ppv=given["ppv"], npv=given["npv"]
        )
    else:
        about = {"odds_ratio": given["ori"], "phi": given["ri"], "chi_square": (given["x2i"], case.options["correct"])}
        known = {"odds_ratio": "ori", "phi": "ri", "chi_square": "x2i"}
        one = {name: value for name, value in about.items() if np.isfinite(given[known[name]])}
        cells = two_by_two.table_from_association(given["ni"], given["n1i"], given["n2i"], **one)
    assert [float(cell) for cell in cells] == [case.outputs[name] for name in ("ai", "bi", "ci", "di")]


@quick
@given(st.tuples(*(st.integers(1, 60) for _ in range(4))))
def test_a_table_comes_back_from_its_margins_and_any_of_its_associations(table: tuple[int, ...]) -> None:
    a, b, c, d = table
    n, row, column = a + b + c + d, a + b, a + c
    margins = row * (n - row) * column * (n - column)
    phi = (a * d - b * c) / np.sqrt(margins)
    for about in ({"odds_ratio": a * d / (b * c)}, {"phi": phi}, {"chi_square": (np.sign(phi) * n * phi**2, False)}):
        assert [float(cell) for cell in two_by_two.table_from_association(n, row, column, **about)] == [a, b, c, d]


@pytest.mark.parametrize("case", load("conv_wald"), ids=str)
def test_wald_estimates_from_intervals_z_and_p_are_those_of_metafor(case: Case) -> None:
    given = {name: numbers(value) for name, value in case.inputs.items()}
    if "lb" in given:
        level, log = case.options["level"] / 100, case.options.get("transf") == "log"
        yi, vi = between.wald_from_interval(given["out"], given["lb"], given["ub"], level=level, log=log)
    elif "z" in given:
        yi, vi = given["out"], deviations.se_from_t(given["out"], given["z"]) ** 2
    else:
        yi, vi = given["out"], se_from_p(given["out"], given["p"]) ** 2
    assert_close(yi, case, "yi", rtol=1e-12)
    assert_close(vi, case, "vi", rtol=1e-12)


@pytest.mark.parametrize("case", load("effect_conversion"), ids=str)
def test_odds_ratios_and_standardised_differences_become_each_other_as_in_rs_meta(case: Case) -> None:
    values = {"HH": "logistic", "CS": "normal"}[case.options["method"]]
    if "lnOR" in case.inputs:
        yi, vi = between.smd_from_log_or(case.row("lnOR")[0], case.row("selnOR")[0] ** 2, values=values)
    else:
        yi, vi = between.log_or_from_smd(case.row("smd")[0], case.row("se_smd")[0] ** 2, values=values)
    assert_close(yi, case, "TE", rtol=1e-12)
    assert_close(np.sqrt(vi), case, "seTE", rtol=1e-12)


@pytest.mark.parametrize("case", load("conv_delta"), ids=str)
def test_rs_delta_method_kept_the_columns_that_were_there(case: Case) -> None:
    # conv.delta(replace="ifna") leaves existing values alone: the stored outputs are the inputs.
    assert case.outputs["yi"] == case.inputs["yi"]
    assert case.outputs["vi"] == case.inputs["vi"]
    back = {"ilogit": transforms.from_logit, "exp": transforms.from_log}[case.options["transf"]]
    yi, vi = case.row("yi")[0], case.row("vi")[0]
    got, variance = between.delta_method(yi, vi, back)
    slope = got * (1 - got) if case.options["transf"] == "ilogit" else got  # by hand
    np.testing.assert_allclose(got, back(yi), rtol=1e-15)
    np.testing.assert_allclose(variance, slope**2 * vi, rtol=1e-9)  # a five-point difference is good to 1e-10


BACK = {
    "transf.ahw": transforms.to_hakstian_whalen, "transf.iahw": transforms.from_hakstian_whalen,
    "transf.abt": transforms.to_bonett, "transf.dtobesd": transforms.d_to_success_rate,
}  # fmt: skip
OVER_STUDIES = {
    "transf.exp.int": transforms.from_log, "transf.ilogit.int": transforms.from_logit,
    "transf.ztor.int": transforms.from_fisher_z,
}  # fmt: skip


@pytest.mark.parametrize("case", load("transform"), ids=str)
def test_transformations_are_those_of_metafor(case: Case) -> None:
    function, x = case.options["function"], numbers(case.inputs["x"])
    if function in BACK:
        got = BACK[function](x)
    elif function in OVER_STUDIES:
        got = transforms.mean_on_scale(x, case.options["tau2"], OVER_STUDIES[function])
    elif function == "transf.logortorr":
        got = transforms.log_odds_to_risk_ratio(x, case.options["pc"])
    elif function == "transf.pft":
        got = transforms.to_double_arcsine(x, numbers(case.inputs["n"]))
    else:
        got = transforms.to_freeman_tukey_rate(x, numbers(case.inputs["t"]))
    # R integrates over ten standard deviations to 1e-4; ilogit of 0 comes out 6e-9 off the exact one half.
    assert_close(got, case, "value", rtol=1e-8 if function in OVER_STUDIES else 1e-12)
    if "inverse" in case.outputs:  # transf.iirft of these, which the case does not state
        back = transforms.from_freeman_tukey_rate([0.5, 0.9, 2.5], numbers(case.inputs["t"]))
        assert_close(back, case, "inverse", rtol=1e-12)


@quick
@given(share=st.floats(0, 1), n=st.integers(1, 5000))
def test_the_double_arcsine_comes_back_with_its_own_n(share: float, n: int) -> None:
    events = round(share * n)
    back = transforms.from_double_arcsine(transforms.to_double_arcsine(events / n, n), n)
    assert float(back) == pytest.approx(events / n, abs=1e-12)


@quick
@given(events=st.integers(0, 500), time=st.floats(0.5, 1e4))
def test_the_freeman_tukey_rate_comes_back_with_its_own_time(events: int, time: float) -> None:
    back = transforms.from_freeman_tukey_rate(transforms.to_freeman_tukey_rate(events / time, time), time)
    assert float(back) == pytest.approx(events / time, rel=1e-9, abs=1e-12)  # a difference of nearly equal roots


def test_the_worked_examples_of_the_handbook() -> None:
    # Section 6.5.2.2: 95 % interval 30.0 to 34.2 about a mean of 25 people: SD 5.09 with t(24) = 2.064.
    assert float(deviations.sd_from_ci(30.0, 34.2, 25)) == pytest.approx(5.09, abs=0.005)
    # Section 6.5.2.3: MD 3.8, p = 0.008 of 25 + 22 people: t = 2.78, SE 1.37, SD 4.69.
    t = t_from_p(0.008, 45)
    se = deviations.se_from_t(3.8, t)
    assert float(t) == pytest.approx(2.78, abs=0.005)
    assert float(se) == pytest.approx(1.37, abs=0.005)
    assert float(deviations.pooled_sd_from_se(se, 25, 22)) == pytest.approx(4.69, abs=0.02)
    # Section 6.5.2.8: SDs 4.0 and 4.4 with a correlation of 0.78 give a change SD of 2.8.
    assert float(deviations.change_sd(4.0, 4.4, 0.78)) == pytest.approx(2.81, abs=0.01)
    # Section 23.1.4: clusters of 16, ICC 0.02: design effect 1.3.
    assert float(designs.design_effect(16, 0.02)) == pytest.approx(1.3, abs=1e-12)


@quick
@given(st.floats(0.1, 50), st.floats(0.1, 50), st.floats(-0.99, 0.99))
def test_the_correlation_comes_back_from_three_sds(first: float, second: float, r: float) -> None:
    change = deviations.change_sd(first, second, r)
    # one SD a hundred times the other leaves the correlation few digits
    assert float(deviations.correlation_from_sds(first, second, change)) == pytest.approx(r, abs=1e-8)


@quick
@given(events=st.integers(0, 60), more=st.integers(0, 60), shares=st.integers(1, 4))
def test_a_shared_control_loses_nobody(events: int, more: int, shares: int) -> None:
    parts = designs.split_control((events, events + more), shares)
    assert [sum(column) for column in zip(*parts, strict=True)] == [events, events + more]


@quick
@given(events=st.integers(0, 300), more=st.integers(0, 300), decimals=st.integers(0, 2))
def test_the_true_count_is_among_those_that_a_printed_percentage_allows(events: int, more: int, decimals: int) -> None:
    n = max(events + more, 1)
    printed = round(100 * events / n, decimals)
    assert events in designs.counts_from_percentage(printed, n, decimals=decimals)


def test_a_percentage_that_no_count_gives_allows_none() -> None:
    assert designs.counts_from_percentage(33, 10, decimals=0) == ()


@quick
@given(d=st.floats(-3, 3), vd=st.floats(0.001, 1))
def test_d_and_r_come_back_from_each_other(d: float, vd: float) -> None:
    yi, vi = between.d_from_correlation(*between.correlation_from_d(d, vd))
    assert float(yi) == pytest.approx(d, rel=1e-12, abs=1e-12)
    assert float(vi) == pytest.approx(vd, rel=1e-10)


def test_a_risk_ratio_needs_a_risk_between_none_and_all() -> None:
    assert float(between.risk_ratio_from_odds_ratio(3.0, 0.5)) == pytest.approx(1.5, rel=1e-14)
    with pytest.raises(ModelError, match="between 0 and 1"):
        between.risk_ratio_from_odds_ratio(3.0, 20.0)


@pytest.mark.parametrize("rule", FORMULAS)
def test_every_conversion_can_be_recorded_with_its_formula(rule: str) -> None:
    assert record(rule, {"x": 1.0}, {"y": 2.0}).formula == FORMULAS[rule]
