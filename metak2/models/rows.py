"""From effect sizes and a multiplicity matrix to fitted rows: the one place where models meet the kernels."""

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.kernels.contract import Fit, FloatArray, Status
from metak2.kernels.intervals import t_interval, t_pval, t_quantile
from metak2.kernels.mantel_haenszel import mantel_haenszel
from metak2.kernels.peto import peto
from metak2.kernels.pooling import common_effect, kenward_roger, random_effects, random_effects_by, weighted_average
from metak2.kernels.tau2 import Estimator, dersimonian_laird, dersimonian_laird_about
from metak2.models.choices import Choices
from metak2.models.methods import Method
from metak2.studies.table import Column, read_only

ROUNDING = 1e-12  # of a standard error: what sums of equal effects leave where exact arithmetic leaves 0


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


class Row(NamedTuple):
    """One fitted row as numbers: what was asked for, what is reported, and its inference.

    `weights` are (k,), per cent. `tau2_limits` and `se_tau2` stand where the fit came with them.
    """

    k: int
    asked_status: Status
    asked_estimate: float
    asked_se: float
    asked_se_hk: float
    estimate: float
    wald_se: float
    tau2: float
    weights: FloatArray
    Q: float
    Q_df: float
    vt: float
    I2: float
    I2_from_Q: float
    H2: float
    rule: str
    low: float
    high: float
    se: float
    df: float
    statistic: float
    pval: float
    tau2_limits: tuple[float, float] | None = None
    se_tau2: float | None = None


def row_of(rows: Rows, row: int, columns: Column | None = None) -> Row:
    """One row of a batch; `columns` says which of its studies are wanted."""
    fit, asked = rows.fit, rows.asked
    return Row(
        k=int(fit.k[row]),
        asked_status=Status(int(asked.status[row])),
        asked_estimate=float(asked.estimate[row]),
        asked_se=float(asked.se[row]),
        asked_se_hk=float(asked.se_hk[row]),
        estimate=float(fit.estimate[row]),
        wald_se=float(fit.se[row]),
        tau2=float(fit.tau2[row]),
        weights=read_only(np.array(fit.weights[row] if columns is None else fit.weights[row][columns])),
        Q=float(fit.Q[row]),
        Q_df=float(fit.Q_df[row]),
        vt=float(fit.vt[row]),
        I2=float(fit.I2[row]),
        I2_from_Q=float(fit.I2_from_Q[row]),
        H2=float(fit.H2[row]),
        rule=rows.rule[row],
        low=float(rows.low[row]),
        high=float(rows.high[row]),
        se=float(rows.se[row]),
        df=float(rows.df[row]),
        statistic=float(rows.statistic[row]),
        pval=float(rows.pval[row]),
    )


def fit_rows(effects: EffectSizes, choices: Choices, mi: FloatArray) -> Fit:
    """Pool each row of `mi` (batch, k) by the method; studies that are not estimable count in no row."""
    if choices.method.needs == "counts":
        return _fit_counts(effects, choices.method, mi)
    data = _data(effects, mi)
    weights = choices.options.weights_of(len(effects)) if choices.options.weighted else None
    if choices.options.tau2 is None and _about_mantel_haenszel(effects, choices):
        fit = _fit_about_mantel_haenszel(effects, data[2])
        return fit if weights is None else weighted_average(*data, weights, fit)
    return fit_arrays(*data, choices, weights)


def fit_arrays(yi: FloatArray, vi: FloatArray, mi: FloatArray, choices: Choices, weights: FloatArray | None) -> Fit:
    """Pool each row of a batch by an inverse-variance method; `weights` (k,) are the user's, for these columns."""
    data, given = (yi, vi, mi), choices.options.tau2
    if choices.method.model == "common effect":
        fit = common_effect(*data)
    elif given is not None:
        flag = np.array([Status.AT_ZERO if given == 0 else Status.OK], dtype=np.int64)
        fit = random_effects(*data, np.array([given]), flag)
    elif choices.method.weighted_estimator is not None:
        fit = random_effects(
            *data, *choices.method.weighted_estimator(*data, np.ones(yi.shape[-1]) if weights is None else weights)
        )
    else:
        fit = random_effects_by(_estimator(choices.method), *data)
    return fit if weights is None else weighted_average(*data, weights, fit)


def se_tau2(effects: EffectSizes, choices: Choices, tau2: FloatArray, mi: FloatArray) -> FloatArray:
    """The standard error of tau², `(batch,)`; NaN where the method has none."""
    method, data = choices.method, _data(effects, mi)
    if method.weighted_error is not None:
        return method.weighted_error(*data, tau2, choices.options.weights_of(len(effects)))
    if method.error is None or _about_mantel_haenszel(effects, choices):
        return np.full(len(mi), np.nan)
    return method.error(*data, tau2)


def infer(effects: EffectSizes, choices: Choices, mi: FloatArray) -> Rows:
    """Fit the rows and give each its interval and p value by the rules of the convention (METHODS section 2)."""
    asked = fit_rows(effects, choices, mi)
    fit, rule = asked, _guarded(effects, choices, mi, asked)
    if choices.method.model == "random effects" and choices.convention.few_studies and choices.as_planned:
        pair = asked.k == 2
        if pair.any():
            fit = _choose(pair, common_effect(*_data(effects, mi)), asked)
            rule[pair] = "z"
    rule[fit.k == 1] = "z"
    no_width = fit.se_hk <= ROUNDING * fit.se  # equal effects: an interval of no width says nothing
    if no_width.any():
        rule[(rule == "HK") & no_width] = "HK-adhoc"
    se, df = _standard_errors(effects, mi, fit, rule)
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


def _usable(effects: EffectSizes) -> np.ndarray:
    return np.isfinite(effects.yi) & np.isfinite(effects.vi)


def _data(effects: EffectSizes, mi: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """`yi`, `vi`, `mi` as the kernels take them."""
    usable = _usable(effects)
    if usable.all():
        return effects.yi, effects.vi, mi
    return np.where(usable, effects.yi, 0.0), np.where(usable, effects.vi, 1.0), np.where(usable, mi, 0.0)


def _estimator(method: Method) -> Estimator:
    if method.estimator is None:
        raise ModelError(f"{method.label} has no estimator of tau²; use REML")
    return method.estimator


def _standard_errors(effects: EffectSizes, mi: FloatArray, fit: Fit, rule: np.ndarray) -> tuple[FloatArray, FloatArray]:
    """Standard error and degrees of freedom of each row's rule."""
    df = np.where(rule == "z", np.inf, fit.k - 1)
    guarded = rule == "HK-adhoc"
    se = np.where((rule == "HK") | guarded, np.where(guarded, np.fmax(fit.se_hk, fit.se), fit.se_hk), fit.se)
    corrected = rule == "KR"
    if corrected.any():
        se_kr, df_kr = kenward_roger(*_data(effects, mi), fit.tau2)
        se, df = np.where(corrected, se_kr, se), np.where(corrected, df_kr, df)
    return se, df


def _guarded(effects: EffectSizes, choices: Choices, mi: FloatArray, fit: Fit) -> np.ndarray:
    """The rule of each row: Hartung–Knapp as asked for, or what guards it against shrinkage (METHODS section 2)."""
    level = choices.level
    rule = np.full(fit.k.shape, choices.test, dtype=object)
    if choices.test == "HK" and choices.convention.few_studies:
        narrower = _narrower_than(fit.se, fit, level)
        rule[(fit.k > 2) & ((fit.tau2 == 0) | narrower)] = "HK-adhoc"
    elif choices.test == "HK-wider":
        rule = np.where(_narrower_than(fit.se, fit, level), "z", "HK").astype(object)
    elif choices.test == "HK-IQWiG":
        data = _data(effects, mi)
        plain = random_effects(*data, *dersimonian_laird(*data))
        rule = np.where(_narrower_than(plain.se, fit, level), "HK-adhoc", "HK").astype(object)
    return rule


def _narrower_than(se: FloatArray, fit: Fit, level: float) -> np.ndarray:
    """Whether the Hartung–Knapp interval of `fit` is narrower than the Wald interval with standard error `se`."""
    wald = t_quantile(np.inf, level=level) * se
    return np.asarray(t_quantile(np.fmax(fit.k - 1, 1.0), level=level) * fit.se_hk < wald)


def _about_mantel_haenszel(effects: EffectSizes, choices: Choices) -> bool:
    """Whether RevMan 5 would take the Q of DerSimonian–Laird about the Mantel–Haenszel estimate."""
    return (
        choices.convention.about_mantel_haenszel
        and choices.method.name == "DL"
        and effects.kind == "counts"
        and effects.measure.name in {"RR", "OR", "RD"}
    )


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
