"""Two pictures of a diagnostic test as data: the summary ROC plot and the coupled forest plot. No drawing."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from metak2.display import accuracy as told
from metak2.display.numbers import count
from metak2.display.sentences import coverage
from metak2.models.accuracy_result import Accuracy, Summary
from metak2.plots.chart_marks import Chart, Disc, Panel, Stroke, named_axis, plain_axis, text_column
from metak2.plots.labels import clean, letters

SIDE = 300.0
LEFT, BOTTOM = 56.0, 44.0
LARGEST = 9.0  # radius of the largest study, in points
SUMMARY_RADIUS = 4.5
CURVE = 200
ROW = 15.0
MARGIN, GAP, LETTER = 14.0, 12.0, 4.6
COUNT_ROOM, PLOT, TEXT_ROOM = 96.0, 130.0, 96.0


def sroc_layout(result: Accuracy, *, title: str = "") -> Chart:
    """Studies in ROC space, the summary point, its confidence and prediction regions, and the curve within the data."""
    sensitivity, specificity = result.of_studies()
    size = result.data.diseased + result.data.healthy
    discs = tuple(
        Disc(
            x=1 - spec.estimate,
            y=sens.estimate,
            radius=float(LARGEST * np.sqrt(people / size.max())),
            tone="pale",
            name=study,
        )
        for study, sens, spec, people in zip(result.data.study, sensitivity, specificity, size, strict=True)
        if np.isfinite([sens.estimate, spec.estimate]).all()
    )
    summary = Disc(
        x=1 - result.specificity.estimate,
        y=result.sensitivity.estimate,
        radius=SUMMARY_RADIUS,
        tone="ink",
        name="summary",
    )
    axis = plain_axis("", 0.0, 1.0)
    curve = _curve(result, discs)
    panel = Panel(
        title="",
        left=LEFT,
        bottom=BOTTOM,
        width=SIDE,
        height=SIDE,
        across=replace(axis, label="1 − specificity"),
        up=replace(axis, label="Sensitivity"),
        discs=(*discs, summary),
        strokes=(*curve, _region(result, prediction=False), _region(result, prediction=True)),
    )
    level = coverage(result.level)
    return Chart(
        title=clean(title),
        width=LEFT + SIDE + 24.0,
        height=BOTTOM + SIDE + 20.0,
        panels=(panel,),
        legend=(("pale", "a study; area by people"), ("ink", "summary point")),
        footer=(
            f"Solid ring: {level} confidence region of the summary point. Dashed ring: holds {level} of new studies. "
            + ("Curve: summary ROC within the data." if curve else "No curve: its shape is not estimable."),
            clean(told.answer(result)),
        ),
        alt=f"Summary ROC plot of {result.k} studies. {told.answer(result)}",
    )


def _curve(result: Accuracy, discs: Sequence[Disc]) -> tuple[Stroke, ...]:
    """The curve over the false positive rates that were seen; none where its shape is not estimable."""
    seen = [min(max(disc.x, 1e-3), 1 - 1e-3) for disc in discs]
    rates = np.linspace(min(seen), max(seen), CURVE)
    heights = result.sroc(rates)
    if not np.isfinite(heights).all():
        return ()
    return (Stroke(points=tuple(zip(rates.tolist(), heights.tolist(), strict=True)), tone="blue 4"),)


def _region(result: Accuracy, *, prediction: bool) -> Stroke:
    edge = result.region(prediction=prediction)
    points = tuple((1 - spec, sens) for sens, spec in edge.tolist())
    return Stroke(points=points, tone="ink", dashed=prediction)


def coupled_forest_layout(result: Accuracy, *, title: str = "") -> Chart:
    """Sensitivity and specificity of every study side by side, with exact limits, and the summary below."""
    data = result.data
    sensitivity, specificity = result.of_studies()
    names = tuple(clean(study) for study in data.study)
    room = LETTER * max(letters(name) for name in (*names, "Summary")) + GAP
    counts = tuple(_counts(*cells) for cells in zip(data.tp, data.fp, data.fn, data.tn, strict=True))
    panels = [
        _texts("Study", (*names, "Summary"), MARGIN),
        _texts("TP / FP / FN / TN", (*counts, ""), MARGIN + room),
    ]
    left = MARGIN + room + COUNT_ROOM + GAP
    for label, rows in (
        ("Sensitivity", (*sensitivity, result.sensitivity)),
        ("Specificity", (*specificity, result.specificity)),
    ):
        panels.append(_side(label, rows, (*names, "Summary"), left))
        panels.append(_texts("", tuple(told.share(one) for one in rows), left + PLOT + GAP))
        left += PLOT + GAP + TEXT_ROOM
    return Chart(
        title=clean(title),
        width=left + MARGIN,
        height=BOTTOM + ROW * (len(names) + 1) + 26.0,
        panels=tuple(panels),
        legend=(),
        footer=(f"Studies: exact {coverage(result.level)} limits. Summary: {told.LIKELIHOODS[result.likelihood]}.",),
        alt=f"Coupled forest plot of {result.k} studies. {told.answer(result)}",
    )


def _texts(title: str, rows: Sequence[str], left: float) -> Panel:
    return text_column(title, rows, (left, BOTTOM), ROW, 0.65)


def _counts(*cells: float) -> str:
    return " / ".join(count(float(cell)) for cell in cells)


def _side(label: str, rows: Sequence[Summary], names: Sequence[str], left: float) -> Panel:
    """One plot; the last row is the summary, at the bottom."""
    high = len(rows)
    known = [(at, high - at - 0.5, one) for at, one in enumerate(rows) if np.isfinite(one.estimate)]
    return Panel(
        title=label,
        left=left,
        bottom=BOTTOM,
        width=PLOT,
        height=ROW * high,
        across=plain_axis("", 0.0, 1.0),
        up=named_axis("", ("",) * high),
        discs=tuple(
            Disc(
                x=one.estimate,
                y=y,
                radius=4.0 if at == high - 1 else 2.6,
                tone="ink" if at == high - 1 else "blue 4",
                name=names[at],
            )
            for at, y, one in known
        ),
        strokes=tuple(Stroke(points=((one.low, y), (one.high, y))) for _, y, one in known),
        show=("across",),
    )
