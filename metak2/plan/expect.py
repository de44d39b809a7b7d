"""The numbers a plan expects, beside those found."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from metak2.errors import PlanError, did_you_mean
from metak2.models.clustered_model import ClusteredModel
from metak2.models.pooled import Pooled
from metak2.models.regression_result import Regression
from metak2.plan.keys import EXPECT, NOT_NUMBERS
from metak2.report.comparison import Comparison
from metak2.report.expectations import Expectation

Expected = Pooled | Regression | ClusteredModel
RTOL = 1e-6
OF_COEFFICIENTS = ("estimate", "se", "ci_low", "ci_high", "statistic", "pval")


def expectations_of(table: Mapping[str, Any], comparison: Comparison, source: Path) -> tuple[Expectation, ...]:
    """Each number of the `[[expect]]` tables of one comparison with the number found."""
    results = expected_results(comparison)
    made: list[Expectation] = []
    problems = []
    for entry in table.get("expect", ()):
        of = entry["of"]
        if of not in results:
            known = ", ".join(results)
            problems.append(
                f"expect: there is no pooled result or regression {of!r}{did_you_mean(of, results)}; there are {known}"
            )
            continue
        result, coefficient = results[of], entry.get("coefficient")
        problem = _coefficient_problem(of, result, entry)
        if problem:
            problems.append(problem)
            continue
        displayed = entry.get("scale", "analysis") == "displayed"
        made += [
            Expectation(
                of=f"{comparison.name}, {of}" + (f", {coefficient}" if coefficient else ""),
                quantity=quantity + (" (displayed)" if displayed else ""),
                expected=float(entry[quantity]),
                found=_found(result, quantity, coefficient, displayed=displayed),
                rtol=float(entry.get("rtol", RTOL)),
                source=entry["source"],
            )
            for quantity in EXPECT
            if quantity in entry and quantity not in NOT_NUMBERS
        ]
    if problems:
        raise PlanError(problems, source=source.as_posix())
    return tuple(made)


def _found(result: Expected, quantity: str, coefficient: str | None, *, displayed: bool) -> float:
    if isinstance(result, Regression):
        return found_in_regression(result, quantity, coefficient, displayed=displayed)
    if isinstance(result, ClusteredModel):
        return found_in_model(result, quantity, displayed=displayed)
    return found(result, quantity, displayed=displayed)


def _coefficient_problem(of: str, result: Expected, entry: Mapping[str, Any]) -> str:
    """What is wrong with the coefficient that an entry names, or does not name."""
    named = entry.get("coefficient")
    if not isinstance(result, Regression):
        return f"expect: {of!r} is no regression and has no coefficient {named!r}" if named else ""
    names = result.coefficients.names
    if named is None:
        asked = [quantity for quantity in OF_COEFFICIENTS if quantity in entry]
        return f"expect: {asked[0]} of {of!r} needs a coefficient: {', '.join(names)}" if asked else ""
    if named not in names:
        return f"expect: {of!r} has no coefficient {named!r}{did_you_mean(named, names)}; there are {', '.join(names)}"
    return ""


def expected_results(comparison: Comparison) -> dict[str, Expected]:
    """Every result that `of` can name: the pooled ones, and regressions as "regression: ablat".

    Where a model of effects of the same patients answers, "primary" is that model and "combined" the pooled effect.
    """
    regressions = {f"regression: {label}": result for label, result in comparison.regressions.items()}
    results: dict[str, Expected] = {**pooled_results(comparison), **regressions}
    if comparison.headline is None:
        return results
    return {**results, "combined": results["primary"], "primary": comparison.headline.found}


def pooled_results(comparison: Comparison) -> dict[str, Pooled]:
    """Every pooled result under the name that `of` uses: primary, sensitivity labels, "alloc = random"."""
    results: dict[str, Pooled] = {}
    if isinstance(comparison.primary, Pooled):
        results["primary"] = comparison.primary
    results.update(comparison.sensitivity)
    for groups in comparison.subgroups:
        results.update({f"{groups.by} = {group}": pooled for group, pooled in groups.groups.items()})
    return results


def found_in_model(result: ClusteredModel, quantity: str, *, displayed: bool) -> float:
    """One number of the model that answers, NaN where it has none."""
    model = result.model
    if quantity in OF_COEFFICIENTS:
        value = float(getattr(model.coefficients, quantity)[0])
        on_scale = displayed and quantity in {"estimate", "ci_low", "ci_high"}
        return float(model.measure.back(value)) if on_scale else value
    values = {"k": model.k, "Q": model.QE, "Q_pval": model.QE_pval, "I2": sum(dict(model.I2).values())}
    return float(values.get(quantity, float("nan")))


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


def found_in_regression(result: Regression, quantity: str, coefficient: str | None, *, displayed: bool) -> float:
    """One number of a regression or of one of its coefficients, NaN where it has none; Q is the residual one."""
    if quantity in OF_COEFFICIENTS and coefficient is not None:
        at = result.coefficients.index(coefficient)
        value = float(getattr(result.coefficients, quantity)[at])
        return (
            float(result.measure.back(value)) if displayed and quantity in {"estimate", "ci_low", "ci_high"} else value
        )
    values = {
        "tau2_low": result.tau2_ci[0],
        "tau2_high": result.tau2_ci[1],
        "Q": result.QE,
        "Q_pval": result.QE_pval,
        "QM": result.QM.statistic,
        "QM_pval": result.QM.pval,
    }
    return float(values.get(quantity, getattr(result, quantity, float("nan"))))


def unmet(expectations: Sequence[Expectation]) -> list[str]:
    """One line for each number that was expected and not found."""
    return [
        f"{e.of}: {e.quantity} is {e.found:.10g}, expected {e.expected:.10g} within {e.rtol:g} ({e.source})"
        for e in expectations
        if not e.met
    ]
