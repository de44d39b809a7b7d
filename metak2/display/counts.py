"""How models of counts are printed: GLMMs, Mantel–Haenszel and Peto with their tests."""

import numpy as np

from metak2.display.notes import sentence
from metak2.display.numbers import effect, fixed, interval, p_value, percent, significant
from metak2.models.glmm_result import Glmm
from metak2.models.pooled import Interval
from metak2.models.stratified import ScoreTest, Stratified
from metak2.robustness.counts_leave_one_out import CountRefits, numbers_of
from metak2.shown import show


@show.register
def _(result: Glmm) -> str:
    name = f"{result.data.measure}, {result.label}{f' ({result.model})' if result.model else ''}, k = {result.k}"
    lines = [name]
    if result.beta.size == 1:
        lines.append(f"{_displayed(result)}, {p_value(float(result.pval[0]))}")
    else:
        lines += [
            f"{term}: {fixed(float(beta), 4)} (SE {significant(float(se))}), {p_value(float(pval))}"
            for term, beta, se, pval in zip(result.terms, result.beta, result.se, result.pval, strict=True)
        ]
    if result.method == "ML" and np.isfinite(result.tau2):
        lines.append(f"τ² = {significant(result.tau2)} (maximum likelihood), I² = {percent(result.I2)}")
    if result.Q_df:
        lines.append(
            f"Heterogeneity: likelihood ratio {fixed(result.Q_lrt, 2)}, df = {result.Q_df}, "
            f"{p_value(result.Q_lrt_pval)}; Wald {fixed(result.Q_wald, 2)}, {p_value(result.Q_wald_pval)}"
        )
    lines.append(f"Log-likelihood {fixed(result.log_likelihood, 4)}, AIC {fixed(result.AIC, 2)}")
    return "\n".join([*lines, *(f"! {sentence(note)}" for note in result.notes)])


@show.register
def _(result: Stratified) -> str:
    back = result.effect_measure.back
    estimate, low, high = (float(x) for x in back([result.estimate, result.ci.low, result.ci.high]))
    lines = [
        f"{result.effect_measure.label}, {result.label}, k = {result.k}",
        f"{effect(estimate)} ({interval(low, high)}), {p_value(result.pval)}",
        f"Q = {fixed(result.Q, 2)}, df = {fixed(result.Q_df, 0)}, {p_value(result.Q_pval)}",
    ]
    named = (
        ("Cochran", result.cochran),
        ("Mantel–Haenszel", result.mantel_haenszel),
        ("Breslow–Day", result.breslow_day),
        ("Tarone", result.tarone),
    )
    lines += [_test(name, test) for name, test in named if test is not None]
    return "\n".join([*lines, *(f"! {sentence(note)}" for note in result.notes)])


@show.register
def _(result: CountRefits) -> str:
    width = max(map(len, ("all studies", *(f"without {study}" for study in result.study))))
    back = (lambda values: np.asarray(values, dtype=float)) if result.term else result.measure.back
    lines = [f"{result.measure.label}{f', {result.term}' if result.term else ''}, leave-one-out"]
    for i, study in enumerate(result.study):
        estimate, low, high = (float(x) for x in back([result.estimate[i], result.ci_low[i], result.ci_high[i]]))
        found = result.why_not[i] or f"{effect(estimate)} ({interval(low, high)}), {p_value(float(result.pval[i]))}"
        lines.append(f"{f'without {study}':<{width}}  {found}")
    estimate, low, high = (float(x) for x in back(numbers_of(result.whole, result.term)[:3]))
    lines.append(f"{'all studies':<{width}}  {effect(estimate)} ({interval(low, high)})")
    return "\n".join([*lines, *(f"! {sentence(note)}" for note in result.notes)])


def _test(name: str, test: ScoreTest) -> str:
    return f"{name}: χ² = {fixed(test.statistic, 2)}, df = {fixed(test.df, 0)}, {p_value(test.pval)}"


def _displayed(result: Glmm) -> str:
    """The estimate as a reader sees it; a measure whose way back is not a plain function stays on its own scale."""
    ci: Interval = result.ci
    estimate, low, high = (float(x) for x in result.measure.back([ci.estimate, ci.low, ci.high]))
    return f"{effect(estimate)} ({interval(low, high)})"
