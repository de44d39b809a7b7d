"""What papers print instead of what a formula needs: converted on request, recorded, and refused where it cannot be."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import metak2 as mk
from metak2.errors import ModelError, StudyDataError, UnknownOptionError

ONE = {"study": ["A"], "n_e": [40], "n_c": [42]}


def table(**columns: list[object]) -> mk.StudyTable:
    return mk.read_studies(pd.DataFrame(columns))


QUARTILES = {"median_e": [12.0], "q1_e": [9.0], "q3_e": [18.0], "median_c": [14.0], "q1_c": [11.0], "q3_c": [18.0]}


def test_a_median_is_never_pooled_as_a_mean_until_it_is_asked_for() -> None:
    studies = table(**ONE, **QUARTILES)
    assert mk.effect_sizes(studies, measure="MD").excluded == ("not a mean",)
    assert mk.effect_sizes(mk.means_of_medians(studies), measure="MD").excluded == ("",)


def test_medians_in_their_own_columns_and_medians_called_so_give_the_same_effect() -> None:
    named = table(
        **ONE, statistic=["median"], mean_e=[12.0], mean_c=[14.0],
        dispersion_type_e=["IQR"], dispersion_low_e=[9.0], dispersion_high_e=[18.0], dispersion_e=[None],
        dispersion_type_c=["IQR"], dispersion_low_c=[11.0], dispersion_high_c=[18.0], dispersion_c=[None],
    )  # fmt: skip
    one, other = (
        mk.effect_sizes(mk.means_of_medians(studies), measure="SMD") for studies in (named, table(**ONE, **QUARTILES))
    )
    np.testing.assert_array_equal(one.yi, other.yi)
    np.testing.assert_array_equal(one.vi, other.vi)


def test_a_mean_of_a_median_is_luos_and_its_sd_wans_and_the_step_names_its_formula() -> None:
    # Luo 2018 eq. 15 and Wan 2014 eq. 16 by hand for q1 9, median 12, q3 18 of 40 people.
    n, q1, median, q3 = 40, 9.0, 12.0, 18.0
    weight = 0.7 + 0.39 / n
    mean = weight * (q1 + q3) / 2 + (1 - weight) * median
    sd = (q3 - q1) / (2 * stats.norm.ppf((0.75 * n - 0.125) / (n + 0.25)))
    step = mk.effect_sizes(mk.means_of_medians(table(**ONE, **QUARTILES)), measure="MD").origins[0].conversions[0]
    assert step.output["mean"] == pytest.approx(mean, rel=1e-12)  # the same closed form
    assert step.output["SD"] == pytest.approx(sd, rel=1e-12)
    assert (step.rule, step.inputs["median"]) == ("mean and SD from median", 12.0)
    assert "Luo" in step.formula


def test_every_conversion_is_a_note_that_names_its_formula_and_its_studies() -> None:
    effects = mk.effect_sizes(mk.means_of_medians(table(**ONE, **QUARTILES)), measure="MD")
    (note,) = effects.notes
    assert (note.code, note.where) == ("CONVERTED", ("A",))
    assert "Luo (2018)" in dict(note.values)["formula"]
    told = mk.as_measure(mk.effects_from([0.7], study=["B"], measure="OR", vi=[0.1]), "SMD").notes[-1]
    assert dict(told.values)["formula"] == "log OR × √3/π (logistic values) or / 1.65 (normal values)"


def test_a_skewed_arm_keeps_its_median_and_a_warning_says_so() -> None:
    studies = mk.means_of_medians(table(**ONE, **{**QUARTILES, "q3_e": [90.0]}))
    (problem,) = studies.problems
    assert (problem.code, problem.severity, problem.column) == ("MK-M12", "warning", "median_e")
    assert mk.effect_sizes(studies, measure="MD").excluded == ("not a mean",)
    anyway = mk.means_of_medians(table(**ONE, **{**QUARTILES, "q3_e": [90.0]}), even_if_skewed=True)
    assert mk.effect_sizes(anyway, measure="MD").excluded == ("",)


def test_an_arm_with_a_mean_stays_as_it_is_beside_an_arm_with_a_median() -> None:
    studies = table(
        **ONE, mean_e=[12.5], sd_e=[3.0], mean_c=[None], sd_c=[None],
        median_c=[14.0], q1_c=[11.0], q3_c=[18.0], median_e=[None], q1_e=[None], q3_e=[None],
    )  # fmt: skip
    effects = mk.effect_sizes(mk.means_of_medians(studies), measure="MD")
    assert effects.excluded == ("",)
    assert effects.data["mean_e"][0] == 12.5


def test_quartiles_out_of_order_stop_the_reading_by_name() -> None:
    with pytest.raises(StudyDataError, match=r"MK-M11 .*q1_e 19 is above median_e 12"):
        table(**ONE, **{**QUARTILES, "q1_e": [19.0]})


def test_a_table_without_medians_has_nothing_to_convert() -> None:
    means = table(**ONE, mean_e=[1.0], sd_e=[1.0], mean_c=[2.0], sd_c=[1.0])
    with pytest.raises(ModelError, match="no arm gives a median"):
        mk.means_of_medians(means)
    with pytest.raises(ModelError, match="holds counts"):
        mk.means_of_medians(table(**ONE, event_e=[1], event_c=[2]))


START = {"mean_e": [10.0], "sd_e": [4.0], "mean_c": [10.5], "sd_c": [4.2]}
END = {"mean_e": [12.0], "sd_e": [4.4], "mean_c": [11.0], "sd_c": [4.1]}


def test_a_change_from_baseline_has_the_sd_of_its_stated_correlation() -> None:
    changes = mk.changes_from_baseline(table(**ONE, **START), table(**ONE, **END), correlation=0.78)
    effects = mk.effect_sizes(changes, measure="MD")
    sd_e, sd_c = ((a**2 + b**2 - 2 * 0.78 * a * b) ** 0.5 for a, b in ((4.0, 4.4), (4.2, 4.1)))  # Handbook 6.5.2.8
    assert effects.yi[0] == pytest.approx(1.5, abs=1e-12)  # (12 − 10) − (11 − 10.5)
    assert effects.vi[0] == pytest.approx(sd_e**2 / 40 + sd_c**2 / 42, rel=1e-12)
    steps = [step for step in effects.origins[0].conversions if step.rule == "change SD"]
    assert [step.inputs["r"] for step in steps] == [0.78, 0.78]
    assert all("0.78" in step.assumption for step in steps)


def test_a_study_that_states_its_own_correlation_keeps_it() -> None:
    final = table(**ONE, **END, r=[0.9])
    own = mk.changes_from_baseline(table(**ONE, **START), final, correlation=0.1)
    stated = mk.changes_from_baseline(table(**ONE, **START), table(**ONE, **END), correlation=0.9)
    assert own.numbers("sd_e")[0] == stated.numbers("sd_e")[0]


def test_the_cells_of_both_values_stay_behind_a_change() -> None:
    changes = mk.changes_from_baseline(table(**ONE, **START), table(**ONE, **END), correlation=0.5)
    origin = mk.effect_sizes(changes, measure="MD").origins[0]
    read = dict(origin.values)
    assert (read["mean_baseline_e"], read["mean_final_e"]) == (10.0, 12.0)
    assert origin.cells["mean_baseline_e"].endswith("mean_e")


def test_a_change_needs_both_values_of_every_study_in_one_unit_and_a_correlation_that_can_be() -> None:
    start, end = table(**ONE, **START), table(**ONE, **END)
    with pytest.raises(ModelError, match="final value only: B"):
        mk.changes_from_baseline(start, table(**{**ONE, "study": ["B"]}, **END), correlation=0.5)
    with pytest.raises(ModelError, match="between -1 and 1"):
        mk.changes_from_baseline(start, end, correlation=1.0)
    with pytest.raises(ModelError, match="unit 'cm' and 'mm'"):
        mk.changes_from_baseline(table(**ONE, **START, unit=["cm"]), table(**ONE, **END, unit=["mm"]), correlation=0.5)


def test_a_larger_correlation_narrows_the_pooled_change() -> None:
    two = {"study": ["A", "B"], "n_e": [40, 30], "n_c": [42, 33]}
    start = table(**two, **{name: value * 2 for name, value in START.items()})
    end = table(**two, **{name: value * 2 for name, value in END.items()})
    swept = mk.sweep_change_correlation(start, end)
    widths = [pooled.ci.high - pooled.ci.low for pooled in swept.values()]
    assert list(swept) == ["r = 0", "r = 0.3", "r = 0.5", "r = 0.7", "r = 0.9"]
    assert widths == sorted(widths, reverse=True)


def test_a_cluster_trial_weighs_as_much_as_its_effective_people() -> None:
    # Handbook 23.1.4: clusters of 21 with ICC 0.05 have the design effect 2: half the people, half the events.
    counts = {"study": ["A", "B"], "event_e": [10, 4], "n_e": [100, 50], "event_c": [20, 8], "n_c": [100, 50]}
    clusters = table(**counts, cluster_size=[21.0, None], icc=[None, None])
    got = mk.inflate_for_clusters(mk.effect_sizes(mk.assume(clusters, icc=0.05), measure="RR"))
    halved = {"study": ["A"], "event_e": [5], "n_e": [50], "event_c": [10], "n_c": [50]}
    np.testing.assert_allclose(got.vi[0], mk.effect_sizes(table(**halved), measure="RR").vi[0], rtol=1e-12)
    assert got.vi[1] == mk.effect_sizes(clusters, measure="RR").vi[1]
    assert [step.rule for step in got.origins[0].conversions] == ["assumed value", "design effect"]
    assert "CLUSTERS_INFLATED" in {note.code for note in got.notes}


def test_a_cluster_size_without_a_correlation_is_named() -> None:
    counts = {"study": ["A"], "event_e": [10], "n_e": [100], "event_c": [20], "n_c": [100]}
    with pytest.raises(ModelError, match="A: a cluster size without an icc"):
        mk.inflate_for_clusters(mk.effect_sizes(table(**counts, cluster_size=[21.0], icc=[None]), measure="RR"))
    with pytest.raises(ModelError, match="cluster_size"):
        mk.inflate_for_clusters(mk.effect_sizes(table(**counts), measure="RR"))


def test_only_correlations_may_be_assumed() -> None:
    studies = table(**ONE, **START)
    with pytest.raises(UnknownOptionError, match="n_e"):
        mk.assume(studies, n_e=40)
    with pytest.raises(ModelError, match="icc lies between 0 and 1"):
        mk.assume(studies, icc=1.5)


def test_a_crossover_trial_without_its_correlation_is_analysed_under_the_assumed_one() -> None:
    paired = table(study=["A"], mean_1=[5.0], mean_2=[4.0], sd_1=[2.0], sd_2=[2.5], r=[None], n=[25])
    assert mk.effect_sizes(paired, measure="MC").excluded == ("not reported",)
    assumed = mk.effect_sizes(mk.assume(paired, r=0.6), measure="MC")
    assert assumed.vi[0] == pytest.approx(float(mk.crossover_se(2.0, 2.5, 0.6, 25)) ** 2, rel=1e-12)
    assert assumed.origins[0].conversions[0].output == {"r": 0.6}


def percentages(**columns: list[object]) -> mk.StudyTable:
    return table(study=["A"], n_e=[250], n_c=[40], **columns)


def test_a_percentage_gives_the_interval_of_counts_that_its_rounding_allows() -> None:
    found = mk.counts_of_percentages(percentages(percent_e=[12.0], percent_c=[33.0]))
    events = [(t.numbers("event_e")[0], t.numbers("event_c")[0]) for t in (found.nearest, found.lowest, found.highest)]
    assert events == [(30.0, 13.0), (29.0, 13.0), (31.0, 13.0)]  # 11.6, 12.0 and 12.4 per cent print as 12; 32.5 as 33
    effects = mk.effect_sizes(found.nearest, measure="RR")
    assert effects.origins[0].conversions[0].inputs == {"percentage": 12.0, "n": 250.0, "fewest": 29.0, "most": 31.0}
    assert "COUNTS_DERIVED" in {note.code for note in effects.notes}


def test_people_free_of_the_event_are_turned_round() -> None:
    found = mk.counts_of_percentages(percentages(percent_e=[88.0], percent_c=[67.5], direction=["event-free"]))
    assert found.nearest.numbers("event_e")[0] == 30.0
    assert found.nearest.numbers("event_c")[0] == 13.0


def test_percentages_that_no_count_gives_are_all_named() -> None:
    with pytest.raises(StudyDataError, match="2 problems") as error:
        mk.counts_of_percentages(percentages(percent_e=[12.13], percent_c=[33.1]))
    assert {problem.code for problem in error.value.problems} == {"MK-C09"}
    assert {problem.column for problem in error.value.problems} == {"percent_e", "percent_c"}


def test_an_odds_ratio_stands_beside_standardised_differences_with_its_step_recorded() -> None:
    odds = mk.effects_from([np.log(2.0)], study=["A"], measure="OR", vi=[0.1])
    as_smd = mk.as_measure(odds, "SMD")
    assert as_smd.yi[0] == pytest.approx(np.log(2) * np.sqrt(3) / np.pi, rel=1e-12)
    assert as_smd.vi[0] == pytest.approx(0.1 * 3 / np.pi**2, rel=1e-12)
    assert as_smd.origins[0].conversions[0].rule == "SMD from OR"
    joined = mk.join_effects(as_smd, mk.effects_from([0.4], study=["B"], measure="SMD", vi=[0.05]))
    assert joined.k == 2


@pytest.mark.parametrize("there, back", [("SMD", "OR"), ("SMD", "COR")])
def test_a_measure_and_back_again_is_the_same_effect(there: str, back: str) -> None:
    first = mk.effects_from([0.3], study=["A"], measure=back, vi=[0.02])
    again = mk.as_measure(mk.as_measure(first, there), back)
    np.testing.assert_allclose(again.yi, first.yi, rtol=1e-12)
    np.testing.assert_allclose(again.vi, first.vi, rtol=1e-12)


def test_a_risk_ratio_needs_its_baseline_risk_and_its_error_is_that_of_the_delta_method() -> None:
    odds = mk.effects_from([np.log(3.0)], study=["A"], measure="OR", vi=[0.04])
    with pytest.raises(ModelError, match="baseline_risk"):
        mk.as_measure(odds, "RR")
    got = mk.as_measure(odds, "RR", baseline_risk=0.5)
    yi, vi = mk.delta_method(np.log(3.0), 0.04, lambda y: y - np.log(0.5 + 0.5 * np.exp(y)))
    assert got.yi[0] == pytest.approx(float(yi), rel=1e-12)
    assert got.vi[0] == pytest.approx(float(vi), rel=1e-9)  # a five-point difference
    with pytest.raises(UnknownOptionError, match="RR, SMD"):
        mk.as_measure(odds, "COR")


def test_an_effect_with_its_t_value_or_with_degrees_of_freedom_gives_the_handbooks_error() -> None:
    # Handbook 6.5.2.3: MD 3.8 with p = 0.008 of 25 + 22 people: t = 2.78, SE 1.37.
    effects = mk.effect_sizes(
        table(
            study=["by t", "by p", "by its interval"], estimate=[3.8] * 3, t=[2.78, None, None],
            p=[None, 0.008, None], df=[None, 45, 45], ci_low=[None, None, 3.8 - 2.0141 * 1.37],
            ci_high=[None, None, 3.8 + 2.0141 * 1.37],
        ),
        measure="MD",
    )  # fmt: skip
    np.testing.assert_allclose(np.sqrt(effects.vi), 1.37, atol=0.005)  # printed with two decimals
    assert [origin.conversions[0].rule for origin in effects.origins] == ["SE from t", "SE from p", "SE from CI"]
