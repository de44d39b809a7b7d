"""The trials of a network as contrasts of their arms, and the map of which treatments they compare."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from metak2.effects.integrity import NOT_POOLED_BY_DEFAULT, known_exclusions
from metak2.effects.measures import Measure, measure_named
from metak2.effects.notes import Note
from metak2.errors import CellProblem, StudyDataError, UnknownOptionError
from metak2.kernels.contract import FloatArray
from metak2.kernels.network_effects import ARMS, from_pairs, of_study
from metak2.models.network_checks import pairs_problems, repaired
from metak2.shown import Drawn
from metak2.studies.checks.integrity import STATUSES, unknown_status
from metak2.studies.network_rows import NetworkRows, NetworkStudy, read_network
from metak2.studies.table import Column, read_only

if TYPE_CHECKING:
    from pandas import DataFrame

Edge = tuple[str, str]
MEASURES_OF = {"counts": ("OR", "RR", "RD"), "rates": ("IRR",), "means": ("MD", "ROM", "SMD")}
Source = "str | os.PathLike[str] | DataFrame | Mapping[str, Sequence[object]]"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trial:
    """One trial: `yi` `(a - 1,)` are its arms against the first, `vi` `(a - 1, a - 1)` their covariance.

    `excluded` is "" where it is analysed, else the reason; `doubt` is its integrity status where that is a concern,
    whether analysed or not. `counts` are events and people `(2, a)`, None for other data.
    """

    study: str
    arms: tuple[str, ...]
    yi: FloatArray
    vi: FloatArray
    excluded: str = ""
    doubt: str = ""
    counts: FloatArray | None = None
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The pairs of treatments that it compares, each in the order of the alphabet."""
        return tuple(edge_of(*pair) for pair in combinations(self.arms, 2))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkData:
    """The trials of a network on the analysis scale of `measure`."""

    measure: Measure
    trials: tuple[Trial, ...]
    source: str = ""
    notes: tuple[Note, ...] = ()

    @property
    def used(self) -> tuple[Trial, ...]:
        """The trials that are analysed."""
        return tuple(trial for trial in self.trials if not trial.excluded)

    @property
    def treatments(self) -> tuple[str, ...]:
        """The treatments of the trials analysed, in the order of the alphabet."""
        return tuple(sorted({arm for trial in self.used for arm in trial.arms}, key=_alphabet))

    def only(self, studies: Sequence[str]) -> "NetworkData":
        """The same data with these trials alone."""
        return replace(self, trials=tuple(trial for trial in self.trials if trial.study in set(studies)))

    def moderator(self, name: str) -> Column:
        """A column of the trials analysed as numbers, NaN where blank or a word."""
        return read_only(np.array([_number(trial.about.get(name, "")) for trial in self.used]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkMap(Drawn):
    """Which treatments were compared in how many trials; no effects. `trials` is each edge's trials by name."""

    treatments: tuple[str, ...]
    trials: Mapping[Edge, tuple[str, ...]]
    doubtful: Mapping[str, str]
    studies: Mapping[str, tuple[str, ...]]

    @property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """Treatments that hang together, the largest part first."""
        return connected(self.treatments, self.trials)

    @property
    def thin(self) -> tuple[Edge, ...]:
        """Edges that rest on a single trial."""
        return tuple(edge for edge, studies in self.trials.items() if len(studies) == 1)

    @property
    def of_concern(self) -> tuple[Edge, ...]:
        """Edges with a trial whose integrity is in doubt."""
        return tuple(edge for edge, studies in self.trials.items() if any(s in self.doubtful for s in studies))


def network_data(
    source: "str | os.PathLike[str] | DataFrame | Mapping[str, Sequence[object]]",
    *,
    measure: str | Measure,
    sheet: str | None = None,
    where: Mapping[str, str | Sequence[str]] | None = None,
    exclude: Sequence[str] = NOT_POOLED_BY_DEFAULT,
) -> NetworkData:
    """The trials of a network, from rows of arms or of comparisons.

    >>> arms = {"study": ["A", "A"], "arm": ["drug", "placebo"], "events": [3, 6], "total": [40, 41]}
    >>> network_data(arms, measure="OR").treatments
    ('drug', 'placebo')

    Parameters
    ----------
    source
        A file, DataFrame or mapping with the columns of `studies.network_rows.KINDS`: study and arm with events and
        total (OR, RR, RD), events and person_time (IRR) or mean, n and sd (MD, ROM, SMD; for sd also dispersion
        with dispersion_type SD, SE or SEM); or study, treatment1,
        treatment2, estimate and se on the analysis scale, a multi-arm study with all of its comparisons.
    where
        Column → value or values of the rows wanted.
    exclude
        Words of `integrity_status` that are shown, not analysed.

    Raises
    ------
    StudyDataError
        Every row that cannot be right; comparisons of a study that do not add up, standard errors that no arms give.
    """
    chosen, apart = measure_named(measure), known_exclusions(exclude)
    rows = read_network(source, sheet=sheet, where=where)
    if rows.kind in MEASURES_OF and chosen.name not in MEASURES_OF[rows.kind]:
        raise UnknownOptionError("measure", chosen.name, MEASURES_OF[rows.kind])
    problems: list[CellProblem] = []
    trials = tuple(_trial(study, rows, chosen, apart, problems) for study in rows.studies)
    if problems:
        raise StudyDataError(problems, source=rows.source)
    left = {
        why: tuple(t.study for t in trials if t.excluded == why) for why in dict.fromkeys(t.excluded for t in trials)
    }
    notes = [Note(code="EXCLUDED", values={"reason": why}, where=names) for why, names in left.items() if why]
    mended = tuple(study.study for study in rows.studies if rows.kind == "contrasts" and repaired(study))
    notes += [Note(code="CONTRASTS_REPAIRED", where=mended)] if mended else []
    return NetworkData(measure=chosen, trials=trials, source=rows.source, notes=tuple(notes))


def network_map(
    data: "NetworkData | str | os.PathLike[str] | DataFrame | Mapping[str, Sequence[object]]",
    *,
    sheet: str | None = None,
    where: Mapping[str, str | Sequence[str]] | None = None,
) -> NetworkMap:
    """Which treatments were compared with which, and in which trials; trials left out of an analysis are on the map."""
    if isinstance(data, NetworkData):
        arms = {trial.study: trial.arms for trial in data.trials}
        doubt = {trial.study: trial.doubt for trial in data.trials if trial.doubt}
    else:
        rows = read_network(data, sheet=sheet, where=where, numbers=False)
        arms = {study.study: study.arms for study in rows.studies}
        doubt = {study.study: found for study in rows.studies if (found := _doubt(study))}
    edges: dict[Edge, list[str]] = {}
    for study, names in arms.items():
        for pair in combinations(names, 2):
            edges.setdefault(edge_of(*pair), []).append(study)
    treatments = tuple(sorted({arm for names in arms.values() for arm in names}, key=_alphabet))
    ordered = {edge: tuple(edges[edge]) for edge in sorted(edges, key=lambda e: (_alphabet(e[0]), _alphabet(e[1])))}
    return NetworkMap(treatments=treatments, trials=ordered, doubtful=doubt, studies=arms)


def edge_of(first: str, second: str) -> Edge:
    """The pair in the order of the alphabet, capitals aside."""
    return (first, second) if _alphabet(first) <= _alphabet(second) else (second, first)


def connected(treatments: Sequence[str], edges: Mapping[Edge, object]) -> tuple[tuple[str, ...], ...]:
    """The treatments in parts between which no edge leads, the largest first."""
    part = {treatment: at for at, treatment in enumerate(treatments)}
    for first, second in edges:
        kept, gone = part[first], part[second]
        part = {name: kept if at == gone else at for name, at in part.items()}
    groups = [tuple(t for t in treatments if part[t] == at) for at in dict.fromkeys(part.values())]
    return tuple(sorted(groups, key=len, reverse=True))


def _alphabet(name: str) -> tuple[str, str]:
    return name.casefold(), name


def _doubt(study: NetworkStudy) -> str:
    status = study.about.get("integrity_status", "")
    return status if status in NOT_POOLED_BY_DEFAULT else ""


def _trial(
    study: NetworkStudy, rows: NetworkRows, measure: Measure, apart: Sequence[str], problems: list[CellProblem]
) -> Trial:
    """The study as contrasts; what it lacks is the reason for leaving it out."""
    columns = list(study.numbers.values())
    status = study.about.get("integrity_status", "")
    if status and status not in STATUSES:
        problems.append(unknown_status(next(iter(study.cells.values())), status))
    why = status if status in apart else ""
    width = len(study.arms) - 1
    yi, vi = np.full(width, np.nan), np.full((width, width), np.nan)
    if any(np.isnan(column).any() for column in columns):
        why = why or "not reported"
    elif rows.kind == "contrasts":
        problems += pairs_problems(study, additive=measure.name in {*ARMS, "HR"})
        yi, vi, _, _ = from_pairs(columns[0], columns[1] ** 2)
    elif _empty(rows.kind, columns) and measure.relative:
        why = why or "double zero"
    else:
        yi, vi = of_study(measure.name, *columns)
    estimable = np.isfinite(yi).all() and np.isfinite(vi).all() and (np.diag(vi) > 0).all()
    return Trial(
        study=study.study,
        arms=study.arms,
        yi=read_only(yi),
        vi=read_only(vi),
        excluded=why or ("" if estimable else "not estimable"),
        doubt=_doubt(study),
        counts=read_only(np.array(columns)) if rows.kind == "counts" else None,
        about=study.about,
    )


def _empty(kind: str, columns: Sequence[FloatArray]) -> bool:
    """Whether no arm has an event, or none has anything else."""
    if kind not in {"counts", "rates"}:
        return False
    return not columns[0].any() or (kind == "counts" and bool((columns[0] == columns[1]).all()))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def trials_by_edge(trials: Sequence[Trial]) -> Counter[Edge]:
    """How many of these trials hold each edge."""
    return Counter(edge for trial in trials for edge in trial.edges)
