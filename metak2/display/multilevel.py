"""Multilevel models in print. Importing this module registers what `print(result)` shows."""

from metak2.display.decimals import decimals
from metak2.display.grid import Grid, Part, shown_in_parts
from metak2.display.multilevel_answer import METHODS, answer, held, prediction, size
from metak2.display.notes import sentence
from metak2.display.numbers import between, count, effect, equation, fixed, interval, p_value, significant
from metak2.display.wording import NO_WORDS, Wording, coefficient_names
from metak2.errors import ModelError
from metak2.models.clustered_model import ClusteredModel
from metak2.models.multilevel_influence import ClusterInfluence, ClusterResiduals
from metak2.models.multilevel_levels import counted
from metak2.models.multilevel_predict import GroupEffects, component_interval
from metak2.models.multilevel_result import Component, Multilevel
from metak2.shown import show


def coefficients(result: Multilevel, wording: Wording = NO_WORDS) -> tuple[str, ...]:
    """One line for each coefficient, on the analysis scale."""
    found = result.coefficients
    digits = max(decimals(result.effects), 3)
    return tuple(
        f"{name}: {effect(float(found.estimate[at]), digits)} "
        f"({interval(float(found.ci_low[at]), float(found.ci_high[at]), digits)}), {p_value(float(found.pval[at]))}"
        for at, name in enumerate(coefficient_names(result, wording))
    )


def component(result: Multilevel, one: Component) -> str:
    """A variance or correlation with its profile interval where it has one."""
    value = significant(counted(result, one))
    if one.given:
        return f"{one.name}: {value} (given)"
    try:
        found = component_interval(result, one)
    except ModelError:
        return f"{one.name}: {value}"
    return f"{one.name}: {value} ({between(found.low, found.high)}, profile likelihood)"


def heterogeneity(result: Multilevel) -> str:
    """The test of residual heterogeneity."""
    test = f"{equation('Q', fixed(result.QE, 2))}, {equation('df', count(result.QE_df))}, {p_value(result.QE_pval)}"
    return f"Residual heterogeneity: {test}."


@show.register
def _(result: Multilevel) -> str:
    if result.alone:
        lines = [answer(result), prediction(result)]
    else:
        lines = [f"Multilevel meta-regression of {size(result)} ({METHODS[result.asked.method]}; analysis scale)"]
        lines += [f"  {line}" for line in coefficients(result)]
    lines += [f"  {component(result, one)}" for one in result.components]
    lines += [held(result), heterogeneity(result)]
    return "\n".join([*(line for line in lines if line), *(sentence(note) for note in result.notes)])


@show.register
def _(result: ClusteredModel) -> str:
    errors = "errors of the model" if result.robust is None else f"{result.robust.options.kind} cluster-robust errors"
    assumed = f"Clusters: {result.cluster}; assumed correlation {fixed(result.correlation, 2)}; {errors}."
    return f"{show(result.model)}\n{assumed}"


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
