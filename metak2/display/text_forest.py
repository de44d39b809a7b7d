"""A forest plot in plain text, for the terminal and for `print(pooled)`."""

import math

import numpy as np

from metak2.display.decimals import decimals
from metak2.display.numbers import effect, fixed, interval
from metak2.display.sentences import coverage
from metak2.kernels.contract import FloatArray
from metak2.models.pooled import Pooled, Unpooled

WIDTH = 37  # characters of the plot itself: odd, so that a centre exists
NAME = 28


def text_forest(result: Pooled | Unpooled) -> str:
    """One line per study: name, weight, plot, effect and interval; then the pooled effect."""
    effects, measure = result.effects, result.measure
    low, high = effects.limits(result.level)
    axis = _axis(effects.yi, low, high, 0.0)
    lines = [f"{'Study':<{NAME}} {'Weight':>7}  {'':<{WIDTH}}  {measure.name} ({coverage(result.level)} CI)"]
    for i, study in enumerate(effects.study):
        why = effects.excluded[i]
        weight = why or (f"{fixed(float(result.weights[i]), 1)} %" if isinstance(result, Pooled) else "")
        name = study if len(study) <= NAME else study[: NAME - 1] + "…"
        if not np.isfinite(effects.yi[i]):
            lines.append(f"{name:<{NAME}} {weight[:12]:>7}  {'':<{WIDTH}}  not estimable")
            continue
        drawn = _line(axis, low[i], effects.yi[i], high[i], "o" if why else "■")
        lines.append(f"{name:<{NAME}} {weight[:9]:>7}  {drawn}  {_text(result, effects.yi[i], low[i], high[i])}")
    if isinstance(result, Pooled):
        drawn = _line(axis, result.ci.low, result.estimate, result.ci.high, "◆")
        summary = _text(result, result.estimate, result.ci.low, result.ci.high)
        lines.append(f"{'Pooled (' + result.method.name + ')':<{NAME}} {'':>7}  {drawn}  {summary}")
        if result.pi is not None:
            drawn = _line(axis, result.pi.low, result.estimate, result.pi.high, " ", "·")
            limits = measure.back([result.pi.low, result.pi.high])
            lines.append(
                f"{'Prediction interval':<{NAME}} {'':>7}  {drawn}  {interval(limits[0], limits[1], decimals(effects))}"
            )
    return "\n".join(line.rstrip() for line in lines)


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
