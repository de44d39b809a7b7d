"""The tables of a multilevel model: its effects, its levels or categories, and what each cluster does."""

import numpy as np

from metak2.display.multilevel_answer import displayed
from metak2.display.numbers import DASH, between, count, effect, fixed, interval, p_number, percent, significant
from metak2.display.sentences import coverage
from metak2.display.wording import Wording, coefficient_names, columns_of
from metak2.errors import ModelError
from metak2.models.multilevel_influence import ClusterInfluence
from metak2.models.multilevel_levels import categories_of, counted, levels_of
from metak2.models.multilevel_predict import component_interval
from metak2.models.multilevel_result import Component, Multilevel
from metak2.report.blocks import Column, Table


def coefficient_table(result: Multilevel, wording: Wording) -> Table:
    """The fixed effects on the analysis scale."""
    found = result.coefficients
    rows = tuple(
        (
            name,
            significant(float(found.estimate[at]), 4),
            significant(float(found.se[at]), 3),
            interval(float(found.ci_low[at]), float(found.ci_high[at]), 3),
            fixed(float(found.df[at]), 0),
            p_number(float(found.pval[at])),
        )
        for at, name in enumerate(coefficient_names(result, wording))
    )
    heads = ("Estimate", "Standard error", f"{coverage(result.level)} CI", "Degrees of freedom", "p")
    columns = (Column("Effect of"), *(Column(head, "right") for head in heads))
    return Table("Effects", columns, rows, ("On the analysis scale.",) if result.measure.log else ())


def spread_tables(result: Multilevel, wording: Wording) -> list[Table]:
    """The variances: of each level with its share of the heterogeneity, or of each category."""
    if not result.components:
        return []
    if levels_of(result):
        return [_level_table(result, wording)]
    return [_component_table(result, wording)]


def _level_table(result: Multilevel, wording: Wording) -> Table:
    variances = {one.term: one for one in result.components}
    rows = []
    for one in levels_of(result):
        path = columns_of(one.term)
        inside = f" of one {wording.one(path[-2])}" if len(path) > 1 else ""
        rows.append(
            (
                f"Between {wording.many(path[-1])}{inside}",
                str(one.groups),
                *_variance(result, variances[one.term]),
                percent(one.share) if np.isfinite(one.share) else DASH,
                percent(one.I2),
                displayed(result, one.pi_low, one.pi_high) if np.isfinite(one.pi_low) else DASH,
            )
        )
    rows.append(
        ("Sampling error", "", significant(result.vt), "", "", percent(100 - sum(dict(result.I2).values())), "")
    )
    heads = (
        "Groups",
        f"Variance ({coverage(result.level)} CI)",
        "Standard deviation",
        "Share of heterogeneity",
        "I²",
        f"{coverage(result.level)} prediction interval of a new one",
    )
    notes = (
        "Intervals of variances by profile likelihood.",
        "Sampling error: the typical variance within the studies.",
    )
    return Table("Levels", (Column("Level"), *(Column(head, "right") for head in heads)), tuple(rows), notes)


def _component_table(result: Multilevel, wording: Wording) -> Table:
    """Variances and correlations of terms with several, and the prediction interval of each category."""
    expected = {one.name: (one.pi_low, one.pi_high) for one in categories_of(result)}
    rows = []
    for one in result.components:
        groups = wording.many(columns_of(one.term)[-1])
        low, high = expected.get(one.level, (float("nan"), float("nan")))
        of = f", {_of(one, wording)}" if one.level else ""
        rows.append(
            (
                f"{one.kind.capitalize()} between {groups}{of}",
                *_variance(result, one),
                displayed(result, low, high) if one.kind == "variance" and np.isfinite(low) else "",
            )
        )
    heads = (
        f"Estimate ({coverage(result.level)} CI)",
        "Standard deviation",
        f"{coverage(result.level)} prediction interval of a new one",
    )
    columns = (Column("Of the true effects"), *(Column(head, "right") for head in heads))
    return Table("Variances and correlations", columns, tuple(rows), ("Intervals by profile likelihood.",))


def _of(one: Component, wording: Wording) -> str:
    return " and ".join(wording.category(name.strip()) for name in one.level.split(", "))


def _variance(result: Multilevel, one: Component) -> tuple[str, str]:
    """A variance with its limits and its root; of a correlation no root."""
    value = counted(result, one)
    root = significant(float(np.sqrt(value)), 2) if one.kind == "variance" else ""
    if one.given:
        return f"{significant(value)} (given)", root
    try:
        found = component_interval(result, one)
    except ModelError:
        return significant(value), root
    return f"{significant(value)} ({between(found.low, found.high)})", root


def influence_table(result: Multilevel, without: ClusterInfluence, cluster: str, wording: Wording) -> Table:
    """The coefficients without each cluster, Cook's distance, and how far the cluster lies from the others."""
    rows = tuple(
        (
            name,
            *(effect(float(value), 3) for value in without.estimate[at]),
            significant(float(without.cook_d[at])),
            f"{fixed(float(without.chi2[at]), 1)} ({count(float(without.df[at]))})",
        )
        for at, name in enumerate(without.clusters)
    )
    names = ("Effect",) if result.alone else coefficient_names(result, wording)
    columns = (
        Column(f"Left out: {wording.one(cluster)}"),
        *(Column(name, "right") for name in names),
        Column("Cook's distance", "right"),
        Column("χ² of its effects (df)", "right"),
    )
    return Table(f"Refits without each {wording.one(cluster)}", columns, rows)
