"""Trials without events in either arm, where every method answers differently."""

import numpy as np
import pytest

from metak2.errors import ModelError
from metak2.models.count_data import CountData, count_data
from metak2.models.counts import fit_glmm
from metak2.models.exact_counts import exact_odds_ratio
from metak2.models.glmm_options import GlmmOptions
from metak2.models.rare_events import RareEvents, rare_events_table
from metak2.models.stratified import fit_peto

METHODS = ["MH", "PETO", "UM.FS", "UM.RS", "CM.EL", "CM.AL", "BB", "EXACT", "AS"]
CONDITIONAL = ["MH", "PETO", "UM.FS", "CM.EL", "CM.AL", "EXACT"]


@pytest.fixture(scope="module", name="catheters")
def _catheters() -> CountData:
    # Niel-Weise 2007 (dat.nielweise2007 in R's metadat): bloodstream infection, one trial of 18 without any.
    return count_data(
        event_e=[0, 1, 2, 0, 5, 1, 1, 1, 1, 1, 0, 0, 3, 6, 0, 0, 1, 4],
        n_e=[116, 44, 208, 130, 151, 98, 174, 74, 97, 113, 66, 70, 188, 187, 118, 252, 345, 64],
        event_c=[3, 3, 9, 7, 6, 4, 3, 2, 19, 2, 7, 1, 5, 11, 0, 1, 3, 1],
        n_c=[117, 35, 195, 136, 157, 139, 177, 39, 103, 122, 64, 58, 175, 180, 105, 262, 362, 69],
    )


@pytest.fixture(scope="module", name="table")
def _table(catheters: CountData) -> RareEvents:
    return rare_events_table(catheters)


def test_every_method_stands_side_by_side_with_and_without_double_zero_trials(table: RareEvents) -> None:
    assert [row.method for row in table.rows[::2]] == METHODS
    assert {row.double_zero for row in table.rows} == {"left out", "kept"}
    assert all(np.isfinite([row.estimate, row.ci_low, row.ci_high, row.pval]).all() for row in table.rows)


def test_the_rows_are_the_methods_own_answers(catheters: CountData, table: RareEvents) -> None:
    assert table.row("EXACT").estimate == exact_odds_ratio(catheters.take(~catheters.empty)).estimate
    assert table.row("PETO", "kept").ci_low == fit_peto(catheters).ci.low
    kept = fit_glmm(catheters, model="UM.RS", options=GlmmOptions(double_zero="kept"))
    assert table.row("UM.RS", "kept").estimate == kept.estimate


def test_golden_numbers_of_metafor_stand_in_the_table(table: RareEvents) -> None:
    # metafor 3.8-1 on dat.nielweise2007: glmm-0055 (CM.EL) and mh-0004.
    assert table.row("CM.EL").estimate == pytest.approx(-1.3531581253523421, rel=1e-6)  # an integral, R's tolerance
    assert table.row("CM.EL").tau2 == pytest.approx(0.693457838275027, rel=1e-6)  # as above
    assert table.row("MH").estimate == pytest.approx(-1.2087048327337668, rel=1e-10)  # closed form


@pytest.mark.parametrize("method", CONDITIONAL)
def test_a_trial_without_events_tells_conditional_methods_nothing(table: RareEvents, method: str) -> None:
    without, kept = table.row(method), table.row(method, "kept")
    assert kept.estimate == pytest.approx(without.estimate, rel=1e-6)  # two searches for one summit
    assert kept.ci_high == pytest.approx(without.ci_high, rel=1e-5)  # as above


def test_a_trial_without_events_shrinks_what_unconditional_methods_find(table: RareEvents) -> None:
    assert abs(table.row("BB", "kept").estimate) < abs(table.row("BB").estimate)
    assert abs(table.row("AS", "kept").estimate) < abs(table.row("AS").estimate)


def test_no_events_in_the_treated_arms_leave_the_exact_interval_to_speak() -> None:
    table = rare_events_table(count_data(event_e=[0, 0, 0], n_e=[50, 30, 100], event_c=[0, 2, 1], n_c=[48, 35, 101]))
    assert table.row("EXACT").ci_high > 0
    assert table.row("EXACT").estimate == -np.inf
    for method in ("MH", "UM.FS", "UM.RS", "CM.EL", "CM.AL", "BB"):
        assert "exact_odds_ratio" in table.row(method).why_not
        assert np.isnan(table.row(method).estimate)


def test_no_event_anywhere_leaves_the_arcsine_difference_alone() -> None:
    table = rare_events_table(count_data(event_e=[0, 0], n_e=[50, 30], event_c=[0, 0], n_c=[48, 35]))
    answered = [(row.method, row.double_zero) for row in table.rows if not row.why_not]
    assert answered == [("AS", "kept")]
    assert table.row("AS", "kept").estimate == 0


def test_one_trial_is_answered_by_every_method() -> None:
    habu = rare_events_table(count_data(event_e=[2], n_e=[21], event_c=[9], n_c=[19]))
    assert not [row.why_not for row in habu.rows if row.why_not]
    assert habu.peto_doubtful
    assert round(float(np.exp(habu.row("PETO").estimate)), 3) == 0.157  # METHODS section 5
    assert round(float(np.exp(habu.row("MH").estimate)), 3) == 0.117  # the odds ratio itself


def test_an_unknown_row_is_answered_with_those_there_are(table: RareEvents) -> None:
    with pytest.raises(KeyError, match=r"MH.*UM\.FS"):
        table.row("REML")


def test_rates_are_sent_to_their_own_model() -> None:
    with pytest.raises(ModelError, match="fit_glmm"):
        rare_events_table(count_data(event_e=[1], time_e=[10.0], event_c=[2], time_c=[9.0]))
