"""How much effects vary between studies: tau² with its interval and error, I² and H² by either rule."""

import math
from typing import Literal, TypedDict

import numpy as np

from metak2.effects.sizes import EffectSizes
from metak2.kernels.contract import FloatArray, IntArray, Status
from metak2.kernels.heterogeneity import q_profile
from metak2.kernels.profile_likelihood import profile_interval
from metak2.kernels.tau2_intervals import (
    biggerstaff_jackson,
    generalised_q,
    h2_from_tau2,
    h2_interval_from_q,
    i2_from_tau2,
    i2_interval_from_q,
    jackson,
)
from metak2.models.choices import Choices
from metak2.models.pooled import Interval
from metak2.models.rows import Row, se_tau2

I2Rule = Literal["from tau2", "from Q"]
Bounds = tuple[FloatArray, FloatArray, IntArray]


class Heterogeneity(TypedDict):
    """The fields of `Pooled` that set the variation between studies against their sampling error."""

    I2: float
    I2_rule: I2Rule
    H2: float
    vt: float
    I2_from_tau2: float
    I2_from_Q: float
    I2_ci: Interval | None
    H2_ci: Interval | None


def tau2_interval(effects: EffectSizes, choices: Choices, row: Row) -> tuple[Interval | None, Status]:
    """The interval for tau² by the rule of the choices, and the kernel's flags."""
    rule, limits, flags = choices.tau2_interval, row.tau2_limits, Status.OK
    if rule == "none":
        return None, flags
    if rule != "Q-profile" or limits is None:
        kept = effects.mi > 0
        yi, vi = effects.yi[kept][None, :], effects.vi[kept][None, :]
        weights = choices.options.weights_of(len(effects))[kept][None, :]
        low, high, status = tau2_bounds(choices, (yi, vi, np.ones_like(yi)), weights)
        limits, flags = (float(low[0]), float(high[0])), Status(int(status[0]))
    interval = Interval(
        low=limits[0], high=limits[1], level=choices.level, rule=rule, estimate=row.tau2, se=math.nan, df=row.k - 1.0
    )
    return interval, flags


def tau2_error(effects: EffectSizes, choices: Choices, row: Row) -> float | None:
    """The standard error of tau²; None where the method has none."""
    error = row.se_tau2
    if error is None:
        error = float(se_tau2(effects, choices, np.array([row.tau2]), effects.mi[None, :])[0])
    return error if math.isfinite(error) else None


def heterogeneity(row: Row, choices: Choices, tau2_ci: Interval | None, *, random: bool) -> Heterogeneity:
    """I² and H² by the convention's rule, each with the interval of that rule; NaN for one study."""
    many = row.k > 1
    by_tau2 = row.I2 if random and many else math.nan
    by_q = row.I2_from_Q if many else math.nan
    vt, Q, df = row.vt, row.Q, row.Q_df
    rule: I2Rule = "from tau2" if choices.convention.I2_rule == "from tau2" and random else "from Q"
    i2 = by_tau2 if rule == "from tau2" else by_q
    h2 = math.nan
    if many:
        h2 = row.H2 if rule == "from tau2" or not random else max(1.0, Q / df)
    return Heterogeneity(
        I2=i2,
        I2_rule=rule,
        H2=h2,
        vt=vt,
        I2_from_tau2=by_tau2,
        I2_from_Q=by_q,
        I2_ci=_relative(rule, i2, (tau2_ci, vt, Q, df), choices.level, squared_h=False) if many else None,
        H2_ci=_relative(rule, h2, (tau2_ci, vt, Q, df), choices.level, squared_h=True) if many else None,
    )


def tau2_bounds(choices: Choices, data: tuple[FloatArray, FloatArray, FloatArray], weights: FloatArray) -> Bounds:
    """The interval for tau² by the rule of the choices for `yi`, `vi`, `mi` and `weights`, `(batch, k)`; not "none"."""
    level = choices.level
    match choices.tau2_interval:
        case "BJ":
            return biggerstaff_jackson(*data, level=level)
        case "J":
            return jackson(*data, level=level)
        case "GENQ":
            return generalised_q(*data, weights, level=level)
        case "PL":
            return profile_interval(*data, level=level, restricted=choices.method.likelihood == "REML")
        case _:
            return q_profile(*data, level=level)


def _relative(
    rule: I2Rule,
    estimate: float,
    basis: tuple[Interval | None, float, float, float],
    level: float,
    *,
    squared_h: bool,
) -> Interval | None:
    """The interval for I² or H²: that of tau² carried over, or the test-based one; `basis` is tau2_ci, vt, Q, df."""
    tau2_ci, vt, Q, df = basis
    if rule == "from tau2":
        if tau2_ci is None:
            return None
        carry = h2_from_tau2 if squared_h else i2_from_tau2
        low, high = carry(tau2_ci.low, vt), carry(tau2_ci.high, vt)
    else:
        limits = h2_interval_from_q if squared_h else i2_interval_from_q
        low, high = (float(limit) for limit in limits(np.array(Q), np.array(df), level=level))
        if not math.isfinite(low + high):
            return None
    return Interval(low=float(low), high=float(high), level=level, rule=rule, estimate=estimate, se=math.nan, df=df)
