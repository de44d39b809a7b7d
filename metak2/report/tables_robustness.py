"""The tables of regressions, influence, leave-two-out, bootstrap, fragility and the specification curve."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from metak2.display.journal import active
from metak2.display.moderators import REASONS
from metak2.display.numbers import (
    DASH,
    between,
    effect,
    effect_and_interval,
    fixed,
    interval,
    p_number,
    percent,
    significant,
)
from metak2.display.regression import RULES
from metak2.display.sentences import coverage
from metak2.models.regression_result import Regression
from metak2.report.blocks import Column, Table
from metak2.robustness.influence import Influence
from metak2.robustness.specification import SpecificationCurve


def coefficient_table(result: Regression, caption: str, heads: Mapping[str, str] = MappingProxyType({})) -> Table:
    """The coefficients of a regression on the analysis scale; of a ratio also as ratios; `heads` names columns."""
    found, log = result.coefficients, result.measure.log
    rows = []
    for i, name in enumerate(found.names):
        estimate, low, high = float(found.estimate[i]), float(found.ci_low[i]), float(found.ci_high[i])
        row = [
            heads.get(name, name),
            significant(estimate, 4),
            significant(float(found.se[i]), 3),
            between(low, high),
            fixed(float(found.statistic[i]), 2),
            p_number(float(found.pval[i])),
        ]
        if log:
            ratio = result.measure.back([estimate, low, high])
            row.append(effect_and_interval(float(ratio[0]), float(ratio[1]), float(ratio[2]), 3))
        rows.append(tuple(row))
    columns = (
        Column("Coefficient"),
        Column("Estimate (log scale)" if log else "Estimate", "right"),
        Column("Standard error", "right"),
        Column(f"{coverage(result.level)} CI", "right"),
        Column("t" if np.isfinite(result.df) else "z", "right"),
        Column(active().numbers.p_letter, "right"),
        *((Column(f"As a ratio ({coverage(result.level)} CI)", "right"),) if log else ()),
    )
    df = f", {fixed(result.df, 0)} degrees of freedom" if np.isfinite(result.df) else ""
    label = result.choices.method.label
    described = f"{label[:1].upper()}{label[1:]}; tests and intervals: {RULES.get(result.rule, result.rule)}{df}."
    R2 = "" if np.isnan(result.R2) else f" R² (share of τ² explained) {percent(result.R2, 1)}."
    return Table(caption, columns, tuple(rows), (described + R2,))


def influence_table(result: Influence) -> Table:
    """Case deletion diagnostics of every study."""
    rows = tuple(
        (
            study,
            fixed(float(result.rstudent[i]), 2),
            fixed(float(result.dffits[i]), 2),
            fixed(float(result.cook_d[i]), 3),
            fixed(float(result.cov_r[i]), 2),
            significant(float(result.tau2_del[i])),
            fixed(float(result.QE_del[i]), 2),
            fixed(float(result.hat[i]), 3),
            percent(float(result.weight[i]), 1),
            ", ".join(REASONS[reason] for reason in reasons) or DASH,
        )
        for i, (study, reasons) in enumerate(zip(result.study, result.reasons, strict=True))
    )
    columns = (
        Column("Study"),
        Column("Studentised residual", "right"),
        Column("DFFITS", "right"),
        Column("Cook’s distance", "right"),
        Column("Covariance ratio", "right"),
        Column("τ² without", "right"),
        Column("Q without", "right"),
        Column("Leverage", "right"),
        Column("Weight", "right"),
        Column("Stands out by"),
    )
    return Table("Influence of each study", columns, rows)


def specification_table(curve: SpecificationCurve) -> Table:
    """The range of answers by choice, for the measure of the planned specification."""
    planned = curve.specifications[curve.planned]
    back = curve.measures[planned.measure].back
    rows = curve.of_measure(planned.measure)
    made: list[tuple[str, ...]] = []
    for choice, some in _choices(curve, rows):
        ends = back(np.array([curve.estimate[some].min(), curve.estimate[some].max()]))
        outer = back(np.array([np.nanmin(curve.ci_low[some]), np.nanmax(curve.ci_high[some])]))
        marked = " (planned)" if curve.planned in some else ""
        made.append(
            (
                f"{choice}{marked}",
                f"{some.size:,}",
                f"{effect(float(ends[0]))} to {effect(float(ends[1]))}",
                interval(float(outer[0]), float(outer[1])),
            )
        )
    columns = (
        Column("Choice"),
        Column("Specifications", "right"),
        Column(f"{curve.measures[planned.measure].label}, lowest and highest", "right"),
        Column("Outermost confidence limits", "right"),
    )
    return Table("Answers by choice", columns, tuple(made))


def _choices(curve: SpecificationCurve, rows: NDArray[np.intp]) -> list[tuple[str, NDArray[np.intp]]]:
    """Every choice of which these rows make more than one, with the rows that make it."""
    made: list[tuple[str, NDArray[np.intp]]] = []
    for what in ("method", "test", "prediction", "zero_cells"):
        chosen = np.array([getattr(curve.specifications[row], what) for row in rows], dtype=object)
        options = list(dict.fromkeys(chosen.tolist()))
        made += [(f"{what.replace('_', ' ')}: {one}", rows[chosen == one]) for one in options if len(options) > 1]
    for name in dict.fromkeys(name for row in rows for name in curve.specifications[row].filters):
        applied = np.array([name in curve.specifications[row].filters for row in rows])
        if not applied.all():
            made += [(name, rows[applied]), (f"not: {name}", rows[~applied])]
    return made
