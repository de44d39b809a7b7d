"""What a relative effect means for people: risks per 1000 and numbers needed to treat, at a stated baseline risk.

Cochrane Handbook, sections 15.4.4 and 15.4.2; Altman 1998, BMJ 317:1309-1312 for an NNT interval that passes infinity.
"""

from dataclasses import dataclass

import numpy as np

from metak2.effects.measures import Measure
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.models.pooled import Pooled
from metak2.shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsoluteEffect(Shown):
    """Risks and their difference as shares of 1 (not per 1000); limits in the order low, high.

    `difference` is experimental minus control; `difference_pi_low` and `difference_pi_high`, what a new setting may
    see, come from the prediction interval and are NaN where there is none. `horizon` is the follow-up in words; every
    NNT belongs to it and to the baseline risk.
    """

    baseline_risk: float
    baseline_source: str
    horizon: str
    risk: float
    risk_low: float
    risk_high: float
    difference: float
    difference_low: float
    difference_high: float
    event_is_good: bool
    difference_pi_low: float = np.nan
    difference_pi_high: float = np.nan

    @property
    def nnt(self) -> float:
        """Number needed to treat for one person more (or less) with the event: 1 / |difference|."""
        return float("inf") if self.difference == 0 else 1 / abs(self.difference)

    @property
    def predicts(self) -> bool:
        """Whether there is a prediction interval behind it."""
        return not np.isnan(self.difference_pi_low)

    @property
    def includes_no_difference(self) -> bool:
        """Whether the interval of the difference holds 0: the NNT interval then passes through infinity."""
        return self.difference_low <= 0 <= self.difference_high


def absolute_effect(
    pooled: Pooled, *, baseline_risk: float, horizon: str, baseline_source: str = "as stated"
) -> AbsoluteEffect:
    """The absolute effect at a baseline risk between 0 and 1, for RR, OR, Peto OR, RD and HR.

    Raises
    ------
    ModelError
        A baseline outside (0, 1), or a measure without an absolute effect.
    """
    if not 0 < baseline_risk < 1:
        raise ModelError(f"baseline_risk is a share of people between 0 and 1, such as 0.47; got {baseline_risk}")
    new = (pooled.pi.low, pooled.pi.high) if pooled.pi else (np.nan, np.nan)
    limits = np.array([pooled.estimate, pooled.ci.low, pooled.ci.high, *new])
    implied = implied_risk(pooled.measure, pooled.measure.back(limits), baseline_risk)
    risk = np.clip(implied, 0.0, 1.0)
    # the interval of a risk difference is its own, even where it leads beyond what a risk can be
    difference = (implied if pooled.measure.name == "RD" else risk) - baseline_risk
    return AbsoluteEffect(
        baseline_risk=baseline_risk,
        baseline_source=baseline_source,
        horizon=horizon,
        risk=float(risk[0]),
        risk_low=float(risk[1]),
        risk_high=float(risk[2]),
        difference=float(difference[0]),
        difference_low=float(difference[1]),
        difference_high=float(difference[2]),
        event_is_good=pooled.effects.higher_is == "better",
        difference_pi_low=float(difference[3]),
        difference_pi_high=float(difference[4]),
    )


def implied_risk(measure: Measure, effect: FloatArray, baseline: FloatArray | float) -> FloatArray:
    """Risk in the experimental group at a displayed effect and a baseline risk, elementwise; not cut off at 0 and 1.

    The hazard ratio's assumes proportional hazards: 1 − (1 − baseline)^HR.
    """
    name = measure.name
    if name == "RR":
        return np.asarray(baseline * effect)
    if name in {"OR", "PETO"}:
        return np.asarray(baseline * effect / (1 - baseline + baseline * effect))
    if name == "RD":
        return np.asarray(baseline + effect)
    if name == "HR":
        return np.asarray(1 - (1 - baseline) ** effect)
    raise ModelError(f"{measure.label} has no absolute effect; use RR, OR, PETO, RD or HR")
