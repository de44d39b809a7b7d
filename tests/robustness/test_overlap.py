"""Overlap counts what is known, and bounds what is not."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metak2.errors import ModelError
from metak2.robustness.overlap import corrected_covered_area, extent_of, overlap
from metak2.studies.memberships import Membership


def rows(*cells: tuple[str, str, bool]) -> tuple[Membership, ...]:
    return tuple(Membership(review=review, trial=trial, holds=holds) for review, trial, holds in cells)


def matrix(holds: np.ndarray) -> tuple[Membership, ...]:
    return tuple(
        Membership(review=f"R{c}", trial=f"T{r}", holds=bool(cell))
        for (r, c), cell in np.ndenumerate(holds)
        if not np.isnan(cell)
    )


def test_the_area_is_that_of_piepers_formula() -> None:
    # five trials, three reviews, nine memberships: (9 − 5) / (15 − 5) = 40 per cent
    holds = np.array([[1, 1, 1], [1, 1, 0], [0, 1, 1], [1, 0, 0], [0, 0, 1]], dtype=float)
    found = overlap(matrix(holds))
    assert (found.cca_low, found.cca_high) == pytest.approx((40.0, 40.0))
    assert corrected_covered_area(holds) == 40.0
    assert found.extent == "very high"
    assert found.unknown == 0


def test_reviews_that_share_nothing_have_an_area_of_0_and_twins_one_of_100() -> None:
    assert overlap(rows(("A", "x", True), ("A", "y", False), ("B", "y", True), ("B", "x", False))).cca_high == 0
    assert overlap(rows(("A", "x", True), ("B", "x", True))).cca_low == 100


@pytest.mark.parametrize(
    "cca,word", [(5, "slight"), (5.1, "moderate"), (10, "moderate"), (15, "high"), (15.1, "very high")]
)
def test_piepers_words_have_piepers_limits(cca: float, word: str) -> None:
    assert extent_of(cca) == word


def test_iwamoto_shares_its_three_sato_trials_with_cockayne() -> None:
    sato = ("Sato 1998", "Sato 2002", "Sato 2005")
    found = overlap(rows(*((review, trial, True) for review in ("Iwamoto 2009", "Cockayne 2006") for trial in sato)))
    assert found.shared == (("Iwamoto 2009", "Cockayne 2006", sato),)


def test_what_no_source_says_is_not_known_and_not_no() -> None:
    found = overlap(rows(("A", "x", True), ("B", "y", True)))
    assert found.unknown == 2
    assert (found.cca_low, found.cca_high) == (0, 100)
    assert found.extent is None


def test_a_review_of_which_nothing_is_known_widens_the_bounds() -> None:
    found = overlap(rows(("A", "x", True), ("B", "x", True)), reviews=("C",))
    assert found.reviews == ("C", "A", "B")
    assert (found.cca_low, found.cca_high) == (50, 100)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.sampled_from([0.0, 1.0, np.nan]), min_size=3, max_size=3), min_size=1, max_size=3))
def test_the_bounds_are_the_least_and_largest_area_of_all_ways_to_fill_in(cells: list[list[float]]) -> None:
    holds = np.array(cells)
    holds[0, 0] = 1.0
    known = matrix(holds)
    listed = ~np.isnan(holds).all(axis=1)  # a trial of which nothing is said cannot be listed
    if len({m.review for m in known}) < 3:
        return
    holds = holds[listed]
    gaps = np.argwhere(np.isnan(holds))
    areas = []
    for filling in product((0.0, 1.0), repeat=len(gaps)):
        full = holds.copy()
        full[tuple(gaps.T)] = filling
        areas.append(corrected_covered_area(full))
    found = overlap(known)
    assert (found.cca_low, found.cca_high) == pytest.approx((min(areas), max(areas)), abs=1e-9)


def test_one_review_or_no_known_trial_has_no_overlap() -> None:
    with pytest.raises(ModelError, match="two reviews or more"):
        overlap(rows(("A", "x", True)))
    with pytest.raises(ModelError, match="known to hold"):
        overlap(rows(("A", "x", False), ("B", "x", False)))
