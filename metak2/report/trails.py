"""From a number of a report back to its cells: what a reader sees on hovering and where a click leads."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from metak2.display import sentences
from metak2.display.numbers import count, fixed, significant
from metak2.effects.origins import Origin
from metak2.effects.sizes import EffectSizes
from metak2.models.pooled import Pooled, Unpooled
from metak2.report.blocks import Link, Paragraph, Table
from metak2.report.formulas import words_of
from metak2.report.tables import blank

ARMS = ("e", "c")


def anchor(comparison: str, row: int) -> str:
    """The id of a study's row in the table of cells, `row` counted from 0."""
    return f"cells-{comparison}-{row + 1}"


def trail(origin: Origin, columns: Sequence[str]) -> str:
    """The cells of these columns with their content: trials!F9 “3/21”, each cell once, blank ones left out."""
    told: dict[str, str] = {}
    for column in columns:
        if column in origin.cells and not blank(origin.values[column]):
            told.setdefault(origin.cells[column], _content(origin, column))
    return ", ".join(f"{cell} {content}" for cell, content in told.items())


def linked_studies(table: Table, result: Pooled | Unpooled, comparison: str, columns: Sequence[str]) -> Table:
    """The study table with each number linked to the row of its cells, the cells themselves on hovering."""
    effects = result.effects
    heads = 2 if len(effects.origins) == len(effects) and effects.kind in {"counts", "means", "rates"} else 0
    links: dict[tuple[int, int], Link] = {}
    for row, origin in enumerate(effects.origins):
        target = anchor(comparison, row)
        if not trail(origin, columns):
            continue
        for at, side in enumerate(ARMS[:heads], start=1):
            read = trail(origin, [name for name in columns if name.endswith(f"_{side}")])
            if read:
                shown = _arm(effects, row, side) or table.rows[row][at]
                links[row, at] = Link(target=target, hover=f"{read} → {shown}")
        if np.isfinite(effects.yi[row]):
            formula = words_of(effects, row)
            hover = f"{trail(origin, columns)} → {formula}"
            links.update({(row, at): Link(target=target, hover=hover) for at in (heads + 1, heads + 2)})
    return replace(table, links=links)


def linked_cells(table: Table, comparison: str) -> Table:
    """The table of cells with an id for each row, which the numbers lead to."""
    return replace(table, anchors=tuple(anchor(comparison, row) for row in range(len(table.rows))))


def linked_headline(text: str, result: Pooled | Unpooled, comparison: str) -> Paragraph:
    """The answer with its estimate and interval linked to the cells they rest on."""
    if not isinstance(result, Pooled) or not any(origin.cells for origin in result.effects.origins):
        return Paragraph(text)
    effects = result.effects
    first = next(row for row, why in enumerate(effects.excluded) if not why)
    source = effects.source or "the data"
    hover = (
        f"Pooled from {sentences.studies(result.k)} in {source}: Σ wᵢyᵢ / Σ wᵢ, {sentences.method_text(result)}; "
        f"estimate {significant(result.estimate, 6)} on the {effects.measure.scale.name} scale. "
        "The cells of each study stand in its row."
    )
    return Paragraph(text, links={sentences.estimate(result): Link(target=anchor(comparison, first), hover=hover)})


def _content(origin: Origin, column: str) -> str:
    value, trace = origin.values[column], origin.traces.get(column)
    raw = trace.raw if trace is not None and trace.raw else value if isinstance(value, str) else f"{value:.10g}"
    more = "; ".join(part for part in (trace.rule, trace.source) if part) if trace is not None else ""
    return f"“{raw}” ({more})" if more else f"“{raw}”"


def _arm(effects: EffectSizes, row: int, side: str) -> str:
    """An arm in words where the table shows it as a fraction: 3 of 21."""
    data: Mapping[str, np.ndarray] = effects.data
    if effects.kind == "counts":
        return f"{count(data[f'event_{side}'][row])} of {count(data[f'n_{side}'][row])}"
    if effects.kind == "rates":
        return f"{count(data[f'event_{side}'][row])} in {fixed(data[f'time_{side}'][row], 0)} of person-time"
    return ""
