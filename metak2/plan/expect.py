"""The numbers a plan expects, beside those found."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from metak2.errors import PlanError, did_you_mean
from metak2.models.pooled import Pooled
from metak2.plan.schema import EXPECT, NOT_NUMBERS
from metak2.report.comparison import Comparison
from metak2.report.expectations import Expectation

RTOL = 1e-6


def expectations_of(table: Mapping[str, Any], comparison: Comparison, source: Path) -> tuple[Expectation, ...]:
    """Each number of the `[[expect]]` tables of one comparison with the number found."""
    results = pooled_results(comparison)
    made: list[Expectation] = []
    problems = []
    for entry in table.get("expect", ()):
        of = entry["of"]
        if of not in results:
            known = ", ".join(results)
            problems.append(f"expect: there is no pooled result {of!r}{did_you_mean(of, results)}; there are {known}")
            continue
        displayed = entry.get("scale", "analysis") == "displayed"
        made += [
            Expectation(
                of=f"{comparison.name}, {of}",
                quantity=quantity + (" (displayed)" if displayed else ""),
                expected=float(entry[quantity]),
                found=found(results[of], quantity, displayed=displayed),
                rtol=float(entry.get("rtol", RTOL)),
                source=entry["source"],
            )
            for quantity in EXPECT
            if quantity in entry and quantity not in NOT_NUMBERS
        ]
    if problems:
        raise PlanError(problems, source=source.as_posix())
    return tuple(made)


def pooled_results(comparison: Comparison) -> dict[str, Pooled]:
    """Every pooled result under the name that `of` uses: primary, sensitivity labels, "alloc = random"."""
    results: dict[str, Pooled] = {}
    if isinstance(comparison.primary, Pooled):
        results["primary"] = comparison.primary
    results.update(comparison.sensitivity)
    for groups in comparison.subgroups:
        results.update({f"{groups.by} = {group}": pooled for group, pooled in groups.groups.items()})
    return results


def found(pooled: Pooled, quantity: str, *, displayed: bool) -> float:
    """One number of a pooled result, NaN where it has none."""
    nothing = float("nan")
    values = {
        "ci_low": pooled.ci.low,
        "ci_high": pooled.ci.high,
        "pi_low": pooled.pi.low if pooled.pi else nothing,
        "pi_high": pooled.pi.high if pooled.pi else nothing,
        "tau2_low": pooled.tau2_ci.low if pooled.tau2_ci else nothing,
        "tau2_high": pooled.tau2_ci.high if pooled.tau2_ci else nothing,
    }
    value = values.get(quantity, getattr(pooled, quantity, None))
    if value is None:
        return nothing
    on_scale = quantity in {"estimate", "ci_low", "ci_high", "pi_low", "pi_high"}
    return float(pooled.measure.back(value)) if displayed and on_scale else float(value)


def unmet(expectations: Sequence[Expectation]) -> list[str]:
    """One line for each number that was expected and not found."""
    return [
        f"{e.of}: {e.quantity} is {e.found:.10g}, expected {e.expected:.10g} within {e.rtol:g} ({e.source})"
        for e in expectations
        if not e.met
    ]
