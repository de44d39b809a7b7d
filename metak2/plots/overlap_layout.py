"""The citation matrix of reviews and trials as a chart: a cell for each pair, dark where the review holds the trial."""

import numpy as np

from metak2.display import published as told
from metak2.plots.chart_marks import Bar, Chart, Panel, Tone, named_axis
from metak2.plots.labels import clean, wrapped
from metak2.robustness.overlap import Overlap

LARGEST_CELL, SMALLEST_CELL, LONGEST_SIDE = 22.0, 10.0, 520.0
NARROWEST = 15.0  # a number of two digits stands below each column
GAP = 0.05
LEFT, BOTTOM, NAME = 170.0, 24.0, 30
TONES: dict[float, Tone] = {1.0: "blue 4", 0.0: "white"}


def overlap_layout(found: Overlap, *, title: str = "") -> Chart:
    """Trials downwards, reviews across by number; the footer names them and gives the corrected covered area."""
    trials, reviews = found.holds.shape
    cell = float(np.clip(LONGEST_SIDE / max(trials, reviews), SMALLEST_CELL, LARGEST_CELL))
    sentence = f"{clean(told.covered_area(found))}."
    across = max(cell, NARROWEST)
    names = "; ".join(f"{number} {clean(review)}" for number, review in enumerate(found.reviews, start=1))
    panel = Panel(
        title="",
        left=LEFT,
        bottom=BOTTOM,
        width=across * reviews,
        height=cell * trials,
        across=named_axis("", tuple(str(number) for number in range(1, reviews + 1))),
        up=named_axis("", tuple(wrapped(trial, NAME, 1) for trial in reversed(found.trials))),
        bars=tuple(
            _bar(column, trials - row - 1, TONES.get(holds, "pale"))
            for (row, column), holds in np.ndenumerate(found.holds)
        ),
    )
    return Chart(
        title=clean(title),
        width=max(LEFT + across * reviews + 30.0, 460.0),
        height=BOTTOM + cell * trials + 12.0,
        panels=(panel,),
        legend=(("blue 4", "the review holds the trial"), ("white", "it does not"), ("pale", "no source says")),
        footer=(f"Reviews: {names}.", sentence),
        alt=f"Citation matrix of {trials} trials and {reviews} reviews. {sentence}",
    )


def _bar(column: int, row: int, tone: Tone) -> Bar:
    return Bar(left=column + GAP, right=column + 1 - GAP, bottom=row + GAP, top=row + 1 - GAP, tone=tone)
