"""The third workbook: what two extractors wrote side by side, and an empty cell wherever somebody must decide."""

import math
import os
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from metak2.errors import CellProblem, StudyDataError
from metak2.studies.reconcile import Pair, Reconciliation
from metak2.studies.saved_workbook import saved_bytes
from metak2.studies.sheet import CellValue, text_of

_TO_DECIDE = PatternFill("solid", fgColor="FFF2CC")
_DECISIONS = ("sheet", "study", "row", "item", "cell A", "value A", "cell B", "value B", "decision", "reason")
Values = Sequence[str | float | None]


def write_reconciliation(found: Reconciliation, path: str | os.PathLike[str]) -> Path:
    """Write the workbook; StudyDataError where the path is taken, since it may hold decisions.

    `disagreements` lists what to decide, `agreement` per cent and κ by item, `only in one` the rows without a partner;
    then each sheet again, an item that differs anywhere as three columns: item [A], item [B] and the item itself,
    filled where both agree and empty where they do not. Filled in, the workbook reads like any other.
    """
    path = Path(path)
    if path.exists():
        problem = CellProblem(
            code="MK-R03",
            severity="error",
            message=f"{path.as_posix()} exists and may hold decisions; it is left as it is",
            suggestion="choose another name with --out, or move it away",
        )
        raise StudyDataError([problem], source=path.as_posix())
    book = Workbook()
    book.remove(book.worksheets[0])
    everything = [*found.pairs, *(pair for one in found.only for pair in one.pairs)]
    for sheet in dict.fromkeys(pair.sheet for pair in everything):
        _side_by_side(book.create_sheet(_title(sheet)), [pair for pair in everything if pair.sheet == sheet])
    _table(book.create_sheet("disagreements"), _DECISIONS, [_decision(pair) for pair in found.disagreements])
    _table(
        book.create_sheet("agreement"),
        ("sheet", "item", "rows", "agreement, per cent", "Cohen's kappa"),
        [(i.sheet, i.item, i.n, i.percent, None if math.isnan(i.kappa) else i.kappa) for i in found.items],
    )
    alone = [(one.pairs[0].sheet, one.pairs[0].study, one.pairs[0].row, one.cell, one.of) for one in found.only]
    _table(book.create_sheet("only in one"), ("sheet", "study", "row", "cell", "file"), alone)
    return _written(path, saved_bytes(book))


def _written(path: Path, content: bytes) -> Path:
    """The file whole or not at all."""
    incoming = path.with_name(f".{path.name}.{os.getpid()}.writing")
    try:
        incoming.write_bytes(content)
        incoming.replace(path)
    finally:
        incoming.unlink(missing_ok=True)
    return path


def _decision(pair: Pair) -> Values:
    first, second = pair.first, pair.second
    return (
        pair.sheet, pair.study, pair.row, pair.item,
        first.address if first else "", _value(first), second.address if second else "", _value(second), None, None,
    )  # fmt: skip


def _side_by_side(sheet: Worksheet, pairs: Sequence[Pair]) -> None:
    items = list(dict.fromkeys(pair.item for pair in pairs))
    differing = {pair.item for pair in pairs if not pair.agree}
    rows: dict[tuple[tuple[str, str], ...], dict[str, Pair]] = {}
    for pair in pairs:
        rows.setdefault(pair.identity, {})[pair.item] = pair
    header = list(dict(pairs[0].identity))
    for item in items:
        header += [f"{item} [A]", f"{item} [B]", item] if item in differing else [item]
    body: list[Values] = []
    for identity, found in rows.items():
        line: list[str | float | None] = [word for _, word in identity]
        for item in items:
            line += _cells(found.get(item), differing=item in differing)
        body.append(line)
    _table(sheet, header, body)
    for number, found in enumerate(rows.values(), start=2):
        for at, name in enumerate(header, start=1):
            if name in differing and name in found and not found[name].agree:
                sheet.cell(row=number, column=at).fill = _TO_DECIDE


def _cells(pair: Pair | None, *, differing: bool) -> list[str | float | None]:
    if pair is None:
        return [None] * (3 if differing else 1)
    both = (_value(pair.first), _value(pair.second))
    agreed = next((value for value in both if isinstance(value, (int, float))), both[0]) if pair.agree else None
    return [*both, agreed] if differing else [agreed]


def _value(cell: CellValue | None) -> str | float | None:
    if cell is None or cell.is_blank:
        return None
    if isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool):
        return cell.value
    return text_of(cell)


def _table(sheet: Worksheet, header: Sequence[str], rows: Sequence[Values]) -> None:
    """The rows under a bold header; text stays text, whatever it begins with."""
    sheet.append(list(header))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for number, row in enumerate(rows, start=2):
        for at, value in enumerate(row, start=1):
            if value is None or value == "":
                continue
            cell = sheet.cell(row=number, column=at, value=value)
            if isinstance(value, str):
                cell.data_type = "s"
                cell.quotePrefix = True
    sheet.freeze_panes = "B2"
    sheet.column_dimensions["A"].width = 28


def _title(name: str) -> str:
    return name[:31] or "trials"
