"""Pooling: effect sizes in, one pooled effect with its inference out."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np

from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.kernels.contract import Fit, Status
from metak2.kernels.heterogeneity import q_profile, q_pval
from metak2.kernels.intervals import prediction_interval, t_interval
from metak2.models.choices import Choices, resolve
from metak2.models.conventions import Convention, Prediction, Test
from metak2.models.methods import Method, method_named
from metak2.models.notes import Facts, result_notes
from metak2.models.pooled import Interval, Pooled, Unpooled
from metak2.models.rows import Rows, infer
from metak2.studies.table import Column, read_only


def pool(
    effects: EffectSizes,
    *,
    method: str | Method | None = None,
    test: Test | None = None,
    convention: str | Convention = "metak2",
    level: float = 0.95,
    prediction: Prediction | None = None,
) -> Pooled:
    """One pooled effect.

    Parameters
    ----------
    method
        CE, MH, PETO (common effect); DL, PM, ML, REML (random effects). Default: the convention's.
    test
        "z", "t", "HK" (Hartung–Knapp) or "HK-adhoc" (never narrower than Wald). Default: the convention's, "z" for a
        common effect.
    convention
        metak2, cochrane, revman5 or metafor: every default at once.
    level
        Coverage of all intervals.
    prediction
        "t(k-1)", "t(k-2)", "z" or "none". Default: the convention's.

    Raises
    ------
    UnknownOptionError
        A word that is not documented.
    ModelError
        No study to pool, the same patients twice, or a method that does not fit the data.
    """
    choices = resolve(method, test, convention, level, prediction)
    effects = as_seen_by(choices.method, effects)
    require_poolable(effects)
    return build(effects, choices, infer(effects, choices, effects.mi[None, :]))


def side_by_side(effects: EffectSizes, *, why: str, level: float = 0.95) -> Unpooled:
    """The studies beside one another without a pooled effect; `why` is the sentence that the report prints."""
    return Unpooled(effects=effects, why=why, level=level, notes=effects.notes)


def as_seen_by(method: Method, effects: EffectSizes) -> EffectSizes:
    """The effect sizes with the studies that this method pools: count methods take zeros as they are."""
    return effects.with_counts() if method.needs == "counts" else effects


def require_poolable(effects: EffectSizes) -> None:
    """Refuse an empty analysis and the same patients twice (METHODS section 3)."""
    if effects.k == 0:
        reasons = Counter(effects.excluded)
        listed = ", ".join(f"{count} {why}" for why, count in sorted(reasons.items())) or "no studies at all"
        raise ModelError(f"no study can be pooled: {listed}; draw them with side_by_side() instead")
    keys = effects.words("key") if "key" in effects.moderators else effects.study
    pooled = [key for key, why in zip(keys, effects.excluded, strict=True) if not why]
    twice = sorted(key for key, count in Counter(pooled).items() if count > 1)
    if twice:
        raise ModelError(
            f"the same patients would be pooled twice: {', '.join(twice)}; choose one row per study "
            "(one time, one dose) or draw them with side_by_side()"
        )


def build(effects: EffectSizes, choices: Choices, rows: Rows, row: int = 0, columns: Column | None = None) -> Pooled:
    """One row of a fitted batch as a result; `columns` says which studies of the batch `effects` holds."""
    fit, asked, convention = rows.fit, rows.asked, choices.convention
    k, level = int(fit.k[row]), choices.level
    used = used_method(choices, k)
    random = used.model == "random effects"
    ci = Interval(
        low=float(rows.low[row]),
        high=float(rows.high[row]),
        level=level,
        rule=rows.rule[row],
        estimate=float(fit.estimate[row]),
        se=float(rows.se[row]),
        df=float(rows.df[row]),
    )
    many = k > 1
    from_tau2 = convention.I2_rule == "from tau2" and random
    pi = _prediction(fit, ci, row, choices) if random and k >= 3 else None
    intervals = (ci, *_others(asked, ci, row, choices))
    facts = Facts(
        asked=choices.method,
        used=used,
        k=k,
        status=Status(int(asked.status[row])),
        rule=ci.rule,
        has_prediction=pi is not None,
    )
    return Pooled(
        effects=effects,
        choices=choices,
        method=used,
        k=k,
        estimate=ci.estimate,
        se=ci.se,
        ci=ci,
        intervals=intervals,
        statistic=float(rows.statistic[row]),
        pval=float(rows.pval[row]),
        pi=pi,
        weights=read_only(np.array(fit.weights[row] if columns is None else fit.weights[row][columns])),
        tau2=float(fit.tau2[row]) if random and many else None,
        tau2_ci=_tau2_interval(effects, float(fit.tau2[row]), level) if random and many else None,
        Q=float(fit.Q[row]) if many else math.nan,
        Q_df=float(fit.Q_df[row]),
        Q_pval=float(q_pval(fit.Q[row], fit.Q_df[row])) if many else math.nan,
        I2=float(fit.I2[row] if from_tau2 else fit.I2_from_Q[row]) if many else math.nan,
        I2_rule="from tau2" if from_tau2 else "from Q",
        H2=float(fit.H2[row]) if many else math.nan,
        notes=(*effects.notes, *result_notes(effects, facts)),
    )


def used_method(choices: Choices, k: int) -> Method:
    """Two studies cannot tell how studies vary: their headline is the common effect (METHODS section 2)."""
    if choices.convention.few_studies and k <= 2 and choices.method.model == "random effects":
        return method_named("CE")
    return choices.method


def _others(asked: Fit, ci: Interval, row: int, choices: Choices) -> list[Interval]:
    """The intervals worth printing beside the reported one: Wald and Hartung–Knapp of the method that was asked for."""
    if choices.method.model != "random effects" or asked.k[row] < 2:
        return []
    estimate = float(asked.estimate[row])
    candidates = [("z", float(asked.se[row]), math.inf), ("HK", float(asked.se_hk[row]), float(asked.k[row] - 1))]
    beside = []
    for rule, se, df in candidates:
        if rule == ci.rule and estimate == ci.estimate:
            continue
        low, high = t_interval(np.array([estimate]), np.array([se]), np.array([df]), level=ci.level)
        beside.append(replace(ci, low=float(low[0]), high=float(high[0]), rule=rule, estimate=estimate, se=se, df=df))
    return beside


def _prediction(fit: Fit, ci: Interval, row: int, choices: Choices) -> Interval | None:
    if choices.prediction == "none":
        return None
    df = {"t(k-1)": fit.k[row] - 1.0, "t(k-2)": fit.k[row] - 2.0, "z": math.inf}[choices.prediction]
    low, high = prediction_interval(
        np.array([ci.estimate]), np.array([ci.se]), fit.tau2[row : row + 1], np.array([df]), level=ci.level
    )
    se = float(np.sqrt(fit.tau2[row] + ci.se**2))
    rule = f"{choices.prediction} with the {ci.rule} standard error"
    return replace(ci, low=float(low[0]), high=float(high[0]), rule=rule, se=se, df=float(df))


def _tau2_interval(effects: EffectSizes, tau2: float, level: float) -> Interval:
    kept = effects.mi > 0
    one = np.ones((1, int(kept.sum())))
    low, high, _ = q_profile(effects.yi[kept][None, :], effects.vi[kept][None, :], one, level=level)
    return Interval(
        low=float(low[0]),
        high=float(high[0]),
        level=level,
        rule="Q-profile",
        estimate=tau2,
        se=math.nan,
        df=float(kept.sum() - 1),
    )
