"""What `print(result)` and a notebook cell show. Importing this module registers the forms with `metak2.shown`."""

import numpy as np

from metak2.display import sentences
from metak2.display.caveats import caveats
from metak2.display.decimals import decimals
from metak2.display.grid import CAUTION, Grid, Part, as_html, shown_in_parts
from metak2.display.not_estimated import in_place_of_effect
from metak2.display.notes import reason
from metak2.display.numbers import effect, interval, p_value, percent
from metak2.display.text_forest import text_forest
from metak2.models.pooled import Pooled, Subgroups, Unpooled
from metak2.robustness.refits import Refits
from metak2.shown import show, show_html


@show.register
def _(result: Pooled) -> str:
    return "\n".join([text_forest(result), "", *_about(result)])


@show_html.register
def _(result: Pooled) -> str:
    return as_html([_studies(result), *_about(result)])


@show.register
def _(result: Unpooled) -> str:
    return "\n".join([text_forest(result), "", *_apart(result)])


@show_html.register
def _(result: Unpooled) -> str:
    return as_html([_studies(result), *_apart(result)])


@shown_in_parts(Subgroups)
def _(result: Subgroups) -> list[Part]:
    rows = [
        (name, str(pooled.k), _effect(pooled), p_value(pooled.pval) if pooled.measure.comparison else "")
        for name, pooled in (*result.groups.items(), ("All", result.overall))
    ]
    heads = (result.by, "k", f"{result.overall.measure.label} ({sentences.coverage(result.overall.level)} CI)", "p")
    return [Grid(heads=heads, rows=rows), sentences.subgroup_difference(result), sentences.subgroup_rule(result)]


@shown_in_parts(Refits)
def _(result: Refits) -> list[Part]:
    rows = [
        (
            label,
            str(int(result.k[i])),
            _displayed(result.base, (result.estimate[i], result.ci_low[i], result.ci_high[i])),
        )
        for i, label in enumerate(result.label)
    ]
    heads = (result.kind, "k", f"{result.measure.label} ({sentences.coverage(result.base.level)} CI)")
    return [Grid(heads=heads, rows=rows), sentences.refits(result)]


def _about(result: Pooled) -> list[str]:
    """The answer, its heterogeneity and its caveats, a line each."""
    lines = [
        f"{result.measure.label}, {result.method.label}, convention {result.convention.name}",
        f"{sentences.estimate(result)}, {p_value(result.pval)} ({sentences.RULES[result.ci.rule]})",
        sentences.heterogeneity(result),
        sentences.prediction(result),
        *_cautions(result),
    ]
    return [line for line in lines if line]


def _apart(result: Unpooled) -> list[str]:
    return [f"Not pooled. {result.why}", *_cautions(result)]


def _cautions(result: Pooled | Unpooled) -> list[str]:
    return [f"{CAUTION}{text}" for text in caveats(result)]


def _studies(result: Pooled | Unpooled) -> Grid:
    """Each study with its effect and its weight, or why it has none; then the pooled effect and its prediction."""
    effects = result.effects
    low, high = effects.limits(result.level)
    rows = []
    for i, study in enumerate(effects.study):
        if np.isfinite(effects.yi[i]):
            shown = _displayed(result, (effects.yi[i], low[i], high[i]))
        else:
            value, within = in_place_of_effect(effects, i)
            shown = f"{value} ({within})" if effects.other_measure(i) else value
        why = reason(effects.excluded[i]) if effects.excluded[i] else ""
        rows.append((study, shown, why or (percent(float(result.weights[i]), 1) if isinstance(result, Pooled) else "")))
    if isinstance(result, Pooled) and result.k > 1:
        rows.append((f"Pooled ({result.method.name})", _effect(result), ""))
        if result.pi is not None:
            limits = result.measure.back([result.pi.low, result.pi.high])
            rows.append(("Prediction interval", interval(limits[0], limits[1], decimals(effects)), ""))
    return Grid(heads=("Study", f"{result.measure.label} ({sentences.coverage(result.level)} CI)", "Weight"), rows=rows)


def _effect(pooled: Pooled) -> str:
    return _displayed(pooled, (pooled.estimate, pooled.ci.low, pooled.ci.high))


def _displayed(result: Pooled | Unpooled, values: tuple[float, float, float]) -> str:
    """An estimate with its interval on the displayed scale."""
    back, digits = result.measure.back(list(values)), decimals(result.effects)
    return f"{effect(back[0], digits)} ({interval(back[1], back[2], digits)})"
