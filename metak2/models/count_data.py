"""Counts as they were reported, from effect sizes, a study table or arrays: what exact likelihoods are built on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from metak2.effects.sizes import EffectSizes
from metak2.errors import CellProblem, ModelError, StudyDataError
from metak2.kernels.contract import FloatArray
from metak2.studies.table import Column, StudyTable, read_only

CountKind = Literal["counts", "rates", "proportions", "single rates"]
COLUMNS: Mapping[CountKind, tuple[str, ...]] = {
    "counts": ("event_e", "n_e", "event_c", "n_c"),
    "rates": ("event_e", "time_e", "event_c", "time_c"),
    "proportions": ("event", "n"),
    "single rates": ("event", "person_time"),
}
MEASURE: Mapping[CountKind, str] = {"counts": "OR", "rates": "IRR", "proportions": "PLO", "single rates": "IRLN"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CountData:
    """Counts of k studies: events and people, or events and person-time, in two arms or in one.

    `columns` holds the arrays that the kind names (event_e n_e event_c n_c | event_e time_e event_c time_c | event n |
    event person_time), each `(k,)`; `excluded` says why a study stays out of the analysis, "" if it does not.
    """

    kind: CountKind
    study: tuple[str, ...]
    columns: Mapping[str, FloatArray]
    moderators: Mapping[str, Column] = field(default_factory=dict)
    excluded: tuple[str, ...] = ()

    @property
    def measure(self) -> str:
        """The measure on whose scale these counts are modelled: OR, IRR, PLO (log odds) or IRLN (log rate)."""
        return MEASURE[self.kind]

    @property
    def events(self) -> FloatArray:
        """Events, `(k, arms)`."""
        return np.stack([self.columns[name] for name in COLUMNS[self.kind][::2]], axis=1)

    @property
    def exposure(self) -> FloatArray:
        """People or person-time, `(k, arms)`."""
        return np.stack([self.columns[name] for name in COLUMNS[self.kind][1::2]], axis=1)

    @property
    def empty(self) -> Column:
        """Two-arm studies without an event in either arm, or with nothing but events in both: (k,) booleans."""
        events, exposure = self.events, self.exposure
        if events.shape[1] == 1:
            return np.zeros(len(self.study), dtype=bool)
        nothing: Column = np.all(events == 0, axis=1)
        if self.kind == "counts":
            nothing = nothing | np.all(events == exposure, axis=1)
        return nothing

    def take(self, rows: Column) -> "CountData":
        """These studies only."""
        index = np.arange(len(self.study))[rows]
        return CountData(
            kind=self.kind,
            study=tuple(self.study[i] for i in index),
            columns={name: read_only(values[index]) for name, values in self.columns.items()},
            moderators={name: read_only(np.array(values)[index]) for name, values in self.moderators.items()},
        )


def count_data(
    *, study: Sequence[str] = (), moderators: Mapping[str, ArrayLike] | None = None, **columns: ArrayLike
) -> CountData:
    """Counts from arrays: event_e, n_e, event_c, n_c, or with time_e, time_c; one arm: event with n or person_time.

    >>> count_data(event=[1, 0, 3], n=[20, 18, 40]).measure
    'PLO'

    Raises
    ------
    StudyDataError
        Every impossible count, with its study and column.
    ModelError
        Columns of no known kind.
    """
    values = {name: np.array(column, dtype=np.float64) for name, column in columns.items()}
    kind = _kind(values)
    k = values[COLUMNS[kind][0]].size
    names = tuple(study) or tuple(f"study {i + 1}" for i in range(k))
    wrong = {name: array.shape for name, array in values.items() if array.shape != (len(names),)}
    if wrong:
        raise ModelError(f"every column needs one number per study ({len(names)}); got {wrong}")
    return _checked(kind, names, values, {name: np.array(column) for name, column in (moderators or {}).items()})


def counts_of(source: EffectSizes | StudyTable | CountData) -> CountData:
    """The counts behind effect sizes or in a study table; studies shown and not pooled stay out.

    A trial without events in either arm is back in: whether it counts is the model's decision.
    """
    if isinstance(source, CountData):
        return source
    named = source.data if isinstance(source, EffectSizes) else source.columns
    moderators = source.moderators if isinstance(source, EffectSizes) else source.columns
    kind = _kind(named)
    excluded = source.excluded if isinstance(source, EffectSizes) else ("",) * len(source)
    values = {name: np.array(named[name], dtype=np.float64) for name in COLUMNS[kind]}
    blank = ~np.all([np.isfinite(array) for array in values.values()], axis=0)
    left_out = tuple(
        "not reported" if gap else "" if why in {"double zero", "not estimable"} else why
        for gap, why in zip(blank, excluded, strict=True)
    )
    kept = np.array([not why for why in left_out], dtype=bool)
    checked = _checked(
        kind,
        tuple(name for name, keep in zip(source.study, kept, strict=True) if keep),
        {name: array[kept] for name, array in values.items()},
        {name: np.array(array)[kept] for name, array in moderators.items()},
    )
    return CountData(
        kind=kind,
        study=checked.study,
        columns=checked.columns,
        moderators=checked.moderators,
        excluded=tuple(why for why in left_out if why),
    )


def _kind(named: Mapping[str, object]) -> CountKind:
    for kind, names in COLUMNS.items():
        if set(names) <= set(named):
            return kind
    listed = "; ".join(" ".join(names) for names in COLUMNS.values())
    raise ModelError(f"an exact likelihood needs counts ({listed}); there are {' '.join(named) or 'none'}")


def _checked(
    kind: CountKind, study: tuple[str, ...], values: Mapping[str, FloatArray], moderators: Mapping[str, Column]
) -> CountData:
    problems = [problem for i, name in enumerate(study) for problem in _problems(kind, name, values, i)]
    if problems:
        raise StudyDataError(problems, source="counts")
    return CountData(
        kind=kind,
        study=study,
        columns={name: read_only(values[name]) for name in COLUMNS[kind]},
        moderators={name: read_only(column) for name, column in moderators.items()},
    )


def _problems(kind: CountKind, study: str, values: Mapping[str, FloatArray], i: int) -> list[CellProblem]:
    found = []
    names = COLUMNS[kind]
    for event, exposure in zip(names[::2], names[1::2], strict=True):
        x, n = float(values[event][i]), float(values[exposure][i])
        people = exposure.startswith("n")
        if not (x >= 0 and x.is_integer()):
            found.append(_problem("MK-C02", study, event, f"{x:g} is not a number of events"))
        if not (0 < n < np.inf) or (people and not n.is_integer()):
            what = "a number of people" if people else "a length of time"
            found.append(_problem("MK-C04" if people else "MK-C05", study, exposure, f"{n:g} is not {what}"))
        elif people and x > n:
            found.append(_problem("MK-C07", study, event, f"{x:g} events among {n:g} people ({exposure})"))
    return found


def _problem(code: str, study: str, column: str, message: str) -> CellProblem:
    return CellProblem(code=code, severity="error", message=message, cell=study, column=column)
