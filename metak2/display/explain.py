"""The analysis step by step for a student: each number put into its formula."""

import numpy as np

from metak2.display.caveats import caveats
from metak2.display.decimals import decimals
from metak2.display.numbers import effect, interval, p_value, percent
from metak2.display.r_call import r_call
from metak2.display.sentences import RULES, coverage, lower_first
from metak2.display.worked_effects import MEANINGS, formula_of, four, worked_effects
from metak2.effects.sizes import EffectSizes
from metak2.kernels.intervals import t_quantile
from metak2.models.pooled import Interval, Pooled, Unpooled

TAU2_RULES = {
    "PM": "the τ² at which Σ(yi − μ)²/(vi + τ²) is k − 1",
    "DLIT": "the τ² at which Σ(yi − μ)²/(vi + τ²) is k − 1",
    "SJIT": "the τ² at which Σ(yi − μ)²/(vi + τ²) is k − 1",
    "EB": "the τ² at which Σ(yi − μ)²/(vi + τ²) is k − 1",
    "ML": "the τ² at which the likelihood −½ Σ ln(vi + τ²) − ½ Σ(yi − μ)²/(vi + τ²) is highest",
    "REML": "the τ² at which the restricted likelihood "
    "−½ Σ ln(vi + τ²) − ½ ln Σ 1/(vi + τ²) − ½ Σ(yi − μ)²/(vi + τ²) is highest",
}


def explain(result: Pooled | Unpooled) -> str:
    """Every step from the studies' numbers to the pooled effect, and the line of R that gives the same."""
    if isinstance(result, Unpooled):
        return "\n".join([*_effects(result.effects), "", f"Not pooled. {result.why}"])
    steps = [_effects(result.effects), _heterogeneity(result), _weights(result), _pooled(result), _prediction(result)]
    lines = [line for step in steps if step for line in (*step, "")]
    notes = [f"! {text}" for text in caveats(result)]
    return "\n".join(
        [*lines, *notes, *([""] if notes else []), "The same in R", *(f"  {line}" for line in r_call(result))]
    )


def _effects(effects: EffectSizes) -> list[str]:
    measure, worked = effects.measure, formula_of(effects)
    scale = f", on the {measure.scale.name} scale" if measure.scale.name != "identity" else ""
    lines = [f"Effect and sampling variance of each study: {lower_first(measure.label)}{scale} ({measure.reference})"]
    if worked:
        names = [name for name in MEANINGS if f"{{{name}}}" in worked.yi + worked.vi]
        lines.append(f"  yi = {_symbols(worked.yi)};  vi = {_symbols(worked.vi)}")
        lines += [f"  {name}: {MEANINGS[name]}" for name in names]
    width = max(len(study) for study in effects.study)
    for study, line, why in zip(effects.study, worked_effects(effects), effects.excluded, strict=True):
        apart = f"  [not pooled: {why}]" if why and not line.startswith("no effect") else ""
        lines.append(f"  {study:<{width}}  {line}{apart}")
    return lines


def _symbols(formula: str) -> str:
    return formula.replace("{", "").replace("}", "")


def _heterogeneity(pooled: Pooled) -> list[str]:
    if pooled.k < 2:
        return []
    lines = ["How much the studies vary"]
    kept = (pooled.effects.mi > 0) & np.isfinite(pooled.effects.yi)
    yi, vi = pooled.effects.yi[kept], pooled.effects.vi[kept]
    lines.append(f"  Q = {four(pooled.Q)} on {pooled.Q_df:g} degrees of freedom, {p_value(pooled.Q_pval)}")
    if pooled.tau2 is not None:
        lines += _tau2(pooled, yi, vi)
    if pooled.I2_rule == "from Q":
        lines.append(f"  I² = 100 × (Q − df)/Q = {percent(pooled.I2, 1)}, 0 where Q is below df (from Q)")
    else:
        lines.append(
            f"  I² = 100 × τ²/(τ² + typical vi) = 100 × {four(pooled.tau2 or 0.0)}/({four(pooled.tau2 or 0.0)} + "
            f"{four(pooled.vt)}) = {percent(pooled.I2, 1)} (from τ²)"
        )
    return lines


def _tau2(pooled: Pooled, yi: np.ndarray, vi: np.ndarray) -> list[str]:
    """The estimate of tau² by its rule, worked where it has a closed form with the Q that is printed."""
    name, tau2 = pooled.method.name, four(pooled.tau2 or 0.0)
    if pooled.choices.options.tau2 is not None:
        return [f"  τ² = {tau2}, as given"]
    if name == "DL":
        w = 1 / vi
        c = w.sum() - (w**2).sum() / w.sum()
        about = " about the Mantel–Haenszel estimate" if pooled.convention.about_mantel_haenszel else ""
        return [
            f"  τ² = (Q − (k − 1))/(Σ wi − Σ wi²/Σ wi) with wi = 1/vi, Q{about}, at least 0",
            f"     = ({four(pooled.Q)} − {yi.size - 1})/({four(w.sum())} − {four((w**2).sum())}/{four(w.sum())})",
            f"     = {four(pooled.Q - (yi.size - 1))}/{four(c)} = {tau2}",
        ]
    rule = f": {TAU2_RULES[name]}" if name in TAU2_RULES else f" ({pooled.method.reference})"
    lines = [f"  τ² = {tau2} by {pooled.method.label.removeprefix('random effects, ')}{rule}"]
    if pooled.tau2_ci is not None:
        ci = pooled.tau2_ci
        lines.append(f"  {coverage(ci.level)} interval of τ²: {four(ci.low)} to {four(ci.high)} ({RULES[ci.rule]})")
    return lines


def _weights(pooled: Pooled) -> list[str]:
    """Each study's share; worked where the weights are the inverse of the variance."""
    if pooled.k < 2:
        return []
    studies, effects = pooled.effects.study, pooled.effects
    width = max(len(study) for study in studies)
    if pooled.method.needs == "counts" or pooled.choices.options.weighted:
        lines = [f"Weights ({pooled.method.label})"]
        return lines + [
            f"  {study:<{width}}  {percent(weight, 2)}"
            for study, weight in zip(studies, pooled.weights, strict=True)
            if weight > 0
        ]
    added = "" if pooled.tau2 is None else f" + {four(pooled.tau2)}"
    lines = ["Weights: wi = 1/vi" if pooled.tau2 is None else "Weights: wi = 1/(vi + τ²)"]
    for study, vi, weight in zip(studies, effects.vi, pooled.weights, strict=True):
        if weight > 0:
            wi = 1 / (vi + (pooled.tau2 or 0.0))
            shown = f"1/({four(vi)}{added})" if added else f"1/{four(vi)}"
            lines.append(f"  {study:<{width}}  {shown} = {four(wi)}, {percent(weight, 2)}")
    return lines


def _pooled(pooled: Pooled) -> list[str]:
    lines = [f"Pooled effect: {pooled.method.label}" if pooled.k > 1 else "One study: its own effect and interval"]
    inverse = pooled.k > 1 and pooled.method.needs != "counts" and not pooled.choices.options.weighted
    if inverse:
        kept = pooled.weights > 0
        yi, vi = pooled.effects.yi[kept], pooled.effects.vi[kept]
        w = 1 / (vi + (pooled.tau2 or 0.0))
        lines += [
            f"  μ = Σ wi yi/Σ wi = {four((w * yi).sum())}/{four(w.sum())} = {four(pooled.estimate)}",
            f"  {_error(pooled, yi, w)}",
        ]
    else:
        lines.append(f"  μ = {four(pooled.estimate)};  SE = {four(pooled.se)}")
    lines += [
        f"  {coverage(pooled.level)} interval: {_around(pooled.ci, pooled.level)} ({RULES[pooled.ci.rule]})",
        f"  test of no effect: {four(pooled.statistic)}, {p_value(pooled.pval)}",
    ]
    shown, digits = pooled.displayed, decimals(pooled.effects)
    ends = interval(shown.ci_low, shown.ci_high, digits)
    label = lower_first(pooled.measure.label)
    return [*lines, f"  As a reader sees it: {label} {effect(shown.estimate, digits)} ({ends})"]


def _error(pooled: Pooled, yi: np.ndarray, w: np.ndarray) -> str:
    """The standard error of the reported interval, worked."""
    wald = 1 / np.sqrt(w.sum())
    hk = np.sqrt((w * (yi - pooled.estimate) ** 2).sum() / ((yi.size - 1) * w.sum()))
    by_wald = f"SE = √(1/Σ wi) = √(1/{four(w.sum())}) = {four(wald)}"
    by_hk = (
        f"SE = √(Σ wi (yi − μ)²/((k − 1) Σ wi)) = "
        f"√({four((w * (yi - pooled.estimate) ** 2).sum())}/({yi.size - 1} × {four(w.sum())})) = {four(hk)}"
    )
    match pooled.ci.rule:
        case "HK":
            return by_hk
        case "HK-adhoc":
            return f"the larger of {by_hk} and {by_wald}: {four(pooled.se)}"
        case "KR":
            return f"{by_wald}, widened by Kenward–Roger to {four(pooled.se)}"
        case _:
            return by_wald


def _around(interval_: Interval, level: float) -> str:
    """Estimate ± quantile × SE = limits, with the quantile's distribution."""
    quantile = float(t_quantile(np.array(interval_.df), level=level))
    name = "z" if np.isinf(interval_.df) else f"t({interval_.df:.4g})"
    return (
        f"{four(interval_.estimate)} ± {name} × SE = {four(interval_.estimate)} ± {four(quantile)} × "
        f"{four(interval_.se)} = {four(interval_.low)} to {four(interval_.high)}"
    )


def _prediction(pooled: Pooled) -> list[str]:
    if pooled.pi is None:
        return []
    pi, back, digits = pooled.pi, pooled.measure.back, decimals(pooled.effects)
    lines = [f"Prediction: where the effect in a new setting lies ({pi.rule})"]
    if np.isfinite(pi.se):
        lines += [f"  SE = √(τ² + SE²) = {four(pi.se)}", f"  {_around(pi, pooled.level)}"]
    low, high = back([pi.low, pi.high])
    return [*lines, f"  As a reader sees it: {interval(float(low), float(high), digits)}"]
