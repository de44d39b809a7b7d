"""A workbook that calculates: effect sizes, weights and the pooled effect as formulas a sceptic can follow and change.

Each formula cell also stores metak2's own result, so that a program that does not calculate shows the same number.
"""

import io
import math
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from metak2.effects.sizes import EffectSizes
from metak2.kernels.contract import FloatArray
from metak2.models.pooled import Pooled
from metak2.report.blocks import one_line
from metak2.report.formulas import AFFECTED, CELLS, formulas_of
from metak2.report.live_pooled import POOLED, STUDIES, Line, pooled_lines
from metak2.report.zip_container import timeless
from metak2.studies.saved_workbook import saved_bytes

_TOKEN = re.compile(r"\b[a-z][a-z_0-9]*\b")
_FORMULA = re.compile(rb'(<c r="([A-Z]+[0-9]+)"[^>]*>)(<f>.*?</f>)<v ?/?>(?:</v>)?</c>', re.DOTALL)
_SHEETS = {"xl/worksheets/sheet1.xml": STUDIES, "xl/worksheets/sheet2.xml": POOLED}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Column:
    """A column of the sheet of studies: its name in formulas, its heading, values, and the formula where it has one.

    A study whose value is NaN has an empty cell. `only` restricts the formula to some rows; others hold the value.
    """

    key: str
    heading: str
    values: FloatArray
    formula: str = ""
    only: NDArray[np.bool] | None = None


def live_workbook(pooled: Pooled) -> bytes:
    """The workbook: sheet `trials` with a row per study, sheet `pooled` with the answer, its bytes ever the same."""
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = "metak2"
    columns = _columns(pooled)
    stored = {STUDIES: _write_studies(book.create_sheet(STUDIES), pooled, columns)}
    letters = {column.key: get_column_letter(at) for at, column in enumerate(columns, start=2)}
    lines = pooled_lines(pooled, letters, last=len(pooled.study) + 1)
    stored[POOLED] = _write_pooled(book.create_sheet(POOLED), lines)
    return timeless(_with_results(saved_bytes(book), stored))


def _columns(pooled: Pooled) -> list[_Column]:
    effects = pooled.effects
    formulas = formulas_of(effects)
    data = _counted(effects) if formulas is not None else _ready_made(effects)
    if formulas is not None and effects.kind != "counts":
        data = [_Column(key=name, heading=name, values=effects.data[name]) for name in _data_names(effects)]
    yi, vi = (formulas.yi, formulas.vi) if formulas is not None else (_yi_of(effects), "se^2")
    known = np.isfinite(effects.yi) & np.isfinite(effects.vi)
    used = np.array([not why for why in effects.excluded])
    tau2 = pooled.tau2 or 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        weight, common = np.where(used, 1 / (effects.vi + tau2), 0.0), np.where(used, 1 / effects.vi, 0.0)
    scale = effects.measure.scale.name
    return [
        *data,
        _Column(key="yi", heading=f"yi, calculated ({scale} scale)", values=effects.yi, formula=yi, only=known),
        _Column(key="vi", heading="vi, calculated", values=effects.vi, formula=vi, only=known),
        _Column(key="used", heading="pooled (1 or 0)", values=used.astype(np.float64)),
        _Column(key="common", heading="weight, common effect", values=common, formula="IF(used=1,1/vi,0)", only=known),
        _Column(
            key="weight", heading="weight", values=weight, formula=f"IF(used=1,1/(vi+{POOLED}!$B$2),0)", only=known
        ),
    ]


def _counted(effects: EffectSizes) -> list[_Column]:
    """Counts with the four cells that enter the formula, corrected where one is empty."""
    if effects.kind != "counts" or effects.zero_cells is None:
        return []
    data = {name: effects.data[name] for name in ("event_e", "n_e", "event_c", "n_c")}
    ai, ci = data["event_e"], data["event_c"]
    raw = (ai, data["n_e"] - ai, ci, data["n_c"] - ci)
    corrects = effects.zero_cells.name == "affected" and not effects.measure.keeps_zeros
    cells = effects.zero_cells.correct(*raw) if corrects else raw
    added = cells[0] - ai
    corrected = zip(CELLS.items(), ("a", "b", "c", "d"), cells, strict=True)
    return [
        *(_Column(key=name, heading=name, values=values) for name, values in data.items()),
        _Column(key="added", heading="added to each cell", values=added, formula=AFFECTED if corrects else ""),
        *(
            _Column(key=key, heading=f"{letter}, used", values=values, formula=formula)
            for (key, formula), letter, values in corrected
        ),
    ]


def _data_names(effects: EffectSizes) -> list[str]:
    formulas = formulas_of(effects)
    return [name for name in effects.data if formulas is not None and name in {*formulas.needs, "n_e", "n_c"}]


def _ready_made(effects: EffectSizes) -> list[_Column]:
    """Effects as they were reported, with the standard error from the limits where it came from there."""
    from_limits = [
        any(step.rule == "SE from CI" for step in origin.conversions) and "ci_low" in origin.cells
        for origin in effects.origins
    ] or [False] * len(effects)
    columns = [_Column(key="estimate", heading="estimate", values=effects.measure.back(effects.yi))]
    if any(from_limits) and effects.measure.scale.name in {"log", "identity"}:
        for name in ("ci_low", "ci_high", "level"):
            values = np.array(effects.moderators.get(name, np.full(len(effects), np.nan)), dtype=np.float64)
            values = (
                np.where(np.isnan(values), 0.95, np.where(values > 1, values / 100, values))
                if name == "level"
                else values
            )
            columns.append(_Column(key=name, heading=name, values=values))
        low, high = ("LN(ci_low)", "LN(ci_high)") if effects.measure.log else ("ci_low", "ci_high")
        formula = f"({high}-{low})/(2*NORMSINV((1+level)/2))"
        return [
            *columns,
            _Column(key="se", heading="se", values=np.sqrt(effects.vi), formula=formula, only=np.array(from_limits)),
        ]
    return [*columns, _Column(key="se", heading="se", values=np.sqrt(effects.vi))]


def _yi_of(effects: EffectSizes) -> str:
    return {"log": "LN(estimate)", "identity": "estimate"}.get(effects.measure.scale.name, "")


def _write_studies(sheet: Worksheet, pooled: Pooled, columns: Sequence[_Column]) -> dict[str, float]:
    """Write the rows; the results of the formula cells by address."""
    letters = {column.key: get_column_letter(at) for at, column in enumerate(columns, start=2)}
    remarks = pooled.effects.excluded
    headings = ["study", *(column.heading for column in columns), *(["not pooled because"] if any(remarks) else [])]
    sheet.append(headings)
    stored: dict[str, float] = {}
    for row, study in enumerate(pooled.study, start=2):
        _text(sheet, f"A{row}", study)
        for column in columns:
            _number(sheet, f"{letters[column.key]}{row}", column, row, letters, stored)
        if any(remarks):
            _text(sheet, f"{get_column_letter(len(headings))}{row}", remarks[row - 2])
    _look(sheet)
    return stored


def _number(
    sheet: Worksheet, at: str, column: _Column, row: int, letters: Mapping[str, str], stored: dict[str, float]
) -> None:
    value = float(column.values[row - 2])
    if not math.isfinite(value):
        return
    if column.formula and (column.only is None or column.only[row - 2]):
        sheet[at] = "=" + _TOKEN.sub(_reference(letters, row), column.formula)
        stored[at] = value
    else:
        sheet[at] = value


def _reference(letters: Mapping[str, str], row: int) -> Callable[[re.Match[str]], str]:
    return lambda name: f"{letters[name[0]]}{row}" if name[0] in letters else name[0]


def _write_pooled(sheet: Worksheet, lines: Sequence[Line]) -> dict[str, float]:
    sheet.append(["what", "value", "metak2", "how"])
    stored: dict[str, float] = {}
    for row, line in enumerate(lines, start=2):
        _text(sheet, f"A{row}", line.what)
        if math.isfinite(line.value):
            sheet[f"B{row}"] = f"={line.formula}" if line.formula else line.value
            sheet[f"C{row}"] = line.value
            if line.formula:
                stored[f"B{row}"] = line.value
        _text(sheet, f"D{row}", line.how)
    _look(sheet)
    return stored


def _text(sheet: Worksheet, at: str, text: str) -> None:
    """Text that stays text, whatever it begins with."""
    cell = sheet[at]
    cell.value = one_line(text) or None
    if cell.value is not None:
        cell.data_type = "s"
        cell.quotePrefix = True


def _look(sheet: Worksheet) -> None:
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "B2"
    sheet.column_dimensions["A"].width = 32


def _with_results(content: bytes, stored: Mapping[str, Mapping[str, float]]) -> bytes:
    """The same workbook with the result of each formula stored beside it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name in _SHEETS:
                part = _FORMULA.sub(partial(_result, stored[_SHEETS[name]]), part)
            new.writestr(name, part)
    return out.getvalue()


def _result(results: Mapping[str, float], found: re.Match[bytes]) -> bytes:
    value = results[found[2].decode()]
    return found[1] + found[3] + f"<v>{value:.17g}</v></c>".encode()
