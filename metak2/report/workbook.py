"""The tables of a report as an .xlsx workbook whose bytes depend on nothing but its cells."""

import re
from collections.abc import Mapping, Sequence
from itertools import count
from math import ceil
from typing import cast

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from metak2.report.blocks import Column, Document, Table, one_line
from metak2.report.effect_table import EffectTable
from metak2.report.zip_container import timeless
from metak2.studies.saved_workbook import saved_bytes

CONTENTS = "Contents"
_PLAIN_NUMBER = re.compile(r"(−?)(0|[1-9]\d*)(?:\.(\d+))?")
_EXACT_DIGITS = 15  # what a spreadsheet keeps
_FONT = "Calibri"
_BOLD = Font(name=_FONT, size=11, bold=True)
_RULE = Border(bottom=Side(style="thin", color="1D2329"))
_NARROWEST, _WIDEST = 8, 60  # characters
_LINE = 15.0  # points
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


def workbook_bytes(tables: Mapping[str, EffectTable]) -> bytes:
    """The effect sizes at full precision, one sheet per table.

    Text is stored as text, so that a name such as =1+1 is shown and never computed.
    """
    book = _empty_book()
    _add_effect_sizes(book, tables)
    return _saved(book)


def report_workbook(document: Document, effects: Mapping[str, EffectTable]) -> bytes:
    """All tables of a report as printed, one sheet each, behind a sheet of contents; then the effect sizes in full.

    A cell of a right-aligned column that prints as a plain number is a number, in the format that prints it the same.
    """
    tables = [block for block in document.blocks if isinstance(block, Table)]
    book = _empty_book()
    book.properties.title = one_line(document.title)
    contents = book.create_sheet(CONTENTS)
    for table in tables:
        _add_table(book, table)
    _add_effect_sizes(book, {f"{name} studies": table for name, table in effects.items()})
    told = [*(one_line(table.caption) for table in tables), *(f"Effect sizes: {name}, all digits" for name in effects)]
    _fill_contents(contents, document, dict(zip(book.sheetnames[1:], told, strict=True)))
    return _saved(book)


def _empty_book() -> Workbook:
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = "metak2"
    return book


def _add_effect_sizes(book: Workbook, tables: Mapping[str, EffectTable]) -> None:
    for name, table in tables.items():
        sheet = book.create_sheet(_sheet_name(name, book.sheetnames))
        for at, title in enumerate(table.columns, start=1):
            _put_text(_cell(sheet, 1, at), title, font=_BOLD)
        for at, row in enumerate(table.rows, start=2):
            for column, value in enumerate(row, start=1):
                cell = _cell(sheet, at, column)
                if isinstance(value, str):
                    _put_text(cell, value)
                else:
                    cell.value = value
        sheet.freeze_panes = "B2"
        sheet.column_dimensions["A"].width = 32


def _add_table(book: Workbook, table: Table) -> None:
    """Caption, an empty row, the head, the rows, an empty row, the notes."""
    sheet = book.create_sheet(_sheet_name(table.caption, book.sheetnames))
    _put_text(_cell(sheet, 1, 1), one_line(table.caption), font=_BOLD)
    for at, column in enumerate(table.columns, start=1):
        head = _cell(sheet, 3, at)
        _put_text(head, one_line(column.title), font=_BOLD)
        head.border = _RULE
        head.alignment = Alignment(horizontal=column.align, vertical="bottom", wrap_text=True)
    for number, row in enumerate(table.rows, start=4):
        for at, (column, text) in enumerate(zip(table.columns, row, strict=True), start=1):
            _put_printed(_cell(sheet, number, at), one_line(text), column)
    _add_notes(sheet, table, first=len(table.rows) + 5)
    sheet.freeze_panes = "B4"
    sheet.print_title_rows = "3:3"
    _set_for_print(sheet)


def _add_notes(sheet: Worksheet, table: Table, *, first: int) -> None:
    """Each note across the width of the table, in as many lines as it needs."""
    widths = []
    for at, column in enumerate(table.columns):
        longest = max(len(one_line(text)) for text in (column.title, *(row[at] for row in table.rows)))
        widths.append(min(max(longest + 3, _NARROWEST), _WIDEST))
        sheet.column_dimensions[get_column_letter(at + 1)].width = widths[-1]
    for number, note in enumerate(table.notes, start=first):
        cell = _cell(sheet, number, 1)
        _put_text(cell, one_line(note))
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        sheet.row_dimensions[number].height = _LINE * ceil(len(one_line(note)) / sum(widths))
        sheet.merge_cells(start_row=number, end_row=number, start_column=1, end_column=len(widths))


def _set_for_print(sheet: Worksheet) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def _fill_contents(sheet: Worksheet, document: Document, told: Mapping[str, str]) -> None:
    _put_text(_cell(sheet, 1, 1), one_line(document.title), font=Font(name=_FONT, size=14, bold=True))
    if document.data_date:
        _put_text(_cell(sheet, 2, 1), f"Data as of {one_line(document.data_date)}.")
    for row, (name, text) in enumerate(told.items(), start=4):
        cell = _cell(sheet, row, 1)
        _put_text(cell, text, font=Font(name=_FONT, size=11, underline="single", color="17436B"))
        quoted = name.replace("'", "''")
        cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{quoted}'!A1")
    for row, sentence in enumerate(document.provenance, start=len(told) + 5):
        _put_text(_cell(sheet, row, 1), one_line(sentence), font=Font(name=_FONT, size=11, color="56616B"))
    sheet.column_dimensions["A"].width = 140
    _set_for_print(sheet)


def _cell(sheet: Worksheet, row: int, column: int) -> Cell:
    return cast("Cell", sheet.cell(row=row, column=column))  # never inside a merged range


def _put_text(cell: Cell, text: str, *, font: Font | None = None) -> None:
    cell.value = text
    cell.data_type = "s"
    cell.quotePrefix = True
    if font is not None:
        cell.font = font


def _put_printed(cell: Cell, text: str, column: Column) -> None:
    number = _PLAIN_NUMBER.fullmatch(text) if column.align == "right" else None
    if number is None or len(text) > _EXACT_DIGITS:
        _put_text(cell, text)
    else:
        decimals = number[3] or ""
        cell.value = float(text.replace("−", "-")) if decimals else int(text.replace("−", "-"))
        shown = f"0.{'0' * len(decimals)}" if decimals else "0"
        cell.number_format = f'{shown};"−"{shown}'
    cell.alignment = Alignment(horizontal=column.align, vertical="top", wrap_text=True)


def _sheet_name(name: str, taken: Sequence[str]) -> str:
    """At most 31 characters, none that Excel forbids, different from the others whatever their case."""
    short = _FORBIDDEN.sub(" ", one_line(name)).strip("' ")[:27].rstrip("' ") or "Table"
    used = {other.casefold() for other in taken}
    candidates = (short if number == 1 else f"{short} {number}" for number in count(1))
    return next(candidate for candidate in candidates if candidate.casefold() not in used)


def _saved(book: Workbook) -> bytes:
    return timeless(saved_bytes(book))
