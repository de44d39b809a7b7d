"""Two people extracted the same trials: where they differ, cell by cell, and how far they agree beyond chance."""

import math
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from metak2.errors import CellProblem, StudyDataError
from metak2.studies.layouts import has_layout, layout_of
from metak2.studies.read import open_book
from metak2.studies.sheet import Book, CellValue, Sheet, text_of
from metak2.studies.wording import plain_words

FREE_TEXT = frozenset({"note", "notes", "study_note", "support", "assessor", "page", "quote", "authors", "journal"})
"""Columns in which two honest people never write the same; they stand side by side and are not counted."""
_OWN = frozenset({"sources", "codebook"})  # sheets about the workbook, not about the trials
_KEYS: Mapping[str, tuple[str, ...]] = {
    "studies": ("study",),
    "risk_of_bias": ("study", "outcome", "tool"),
    "reported": ("study", "outcome", "quantity"),
    "dose_response": ("study", "exposure", "outcome", "model", "category"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One item of one row as both extracted it; None where a workbook lacks the row or the column.

    `identity` names the row: study, and as far as there are such columns outcome, time, arm …
    """

    sheet: str
    identity: tuple[tuple[str, str], ...]
    item: str
    first: CellValue | None
    second: CellValue | None
    agree: bool

    @property
    def study(self) -> str:
        """The study."""
        return dict(self.identity).get("study", "")

    @property
    def row(self) -> str:
        """What tells the row from the study's others, in words."""
        return ", ".join(word for column, word in self.identity if column != "study" and word)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAgreement:
    """How far two extractors agree on an item: rows that both have, per cent agreement, Cohen's κ (1960).

    κ is NaN where chance alone would make both agree on everything: both wrote one and the same value throughout.
    """

    sheet: str
    item: str
    n: int
    percent: float
    kappa: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OneSided:
    """A row that only one workbook has: `of` is its file, `pairs` its items, each with nothing on the other side."""

    of: str
    pairs: tuple[Pair, ...]

    @property
    def cell(self) -> str:
        """Where the row begins."""
        return next((cell.address for pair in self.pairs for cell in (pair.first, pair.second) if cell), "")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reconciliation:
    """Two extractions side by side: every item of the rows both have, the rows one has, agreement by item."""

    first: str
    second: str
    pairs: tuple[Pair, ...]
    only: tuple[OneSided, ...]
    items: tuple[ItemAgreement, ...]

    @property
    def disagreements(self) -> tuple[Pair, ...]:
        """The items to decide, in the order of the sheets; free text is not among them."""
        return tuple(pair for pair in self.pairs if not pair.agree and pair.item not in FREE_TEXT)

    @property
    def percent(self) -> float:
        """Per cent agreement over all items of all rows that both have."""
        n = sum(item.n for item in self.items)
        return sum(item.n * item.percent for item in self.items) / n if n else math.nan


def reconcile(first: str | os.PathLike[str], second: str | os.PathLike[str]) -> Reconciliation:
    """Compare two extractions of the same trials.

    Rows are matched by study, outcome, time and arm however these are spelled in case, accents and signs; numbers agree
    when they are the same number, words when they are the same words. StudyDataError where no sheet can be matched.
    """
    a, b = open_book(first), open_book(second)
    sheets = _matched(a, b)
    pairs: list[Pair] = []
    only: list[OneSided] = []
    for one, other in sheets:
        found, alone = _compared(one, other)
        pairs += found
        only += alone
    return Reconciliation(
        first=a.source, second=b.source, pairs=tuple(pairs), only=tuple(only), items=tuple(_items(pairs))
    )


def cohen_kappa(ratings: Sequence[tuple[str, str]]) -> float:
    """Cohen's κ of pairs of categories (Cohen 1960, Educ Psychol Meas 20:37-46); NaN where chance agreement is 1.

    >>> cohen_kappa([("yes", "yes"), ("no", "no"), ("yes", "no"), ("no", "no")])
    0.5
    """
    n = len(ratings)
    if n == 0:
        return math.nan
    observed = sum(a == b for a, b in ratings) / n
    first, second = Counter(a for a, _ in ratings), Counter(b for _, b in ratings)
    chance = sum(count * second[category] for category, count in first.items()) / n**2
    return math.nan if chance == 1 else (observed - chance) / (1 - chance)


def category(cell: CellValue | None) -> str:
    """What is compared: a number as a number, however it is written; words without regard to case and spaces."""
    if cell is None or cell.is_blank:
        return ""
    text = " ".join(text_of(cell).split()).casefold()
    if isinstance(cell.value, bool):
        return text
    try:
        return f"{float(text if isinstance(cell.value, str) else str(cell.value)):.12g}"
    except ValueError:
        return text


def _matched(a: Book, b: Book) -> list[tuple[Sheet, Sheet]]:
    mine = {name: sheet for name, sheet in a.sheets.items() if sheet.rows and name not in _OWN}
    other = {name: sheet for name, sheet in b.sheets.items() if sheet.rows and name not in _OWN}
    if len(mine) == len(other) == 1:
        return [(next(iter(mine.values())), next(iter(other.values())))]
    both = [(mine[name], other[name]) for name in mine if name in other]
    if both:
        return both
    problem = CellProblem(
        code="MK-R01",
        severity="error",
        message=f"no sheet has the same name in both: {_names(mine)} here, {_names(other)} in {b.source}",
        suggestion="name the sheets alike, or give files of one sheet each",
    )
    raise StudyDataError([problem], source=a.source)


def _names(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names) or "none"


def _compared(one: Sheet, other: Sheet) -> tuple[list[Pair], list[OneSided]]:
    keys = key_columns(one, other)
    mine, theirs = rows_by_key(one, keys), rows_by_key(other, keys)
    items = [name for name in dict.fromkeys((*one.columns, *other.columns)) if name not in keys]
    pairs: list[Pair] = []
    only: list[OneSided] = []
    for key in dict.fromkeys((*mine, *theirs)):
        left, right = mine.get(key, {}), theirs.get(key, {})
        identity = tuple((column, text_of((left or right).get(column))) for column in keys)
        found = [_pair(one.name, identity, item, left.get(item), right.get(item)) for item in items]
        if left and right:
            pairs += found
        else:
            only.append(OneSided(of=one.source if left else other.source, pairs=tuple(found)))
    return pairs, only


def _pair(
    sheet: str, identity: tuple[tuple[str, str], ...], item: str, first: CellValue | None, second: CellValue | None
) -> Pair:
    agree = category(first) == category(second)
    return Pair(sheet=sheet, identity=identity, item=item, first=first, second=second, agree=agree)


def key_columns(one: Sheet, other: Sheet) -> tuple[str, ...]:
    """What tells one row from another: the layout's identity as far as both have it, else the first column of both."""
    wanted = _KEYS.get(one.name) or (
        layout_of(one).identity if has_layout(one) else ("study", "outcome", "time", "arm")
    )
    shared = tuple(name for name in wanted if name in one.columns and name in other.columns)
    shared = shared or tuple(name for name in one.columns if name in other.columns)[:1]
    if shared:
        return shared
    problem = CellProblem(
        code="MK-R02",
        severity="error",
        message=f"no column tells the rows of sheet {one.name} apart in both workbooks; needed: {', '.join(wanted)}",
        cell=one.name,
        suggestion="give both a column study",
    )
    raise StudyDataError([problem], source=other.source)


def rows_by_key(sheet: Sheet, keys: Sequence[str]) -> dict[tuple[str, ...], Mapping[str, CellValue]]:
    """The rows by their key; a key used twice is numbered, so that no row is lost."""
    rows: dict[tuple[str, ...], Mapping[str, CellValue]] = {}
    for row in sheet.rows:
        key = tuple(_name(row.get(column)) for column in keys)
        number = 2
        while key in rows:
            key = (*key[: len(keys)], str(number))
            number += 1
        rows[key] = row
    return rows


def _name(cell: CellValue | None) -> str:
    """A study, an arm, a time in one spelling: no accents, no punctuation; a sign alone stays itself."""
    return plain_words(text_of(cell)) or category(cell)


def _items(pairs: Sequence[Pair]) -> Iterable[ItemAgreement]:
    """Agreement by item; an item that nobody filled in is not counted."""
    by_item: dict[tuple[str, str], list[Pair]] = {}
    for pair in pairs:
        if pair.item not in FREE_TEXT:
            by_item.setdefault((pair.sheet, pair.item), []).append(pair)
    for (sheet, item), found in by_item.items():
        ratings = [(category(pair.first), category(pair.second)) for pair in found]
        if any(a or b for a, b in ratings):
            agreed = sum(pair.agree for pair in found)
            yield ItemAgreement(
                sheet=sheet, item=item, n=len(found), percent=100 * agreed / len(found), kappa=cohen_kappa(ratings)
            )
