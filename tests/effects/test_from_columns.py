"""Kinds of data with one row a study: read from a DataFrame, corrected where counts are zero, laws of each formula."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metak2.effects.front import effect_sizes
from metak2.effects.measures import MEASURES
from metak2.effects.zero_cells import continuity_correction
from metak2.errors import ModelError, StudyDataError, UnknownOptionError
from metak2.kernels import effects_means as means
from metak2.kernels import effects_paired as paired
from metak2.kernels.transforms import from_double_arcsine
from metak2.studies.kinds import COLUMNS, MEANINGS
from metak2.studies.layouts import LAYOUTS
from tests.effects.made_up import trials
from tests.strategies import quick

PROPORTIONS = {"event": [0, 5, 7, 20], "n": [20, 50, 60, 20]}
PAIRED = {"mean_1": [10.0, 12], "mean_2": [8.0, 11], "sd_1": [2.0, 3], "sd_2": [2.2, 3], "r": [0.5, 0.6], "n": [20, 30]}
EXAMPLES: dict[str, dict[str, list[float]]] = {
    "proportions": PROPORTIONS,
    "single_rates": {"event": [0, 5], "person_time": [20.5, 50]},
    "single_means": {"mean": [10.0, 12], "sd": [2.0, 3], "n": [20, 30]},
    "correlations": {"r": [0.2, -0.5], "n": [20, 30]},
    "regressions": {"t": [2.0, 1.5], "n": [20, 30], "predictors": [2, 3], "r_squared": [0.4, 0.3]},
    "reliability": {"alpha": [0.8, 0.7], "items": [10, 8], "n": [200, 150]},
    "genotypes": {"homozygous_1": [20, 30], "heterozygous": [40, 50], "homozygous_2": [22, 19]},
    "paired_means": PAIRED,
    "paired_counts": {"both": [20, 30], "first_only": [4, 0], "second_only": [2, 9], "neither": [40, 44]},
    "crossover_counts": {
        "event_first": [20, 3], "n_first": [40, 30], "event_second": [12, 9], "n_second": [40, 30], "r": [0.3, 0.3],
    },
    "pre_post": {
        "mean_pre_e": [20.0, 3], "mean_post_e": [25.0, 4], "sd_pre_e": [5.0, 1], "n_e": [20, 22],
        "mean_pre_c": [20.0, 3], "mean_post_c": [21.0, 3.2], "sd_pre_c": [5.0, 1], "n_c": [20, 22], "r": [0.3, 0.4],
    },
    "d_values": {"d": [0.2, 0.3], "n_e": [20, 22], "n_c": [20, 22]},
    "t_values": {"t": [0.2, 0.3], "n_e": [20, 22], "n_c": [20, 22]},
    "logrank": {"o_minus_e": [-3.2, 1], "v": [10.0, 12]},
}  # fmt: skip


def frame(columns: dict[str, Any]) -> pd.DataFrame:
    rows = len(next(iter(columns.values())))
    return pd.DataFrame({"study": [f"Study {i + 1}" for i in range(rows)], **columns})


@pytest.mark.parametrize("kind", [kind for kind in COLUMNS if kind != "accuracy"])
def test_a_data_frame_with_the_columns_of_a_kind_gives_all_its_measures(kind: str) -> None:
    fitting = [name for name, measure in MEASURES.items() if kind in measure.formulas]
    assert fitting
    for name in fitting:
        effects = effect_sizes(frame(EXAMPLES[kind]), measure=name)
        assert effects.kind == kind
        assert np.all(np.isfinite(effects.yi) & (effects.vi > 0)), name
        assert effects.origins[0].cells


def test_every_kind_has_a_layout_and_every_column_a_meaning() -> None:
    assert set(COLUMNS) <= {layout.kind for layout in LAYOUTS}
    assert {column for columns in COLUMNS.values() for column in columns} <= set(MEANINGS)


def test_a_measure_of_another_kind_is_refused_with_those_that_fit() -> None:
    with pytest.raises(ModelError, match="measures for proportions: PR, PLN, PLO, PAS, PFT"):
        effect_sizes(frame(PROPORTIONS), measure="RR")


def test_what_only_some_measures_need_may_be_missing() -> None:
    effects = effect_sizes(frame({"sd": [2.0, 3.0], "n": [20, 30]}), measure="SDLN")
    assert effects.excluded == ("", "")
    assert effect_sizes(frame({"sd": [2.0, 3.0], "n": [20, 30]}), measure="MN").excluded == ("not reported",) * 2


@pytest.mark.parametrize(
    "kind, column, value",
    [("correlations", "r", 1.2), ("reliability", "alpha", 1.0), ("reliability", "items", 1.5),
     ("regressions", "r_squared", -0.1), ("paired_counts", "both", -1.0), ("logrank", "v", 0.0)],
)  # fmt: skip
def test_a_number_that_its_column_cannot_hold_stops_with_its_cell(kind: str, column: str, value: float) -> None:
    columns = {**EXAMPLES[kind], column: [value, EXAMPLES[kind][column][1]]}
    with pytest.raises(StudyDataError, match=f"MK-N01  row 1, column {column}"):
        effect_sizes(frame(columns), measure=next(name for name, m in MEASURES.items() if kind in m.formulas))


def test_a_proportion_of_none_or_all_is_corrected_with_a_note_only_where_the_formula_needs_it() -> None:
    logit = effect_sizes(frame(PROPORTIONS), measure="PLO")
    assert [(note.code, note.where) for note in logit.notes] == [("ZERO_COUNTS_CORRECTED", ("Study 1", "Study 4"))]
    assert asdict(logit.notes[0])["values"] == {"policy": "0.5 added to every count in studies with a zero count"}
    assert logit.yi[0] == pytest.approx(np.log(0.5 / 20.5), rel=1e-14)
    assert effect_sizes(frame(PROPORTIONS), measure="PAS").notes == ()
    alone = effect_sizes(frame(PROPORTIONS), measure="PLO", zero_cells="none")
    assert alone.excluded == ("not estimable", "", "", "not estimable")


def test_the_double_arcsine_goes_back_by_the_harmonic_mean_and_says_so() -> None:
    effects = effect_sizes(frame(PROPORTIONS), measure="PFT")
    harmonic = 4 / (1 / 20 + 1 / 50 + 1 / 60 + 1 / 20)
    (note,) = effects.notes
    assert note.code == "FREEMAN_TUKEY"
    said = asdict(note)["values"]
    assert said["harmonic_mean"] == pytest.approx(harmonic, rel=1e-14)
    assert (said["smallest"], said["largest"]) == (20, 60)
    np.testing.assert_allclose(effects.measure.back(effects.yi), from_double_arcsine(effects.yi, harmonic), rtol=1e-15)
    assert MEASURES["PFT"].back(0.3) == 0.3  # without sizes there is no way back


def test_a_treatment_arm_correction_is_for_tables_of_two_arms() -> None:
    with pytest.raises(ModelError, match="for two-by-two tables of two arms"):
        effect_sizes(frame(PROPORTIONS), measure="PLO", zero_cells="treatment-arm")


def test_a_correction_of_ones_own_is_made_whatever_the_measure() -> None:
    table = trials([("Empty", 0, 30, 4, 30), ("Full", 5, 40, 9, 40)])
    everywhere = effect_sizes(table, measure="PETO", zero_cells=continuity_correction(0.5, to="all"))
    nowhere = effect_sizes(table, measure="PETO", zero_cells="affected")
    assert np.all(everywhere.yi != nowhere.yi)
    assert [note.code for note in everywhere.notes] == ["ZERO_CELLS_CORRECTED"]
    assert nowhere.notes == ()


def test_a_double_zero_trial_is_kept_dropped_or_dropped_from_ratios_as_asked() -> None:
    table = trials([("Nothing", 0, 30, 0, 25), ("Full", 5, 40, 9, 40)])
    for measure, double_zero, why in (
        ("RR", "keep", ""), ("RR", "drop", "double zero"), ("RR", "drop from ratios", "double zero"),
        ("RD", "keep", ""), ("RD", "drop", "double zero"), ("RD", "drop from ratios", ""),
    ):  # fmt: skip
        policy = continuity_correction(double_zero=double_zero)  # type: ignore[arg-type] # words of the list above
        assert effect_sizes(table, measure=measure, zero_cells=policy).excluded[0] == why


def test_corrections_that_cannot_be_are_refused() -> None:
    with pytest.raises(UnknownOptionError, match='did you mean "all"'):
        continuity_correction(to="al")  # type: ignore[arg-type] # the mistake
    with pytest.raises(UnknownOptionError, match="double_zero"):
        continuity_correction(double_zero="drop00")  # type: ignore[arg-type] # the mistake
    with pytest.raises(ModelError, match="0 or more"):
        continuity_correction(-0.5)


groups = st.tuples(st.floats(1, 50), st.floats(0.5, 9), st.integers(3, 200))


@quick
@given(first=groups, second=groups, factor=st.floats(0.01, 100))
def test_a_unit_of_measurement_scales_a_mean_difference_and_leaves_the_standardised_alone(
    first: tuple[float, float, int], second: tuple[float, float, int], factor: float
) -> None:
    (m1, s1, n1), (m2, s2, n2) = (tuple(np.array(value, float) for value in group) for group in (first, second))
    scaled = (factor * m1, factor * s1, n1, factor * m2, factor * s2, n2)
    for variance in ("LS", "HO"):
        before = means.mean_difference(m1, s1, n1, m2, s2, n2, variance=variance)
        after = means.mean_difference(*scaled, variance=variance)
        np.testing.assert_allclose(after, [factor * before[0], factor**2 * before[1]], rtol=1e-9, atol=1e-9)
    for formula in (
        means.standardised_mean_difference, means.standardised_by_average, means.standardised_by_control_unequal,
        means.log_ratio_of_means, means.log_coefficient_of_variation_ratio,
    ):  # fmt: skip
        before, after = formula(m1, s1, n1, m2, s2, n2), formula(*scaled)
        np.testing.assert_allclose(after, before, rtol=1e-9, atol=1e-12)  # a few roundings of the factor


@quick
@given(first=groups, second=groups)
def test_swapping_the_groups_negates_what_treats_them_alike(
    first: tuple[float, float, int], second: tuple[float, float, int]
) -> None:
    one, other = (tuple(np.array(value, float) for value in group) for group in (first, second))
    for formula in (
        means.mean_difference, means.standardised_mean_difference, means.standardised_by_average,
        means.log_ratio_of_means, means.log_coefficient_of_variation_ratio,
    ):  # fmt: skip
        forth, back = formula(*one, *other), formula(*other, *one)
        np.testing.assert_allclose(forth[0], -back[0], rtol=1e-10, atol=1e-12)  # near the null only absolutely
        np.testing.assert_allclose(forth[1], back[1], rtol=1e-10)


@quick
@given(first=groups, second=groups, r=st.floats(-0.9, 0.9))
def test_swapping_before_and_after_negates_a_mean_change(
    first: tuple[float, float, int], second: tuple[float, float, int], r: float
) -> None:
    (m1, s1, n), (m2, s2, _) = (tuple(np.array(value, float) for value in group) for group in (first, second))
    for formula in (paired.mean_change, paired.change_by_change_sd, paired.change_by_average_sd):
        forth, back = formula(m1, m2, s1, s2, np.array(r), n), formula(m2, m1, s2, s1, np.array(r), n)
        np.testing.assert_allclose(forth[0], -back[0], rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(forth[1], back[1], rtol=1e-10)


def test_a_sheet_of_a_diagnostic_test_is_sent_to_the_bivariate_model() -> None:
    with pytest.raises(ModelError, match="use diagnostic_accuracy"):
        effect_sizes(frame({"tp": [20, 30], "fp": [2, 3], "fn": [5, 4], "tn": [40, 50]}), measure="OR")
