"""A block of meta-analyses, fitted: every field of `Pooled` as an array, by the rules that `pool` follows.

The rules stand in `models.rows` (headline, interval, p value), `models.heterogeneity`, `models.prediction` and
`models.notes`; a law holds each row equal to `pool` of that meta-analysis.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metak2.effects.measures import Measure
from metak2.effects.sizes import EffectSizes
from metak2.kernels.bootstrap_prediction import bootstrap_prediction
from metak2.kernels.contract import Fit, FloatArray, IntArray, Status
from metak2.kernels.heterogeneity import q_pval
from metak2.kernels.intervals import prediction_interval, t_interval
from metak2.kernels.tau2_intervals import h2_from_tau2, h2_interval_from_q, i2_from_tau2, i2_interval_from_q
from metak2.models.choices import Choices
from metak2.models.heterogeneity import tau2_bounds
from metak2.models.many.groups import Block
from metak2.models.notes import FLAGS, peto_doubtful
from metak2.models.rows import Rows, infer, se_tau2
from metak2.studies.table import Kind

Columns = dict[str, Any]
Mask = NDArray[np.bool_]

NOTES = (
    "ONE_STUDY",
    "TWO_STUDIES",
    "TWO_STUDIES_AS_ASKED",
    "NEVER_NARROWER",
    "PREDICTION_FEW",
    *FLAGS.values(),
    "TAU2_GIVEN",
    "WEIGHTS_GIVEN",
    "PREDICTION_DRAWN",
    "FLAT_LIKELIHOOD",
    "PETO_CAUTION",
)
"""The bits of the column `notes`, in the order in which `result_notes` gives them; the second flat likelihood is that
of the interval for tau²."""


def pooled_columns(block: Block, choices: Choices, measure: Measure) -> Columns:
    """The columns of these meta-analyses, name → `(batch,)`, rules in words; `notes` holds bits of `NOTES`.

    `weights` is `(batch, k)`, in per cent.
    """
    effects = _effects(block, measure)
    rows = infer(effects, choices, block.mi)
    common = _headline_is_common(choices, rows.fit.k)
    random = np.full(rows.fit.k.shape, choices.method.model == "random effects") & ~common
    many = rows.fit.k > 1
    columns = {
        "k": rows.fit.k.astype(np.int64),
        "method": np.where(common, "CE", choices.method.name).astype(object),
        "estimate": rows.fit.estimate,
        "se": rows.se,
        "ci_low": rows.low,
        "ci_high": rows.high,
        "ci_rule": np.array(rows.rule, dtype=object),
        "ci_df": rows.df,
        "statistic": rows.statistic,
        "pval": rows.pval,
        **_beside(rows.asked, choices),
        **_prediction(effects, block, choices, rows, random & (rows.fit.k >= 3)),
        **_tau2(effects, block, choices, rows.fit, random & many),
        "weights": rows.fit.weights,
        "Q": np.where(many, rows.fit.Q, np.nan),
        "Q_df": rows.fit.Q_df,
        "Q_pval": np.where(many, q_pval(rows.fit.Q, rows.fit.Q_df), np.nan),
    }
    columns |= _relative(rows.fit, choices, columns, random=random, many=many)
    columns["notes"] = _notes(effects, choices, block.mi, rows, columns)
    lost = many & ~np.isfinite(rows.fit.estimate)
    columns["lost"] = lost & (choices.method.needs == "yi_vi")
    return {name: values[: block.groups.size] for name, values in columns.items()}


def _effects(block: Block, measure: Measure) -> EffectSizes:
    """The block as the models take it: a row of effects per meta-analysis, which the kernels broadcast."""
    kind: Kind = "counts" if block.counts else "effects"
    k = block.yi.shape[1]
    return EffectSizes(
        measure=measure, kind=kind, study=("",) * k, yi=block.yi, vi=block.vi, data=block.counts, excluded=("",) * k
    )


def _headline_is_common(choices: Choices, k: FloatArray) -> Mask:
    """Where `models.pool.used_method` takes the common effect in place of random effects."""
    few = choices.convention.few_studies and choices.method.model == "random effects"
    return np.asarray(few & ((k == 1) | ((k == 2) & choices.as_planned)))


def _beside(asked: Fit, choices: Choices) -> Columns:
    """Wald and Hartung–Knapp of the method that was asked for, as far as it has them, whichever is reported."""
    several = (asked.k >= 2) & (choices.method.model == "random effects")
    estimate = np.where(several, asked.estimate, np.nan)
    columns = {"asked_estimate": estimate}
    for rule, se, df in (("wald", asked.se, np.inf), ("hk", asked.se_hk, np.maximum(asked.k - 1, 1))):
        error = np.where(several, se, np.nan)
        low, high = t_interval(estimate, error, np.broadcast_to(df, error.shape), level=choices.level)
        columns |= {f"{rule}_se": error, f"{rule}_low": low, f"{rule}_high": high}
    return columns


def _prediction(effects: EffectSizes, block: Block, choices: Choices, rows: Rows, wanted: Mask) -> Columns:
    rule, empty = choices.prediction, np.full(wanted.shape, np.nan)
    if rule == "none" or not wanted.any():
        return {"pi_low": empty, "pi_high": empty, "pi_se": empty, "pi_df": empty, "pi_rule": np.full(wanted.shape, "")}
    if rule == "bootstrap":
        options = choices.options
        drawn = bootstrap_prediction(
            effects.yi,
            effects.vi,
            np.where(wanted[:, None], block.mi, 0.0),
            level=choices.level,
            draws=options.draws,
            seed=options.seed,
        )
        words = np.where(wanted, "bootstrap", "")
        return {"pi_low": drawn.pi_low, "pi_high": drawn.pi_high, "pi_se": empty, "pi_df": empty, "pi_rule": words}
    fit, wald = rows.fit, rule.endswith("Wald")
    se = np.where(wanted, fit.se if wald else rows.se, np.nan)
    df = {"t(k-1)": fit.k - 1, "t(k-2)": fit.k - 2, "z": np.full(fit.k.shape, np.inf), "as test": rows.df}
    freedom = np.where(wanted, df[rule.removesuffix(" Wald")], np.nan)
    tau2 = np.where(wanted, fit.tau2, np.nan)
    low, high = prediction_interval(fit.estimate, se, tau2, freedom, level=choices.level)
    return {
        "pi_low": low,
        "pi_high": high,
        "pi_se": np.hypot(np.sqrt(tau2), se),
        "pi_df": freedom,
        "pi_rule": _prediction_rules(rows, choices, freedom),
    }


def _prediction_rules(rows: Rows, choices: Choices, df: FloatArray) -> NDArray[np.object_]:
    """Distribution and standard error of each prediction interval in words, "" where `df` is NaN: there is none."""
    rule, wald = choices.prediction, choices.prediction.endswith("Wald")
    made = {}
    for key in set(zip(rows.rule, df.tolist() if rule == "as test" else [0.0] * df.size, strict=True)):
        of, freedom = key
        how = rule.removesuffix(" Wald")
        if rule == "as test":
            how = "z" if math.isinf(freedom) else f"t({freedom:.4g})"
        made[key] = f"{how} with the {'z' if wald else of} standard error"
    at = df.tolist() if rule == "as test" else [0.0] * df.size
    words = [made[key] for key in zip(rows.rule, at, strict=True)]
    return np.where(np.isnan(df), "", np.array(words, dtype=object))


def _tau2(effects: EffectSizes, block: Block, choices: Choices, fit: Fit, wanted: Mask) -> Columns:
    """tau² with its error and interval; NaN where the headline has none."""
    rule, empty = choices.tau2_interval, np.full(wanted.shape, np.nan)
    low, high, flat = empty, empty, np.zeros(wanted.shape, dtype=bool)
    error = empty
    if wanted.any():
        mi = np.where(wanted[:, None], block.mi, 0.0)
        with np.errstate(all="ignore"):
            error = se_tau2(effects, choices, np.where(wanted, fit.tau2, 0.0), mi)
        if rule != "none":
            weights = choices.options.weights_of(block.yi.shape[1])
            low, high, flags = tau2_bounds(choices, (block.yi, block.vi, mi), weights)
            flat = (flags & Status.FLAT) != 0
    return {
        "tau2": np.where(wanted, fit.tau2, np.nan),
        "tau2_low": np.where(wanted, low, np.nan),
        "tau2_high": np.where(wanted, high, np.nan),
        "tau2_rule": np.where(wanted, "" if rule == "none" else rule, ""),
        "se_tau2": np.where(wanted & np.isfinite(error), error, np.nan),
        "flat_interval": flat & wanted,
    }


def _relative(fit: Fit, choices: Choices, columns: Columns, *, random: Mask, many: Mask) -> Columns:
    """I² and H² by the convention's rule, as in `models.heterogeneity`."""
    by_tau2 = np.where(random & many, fit.I2, np.nan)
    by_q = np.where(many, fit.I2_from_Q, np.nan)
    from_tau2 = random & (choices.convention.I2_rule == "from tau2")
    with np.errstate(divide="ignore", invalid="ignore"):
        h2 = np.where(from_tau2 | ~random, fit.H2, np.maximum(1.0, fit.Q / fit.Q_df))
    found = {
        "I2": np.where(from_tau2, by_tau2, by_q),
        "I2_rule": np.where(from_tau2, "from tau2", "from Q"),
        "I2_from_tau2": by_tau2,
        "I2_from_Q": by_q,
        "H2": np.where(many, h2, np.nan),
        "vt": fit.vt,
    }
    for name, carried, tested in (
        ("I2", i2_from_tau2, i2_interval_from_q),
        ("H2", h2_from_tau2, h2_interval_from_q),
    ):
        sides = tested(fit.Q, fit.Q_df, level=choices.level)
        known = np.isfinite(sides[0] + sides[1])
        for side, limit in zip(("low", "high"), sides, strict=True):
            with np.errstate(divide="ignore", invalid="ignore"):
                by_interval = carried(columns[f"tau2_{side}"], fit.vt)
            tests = np.where(known, limit, np.nan)
            found[f"{name}_{side}"] = np.where(many, np.where(from_tau2, by_interval, tests), np.nan)
    return found


def _notes(effects: EffectSizes, choices: Choices, mi: FloatArray, rows: Rows, columns: Columns) -> IntArray:
    """Which of `NOTES` each row has, by `models.notes.result_notes`."""
    k, options = rows.fit.k, choices.options
    common = _headline_is_common(choices, k)
    random = np.full(k.shape, choices.method.model == "random effects") & ~common
    predicted, status = columns["pi_rule"] != "", rows.asked.status
    several = k > 1
    nothing = np.zeros(k.shape, dtype=bool)
    present = (
        k == 1,
        (k == 2) & common,
        (k == 2) & ~common,
        (columns["ci_rule"] == "HK-adhoc") & random,
        predicted & (k < 10),
        *(((status & int(flag)) != 0) & several for flag in FLAGS),
        several & (options.tau2 is not None),
        several & options.weighted,
        predicted & (choices.prediction == "bootstrap"),
        columns.pop("flat_interval") & ((status & int(Status.FLAT)) == 0),
        peto_doubtful(effects, mi) if choices.method.name == "PETO" else nothing,
    )
    bits = np.zeros(k.shape, dtype=np.int64)
    for bit, there in enumerate(present):
        bits |= there.astype(np.int64) << bit
    return bits
