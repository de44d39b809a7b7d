"""The effect sizes of a report as an .xlsx workbook whose bytes depend on nothing but its cells."""

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import datetime

from openpyxl import Workbook
from openpyxl.styles import Font

from metak2.report.effect_table import EffectTable

EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 - an xlsx date has no time zone
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:)")


def workbook_bytes(tables: Mapping[str, EffectTable]) -> bytes:
    """One sheet per table. Text is stored as text, so that a name such as =1+1 is shown and never computed."""
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = "metak2"
    for name, table in tables.items():
        sheet = book.create_sheet(_sheet_name(name, book.sheetnames))
        sheet.append(table.columns)
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        for at, row in enumerate(table.rows, start=2):
            for column, value in enumerate(row, start=1):
                cell = sheet.cell(row=at, column=column, value=value)
                if isinstance(value, str):
                    cell.data_type = "s"
                    cell.quotePrefix = True
        sheet.freeze_panes = "B2"
        sheet.column_dimensions["A"].width = 32
    saved = io.BytesIO()
    book.save(saved)
    return _without_time(saved.getvalue())


def _sheet_name(name: str, taken: list[str]) -> str:
    """At most 31 characters, none that Excel forbids, different from the others."""
    short = re.sub(r"[\[\]:*?/\\]", " ", name)[:28]
    return short if short not in taken else f"{short} {len(taken)}"


def _without_time(content: bytes) -> bytes:
    """The same zip with fixed dates, sorted names and a fixed creator system."""
    out = io.BytesIO()
    stamp = EPOCH.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            part = old.read(name)
            if name == "docProps/core.xml":
                part = _STAMP.sub(rb"\g<1>" + stamp + rb"\g<3>", part)
            info = zipfile.ZipInfo(name, date_time=_ZIP_DATE)
            info.create_system = 3
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, part)
    return out.getvalue()
