from dataclasses import replace

import numpy as np

from metak2.plots.forest_layout import forest_layout
from tests.plots.factory import bcg_leave_one_out, locked


def test_each_refit_has_a_row_and_the_whole_analysis_the_diamond() -> None:
    layout = forest_layout(bcg_leave_one_out())
    assert [row.kind for row in layout.rows] == ["refit"] * 4 + ["space", "pooled"]
    assert layout.rows[0].cells == ("without Aronson 1948", "12", "0.49 (0.32 to 0.76)", "93\u202f%")
    assert layout.rows[-1].cells == ("Random effects, REML", "13", "0.49 (0.33 to 0.73)", "92\u202f%")


def test_squares_of_refits_are_of_one_size() -> None:
    rows = forest_layout(bcg_leave_one_out()).rows
    assert len({row.mark.size for row in rows if row.mark and row.mark.kind == "square"}) == 1


def test_refits_of_an_outcome_take_its_favours_labels() -> None:
    assert forest_layout(bcg_leave_one_out()).favours == ("Favours BCG", "Favours no vaccination")


def test_a_refit_that_cannot_be_estimated_says_so() -> None:
    refits = bcg_leave_one_out()
    missing = np.array(refits.estimate)
    missing[1] = np.nan
    layout = forest_layout(replace(refits, estimate=locked(missing), I2=locked([np.nan] * 4)))
    assert layout.rows[1].cells == ("without Ferguson & Simes 1949", "12", "Not estimable", "–")
    assert layout.rows[1].mark is None


def test_the_first_column_of_cumulative_refits_is_what_was_pooled_so_far() -> None:
    assert forest_layout(replace(bcg_leave_one_out(), kind="cumulative")).columns[0].title == ("Studies so far",)


def test_the_alternative_text_gives_the_range_of_the_refits() -> None:
    alt = forest_layout(bcg_leave_one_out()).alt
    assert alt.startswith("Forest plot of 4 leave-one-out refits: pooled risk ratio between 0.49 and 0.54")
