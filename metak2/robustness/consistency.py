"""Whether the printed numbers of one result agree with one another, rounding allowed for: "check this", never more.

Every printed number stands for the whole range that rounds to it, and two numbers disagree only where no values within
their ranges fit together. Intervals are taken to be made with the normal distribution; t quantiles of few degrees of
freedom, exact, profile-likelihood or bootstrap limits are innocent reasons for a disagreement.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from scipy.special import ndtr, ndtri

from metak2.effects.measures import MEASURES, Measure
from metak2.kernels.contract import FloatArray
from metak2.studies.targets import EFFECT, Printed, Quantity, Target

Code = Literal["POSITIVE", "INSIDE", "CENTRED", "P_FROM_INTERVAL"]
Printing = dict[Quantity, Printed]

ALIASES = {"WMD": "MD", "SHR": "HR"}
SLACK = 1e-9  # a limit of a range that is reached exactly counts as reached


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Finding:
    """One check of a target on the displayed scale.

    POSITIVE: a ratio and its limits are above 0. INSIDE: the interval holds the estimate. CENTRED: the estimate lies in
    the middle of its interval on the analysis scale. P_FROM_INTERVAL: p follows from estimate and interval.

    `printed` is the number in question, `implied` what the unrounded others give for it, `low` to `high` what they
    allow. `offset` is the distance from the middle in half-widths. `linear` says that a ratio is centred without
    logarithms; `minus` names the number that, with the other sign, would sit where it should.
    """

    code: Code
    target: Target
    agrees: bool
    printed: Printed
    implied: float
    low: float
    high: float
    offset: float = float("nan")
    linear: bool = False
    minus: Quantity | None = None
    cells: tuple[str, ...] = field(default=())


def measure_of(target: Target) -> Measure | None:
    """The measure behind the word in the sheet ("WMD", "MD percent", "HR"), None where it is none of ours."""
    word = target.measure.upper().split(" ")[0]
    return MEASURES.get(ALIASES.get(word, word))


def consistency(target: Target) -> tuple[Finding, ...]:
    """What can be checked of a target by itself; nothing where it prints no interval or no known measure."""
    measure = measure_of(target)
    if measure is None or not target.has_interval:
        return ()
    printing: Printing = {name: target.printed[name] for name in EFFECT}
    return tuple(_findings(target, measure, printing))


def reach(printed: Printed, measure: Measure) -> tuple[float, float]:
    """The range behind a printed number on the analysis scale; a ratio that may be 0 reaches to minus infinity."""
    low, high = measure.forward([printed.low, printed.high])
    return (float(low) if np.isfinite(low) else -np.inf, float(high))


def se_reach(target: Target, measure: Measure) -> tuple[float, float]:
    """The smallest and largest standard error that the printed limits allow, on the analysis scale."""
    (a, b), (c, d) = (reach(target.printed[name], measure) for name in ("ci_low", "ci_high"))
    z = 2 * float(ndtri((1 + target.level) / 2))
    return max(c - b, 0.0) / z, (d - a) / z


def _findings(target: Target, measure: Measure, printing: Printing) -> Iterator[Finding]:
    if measure.log:
        yield from _positive(target, measure, printing)
        if any(number.value <= 0 for number in printing.values()):
            return
    inside = _inside(target, measure, printing)
    yield inside
    if inside.agrees:
        yield _centred(target, measure, printing)
    if "p" in target.printed:
        yield _p_from_interval(target, measure)


def _positive(target: Target, measure: Measure, printing: Printing) -> Iterator[Finding]:
    for name, number in printing.items():
        if number.value <= 0:
            yield Finding(
                code="POSITIVE",
                target=target,
                agrees=False,
                printed=number,
                implied=float("nan"),
                low=0.0,
                high=float("inf"),
                minus=_lost_minus(measure, printing),
                cells=(target.cells.get(name, ""),),
            )


def _inside(target: Target, measure: Measure, printing: Printing) -> Finding:
    low, high = printing["ci_low"], printing["ci_high"]
    estimate = printing["estimate"]
    agrees = low.low - SLACK <= estimate.high and estimate.low <= high.high + SLACK
    return Finding(
        code="INSIDE",
        target=target,
        agrees=agrees,
        printed=estimate,
        implied=float("nan"),
        low=low.value,
        high=high.value,
        minus=None if agrees else _lost_minus(measure, printing),
        cells=_cells(target),
    )


def _centred(target: Target, measure: Measure, printing: Printing) -> Finding:
    low, high = _middle(measure, printing)
    estimate = printing["estimate"]
    coarser: Printing = {**printing, "estimate": replace(estimate, decimals=min(estimate.typed, estimate.decimals))}
    agrees = _in_the_middle(measure, printing) or _in_the_middle(measure, coarser)
    y, a, b = measure.forward([printing[name].value for name in EFFECT])
    middle = measure.back([(a + b) / 2, low, high])
    plain = MEASURES["GEN"]
    return Finding(
        code="CENTRED",
        target=target,
        agrees=agrees,
        printed=estimate,
        implied=float(middle[0]),
        low=float(middle[1]),
        high=float(middle[2]),
        offset=float((y - (a + b) / 2) / ((b - a) / 2)) if b > a else float("nan"),
        linear=measure.log and not agrees and _in_the_middle(plain, printing),
        minus=None if agrees else _lost_minus(measure, printing),
        cells=_cells(target),
    )


def _p_from_interval(target: Target, measure: Measure) -> Finding:
    """P by the normal distribution; a one-sided p may be about either side, and the nearer one is reported."""
    printed = target.printed["p"]
    y, a, b = measure.forward([target.printed[name].value for name in EFFECT])
    se = (b - a) / (2 * float(ndtri((1 + target.level) / 2)))
    exact = _pvals(np.array([(y - measure.forward(measure.null)) / se]), target.p_sided)
    ranges = _pvals(_z_reach(target, measure), target.p_sided)
    options = [(float(row.min()), float(row.max()), float(point[0])) for row, point in zip(ranges, exact, strict=True)]
    fitting = [option for option in options if option[0] <= printed.high + SLACK and printed.low - SLACK <= option[1]]
    low, high, implied = min(fitting or options, key=lambda option: abs(option[2] - printed.value))
    return Finding(
        code="P_FROM_INTERVAL",
        target=target,
        agrees=bool(fitting),
        printed=printed,
        implied=implied,
        low=low,
        high=high,
        cells=(*_cells(target), target.cells.get("p", "")),
    )


def _z_reach(target: Target, measure: Measure) -> FloatArray:
    """The z values that rounding allows: both ends, and 0 where the estimate may be no effect at all."""
    low, high = reach(target.printed["estimate"], measure)
    null = float(measure.forward(measure.null))
    narrow, wide = se_reach(target, measure)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.array([(y - null) / se for y in (low, high) for se in (np.float64(narrow), np.float64(wide))])
    ends = z[~np.isnan(z)]
    return np.append(ends, 0.0) if low <= null <= high else ends


def _pvals(z: FloatArray, sided: str) -> FloatArray:
    """P values, (sides, n): one row of two-sided ones, or one row for each direction of a one-sided test."""
    return np.array([2 * ndtr(-np.abs(z))]) if sided == "two" else np.array([ndtr(z), ndtr(-z)])


def _middle(measure: Measure, printing: Printing) -> tuple[float, float]:
    """The middle of the interval on the analysis scale, as far as rounding leaves it open."""
    (a, b), (c, d) = (reach(printing[name], measure) for name in ("ci_low", "ci_high"))
    return (a + c) / 2, (b + d) / 2


def _in_the_middle(measure: Measure, printing: Printing) -> bool:
    low, high = _middle(measure, printing)
    least, most = reach(printing["estimate"], measure)
    return bool(least <= high + SLACK and low - SLACK <= most)


def _lost_minus(measure: Measure, printing: Printing) -> Quantity | None:
    """The one number whose other sign would make the result possible and centred, if there is exactly one."""
    found: list[Quantity] = []
    for name, number in printing.items():
        turned = replace(number, value=-number.value)
        other: Printing = {**printing, name: turned}
        values = [other[part].value for part in ("ci_low", "estimate", "ci_high")]
        possible = values == sorted(values) and not (measure.log and min(values) <= 0)
        if possible and _in_the_middle(measure, other):
            found.append(name)
    return found[0] if len(found) == 1 else None


def _cells(target: Target) -> tuple[str, ...]:
    return tuple(target.cells.get(name, "") for name in EFFECT)
