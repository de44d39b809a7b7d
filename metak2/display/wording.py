"""What a reader calls the groups, categories and directions of a multilevel model; formulas have no words for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from metak2.errors import UnknownOptionError
from metak2.models.formula import Factor
from metak2.models.multilevel_levels import categories_of
from metak2.models.multilevel_result import Multilevel
from metak2.models.working_models import ROW

OWN_COLUMNS = {"key": ("study", "studies"), ROW: ("effect", "effects")}
"""Columns that metak2 adds itself: the study behind a labelled row, and the row."""
SIBILANTS = ("s", "x", "z", "ch", "sh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Words for a report or figure of a multilevel model.

    Attributes
    ----------
    groups
        A column of the random terms, with one and several of its groups: {"district": ("district", "districts")}.
        Columns that are not named keep their own name.
    categories
        A category of a moderator in words: {"AL": "attachment level"}.
    favours
        What an effect below and above no effect favours: ("the old treatment", "the new one"); told only where given.
    """

    groups: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    favours: tuple[str, str] | None = None

    def one(self, column: str) -> str:
        """One group: "school"."""
        known = self.groups.get(column) or OWN_COLUMNS.get(column)
        return known[0] if known else column.replace("_", " ")

    def many(self, column: str) -> str:
        """Several groups: "schools"; English plurals where a column was not named."""
        known = self.groups.get(column) or OWN_COLUMNS.get(column)
        return known[1] if known else _plural(self.one(column))

    def counted(self, column: str, count: int) -> str:
        """So many groups: "1 district", "11 districts"."""
        return f"{count} {self.one(column) if count == 1 else self.many(column)}"

    def category(self, name: str) -> str:
        """A category with its code: "attachment level (AL)"; the code alone where it was not named."""
        return f"{self.categories[name]} ({name})" if name in self.categories else name

    def called(self, name: str) -> str:
        """A category that has been introduced: "attachment level"."""
        return self.categories.get(name, name)

    def checked(self, result: Multilevel) -> "Wording":
        """The same words, if every group and category they name is one of the model's.

        Raises
        ------
        UnknownOptionError
            A column that is in no random term, or a category that no moderator has.
        """
        columns = tuple(dict.fromkeys(column for one in result.fitted.terms for column in columns_of(one.name)))
        recipe = result.design.recipe
        found = tuple(name for names in recipe.levels.values() for name in names) if recipe else ()
        for name in self.groups:
            if name not in columns:
                raise UnknownOptionError("groups", name, columns)
        for name in self.categories:
            if name not in found:
                raise UnknownOptionError("categories", name, found)
        return self


NO_WORDS = Wording()


def _plural(word: str) -> str:
    if not word.isascii() or word.endswith(SIBILANTS):
        return f"groups by {word}"
    if word.endswith("y") and word[-2:-1] not in set("aeiou"):
        return f"{word[:-1]}ies"
    return f"{word}s"


def columns_of(term: str) -> tuple[str, ...]:
    """The columns that group a random term, outermost first: "district/school" → district, school."""
    return tuple(part.strip() for part in term.rpartition("|")[2].split("/"))


def coefficient_names(result: Multilevel, wording: Wording = NO_WORDS) -> tuple[str, ...]:
    """The coefficients as a reader calls them: "attachment level (AL)", "PD against AL", "log of year × dose"."""
    categories = categories_of(result)
    if categories:
        return tuple(wording.category(one.name) for one in categories)
    recipe = result.design.recipe
    if recipe is None:
        return result.coefficients.names
    words: dict[str, str] = {}
    for factor in {factor for term in recipe.formula.terms for factor in term}:
        words |= _factor_words(factor, recipe.levels.get(factor.column, ()), wording)
    return tuple(" × ".join(words.get(part, part) for part in name.split(":")) for name in result.coefficients.names)


def _factor_words(factor: Factor, levels: tuple[str, ...], wording: Wording) -> dict[str, str]:
    column = factor.column.replace("_", " ")
    if levels:
        first = wording.category(levels[0])
        against = {f"{factor.label}[{name}]": f"{wording.category(name)} against {first}" for name in levels[1:]}
        return {f"{factor.label}[{levels[0]}]": first, **against}
    told = {"log": f"log of {column}", "center": f"{column} (about its mean)"}
    return {factor.label: told.get(factor.kind, column)}
