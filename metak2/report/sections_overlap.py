"""Which review holds which trial: the citation matrix as figure and table, and the corrected covered area."""

from collections.abc import Sequence

import numpy as np

from metak2.display import published as told
from metak2.plots.robustness import overlap_plot
from metak2.report.blocks import Block, Column, Heading, Paragraph, Picture, Table
from metak2.robustness.overlap import Overlap

PIEPER = (
    "Pieper D, Antoine SL, Mathes T, Neugebauer EA, Eikermann M. Systematic review finds overlapping reviews were not "
    "mentioned in every other overview. J Clin Epidemiol 2014; 67: 368–375."
)
WORDS = {1.0: "yes", 0.0: "no"}


def overlap_blocks(found: Overlap, *, label: str = "", name: str = "overlap", text: Sequence[str] = ()) -> list[Block]:
    """Heading, sentence, the reviewer's own paragraphs, figure and matrix."""
    suffix = f", {label}" if label else ""
    sentence = told.overlap(found)
    return [
        Heading(f"How much the reviews share{suffix}"),
        Paragraph(f"{sentence[:1].upper()}{sentence[1:]} Reviews that share trials are never pooled with one another."),
        *(Paragraph(one) for one in text),
        Picture(name, f"Citation matrix{suffix}.", overlap_plot(found)),
        citation_table(found, f"Which review holds which trial{suffix}"),
    ]


def citation_table(found: Overlap, caption: str) -> Table:
    """The citation matrix in words, with the number of listed trials of each review."""
    rows = [
        (trial, *(WORDS.get(float(cell), "not known") for cell in cells))
        for trial, cells in zip(found.trials, found.holds, strict=True)
    ]
    held = (str(int(count)) for count in np.nansum(found.holds, axis=0))
    total = ("Listed trials known to be in it", *held)
    heads = (Column("Trial"), *(Column(review) for review in found.reviews))
    return Table(caption, heads, (*rows, total), (f"Corrected covered area: {PIEPER}",))
