"""Excel workbooks (.xlsx, .xlsm), read twice: once for values, once to know a formula that has none.

A workbook is hostile until read: `guards` looks at sizes and at the XML of each sheet first; macros and external links
are never followed, and said.
"""

import warnings
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped] # it has no stubs

from metak2.errors import CellProblem, StudyDataError
from metak2.studies.checks.files import too_large, unreadable
from metak2.studies.checks.reading import active_content
from metak2.studies.comments import comments_of
from metak2.studies.grid import Grid, merged_ranges
from metak2.studies.guards import RefusedError, Survey, open_archive, read_bytes, survey
from metak2.studies.sheet import CellValue, column_letter, raw_text

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook


MOST_XML = 30_000_000  # of shared texts, which are held in memory whole
MOST_STYLES = 4_000_000  # Excel itself allows 65,490 formats; openpyxl takes a second and 100 MB for this many


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a cell's style says: number format, struck through, colour of the background."""

    number_format: str = "General"
    struck: bool = False
    fill: str = ""


def read_excel(path: Path, source: str) -> tuple[list[Grid], list[CellProblem]]:
    """Every sheet of the workbook, and notes on what is ignored.

    StudyDataError where the file is no workbook, would unpack to too much or is made to do harm.
    """
    content = read_bytes(path, source)
    with open_archive(content, source) as archive:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions that hold no data
                surveys = _surveys(archive)  # before openpyxl, which reads a sheet through to learn its size
                formulas = _formulas(content) if any(found.formulas for found in surveys.values()) else {}
                looks: dict[int, Look] = {}
                with closing(_workbook(content, data_only=True)) as workbook:
                    grids = [
                        _grid(source, sheet, _Beside(surveys[_path(sheet)], formulas, looks, archive))
                        for sheet in workbook.worksheets
                    ]
        except RefusedError as refused:
            raise StudyDataError([refused.problem], source=source) from refused
        except Exception as error:  # whatever openpyxl stumbles over in a damaged file is the file's fault
            cause = error.__cause__ or error
            said = " ".join(str(cause).split())
            raise StudyDataError([unreadable(f"{type(cause).__name__}: {said}")], source=source) from error
        return grids, _ignored(archive.namelist())


def _workbook(content: bytes, *, data_only: bool) -> "Workbook":
    from openpyxl import load_workbook  # noqa: PLC0415 - heavy, and a CSV file does not need it

    return load_workbook(BytesIO(content), read_only=True, data_only=data_only, keep_links=False)


def _surveys(archive: ZipFile) -> dict[str, Survey]:
    """The path of each worksheet in the archive → what its XML says beside its values."""
    names = _sheet_names(archive)
    found = {}
    for about in archive.infolist():
        part = about.filename
        if part in names or (part.startswith("xl/worksheets/") and part.endswith(".xml")):
            with archive.open(part) as stream:
                found[part] = survey(stream, names.get(part, part.rpartition("/")[2].removesuffix(".xml")))
        elif part.endswith(".xml") and about.file_size > (most := MOST_STYLES if "styles" in part else MOST_XML):
            raise RefusedError(too_large(about.file_size, most))
    return found


def _sheet_names(archive: ZipFile) -> dict[str, str]:
    relations, workbook = "xl/_rels/workbook.xml.rels", "xl/workbook.xml"
    if not {relations, workbook} <= set(archive.namelist()):
        return {}
    targets = {node.get("Id"): node.get("Target", "") for node in fromstring(archive.read(relations))}
    found = {}
    for node in fromstring(archive.read(workbook)).iter():
        identifier = next((value for key, value in node.items() if key.endswith("}id")), None)
        if node.tag.endswith("}sheet") and identifier in targets:
            target = targets[identifier]
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            found[path] = " ".join(node.get("name", "").split())
    return found


def _path(worksheet: Any) -> str:  # noqa: ANN401 - the read-only sheet's path is not in the stubs
    return str(worksheet._worksheet_path)  # noqa: SLF001 - openpyxl tells it nowhere else


def _ignored(parts: Iterable[str]) -> list[CellProblem]:
    names = list(parts)
    found = []
    if any(name.endswith("vbaProject.bin") for name in names):
        found.append(active_content("macros"))
    if any(name.startswith("xl/externalLinks/") for name in names):
        found.append(active_content("links to other workbooks"))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Beside:
    """What is known of a sheet beside its values."""

    survey: Survey
    formulas: Mapping[tuple[str, int, int], str]
    looks: dict[int, Look]
    archive: ZipFile


def _rows(worksheet: Any) -> Any:  # noqa: ANN401 - openpyxl's read-only sheet and cells are not in its stubs
    worksheet.reset_dimensions()  # the stated dimension may be false
    return worksheet.iter_rows()


def _formulas(content: bytes) -> dict[tuple[str, int, int], str]:
    """Sheet, row and position of each formula → its text."""
    found = {}
    with closing(_workbook(content, data_only=False)) as workbook:
        for worksheet in workbook.worksheets:
            for row_number, row in enumerate(_rows(worksheet), start=1):
                for position, cell in enumerate(row):
                    if cell.data_type == "f":
                        found[worksheet.title, row_number, position] = str(getattr(cell.value, "text", cell.value))
    return found


def _grid(source: str, worksheet: Any, beside: _Beside) -> Grid:  # noqa: ANN401 - as above
    name, look_at = " ".join(worksheet.title.split()), beside.survey
    merged = merged_ranges(look_at.merged)
    comments = comments_of(beside.archive, _path(worksheet))
    grid = []
    for number, row in enumerate(_rows(worksheet), start=1):
        if not row and number > 1:
            continue
        cells = []
        for position, cell in enumerate(row):
            reference = f"{column_letter(position)}{number}"
            cells.append(
                CellValue(
                    value=cell.value,
                    address=f"{name}!{reference}",
                    raw=raw_text(cell.value),
                    formula=_formula(cell, beside.formulas.get((worksheet.title, number, position), "")),
                    hidden=look_at.hides(number, position + 1),
                    merged=merged.get((number, position + 1), ""),
                    comment=comments.get(reference, ""),
                    **_look(cell, beside.looks),
                )
            )
        grid.append((number, tuple(cells)))
    return Grid(
        source=source,
        title=worksheet.title,
        rows=tuple(grid),
        merged=tuple(look_at.merged),
        hidden=worksheet.sheet_state != "visible",
    )


def _formula(cell: Any, formula: str) -> str:  # noqa: ANN401 - as above
    """A formula whose stored result is an empty text is a blank, not a missing result."""
    return "" if cell.value is None and cell.data_type == "str" else formula


def _look(cell: Any, looks: dict[int, Look]) -> dict[str, Any]:  # noqa: ANN401 - as above
    style = getattr(cell, "_style_id", None)  # an empty cell has none
    if style is None:
        return {}
    if style not in looks:
        fill = cell.fill
        colour = getattr(fill.start_color, "rgb", "") if fill.fill_type == "solid" else ""
        looks[style] = Look(
            number_format=cell.number_format,
            struck=bool(cell.font.strike),
            fill=colour[-6:] if isinstance(colour, str) else "theme",
        )
    look = looks[style]
    return {
        "number_format": "" if cell.value is None else look.number_format,
        "struck": look.struck,
        "fill": look.fill,
    }
