"""Means: whatever spread is given leads to a standard error; an SD needs a sourced n; mixtures are refused."""

import numpy as np
import pytest
from scipy.stats import norm

from metak2.effects.front import effect_sizes
from metak2.effects.sizes import EffectSizes
from metak2.errors import StudyDataError
from metak2.models.pool import pool
from metak2.studies.table import StudyTable
from tests.effects.made_up import study_table
from tests.golden.cases import Case, assert_close, load

NAMES = ["A", "B"]


def means(kind: str = "SEM", n: float | None = None, **columns: object) -> StudyTable:
    spread = {
        "mean_e": [1.35, 2.0], "dispersion_e": [0.4, 0.5], "dispersion_type_e": [kind, kind], "n_e": [n, n],
        "mean_c": [-1.0, 0.5], "dispersion_c": [0.3, 0.6], "dispersion_type_c": [kind, kind], "n_c": [n, n],
    }  # fmt: skip
    return study_table("means", NAMES, **{**spread, **columns})


def rules(effects: EffectSizes, at: int = 0) -> list[str]:
    return [conversion.rule for conversion in effects.origins[at].conversions]


PLAIN = [
    case
    for case in (*load("escalc_cont2"), *load("escalc_newer"))
    if case.stratum in {"MD", "SMD", "ROM"} and "m1i" in case.inputs and case.options.get("correct", True)
]
"""The others: test_measures_golden.py."""


@pytest.mark.parametrize("case", PLAIN, ids=str)
def test_differences_and_ratios_of_means_are_those_of_metafor(case: Case) -> None:
    measure = case.options["measure"]
    if measure == "ROM" and not case.metafor_version.startswith("5"):
        measure = "ROM-uncorrected"
    inputs = {name: case.row(name)[0] for name in ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")}
    table = study_table(
        "means", [str(at) for at in range(inputs["m1i"].size)],
        mean_e=inputs["m1i"], sd_e=inputs["sd1i"], n_e=inputs["n1i"],
        mean_c=inputs["m2i"], sd_c=inputs["sd2i"], n_c=inputs["n2i"],
    )  # fmt: skip
    effects = effect_sizes(table, measure=measure)
    assert_close(effects.yi, case, "yi")
    assert_close(effects.vi, case, "vi")


def test_standard_errors_of_means_pool_a_mean_difference_without_any_n() -> None:
    effects = effect_sizes(means(), measure="MD")
    np.testing.assert_allclose(effects.yi, [2.35, 1.5], rtol=1e-15)
    np.testing.assert_allclose(np.sqrt(effects.vi), [np.hypot(0.4, 0.3), np.hypot(0.5, 0.6)], rtol=1e-15)
    assert effects.excluded == ("", "")
    pooled = pool(effects, method="CE")
    weights = 1 / np.array([0.25, 0.61])
    assert pooled.estimate == pytest.approx((weights * [2.35, 1.5]).sum() / weights.sum(), rel=1e-14)
    assert pooled.se == pytest.approx(weights.sum() ** -0.5, rel=1e-14)


def test_a_standardised_difference_from_standard_errors_needs_the_analysed_n() -> None:
    assert effect_sizes(means(), measure="SMD").excluded == ("not reported", "not reported")
    assert effect_sizes(means(n=20), measure="SMD").excluded == ("", "")


def test_the_sd_from_a_standard_error_is_recorded_with_its_formula_and_numbers() -> None:
    effects = effect_sizes(means(n=25), measure="SMD")
    first, second = effects.origins[0].conversions
    assert (first.rule, first.formula) == ("SD from SEM", "SEM × √n")
    assert (dict(first.inputs), dict(first.output)) == ({"SEM": 0.4, "n": 25.0}, {"SD": 2.0})
    assert dict(second.output) == {"SD": 1.5}


def test_se_and_sem_are_two_words_for_one_thing() -> None:
    sem, se = (effect_sizes(means(kind, n=25), measure="SMD") for kind in ("SEM", "SE"))
    np.testing.assert_array_equal(sem.vi, se.vi)


def test_an_sd_needs_n_even_for_a_mean_difference() -> None:
    assert effect_sizes(means("SD"), measure="MD").excluded == ("not reported", "not reported")
    effects = effect_sizes(means("SD", n=25), measure="MD")
    assert effects.vi[0] == pytest.approx((0.4**2 + 0.3**2) / 25, rel=1e-14)
    assert rules(effects) == ["SE from SD", "SE from SD"]


def test_an_interval_about_a_mean_gives_its_standard_error() -> None:
    limits = {
        f"dispersion_{end}_{side}": [centre + sign * 1.5, centre + sign * 1.5]
        for side, centre in (("e", 2.0), ("c", 1.0))
        for end, sign in (("low", -1), ("high", 1))
    }
    blank = {"dispersion_e": [None, None], "dispersion_c": [None, None], "mean_e": [2.0, 2.0], "mean_c": [1.0, 1.0]}
    effects = effect_sizes(means("CI95", **limits, **blank), measure="MD")
    se = 3 / (2 * norm.ppf(0.975))
    assert effects.vi[0] == pytest.approx(2 * se**2, rel=1e-12)  # scipy's quantile on the other side
    assert rules(effects) == ["SE of a mean from its CI"] * 2


def test_an_inferred_dispersion_type_is_said_at_the_row_with_its_evidence() -> None:
    table = means(
        dispersion_inferred_e=["yes", "no"], dispersion_evidence_e=["reproduces the printed p", ""],
    )  # fmt: skip
    (note,) = effect_sizes(table, measure="MD").notes
    assert (note.code, note.where) == ("DISPERSION_INFERRED", ("A",))
    assert note.values == {"type": "SEM", "evidence": "reproduces the printed p"}


def test_a_median_is_shown_and_not_pooled() -> None:
    effects = effect_sizes(means(statistic=["median", "mean"]), measure="MD")
    assert effects.excluded == ("not a mean", "")
    assert [note.where for note in effects.notes if note.code == "EXCLUDED"] == [("A",)]
    assert pool(effects).k == 1


def test_a_blank_spread_leaves_the_trial_in_the_table() -> None:
    effects = effect_sizes(means(dispersion_e=[0.4, None]), measure="MD")
    assert (effects.study, effects.excluded) == (("A", "B"), ("", "not reported"))


def refusal(table: StudyTable, measure: str) -> StudyDataError:
    with pytest.raises(StudyDataError) as raised:
        effect_sizes(table, measure=measure)
    return raised.value


def test_percent_beside_absolute_change_is_no_mean_difference() -> None:
    error = refusal(means(unit=["percent", "g/cm2"]), "MD")
    assert [(problem.code, problem.raw, problem.column) for problem in error.problems] == [
        ("MK-M07", "percent", "unit"),
        ("MK-M07", "g/cm2", "unit"),
    ]
    assert [problem.cell for problem in error.problems] == ["sheet!J2", "sheet!J3"]
    assert "others are in 'g/cm2'" in str(error)
    assert 'where = { unit = "…" }' in str(error)


def test_change_beside_final_values_is_no_standardised_difference_but_a_mean_difference() -> None:
    table = means(n=25, change_or_final=["change", "final"])
    error = refusal(table, "SMD")
    assert {problem.column for problem in error.problems} == {"change_or_final"}
    assert all(problem.cell for problem in error.problems)
    assert effect_sizes(table, measure="MD").k == 2


def test_different_units_may_meet_in_a_standardised_difference() -> None:
    assert effect_sizes(means(n=25, unit=["mm", "cm"]), measure="SMD").k == 2


def test_a_ratio_of_means_has_no_value_where_the_signs_differ() -> None:
    assert effect_sizes(means(), measure="ROM").excluded == ("not estimable", "")
