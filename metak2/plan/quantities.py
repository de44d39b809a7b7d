"""The numbers of an analysis by name, as a reader compares them between two versions of it.

Effects and their limits stand on the displayed scale: ratios as ratios.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, is_dataclass

import numpy as np

from metak2.display.network import against_reference
from metak2.models.multilevel_result import Multilevel
from metak2.models.network_result import Network
from metak2.models.pooled import Pooled, Subgroups, Unpooled
from metak2.models.regression_result import Regression
from metak2.models.robust_result import Robust
from metak2.report.comparison import Comparison
from metak2.report.results import to_json

HEADLINE = "primary"
STUDY = "study "
_NAMES = ("study", "group", "label", "name", "of")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number's name: the comparison, the result in it ("primary", "sensitivity: DL"), and what it is of that."""

    comparison: str
    of: str
    name: str

    @property
    def headline(self) -> bool:
        """Whether the number belongs to the answer itself."""
        return self.of == HEADLINE


Numbers = Mapping[Quantity, float]


def core_results(comparison: Comparison) -> dict[str, object]:
    """The answer, the sensitivity analyses, subgroups and regressions of a comparison."""
    return {
        **_answers(comparison),
        "sensitivity": comparison.sensitivity,
        "subgroups": {groups.by: groups for groups in comparison.subgroups},
        "regression": comparison.regressions,
    }


def _answers(comparison: Comparison) -> dict[str, object]:
    """The planned answer, and the combined analysis where that is another."""
    if comparison.headline is None:
        return {"primary": comparison.primary}
    return {"primary": comparison.headline.found.answer, "combined": comparison.primary}


def numbers_of(name: str, results: object, *, every: bool = False) -> dict[Quantity, float]:
    """The numbers of one entry of a report's results; `every` adds those of all other results, as in results.json."""
    if isinstance(results, Mapping):
        pairs = [pair for of, value in results.items() for pair in _numbers(str(of), value, every=every)]
    else:
        pairs = list(_numbers(HEADLINE, results, every=every))
    return {Quantity(comparison=name, of=of, name=what): value for of, what, value in pairs}


def displayed_numbers(pooled: Pooled) -> dict[str, float]:
    """The numbers of a pooled effect that a reader compares; NaN where there is none."""
    none = float("nan")
    shown, tau2_ci = pooled.displayed, pooled.tau2_ci
    return {
        "estimate": shown.estimate,
        "CI low": shown.ci_low,
        "CI high": shown.ci_high,
        "tau2": none if pooled.tau2 is None else pooled.tau2,
        "tau2 low": tau2_ci.low if tau2_ci else none,
        "tau2 high": tau2_ci.high if tau2_ci else none,
        "Q": pooled.Q,
        "I2": pooled.I2,
        "PI low": shown.pi_low,
        "PI high": shown.pi_high,
    }


Named = Iterator[tuple[str, str, float]]


def _numbers(of: str, value: object, *, every: bool) -> Named:
    match value:
        case Pooled():
            yield from _pooled(of, value)
            yield from _studies(value) if of == HEADLINE else ()
        case Unpooled():
            yield from _studies(value)
        case Subgroups():
            yield from _subgroups(of, value)
        case Regression():
            yield from _regression(of, value)
        case Multilevel() | Robust() | Network():
            yield from _network(of, value) if isinstance(value, Network) else _model(of, value)
        case Mapping():
            for key, entry in value.items():
                yield from _numbers(f"{of}: {key}", entry, every=every)
        case int() | float() if not isinstance(value, bool):
            yield of, "value", float(value)
        case _ if every and (is_dataclass(value) or isinstance(value, (list, tuple))):
            yield from flat_numbers(of, "", to_json(value))


def _pooled(of: str, pooled: Pooled) -> Named:
    yield of, "k", float(pooled.k)
    shown = displayed_numbers(pooled)
    yield from ((of, name, shown.pop(name)) for name in ("estimate", "CI low", "CI high"))
    yield of, "p", pooled.pval
    yield from ((of, name, value) for name, value in shown.items())


def _model(of: str, result: Multilevel | Robust) -> Named:
    """The coefficients of a model of effects of the same patients, on the displayed scale where there is one effect."""
    found = result.coefficients
    yield of, "k", float(result.k)
    for at, name in enumerate(found.names):
        ends = np.array([found.estimate[at], found.ci_low[at], found.ci_high[at]])
        shown = result.measure.back(ends) if result.alone else ends
        where = of if result.alone else f"{of}, {name}"
        yield from (
            (where, what, float(end)) for what, end in zip(("estimate", "CI low", "CI high"), shown, strict=True)
        )
        yield where, "p", float(found.pval[at])


def _network(of: str, result: Network) -> Named:
    """Every treatment against the reference, and how the trials differ."""
    for one in against_reference(result):
        back = [float(end) for end in result.measure.back([one.estimate, one.low, one.high, one.pi_low, one.pi_high])]
        yield from (
            (f"{of}, {one.first} against {one.second}", name, number)
            for name, number in zip(("estimate", "CI low", "CI high", "PI low", "PI high"), back, strict=True)
        )
    yield of, "k", float(result.k)
    yield of, "tau2", float("nan") if result.tau2 is None else result.tau2
    yield of, "Q", result.Q


def _subgroups(of: str, result: Subgroups) -> Named:
    yield of, "Q between", result.Q_between
    yield of, "p between", result.Q_pval
    for group, pooled in result.groups.items():
        yield from _pooled(f"{of} = {group}", pooled)


def _studies(result: Pooled | Unpooled) -> Named:
    """Each study's effect and weight."""
    effects = result.effects
    low, high = effects.limits(result.level)
    shown = np.column_stack([effects.measure.back(part) for part in (effects.yi, low, high)])
    for at, study in enumerate(effects.study):
        yield from zip((f"{STUDY}{study}",) * 3, ("estimate", "CI low", "CI high"), map(float, shown[at]), strict=True)
        if isinstance(result, Pooled):
            yield f"{STUDY}{study}", "weight (%)", float(result.weights[at])


def _regression(of: str, result: Regression) -> Named:
    found = result.coefficients
    for at, name in enumerate(found.names):
        for what, values in (
            ("coefficient", found.estimate),
            ("CI low", found.ci_low),
            ("CI high", found.ci_high),
            ("p", found.pval),
        ):
            yield f"{of}, {name}", what, float(values[at])
    yield from ((of, name, float(value)) for name, value in (("k", result.k), ("tau2", result.tau2), ("R2", result.R2)))
    yield from ((of, name, float(value)) for name, value in (("I2", result.I2), ("QE", result.QE)))
    yield from ((of, name, float(value)) for name, value in (("QM", result.QM.statistic), ("QM p", result.QM.pval)))


def flat_numbers(of: str, path: str, value: object) -> Named:
    """The numbers of a result as results.json has them, by path."""
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from flat_numbers(of, f"{path}.{key}" if path else str(key), entry)
    elif isinstance(value, (list, tuple)):
        for at, entry in enumerate(value):
            known = entry if isinstance(entry, Mapping) else {}
            name = next((known[key] for key in _NAMES if isinstance(known.get(key), str)), at)
            yield from flat_numbers(of, f"{path}[{name}]", entry)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield of, path or "value", float(value) if math.isfinite(value) else float("nan")
