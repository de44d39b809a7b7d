"""Multilevel models as sentences and in print. Importing this module registers what `print(result)` shows."""

import numpy as np

from metak2.display.decimals import decimals
from metak2.display.grid import Grid, Part, shown_in_parts
from metak2.display.notes import sentence
from metak2.display.numbers import (
    between,
    count,
    effect,
    equation,
    fixed,
    interval,
    p_value,
    percent,
    significant,
)
from metak2.display.sentences import coverage
from metak2.errors import ModelError
from metak2.models.multilevel_influence import ClusterInfluence, ClusterResiduals
from metak2.models.multilevel_predict import GroupEffects, component_interval, predict_multilevel
from metak2.models.multilevel_result import Component, Multilevel
from metak2.models.show import show

METHODS = {"REML": "restricted maximum likelihood", "ML": "maximum likelihood", "CE": "no random terms"}


def size(result: Multilevel) -> str:
    """How many effects in how many groups of each term: 56 effects in 11 districts."""
    groups = [f"{np.unique(one.term.group).size} groups of {one.name}" for one in result.fitted.terms]
    return f"{result.k} effects" + (f" in {' and '.join(groups)}" if groups else "")


def answer(result: Multilevel) -> str:
    """The pooled effect with its interval, test and where a new group is expected; for a model without moderators."""
    found = result.coefficients
    back = result.measure.back([found.estimate[0], found.ci_low[0], found.ci_high[0]])
    digits = decimals(result.effects)
    limits = f"{coverage(result.level)} CI {interval(float(back[1]), float(back[2]), digits)}"
    df = f" with {fixed(float(found.df[0]), 0)} degrees of freedom" if np.isfinite(found.df[0]) else ""
    return (
        f"{result.measure.label} {effect(float(back[0]), digits)} ({limits}) from {size(result)} "
        f"({METHODS[result.asked.method]}; {result.asked.test} test{df}, {p_value(float(found.pval[0]))})."
    )


def prediction(result: Multilevel) -> str:
    """Where the effect of a new group of every term is expected; empty where levels differ."""
    if not result.fitted.terms or any(one.level for one in result.components):
        return ""
    found = predict_multilevel(result)
    low, high = result.measure.back([found.pi_low[0], found.pi_high[0]])
    return (
        f"In a new setting the effect is expected within {interval(float(low), float(high), decimals(result.effects))} "
        f"({coverage(result.level)} prediction interval)."
    )


def coefficients(result: Multilevel) -> tuple[str, ...]:
    """One line for each coefficient, on the analysis scale."""
    found = result.coefficients
    digits = max(decimals(result.effects), 3)
    return tuple(
        f"{name}: {effect(float(found.estimate[at]), digits)} "
        f"({interval(float(found.ci_low[at]), float(found.ci_high[at]), digits)}), {p_value(float(found.pval[at]))}"
        for at, name in enumerate(found.names)
    )


def component(result: Multilevel, one: Component) -> str:
    """A variance or correlation with its profile interval where it has one."""
    if one.given:
        return f"{one.name}: {significant(one.value)} (given)"
    try:
        found = component_interval(result, one)
    except ModelError:
        return f"{one.name}: {significant(one.value)}"
    return f"{one.name}: {significant(one.value)} ({between(found.low, found.high)}, profile likelihood)"


def heterogeneity(result: Multilevel) -> str:
    """Residual Q, and I² by level."""
    parts = [
        f"{equation('Q', fixed(result.QE, 2))}, {equation('df', count(result.QE_df))}, {p_value(result.QE_pval)}",
        *(f"I² of {term} {percent(share)}" for term, share in result.I2),
    ]
    return f"Residual heterogeneity: {'; '.join(parts)}."


@show.register
def _(result: Multilevel) -> str:
    if result.alone:
        lines = [answer(result), prediction(result)]
    else:
        lines = [f"Multilevel meta-regression of {size(result)} ({METHODS[result.asked.method]}; analysis scale)"]
        lines += [f"  {line}" for line in coefficients(result)]
    lines += [f"  {component(result, one)}" for one in result.components]
    lines.append(heterogeneity(result))
    return "\n".join([*(line for line in lines if line), *(sentence(note) for note in result.notes)])


@shown_in_parts(GroupEffects)
def _(result: GroupEffects) -> list[Part]:
    rows = [
        (
            group,
            *(f"{fixed(float(one), 3)} ({fixed(float(error), 3)})" for one, error in zip(found, errors, strict=True)),
        )
        for group, found, errors in zip(result.groups, result.estimate, result.se, strict=True)
    ]
    levels = tuple(level or "effect (standard error)" for level in result.levels)
    return [
        f"Random effects, on the analysis scale, with standard errors: {result.term}",
        Grid(heads=("", *levels), rows=rows),
    ]


@shown_in_parts(ClusterInfluence)
def _(result: ClusterInfluence) -> list[Part]:
    rows = [
        (
            name,
            ", ".join(fixed(float(one), 3) for one in result.estimate[at]),
            significant(float(result.cook_d[at])),
            f"{fixed(float(result.chi2[at]), 2)} ({count(float(result.df[at]))})",
        )
        for at, name in enumerate(result.clusters)
    ]
    return [Grid(heads=("without", "coefficients", "Cook's distance", "χ² of its effects (df)"), rows=rows)]


@shown_in_parts(ClusterResiduals)
def _(result: ClusterResiduals) -> list[Part]:
    rows = [
        (name, fixed(float(chi2), 2), count(float(df)))
        for name, chi2, df in zip(result.clusters, result.chi2, result.df, strict=True)
    ]
    return [Grid(heads=("cluster", "χ² of its residuals", "df"), rows=rows)]
