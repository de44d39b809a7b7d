"""A new workbook to extract into: every sheet with its columns, a codebook, and two example rows."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from metak2.errors import UnknownOptionError
from metak2.studies.codebook import SHEETS
from metak2.studies.table import Kind

Values = Mapping[str, str | float]

EXAMPLE = "EXAMPLE: delete this row"
_STUDY: Values = {"study": "Example 2001", "outcome": "example outcome", "time": "12 months", "note": EXAMPLE}
_ARMS: tuple[Values, Values] = ({**_STUDY, "arm": "treatment"}, {**_STUDY, "arm": "placebo"})
_EFFECT: Values = {**_STUDY, "experimental": "treatment", "control": "placebo", "measure": "RR", "level": 95}
_MEANS: Values = {"statistic": "mean", "dispersion_type": "SD", "unit": "mm", "change_or_final": "final"}

EXAMPLES: Mapping[Kind, tuple[str, Sequence[Values]]] = {
    "counts": ("binary", ({**_ARMS[0], "events": 8, "total": 50}, {**_ARMS[1], "events": 16, "total": 52})),
    "means": (
        "continuous",
        (
            {**_ARMS[0], **_MEANS, "n": 50, "mean": 12.5, "dispersion": 3.1},
            {**_ARMS[1], **_MEANS, "n": 52, "mean": 14, "dispersion": 3.4},
        ),
    ),
    "effects": (
        "effects",
        (
            {**_EFFECT, "estimate": 0.52, "ci_low": 0.24, "ci_high": 1.11},
            {**_EFFECT, "study": "Example 2002", "estimate": 0.8, "ci_low": 0.5, "ci_high": 1.28},
        ),
    ),
    "percentages": (
        "percentages",
        (
            {**_ARMS[0], "n": 50, "percent": 16, "direction": "event"},
            {**_ARMS[1], "n": 52, "percent": 30.8, "direction": "event"},
        ),
    ),
    "rates": (
        "rates",
        ({**_ARMS[0], "events": 8, "person_time": 49.5}, {**_ARMS[1], "events": 16, "person_time": 47}),
    ),
}


def write_template(path: str | os.PathLike[str], *, measure_kind: Kind) -> None:
    """Write the workbook; its two example rows stand in the sheet for this kind of data and read without change.

    FileExistsError where the path is taken; UnknownOptionError for another kind.
    """
    if measure_kind not in EXAMPLES:
        raise UnknownOptionError("measure_kind", measure_kind, EXAMPLES)
    if Path(path).exists():
        raise FileExistsError(f"{Path(path).as_posix()} exists already")
    outcome_sheet, examples = EXAMPLES[measure_kind]
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, columns in SHEETS.items():
        _write(workbook.create_sheet(name), list(columns), _rows(name, outcome_sheet, examples))
    workbook.save(path)


def _rows(name: str, outcome_sheet: str, examples: Sequence[Values]) -> Sequence[Values]:
    if name == "codebook":
        return _codebook(outcome_sheet)
    if name == "studies":
        names = dict.fromkeys(example["study"] for example in examples)
        return [
            {"study": study, "randomised": "yes", "integrity_status": "not_checked", "note": EXAMPLE} for study in names
        ]
    return examples if name == outcome_sheet else []


def _codebook(outcome_sheet: str) -> list[Values]:
    rows: list[Values] = [
        {"sheet": sheet, "column": column, "meaning": said.meaning, "unit": said.unit, "allowed": said.allowed}
        for sheet, columns in SHEETS.items()
        for column, said in columns.items()
    ]
    outcome: Values = {"sheet": outcome_sheet, "column": "outcome", "value": _STUDY["outcome"], "meaning": EXAMPLE}
    return [*rows, {**outcome, "higher_is": "worse"}]


def _write(worksheet: Worksheet, columns: Sequence[str], rows: Sequence[Values]) -> None:
    worksheet.append(list(columns))
    for row in rows:
        worksheet.append([row.get(column) for column in columns])
    worksheet.freeze_panes = "B2"
    for position, column in enumerate(columns, start=1):
        cell = worksheet.cell(row=1, column=position)
        cell.font = Font(bold=True)
        cell.alignment = Alignment(wrap_text=False)
        worksheet.column_dimensions[get_column_letter(position)].width = max(10, len(column) + 3)
