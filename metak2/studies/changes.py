"""What changed between two versions of a workbook, one change at a time, and the workbook with some of them made.

Rows are matched by what tells them apart (study, outcome, time, arm), however these are spelled in case and accents, so
that a row moved is no change. What comes and goes with a study (its rows in all sheets) is one change: half a study is
no data. So is a name that changed in all of them, and a column that came or went.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from metak2.studies.reconcile import key_columns, rows_by_key
from metak2.studies.sheet import Book, CellValue, Sheet, text_of
from metak2.studies.wording import plain_words

ChangeKind = Literal["cell", "rows", "name", "column", "sheet", "answer", "option", "script"]
Row = Mapping[str, CellValue]
Atom = tuple[str, int, str]  # sheet, line (−1 for all of them), column ("" for all of them)
WHOLE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is otherwise: where it stands, what it is, and what it was and is ("" for nothing)."""

    kind: ChangeKind
    where: str
    what: str
    old: str
    new: str

    def text(self) -> str:
        """The change on one line.

        >>> Change(kind="cell", where="binary!E5", what="events of BCG, Ferguson 1949", old="6", new="9").text()
        'binary!E5  events of BCG, Ferguson 1949: 6 → 9'
        """
        between = " → ".join(part or "nothing" for part in (self.old, self.new))
        return f"{self.where}  {self.what}: {between}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _SheetPair:
    """A sheet in both versions: its lines in order, each with its row in either, None where that has none."""

    old: Sheet
    new: Sheet
    keys: tuple[str, ...]
    lines: tuple[tuple[Row | None, Row | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BookChanges:
    """Two versions of a workbook: `changes`, and the atoms that each is made of."""

    old: Book
    new: Book
    changes: tuple[Change, ...]
    _atoms: tuple[frozenset[Atom], ...]
    _pairs: Mapping[str, _SheetPair]

    def made(self, which: Iterable[int]) -> Book:
        """The old workbook with these of its changes made, by their number."""
        chosen = frozenset(which)
        if not chosen:
            return self.old
        if len(chosen) == len(self.changes):
            return self.new
        atoms = frozenset().union(*(self._atoms[at] for at in chosen))
        rest = frozenset().union(*(own for at, own in enumerate(self._atoms) if at not in chosen))
        sheets = {}
        for name in dict.fromkeys((*self.old.sheets, *self.new.sheets)):
            if name in self._pairs:
                sheets[name] = _mixed(self._pairs[name], name, atoms, done=not any(atom[0] == name for atom in rest))
            elif (name in self.new.sheets) == ((name, WHOLE, "") in atoms):
                sheets[name] = (self.new if name in self.new.sheets else self.old).sheets[name]
        return replace(self.old, sheets=MappingProxyType(sheets))


def book_changes(old: Book, new: Book) -> BookChanges:
    """Everything that differs between two versions of a workbook. StudyDataError where a sheet's rows have no name."""
    pairs = {name: _paired(sheet, new.sheets[name]) for name, sheet in old.sheets.items() if name in new.sheets}
    found: list[tuple[Change, frozenset[Atom]]] = list(_whole_sheets(old, new))
    for name, pair in pairs.items():
        found += _whole_columns(name, pair)
        found += _cells(name, pair)
    found += _rows(pairs)
    return BookChanges(
        old=old,
        new=new,
        changes=tuple(change for change, _ in found),
        _atoms=tuple(atoms for _, atoms in found),
        _pairs=pairs,
    )


def _paired(old: Sheet, new: Sheet) -> _SheetPair:
    """The lines of both: those of the new sheet in its order, each row that is gone after the one it followed."""
    if not old.rows or not new.rows:
        lines = [(row, None) for row in old.rows] + [(None, row) for row in new.rows]
        return _SheetPair(old=old, new=new, keys=(old.columns or new.columns)[:1], lines=tuple(lines))
    keys = key_columns(old, new)
    before, after = rows_by_key(old, keys), rows_by_key(new, keys)
    order = list(after)
    previous: tuple[str, ...] | None = None
    for key in before:
        if key not in after:
            order.insert(order.index(previous) + 1 if previous is not None else 0, key)
        previous = key
    return _SheetPair(old=old, new=new, keys=keys, lines=tuple((before.get(key), after.get(key)) for key in order))


def _whole_sheets(old: Book, new: Book) -> Iterator[tuple[Change, frozenset[Atom]]]:
    for name in dict.fromkeys((*old.sheets, *new.sheets)):
        if (name in old.sheets) != (name in new.sheets):
            was, now = _count(old.sheets.get(name)), _count(new.sheets.get(name))
            change = Change(kind="sheet", where=name, what="the sheet", old=was, new=now)
            yield change, frozenset({(name, WHOLE, "")})


def _count(sheet: Sheet | None) -> str:
    return "" if sheet is None else _row_count(sheet.rows)


def _whole_columns(name: str, pair: _SheetPair) -> Iterator[tuple[Change, frozenset[Atom]]]:
    """Columns that only one version has, as far as anything stands in them."""
    both = set(pair.old.columns) & set(pair.new.columns)
    for sheet, side in ((pair.old, 0), (pair.new, 1)):
        for column in sheet.columns:
            filled = [row[column] for row in sheet.rows if column in row and not row[column].is_blank]
            if column in both or not filled:
                continue
            said = f"{len(filled)} cells"
            old, new = (said, "") if side == 0 else ("", said)
            at = sheet.header[column].address if column in sheet.header else f"{name}!{column}"
            yield (
                Change(kind="column", where=at, what=f"the column {column}", old=old, new=new),
                frozenset({(name, WHOLE, column)}),
            )


def _cells(name: str, pair: _SheetPair) -> Iterator[tuple[Change, frozenset[Atom]]]:
    shared = [column for column in pair.new.columns if column in pair.old.columns]
    for line, (old, new) in enumerate(pair.lines):
        if old is None or new is None:
            continue
        for column in shared:
            before, after = old.get(column), new.get(column)
            if _content(before) == _content(after):
                continue
            change = Change(
                kind="cell",
                where=_moved(before, after),
                what=f"{column} of {_named(new, pair.keys)}",
                old=_shown(before),
                new=_shown(after),
            )
            yield change, frozenset({(name, line, column)})


def _rows(pairs: Mapping[str, _SheetPair]) -> Iterator[tuple[Change, frozenset[Atom]]]:
    """Rows that came and went, by study; a study that went and one that came with the same rows changed its name."""
    gone: dict[str, dict[Atom, tuple[Row, str]]] = {}
    come: dict[str, dict[Atom, tuple[Row, str]]] = {}
    for name, pair in pairs.items():
        for line, (old, new) in enumerate(pair.lines):
            row, into = (old, gone) if new is None else (new, come)
            if row is not None and (old is None or new is None):
                study = _study_of(row, pair.keys)
                into.setdefault(plain_words(study) or study, {})[name, line, ""] = (row, study)
    for was in list(gone):
        now = next((other for other in come if other not in gone and _same_rows(gone[was], come[other])), None)
        if now is not None and was not in come:
            yield _renamed(gone.pop(was), come.pop(now))
    for study in dict.fromkeys((*gone, *come)):
        removed, added = gone.get(study, {}), come.get(study, {})
        spelled = next(iter((removed | added).values()))[1]
        what = f"rows of {spelled}" if removed and added else f"{spelled}, the whole rows"
        change = Change(
            kind="rows", where=_places(removed | added), what=what, old=_row_count(removed), new=_row_count(added)
        )
        yield change, frozenset(removed | added)


def _renamed(
    was: Mapping[Atom, tuple[Row, str]], now: Mapping[Atom, tuple[Row, str]]
) -> tuple[Change, frozenset[Atom]]:
    (_, old), (_, new) = next(iter(was.values())), next(iter(now.values()))
    change = Change(kind="name", where=_places(now), what="the name of a study", old=old, new=new)
    return change, frozenset({*was, *now})


def _same_rows(one: Mapping[Atom, tuple[Row, str]], other: Mapping[Atom, tuple[Row, str]]) -> bool:
    """Whether two studies have the same rows but for their names."""

    def rows(of: Mapping[Atom, tuple[Row, str]]) -> list[tuple[str, list[tuple[str, object]]]]:
        return [
            (sheet, [(column, _content(cell)) for column, cell in row.items() if text_of(cell) != study])
            for (sheet, _, _), (row, study) in of.items()
        ]

    return rows(one) == rows(other)


def _places(rows: Mapping[Atom, tuple[Row, str]]) -> str:
    return ", ".join(next(iter(row.values())).address for row, _ in rows.values())


def _row_count(rows: Sized) -> str:
    return f"{len(rows)} row{'s' * (len(rows) != 1)}" if rows else ""


def _study_of(row: Row, keys: Sequence[str]) -> str:
    return text_of(row.get("study") or row.get(keys[0]))


def _named(row: Row, keys: Sequence[str]) -> str:
    return ", ".join(word for word in (text_of(row.get(key)) for key in keys) if word)


def _content(cell: CellValue | None) -> object:
    """What of a cell can move a number: 12 and 12.0 are the same, "12" as text is not; hidden or struck out counts."""
    if cell is None or (cell.is_blank and not cell.formula):
        return None
    value = cell.value.strip() if isinstance(cell.value, str) else cell.value
    percent = "%" in cell.number_format
    return type(value) is bool, isinstance(value, str), value, percent, cell.hidden, cell.struck


def _shown(cell: CellValue | None) -> str:
    if cell is None or cell.is_blank:
        return ""
    marks = [f"{cell.hidden} hidden"] * bool(cell.hidden) + ["struck through"] * cell.struck
    marks += ["as text"] * (isinstance(cell.value, str) and _is_number(cell.value))
    return text_of(cell) + (f" ({', '.join(marks)})" if marks else "")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _moved(old: CellValue | None, new: CellValue | None) -> str:
    """The address, or both where the row stands elsewhere now."""
    addresses = dict.fromkeys(cell.address for cell in (old, new) if cell is not None)
    return " → ".join(addresses)


def _mixed(pair: _SheetPair, name: str, atoms: frozenset[Atom], *, done: bool) -> Sheet:
    """The sheet with these changes made; `done` says that all of its own are."""
    if done:
        return pair.new
    own = frozenset(atom for atom in atoms if atom[0] == name)
    if not own:
        return pair.old
    gone = {column for column in pair.old.columns if (name, WHOLE, column) in own and column not in pair.new.columns}
    come = [column for column in pair.new.columns if (name, WHOLE, column) in own and column not in pair.old.columns]
    columns = (*(column for column in pair.old.columns if column not in gone), *come)
    rows = []
    for line, (old, new) in enumerate(pair.lines):
        if old is not None and new is not None:
            taken = {column for _, at, column in own if at == line} | set(come)
            source = {column: (new if column in taken else old) for column in columns}
            rows.append({column: row[column] for column, row in source.items() if column in row})
        else:
            row, made = old if new is None else new, (name, line, "") in own
            if row is not None and made == (old is None):
                rows.append({column: row[column] for column in columns if column in row})
    header = {**pair.old.header, **{column: cell for column, cell in pair.new.header.items() if column in come}}
    return replace(
        pair.old,
        columns=columns,
        rows=tuple(MappingProxyType(row) for row in rows),
        header={column: cell for column, cell in header.items() if column in columns},
    )
