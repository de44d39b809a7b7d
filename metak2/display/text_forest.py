"""A forest plot in plain text, for the terminal and for `print(pooled)`."""

import math

import numpy as np

from metak2.display.decimals import decimals
from metak2.display.not_estimated import in_place_of_effect
from metak2.display.numbers import effect, fixed, interval
from metak2.display.sentences import coverage
from metak2.kernels.contract import FloatArray
from metak2.models.pooled import Pooled, Unpooled

WIDTH = 37  # characters of the plot itself: odd, so that a centre exists
NAME = 28


def text_forest(result: Pooled | Unpooled) -> str:
    """One line per study: name, weight or why it has none, plot, effect and interval; then the pooled effect."""
    effects = result.effects
    low, high = effects.limits(result.level)
    axis = _axis(effects.yi, low, high, 0.0)
    shares = [_share(result, i) for i in range(len(effects))]
    wide = max(len("Weight"), *(len(share) for share in shares))

    def line(name: str, share: str, drawn: str, text: str) -> str:
        short = name if len(name) <= NAME else name[: NAME - 1] + "…"
        return f"{short:<{NAME}} {share:>{wide}}  {drawn:<{WIDTH}}  {text}".rstrip()

    lines = [line("Study", "Weight", "", f"{result.measure.name} ({coverage(result.level)} CI)")]
    for i, study in enumerate(effects.study):
        if not np.isfinite(effects.yi[i]):
            value, within = in_place_of_effect(effects, i)
            lines.append(line(study, shares[i], "", f"{value} ({within})" if effects.other_measure(i) else value))
            continue
        drawn = _line(axis, low[i], effects.yi[i], high[i], "o" if effects.excluded[i] else "■")
        lines.append(line(study, shares[i], drawn, _text(result, effects.yi[i], low[i], high[i])))
    if isinstance(result, Pooled) and result.k > 1:
        ci, pi = result.ci, result.pi
        drawn = _line(axis, ci.low, result.estimate, ci.high, "◆")
        text = _text(result, result.estimate, ci.low, ci.high)
        lines.append(line(f"Pooled ({result.method.name})", "", drawn, text))
        if pi is not None:
            drawn = _line(axis, pi.low, result.estimate, pi.high, " ", "·")
            limits = result.measure.back([pi.low, pi.high])
            lines.append(
                line("Prediction interval", "", drawn, interval(float(limits[0]), float(limits[1]), decimals(effects)))
            )
    return "\n".join(lines)


def _share(result: Pooled | Unpooled, row: int) -> str:
    why = result.effects.excluded[row]
    return why or (f"{fixed(float(result.weights[row]), 1)} %" if isinstance(result, Pooled) else "")


def _axis(yi: FloatArray, low: FloatArray, high: FloatArray, null: float) -> tuple[float, float]:
    """Left and right end: the estimates and the bulk of their intervals, with no effect inside."""
    values = np.concatenate([yi, low, high])
    values = values[np.isfinite(values)]
    if values.size == 0:
        return -1.0, 1.0
    centre = yi[np.isfinite(yi)]
    reach = 3 * max(float(np.ptp(centre)), float(np.median(high[np.isfinite(high)] - low[np.isfinite(low)])), 1e-9)
    left = max(min(float(values.min()), null), float(centre.min()) - reach)
    right = min(max(float(values.max()), null), float(centre.max()) + reach)
    return left, right if right > left else left + 1.0


def _line(axis: tuple[float, float], low: float, middle: float, high: float, mark: str, stroke: str = "─") -> str:
    cells = [" "] * WIDTH
    null = _column(axis, 0.0)
    if 0 <= null < WIDTH:
        cells[null] = "│"
    start, end = _column(axis, low), _column(axis, high)
    for column in range(max(start, 0), min(end, WIDTH - 1) + 1):
        cells[column] = stroke
    if start < 0:
        cells[0] = "◄"
    if end >= WIDTH:
        cells[-1] = "►"
    at = _column(axis, middle)
    if 0 <= at < WIDTH and mark.strip():
        cells[at] = mark
    return "".join(cells)


def _column(axis: tuple[float, float], value: float) -> int:
    if not math.isfinite(value):
        return -1
    return round((value - axis[0]) / (axis[1] - axis[0]) * (WIDTH - 1))


def _text(result: Pooled | Unpooled, estimate: float, low: float, high: float) -> str:
    back, digits = result.measure.back([estimate, low, high]), decimals(result.effects)
    return f"{effect(back[0], digits)} ({interval(back[1], back[2], digits)})"
