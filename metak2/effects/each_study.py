"""What each study says alone: its test and its interval."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.contract import FloatArray
from metak2.kernels.proportion_limits import RULES
from metak2.shown import Shown
from metak2.studies.table import read_only


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EachStudy(Shown):
    """Per study, on the analysis scale, (k,) each; `shown`, `shown_low`, `shown_high` on the displayed scale."""

    study: tuple[str, ...]
    estimate: FloatArray
    se: FloatArray
    statistic: FloatArray
    pval: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    shown: FloatArray
    shown_low: FloatArray
    shown_high: FloatArray
    level: float


def each_study(effects: EffectSizes, *, level: float = 0.95, proportion: str | None = None) -> EachStudy:
    """The Wald test and the interval of every study; NaN where it has no effect.

    Single proportions may have limits of their own by a rule of `kernels.proportion_limits`: "exact" (Clopper &
    Pearson), "Wilson", "Wilson, corrected", "Agresti-Coull", "Wald" or "Wald, corrected" of the proportion itself.

    >>> from metak2.effects.front import effects_from
    >>> found = each_study(effects_from([0.5], study=["A"], measure="RR", se=[0.25]))
    >>> round(float(found.pval[0]), 4), round(float(found.shown[0]), 3)
    (0.0455, 1.649)
    """
    low, high = effects.limits(level) if proportion is None else _of_proportions(effects, level, proportion)
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.sqrt(effects.vi)
        statistic = effects.yi / se
    back = effects.measure.back
    return EachStudy(
        study=effects.study,
        estimate=effects.yi,
        se=read_only(se),
        statistic=read_only(statistic),
        pval=read_only(2 * ndtr(-np.abs(statistic))),
        ci_low=read_only(np.asarray(low)),
        ci_high=read_only(np.asarray(high)),
        shown=read_only(back(effects.yi).copy()),
        shown_low=read_only(back(low).copy()),
        shown_high=read_only(back(high).copy()),
        level=level,
    )


def _of_proportions(effects: EffectSizes, level: float, rule: str) -> tuple[FloatArray, FloatArray]:
    """Limits of single proportions on the analysis scale."""
    if rule not in RULES:
        raise UnknownOptionError("proportion", rule, RULES)
    if effects.kind != "proportions" or effects.measure.name == "PFT":
        raise ModelError(
            f"limits of single proportions need counts of events and a measure such as PLO or PR; "
            f"{effects.measure.name} has limits by its own standard error: leave proportion= out"
        )
    tail = (1 - level) / 2
    limits = RULES[rule](effects.data["event"], effects.data["n"], tail, float(ndtri(1 - tail)))
    with np.errstate(divide="ignore"):
        low, high = (np.where(np.isnan(effects.yi), np.nan, effects.measure.forward(limit)) for limit in limits)
    return low, high
