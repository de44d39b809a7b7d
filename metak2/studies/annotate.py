"""A copy of a workbook with a comment on each cell that has a problem; the workbook itself is never written."""

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from metak2.errors import CellProblem, MetaError
from metak2.studies.saved_workbook import saved_bytes

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook

AUTHOR = "metak2 check"
MOST_SIGNS = 30_000  # Excel shows at most 32,767 in a comment


class AnnotationError(MetaError):
    """The checked copy cannot be written; nothing was changed."""


def checked_path(path: str | os.PathLike[str]) -> Path:
    """Where the copy goes: `trials.checked.xlsx` beside `trials.xlsx`."""
    return Path(path).with_suffix(".checked.xlsx")


def annotate(path: str | os.PathLike[str], problems: Sequence[CellProblem]) -> Path:
    """Write the copy whole or not at all, and say where it is. Macros are left out; comments that were there stay.

    AnnotationError where the file is no Excel workbook, or the copy cannot be written.
    """
    source = Path(path)
    if source.suffix.lower() not in {".xlsx", ".xlsm"}:
        raise AnnotationError(f"{source.as_posix()}: only Excel workbooks can carry comments; use --format html")
    from openpyxl import load_workbook  # noqa: PLC0415 - heavy, and only a copy with comments needs it

    target = checked_path(source)
    written = target.with_name(f".{target.name}.{os.getpid()}.writing")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of extensions that the copy does without
            workbook = load_workbook(source)
            _comment(workbook, problems)
            written.write_bytes(saved_bytes(workbook))
        written.replace(target)
    except OSError as error:
        raise AnnotationError(f"cannot write {target.as_posix()}: {error.strerror or error}") from error
    finally:
        written.unlink(missing_ok=True)
    return target


def _comment(workbook: "Workbook", problems: Sequence[CellProblem]) -> None:
    from openpyxl.comments import Comment  # noqa: PLC0415 - as above

    names = {sheet.title.strip().casefold(): sheet for sheet in workbook.worksheets}
    lines: dict[tuple[str, str], list[str]] = {}
    for problem in problems:
        title, _, reference = problem.cell.rpartition("!") if "!" in problem.cell else (problem.cell, "", "A1")
        sheet = names.get(title.strip().casefold(), workbook.worksheets[0])
        way_out = f" → {problem.suggestion}" if problem.suggestion else ""
        what = f"{problem.severity} {problem.code}: {problem.message}{way_out}"
        lines.setdefault((sheet.title, reference), []).append(what)
    for (title, reference), texts in lines.items():
        cell = workbook[title][reference]
        if cell.__class__.__name__ == "MergedCell":
            cell = next(workbook[title][span.start_cell.coordinate] for span in workbook[title].merged_cells.ranges
                        if reference in span)  # fmt: skip
        before = [cell.comment.text] if cell.comment is not None else []
        comment = Comment("\n".join([*before, *texts])[:MOST_SIGNS], AUTHOR)
        comment.width, comment.height = 420, min(60 + 45 * len(texts), 400)
        cell.comment = comment
