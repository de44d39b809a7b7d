"""Covidence's export to RevMan Web: "Study information", "Study arms", "Study results", "Risk of bias", as .csv files.

They lie beside each other in one folder or in one .zip; whichever of them is given, the others are read with it. "Study
results" has one row per arm of each study, so experimental and control arms are paired when the studies are read. What
the columns are called depends on the extraction template: they are read by their meaning, and each reading is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from metak2.errors import CellProblem
from metak2.studies.delimited import decode, grid_of_text, read_csv
from metak2.studies.formats.risk_of_bias import RISK_OF_BIAS, risk_of_bias_sheet
from metak2.studies.grid import Grid
from metak2.studies.guards import open_archive, read_bytes, read_part
from metak2.studies.mapping import BookMapping
from metak2.studies.sheet import NOTHING_BUT_VALUES, Book, CellValue, Sheet, text_of
from metak2.studies.understand import book_from_grids, with_problems
from metak2.studies.wording import plain_words

PARTS = {
    "study information": "studies",
    "study arms": "study_arms",
    "study results": "results",
    "risk of bias": RISK_OF_BIAS,
}
COUNTS = ("study", "outcome", "time", "arm", "events", "total")
MEANS = ("study", "outcome", "time", "arm", "mean", "dispersion", "sd", "n", "dispersion_type")


def part_of(name: str) -> str:
    """Which part of an export a file is, by its name, "" for another file.

    >>> part_of("review_1234_Study results_20260101.csv")
    'results'
    """
    words = plain_words(Path(name).stem)
    return next((part for said, part in PARTS.items() if said in words), "")


def is_covidence_file(path: Path) -> bool:
    """Whether the file is named as a part of the export and its results lie beside it."""
    return bool(part_of(path.name)) and any(part_of(beside.name) == "results" for beside in _beside(path))


def is_covidence_archive(names: Sequence[str]) -> bool:
    """Whether an archive holds the study results of the export."""
    return any(part_of(name) == "results" and name.lower().endswith(".csv") for name in names)


def read_covidence(path: Path, source: str, mapping: BookMapping | None = None) -> Book:
    """Sheets studies, binary, continuous and risk_of_bias of the export that the file is part of."""
    grids: dict[str, Grid] = {}
    notes: list[CellProblem] = []
    if path.suffix.lower() == ".zip":
        with open_archive(read_bytes(path, source), source) as archive:
            for name in archive.namelist():
                if part_of(name) and name.lower().endswith(".csv"):
                    text, encoding = decode(read_part(archive, name, source), source)
                    found, told = grid_of_text(text, encoding, Path(name).stem, source)
                    grids.setdefault(part_of(name), found[0])
                    notes += told
    else:
        for beside in _beside(path):
            found, told = read_csv(beside, beside.as_posix())
            grids.setdefault(part_of(beside.name), replace(found[0], source=source))
            notes += told
    return with_problems(_book(source, grids, mapping), list(dict.fromkeys(notes)))


def _beside(path: Path) -> list[Path]:
    return sorted(file for file in path.parent.glob("*.csv") if part_of(file.name))


def _book(source: str, grids: Mapping[str, Grid], mapping: BookMapping | None) -> Book:
    plain = [grid for part, grid in grids.items() if part != RISK_OF_BIAS]
    told = {title: said for title, said in (mapping or {}).items() if title in {grid.title for grid in plain}}
    book = book_from_grids(source, plain, written_as="covidence", unseen=NOTHING_BUT_VALUES, mapping=told)
    by_title = {sheet.title: sheet for sheet in book.sheets.values()}
    sheets = {part: by_title[grid.title] for part, grid in grids.items() if part != RISK_OF_BIAS}
    results = sheets.pop("results", None)
    if results is not None:
        sheets |= _by_kind(results)
    if RISK_OF_BIAS in grids:
        judged = _judged(grids[RISK_OF_BIAS])
        if judged:
            sheets[RISK_OF_BIAS] = risk_of_bias_sheet(source, judged, tool="", title=grids[RISK_OF_BIAS].title)
    return replace(book, sheets={name: replace(sheet, name=name) for name, sheet in sheets.items()})


def _by_kind(results: Sheet) -> dict[str, Sheet]:
    """Rows with counts and rows with means, each on a sheet of their own; a row with both stands on both."""
    counted = [row for row in results.rows if _has(row, "events")]
    measured = [row for row in results.rows if _has(row, "mean")]
    if not measured or not counted:
        return {"continuous" if measured else "binary": results}
    rest = [column for column in results.columns if column not in {*COUNTS, *MEANS}]
    size = "n" if "n" in results.columns else "total"
    binary = _part(replace(results, rows=tuple(counted)), COUNTS, rest, {size: "total"})
    return {"binary": binary, "continuous": _part(replace(results, rows=tuple(measured)), MEANS, rest, {size: "n"})}


def _part(sheet: Sheet, columns: Sequence[str], rest: Sequence[str], renamed: Mapping[str, str]) -> Sheet:
    names = {column: renamed.get(column, column) for column in sheet.columns}
    kept = [column for column in sheet.columns if names[column] in columns or column in rest]
    return replace(
        sheet,
        columns=tuple(names[column] for column in kept),
        rows=tuple({names[column]: row[column] for column in kept if column in row} for row in sheet.rows),
        header={names[column]: sheet.header[column] for column in kept if column in sheet.header},
    )


def _has(row: Mapping[str, CellValue], column: str) -> bool:
    return column in row and not row[column].is_blank


def _judged(grid: Grid) -> dict[str, dict[str, str]]:
    header, *body = [cells for _, cells in grid.rows]
    names = [text_of(cell) for cell in header]
    study = next((at for at, name in enumerate(names) if plain_words(name) in {"study", "study id"}), 0)
    judged = [at for at, name in enumerate(names) if "judgement" in name.casefold() or "judgment" in name.casefold()]
    return {
        text_of(row[study]): {
            names[at].partition(": ")[2] or names[at]: text_of(row[at]) for at in judged if at < len(row)
        }
        for row in body
        if len(row) > study and text_of(row[study]) and judged
    }
