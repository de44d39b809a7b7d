"""The net heat plot: which design makes which other one inconsistent with the network. No drawing."""

import numpy as np

from metak2.display import network as told
from metak2.display.numbers import fixed
from metak2.models.network_consistency import Designs
from metak2.plots.axis import Axis
from metak2.plots.chart_marks import AMBERS, BLUES, Bar, Chart, Over, Panel, named_axis, shade
from metak2.plots.labels import clean, letters

CELL = 24.0
LETTER = 4.4
WORTH = 0.5  # a change of Q below which no number is printed
LARGEST = 0.86  # side of the grey square of a design that rests on itself alone, in cells
TOP, BOTTOM, MARGIN = 30.0, 16.0, 14.0


def net_heat_layout(result: Designs, *, title: str = "") -> Chart:
    """Rows are designs, columns the design that is taken out of the network; see `kernels.network_designs.Heat`.

    Grey squares: how much of the row's network estimate comes from the column. Warm: the inconsistency of the row falls
    when the column is detached; cold: it grows; the number is the change of Q.
    """
    names = [clean(" – ".join(design)) for design in result.designs]
    n = len(names)
    codes = tuple(str(at + 1) for at in range(n))
    labels = [f"{name}  {code}" for name, code in zip(names, codes, strict=True)]
    room = MARGIN + LETTER * max(letters(label) for label in labels)
    side = CELL * n
    largest = float(np.abs(result.change).max()) or 1.0
    colours, squares, words = [], [], []
    for row in range(n):
        for column in range(n):
            low = float(n - 1 - row)
            change, share = float(result.change[row, column]), min(float(result.share[row, column]), 1.0)
            tones = AMBERS if change > 0 else BLUES
            if abs(change) > 0.01 * largest:
                tone = shade(abs(change) / largest, tones)
                colours.append(Bar(left=column, right=column + 1.0, bottom=low, top=low + 1.0, tone=tone))
            half = LARGEST * share**0.5 / 2
            middle = (column + 0.5, low + 0.5)
            squares.append(Bar(left=middle[0] - half, right=middle[0] + half, bottom=middle[1] - half,
                            top=middle[1] + half, tone="pale"))  # fmt: skip
            if abs(change) >= WORTH:
                text = f"{'+' if change > 0 else ''}{fixed(change, 1)}"
                words.append(Over(x=column + 0.5, y=low + 0.64, text=text, align="center"))
    grid = Panel(
        title="",
        left=room,
        bottom=BOTTOM + 20.0,
        width=side,
        height=side,
        across=named_axis("", codes),
        up=_rows(labels),
        bars=(*colours, *squares),
        words=tuple(words),
    )
    return Chart(
        title=clean(title),
        width=max(room + side + MARGIN, 420.0),
        height=side + TOP + BOTTOM + 8.0,
        panels=(grid,),
        legend=(
            ("pale", "square: share of the row's answer that comes from the column"),
            ("amber 3", "+ Q of the row falls when the column is detached"),
            ("blue 3", "− Q of the row grows"),
        ),
        footer=(
            "Columns: the detached design, by the number of its row. Common effect; Krahn, Binder & König 2013.",
            told.consistency(result),
        ),
        alt=f"Net heat plot of {n} designs. {_hottest(result, names)} {told.consistency(result)}",
    )


def _rows(labels: list[str]) -> Axis:
    """The first row on top."""
    return named_axis("", tuple(reversed(labels)))


def _hottest(result: Designs, names: list[str]) -> str:
    falls = result.change.sum(axis=0)
    if not falls.size or falls.max() < WORTH:
        return "No design changes the inconsistency by much."
    at = int(falls.argmax())
    return f"Inconsistency falls most, by {fixed(float(falls[at]), 1)}, without {names[at]}."
