"""From effect sizes and a multiplicity matrix to fitted rows: the one place where models meet the kernels."""

from dataclasses import dataclass, fields

import numpy as np

from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.kernels.contract import Fit, FloatArray
from metak2.kernels.intervals import normal_interval, t_interval, t_pval
from metak2.kernels.mantel_haenszel import mantel_haenszel
from metak2.kernels.peto import peto
from metak2.kernels.pooling import common_effect, random_effects
from metak2.kernels.tau2 import dersimonian_laird_about
from metak2.models.choices import Choices
from metak2.models.methods import Method


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Fitted rows with their reported inference; every array is (batch,), `rule` names the interval of each row.

    `fit` is what is reported; `asked` is the fit of the method that was asked for (they differ where k = 2 under the
    `metak2` convention).
    """

    fit: Fit
    asked: Fit
    rule: tuple[str, ...]
    low: FloatArray
    high: FloatArray
    se: FloatArray
    df: FloatArray
    statistic: FloatArray
    pval: FloatArray


def fit_rows(effects: EffectSizes, choices: Choices, mi: FloatArray) -> Fit:
    """Pool each row of `mi` (batch, k) by the method; studies that are not estimable count in no row."""
    method = choices.method
    if method.needs == "counts":
        return _fit_counts(effects, method, mi)
    usable = np.isfinite(effects.yi) & np.isfinite(effects.vi)
    mi = np.where(usable, mi, 0.0)
    yi, vi = np.where(usable, effects.yi, 0.0), np.where(usable, effects.vi, 1.0)
    if method.estimator is None:
        return common_effect(yi, vi, mi)
    if (
        choices.convention.about_mantel_haenszel
        and effects.kind == "counts"
        and effects.measure.name in {"RR", "OR", "RD"}
    ):
        return _fit_about_mantel_haenszel(effects, mi)
    tau2, status = method.estimator(yi, vi, mi)
    return random_effects(yi, vi, mi, tau2, status)


def infer(effects: EffectSizes, choices: Choices, mi: FloatArray) -> Rows:
    """Fit the rows and give each its interval and p value by the rules of the convention (METHODS section 2)."""
    asked = fit_rows(effects, choices, mi)
    fit, rule = asked, np.full(asked.k.shape, choices.test, dtype=object)
    if choices.convention.few_studies and choices.method.model == "random effects":
        pair = asked.k == 2
        if pair.any():
            usable = np.isfinite(effects.yi) & np.isfinite(effects.vi)
            yi, vi = np.where(usable, effects.yi, 0.0), np.where(usable, effects.vi, 1.0)
            fit = _choose(pair, common_effect(yi, vi, np.where(usable, mi, 0.0)), asked)
            rule[pair] = "z"
        if choices.test == "HK":
            rule[~pair & _needs_guard(asked, choices.level)] = "HK-adhoc"
    rule[fit.k == 1] = "z"
    rule[(rule == "HK") & (fit.se_hk == 0)] = "HK-adhoc"  # equal effects: an interval of no width says nothing
    df = np.where(rule == "z", np.inf, fit.k - 1)
    hartung_knapp = np.where(rule == "HK-adhoc", np.fmax(fit.se_hk, fit.se), fit.se_hk)
    se = np.where((rule == "HK") | (rule == "HK-adhoc"), hartung_knapp, fit.se)
    low, high = t_interval(fit.estimate, se, df, level=choices.level)
    statistic = fit.estimate / se
    return Rows(
        fit=fit,
        asked=asked,
        rule=tuple(rule),
        low=low,
        high=high,
        se=se,
        df=df,
        statistic=statistic,
        pval=t_pval(statistic, df),
    )


def _needs_guard(fit: Fit, level: float) -> np.ndarray:
    """tau2 = 0, or Hartung–Knapp narrower than Wald."""
    wald = normal_interval(fit.estimate, fit.se, level=level)
    hk = t_interval(fit.estimate, fit.se_hk, np.fmax(fit.k - 1, 1.0), level=level)
    narrower = (hk[1] - hk[0]) < (wald[1] - wald[0])
    return np.asarray((fit.k > 2) & ((fit.tau2 == 0) | narrower))


def _choose(where: np.ndarray, yes: Fit, no: Fit) -> Fit:
    """Row by row, one fit or the other."""
    chosen = {}
    for field in fields(Fit):
        a, b = getattr(yes, field.name), getattr(no, field.name)
        chosen[field.name] = np.where(where[:, None] if a.ndim == 2 else where, a, b)
    return Fit(**chosen)


def _counts(effects: EffectSizes) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    ai, ci = effects.data["event_e"], effects.data["event_c"]
    return ai, effects.data["n_e"] - ai, ci, effects.data["n_c"] - ci


def _fit_counts(effects: EffectSizes, method: Method, mi: FloatArray) -> Fit:
    if effects.kind != "counts" or effects.measure.name not in method.measures:
        raise ModelError(
            f"{method.label} pools {' '.join(method.measures)} from two-by-two counts, "
            f"not {effects.measure.name} from {effects.kind}; use CE or a random-effects method instead"
        )
    ai, bi, ci, di = _counts(effects)
    if method.name == "PETO":
        return peto(ai, bi, ci, di, mi)
    return mantel_haenszel(ai, bi, ci, di, mi, measure=effects.measure.name)


def _fit_about_mantel_haenszel(effects: EffectSizes, mi: FloatArray) -> Fit:
    """RevMan 5: DerSimonian–Laird with Q about the Mantel–Haenszel estimate, which is also the Q that is printed."""
    used = mi.any(axis=0)
    ai, bi, ci, di = _counts(effects)
    common = mantel_haenszel(ai, bi, ci, di, mi, measure=effects.measure.name)
    yi, vi = np.where(used, effects.yi, 0.0), np.where(used, effects.vi, 1.0)
    tau2, status = dersimonian_laird_about(yi, vi, mi, common.estimate)
    fit = random_effects(yi, vi, mi, tau2, status)
    about = {field.name: getattr(fit, field.name) for field in fields(Fit)}
    return Fit(**{**about, "Q": common.Q, "I2_from_Q": common.I2_from_Q})
