"""From a plan to what questions the pooled effect: regressions, designs and the specification curve."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from metak2.effects.integrity import NOT_POOLED_BY_DEFAULT
from metak2.models.methods import method_named
from metak2.models.pooled import Pooled
from metak2.models.regress import regress
from metak2.models.regression_result import Regression
from metak2.plan.entries import formula_of, label_of, texts
from metak2.report.comparison import Design
from metak2.robustness.alternatives import INTEGRITY, Alternatives, Filter, Specification
from metak2.robustness.bootstrap import bootstrap
from metak2.robustness.fragility import fragility
from metak2.robustness.gosh import gosh
from metak2.robustness.influence import influence
from metak2.robustness.leave_one_out import cumulative, leave_one_out, leave_two_out
from metak2.robustness.refits import Refits
from metak2.robustness.specification import SpecificationCurve, specification_curve
from metak2.studies.table import StudyTable

Table = Mapping[str, Any]
REFITS: Mapping[str, Callable[..., Refits]] = {"leave-one-out": leave_one_out, "cumulative": cumulative}
FURTHER: Mapping[str, Callable[..., Design]] = {
    "leave-two-out": leave_two_out,
    "gosh": gosh,
    "bootstrap": bootstrap,
    "fragility": fragility,
    "influence": influence,
}


def regressions_of(comparison: Table, primary: Pooled) -> dict[str, Regression]:
    """Each `[[regression]]` by its name, with the method and test of the primary analysis where it names none."""
    return {label_of(entry): _regression(entry, primary) for entry in comparison.get("regression", ())}


def _regression(entry: Table, primary: Pooled) -> Regression:
    asked = primary.choices
    kept: dict[str, Any] = {"method": asked.method.name, "test": asked.test}
    if "method" in entry and method_named(entry["method"]).model != asked.method.model:
        kept = {}
    own = {key: entry[key] for key in ("method", "test") if key in entry}
    return regress(
        primary.effects, formula_of(entry), convention=asked.convention, level=asked.level, **{**kept, **own}
    )


def refits_of(comparison: Table, primary: Pooled) -> tuple[Refits, ...]:
    """Leave-one-out and cumulative refits, in the order of the plan."""
    return tuple(REFITS[design](primary, **asked) for design, asked in _designs(comparison) if design in REFITS)


def designs_of(comparison: Table, primary: Pooled) -> dict[str, Design]:
    """The further designs by name, in the order of the plan."""
    return {design: FURTHER[design](primary, **asked) for design, asked in _designs(comparison) if design in FURTHER}


def _designs(comparison: Table) -> list[tuple[str, dict[str, Any]]]:
    """Every design with the options that the plan gives it."""
    entries = [entry for entry in comparison.get("sensitivity", ()) if "design" in entry]
    return [(entry["design"], {key: entry[key] for key in entry if key != "design"}) for entry in entries]


def curve_of(comparison: Table, primary: Pooled, studies: StudyTable, excluded: Sequence[str]) -> SpecificationCurve:
    """The specification curve: the primary analysis is the planned one, filters of the plan are alternatives to it."""
    asked: Table = comparison["specifications"]
    concern = _concern(tuple(excluded))
    choices = primary.choices
    planned = Specification(
        measure=primary.measure.name,
        method=choices.method.name,
        test=choices.test,
        prediction="none" if choices.method.model == "common effect" else choices.prediction,
        zero_cells=comparison.get("zero_cells", "affected"),
        filters=(concern.name,) if excluded else (),
    )
    filters = tuple(
        Filter(
            name=one["name"],
            column=one["column"],
            keep=texts(one.get("keep", ())),
            drop=texts(one.get("drop", ())),
        )
        for one in asked.get("filter", ())
    )
    words = {key: texts(asked.get(key, ())) for key in ("measures", "methods", "tests", "predictions", "zero_cells")}
    alternatives = Alternatives(**words, filters=(concern, *filters))  # type: ignore[arg-type] # words are checked there
    return specification_curve(
        studies, planned=planned, alternatives=alternatives, convention=choices.convention.name, level=primary.level
    )


def _concern(excluded: tuple[str, ...]) -> Filter:
    """The trials that the plan leaves out; where it leaves none out, those that are left out by default."""
    if not excluded or set(excluded) == set(NOT_POOLED_BY_DEFAULT):
        return INTEGRITY
    return Filter(name=INTEGRITY.name, column=INTEGRITY.column, drop=excluded)
