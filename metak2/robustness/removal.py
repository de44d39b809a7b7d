"""Whether removing a study moves the pooled effect as a correction notice says.

Under a common effect, weights are inverse variances and add up, so a result before and after a removal tells what was
removed, and a result before with the removed study tells what must come after. Under random effects this holds only
roughly. All ranges are what the rounding of the printed numbers leaves open.
"""

from dataclasses import dataclass, replace
from itertools import product
from types import MappingProxyType

import numpy as np

from metak2.effects.measures import Measure
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.kernels.intervals import normal_interval
from metak2.robustness.consistency import measure_of, reach, se_reach
from metak2.studies.targets import EFFECT, Printed, Quantity, Target

Range = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Removal:
    """A published result before and after studies were removed. Ranges are on the displayed scale.

    `share` is the weight that the removed studies had, in per cent of the whole, and `taken` their pooled effect, both
    as implied by the two printings (None where rounding leaves no positive weight). `expected` is what must come after
    by the numbers of `removed` (estimate, ci_low, ci_high), None where they were not given; `agrees` whether the
    printed numbers lie in it. `loses` says that the interval excluded no effect before and includes it after, `gains`
    the reverse.
    """

    before: Target
    after: Target
    removed: Target | None
    share: Range
    taken: Range | None
    expected: tuple[Range, Range, Range] | None
    agrees: bool | None
    loses: bool
    gains: bool


def removal(before: Target, after: Target, *, removed: Target | None = None) -> Removal:
    """Compare a result before and after; with `removed`, the removed study's own result on the same measure.

    Raises
    ------
    ModelError
        The results have different measures, one of them has none of ours, or prints no interval.
    """
    measure = _shared_measure(before, after, *([removed] if removed else []))
    share, taken = _taken(before, after, measure)
    expected = _expected(before, removed, measure) if removed else None
    first, then = (_excludes_no_effect(target, measure) for target in (before, after))
    return Removal(
        before=before,
        after=after,
        removed=removed,
        share=share,
        taken=taken,
        expected=expected,
        agrees=None if expected is None else _meets(after, expected),
        loses=first and not then,
        gains=then and not first,
    )


def _shared_measure(*targets: Target) -> Measure:
    for target in targets:
        if not target.has_interval:
            cell = target.problems[0].cell if target.problems else "no interval"
            raise ModelError(f"{target.label} prints no interval ({cell}); a removal needs estimate and limits")
    found = [measure_of(target) for target in targets]
    first = found[0]
    if first is None or any(measure is not first for measure in found):
        named = ", ".join(f"{target.label}: {target.measure or 'none'}" for target in targets)
        raise ModelError(f"before and after need one known measure; there are {named}")
    return first


def _corners(target: Target, measure: Measure) -> list[tuple[float, float]]:
    """Effect and inverse variance at the four corners of what rounding allows."""
    with np.errstate(divide="ignore"):
        weights = [float(1 / np.float64(se) ** 2) for se in se_reach(target, measure)]
    return [
        (y, w) for y, w in product(reach(target.printed["estimate"], measure), weights) if np.isfinite([y, w]).all()
    ]


def _taken(before: Target, after: Target, measure: Measure) -> tuple[Range, Range | None]:
    """Weight (per cent) and effect of what was removed; without end where rounding leaves no end."""
    shares, effects = [], []
    unbounded: set[float] = set()
    for (y, w), (y_after, w_after) in product(_corners(before, measure), _corners(after, measure)):
        left = w - w_after
        shares.append(100 * max(left, 0.0) / w)
        moved = w * y - w_after * y_after
        if left > 0:
            effects.append(moved / left)
        else:
            unbounded.add(np.inf if moved > 0 else -np.inf)
    share = (min(shares), max(shares))
    if not effects:
        return share, None
    low, high = measure.back([min(effects), max(effects)])
    ends = measure.back(sorted(unbounded)) if unbounded else np.array([])
    return share, (float(min([low, *ends])), float(max([high, *ends])))


def _expected(before: Target, removed: Target, measure: Measure) -> tuple[Range, Range, Range]:
    """Estimate and limits without the removed study, each as a range."""
    rows: list[FloatArray] = []
    for (y, w), (y_out, w_out) in product(_corners(before, measure), _corners(removed, measure)):
        if w > w_out:
            rest = np.array((w * y - w_out * y_out) / (w - w_out))
            low, high = normal_interval(rest, np.array((w - w_out) ** -0.5), level=before.level)
            rows.append(measure.back([rest, low, high]))
    if not rows:
        raise ModelError(f"{removed.label} weighs more than {before.label}: it cannot have been a part of it")
    least, most = np.min(rows, axis=0), np.max(rows, axis=0)
    (a, b), (c, d), (e, f) = ((float(x), float(y)) for x, y in zip(least, most, strict=True))
    return (a, b), (c, d), (e, f)


def _meets(after: Target, expected: tuple[Range, Range, Range]) -> bool:
    return all(
        low <= after.printed[name].high and after.printed[name].low <= high
        for name, (low, high) in zip(EFFECT, expected, strict=True)
    )


def _excludes_no_effect(target: Target, measure: Measure) -> bool:
    low, high = target.printed["ci_low"].value, target.printed["ci_high"].value
    return not low <= measure.null <= high


def target_as_odds_ratio(target: Target, control_risk: float) -> Target:
    """A risk ratio with its limits as the odds ratios that they are at the risk p of the control arm.

    OR = RR (1 − p) / (1 − RR p).

    Raises
    ------
    ModelError
        Another measure than RR, no interval, or a risk at which a limit would be no risk.
    """
    if target.measure != "RR" or not target.has_interval:
        raise ModelError(f"{target.label}: an odds ratio is made of a risk ratio with its interval")
    changed: dict[Quantity, Printed] = {}
    for name in EFFECT:
        ratio = target.printed[name].value
        if not 0 < control_risk < 1 or ratio * control_risk >= 1:
            raise ModelError(f"{target.label}: {ratio:g} times a control risk of {control_risk:g} is not a risk")
        odds = ratio * (1 - control_risk) / (1 - ratio * control_risk)
        changed[name] = Printed(value=odds, decimals=target.printed[name].decimals)
    return replace(target, measure="OR", printed=MappingProxyType({**target.printed, **changed}))
