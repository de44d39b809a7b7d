"""Effects that a paper reports itself, and effects from arrays."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.stats import norm

from metak2.effects.front import effect_sizes, effects_from
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, UnknownOptionError
from tests.effects.made_up import study_table

Z95 = norm.ppf(0.975)


def reported(asked: str = "HR", /, **columns: Sequence[object]) -> EffectSizes:
    study = [f"S{at}" for at in range(len(next(iter(columns.values()))))]
    return effect_sizes(study_table("effects", study, **columns), measure=asked)


def test_a_ratio_is_pooled_as_its_logarithm_and_its_se_is_read_on_that_scale() -> None:
    effects = reported(estimate=[0.5], se=[0.2])
    assert effects.yi[0] == pytest.approx(np.log(0.5), rel=1e-15)
    assert effects.vi[0] == pytest.approx(0.04, rel=1e-15)
    assert effects.origins[0].conversions == ()


def test_a_variance_is_as_good_as_a_standard_error() -> None:
    assert reported(estimate=[0.5], vi=[0.04]).vi[0] == pytest.approx(0.04, rel=1e-15)


def test_a_difference_is_pooled_as_it_stands() -> None:
    assert reported("MD", estimate=[-1.5], se=[0.2]).yi[0] == -1.5


@pytest.mark.parametrize("level, z", [(95, Z95), (0.95, Z95), (90, norm.ppf(0.95)), (None, Z95), (99, norm.ppf(0.995))])
def test_the_standard_error_comes_from_an_interval_of_any_level(level: float | None, z: float) -> None:
    se = 0.25
    low, high = np.exp(np.log(0.8) - z * se), np.exp(np.log(0.8) + z * se)
    effects = reported(estimate=[0.8], ci_low=[low], ci_high=[high], level=[level])
    assert np.sqrt(effects.vi[0]) == pytest.approx(se, rel=1e-12)  # quantile and logarithm there and back
    (conversion,) = effects.origins[0].conversions
    assert conversion.rule == "SE from CI"
    assert conversion.inputs["upper"] == pytest.approx(np.log(high))
    assert conversion.output["SE"] == pytest.approx(se)


def test_the_standard_error_comes_from_an_exact_p_value() -> None:
    effects = reported(estimate=[0.6], pval=[0.01], p_sided=["two"])
    assert np.sqrt(effects.vi[0]) == pytest.approx(abs(np.log(0.6)) / norm.isf(0.005), rel=1e-12)
    (note,) = effects.notes
    assert (note.code, note.where, note.values) == ("SE_FROM_P", ("S0",), {"p": 0.01})


def test_yoshidas_one_sided_p_is_doubled_from_the_near_side() -> None:
    effects = reported(estimate=[1.15], pval=[0.811], p_sided=["one"])
    first, second = effects.origins[0].conversions
    assert first.rule == "two-sided p from one-sided p"
    assert first.output["p"] == pytest.approx(0.378, abs=1e-12)  # METHODS section 5
    assert second.rule == "SE from p"
    # The interval that the abstract prints, 0.843 to 1.570, says the same within the rounding of p and limits.
    printed = reported(estimate=[1.15], ci_low=[0.843], ci_high=[1.57])
    assert np.sqrt(effects.vi[0]) == pytest.approx(np.sqrt(printed.vi[0]), rel=5e-3)


def test_an_interval_is_preferred_to_a_p_value_and_a_standard_error_to_both() -> None:
    effects = reported(
        estimate=[1.15, 1.15], se=[0.3, None], ci_low=[0.843, 0.843], ci_high=[1.57, 1.57], pval=[0.5, 0.5],
        p_sided=["two", "two"],
    )  # fmt: skip
    assert np.sqrt(effects.vi) == pytest.approx([0.3, np.log(1.57 / 0.843) / (2 * Z95)], rel=1e-12)
    assert effects.notes == ()


def test_an_effect_of_another_measure_is_listed_with_the_reason() -> None:
    effects = reported("HR", estimate=[0.5, 0.6], se=[0.2, 0.2], measure=["OR", "HR"])
    assert effects.excluded == ("reported as OR", "")
    assert np.isnan(effects.yi[0])
    (note,) = effects.notes
    assert note.values == {"reason": "reported as OR"}


def test_an_estimate_without_any_precision_is_not_reported() -> None:
    effects = reported(estimate=[0.5, None], se=[None, 0.2])
    assert effects.excluded == ("not reported", "not reported")
    assert effects.study == ("S0", "S1")


def test_half_an_interval_is_no_interval() -> None:
    assert reported(estimate=[0.5], ci_low=[0.4], ci_high=[None]).excluded == ("not reported",)


def test_arrays_come_with_a_variance_a_standard_error_or_limits() -> None:
    names = ["A", "B"]
    by_variance = effects_from([0.1, 0.2], study=names, vi=[0.04, 0.09])
    by_error = effects_from([0.1, 0.2], study=names, se=[0.2, 0.3])
    half = Z95 * np.array([0.2, 0.3])
    by_limits = effects_from([0.1, 0.2], study=names, ci=(np.subtract([0.1, 0.2], half), np.add([0.1, 0.2], half)))
    np.testing.assert_allclose(by_error.vi, by_variance.vi, rtol=1e-15)
    np.testing.assert_allclose(by_limits.vi, by_variance.vi, rtol=1e-12)  # a quantile there and back
    assert [c.rule for origin in by_limits.origins for c in origin.conversions] == ["SE from CI"] * 2
    assert (by_variance.measure.name, by_variance.kind, by_variance.source) == ("GEN", "effects", "arrays")


@pytest.mark.parametrize(
    "given, told",
    [({}, "got none"), ({"vi": [1.0], "se": [1.0]}, "got vi, se"), ({"se": [1.0], "ci": ([0.0], [1.0])}, "got se, ci")],
)
def test_exactly_one_kind_of_precision_is_given(given: dict[str, list[float]], told: str) -> None:
    with pytest.raises(ModelError, match=f"exactly one of vi, se, ci; {told}"):
        effects_from([0.1], study=["A"], **given)


@pytest.mark.parametrize("yi, se, names", [([0.1, 0.2], [0.1], "AB"), ([0.1], [0.1, 0.1], "A"), ([0.1], [0.1], "AB")])
def test_arrays_of_differing_lengths_are_refused(yi: list[float], se: list[float], names: str) -> None:
    with pytest.raises(ModelError, match=f"yi has {len(yi)}, the variances {len(se)} and study {len(names)} entries"):
        effects_from(yi, study=list(names), se=se)


@pytest.mark.parametrize(
    "yi, vi", [(np.nan, 1.0), (np.inf, 1.0), (0.1, 0.0), (0.1, -1.0), (0.1, np.inf), (0.1, np.nan)]
)
def test_what_cannot_be_weighted_is_shown_and_not_pooled(yi: float, vi: float) -> None:
    effects = effects_from([yi, 0.3], study=["Odd", "Sound"], vi=[vi, 0.04])
    assert effects.excluded == ("not estimable", "")
    assert [note.where for note in effects.notes] == [("Odd",)]


def test_an_unknown_measure_lists_those_there_are() -> None:
    with pytest.raises(UnknownOptionError, match='did you mean "RR"') as raised:
        effects_from([0.1], study=["A"], se=[0.1], measure="rr")
    assert {"RR", "OR", "RD", "PETO", "MD", "SMD", "ROM", "IRR", "HR", "GEN"} <= set(raised.value.allowed)


def test_an_effect_cannot_be_changed_after_it_was_made() -> None:
    effects = effects_from([0.1], study=["A"], se=[0.1])
    with pytest.raises(ValueError, match="read-only"):
        effects.yi[0] = 1.0


@pytest.mark.parametrize(
    "estimate, se, pval, contradicts",
    [
        (0.028, 0.014, 0.055, True),  # Forli 2010: 0.028 - 1.96 * 0.014 = 0.0006, above 0
        (0.028, 0.014, 0.046, False),
        (0.028, 0.014, 0.05, False),  # a p of 0.05 may stand for 0.046
        (0.01, 0.014, 0.01, True),
        (0.01, 0.014, 0.48, False),
    ],
)
def test_a_p_value_that_contradicts_its_interval_is_named(
    estimate: float, se: float, pval: float, contradicts: bool
) -> None:
    effects = reported("MD", estimate=[estimate], se=[se], pval=[pval], p_sided=["two"])
    assert [note.code for note in effects.notes] == ["P_BESIDE_INTERVAL"] * contradicts
