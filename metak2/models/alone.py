"""One meta-analysis alone: the rules of `models.rows` on numbers, for the methods and tests that most reviews use."""

import math

import numpy as np

from metak2.effects.sizes import EffectSizes
from metak2.kernels.contract import Status
from metak2.kernels.intervals import t_interval, t_pval, t_quantile
from metak2.kernels.single import SingleFit, fit_single
from metak2.models.choices import Choices
from metak2.models.rows import ROUNDING, Row
from metak2.studies.table import read_only

TESTS = ("z", "t", "HK", "HK-adhoc")
FEWEST = 3  # two studies have rules of their own


def infer_alone(effects: EffectSizes, choices: Choices) -> Row | None:
    """The fit of the studies by REML or ML with its inference; None where the general way must be taken.

    A law holds it to `rows.infer`, field by field.
    """
    likelihood = choices.method.likelihood
    if likelihood is None or choices.test not in TESTS or not choices.as_planned or effects.k < FEWEST:
        return None
    fit = _fit(effects, restricted=likelihood == "REML", level=choices.level)
    if fit is None:
        return None
    rule = _rule(fit, choices)
    df = math.inf if rule == "z" else fit.k - 1.0
    se = {"HK": fit.se_hk, "HK-adhoc": max(fit.se_hk, fit.se)}.get(rule, fit.se)
    low, high = t_interval(fit.estimate, se, df, level=choices.level)
    statistic = fit.estimate / se
    return Row(
        k=fit.k,
        asked_status=Status(fit.status),
        asked_estimate=fit.estimate,
        asked_se=fit.se,
        asked_se_hk=fit.se_hk,
        estimate=fit.estimate,
        wald_se=fit.se,
        tau2=fit.tau2,
        weights=read_only(fit.weights),
        Q=fit.Q,
        Q_df=fit.k - 1.0,
        vt=fit.vt,
        I2=fit.I2,
        I2_from_Q=fit.I2_from_Q,
        H2=fit.H2,
        rule=rule,
        low=float(low),
        high=float(high),
        se=se,
        df=df,
        statistic=statistic,
        pval=float(t_pval(statistic, df)),
        tau2_limits=(fit.tau2_low, fit.tau2_high),
        se_tau2=fit.se_tau2,
    )


def _fit(effects: EffectSizes, *, restricted: bool, level: float) -> SingleFit | None:
    """The fit of the studies that are pooled; the others have no weight."""
    if effects.k == len(effects):
        return fit_single(effects.yi, effects.vi, restricted=restricted, level=level)
    kept = effects.mi > 0
    fit = fit_single(effects.yi[kept], effects.vi[kept], restricted=restricted, level=level)
    if fit is None:
        return None
    weights = np.zeros(len(effects))
    weights[kept] = fit.weights
    return fit._replace(weights=weights)


def _rule(fit: SingleFit, choices: Choices) -> str:
    """Hartung–Knapp as asked for, or what guards it against shrinkage (METHODS section 2)."""
    if choices.test != "HK":
        return choices.test
    if fit.se_hk <= ROUNDING * fit.se:
        return "HK-adhoc"
    if not choices.convention.few_studies:
        return "HK"
    wald = t_quantile(math.inf, level=choices.level) * fit.se
    narrower = t_quantile(fit.k - 1.0, level=choices.level) * fit.se_hk < wald
    return "HK-adhoc" if fit.tau2 == 0 or narrower else "HK"
