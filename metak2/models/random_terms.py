"""Random effects written as words: "district/school", "outcome | trial" with a structure, "1 + dose | study"."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from metak2.effects.sizes import EffectSizes
from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels.contract import FloatArray, IntArray
from metak2.kernels.multivariate import structures
from metak2.kernels.multivariate.blocks import Term
from metak2.kernels.multivariate.structures import Structure
from metak2.models.design import as_numbers, as_words
from metak2.models.shared_patients import column_of

STRUCTURES: Mapping[str, Callable[[int], Structure]] = MappingProxyType(
    {
        "ID": structures.identity,
        "DIAG": structures.diagonal,
        "CS": structures.compound,
        "HCS": structures.heterogeneous_compound,
        "UN": structures.unstructured,
        "AR": structures.autoregressive,
        "HAR": structures.heterogeneous_autoregressive,
    }
)
CONTINUOUS = "CAR"
NAME = re.compile(r"[^\W\d]\w*")
STUDY = "study"
SLOPES: Mapping[str, Callable[[int], Structure]] = MappingProxyType(
    {"UN": structures.unstructured, "DIAG": structures.diagonal}
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Random:
    """One random term.

    Attributes
    ----------
    term
        "study": an intercept for each study. "district/school": one for each district and one for each school within
        it. "outcome | trial": effects of the levels of `outcome`, correlated within a trial as `structure` says.
        "1 + dose | study": intercepts and slopes.
    structure
        ID, DIAG, CS (default), HCS, UN, AR, HAR (levels in the order of their names or numbers) or CAR (numbers are
        times); of intercepts and slopes UN (default: every variance and covariance) or DIAG (no covariance).
    variance
        A variance that is given, not estimated (for an intercept, or one variance for all levels).
    correlation
        A correlation that is given (CS, HCS, AR, HAR, CAR, and UN of two levels).
    relation
        For an intercept: labels of the groups and the known correlation between them, such as a phylogeny.
    """

    term: str
    structure: str | None = None
    variance: float | None = None
    correlation: float | None = None
    relation: tuple[Sequence[str], FloatArray] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Built:
    """A term ready for the kernel: its name, the names of its groups and levels, which parameters are held."""

    name: str
    groups: tuple[str, ...]
    levels: tuple[str, ...]
    term: Term
    held: FloatArray

    @property
    def intercept(self) -> bool:
        """Whether it is a random intercept."""
        return len(self.levels) == 1

    @property
    def count(self) -> int:
        """Number of groups that have rows."""
        return int(np.count_nonzero(np.bincount(self.term.group)))

    def take(self, rows: IntArray) -> "Built":
        """The term for some of the rows; groups keep their numbers."""
        return replace(self, term=replace(self.term, loadings=self.term.loadings[rows], group=self.term.group[rows]))


def build_terms(asked: Sequence[str | Random], effects: EffectSizes) -> tuple[Built, ...]:
    """The random terms of these effects.

    Raises
    ------
    ModelError
        A column that does not exist or has blanks, a term that cannot be read, the same term twice.
    UnknownOptionError
        A structure that is not documented.
    """
    built: list[Built] = []
    for one in asked:
        random = _as_ours(Random(term=one) if isinstance(one, str) else one)
        if "|" in random.term:
            built.append(_structured(random, effects))
        else:
            built += _intercepts(random, effects)
    names = [one.name for one in built]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ModelError(f"the random term {', '.join(twice)} stands twice")
    return tuple(built)


def _as_ours(random: Random) -> Random:
    """R's formulas are understood: "~ 1 | district/school" is "district/school"."""
    term = random.term.strip().removeprefix("~").strip()
    inner, bar, outer = (part.strip() for part in term.partition("|"))
    return replace(random, term=outer if bar and inner == "1" else term)


def _intercepts(random: Random, effects: EffectSizes) -> list[Built]:
    """Nested intercepts, from the outermost inwards."""
    if random.structure is not None:
        raise ModelError(
            f"{random.term!r} is an intercept, which has no structure; "
            f'write "outcome | {random.term}" for the levels of a column within it'
        )
    path = [part.strip() for part in random.term.split("/")]
    if not all(NAME.fullmatch(part) for part in path):
        raise ModelError(f'{random.term!r} is no random term; write "study", "district/school" or "outcome | trial"')
    made = []
    columns = [column_words(effects, column) for column in path]
    for depth in range(1, len(path) + 1):
        words = _joined(columns[:depth])
        held = np.array([np.nan if random.variance is None else np.sqrt(random.variance)])
        if random.relation is not None:
            labels, relation = random.relation
            unknown = sorted(set(words) - set(labels))
            if unknown:
                raise ModelError(f"{random.term}: the relation does not name {', '.join(unknown)}")
            names, matrix = tuple(labels), np.asarray(relation, dtype=np.float64)
            group = np.array([names.index(word) for word in words])
        else:
            names, group, matrix = (*_numbered(words), None)
        term = Term(loadings=np.ones((len(words), 1)), group=group, structure=structures.identity(1), relation=matrix)
        made.append(Built(name="/".join(path[:depth]), groups=names, levels=("",), term=term, held=held))
    return made


def _structured(random: Random, effects: EffectSizes) -> Built:
    inner, _, outer = (part.strip() for part in random.term.partition("|"))
    if random.relation is not None:
        raise ModelError(f"{random.term}: a known correlation between groups goes with an intercept, such as {outer!r}")
    group_names, group = _numbered(column_words(effects, outer))
    if inner.startswith("1 +"):
        columns = [part.strip() for part in inner.split("+")[1:]]
        loadings = np.column_stack([np.ones(len(effects)), *(_numbers(effects, column) for column in columns)])
        levels: tuple[str, ...] = ("intercept", *columns)
        structure = _named(random.structure or "UN", SLOPES)(len(levels))
    elif random.structure == CONTINUOUS:
        times = _numbers(effects, inner)
        distinct, place = np.unique(times, return_inverse=True)
        levels, loadings = tuple(f"{time:g}" for time in distinct), np.eye(distinct.size)[place]
        structure = structures.continuous_autoregressive(distinct)
    else:
        covariance = _named(random.structure or "CS", STRUCTURES, CONTINUOUS)
        levels, place = _levels(effects, inner)
        loadings, structure = np.eye(len(levels))[place], covariance(len(levels))
    if len(levels) < 2:
        raise ModelError(f"{random.term}: {inner} has one level only; write {outer!r} for a random intercept")
    term = Term(loadings=loadings, group=group, structure=structure)
    return Built(name=random.term, groups=group_names, levels=levels, term=term, held=_held(random, structure))


def _named(name: str, known: Mapping[str, Callable[[int], Structure]], *more: str) -> Callable[[int], Structure]:
    if name not in known:
        raise UnknownOptionError("structure", name, (*known, *more))
    return known[name]


def _held(random: Random, structure: Structure) -> FloatArray:
    """The parameters that are given."""
    held = np.full(structure.size, np.nan)
    if random.variance is not None:
        held[: structure.scales] = np.sqrt(random.variance)
    if random.correlation is not None:
        if structure.cholesky or structure.size == structure.scales:
            raise ModelError(f"{random.term}: structure {random.structure or 'UN'} has no single correlation to give")
        held[-1] = random.correlation
    return held


def column_words(effects: EffectSizes, name: str) -> tuple[str, ...]:
    """A column as words, `study` among them; blanks are refused."""
    words = as_words(np.asarray(column_of(effects, name)))
    if "" in words:
        blank = [study for study, word in zip(effects.study, words, strict=True) if not word]
        raise ModelError(f"{name} is blank for {', '.join(dict.fromkeys(blank))}; every effect needs its group")
    return words


def _numbers(effects: EffectSizes, name: str) -> FloatArray:
    values = as_numbers(np.asarray(column_of(effects, name)))
    if not np.isfinite(values).all():
        raise ModelError(f"{name} must hold numbers to be a time or a slope")
    return values


def _numbered(words: Sequence[str]) -> tuple[tuple[str, ...], IntArray]:
    """The names in the order in which they come, and the number of each row's."""
    place: dict[str, int] = {}
    numbers = [place.setdefault(word, len(place)) for word in words]
    return tuple(place), np.array(numbers)


def _levels(effects: EffectSizes, name: str) -> tuple[tuple[str, ...], IntArray]:
    """The levels in order: numbers by size, words by the alphabet."""
    words = column_words(effects, name)
    try:
        names = tuple(sorted(set(words), key=float))
    except ValueError:
        names = tuple(sorted(set(words)))
    return names, np.array([names.index(word) for word in words])


def _joined(columns: Sequence[Sequence[str]]) -> Sequence[str]:
    return columns[0] if len(columns) == 1 else list(map("/".join, zip(*columns, strict=True)))
