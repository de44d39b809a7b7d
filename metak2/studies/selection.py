"""What is asked of a file: which outcome, when, which arms; and the rows that answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

from metak2.errors import ModelError, StudyDataError, UnknownOptionError
from metak2.studies.checks.files import missing_column, missing_sheet
from metak2.studies.checks.structure import several_outcomes, several_sheets, unknown_column, unknown_value
from metak2.studies.layouts import OUTCOME_SHEETS, has_layout
from metak2.studies.sheet import Book, CellValue, Sheet, text_of, tidy

RawRow = Mapping[str, CellValue]


class Selection(TypedDict, total=False):
    """The question asked of a file; every part may be left out where the file leaves no choice.

    `where` leads from a column of the outcome sheet or of `studies` to the value or values accepted. `label` names the
    columns that make up a row's label. `combine_arms` adds several matching arms together; `each_arm` keeps a row for
    each experimental arm beside the control that they share, labelled by study and arm: rows of the same patients,
    which `pool` refuses until they are split, combined or modelled.
    """

    outcome: str
    at: str
    experimental: str | Sequence[str]
    control: str | Sequence[str]
    where: Mapping[str, str | Sequence[str]]
    label: Sequence[str]
    combine_arms: bool
    each_arm: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A `Selection` with every choice spelled out: () and "" mean that nothing was asked."""

    outcome: str = ""
    at: str = ""
    experimental: tuple[str, ...] = ()
    control: tuple[str, ...] = ()
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    label: tuple[str, ...] = ("study",)
    combine_arms: bool = False
    each_arm: bool = False


def asked(selection: Selection) -> Asked:
    """The selection in one form. UnknownOptionError for a key that is none of its own."""
    allowed = Selection.__annotations__
    for key in selection:
        if key not in allowed:
            raise UnknownOptionError("selection", key, allowed)
    each_arm = selection.get("each_arm", False)
    if each_arm and selection.get("combine_arms", False):
        raise ModelError("combine_arms makes one arm of several and each_arm keeps them apart; ask for one of them")
    return Asked(
        outcome=selection.get("outcome", ""),
        at=selection.get("at", ""),
        experimental=_several(selection.get("experimental", ())),
        control=_several(selection.get("control", ())),
        where={column: _several(values) for column, values in selection.get("where", {}).items()},
        label=_several(selection.get("label", ("study", "arm_e") if each_arm else ("study",))),
        combine_arms=selection.get("combine_arms", False),
        each_arm=each_arm,
    )


def _several(values: Any) -> tuple[str, ...]:  # noqa: ANN401 - a plan may hold a number where text is compared
    return tuple(str(value) for value in values) if isinstance(values, (list, tuple, set)) else (str(values),)


def choose_sheet(book: Book, wanted: Asked, name: str | None) -> Sheet:
    """The sheet of this name, or the one outcome sheet that holds what is asked."""
    if name is not None:
        called = next((found for found, sheet in book.sheets.items() if name in {found, sheet.title}), tidy(name))
        if called not in book.sheets:
            raise StudyDataError([missing_sheet(name, list(book.sheets))], source=book.source)
        return book.sheets[called]
    if len(book.sheets) == 1:
        return next(iter(book.sheets.values()))
    filled = {name: sheet for name, sheet in book.sheets.items() if sheet.rows}
    candidates = [filled[name] for name in OUTCOME_SHEETS if name in filled]
    candidates = candidates or [sheet for sheet in filled.values() if has_layout(sheet)]
    if not candidates:
        raise StudyDataError([missing_sheet("", list(book.sheets))], source=book.source)
    if len(candidates) == 1:
        return candidates[0]
    return _holding(candidates, wanted)


def _holding(candidates: Sequence[Sheet], wanted: Asked) -> Sheet:
    source = candidates[0].source
    outcomes = {sheet.name: present(sheet.rows, "outcome") for sheet in candidates}
    every = list(dict.fromkeys(name for names in outcomes.values() for name in names))
    if not wanted.outcome and len(every) > 1:
        raise StudyDataError([several_outcomes(outcomes)], source=source)
    outcome = wanted.outcome or "".join(every)
    holding = [sheet for sheet in candidates if outcome in outcomes[sheet.name] or not outcome]
    if not holding:
        raise StudyDataError([unknown_value("", "outcome", outcome, every)], source=source)
    answering = [sheet for sheet in holding if _answers(sheet, wanted)]
    if len(holding) > 1 and len(answering) != 1:
        raise StudyDataError([several_sheets(outcome, [sheet.name for sheet in holding])], source=source)
    return (answering or holding)[0]


def _answers(sheet: Sheet, wanted: Asked) -> bool:
    """Whether the time and the arms that are asked for stand in the sheet's rows of the outcome."""
    rows = [row for row in sheet.rows if not wanted.outcome or text_of(row.get("outcome")) == wanted.outcome]
    arms = {text for column in ("arm", "experimental", "control") for text in present(rows, column)}
    return (not wanted.at or wanted.at in present(rows, "time")) and arms.issuperset(
        wanted.experimental + wanted.control
    )


def present(rows: Sequence[RawRow], column: str) -> list[str]:
    """What stands in the column, each once, in order, blanks left out."""
    return [text for text in dict.fromkeys(text_of(row.get(column)) for row in rows) if text]


def select_rows(sheet: Sheet, wanted: Asked) -> list[RawRow]:
    """The rows of the outcome at the time, where the conditions hold. StudyDataError says what there is instead."""
    rows: list[RawRow] = list(sheet.rows)
    outcomes = present(rows, "outcome")
    if not wanted.outcome and "outcome" not in wanted.where and len(outcomes) > 1:
        raise StudyDataError([several_outcomes({sheet.name: outcomes})], source=sheet.source)
    if wanted.outcome:
        rows = _matching(sheet, rows, "outcome", (wanted.outcome,))
    for column, accepted in wanted.where.items():
        if column not in sheet.columns:
            raise StudyDataError([unknown_column(sheet.name, "where", column, sheet.columns)], source=sheet.source)
        rows = _matching(sheet, rows, column, accepted)
    return _matching(sheet, rows, "time", (wanted.at,)) if wanted.at else rows


def _matching(sheet: Sheet, rows: Sequence[RawRow], column: str, accepted: Sequence[str]) -> list[RawRow]:
    if column not in sheet.columns:
        raise StudyDataError([missing_column(sheet.name, column, sheet.columns)], source=sheet.source)
    kept = [row for row in rows if text_of(row.get(column)) in accepted]
    if not kept:
        there = present(rows, column)
        raise StudyDataError(
            [unknown_value(sheet.name, column, value, there) for value in accepted], source=sheet.source
        )
    return kept


def match_values(sheet: Sheet, rows: Sequence[RawRow], column: str, accepted: Sequence[str]) -> None:
    """StudyDataError for each value that stands in none of the rows."""
    there = present(rows, column)
    absent = [unknown_value(sheet.name, column, value, there) for value in accepted if value not in there]
    if absent:
        raise StudyDataError(absent, source=sheet.source)
