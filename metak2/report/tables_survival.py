"""Median and mean times of survival curves as a table."""

from collections.abc import Sequence

from metak2.display import survival
from metak2.effects.survival import SurvivalSummary
from metak2.report.blocks import Column, Table


def survival_table(results: Sequence[SurvivalSummary], caption: str) -> Table:
    """A row for each study: horizon, medians, restricted means and their difference, as bounds, in months."""
    first, *others = survival.HEADS
    columns = (Column(first), *(Column(head, "right") for head in others))
    return Table(caption, columns, survival.rows(results))
