"""Numbers that cannot be a standard error, a count or a status are set apart or refused, never pooled."""

import contextlib

import numpy as np
import pytest
from scipy.stats import fisher_exact

from metak2.display.text_forest import text_forest
from metak2.effects.front import effect_sizes, effects_from
from metak2.effects.sizes import EffectSizes
from metak2.errors import MetaError
from metak2.models.absolute import absolute_effect
from metak2.models.pool import pool
from metak2.models.single_trial import single_trial
from metak2.models.subgroups import pool_subgroups
from tests.effects.made_up import counts, study_table, trials

SOUND = {
    "B": {"estimate": 1.5, "ci_low": 1.0, "ci_high": 2.0, "pval": None},
    "C": {"estimate": 1.2, "ci_low": 1.0, "ci_high": 2.0, "pval": None},
}


def with_odd(**odd: float) -> EffectSizes:
    rows = {"Odd": {"estimate": None, "ci_low": None, "ci_high": None, "pval": None, **odd}, **SOUND}
    columns = {name: [row[name] for row in rows.values()] for name in ("estimate", "ci_low", "ci_high", "pval")}
    return effect_sizes(study_table("effects", list(rows), **columns), measure="RR")


@pytest.mark.parametrize(
    "odd",
    [
        {"estimate": 1.2, "ci_low": 1.2, "ci_high": 1.2},  # interval of no width: vi 0, pooled NaN
        {"estimate": 1.2, "pval": 0.0},  # p = 0: vi 0, pooled NaN
        {"estimate": 1.0, "pval": 0.5},  # estimate at no effect: vi 0, pooled NaN
        {"estimate": 1.2, "pval": 1.0},  # vi inf: effects.k 3, pooled.k 2, nobody is told
        {"estimate": 1.0, "pval": 1.0},  # 0/0: RuntimeWarning
    ],
    ids=str,
)
def test_a_ready_made_effect_without_a_positive_finite_variance_is_shown_and_not_pooled(odd: dict[str, float]) -> None:
    effects = with_odd(**odd)
    assert effects.excluded == ("not estimable", "", "")
    pooled = pool(effects)
    assert np.isfinite(pooled.estimate)
    assert pooled.k == effects.k == 2


@pytest.mark.parametrize("given", [{"se": [-0.5]}, {"ci": ([0.5], [-0.5])}, {"ci": ([1.0], [2.0])}], ids=str)
def test_a_negative_error_swapped_limits_and_limits_that_do_not_hold_the_estimate_are_not_taken(
    given: dict[str, object],
) -> None:
    with contextlib.suppress(MetaError):
        assert effects_from([0.1], study=["A"], **given).excluded == ("not estimable",)


def test_limits_of_differing_lengths_are_a_model_error() -> None:
    with pytest.raises(MetaError):
        effects_from([0.1, 0.2], study=["A", "B"], ci=([-0.5], [0.5, 0.6]))


@pytest.mark.parametrize(
    "cells",
    [{"event_e": 1, "n_e": 3, "event_c": 10, "n_c": 1000}, {"event_e": 30, "n_e": 100, "event_c": 9, "n_c": 10}],
)
def test_fragility_never_leaves_the_arm(cells: dict[str, int]) -> None:
    """Fewer events are not a lower risk: added there, they would lead p down and the arm beyond its size."""
    trial = single_trial(study="x", **cells)
    low = "e" if cells["event_e"] / cells["n_e"] < cells["event_c"] / cells["n_c"] else "c"

    def p(more: int) -> float:
        e, c = cells["event_e"] + more * (low == "e"), cells["event_c"] + more * (low == "c")
        return fisher_exact([[e, cells["n_e"] - e], [c, cells["n_c"] - c]]).pvalue

    assert trial.fragility == next(more for more in range(1000) if p(more) >= 0.05)


def test_impossible_counts_of_a_single_trial_are_refused() -> None:
    with pytest.raises(MetaError):
        single_trial(study="x", event_e=5, n_e=3, event_c=10, n_c=1000)


def test_a_risk_difference_from_a_ratio_ends_where_everybody_has_the_event() -> None:
    pooled = pool(effects_from([np.log(3)], study=["A"], measure="RR", se=[0.1]))
    result = absolute_effect(pooled, baseline_risk=0.5, horizon="1 year")
    assert (result.risk, result.difference) == (1.0, 0.5)


@pytest.mark.parametrize("yi", [0.0, 0.5])
def test_equal_effects_under_cochrane_warn_nobody_in_python(yi: float) -> None:
    pool(effects_from([yi] * 3, study=list("ABC"), vi=[1.0] * 3), convention="cochrane")


def test_a_blank_number_is_not_stated_and_not_a_group_called_nan() -> None:
    rows = [("A", 4, 40, 8, 40), ("B", 5, 40, 9, 40), ("C", 7, 50, 8, 50)]
    assert list(pool_subgroups(counts(rows, dose=[45, None, 90]), by="dose").groups)[1] == "not stated"


@pytest.mark.parametrize("status", ["Retracted", "retraced", "RETRACTED "])
def test_a_status_that_is_not_known_does_not_pool_a_retracted_trial(status: str) -> None:
    rows = [("A", 4, 40, 8, 40), ("B", 5, 40, 9, 40), ("C", 7, 50, 8, 50)]
    with contextlib.suppress(MetaError):
        assert counts(rows, integrity_status=["ok", "ok", status]).excluded[2] != ""


def test_an_unknown_status_to_exclude_is_refused() -> None:
    with pytest.raises(MetaError):
        effect_sizes(trials([("A", 4, 40, 8, 40)], integrity_status=["retracted"]), measure="RR", exclude=("retractd",))


def test_one_study_is_not_called_pooled_in_the_text_forest() -> None:
    assert "Pooled" not in text_forest(pool(counts([("Habu 2004", 2, 21, 9, 19)])))
