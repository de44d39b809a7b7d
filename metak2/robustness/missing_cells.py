"""What the blank cells of a workbook are worth: how far the pooled answer would move if each were filled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from types import MappingProxyType

import numpy as np

from metak2.effects.from_means import CONFIDENCE
from metak2.effects.front import effect_sizes
from metak2.effects.integrity import NOT_POOLED_BY_DEFAULT
from metak2.effects.measures import Measure, measure_named
from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray
from metak2.models.conventions import Test
from metak2.models.pool import pool
from metak2.models.pooled import Pooled
from metak2.robustness.conclusion import no_effect, side
from metak2.shown import Shown
from metak2.studies.table import StudyTable, read_only

Range = tuple[float, float]
QUANTITIES: Mapping[str, tuple[str, ...]] = MappingProxyType({"counts": ("event", "n"), "means": ("mean", "sd", "n")})
"""What an arm needs, in the order in which blanks are filled."""
TOTALS = ("n_analysed", "n_randomised")
BLANK = frozenset({"not reported", "not estimable"})


@dataclass(frozen=True, slots=True, kw_only=True)
class BlankCell:
    """One blank, and the pooled answer at the ends of its plausible range, analysis scale.

    The study's other blanks stand at their typical values. `alone` says that this is the only one. `width` is how far
    the estimate moves between the ends; `turns` that the interval lies otherwise about no effect at one of them than at
    the other, or than now. `cell` is its address, "" where the sheet has no such column.
    """

    study: str
    column: str
    cell: str
    low: float
    high: float
    estimate: Range
    ci_at_low: Range
    ci_at_high: Range
    alone: bool
    width: float
    turns: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BlankStudy:
    """A study that cannot be pooled for its blanks, and the pooled answers that its plausible values lead to.

    `estimate` and `ci` are the lowest and highest estimate and the outermost limits over the corners of the box.
    """

    study: str
    blanks: int
    estimate: Range
    ci: Range
    turns: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MissingCells(Shown):
    """Every blank cell by how far it could move the answer, the farthest first; studies likewise.

    `base` is the answer without them, None where nothing can be pooled yet. `unranged` names study and column of blanks
    for which neither the other rows nor the user give a range.
    """

    base: Pooled | None
    measure: Measure
    cells: tuple[BlankCell, ...]
    studies: tuple[BlankStudy, ...]
    ranges: Mapping[str, Range]
    unranged: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plausible:
    """The ends and the middle of what a blank may hold."""

    low: float
    typical: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """The table and how it is answered."""

    studies: StudyTable
    measure: str
    exclude: tuple[str, ...]
    method: str | None
    test: Test | None

    def answer(self, fills: Mapping[tuple[int, str], float]) -> Pooled | None:
        """The pooled effect with these cells filled; None where no study can be pooled."""
        effects = effect_sizes(_filled(self.studies, fills), measure=self.measure, exclude=self.exclude)
        return pool(effects, method=self.method, test=self.test) if effects.k else None


def missing_cells(
    studies: StudyTable,
    *,
    measure: str,
    ranges: Mapping[str, Range] = MappingProxyType({}),
    exclude: Sequence[str] = NOT_POOLED_BY_DEFAULT,
    method: str | None = None,
    test: Test | None = None,
) -> MissingCells:
    """How far each blank of a table of counts or means could move the pooled answer.

    Parameters
    ----------
    ranges
        Plausible values by quantity: "sd", "mean" and "n", or "risk" and "n" for counts (`event` is risk times n).
        Where none is given: the smallest and the largest in the rows that have it; typical is their median. Arms of a
        study whose `n_analysed` or `n_randomised` is known hold between a third and two thirds of it.
    exclude, method, test
        As in `effect_sizes` and `pool`.

    Raises
    ------
    ModelError
        A table of another kind, or a range that is none.
    """
    if studies.kind not in QUANTITIES:
        raise ModelError(f"blank cells are weighed in tables of counts or means; this one holds {studies.kind}")
    known, typical = _known(studies, ranges)
    question = _Question(studies=studies, measure=measure, exclude=tuple(exclude), method=method, test=test)
    effects = effect_sizes(studies, measure=measure, exclude=exclude)
    rows = {at: _blanks(studies, at) for at, why in enumerate(effects.excluded) if why in BLANK}
    own = {at: _of_row(studies, at, names, (known, typical)) for at, names in rows.items()}
    unranged = [(studies.study[at], name) for at, names in rows.items() for name in names if name not in own[at]]
    open_rows = {at: own[at] for at, names in rows.items() if names and len(own[at]) == len(names)}
    base = question.answer({})
    cells = [_cell(question, base, (at, name), blanks) for at, blanks in open_rows.items() for name in blanks]
    whole = [_study(question, base, at, blanks) for at, blanks in open_rows.items()]
    return MissingCells(
        base=base,
        measure=measure_named(measure),
        cells=tuple(sorted((one for one in cells if one is not None), key=lambda one: (-one.turns, -one.width))),
        studies=tuple(
            sorted((one for one in whole if one is not None), key=lambda one: one.estimate[0] - one.estimate[1])
        ),
        ranges=MappingProxyType(known),
        unranged=tuple(unranged),
    )


def _key(column: str) -> str:
    """The quantity that a column's plausible values belong to: sd_e → sd, event_c → risk."""
    name = column.rpartition("_")[0]
    return "risk" if name == "event" else name


def _spread(studies: StudyTable, arm: str) -> FloatArray:
    """The SD of each row where the sheet has one, under either name."""
    given, value = studies.numbers(f"sd_{arm}"), studies.numbers(f"dispersion_{arm}")
    kinds = np.array(studies.words(f"dispersion_type_{arm}"))
    known = np.where(np.isnan(given) & (kinds == "SD"), value, given)
    return np.asarray(np.where(np.isin(kinds, ("SEM", "SE")), value * np.sqrt(studies.numbers(f"n_{arm}")), known))


def _values(studies: StudyTable, column: str) -> FloatArray:
    name, _, arm = column.rpartition("_")
    if name == "sd":
        return _spread(studies, arm)
    values = studies.numbers(column)
    return values / studies.numbers(f"n_{arm}") if name == "event" else values


def _known(studies: StudyTable, ranges: Mapping[str, Range]) -> tuple[dict[str, Range], dict[str, float]]:
    """The plausible range and the typical value of each quantity."""
    known: dict[str, Range] = {}
    typical: dict[str, float] = {}
    keys = {_key(f"{name}_e"): name for name in QUANTITIES[studies.kind]}
    for key, name in keys.items():
        seen = np.concatenate([_values(studies, f"{name}_{arm}") for arm in "ec"])
        seen = seen[np.isfinite(seen)]
        if key in ranges:
            known[key] = (float(ranges[key][0]), float(ranges[key][1]))
            typical[key] = float(np.mean(known[key]))
        elif seen.size:
            known[key], typical[key] = (float(seen.min()), float(seen.max())), float(np.median(seen))
    strange = [key for key in ranges if key not in keys]
    wrong = [key for key, (low, high) in known.items() if not low <= high or (key in {"sd", "n"} and low <= 0)]
    if strange or wrong:
        told = [f"{key!r} is not one of {', '.join(keys)}" for key in strange]
        told += [f"{key} from {known[key][0]:g} to {known[key][1]:g} is no range" for key in wrong]
        raise ModelError(f"ranges: {'; '.join(told)}")
    return known, typical


def _blanks(studies: StudyTable, row: int) -> tuple[str, ...]:
    """The columns of a row that are blank and needed."""
    if studies.kind == "means":
        errors = {arm: _has_error(studies, row, arm) for arm in "ec"}
        names = [f"{name}_{arm}" for arm in "ec" for name in ("mean", "sd", "n")]
        done = {f"{name}_{arm}" for arm in "ec" if errors[arm] for name in ("sd", "n")}
        return tuple(name for name in names if name not in done and np.isnan(_values(studies, name)[row]))
    names = [f"{name}_{arm}" for arm in "ec" for name in ("event", "n")]
    return tuple(name for name in names if np.isnan(studies.numbers(name)[row]))


def _has_error(studies: StudyTable, row: int, arm: str) -> bool:
    """Whether the mean of an arm has a standard error of its own, so that it needs neither SD nor n."""
    kind = studies.words(f"dispersion_type_{arm}")[row]
    if kind in {"SEM", "SE"}:
        return bool(np.isfinite(studies.numbers(f"dispersion_{arm}")[row]))
    return kind in CONFIDENCE and bool(np.isfinite(studies.numbers(f"dispersion_low_{arm}")[row]))


def _filled(studies: StudyTable, fills: Mapping[tuple[int, str], float]) -> StudyTable:
    """The table with these cells filled; a risk becomes whole people, and so does n."""
    columns = {name: np.array(values) for name, values in studies.columns.items()}
    for (row, name), value in sorted(fills.items(), key=lambda one: not one[0][1].startswith("n_")):
        quantity, _, arm = name.rpartition("_")
        if name not in columns or columns[name].dtype == object:
            columns[name] = studies.numbers(name).copy()
        if quantity == "sd" and f"dispersion_type_{arm}" in columns:
            columns[f"dispersion_type_{arm}"][row] = ""
        people = columns[f"n_{arm}"][row] if quantity == "event" else 1.0
        columns[name][row] = round(value * people) if quantity in {"event", "n"} else value
    return replace(studies, columns={name: read_only(values) for name, values in columns.items()})


def _of_row(
    studies: StudyTable, row: int, names: Sequence[str], values: tuple[Mapping[str, Range], Mapping[str, float]]
) -> dict[str, _Plausible]:
    """What is plausible for each blank of a row, as far as anything is known."""
    known, typical = values
    total = next((n for n in (_total(studies, row, name) for name in TOTALS) if np.isfinite(n)), np.nan)
    made: dict[str, _Plausible] = {}
    for name in names:
        if name.startswith("n_") and np.isfinite(total):
            made[name] = _Plausible(low=total / 3, typical=total / 2, high=2 * total / 3)
        elif _key(name) in known:
            low, high = known[_key(name)]
            made[name] = _Plausible(low=low, typical=typical[_key(name)], high=high)
    return made


def _total(studies: StudyTable, row: int, column: str) -> float:
    """The people of a study; NaN where the sheet does not say."""
    try:
        return float(studies.columns[column][row]) if column in studies.columns else np.nan
    except ValueError:
        return np.nan


def _address(studies: StudyTable, row: int, name: str) -> str:
    """Where the blank stands: an SD in its own column, or in that of the dispersion."""
    arm = name.rpartition("_")[2]
    columns = (name, f"dispersion_{arm}") if name.startswith("sd_") else (name,)
    return next((studies.cells[one][row] for one in columns if one in studies.cells and studies.cells[one][row]), "")


def _cell(
    question: _Question, base: Pooled | None, where: tuple[int, str], blanks: Mapping[str, _Plausible]
) -> BlankCell | None:
    row, name = where
    others = {(row, other): one.typical for other, one in blanks.items() if other != name}
    low, high = blanks[name].low, blanks[name].high
    ends = [question.answer({**others, where: end}) for end in (low, high)]
    if ends[0] is None or ends[1] is None:
        return None
    return BlankCell(
        study=question.studies.study[row],
        column=name,
        cell=_address(question.studies, row, name),
        low=low,
        high=high,
        estimate=(ends[0].estimate, ends[1].estimate),
        ci_at_low=(ends[0].ci.low, ends[0].ci.high),
        ci_at_high=(ends[1].ci.low, ends[1].ci.high),
        alone=len(blanks) == 1,
        width=abs(ends[1].estimate - ends[0].estimate),
        turns=_turns([ends[0], ends[1]], base),
    )


def _study(question: _Question, base: Pooled | None, row: int, blanks: Mapping[str, _Plausible]) -> BlankStudy | None:
    """The pooled answers at the corners of a study's box; its two arms have six blanks at most."""
    corners = product(*((one.low, one.high) for one in blanks.values()))
    made = [question.answer({(row, n): v for n, v in zip(blanks, at, strict=True)}) for at in corners]
    answers = [one for one in made if one is not None]
    if not answers:
        return None
    estimates = [one.estimate for one in answers]
    return BlankStudy(
        study=question.studies.study[row],
        blanks=len(blanks),
        estimate=(min(estimates), max(estimates)),
        ci=(min(one.ci.low for one in answers), max(one.ci.high for one in answers)),
        turns=_turns(answers, base),
    )


def _turns(answers: Sequence[Pooled], base: Pooled | None) -> bool:
    """Whether the intervals lie differently about no effect, among themselves or from the answer now."""
    seen = [*answers, *([base] if base is not None else [])]
    low, high = np.array([one.ci.low for one in seen]), np.array([one.ci.high for one in seen])
    null = no_effect(answers[0].measure)
    return bool(np.isfinite(null) and np.unique(side(low, high, null)).size > 1)
