"""How often each domain was judged how, as a chart of stacked bars."""

import numpy as np

from metak2.display import sentences
from metak2.display.listing import listed
from metak2.display.numbers import percent
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.models.pooled import Pooled
from metak2.plots.chart_marks import Bar, Chart, Panel, Words, named_axis, plain_axis
from metak2.plots.judgement_marks import MARKS, levels
from metak2.plots.labels import clean, wrapped
from metak2.plots.point_names import text_width
from metak2.plots.traffic_light_layout import OVERALL, legend
from metak2.studies.risk_of_bias import RiskOfBias

WIDTH, ROW, BOTTOM, NAME = 300.0, 22.0, 34.0, 48
LEAST_NAMED = 0.09  # of the bar: room for a sign and a percentage


def bias_summary_layout(judged: RiskOfBias, *, weights: Pooled | None = None, title: str = "") -> Chart:
    """Per domain the share of studies with each judgement; by their weights in a pooled result where one is given."""
    share, words = _shares(judged, weights)
    titles = [f"{name}  {judged.titles[name]}" if judged.titles.get(name) else name for name in judged.domains]
    names = tuple(wrapped(name, NAME, 1) for name in (*titles, OVERALL))
    table = [(*row.judgements, row.overall) for row in judged.rows]
    found = [judgement for row in table for judgement in row]
    bars, inside, told = [], [], []
    for column, name in enumerate((*judged.domains, OVERALL)):
        parts = _parts([row[column] for row in table], share, levels(judged.tool, found))
        drawn, words_inside = _bar(parts, len(names) - column - 1 + 0.15)
        bars += drawn
        inside += words_inside
        shares = [f"{MARKS[level].words.lower()} {percent(100 * part)}" for level, part in parts]
        told.append(f"{name}: {', '.join(shares)}")
    left = 16.0 + max(text_width(name) for name in names)
    panel = Panel(
        title="",
        left=left,
        bottom=BOTTOM,
        width=WIDTH,
        height=ROW * len(names),
        across=plain_axis("", 0.0, 100.0),
        up=named_axis("", tuple(reversed(names))),
        bars=tuple(bars),
        words=tuple(inside),
    )
    return Chart(
        title=clean(title),
        width=left + WIDTH + 24.0,
        height=BOTTOM + panel.height + 12.0,
        panels=(panel,),
        legend=legend(judged.tool, found),
        footer=(clean(words),),
        alt=f"Risk of bias, {judged.tool or 'tool not named'}, by domain. {clean(words)} {'; '.join(told)}.",
    )


Parts = list[tuple[str, float]]  # judgements with their shares, 0 to 1


def _parts(column: list[str], share: FloatArray, order: tuple[str, ...]) -> Parts:
    parts = [(level, float(share[[judgement == level for judgement in column]].sum())) for level in order]
    return [(level, part) for level, part in parts if part > 0]


def _bar(parts: Parts, bottom: float) -> tuple[list[Bar], list[Words]]:
    """The pieces of one stacked bar, with sign and percentage where they have room."""
    bars, words, start = [], [], 0.0
    for level, part in parts:
        mark, width = MARKS[level], 100 * part
        bars.append(Bar(left=start, right=start + width, bottom=bottom, top=bottom + 0.7, tone=mark.tone))
        if part >= LEAST_NAMED:
            text, middle = f"{mark.sign} {percent(width)}".strip(), start + width / 2
            words.append(Words(x=middle, y=bottom + 0.35, text=text, align="center", dy=-2.7, tone=mark.on))
        start += width
    return bars, words


def _shares(judged: RiskOfBias, weights: Pooled | None) -> tuple[FloatArray, str]:
    """The share of each row, and what the shares are."""
    if not judged.rows:
        raise ModelError("no study is in the sheet risk_of_bias; fill it, a row per study, blank where not assessed")
    count = len(judged.rows)
    if weights is None:
        return np.full(count, 1 / count), f"Per cent of {count} results."
    studies = [row.study for row in judged.rows]
    if len(set(studies)) < len(studies):
        raise ModelError("weights belong to studies, and some are judged for several outcomes; choose one outcome")
    by_study = dict(zip(weights.study, weights.weights.tolist(), strict=True))
    found = np.array([by_study.get(study, 0.0) for study in studies])
    without = tuple(study for study, weight in by_study.items() if weight > 0 and study not in studies)
    if not found.any() or without:
        who = listed(without) if without else "every study"
        raise ModelError(f"the sheet risk_of_bias has no row for {who}; add one, blank where not assessed")
    left = int((found == 0).sum())
    more = f" {sentences.studies(left)} without weight {'is' if left == 1 else 'are'} left out." if left else ""
    return (
        found / found.sum(),
        f"Per cent of the weight in the pooled {sentences.lower_first(weights.measure.label)}.{more}",
    )
