"""What `print(result)` and a notebook cell show. Importing this module registers the forms with `models.show`."""

from metak2.display import sentences
from metak2.display.caveats import caveats
from metak2.display.decimals import decimals
from metak2.display.numbers import effect, interval, p_value
from metak2.display.text_forest import text_forest
from metak2.models.pooled import Pooled, Subgroups, Unpooled
from metak2.models.show import show
from metak2.robustness.refits import Refits


@show.register
def _(result: Pooled) -> str:
    lines = [
        text_forest(result),
        "",
        f"{result.measure.label}, {result.method.label}, convention {result.convention.name}",
        f"{sentences.estimate(result)}, {p_value(result.pval)} ({sentences.RULES[result.ci.rule]})",
        sentences.heterogeneity(result),
        sentences.prediction(result),
        *(f"! {text}" for text in caveats(result)),
    ]
    return "\n".join(line for at, line in enumerate(lines) if line or at == 1)


@show.register
def _(result: Unpooled) -> str:
    return "\n".join([text_forest(result), "", f"Not pooled. {result.why}", *(f"! {text}" for text in caveats(result))])


@show.register
def _(result: Subgroups) -> str:
    groups = [f"{group}: {sentences.estimate(pooled)}, k = {pooled.k}" for group, pooled in result.groups.items()]
    test = [sentences.subgroup_difference(result), sentences.subgroup_rule(result)]
    return "\n".join([*groups, f"All: {sentences.estimate(result.overall)}", *test])


@show.register
def _(result: Refits) -> str:
    back, digits = result.measure.back, decimals(result.base.effects)
    width = max(len(label) for label in result.label)
    lines = [
        f"{label:<{width}}  {effect(float(back(result.estimate[i])), digits)} "
        f"({interval(float(back(result.ci_low[i])), float(back(result.ci_high[i])), digits)})"
        for i, label in enumerate(result.label)
    ]
    return "\n".join([*lines, sentences.refits(result)])
