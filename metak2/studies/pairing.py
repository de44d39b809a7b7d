"""From one row per arm to one row per contrast: an experimental arm beside its control."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from metak2.errors import CellProblem, StudyDataError
from metak2.studies.checks.arms import (
    arm_not_asked_for,
    arm_without_partner,
    arms_not_alike,
    arms_not_named,
    nothing_to_compare,
    several_arms,
)
from metak2.studies.combine import combine_arms
from metak2.studies.layouts import ARM_NAMES, Layout
from metak2.studies.rows import BLANK_TEXT, Entry, Row, word
from metak2.studies.selection import Asked, RawRow, match_values, present
from metak2.studies.sheet import Sheet, text_of

RESULT = ("study", "outcome", "site", "time")
ALIKE = ("unit", "direction", "change_or_final", "statistic")
ABOUT_ONE_ARM = frozenset({"derived", "dispersion_evidence"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The arm labels on each side of the question; `implied` is the side (e, c) that nobody named."""

    experimental: tuple[str, ...]
    control: tuple[str, ...]
    implied: str = ""

    def side(self, arm: str) -> str:
        """``e``, ``c``, or "" for an arm that was not asked for."""
        return "e" if arm in self.experimental else "c" if arm in self.control else ""


def comparison(sheet: Sheet, rows: Sequence[RawRow], wanted: Asked) -> Comparison:
    """Which arms are compared. One side may be left out: then it is every other arm."""
    arms = present(rows, "arm")
    match_values(sheet, rows, "arm", (*wanted.experimental, *wanted.control))
    both = [arm for arm in wanted.experimental if arm in wanted.control]
    if both or not (wanted.experimental or wanted.control):
        message = f"'{both[0]}' is asked for on both sides" if both else "no arm was named"
        raise StudyDataError([arms_not_named(sheet.name, message, arms)], source=sheet.source)
    others = tuple(arm for arm in arms if arm not in (*wanted.experimental, *wanted.control))
    implied = "" if wanted.experimental and wanted.control else "c" if wanted.experimental else "e"
    return Comparison(experimental=wanted.experimental or others, control=wanted.control or others, implied=implied)


def unused_arms(rows: Sequence[RawRow], compared: Comparison) -> list[CellProblem]:
    """MK-A03 for each row whose arm is on neither side."""
    return [
        arm_not_asked_for(row["arm"].address, text_of(row.get("study")), text_of(row.get("arm")))
        for row in rows
        if not compared.side(text_of(row.get("arm")))
    ]


@dataclass(slots=True, kw_only=True)
class Pairing:
    """Makes contrasts from the arm rows of a sheet, and keeps what was noticed on the way."""

    sheet: Sheet
    layout: Layout
    compared: Comparison
    combine: bool
    each: bool
    contrasts: list[dict[str, Entry]] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)

    def pair(self, rows: Sequence[Row]) -> None:
        """Contrasts in the order in which their first arm stands in the sheet."""
        results: dict[tuple[str, ...], list[Row]] = {}
        for row in rows:
            results.setdefault(_key(row, RESULT), []).append(row)
        for group in results.values():
            self._pair_result(group)
        if not self.contrasts and not any(problem.severity == "error" for problem in self.problems):
            there = self.compared
            self.problems.append(nothing_to_compare(self.sheet.name, there.experimental, there.control))
        _share_what_agrees(self.contrasts, self.layout)

    def _pair_result(self, rows: Sequence[Row]) -> None:
        alike: dict[tuple[str, ...], list[Row]] = {}
        for row in rows:
            alike.setdefault(_key(row, ALIKE), []).append(row)
        lone: dict[str, list[Row]] = {"e": [], "c": []}
        for group in alike.values():
            sides = {side: [row for row in group if self.compared.side(word(row, "arm")) == side] for side in "ec"}
            if sides["e"] and sides["c"]:
                control = self._one_arm(sides["c"], "c")
                experimental = sides["e"] if self.each else [self._one_arm(sides["e"], "e")]
                self.contrasts += [self._contrast(row, control) for row in experimental]
            else:
                lone["e"] += sides["e"]
                lone["c"] += sides["c"]
        if lone["e"] and lone["c"]:
            self.problems.append(_difference(lone["e"][0], lone["c"][0]))
            return
        self.problems += [self._left_over(row, side) for side in "ec" for row in lone[side]]

    def _left_over(self, row: Row, side: str) -> CellProblem:
        cell, study, arm = row["arm"].cell, word(row, "study"), word(row, "arm")
        if side == self.compared.implied:
            return arm_not_asked_for(cell, study, arm)
        return arm_without_partner(cell, study, arm, "control" if side == "e" else "experimental")

    def _one_arm(self, rows: Sequence[Row], side: str) -> Row:
        if len(rows) == 1:
            return rows[0]
        if self.combine:
            combined, problem = combine_arms(rows, self.layout)
            self.problems.append(problem)
            return combined
        arms, cells = [word(row, "arm") for row in rows], [row["arm"].cell for row in rows]
        asked_as = "experimental" if side == "e" else "control"
        self.problems.append(several_arms(cells[0], word(rows[0], "study"), asked_as, arms, cells))
        return rows[0]

    def _contrast(self, experimental: Row, control: Row) -> dict[str, Entry]:
        shared = {"key": experimental["study"], "note": _notes(experimental, control)}
        arms: dict[str, Entry] = {}
        for column in self.sheet.columns:
            if column in {"study", "note"}:
                continue
            one, other = experimental.get(column, BLANK_TEXT), control.get(column, BLANK_TEXT)
            if column in (*RESULT, *ALIKE, *self.sheet.joined):
                shared[column] = one
            else:
                stem = ARM_NAMES.get(column, column)
                arms[f"{stem}_e"], arms[f"{stem}_c"] = one, other
        return {**shared, **arms}


def _key(row: Row, columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(word(row, column) for column in columns)


def _difference(experimental: Row, control: Row) -> CellProblem:
    column = next(name for name in ALIKE if word(experimental, name) != word(control, name))
    one, other = experimental.get(column, BLANK_TEXT), control.get(column, BLANK_TEXT)
    return arms_not_alike(one.cell, column, word(experimental, column), word(control, column), other.cell)


def _notes(experimental: Row, control: Row) -> Entry:
    found = [row["note"] for row in (experimental, control) if word(row, "note")]
    once = found[:1] if len({entry.value for entry in found}) == 1 else found
    text = "; ".join(entry.raw for entry in once)
    return Entry(value=text, cell=" + ".join(entry.cell for entry in once), raw=text)


def _share_what_agrees(contrasts: Sequence[dict[str, Entry]], layout: Layout) -> None:
    """A further column that never differs between the arms is one column, not two."""
    played = {ARM_NAMES.get(column, column) for column in layout.sides[0].values()}
    stems = [name[:-2] for name in (contrasts[0] if contrasts else ()) if name.endswith("_e")]
    for stem in stems:
        if stem in played or stem in ABOUT_ONE_ARM or stem == "arm":
            continue
        if all(contrast[f"{stem}_e"].raw == contrast[f"{stem}_c"].raw for contrast in contrasts):
            for contrast in contrasts:
                contrast[stem] = contrast.pop(f"{stem}_e")
                del contrast[f"{stem}_c"]
