"""A printed result is reproduced by the choices that made it, and a miss is told in units of its last digit."""

import pytest

from metak2.errors import CellProblem
from metak2.robustness.published import Attempt, Reproduction, reproduce
from metak2.studies.table import StudyTable
from metak2.studies.targets import Target
from tests.effects.made_up import study_table, trials, trials_of
from tests.golden.cases import load
from tests.robustness.printed import interval, target

HABU = trials([("Habu 2004", 2, 21, 9, 19)])
WITH_ZERO = [("A", 0, 40, 6, 40), ("B", 5, 40, 9, 40), ("C", 7, 50, 8, 50)]


def bcg() -> StudyTable:
    return trials_of(next(case for case in load("conventions") if case.stratum == "knha"))


def best(target_: Target, studies: StudyTable) -> Attempt:
    return reproduce(target_, studies).attempts[0]


def fitting(found: Reproduction) -> set[tuple[str, str, str]]:
    return {
        (a.specification.measure, a.specification.method, a.specification.test)
        for a in found.attempts
        if len(a.reproduced) == len(a.misses)
    }


def test_the_risk_ratio_that_the_bcg_paper_printed_is_random_effects_and_not_mantel_haenszel() -> None:
    # Colditz 1994, JAMA 271:698-702, abstract: 0.49 (95% CI, 0.34 to 0.70)
    found = reproduce(interval("RR", "0.49", "0.34", "0.70"), bcg())
    assert found.verdict == "reproduced"
    assert ("RR", "DL", "z") in fitting(found)
    assert not {method for _, method, _ in fitting(found)} & {"CE", "MH"}


@pytest.mark.parametrize(
    "estimate,low,high,method,convention",
    [
        ("0.48959", "0.34478", "0.69522", "DL", "revman5"),  # METHODS section 1: Q about Mantel–Haenszel
        ("0.48962", "0.34492", "0.69504", "DL", "metafor"),  # METHODS section 1: plain DerSimonian–Laird
    ],
)
def test_five_digits_tell_revmans_dersimonian_laird_from_the_plain_one(
    estimate: str, low: str, high: str, method: str, convention: str
) -> None:
    found = reproduce(interval("RR", estimate, low, high), bcg())
    exact = [a.specification for a in found.attempts if len(a.reproduced) == 3]
    assert [(one.method, one.convention) for one in exact] == [(method, convention)]


def test_a_measure_called_by_another_name_is_found() -> None:
    # Habu's odds ratio (2/19)/(9/10) = 0.117 printed under the name of a risk ratio
    found = best(target("RR", estimate="0.117"), HABU)
    assert found.specification.measure == "OR"


def test_habus_cox_ratio_is_matched_by_the_counts_in_its_estimate_only() -> None:
    found = reproduce(interval("HR", "0.20", "0.04", "0.91", p="0.04"), HABU)
    assert found.verdict == "estimate reproduced, not the rest"
    nearest = found.attempts[0]
    assert nearest.specification.measure == "RR"
    # metafor 3.8-1: 0.2011 (0.0495 to 0.8160); the upper limit is off by 0.094, that is 9.4 units of 0.01
    assert nearest.misses["ci_high"] / 2 == pytest.approx(9.4, abs=0.05)


def test_tan_reproduces_its_difference_and_not_its_interval() -> None:
    means = {"mean_e": [0.96], "sd_e": [1.41], "n_e": [103], "mean_c": [3.63], "sd_c": [2.20], "n_c": [96]}
    found = reproduce(
        interval("MD", "-2.67", "-2.86", "-2.49", p="<0.001"), study_table("means", ["Tan 2024"], **means)
    )
    assert found.verdict == "estimate reproduced, not the rest"
    # METHODS section 5: SE 0.264, interval −3.19 to −2.15
    assert found.attempts[0].found["ci_low"] == pytest.approx(-3.19, abs=0.005)
    assert found.attempts[0].reproduced == ("estimate", "p")


def test_a_one_sided_p_is_compared_as_one_sided() -> None:
    effects = study_table("effects", ["Yoshida 2011"], estimate=[1.15], ci_low=[0.843], ci_high=[1.57])
    printed = {"estimate": "1.150", "ci_low": "0.843", "ci_high": "1.570", "p": "0.811"}
    assert "p" in best(target("HR", sided="one", **printed), effects).reproduced
    assert "p" not in best(target("HR", **printed), effects).reproduced


def test_the_rule_for_empty_cells_is_searched_where_a_cell_is_empty() -> None:
    rules = {a.specification.zero_cells for a in reproduce(target("OR", estimate="0.5"), trials(WITH_ZERO)).attempts}
    assert rules == {"affected", "none", "treatment-arm"}
    assert {a.specification.zero_cells for a in reproduce(target("OR", estimate="0.5"), HABU).attempts} == {"affected"}


def test_a_pool_that_dropped_the_trial_with_an_empty_cell_is_recognised() -> None:
    two = reproduce(target("OR", estimate="0.7", k="2"), trials(WITH_ZERO))
    assert best(target("OR", k="2"), trials(WITH_ZERO)).specification.zero_cells == "none"
    assert two.attempts[0].found["k"] == 2


def test_numbers_randomised_are_tried_where_they_are_not_those_analysed() -> None:
    means = {
        "mean_e": [1.4],
        "dispersion_e": [7.0],
        "n_e": [100],
        "n_randomised_e": [120],
        "mean_c": [-1.8],
        "dispersion_c": [6.0],
        "n_c": [110],
        "n_randomised_c": [121],
        "dispersion_type_e": ["SD"],
        "dispersion_type_c": ["SD"],
    }
    se = (49 / 120 + 36 / 121) ** 0.5
    low, high = (f"{3.2 + z * se:.3f}" for z in (-1.959964, 1.959964))
    found = reproduce(interval("MD", "3.200", low, high), study_table("means", ["Shiraki 2000"], **means))
    assert found.attempts[0].specification.n == "randomised"
    assert found.verdict == "reproduced"


def test_numbers_randomised_that_both_arms_share_are_not_taken_for_the_whole_trials() -> None:
    means = {"mean_e": [1.4], "sd_e": [7.0], "n_e": [20], "mean_c": [-1.8], "sd_c": [6.0], "n_c": [22]}
    arms = study_table("means", ["Koitaya 2014"], **means, n_randomised=[24], study_n_randomised=[48])
    whole = study_table("means", ["Koitaya 2014"], **means, n_randomised=[48])
    tried = [
        {a.specification.n for a in reproduce(target("MD", estimate="3.2"), one).attempts} for one in (arms, whole)
    ]
    assert tried == [{"as given", "randomised"}, {"as given"}]


def test_a_pool_that_still_held_a_retracted_trial_is_recognised() -> None:
    table = trials([("A", 4, 40, 8, 40), ("B", 1, 60, 20, 60)], integrity_status=["not_checked", "retracted"])
    found = best(target("RR", k="2"), table)
    assert found.specification.kept == "all"


def test_without_trials_nothing_is_tried_and_nothing_is_guessed() -> None:
    found = reproduce(interval("OR", "0.30", "0.05", "1.74"), None)
    assert (found.verdict, found.attempts) == ("not tried", ())
    assert {one.code for one in found.findings} == {"INSIDE", "CENTRED"}


def test_a_target_without_an_interval_is_compared_by_what_it_prints() -> None:
    found = reproduce(target("RR", estimate="0.20"), HABU)
    assert set(found.attempts[0].misses) == {"estimate"}
    assert found.verdict == "reproduced"


def test_blank_cells_are_named_as_what_is_missing_to_try() -> None:
    gap = CellProblem(code="MK-G01", severity="note", message="blank", cell="binary!E4")
    table = trials([("A", 4, 40, 8, 40)])
    blank = StudyTable(
        source=table.source,
        kind=table.kind,
        study=table.study,
        columns=table.columns,
        cells=table.cells,
        problems=(gap,),
    )
    assert [problem.cell for problem in reproduce(target("RR", estimate="0.44"), blank).missing] == ["binary!E4"]


def test_a_trial_without_numbers_is_named_and_the_target_not_tried() -> None:
    found = reproduce(target("RR", estimate="0.44"), trials([("Ishida & Kawai 2004", None, 66, 17, 66)]))
    assert found.verdict == "not tried"
    assert found.unusable == ("Ishida & Kawai 2004",)
    assert sum(found.refused.values()) > 0


def test_a_measure_of_differences_is_not_sought_among_ratios() -> None:
    measures = {a.specification.measure for a in reproduce(target("RR", estimate="0.20"), HABU).attempts}
    assert measures == {"RR", "OR", "PETO", "RD"}
