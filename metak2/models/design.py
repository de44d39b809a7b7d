"""From a formula and the columns of a study table to the design matrix, as R codes it (treatment contrasts)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import isnan

import numpy as np
from numpy.typing import ArrayLike

from metak2.errors import ModelError, did_you_mean
from metak2.kernels.contract import FloatArray
from metak2.models.formula import Factor, Formula, Term, term_label
from metak2.studies.table import Column, read_only

INTERCEPT = "intercept"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recipe:
    """How columns become a design: the formula, the levels of each category (reference first), the means taken off."""

    formula: Formula
    levels: Mapping[str, tuple[str, ...]]
    centres: Mapping[str, float]

    def build(self, columns: Mapping[str, Column], k: int) -> "Design":
        """The design of `k` rows of these columns."""
        blocks: list[FloatArray] = [np.ones((k, 1))] if self.formula.intercept else []
        names = [INTERCEPT] if self.formula.intercept else []
        terms: dict[str, tuple[int, ...]] = {}
        for term in self.formula.terms:
            coded = [self._coded(factor, term, columns) for factor in term]
            order = [tuple(reversed(one)) for one in product(*(range(len(part)) for part in reversed(coded)))]
            at = len(names)
            names += [":".join(coded[i][j][0] for i, j in enumerate(one)) for one in order]
            blocks += [np.prod([coded[i][j][1] for i, j in enumerate(one)], axis=0)[:, None] for one in order]
            terms[term_label(term)] = tuple(range(at, len(names)))
        X = np.hstack(blocks) if blocks else np.empty((k, 0))
        return Design(X=read_only(X), columns=tuple(names), terms=terms, recipe=self)

    def _coded(self, factor: Factor, term: Term, columns: Mapping[str, Column]) -> list[tuple[str, FloatArray]]:
        """The columns of one factor within a term, each with its name."""
        if factor.column not in self.levels:
            values = np.asarray(columns[factor.column], dtype=np.float64)
            if factor.kind == "log":
                values = np.log(values)
            return [(factor.label, values - self.centres.get(factor.label, 0.0))]
        words = np.array(as_words(columns[factor.column]), dtype=object)
        levels = self.levels[factor.column]
        unknown = sorted(set(words) - set(levels))
        if unknown:
            known = ", ".join(levels)
            raise ModelError(f"{factor.column} has no category {', '.join(unknown)}; there are {known}")
        kept = levels if self._in_full(factor, term) else levels[1:]
        return [(f"{factor.label}[{level}]", (words == level).astype(np.float64)) for level in kept]

    def _in_full(self, factor: Factor, term: Term) -> bool:
        """Every level has a column where nothing else spans them: R's rule of marginality."""
        rest = frozenset(term) - {factor}
        if rest:
            return all(frozenset(other) != rest for other in self.formula.terms)
        first = next(t for t in self.formula.terms if len(t) == 1 and t[0].column in self.levels)
        return not self.formula.intercept and term == first


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Design:
    """A design matrix `X` (k, p) with the names of its columns and the columns of each term.

    A design made by hand has no `recipe`: predictions from it are asked for by rows of the matrix.
    """

    X: FloatArray
    columns: tuple[str, ...]
    terms: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    recipe: Recipe | None = None

    @property
    def intercept(self) -> int | None:
        """Number of the column of ones, if there is one."""
        ones = np.flatnonzero((self.X == 1).all(axis=0)) if len(self.X) else np.array([], dtype=int)
        return int(ones[0]) if ones.size else None

    @property
    def p(self) -> int:
        """Number of columns."""
        return len(self.columns)

    def rows(self, kept: Column) -> "Design":
        """The same design for some of the studies."""
        return Design(X=read_only(self.X[kept]), columns=self.columns, terms=self.terms, recipe=self.recipe)

    def without(self, dropped: Sequence[int]) -> "Design":
        """The design without redundant columns."""
        kept = [i for i in range(self.p) if i not in set(dropped)]
        where = {old: new for new, old in enumerate(kept)}
        terms = {name: tuple(where[i] for i in at if i in where) for name, at in self.terms.items()}
        return Design(
            X=read_only(np.array(self.X[:, kept])),
            columns=tuple(self.columns[i] for i in kept),
            terms={name: at for name, at in terms.items() if at},
            recipe=self.recipe,
        )


def design_from(X: ArrayLike, columns: Sequence[str]) -> Design:
    """A design made by hand, one row per study; a column of ones is the intercept."""
    matrix = np.array(X, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[1] != len(columns):
        raise ModelError(f"the design is shaped {matrix.shape}, but {len(columns)} columns are named")
    return Design(X=read_only(matrix), columns=tuple(columns), terms={name: (i,) for i, name in enumerate(columns)})


def recipe_for(parsed: Formula, columns: Mapping[str, Column], used: Column, study: Sequence[str]) -> Recipe:
    """Levels and means from the studies `used` (boolean, (k,)).

    Raises
    ------
    ModelError
        With every column that does not exist, holds words among numbers, or cannot be logged; studies named.
    """
    problems: list[str] = []
    levels: dict[str, tuple[str, ...]] = {}
    centres: dict[str, float] = {}
    for factor in dict.fromkeys(factor for term in parsed.terms for factor in term):
        if factor.column not in columns:
            problems.append(f"there is no column {factor.column!r}{did_you_mean(factor.column, columns)}")
            continue
        values = columns[factor.column]
        wrong = _words_among_numbers(values)
        if factor.kind == "C" or (factor.kind == "as is" and wrong.size and wrong.all()):
            levels[factor.column] = _levels(values[used])
        elif wrong.any():
            told = ", ".join(f"{study[i]} ({values[i]!r})" for i in np.flatnonzero(wrong)[:5].tolist())
            problems.append(f"{factor.column} is not a number in {told}; correct it, or write C({factor.column})")
        elif factor.kind == "log" and (as_numbers(values)[used] <= 0).any():
            low = [study[i] for i in np.flatnonzero(used & (as_numbers(values) <= 0)).tolist()]
            problems.append(f"log({factor.column}) does not exist for {', '.join(low[:5])}: not above 0")
        elif factor.kind == "center":
            centres[factor.label] = float(as_numbers(values)[used].mean())
    if problems:
        raise ModelError(f"the formula {parsed.text!r} does not fit the data: " + "; ".join(problems))
    return Recipe(formula=parsed, levels=levels, centres=centres)


def as_numbers(values: Column) -> FloatArray:
    """A column as numbers, NaN where blank or a word."""
    if values.dtype != object:
        return np.asarray(values, dtype=np.float64)
    return np.array([_number(value) for value in values], dtype=np.float64)


def as_words(values: Column) -> tuple[str, ...]:
    """A column as categories, "" where blank; 4.0 is the category "4"."""
    if values.dtype == np.float64:
        return _number_words(values.tolist())
    try:
        return tuple(map(str.strip, values))
    except TypeError:  # not all of them are words
        return tuple(_word(value) for value in values)


def _word(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    return _number_words([float(str(value))])[0]


def _number_words(numbers: Sequence[float]) -> tuple[str, ...]:
    """With all digits that tell numbers apart: 31234567 and 31234568, of PubMed, are two trials."""
    return tuple(["" if isnan(number) else f"{number:.12g}" for number in numbers])


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return float("nan")


def _words_among_numbers(values: Column) -> np.ndarray:
    """Whether each value that is not blank is a word; blanks follow the others."""
    if values.dtype != object:
        return np.zeros(len(values), dtype=bool)
    blank = np.array([word == "" for word in as_words(values)], dtype=bool)
    wrong = np.isnan(as_numbers(values)) & ~blank
    return np.where(blank, bool(wrong[~blank].all()) if (~blank).any() else False, wrong)


def _levels(values: Column) -> tuple[str, ...]:
    """The categories in alphabetical order, numbers in numerical order; the first is the reference."""
    found = {word for word in as_words(values) if word}
    numeric = not np.isnan([_number(word) for word in found]).any()
    return tuple(sorted(found, key=(lambda word: (_number(word), word)) if numeric else lambda w: (w.casefold(), w)))
