"""Tables with an empty cell: what each policy does, and that no trial is dropped without a word."""

import numpy as np
import pytest

from metak2.effects.front import effect_sizes
from metak2.effects.zero_cells import ZERO_CELLS, continuity_correction
from metak2.errors import UnknownOptionError
from tests.effects.made_up import Row, study_table, trials, trials_of
from tests.golden.cases import Case, assert_close, load

ONE_EMPTY = [("Empty", 0, 30, 4, 30), ("Full", 5, 40, 9, 40)]
NO_EVENTS = [("Nothing", 0, 30, 0, 25), ("Full", 5, 40, 9, 40)]
ALL_EVENTS = [("Everything", 30, 30, 25, 25), ("Full", 5, 40, 9, 40)]
half_where_zero = [
    case
    for case in (*load("escalc_2x2"), *load("escalc_2x2_zero"))
    if case.options.get("to", "only0") == "only0"
    and case.options.get("add", 0.5) == 0.5
    and case.options["measure"] in {"RR", "OR", "RD"}  # the others: test_measures_golden.py
    and "vtype" not in case.options
]
uncorrected = [
    case
    for case in load("escalc_2x2_zero")
    if case.options.get("to") == "none" and case.options["measure"] in {"RR", "OR", "RD", "PETO"}
]


@pytest.mark.parametrize("case", half_where_zero, ids=str)
def test_the_default_adds_half_to_affected_trials_as_metafor_does(case: Case) -> None:
    got = effect_sizes(trials_of(case), measure=case.options["measure"])
    for field, values in {"yi": got.yi, "vi": got.vi}.items():
        expected = case.expected(field)
        # Tables without events, or with nothing else: never a ratio here; a risk difference unless R was told to drop.
        both = np.isfinite(values) & np.isfinite(expected)
        np.testing.assert_allclose(values[both], expected[both], rtol=1e-8, atol=1e-10)  # as assert_close
    ai, bi, ci, di = (cells[0] for cells in case.tables())
    nothing = ((ai == 0) & (ci == 0)) | ((bi == 0) & (di == 0))
    ratio = case.options["measure"] != "RD"
    assert [why for why in got.excluded if why] == ["double zero"] * int(ratio * nothing.sum())


@pytest.mark.parametrize("case", uncorrected, ids=str)
def test_without_a_correction_the_numbers_are_those_of_metafor(case: Case) -> None:
    got = effect_sizes(trials_of(case), measure=case.options["measure"], zero_cells="none")
    expected = case.expected("yi")
    pooled = np.array([not why for why in got.excluded])
    np.testing.assert_allclose(got.yi[pooled], expected[pooled], rtol=1e-8, atol=1e-10)  # as assert_close
    np.testing.assert_allclose(got.vi[pooled], case.expected("vi")[pooled], rtol=1e-8, atol=1e-10)
    # R keeps a risk difference with variance 0, and infinite logarithms; neither can be weighted.
    assert not np.any(~pooled & np.isfinite(expected) & (case.expected("vi") > 0))


@pytest.mark.parametrize("case", load("treatment_arm"), ids=str)
def test_the_treatment_arm_correction_is_proportional_to_the_arms_own_size(case: Case) -> None:
    got = effect_sizes(trials_of(case), measure=case.options["measure"], zero_cells="treatment-arm")
    assert_close(got.yi, case, "yi")
    assert_close(got.vi, case, "vi")


def test_with_equal_arms_the_treatment_arm_correction_is_one_half() -> None:
    half, arm = (
        effect_sizes(trials(ONE_EMPTY), measure="OR", zero_cells=name) for name in ("affected", "treatment-arm")
    )
    np.testing.assert_allclose(arm.yi, half.yi, rtol=1e-15)  # the same sums
    np.testing.assert_allclose(arm.vi, half.vi, rtol=1e-15)


def test_a_trial_without_an_empty_cell_is_the_same_under_every_policy_for_empty_cells() -> None:
    names = [name for name, policy in ZERO_CELLS.items() if policy.where != "all"]
    values = {float(effect_sizes(trials(ONE_EMPTY), measure="RR", zero_cells=name).yi[1]) for name in names}
    assert values == {np.log(5 / 40) - np.log(9 / 40)}


def test_half_an_event_by_hand() -> None:
    effects = effect_sizes(trials(ONE_EMPTY), measure="OR")
    assert effects.yi[0] == pytest.approx(np.log((0.5 * 26.5) / (30.5 * 4.5)), rel=1e-14)
    assert effects.vi[0] == pytest.approx(1 / 0.5 + 1 / 30.5 + 1 / 4.5 + 1 / 26.5, rel=1e-14)


@pytest.mark.parametrize("policy", ["affected", "treatment-arm"])
def test_a_corrected_trial_is_named_in_a_note_with_the_policy(policy: str) -> None:
    (note,) = effect_sizes(trials(ONE_EMPTY), measure="RR", zero_cells=policy).notes
    assert (note.code, note.where) == ("ZERO_CELLS_CORRECTED", ("Empty",))
    assert note.values == {"policy": ZERO_CELLS[policy].label}


def test_without_a_correction_the_trial_has_no_ratio_and_stays_in_the_table() -> None:
    effects = effect_sizes(trials(ONE_EMPTY), measure="RR", zero_cells="none")
    assert effects.study == ("Empty", "Full")
    assert effects.excluded == ("not estimable", "")
    assert np.isnan(effects.yi[0])


@pytest.mark.parametrize("measure", ["RR", "OR", "PETO"])
@pytest.mark.parametrize("rows", [NO_EVENTS, ALL_EVENTS], ids=["no events", "all events"])
@pytest.mark.parametrize("policy", ZERO_CELLS)
def test_a_double_zero_trial_is_listed_and_never_dropped(rows: list[Row], measure: str, policy: str) -> None:
    effects = effect_sizes(trials(rows), measure=measure, zero_cells=policy)
    assert len(effects) == 2
    assert effects.excluded == ("double zero", "")
    assert effects.data["n_e"][0] == 30
    excluded = [note for note in effects.notes if note.code == "EXCLUDED"]
    assert [(note.where, note.values["reason"]) for note in excluded] == [((rows[0][0],), "double zero")]


def test_a_risk_difference_keeps_the_double_zero_trial() -> None:
    effects = effect_sizes(trials(NO_EVENTS), measure="RD")
    assert effects.k == 2
    # Half an event of 31 against half an event of 26.
    assert effects.yi[0] == pytest.approx(0.5 / 31 - 0.5 / 26, rel=1e-14)


def test_petos_odds_ratio_takes_an_empty_cell_as_it_is() -> None:
    effects = effect_sizes(trials(ONE_EMPTY), measure="PETO")
    events, people = 4, 60
    expected_events = events * 30 / people
    variance = events * (people - events) * 30 * 30 / (people**2 * (people - 1))
    assert effects.yi[0] == pytest.approx((0 - expected_events) / variance, rel=1e-14)
    assert effects.notes == ()


@pytest.mark.parametrize("name", ["afected", "all", "", "constant"])
def test_an_unknown_policy_lists_those_there_are(name: str) -> None:
    with pytest.raises(UnknownOptionError, match="Allowed: affected, none, treatment-arm"):
        effect_sizes(trials(ONE_EMPTY), measure="RR", zero_cells=name)


def test_a_policy_spelt_almost_right_is_offered() -> None:
    with pytest.raises(UnknownOptionError, match='did you mean "affected"'):
        effect_sizes(trials(ONE_EMPTY), measure="RR", zero_cells="Affectd")


def test_a_trial_that_is_left_out_makes_no_correction_of_the_others_necessary() -> None:
    # metafor 3.8-1: escalc("RR", ai=c(0,13), bi=c(183,139), ci=c(0,64), di=c(148,90), to="if0all", drop00=TRUE)
    table = study_table("counts", ["A", "B"], event_e=[0, 13], n_e=[183, 152], event_c=[0, 64], n_c=[148, 154])
    policy = continuity_correction(0.5, to="all if any", double_zero="drop")
    effects = effect_sizes(table, measure="RR", zero_cells=policy)
    assert effects.excluded == ("double zero", "")
    assert effects.yi[1] == pytest.approx(-1.58086164433078, rel=1e-12)
    assert effects.vi[1] == pytest.approx(0.0794756230611494, rel=1e-12)
