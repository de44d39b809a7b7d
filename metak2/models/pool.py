"""Pooling: effect sizes in, one pooled effect with its inference out."""

import math
from collections import Counter
from dataclasses import replace
from typing import Literal, Unpack

import numpy as np

from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray, Status
from metak2.kernels.heterogeneity import q_pval
from metak2.kernels.intervals import t_interval
from metak2.models.alone import infer_alone
from metak2.models.choices import Choices, MoreOptions, more_options, resolve
from metak2.models.conventions import Convention, Prediction, Test
from metak2.models.heterogeneity import heterogeneity, tau2_error, tau2_interval
from metak2.models.methods import Method, method_named
from metak2.models.notes import Facts, result_notes
from metak2.models.pooled import Interval, Pooled, Unpooled
from metak2.models.prediction import prediction as prediction_of
from metak2.models.rows import Row, Rows, infer, row_of
from metak2.studies.table import Column, read_only


def pool(
    effects: EffectSizes,
    *,
    method: str | Method | None = None,
    test: Test | None = None,
    convention: str | Convention = "metak2",
    level: float = 0.95,
    prediction: Prediction | None = None,
    **more: Unpack[MoreOptions],
) -> Pooled:
    """One pooled effect.

    Parameters
    ----------
    method
        CE, MH, PETO (common effect); DL, DL2, DLIT, EB, HE, HS, HSk, ML, PM, PMM, REML, SJ, SJIT, and with weights of
        your own GENQ, GENQM (random effects). Default: the convention's.
    test
        "z", "t", "HK" (Hartung–Knapp), "HK-adhoc" (never narrower than Wald), "HK-wider", "HK-IQWiG" or "KR"
        (Kenward–Roger). Default: the convention's, "z" for a common effect.
    convention
        metak2, cochrane, revman5, metafor, meta or stata: every default at once.
    level
        Coverage of all intervals.
    prediction
        "t(k-1)", "t(k-2)", "z" or "as test", with the reported standard error; "t(k-1) Wald", "t(k-2) Wald";
        "bootstrap"; "none". Default: the convention's.
    more
        weights, tau2, tau2_interval, draws, seed: see `PoolOptions`, which keeps them in `pooled.choices.options`.

    Raises
    ------
    UnknownOptionError
        A word that is not documented.
    ModelError
        No study to pool, the same patients twice, or a method that does not fit the data.
    """
    choices = resolve(method, test, convention, level, prediction, more_options(more))
    effects = as_seen_by(choices.method, effects)
    require_poolable(effects)
    require_weights(effects, choices)
    alone = infer_alone(effects, choices)
    if alone is not None:
        return assemble(effects, choices, alone)
    return build(effects, choices, infer(effects, choices, effects.mi[None, :]))


def side_by_side(effects: EffectSizes, *, why: str, level: float = 0.95) -> Unpooled:
    """The studies beside one another without a pooled effect; `why` is the sentence that the report prints."""
    return Unpooled(effects=effects, why=why, level=level, notes=effects.notes)


def as_seen_by(method: Method, effects: EffectSizes) -> EffectSizes:
    """The effect sizes with the studies that this method pools: count methods take zeros as they are."""
    return effects.with_counts() if method.needs == "counts" else effects


def require_poolable(effects: EffectSizes) -> None:
    """Refuse an empty analysis, several outcomes as one and the same patients twice (METHODS section 3)."""
    if effects.k == 0:
        reasons = Counter(effects.excluded)
        listed = ", ".join(f"{count} {why}" for why, count in sorted(reasons.items())) or "no studies at all"
        raise ModelError(f"no study can be pooled: {listed}; draw them with side_by_side() instead")
    if "outcome" in effects.selection.get("where", {}):
        _require_one_outcome(effects)
    keys = effects.words("key") if "key" in effects.moderators else effects.study
    if len(set(keys)) == len(keys):
        return
    pooled = [key for key, why in zip(keys, effects.excluded, strict=True) if not why]
    if len(set(pooled)) == len(pooled):
        return
    twice = sorted(key for key, count in Counter(pooled).items() if count > 1)
    raise ModelError(
        f"the same patients would be pooled twice: {', '.join(twice)}; choose one row per study (one time, one dose), "
        "combine them with aggregate(), split a shared control with split_shared_control(), model them with robust() "
        "or multilevel(), or draw them with side_by_side()"
    )


def _require_one_outcome(effects: EffectSizes) -> None:
    outcomes = sorted({word for word, why in zip(effects.words("outcome"), effects.excluded, strict=True) if not why})
    if len(outcomes) > 1:
        raise ModelError(
            f"different outcomes would be pooled as one: {', '.join(outcomes)}; choose one, or draw them with "
            "side_by_side()"
        )


def require_weights(effects: EffectSizes, choices: Choices) -> None:
    """Refuse weights that are not one for each study, or that leave nothing to pool."""
    if not choices.options.weighted:
        return
    weights = choices.options.weights_of(len(effects))
    if weights.size != len(effects):
        raise ModelError(f"weights holds {weights.size} numbers for {len(effects)} studies; give one for each study")
    if not (weights * effects.mi).any():
        raise ModelError("every study that is pooled has weight 0; give at least one a positive weight")


def build(effects: EffectSizes, choices: Choices, rows: Rows, row: int = 0, columns: Column | None = None) -> Pooled:
    """One row of a fitted batch as a result; `columns` says which studies of the batch `effects` holds."""
    if choices.options.weighted and columns is not None:
        choices = replace(choices, options=replace(choices.options, weights=_weights(choices, columns)))
    return assemble(effects, choices, row_of(rows, row, columns))


def assemble(effects: EffectSizes, choices: Choices, row: Row) -> Pooled:
    """A fitted row as a result."""
    k = row.k
    used = used_method(choices, k)
    random, many = used.model == "random effects", k > 1
    _require_estimate(choices, row)
    ci = Interval(
        low=row.low, high=row.high, level=choices.level, rule=row.rule, estimate=row.estimate, se=row.se, df=row.df
    )
    tau2 = row.tau2 if random and many else None
    tau2_ci, flags = tau2_interval(effects, choices, row) if tau2 is not None else (None, Status.OK)
    pi = prediction_of(effects, choices, row, ci) if random and k >= 3 else None
    facts = Facts(
        choices=choices,
        used=used,
        k=k,
        status=row.asked_status,
        rule=ci.rule,
        has_prediction=pi is not None,
        tau2_interval_flat=Status.FLAT in flags,
    )
    return Pooled(
        effects=effects,
        choices=choices,
        method=used,
        k=k,
        estimate=ci.estimate,
        se=ci.se,
        ci=ci,
        intervals=(ci, *_others(row, ci, choices)),
        statistic=row.statistic,
        pval=row.pval,
        pi=pi,
        weights=row.weights,
        tau2=tau2,
        tau2_ci=tau2_ci,
        se_tau2=tau2_error(effects, choices, row) if tau2 is not None else None,
        Q=row.Q if many else math.nan,
        Q_df=row.Q_df,
        Q_pval=float(q_pval(row.Q, row.Q_df)) if many else math.nan,
        **heterogeneity(row, choices, tau2_ci, random=random),
        notes=(*effects.notes, *result_notes(effects, facts)),
    )


def used_method(choices: Choices, k: int) -> Method:
    """Two studies cannot tell how studies vary: their headline is the common effect (METHODS section 2)."""
    few = choices.convention.few_studies and k <= 2 and (k == 1 or choices.as_planned)
    return method_named("CE") if few and choices.method.model == "random effects" else choices.method


def _weights(choices: Choices, columns: Column) -> Literal["inverse variance", "equal"] | FloatArray:
    """The weights of the studies that are kept."""
    weights = choices.options.weights
    return weights if isinstance(weights, str) else read_only(np.array(weights[columns]))


def _require_estimate(choices: Choices, row: Row) -> None:
    """Refuse a fit without an answer, and say what to use instead."""
    lost = row.k > 1 and choices.method.needs == "yi_vi" and not math.isfinite(row.estimate)
    if Status.BAD_INPUT in row.asked_status and choices.method.needs == "yi_vi":
        raise ModelError("an effect or sampling variance that is pooled is not a positive finite number; exclude it")
    if lost:
        raise ModelError(f'{choices.method.label} did not converge on these studies; use method="PM" or "DL" instead')


def _others(row: Row, ci: Interval, choices: Choices) -> list[Interval]:
    """The intervals worth printing beside the reported one: Wald and Hartung–Knapp of the method that was asked for."""
    if choices.method.model != "random effects" or row.k < 2:
        return []
    estimate = row.asked_estimate
    beside = []
    for rule, se, df in (("z", row.asked_se, math.inf), ("HK", row.asked_se_hk, row.k - 1.0)):
        if rule == ci.rule and estimate == ci.estimate:
            continue
        low, high = t_interval(estimate, se, df, level=ci.level)
        beside.append(
            Interval(low=float(low), high=float(high), level=ci.level, rule=rule, estimate=estimate, se=se, df=df)
        )
    return beside
