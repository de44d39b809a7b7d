"""The specification curve: the answer under every defensible way to have analysed the same trials.

Simonsohn, Simmons & Nelson (2020), Nature Human Behaviour 4:1208-1214; Voracek, Kossmeier & Tran (2019), Zeitschrift
für Psychologie 227:64-82, for meta-analyses. There is no p value for the curve: specifications share their trials, and
nobody drew them from a population.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from metak2.effects.front import effect_sizes
from metak2.effects.measures import Measure
from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.contract import FloatArray
from metak2.models.choices import Choices, resolve
from metak2.models.conventions import Prediction
from metak2.models.rows import Rows, infer
from metak2.robustness.alternatives import INTEGRITY, Alternatives, Filter, Specification
from metak2.robustness.predictions import PREDICTED, prediction_limits
from metak2.robustness.stack import infer_stack
from metak2.shown import Drawn
from metak2.studies.table import StudyTable, read_only


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpecificationCurve(Drawn):
    """The answer of every specification, arrays `(specifications,)` on the analysis scale of its measure.

    Attributes
    ----------
    specifications
        Those that can be fitted and differ: combinations that a model does not allow, and zero-cell rules or filters
        that change no number, are not counted twice.
    planned
        The row of the pre-specified one.
    pi_low, pi_high, tau2
        NaN where there is no prediction interval, or no tau².
    measures
        The measures by name.
    unfit
        Combinations of filters that would pool the same patients twice or leave no trial.
    """

    specifications: tuple[Specification, ...]
    planned: int
    k: FloatArray
    estimate: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    pi_low: FloatArray
    pi_high: FloatArray
    tau2: FloatArray
    level: float
    measures: Mapping[str, Measure]
    unfit: tuple[tuple[str, ...], ...] = ()

    def __len__(self) -> int:
        return len(self.specifications)

    def of_measure(self, name: str) -> NDArray[np.intp]:
        """The rows with this measure, by rising estimate."""
        rows = np.array([row for row, one in enumerate(self.specifications) if one.measure == name], dtype=np.intp)
        return rows[np.argsort(self.estimate[rows], kind="stable")]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Data:
    """The rows that every model is fitted to: what they are (measure, zero-cell rule, filters) and their numbers."""

    effects: Mapping[tuple[str, str], EffectSizes]
    label: tuple[tuple[str, str, tuple[str, ...]], ...]
    mi: FloatArray


def specification_curve(
    studies: StudyTable,
    *,
    planned: Specification,
    alternatives: Alternatives,
    convention: str = "metak2",
    level: float = 0.95,
) -> SpecificationCurve:
    """Every combination of the plan and its alternatives, one batch for each model and interval.

    Raises
    ------
    UnknownOptionError
        A measure, method, test, prediction, zero-cell rule or filter that is not there.
    ModelError
        The planned specification itself cannot be fitted.
    """
    _require_known(planned, alternatives, studies)
    data, unfit = _data(studies, planned, alternatives)
    found: list[tuple[list[Specification], tuple[FloatArray, ...]]] = []
    for choices in _models(planned, alternatives, convention, level):
        found += _fitted(data, choices, _predictions(choices, planned, alternatives))
    specifications = tuple(one for several, _ in found for one in several)
    columns = [np.concatenate(column) for column in zip(*(numbers for _, numbers in found), strict=True)]
    usable = np.isfinite(columns[1])
    kept = [one for one, good in zip(specifications, usable, strict=True) if good]
    if planned not in kept:
        raise ModelError("the planned specification cannot be fitted to these studies; see pool() for the reason")
    k, estimate, low, high, tau2, pi_low, pi_high = (read_only(column[usable]) for column in columns)
    return SpecificationCurve(
        specifications=tuple(kept),
        planned=kept.index(planned),
        k=k,
        estimate=estimate,
        ci_low=low,
        ci_high=high,
        pi_low=pi_low,
        pi_high=pi_high,
        tau2=tau2,
        level=level,
        measures={measure: effects.measure for (measure, _), effects in data.effects.items()},
        unfit=unfit,
    )


def _require_known(planned: Specification, alternatives: Alternatives, studies: StudyTable) -> None:
    names = [one.name for one in alternatives.filters]
    for name in planned.filters:
        if name not in names:
            raise UnknownOptionError("filter", name, names)
    for one in alternatives.filters:
        if one.column not in studies.columns and one is not INTEGRITY:
            raise UnknownOptionError("filter column", one.column, studies.columns)
    for rule in (planned.prediction, *alternatives.predictions):
        if rule not in PREDICTED:
            raise UnknownOptionError("prediction", rule, PREDICTED)


def _first(planned: object, others: Sequence[object]) -> list[object]:
    """The planned choice, then those that differ from it."""
    return list(dict.fromkeys((planned, *others)))


def _data(
    studies: StudyTable, planned: Specification, alternatives: Alternatives
) -> tuple[_Data, tuple[tuple[str, ...], ...]]:
    """Rows for every measure, zero-cell rule and set of filters that gives numbers of its own."""
    effects: dict[tuple[str, str], EffectSizes] = {}
    for measure in _first(planned.measure, alternatives.measures):
        for rule in _first(planned.zero_cells, alternatives.zero_cells):
            made = effect_sizes(studies, measure=str(measure), zero_cells=str(rule), exclude=())
            if not any(name == measure and _same(made, other) for (name, _), other in effects.items()):
                effects[str(measure), str(rule)] = made
    keys = np.array(studies.words("key") if "key" in studies.columns else studies.study)
    label, rows, unfit = [], [], []
    selections = list(_selections(studies, planned, alternatives.filters))
    for (measure, rule), made in effects.items():
        seen: set[bytes] = set()
        for names, kept in selections:
            mi = kept & (made.mi > 0)
            if not mi.any() or len(set(keys[mi])) < mi.sum():
                unfit.append(names)
            elif mi.tobytes() not in seen:
                seen.add(mi.tobytes())
                label.append((measure, rule, names))
                rows.append(mi)
    if not rows:
        raise ModelError("no set of filters leaves a study to pool")
    return _Data(effects=effects, label=tuple(label), mi=np.array(rows, dtype=np.float64)), tuple(dict.fromkeys(unfit))


def _same(one: EffectSizes, other: EffectSizes) -> bool:
    """Whether two zero-cell rules give the same numbers."""
    return np.array_equal(one.yi, other.yi, equal_nan=True) and np.array_equal(one.vi, other.vi, equal_nan=True)


def _selections(
    studies: StudyTable, planned: Specification, filters: tuple[Filter, ...]
) -> Iterator[tuple[tuple[str, ...], NDArray[np.bool_]]]:
    """Every set of filters with the trials that it leaves, the planned one first."""
    kept = {one.name: one.kept(studies) for one in filters}
    switches = [(one.name in planned.filters, one.name not in planned.filters) for one in filters]
    for applied in product(*switches):
        names = tuple(one.name for one, on in zip(filters, applied, strict=True) if on)
        yield names, np.all([np.ones(len(studies), dtype=bool), *(kept[name] for name in names)], axis=0)


def _models(planned: Specification, alternatives: Alternatives, convention: str, level: float) -> Iterator[Choices]:
    """Method and test in every combination that goes together."""
    tests = _first(planned.test, alternatives.tests)
    for method in _first(planned.method, alternatives.methods):
        allowed = 0
        for test in [*tests, *(["z"] if "z" not in tests else [])]:
            try:
                choices = resolve(str(method), test, convention, level)  # type: ignore[arg-type] # refused by resolve
            except ModelError:
                if (method, test) == (planned.method, planned.test):
                    raise
                continue
            if test in tests or not allowed:
                allowed += 1
                yield choices


def _predictions(choices: Choices, planned: Specification, alternatives: Alternatives) -> list[Prediction]:
    """The rules of the prediction interval; a common effect predicts nothing."""
    if choices.method.model == "common effect":
        return ["none"]
    return list(dict.fromkeys((planned.prediction, *alternatives.predictions)))


def _fitted(
    data: _Data, choices: Choices, predictions: list[Prediction]
) -> Iterator[tuple[list[Specification], tuple[FloatArray, ...]]]:
    """The specifications of one method and test, with k, estimate, limits, tau² and prediction limits."""
    for label, rows in _inferred(data, choices):
        tau2 = rows.fit.tau2 if choices.method.model == "random effects" else np.full(rows.low.shape, np.nan)
        for prediction in predictions:
            pi_low, pi_high = prediction_limits(rows, prediction, level=choices.level)
            several = [
                Specification(
                    measure=measure,
                    method=choices.method.name,
                    test=choices.test,
                    prediction=prediction,
                    zero_cells=rule,
                    filters=names,
                )
                for measure, rule, names in label
            ]
            yield several, (rows.fit.k, rows.fit.estimate, rows.low, rows.high, tau2, pi_low, pi_high)


def _inferred(data: _Data, choices: Choices) -> Iterator[tuple[list[tuple[str, str, tuple[str, ...]]], Rows]]:
    """One batch for the methods that pool effects; one for each measure for those that pool counts."""
    if choices.method.needs == "yi_vi" and not choices.convention.about_mantel_haenszel:
        several = [data.effects[measure, rule] for measure, rule, _ in data.label]
        yi, vi = np.array([made.yi for made in several]), np.array([made.vi for made in several])
        yield list(data.label), infer_stack(several[0], choices, yi, vi, data.mi)
        return
    pooled: set[str] = set()
    for (measure, rule), made in data.effects.items():
        if choices.method.needs == "counts" and (measure in pooled or measure not in choices.method.measures):
            continue  # these methods take the counts as they are: one zero-cell rule stands for all
        pooled.add(measure)
        at = [row for row, one in enumerate(data.label) if one[:2] == (measure, rule)]
        if made.kind == "counts" or choices.method.needs == "yi_vi":
            yield [data.label[row] for row in at], infer(made, choices, data.mi[at])
