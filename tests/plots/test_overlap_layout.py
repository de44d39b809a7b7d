"""The citation matrix shows what is known, what is not, and names the reviews by number."""

from metak2.plots.overlap_layout import overlap_layout
from metak2.plots.robustness import overlap_plot
from metak2.robustness.overlap import Overlap, overlap
from metak2.studies.memberships import Membership

CELLS = (
    ("A 2004", "x", True),
    ("B 2009", "x", True),
    ("A 2004", "y", True),
    ("B 2009", "y", False),
    ("B 2009", "z", True),
)


def small() -> Overlap:
    return overlap(tuple(Membership(review=review, trial=trial, holds=holds) for review, trial, holds in CELLS))


def test_each_cell_is_held_not_held_or_not_known() -> None:
    (panel,) = overlap_layout(small()).panels
    tones = {(round(bar.left), round(bar.bottom)): bar.tone for bar in panel.bars}
    assert tones == {
        (0, 2): "blue 4", (1, 2): "blue 4",  # x, at the top
        (0, 1): "blue 4", (1, 1): "white",
        (0, 0): "pale", (1, 0): "blue 4",
    }  # fmt: skip
    assert panel.up.tick_labels == ("z", "y", "x")


def test_the_footer_names_the_reviews_and_gives_the_area() -> None:
    chart = overlap_layout(small())
    assert chart.footer[0] == "Reviews: 1 A 2004; 2 B 2009."
    # x is shared, y is not, z may be: 1 or 2 of 3 trials stand in the second review too
    assert "lies between 33\u202f% and 67\u202f%" in chart.footer[1]
    assert chart.alt.startswith("Citation matrix of 3 trials and 2 reviews.")


def test_sixty_trials_and_long_names_stay_on_a_page() -> None:
    rows = [Membership(review=f"複審 {c}", trial=f"試験 {r} " + "of a long name " * 5, holds=r % (c + 2) == 0)
            for r in range(60) for c in range(12)]  # fmt: skip
    drawn = overlap_plot(overlap(tuple(rows)))
    chart = overlap_layout(overlap(tuple(rows)))
    assert chart.height < 800
    assert chart.width < 800
    assert "Citation matrix of 60 trials and 12 reviews" in drawn.alt
