"""Judgements of risk of bias as a chart: a row per study, a column per domain."""

from dataclasses import replace

from metak2.errors import ModelError
from metak2.plots.chart_marks import Chart, Disc, Panel, Tone, Words, named_axis
from metak2.plots.judgement_marks import MARKS, levels
from metak2.plots.labels import clean, wrapped
from metak2.plots.point_names import text_width
from metak2.studies.risk_of_bias import RiskOfBias

COLUMN, ROW, LOWEST_ROW, MANY = 42.0, 17.0, 14.0, 30
HEAD, BOTTOM, RADIUS, NAME = 20.0, 12.0, 5.6, 44
OVERALL = "Overall"


def traffic_light_layout(judged: RiskOfBias, *, title: str = "") -> Chart:
    """Each judgement by colour, sign and letter, the overall one last; a blank is an empty circle: not assessed."""
    if not judged.rows:
        raise ModelError("no study is in the sheet risk_of_bias; fill it, a row per study, blank where not assessed")
    names = _names(judged)
    left = 16.0 + max(text_width(name) for name in names)
    height = len(names) * (ROW if len(names) <= MANY else LOWEST_ROW)
    columns = (*judged.domains, OVERALL)
    rows = [(*row.judgements, row.overall) for row in judged.rows]
    panel = Panel(
        title="",
        left=left,
        bottom=BOTTOM,
        width=COLUMN * len(columns),
        height=height,
        across=named_axis("", columns),
        up=named_axis("", tuple(reversed(names))),
        show=("up",),
    )
    panel = replace(panel, discs=_discs(judged, rows), words=(*_heads(columns, len(rows)), *_signs(rows)))
    found = [judgement for row in rows for judgement in row]
    sentence = _sentence(judged)
    about = [f"{name}: {judged.titles[name]}" for name in judged.domains if judged.titles.get(name)]
    return Chart(
        title=clean(title),
        width=left + panel.width + 20.0,
        height=BOTTOM + height + HEAD,
        panels=(panel,),
        legend=legend(judged.tool, found),
        footer=(*((clean("; ".join(about)) + ".",) if about else ()), sentence),
        alt=f"Risk of bias, {judged.tool or 'tool not named'}, study by study: {sentence}",
    )


def legend(tool: str, found: list[str]) -> tuple[tuple[Tone, str], ...]:
    """The colours with sign and words."""
    shown = [(level, MARKS[level]) for level in levels(tool, found)]
    return tuple(
        (mark.tone, f"{mark.sign} {mark.letter}  {mark.words}" if mark.sign else mark.words) for _, mark in shown
    )


def _names(judged: RiskOfBias) -> list[str]:
    """Study names; with the outcome where one study was judged for several."""
    studies = [row.study for row in judged.rows]
    several = len(set(studies)) < len(studies)
    texts = [f"{row.study}, {row.outcome}" if several and row.outcome else row.study for row in judged.rows]
    return [wrapped(text, NAME, 1) for text in texts]


def _discs(judged: RiskOfBias, rows: list[tuple[str, ...]]) -> tuple[Disc, ...]:
    return tuple(
        Disc(
            x=column + 0.38,
            y=len(rows) - at - 0.5,
            radius=RADIUS,
            tone=MARKS[judgement].tone,
            name=clean(judged.rows[at].study),
        )
        for at, row in enumerate(rows)
        for column, judgement in enumerate(row)
    )


def _heads(columns: tuple[str, ...], rows: int) -> tuple[Words, ...]:
    return tuple(
        Words(x=at + (0.38 if name != OVERALL else 0.5), y=rows, text=name, align="center", dy=6.0, bold=True)
        for at, name in enumerate(columns)
    )


def _signs(rows: list[tuple[str, ...]]) -> tuple[Words, ...]:
    words = []
    for at, row in enumerate(rows):
        y = len(rows) - at - 0.5
        for column, judgement in enumerate(row):
            mark = MARKS[judgement]
            if mark.sign:
                words += [
                    Words(x=column + 0.38, y=y, text=mark.sign, align="center", dy=-2.7, bold=True, tone=mark.on),
                    Words(x=column + 0.38, y=y, text=mark.letter, dx=RADIUS + 2.5, dy=-2.7),
                ]
    return tuple(words)


def _sentence(judged: RiskOfBias) -> str:
    overall = [row.overall for row in judged.rows]
    if not judged.assessed:
        return f"Risk of bias is not assessed: {len(overall)} results without a judgement."
    counts = [
        f"{MARKS[level].words.lower()} in {overall.count(level)}"
        for level in levels(judged.tool, overall)
        if overall.count(level)
    ]
    return f"Overall, of {len(overall)} results: {', '.join(counts)}."
