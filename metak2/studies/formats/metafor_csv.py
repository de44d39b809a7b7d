"""Tables as R's metafor writes and takes them: `ai bi ci di`, `n1i n2i`, `m1i sd1i`, or ready-made `yi vi slab`.

`yi` is on the analysis scale (the logarithm for ratios) and metafor's file does not say of which measure: it is read as
measure GEN, which is pooled as it stands. `n1i` that is missing is `ai + bi`.
"""

from collections.abc import Sequence
from dataclasses import replace

from metak2.studies.grid import Grid
from metak2.studies.sheet import CellValue, text_of

SUMS = {"n1i": ("ai", "bi"), "n2i": ("ci", "di")}
EFFECTS = {"yi": "estimate", "sei": "se"}
LABELS = ("slab", "study", "author", "trial")


def with_metafor_columns(grid: Grid) -> Grid:
    """The grid with arm sizes, study names and the measure that metafor leaves unsaid; any other grid as it is."""
    if not grid.rows:
        return grid
    names = [text_of(cell) for cell in grid.rows[0][1]]
    counts = {"ai", "bi", "ci", "di"} <= set(names)
    effects = "yi" in names and bool({"vi", "sei"} & set(names)) and "estimate" not in names
    if not counts and not effects:
        return grid
    grid = _with_study(grid, names)
    names = [text_of(cell) for cell in grid.rows[0][1]]
    for total, parts in SUMS.items():
        if counts and total not in names:
            grid = _appended(
                grid, total, [_sum(row, [names.index(part) for part in parts], parts) for row in _body(grid)]
            )
    if not effects:
        return grid
    if not counts and "measure" not in names:
        constant = [_constant(row, "GEN", "metafor's yi is on the analysis scale") for row in _body(grid)]
        grid = _appended(grid, "measure", constant)
    return _renamed(grid, EFFECTS) if not counts else grid


def _body(grid: Grid) -> list[Sequence[CellValue]]:
    return [cells for _, cells in grid.rows[1:]]


def _with_study(grid: Grid, names: Sequence[str]) -> Grid:
    """A column `study`: the label, else author and year, else the row's number."""
    if "study" in names and "slab" not in names:
        return grid
    if "slab" in names:
        kept = _renamed(grid, {"study": "study_number"}) if "study" in names else grid
        return _renamed(kept, {"slab": "study"})
    label = next((names.index(name) for name in LABELS if name in names), None)
    year = names.index("year") if "year" in names else None
    cells = []
    for number, row in enumerate(_body(grid), start=1):
        parts = [text_of(row[at]) for at in (label, year) if at is not None and label is not None]
        text = " ".join(part for part in parts if part) or f"Study {number}"
        address = row[label].address if label is not None else row[0].address
        rule = "author and year" if label is not None else "number of the row"
        cells.append(CellValue(value=text, address=address, raw=text, rule=rule))
    return _appended(grid, "study", cells)


def _renamed(grid: Grid, names: dict[str, str]) -> Grid:
    (number, header), *body = grid.rows
    new = tuple(
        replace(cell, value=names[text_of(cell)], raw=names[text_of(cell)]) if text_of(cell) in names else cell
        for cell in header
    )
    return replace(grid, rows=((number, new), *body))


def _appended(grid: Grid, name: str, cells: Sequence[CellValue]) -> Grid:
    width = max(len(row) for _, row in grid.rows)
    (number, header), *body = grid.rows
    blank = CellValue(value=None, address="")
    title = CellValue(value=name, address=header[0].address if header else "", raw=name)
    padded = [tuple(row) + (blank,) * (width - len(row)) for row in (header, *(row for _, row in body))]
    rows = [(number, (*padded[0], title))]
    rows += [(at, (*row, cell)) for (at, _), row, cell in zip(body, padded[1:], cells, strict=True)]
    return replace(grid, rows=tuple(rows))


def _constant(row: Sequence[CellValue], value: str, rule: str) -> CellValue:
    return CellValue(value=value, address=row[0].address if row else "", raw=value, rule=rule)


def _sum(row: Sequence[CellValue], positions: Sequence[int], names: Sequence[str]) -> CellValue:
    cells = [row[position] for position in positions if position < len(row)]
    numbers = [
        cell.value for cell in cells if isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool)
    ]
    where = " + ".join(cell.address for cell in cells)
    if len(numbers) < len(positions):
        return CellValue(value=None, address=where)
    raw = " + ".join(cell.raw for cell in cells)
    return CellValue(value=float(sum(numbers)), address=where, raw=raw, rule=" + ".join(names))
