"""Where the effect of a new study lies, by the rule that was chosen."""

import math
from dataclasses import replace

import numpy as np

from metak2.effects.sizes import EffectSizes
from metak2.kernels.bootstrap_prediction import bootstrap_prediction
from metak2.kernels.intervals import prediction_interval
from metak2.models.choices import Choices
from metak2.models.pooled import Interval
from metak2.models.rows import Row


def prediction(effects: EffectSizes, choices: Choices, row: Row, ci: Interval) -> Interval | None:
    """The prediction interval of one fitted row; the rule names distribution and standard error."""
    rule = choices.prediction
    if rule == "none":
        return None
    if rule == "bootstrap":
        return _bootstrap(effects, choices, ci)
    k, tau2 = float(row.k), row.tau2
    df = {"t(k-1)": k - 1, "t(k-1) Wald": k - 1, "t(k-2)": k - 2, "t(k-2) Wald": k - 2, "z": math.inf, "as test": ci.df}
    wald = rule.endswith("Wald")
    se = row.wald_se if wald else ci.se
    low, high = prediction_interval(ci.estimate, se, tau2, df[rule], level=ci.level)
    distribution = rule.removesuffix(" Wald") if rule != "as test" else "z" if math.isinf(ci.df) else f"t({ci.df:.4g})"
    return Interval(
        low=float(low),
        high=float(high),
        level=ci.level,
        estimate=ci.estimate,
        rule=f"{distribution} with the {'z' if wald else ci.rule} standard error",
        se=math.hypot(math.sqrt(tau2), se),
        df=df[rule],
    )


def _bootstrap(effects: EffectSizes, choices: Choices, ci: Interval) -> Interval:
    """The interval of Nagashima, Noma & Furukawa (2019): its own draws of tau² and of the mean."""
    kept = effects.mi > 0
    drawn = bootstrap_prediction(
        effects.yi[kept][None, :],
        effects.vi[kept][None, :],
        np.ones((1, int(kept.sum()))),
        level=ci.level,
        draws=choices.options.draws,
        seed=choices.options.seed,
    )
    return replace(
        ci, low=float(drawn.pi_low[0]), high=float(drawn.pi_high[0]), rule="bootstrap", se=math.nan, df=math.nan
    )
