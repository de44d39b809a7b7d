"""The key `figures` of a plan: what each name draws, and from which results."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from metak2.errors import ModelError, PlanError
from metak2.models.pooled import Pooled, Unpooled
from metak2.plan.entries import texts
from metak2.plots import diagnostics
from metak2.plots.bias import bias_summary, traffic_light
from metak2.plots.drawing import Drawing
from metak2.plots.flow import prisma
from metak2.plots.funnel import funnel
from metak2.robustness.adjusted_estimates import pet_peese
from metak2.robustness.trim_and_fill import trim_and_fill
from metak2.studies.risk_of_bias import judgements_by_tool

Table = Mapping[str, Any]
OF_POOLED: Mapping[str, Callable[[Pooled], Drawing]] = {
    "radial": diagnostics.radial,
    "baujat": diagnostics.baujat,
    "drapery": diagnostics.drapery,
    "qq": diagnostics.qq_plot,
    "tau2-profile": diagnostics.tau2_profile_plot,
    "influence": diagnostics.influence_plot,
    "funnel-regions": lambda pooled: funnel(pooled, contours=True),
    "funnel-filled": lambda pooled: funnel(pooled, contours=True, filled=trim_and_fill(pooled)),
    "funnel-asymmetry": lambda pooled: funnel(pooled, asymmetry=pet_peese(pooled)),
}


def figures_of(comparison: Table, primary: Pooled | Unpooled, source: Path) -> dict[str, Drawing]:
    """Every figure that the plan asks for, by name; PlanError with all that cannot be drawn, and why."""
    drawn: dict[str, Drawing] = {}
    problems = []
    for name in texts(comparison.get("figures", ())):
        try:
            drawn |= _drawn(name, comparison, primary)
        except ModelError as error:
            problems.append(f'{comparison["name"]}: figures: "{name}": {error}')
    if problems:
        raise PlanError(problems, source=source.as_posix())
    return drawn


def _drawn(name: str, comparison: Table, primary: Pooled | Unpooled) -> dict[str, Drawing]:
    """The drawing of this name; judgements of several tools make several."""
    file = comparison["studies"]["file"]
    if name == "prisma":
        return {name: prisma(file)}
    if name in {"labbe", "labbe-log"}:
        return {name: diagnostics.labbe(primary, scale="risk" if name == "labbe" else "log")}
    if name in {"risk-of-bias", "risk-of-bias-summary"}:
        outcome = comparison["studies"].get("outcome", "")
        tools = judgements_by_tool(file, outcome=outcome, studies=_names(primary))
        weights = primary if isinstance(primary, Pooled) and len(tools) == 1 else None
        return {
            name if len(tools) == 1 else f"{name}-{_stem(tool)}": (
                traffic_light(judged) if name == "risk-of-bias" else bias_summary(judged, weights=weights)
            )
            for tool, judged in tools.items()
        }
    if not isinstance(primary, Pooled):
        raise ModelError("needs a pooled primary analysis")
    return {name: OF_POOLED[name](primary)}


def _names(primary: Pooled | Unpooled) -> tuple[str, ...]:
    """The studies as the sheets call them; labels may say more."""
    effects = primary.effects
    return effects.words("key") if "key" in effects.moderators else effects.study


def _stem(tool: str) -> str:
    kept = "".join(sign if sign.isalnum() else "-" for sign in tool.lower())
    return kept.strip("-") or "no-tool"
