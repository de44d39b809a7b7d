"""Units, sources and several outcomes on their way from the workbook into a report."""

from pathlib import Path

import pytest

import metak2 as mk
from metak2.report.included import included_references
from metak2.report.table_expectations import expectation_table

ROOT = Path(__file__).parents[2]
REVIEWS = ROOT / "datasets/k2_reviews/k2_reviews.xlsx"
TWO = ["lumbar spine BMD, change in mg/cm2", "femoral neck BMD, change in mg/cm2"]


def of(outcome: str) -> mk.EffectSizes:
    return mk.effect_sizes(mk.read_studies(REVIEWS, outcome=outcome, label=["study", "time"]), measure="MD")


def test_a_mean_difference_carries_the_unit_of_the_codebook() -> None:
    assert of("lumbar spine BMD, percent change").measure.label == "Mean difference (%)"
    assert of("lumbar spine BMD, change in g/cm2").measure.label == "Mean difference (g/cm²)"
    assert of("dp-ucMGP, absolute difference").measure.label == "Mean difference"


def test_several_outcomes_stand_side_by_side_and_are_never_pooled() -> None:
    studies = mk.read_studies(REVIEWS, sheet="effects", where={"outcome": TWO}, label=["study", "outcome"])
    effects = mk.effect_sizes(studies, measure="MD")
    assert len(mk.side_by_side(effects, why="Two sites.").study) == 2
    assert effects.measure.label == "Mean difference (mg/cm²)"
    with pytest.raises(mk.ModelError, match="different outcomes would be pooled as one"):
        mk.pool(effects)


def test_a_study_is_cited_once_with_journal_doi_and_standing() -> None:
    effects = of("lumbar spine BMD, percent change")
    comparison = mk.Comparison(name="x", title="x", about="x", primary=mk.side_by_side(effects, why="Shared trials."))
    found = included_references((comparison, comparison))
    assert "Mott 2019. Osteoporos Int 30:1543. https://doi.org/10.1007/s00198-019-04949-0 (corrected)." in found
    assert len(found) == len(set(found)) == 3


def test_reproduced_numbers_stand_in_one_row_for_each_source_and_a_miss_is_named() -> None:
    made = [("estimate", 0.5, 0.5), ("se", 0.1, 0.1), ("tau2", 0.3, 0.4)]
    table = expectation_table(
        [
            mk.Expectation(
                of="primary, primary", quantity=name, expected=expected, found=found, rtol=1e-8, source="a paper"
            )
            for name, expected, found in made
        ]
    )
    assert table.rows == (
        ("Primary analysis", "estimate 0.5; SE 0.1; τ² 0.3 (found 0.4000000, NOT MET)", "1 of 3 NOT MET", "a paper"),
    )


def test_subgroups_of_a_pooled_result_take_its_choices_and_no_others() -> None:
    effects = mk.effect_sizes(
        mk.read_studies(
            ROOT / "datasets/bcg/bcg.xlsx", outcome="tuberculosis", experimental="BCG", control="no vaccination"
        ),
        measure="RR",
    )
    pooled = mk.pool(effects, method="DL", test="z")
    assert mk.pool_subgroups(pooled, by="alloc").overall is pooled
    with pytest.raises(mk.ModelError, match="a pooled result brings its own method"):
        mk.pool_subgroups(pooled, by="alloc", method="PM")
