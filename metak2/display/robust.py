"""Robust inference as sentences and in print. Importing this module registers what `print(result)` shows."""

import numpy as np

from metak2.display.grid import Grid, Part, shown_in_parts
from metak2.display.notes import sentence
from metak2.display.numbers import effect, fixed, interval, p_number, p_value, significant
from metak2.display.regression import wald_text
from metak2.display.sentences import coverage
from metak2.effects.measures import Measure
from metak2.effects.notes import Note
from metak2.models.robust import robust_test
from metak2.models.robust_result import Robust
from metak2.models.wald import slopes_of
from metak2.models.wild_bootstrap import WildTest
from metak2.robustness.clustered_asymmetry import ClusteredEgger, ClusteredSelection
from metak2.robustness.correlation import CorrelationSensitivity
from metak2.shown import show


def answer(result: Robust) -> str:
    """The pooled effect with its interval, how it was weighted, and how far its degrees of freedom can be trusted."""
    found = result.coefficients
    told = f"{result.measure.label} {estimate(result)} from {result.k} effects in {result.m} clusters"
    df = float(found.df[0])
    freedom = "" if np.isinf(df) or np.isnan(df) else f"; {fixed(df, 1)} degrees of freedom"
    return f"{told}, {p_value(float(found.pval[0]))} ({result.options.kind} robust errors{freedom})."


def estimate(result: Robust) -> str:
    """The first coefficient on the displayed scale with its interval: 0.48 (95 % CI 0.33 to 0.70)."""
    found = result.coefficients
    shown = result.measure.back([found.estimate[0], found.ci_low[0], found.ci_high[0]])
    return f"{effect(float(shown[0]))} ({coverage(result.level)} CI {interval(float(shown[1]), float(shown[2]))})"


def working(result: Robust) -> str:
    """The working model behind the weights, with what it assumed and estimated."""
    weighted = result.weighted
    assumed = "" if weighted.correlation is None else f", assumed correlation {fixed(weighted.correlation, 2)}"
    spread = ", ".join(f"{name} {significant(value)}" for name, value in weighted.variances)
    return f"Weights: {weighted.described}{assumed}{f'; {spread}' if spread else ''}."


def sensitivity(result: CorrelationSensitivity) -> str:
    """Whether the assumed correlation decides the answer."""
    lows = [float(one.coefficients.ci_low[0]) for one in result.fits]
    highs = [float(one.coefficients.ci_high[0]) for one in result.fits]
    middles = [float(one.coefficients.estimate[0]) for one in result.fits]
    back, null = result.measure.back, result.measure.null_value
    span = [effect(float(one)) for one in back([min(middles), max(middles)])]
    excluding = sum(low > null or high < null for low, high in zip(lows, highs, strict=True))
    if not result.measure.comparison:
        said = ""
    elif excluding in {0, len(result.fits)}:
        said = f" Under all {len(result.fits)} the interval {'includes' if excluding == 0 else 'excludes'} no effect."
    else:
        said = f" The answer depends on it: under {excluding} of {len(result.fits)} the interval excludes no effect."
    words = ", ".join(f"{one:g}" for one in sorted(result.correlations))
    return (
        f"With the correlation of effects in the same patients at {words}, the estimate lies from {span[0]} to "
        f"{span[1]}.{said}"
    )


def _rows(result: Robust, measure: Measure) -> Grid:
    found = result.coefficients
    rows = []
    for at, name in enumerate(found.names):
        cells = [
            name,
            effect(float(found.estimate[at])),
            interval(float(found.ci_low[at]), float(found.ci_high[at])),
            fixed(float(found.df[at]), 1) if np.isfinite(found.df[at]) else "–",
            p_number(float(found.pval[at])) if np.isfinite(found.pval[at]) else "–",
        ]
        rows.append((*cells, effect(float(measure.back([found.estimate[at]])[0]))) if measure.log else tuple(cells))
    heads = ("", "coefficient", f"{coverage(result.level)} CI", "df", "p", *(["as a ratio"] if measure.log else []))
    return Grid(heads=heads, rows=rows)


def _moderators(result: Robust) -> list[str]:
    """Hotelling's test of several moderators, where the clusters carry it."""
    slopes = slopes_of(result.design)
    if len(slopes) < 2 or result.m <= len(slopes) or np.isnan(result.coefficients.se[slopes]).any():
        return []
    return [wald_text("Moderators, HTZ test", robust_test(result))]


def _caveats(notes: tuple[Note, ...]) -> list[str]:
    return [f"! {sentence(note)}" for note in notes]


@shown_in_parts(Robust)
def _(result: Robust) -> list[Part]:
    head = [answer(result)] if result.alone else []
    tested = _moderators(result)
    return [*head, _rows(result, result.measure), *tested, working(result), *_caveats(result.notes)]


@show.register
def _(result: WildTest) -> str:
    how = (
        f"all {result.draws} patterns of signs"
        if result.exhaustive
        else f"{result.draws} draws, {result.signs} signs, seed {result.seed}"
    )
    told = f"Wild cluster bootstrap ({', '.join(result.tested)}): F = {fixed(result.statistic, 2)}"
    lines = [f"{told}, {p_value(result.pval)}; {result.clusters} clusters, {how}"]
    if result.few:
        lines.append(
            f"! {result.clusters} clusters have so few patterns of signs that p cannot fall below 0.05; "
            'use signs="Webb".'
        )
    return "\n".join(lines)


@show.register
def _(result: ClusteredEgger) -> str:
    back = result.fitted.measure.back
    limit = [float(one) for one in back([result.limit, *result.limit_ci])]
    told = f"Egger's regression with cluster-robust errors: slope {effect(result.bias)} (SE {effect(result.se)}"
    return "\n".join(
        [
            f"{told}, {fixed(result.df, 1)} degrees of freedom), {p_value(result.pval)}",
            f"Effect of an infinitely large study: {effect(limit[0])} ({interval(limit[1], limit[2])})",
            *_caveats(result.notes),
        ]
    )


@show.register
def _(result: ClusteredSelection) -> str:
    shown = result.effects.measure.back([float(np.nanmedian(result.estimate))])
    fitted = int(np.isfinite(result.pval).sum())
    naive = (
        f" Taking all effects for independent, which is wrong: {p_value(result.naive)}."
        if np.isfinite(result.naive)
        else ""
    )
    return (
        f"Selection for significance, one effect from each of {result.m} clusters ({result.k} effects), {fitted} of "
        f"{result.pval.size} draws fitted, seed {result.seed}: {p_value(result.combined)} (twice the median); "
        f"corrected effect {effect(float(shown[0]))} (median).{naive}"
    )


@shown_in_parts(CorrelationSensitivity)
def _(result: CorrelationSensitivity) -> list[Part]:
    rows = [
        (f"{one:g}", estimate(fit), fixed(float(fit.coefficients.df[0]), 1), p_number(float(fit.coefficients.pval[0])))
        for one, fit in sorted(zip(result.correlations, result.fits, strict=True), key=lambda pair: pair[0])
    ]
    heads = ("correlation", result.measure.label, "df", "p")
    return [Grid(heads=heads, rows=rows), sensitivity(result), *_caveats(result.planned.notes)]
