"""Small-study effects and selection as sentences. Importing this module registers what `print(result)` shows."""

import numpy as np

from metak2.display.decimals import decimals
from metak2.display.grid import CAUTION, Grid, Part, shown_in_parts
from metak2.display.notes import sentence
from metak2.display.numbers import count, effect, equation, fixed, interval, p_value, percent, significant
from metak2.display.sentences import coverage, lower_first, studies
from metak2.effects.notes import Note
from metak2.models.pooled import Interval, Pooled
from metak2.robustness.adjusted_estimates import HenmiCopas, LimitMetaAnalysis, PetPeese
from metak2.robustness.copas import Copas
from metak2.robustness.copas_contour import CopasContour
from metak2.robustness.copas_path import CopasPath
from metak2.robustness.pcurve import PCurve, PUniform
from metak2.robustness.selection_result import SelectionModel
from metak2.robustness.small_studies import RankTest, RegressionTest
from metak2.robustness.trim_and_fill import TrimAndFill
from metak2.robustness.unseen_studies import ExcessSignificance, FailSafeN
from metak2.shown import show


def adjusted(pooled: Pooled, ci: Interval) -> str:
    """An adjusted effect with its interval, beside the pooled one: risk ratio 0.80 (95 % CI 0.50 to 1.10)."""
    digits = decimals(pooled.effects)
    back = pooled.measure.back([ci.estimate, ci.low, ci.high, pooled.estimate])
    return (
        f"{lower_first(pooled.measure.label)} {effect(back[0], digits)} ({coverage(ci.level)} CI "
        f"{interval(back[1], back[2], digits)}), unadjusted {effect(back[3], digits)}"
    )


def asymmetry(result: RegressionTest | RankTest) -> str:
    """A test of asymmetry in one sentence; it never concludes that results are unpublished."""
    verdict = "small and large studies differ" if result.pval < 0.1 else "no clear difference by size of study"
    if isinstance(result, RankTest):
        tau = equation("Kendall's τ", fixed(result.tau, 2))
        return f"{result.label}: {tau}, {p_value(result.pval)} ({verdict}; {equation('k', str(result.k))})."
    name = equation("z", fixed(result.statistic, 2))
    if np.isfinite(result.df):
        name = f"{equation('t', fixed(result.statistic, 2))} with {count(result.df)} degrees of freedom"
    tested = f"{result.label} ({result.predictor}): {name}, {p_value(result.pval)}"
    return f"{tested} ({verdict}; {equation('k', str(result.k))})."


def filled(result: TrimAndFill) -> str:
    """Trim and fill in one sentence."""
    return (
        f"Trim and fill ({result.estimator}): {studies(result.k0)} missing on the {result.side}; filled "
        f"{adjusted(result.base, result.filled.ci)}. A sensitivity analysis, not an answer."
    )


def selection(result: SelectionModel) -> str:
    """A selection model in one sentence."""
    tested = f"{p_value(result.LRT_pval)} (likelihood ratio test)"
    if np.isnan(result.LRT_pval):
        tested = (
            f"below an effect of {effect(float(result.measure.back(result.steps[0])), decimals(result.base.effects))}"
        )
    return (
        f"Selection model ({result.kind}, {result.alternative}): {adjusted(result.base, result.ci[0])}; selection "
        f"{tested}."
    )


@show.register
def _(result: RegressionTest) -> str:
    lines = [asymmetry(result)]
    if result.limit is not None:
        lines.append(f"An infinitely large study: {adjusted(result.base, result.limit)}.")
    return _with_notes(lines, result.notes)


@show.register
def _(result: RankTest) -> str:
    return _with_notes([asymmetry(result)], result.notes)


@show.register
def _(result: TrimAndFill) -> str:
    return _with_notes([filled(result)], result.notes)


@show.register
def _(result: FailSafeN) -> str:
    return _with_notes([f"Fail-safe N ({result.rule}): {count(result.number)} null studies."], result.notes)


@show.register
def _(result: ExcessSignificance) -> str:
    line = (
        f"{result.observed} of {studies(result.k)} significant ({result.alternative}), {fixed(result.expected, 1)} "
        f"expected; {p_value(result.pval)} of an excess ({result.test})."
    )
    return _with_notes([line], result.notes)


@show.register
def _(result: PetPeese) -> str:
    return _with_notes([f"{result.chosen}: {adjusted(result.base, result.adjusted.ci)}."], result.notes)


@show.register
def _(result: HenmiCopas) -> str:
    return _with_notes([f"Henmi–Copas: {adjusted(result.base, result.ci)}."], result.notes)


@show.register
def _(result: LimitMetaAnalysis) -> str:
    line = f"Limit meta-analysis ({result.adjustment}): {adjusted(result.base, result.ci)}; G² {fixed(result.G2, 2)}."
    return _with_notes([line], result.notes)


@show.register
def _(result: SelectionModel) -> str:
    weights = ", ".join(significant(delta) for delta in result.delta)
    return _with_notes([selection(result), f"Parameters of the weights: {weights}."], result.notes)


@show.register
def _(result: PCurve) -> str:
    line = (
        f"p-curve of {studies(result.right_skew.k)} with p < 0.05: right skew {p_value(result.right_skew.pval)}, half "
        f"curve {p_value(result.half.pval)}, flatter than 33\u202f% power {p_value(result.flat.pval)}; average power "
        f"{percent(100 * result.power)}."
    )
    return _with_notes([line], result.notes)


@show.register
def _(result: PUniform) -> str:
    return _with_notes([f"p-uniform*: {adjusted(result.base, result.ci)}, {p_value(result.pval)}."], result.notes)


@shown_in_parts(Copas)
def _(result: Copas) -> list[Part]:
    return _selected(result, "Copas' model:")


@shown_in_parts(CopasPath)
def _(result: CopasPath) -> list[Part]:
    adjusted_row = "no row is free of residual asymmetry" if result.row is None else f"adjusted: row {result.row + 1}"
    return _selected(result, f"Copas' model along a path of growing selection ({adjusted_row}):")


def _selected(result: Copas | CopasPath, title: str) -> list[Part]:
    back, digits = result.measure.back, decimals(result.base.effects)
    rows = []
    for i, chance in enumerate(result.chance_imprecise):
        low, middle, high = (float(back(values[i])) for values in (result.ci_low, result.estimate, result.ci_high))
        within = f"{effect(middle, digits)} ({interval(low, high, digits)})"
        rows.append((percent(100 * float(chance)), within, p_value(float(result.residual_pval[i]))))
    heads = ("chance of seeing the least precise study", result.measure.label, "residual asymmetry")
    return [title, Grid(heads=heads, rows=rows), *(f"{CAUTION}{sentence(note)}" for note in result.notes)]


def _with_notes(lines: list[str], notes: tuple[Note, ...]) -> str:
    return "\n".join([*lines, *(f"! {sentence(note)}" for note in notes)])


@show.register
def _(result: CopasContour) -> str:
    back, digits = result.measure.back, decimals(result.base.effects)
    head = "".join(f"{significant(float(g1)):>9}" for g1 in result.gamma1)
    lines = [f"Copas' contours: {lower_first(result.measure.label)} by γ0 (down) and γ1 (across)", f"{'':>6}{head}"]
    for g0, row in zip(result.gamma0, result.estimate, strict=True):
        shown = (effect(float(back(one)), digits) if np.isfinite(one) else "–" for one in row)
        lines.append(f"{significant(float(g0)):>6}" + "".join(f"{one:>9}" for one in shown))
    return _with_notes(lines, result.notes)
