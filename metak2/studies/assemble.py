"""From the rows of a sheet to a StudyTable, with every problem on the way collected before one error is raised."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from metak2.errors import CellProblem, StudyDataError
from metak2.studies.checks.arms import control_twice
from metak2.studies.checks.files import empty_sheet, missing_column
from metak2.studies.checks.structure import label_twice, patients_shared, row_twice, unknown_column
from metak2.studies.interpret import blank_studies, numeric_columns, read_row
from metak2.studies.layouts import Layout, layout_of
from metak2.studies.pairing import Pairing, comparison, unused_arms
from metak2.studies.rows import BLANK_NUMBER, BLANK_TEXT, Entry, Row, word
from metak2.studies.selection import Asked, RawRow, Selection, asked, match_values, select_rows
from metak2.studies.sheet import Sheet, text_of
from metak2.studies.table import StudyTable, Trace, read_only

Contrast = dict[str, Entry]
ALWAYS = ("outcome", "time", "arm_e", "arm_c", "note")
TELLING = ("time", "site", "outcome", "subgroup", "arm_e", "arm_c", "adjusted_for", "measure", "model", "unit",
           "change_or_final", "statistic", "direction")  # fmt: skip


def pair_arms(arms: Sheet, selection: Selection) -> StudyTable:
    """The contrasts of a sheet with one row per arm: Cochrane's pairing of an experimental with a control arm.

    A warning names each arm left over without a partner, a note each arm that was not asked for. StudyDataError lists
    every cell that cannot be right, rows that stand twice, and studies of which several arms match.
    """
    if "arm" not in arms.columns:
        raise StudyDataError([missing_column(arms.name, "arm", arms.columns)], source=arms.source)
    return study_table(arms, selection)


def _never(_: CellProblem) -> bool:
    return False


def study_table(sheet: Sheet, selection: Selection, accepted: Callable[[CellProblem], bool] = _never) -> StudyTable:
    """One row per contrast or effect of the sheet that answers the selection; `accepted` errors do not stop it."""
    wanted = asked(selection)
    layout = layout_of(sheet)
    if not sheet.rows:
        raise StudyDataError([empty_sheet(sheet.name)], source=sheet.source)
    problems = [*sheet.problems, *blank_studies(sheet)]
    selected = select_rows(sheet, wanted)
    if layout.shape == "arms":
        contrasts, found = _paired(sheet, layout, selected, wanted)
    else:
        contrasts, found = _given(sheet, layout, selected, wanted)
    problems += found
    finished = [_finish(contrast, sheet) for contrast in contrasts]
    labels, found = _labels(sheet, layout, finished, wanted)
    problems += [*found, *(_shared(finished) if layout.kind != "percentages" else ())]  # a curve, not results to pool
    problems = [problem for problem in problems if not accepted(problem)]
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise StudyDataError(errors, source=sheet.source)
    columns, cells, traces = _columns(finished)
    return StudyTable(
        source=sheet.source,
        kind=layout.kind,
        study=tuple(labels),
        columns=MappingProxyType(columns),
        cells=MappingProxyType(cells),
        traces=MappingProxyType(traces),
        problems=tuple(problems),
        selection=MappingProxyType(_said(sheet, selection, finished)),
    )


def _shared(contrasts: Sequence[Contrast]) -> list[CellProblem]:
    """MK-S18, once for the table."""
    counts = Counter(word(contrast, "key") for contrast in contrasts)
    repeated = [contrast for contrast in contrasts if counts[word(contrast, "key")] > 1]
    if not repeated:
        return []
    first = repeated[0]["key"]
    study = word(repeated[0], "key")
    others = sum(count > 1 for count in counts.values()) - 1
    return [patients_shared(first.cell, study, counts[study], others)]


def _said(sheet: Sheet, selection: Selection, contrasts: Sequence[Contrast]) -> dict[str, Any]:
    outcomes = {word(contrast, "outcome") for contrast in contrasts}
    resolved = {"outcome": outcomes.pop()} if len(outcomes) == 1 else {}
    return {"sheet": sheet.name, **resolved, **selection}


def _read(sheet: Sheet, layout: Layout, rows: Iterable[RawRow]) -> tuple[list[Row], list[CellProblem]]:
    numeric = numeric_columns(sheet, layout)
    read: list[Row] = []
    problems: list[CellProblem] = []
    first: dict[tuple[str, ...], Row] = {}
    for raw in rows:
        row, found = read_row(raw, layout, numeric)
        problems += found
        names = tuple(word(row, column) for column in layout.identity)
        if names in first:
            told = [name for name in names if name]
            problems.append(row_twice(row["study"].cell, told, first[names]["study"].cell))
        elif names[0]:
            first[names] = row
            read.append(row)
    return read, _once(problems)


def _once(problems: Iterable[CellProblem]) -> list[CellProblem]:
    return list(dict.fromkeys(problems))  # a cell of `studies` is read with each row of its study


def _paired(
    sheet: Sheet, layout: Layout, selected: Sequence[RawRow], wanted: Asked
) -> tuple[list[Contrast], list[CellProblem]]:
    compared = comparison(sheet, selected, wanted)
    used = [row for row in selected if compared.side(text_of(row.get("arm")))]
    rows, problems = _read(sheet, layout, used)
    pairing = Pairing(sheet=sheet, layout=layout, compared=compared, combine=wanted.combine_arms, each=wanted.each_arm)
    pairing.pair(rows)
    used_cells = {
        cell for contrast in pairing.contrasts for entry in contrast.values() for cell in entry.cell.split(" + ")
    }
    problems = [problem for problem in problems if problem.code != "MK-G01" or problem.cell in used_cells]
    return pairing.contrasts, [*problems, *pairing.problems, *unused_arms(selected, compared)]


def _given(
    sheet: Sheet, layout: Layout, selected: Sequence[RawRow], wanted: Asked
) -> tuple[list[Contrast], list[CellProblem]]:
    rows = list(selected)
    for side, accepted in (("arm_e", wanted.experimental), ("arm_c", wanted.control)):
        if accepted:
            column = next((name for name, stem in layout.renamed.items() if stem == side), side)
            column = column if column in sheet.columns else side
            if column not in sheet.columns:
                raise StudyDataError([missing_column(sheet.name, column, sheet.columns)], source=sheet.source)
            match_values(sheet, rows, column, accepted)
            rows = [row for row in rows if text_of(row.get(column)) in accepted]
    read, problems = _read(sheet, layout, rows)
    contrasts = [
        {"key" if name == "study" else layout.renamed.get(name, name): entry for name, entry in row.items()}
        for row in read
    ]
    return contrasts, [*problems, *_controls_twice(contrasts, pooled=layout.kind != "effects" and not wanted.each_arm)]


def _controls_twice(contrasts: Iterable[Contrast], *, pooled: bool) -> Iterable[CellProblem]:
    first: dict[tuple[str, ...], Contrast] = {}
    for contrast in contrasts:
        use = tuple(word(contrast, column) for column in ("key", "outcome", "site", "time", "subgroup", "arm_c"))
        earlier = first.setdefault(use, contrast)
        if use[-1] and word(earlier, "arm_e") != word(contrast, "arm_e"):
            entry = contrast["arm_c"]
            yield control_twice(entry.cell, use[0], use[-1], earlier["arm_c"].cell, pooled=pooled)


def _finish(contrast: Contrast, sheet: Sheet) -> Contrast:
    """The columns that every table has, dispersion types settled, levels as fractions, plain names where free."""
    blank = {name: BLANK_TEXT for name in ALWAYS if name not in contrast}
    finished = {**contrast, **blank}
    for side in "ec":
        stated, inferred = f"dispersion_type_{side}", f"dispersion_inferred_{side}"
        if stated in finished or inferred in finished:
            was_inferred = not word(finished, stated) and bool(word(finished, inferred))
            finished[stated] = finished[inferred] if was_inferred else finished.get(stated, BLANK_TEXT)
            cell = finished[inferred].cell if inferred in finished else ""
            finished[inferred] = Entry(value="yes" if was_inferred else "", cell=cell)
    level = finished.get("level")
    if level is not None and isinstance(level.value, float) and level.value > 1:
        finished["level"] = replace(level, value=level.value / 100)
    for name in sheet.joined:
        plain_name = name.removeprefix("study_")
        if plain_name in sheet.columns and plain_name not in finished:
            finished[plain_name] = finished.pop(name, BLANK_TEXT)
    return finished


def _labels(
    sheet: Sheet, layout: Layout, contrasts: Sequence[Contrast], wanted: Asked
) -> tuple[list[str], list[CellProblem]]:
    names = ["key" if name == "study" else layout.renamed.get(name, name) for name in wanted.label]
    known = {name for contrast in contrasts for name in contrast}
    absent = [name for name in names if contrasts and name not in known]
    if absent:
        return [], [unknown_column(sheet.name, "label", name, sorted(known)) for name in absent]
    labels: dict[str, Contrast] = {}
    problems = []
    for contrast in contrasts:
        label = ", ".join(part for part in (word(contrast, name) for name in names) if part)
        if label in labels:
            other = labels[label]
            apart = [name for name in TELLING if word(contrast, name) != word(other, name)]
            problems.append(label_twice(contrast["key"].cell, label, other["key"].cell, apart))
        labels.setdefault(label, contrast)
    return list(labels), problems


Traces = dict[str, tuple[Trace, ...]]


def _columns(contrasts: Sequence[Contrast]) -> tuple[dict[str, Any], dict[str, tuple[str, ...]], Traces]:
    names = list(dict.fromkeys(name for contrast in contrasts for name in contrast))
    columns: dict[str, Any] = {}
    cells: dict[str, tuple[str, ...]] = {}
    traces: Traces = {}
    for name in names:
        found = [contrast.get(name) for contrast in contrasts]
        is_number = any(entry is not None and isinstance(entry.value, float) for entry in found)
        blank = BLANK_NUMBER if is_number else BLANK_TEXT
        entries = [blank if entry is None else entry for entry in found]
        values = np.empty(len(entries), dtype=np.float64 if is_number else object)
        values[:] = [entry.value for entry in entries]
        columns[name] = read_only(values)
        cells[name] = tuple(entry.cell for entry in entries)
        traces[name] = tuple(
            Trace(cell=entry.cell, raw=entry.raw, rule=entry.rule, source=entry.source) for entry in entries
        )
    return columns, cells, traces
