"""Where the column names of a sheet stand: below title rows, in one row or in two with merged cells above."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from metak2.studies.grid import Grid, GridRow, corners
from metak2.studies.sheet import CellValue, text_of
from metak2.studies.wording import GAP, arm_meaning, measure_meaning, plain_meaning, plain_words, sided_meaning

SEARCHED = 25  # rows; titles, authors and dates above a table are fewer
FOOTNOTES = ("*", "†", "‡", "§", "¶", "note", "notes", "source", "abbrev", "anm", "legende", "nota", "注", "¹", "²")

_OTHER = re.compile(r"d[0-9]|domain.*|overall.*|.*judge?ments?|stage|count|weight|tool|covidence.*")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """A header, the rows below it, the numbers of the header's rows and what was left out as a note below."""

    header: tuple[CellValue, ...]
    body: tuple[tuple[CellValue, ...], ...]
    header_rows: tuple[int, ...]
    footnotes: tuple[CellValue, ...] = ()


def find_table(grid: Grid, told: Sequence[int] = ()) -> Table:
    """The table of a sheet; `told` are the numbers of the header's rows where a mapping file says them."""
    rows = grid.rows
    if not rows:
        return Table(header=(), body=(), header_rows=())
    numbers = [number for number, _ in rows]
    found = [numbers.index(number) for number in told if number in numbers] or _header_rows(grid)
    header = rows[found[0]][1] if len(found) == 1 else _joined(grid, rows[found[0]], rows[found[1]])
    body, footnotes = _without_footnotes(rows[found[-1] + 1 :], len(header))
    return Table(header=header, body=body, header_rows=tuple(numbers[index] for index in found), footnotes=footnotes)


def _header_rows(grid: Grid) -> list[int]:
    """Indices of the header's one or two rows: row 1, unless a row further down reads much more like column names."""
    rows = grid.rows[:SEARCHED]
    scores = [_score(cells) for _, cells in rows]
    best = max(range(len(rows)), key=lambda index: (scores[index], -index))
    first = next((index for index, (_, cells) in enumerate(rows) if _filled(cells)), 0)
    fuller = len(_filled(rows[best][1])) > len(_filled(rows[first][1]))
    if scores[best] < 2 or scores[best] <= scores[first] or not fuller:
        best = first
    if best and _is_group_row(grid, rows[best - 1], rows[best]):
        return [best - 1, best]
    if best + 1 < len(rows) and _is_group_row(grid, rows[best], rows[best + 1]):
        return [best, best + 1]
    return [best]


def _score(cells: Sequence[CellValue]) -> int:
    """How many different names of a row are worded like columns."""
    texts = {plain_words(text_of(cell)) for cell in cells if isinstance(cell.value, str) and len(cell.value) <= 60}
    return sum(
        _OTHER.fullmatch(text) is not None
        or any(read(text) for read in (sided_meaning, plain_meaning, arm_meaning, measure_meaning))
        for text in texts
        if text
    )


def _filled(cells: Sequence[CellValue]) -> list[int]:
    return [position for position, cell in enumerate(cells) if not cell.is_blank]


def _is_group_row(grid: Grid, upper: GridRow, lower: GridRow) -> bool:
    """Whether the upper row names groups of columns: names repeat below it, or its cells are merged over several."""
    over = upper[1]
    below = [plain_words(text_of(cell)) for cell in lower[1] if isinstance(cell.value, str)]
    if lower[0] != upper[0] + 1 or len(below) < 2 or any(_is_number(cell) for cell in (*lower[1], *over)):
        return False
    named = [cell for cell in over if not cell.is_blank]
    wide = [reference for reference in grid.merged if _spans(reference, upper[0])]
    if wide and len(below) >= 2:
        return len(named) >= 2 or len(wide) >= 2
    return 2 <= len(named) < len(over) and _repeats_stems(below)


def _repeats_stems(names: Sequence[str]) -> bool:
    """Whether what is counted or measured in each arm is named more than once: "Events, Total, Events, Total"."""
    repeated = {name: arm_meaning(name) for name in names if names.count(name) > 1}
    meant = [found[0] for found in repeated.values() if found]
    return len(meant) >= 2 or any(len(stems) > 1 for stems in meant)


def _is_number(cell: CellValue) -> bool:
    return isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool)


def _spans(reference: str, row: int) -> bool:
    top, left, bottom, right = corners(reference)
    return top == bottom == row and right > left


def _joined(grid: Grid, upper: GridRow, lower: GridRow) -> tuple[CellValue, ...]:
    """One name for each column: "Intervention / Events", or the only name of the two rows."""
    width = max(len(upper[1]), len(lower[1]))
    groups = _groups(grid, upper, width)
    header = []
    for position in range(width):
        group = groups.get(position)
        below = lower[1][position] if position < len(lower[1]) else None
        name = text_of(below)
        over = text_of(group)
        cell = below if below is not None and name else group or below
        if cell is None:
            cell = CellValue(value=None, address="")
        both = over and name and plain_words(over) != plain_words(name)
        text = f"{over}{GAP}{name}" if both else name or over
        header.append(replace(cell, value=text or None, raw=text))
    return tuple(header)


def _groups(grid: Grid, upper: GridRow, width: int) -> Mapping[int, CellValue]:
    """Position of each column → the cell of the upper row above it, merged or only left blank to its right."""
    number, cells = upper
    merged = [corners(reference) for reference in grid.merged if corners(reference)[0] == number]
    found: dict[int, CellValue] = {}
    last: CellValue | None = None
    ended = -1
    for position in range(width):
        filled = position < len(cells) and not cells[position].is_blank
        if filled:
            last = cells[position]
            ended = next((right - 1 for _, left, _, right in merged if left == position + 1), -1)
        if last is not None and (not merged or position <= ended or filled):
            found[position] = last
    return found


def _without_footnotes(
    rows: Sequence[GridRow], width: int
) -> tuple[tuple[tuple[CellValue, ...], ...], tuple[CellValue, ...]]:
    """The rows without lines of text at the end that are no studies."""
    kept = [row for row in rows if _filled(row[1])] if any(_filled(row[1]) for row in rows) else []
    notes: list[CellValue] = []
    while kept and width >= 3 and _is_footnote(kept[-1], kept[-2] if len(kept) > 1 else None):
        cells = kept.pop()[1]
        notes.insert(0, cells[_filled(cells)[0]])
    return tuple(cells for _, cells in kept), tuple(notes)


def _is_footnote(row: GridRow, above: GridRow | None) -> bool:
    filled = _filled(row[1])
    text = text_of(row[1][filled[0]])
    alone = len(filled) == 1 and isinstance(row[1][filled[0]].value, str)
    apart = above is not None and row[0] > above[0] + 1
    begins = text.casefold().startswith(FOOTNOTES)
    return alone and (begins or (apart and len(text) > 40))
