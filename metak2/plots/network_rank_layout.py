"""Rankograms: the probability of every rank, a small panel for each treatment, best first. No drawing."""

from metak2.display import network as told
from metak2.display.numbers import fixed, percent
from metak2.models.network_ranking import Ranking
from metak2.plots.axis import Axis
from metak2.plots.chart_marks import Bar, Chart, Panel, Stroke
from metak2.plots.labels import clean, letters

COLUMNS = 4
WIDTH, HEIGHT = 112.0, 72.0
LEFT, BOTTOM, ACROSS, UP = 44.0, 40.0, 34.0, 56.0
NAME = 14  # letters of a name above its panel
BAR = 0.38  # of the distance between ranks, to either side


def rankogram_layout(result: Ranking, *, title: str = "") -> Chart:
    """Bars: probability of the rank. Line: probability of this rank or a better one."""
    n = len(result.treatments)
    rows = -(-n // COLUMNS)
    panels = []
    for place, at in enumerate(result.order):
        row, column = divmod(place, COLUMNS)
        left, bottom = LEFT + column * (WIDTH + ACROSS), BOTTOM + (rows - 1 - row) * (HEIGHT + UP)
        panels.append(_panel(result, at, left, bottom, first=column == 0))
    columns = min(n, COLUMNS)
    return Chart(
        title=clean(title),
        width=LEFT + columns * (WIDTH + ACROSS) if n > 2 else 380.0,
        height=BOTTOM + rows * (HEIGHT + UP) - UP + 26.0,
        panels=tuple(panels),
        legend=(("blue 2", "probability of the rank"), ("ink", "line: of this rank or a better one")),
        footer=(
            f"Rank 1 is the best: {told.BETTER[result.better]}. P: P-score, the mean of the line (SUCRA).",
            f"From {result.draws:,} draws of the effects (seed {result.seed}).".replace(",", "\u202f"),
        ),
        alt=f"Rankograms of {n} treatments. {told.ranking(result)}",
    )


def _panel(result: Ranking, at: int, left: float, bottom: float, *, first: bool) -> Panel:
    n = len(result.treatments)
    shares = result.probability[at].tolist()
    risen = [sum(shares[: rank + 1]) for rank in range(n)]
    name = clean(result.treatments[at])
    while letters(name) > NAME:
        name = f"{name.rstrip('…')[:-1].rstrip()}…"
    return Panel(
        title=f"{name}  P {fixed(float(result.p_score[at]), 2)}",
        left=left,
        bottom=bottom,
        width=WIDTH,
        height=HEIGHT,
        across=_ranks(n),
        up=Axis(
            label="",
            log=False,
            low=0.0,
            high=1.0,
            null=float("nan"),
            ticks=(0.0, 0.5, 1.0),
            tick_labels=tuple(percent(100 * tick) for tick in (0.0, 0.5, 1.0)) if first else ("", "", ""),
        ),
        bars=tuple(
            Bar(left=rank + 1 - BAR, right=rank + 1 + BAR, bottom=0.0, top=share, tone="blue 2")
            for rank, share in enumerate(shares)
        ),
        strokes=(Stroke(points=tuple((rank + 1.0, value) for rank, value in enumerate(risen))),),
    )


def _ranks(n: int) -> Axis:
    step = -(-n // 10)
    ticks = tuple(float(rank) for rank in range(1, n + 1, step))
    return Axis(
        label="Rank",
        log=False,
        low=0.4,
        high=n + 0.6,
        null=float("nan"),
        ticks=ticks,
        tick_labels=tuple(fixed(tick, 0) for tick in ticks),
    )
