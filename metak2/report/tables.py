"""The tables of a report: studies, sensitivity, refits, cells, gaps, expectations."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from metak2.display.caveats import caveats
from metak2.display.decimals import decimals
from metak2.display.journal import active
from metak2.display.not_estimated import in_place_of_effect
from metak2.display.notes import reason
from metak2.display.numbers import (
    DASH,
    count,
    effect,
    effect_and_interval,
    fixed,
    interval,
    p_number,
    percent,
    significant,
)
from metak2.display.sentences import RULES, coverage, method_short
from metak2.effects.notes import Note
from metak2.effects.origins import Origin
from metak2.effects.sizes import EffectSizes
from metak2.errors import CellProblem
from metak2.models.pooled import Pooled, Subgroups, Unpooled
from metak2.report.blocks import Column, Table
from metak2.robustness.refits import Refits

Result = Pooled | Unpooled


def study_table(result: Result, carried: Mapping[str, str] = MappingProxyType({})) -> Table:
    """Each study with its data, effect, interval, weight, or why it is not pooled; `carried` moderators by heading."""
    effects, back, digits = result.effects, result.measure.back, decimals(result.effects)
    low, high = effects.limits(result.level)
    heads, cells = _data_columns(effects)
    rows = []
    for i, study in enumerate(effects.study):
        why = effects.excluded[i]
        if np.isfinite(effects.yi[i]):
            shown = (
                effect(float(back(effects.yi[i])), digits),
                interval(float(back(low[i])), float(back(high[i])), digits),
            )
        else:
            shown = in_place_of_effect(effects, i)
        row = [study, *(column[i] for column in cells), *shown]
        if isinstance(result, Pooled):
            row.append(why or percent(float(result.weights[i]), 1))
        elif any(effects.excluded):
            row.append(why)
        rows.append(tuple(row))
        rows[-1] += tuple(effects.words(name)[i] for name in carried)
    last = (Column("Weight", "right"),) if isinstance(result, Pooled) else (Column("Remark"),)
    columns = (
        Column("Study"),
        *heads,
        Column(result.measure.label, "right"),
        Column(f"{coverage(result.level)} CI", "right"),
        *(last if isinstance(result, Pooled) or any(effects.excluded) else ()),
        *(Column(head) for head in carried.values()),
    )
    reasons = dict.fromkeys(why for why in effects.excluded if why)
    return Table("Studies", columns, tuple(rows), tuple(f"{why}: {reason(why)}." for why in reasons))


def _data_columns(effects: EffectSizes) -> tuple[tuple[Column, ...], list[list[str]]]:
    data = effects.data
    if effects.kind == "counts":
        heads = (Column("Experimental, events / total", "right"), Column("Control, events / total", "right"))
        return heads, [
            [f"{count(a)} / {count(n)}" for a, n in zip(data[f"event_{arm}"], data[f"n_{arm}"], strict=True)]
            for arm in "ec"
        ]
    if effects.kind == "means":
        heads = (Column("Experimental, mean ± SE (n)", "right"), Column("Control, mean ± SE (n)", "right"))
        return heads, [
            [
                f"{significant(m)} ± {significant(s)} ({count(n)})"
                for m, s, n in zip(data[f"mean_{arm}"], data[f"se_{arm}"], data[f"n_{arm}"], strict=True)
            ]
            for arm in "ec"
        ]
    if effects.kind == "rates":
        heads = (Column("Experimental, events / time", "right"), Column("Control, events / time", "right"))
        return heads, [
            [f"{count(x)} / {significant(t, 4)}" for x, t in zip(data[f"event_{a}"], data[f"time_{a}"], strict=True)]
            for a in "ec"
        ]
    return (), []


def answers_table(caption: str, answers: Sequence[tuple[str, Pooled]], told: Sequence[Note] = ()) -> Table:
    """The same question under several choices, one row each; caveats that were not told before stand below."""
    rows = []
    for label, pooled in answers:
        value, low, high = pooled.measure.back([pooled.estimate, pooled.ci.low, pooled.ci.high])
        digits = decimals(pooled.effects)
        pi = pooled.measure.back([pooled.pi.low, pooled.pi.high]) if pooled.pi else None
        rows.append(
            (
                label,
                pooled.measure.name,
                method_short(pooled),
                str(pooled.k),
                effect_and_interval(value, low, high, digits),
                interval(pi[0], pi[1], digits) if pi is not None else "–",
                significant(pooled.tau2) if pooled.tau2 is not None else "–",
                percent(pooled.I2) if pooled.k > 1 else DASH,
                p_number(pooled.pval),
            )
        )
    columns = (
        Column("Analysis"),
        Column("Measure"),
        Column("Method and interval"),
        Column("k", "right"),
        Column("Effect (CI)", "right"),
        Column("Prediction interval", "right"),
        Column("τ²", "right"),
        Column("I²", "right"),
        Column(active().numbers.p_letter, "right"),
    )
    remarks = tuple(f"{label}: {text}" for label, pooled in answers for text in caveats(pooled, told))
    return Table(caption, columns, tuple(rows), remarks)


def intervals_table(pooled: Pooled) -> Table:
    """The intervals of one pooled effect side by side, the reported one first."""
    rows, digits = [], decimals(pooled.effects)
    for at, which in enumerate(pooled.intervals):
        value, low, high = pooled.measure.back([which.estimate, which.low, which.high])
        other = "" if pooled.method is pooled.asked else f", {pooled.asked.label}"
        label = RULES[which.rule] + (" (reported)" if at == 0 else other)
        df = "∞" if np.isinf(which.df) else fixed(which.df, 0)
        rows.append((label, effect(value, digits), interval(low, high, digits), significant(which.se), df))
    columns = (
        Column("Interval"),
        Column("Estimate", "right"),
        Column(f"{coverage(pooled.level)} CI", "right"),
        Column("Standard error", "right"),
        Column("df", "right"),
    )
    scale = "The standard error is on the log scale." if pooled.measure.log else ""
    return Table("Intervals side by side", columns, tuple(rows), (scale,) if scale else ())


def subgroup_table(result: Subgroups) -> Table:
    """Pooled effect by group."""
    answers = [*result.groups.items(), ("All", result.overall)]
    return answers_table(f"Subgroups by {result.by}", answers, result.overall.notes)


def refit_table(result: Refits) -> Table:
    """The pooled effect refitted with studies left out or added."""
    back, digits = result.measure.back, decimals(result.base.effects)
    rows = tuple(
        (
            label,
            count(result.k[i]),
            effect(float(back(result.estimate[i])), digits),
            interval(float(back(result.ci_low[i])), float(back(result.ci_high[i])), digits),
            significant(float(result.tau2[i])),
            percent(float(result.I2[i])),
            p_number(float(result.pval[i])),
        )
        for i, label in enumerate(result.label)
    )
    columns = (
        Column("Studies"),
        Column("k", "right"),
        Column(result.measure.label, "right"),
        Column(f"{coverage(result.base.level)} CI", "right"),
        Column("τ²", "right"),
        Column("I²", "right"),
        Column(active().numbers.p_letter, "right"),
    )
    return Table("Leave-one-out" if result.kind == "leave-one-out" else "Cumulative", columns, rows)


def origin_table(origins: Sequence[Origin], names: Mapping[str, str]) -> Table:
    """Every number of an analysis with its cell, and the conversions it went through."""
    rows = []
    for origin in origins:
        read = [
            f"{words} {_value(origin.values[name])} [{origin.cells[name]}]"
            for name, words in names.items()
            if name in origin.cells and not blank(origin.values[name])
        ]
        steps = [
            f"{step.rule}: {step.formula} → {', '.join(f'{k} {significant(v, 4)}' for k, v in step.output.items())}"
            + (f" (assumed: {step.assumption})" if step.assumption else "")
            for step in origin.conversions
        ]
        rows.append((origin.study, "; ".join(read) or "–", "; ".join(steps) or "as read"))
    columns = (Column("Study"), Column("Read from"), Column("Conversions"))
    return Table("Where the numbers come from", columns, tuple(rows))


def _value(value: float | str) -> str:
    if isinstance(value, str):
        return f"“{value}”"
    return f"{value:.10g}"


def blank(value: float | str) -> bool:
    """An empty text, or NaN."""
    return not value if isinstance(value, str) else bool(np.isnan(value))


def problem_table(problems: Sequence[CellProblem]) -> Table:
    """What the workbook leaves open: blank cells to fill, values read with an assumption."""
    rows = tuple((p.code, p.cell or "–", p.column or "–", p.message, p.suggestion or "–") for p in problems)
    columns = (Column("Code"), Column("Cell"), Column("Column"), Column("What"), Column("Way out"))
    return Table("Blank cells, assumptions and joined arms", columns, rows)
