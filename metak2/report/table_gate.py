"""Do two tables hold the same cells? Comma-separated files and workbooks, numbers to the tolerance of results.json."""

import csv
from collections.abc import Iterator
from io import BytesIO, StringIO
from posixpath import basename
from xml.etree.ElementTree import Element
from zipfile import BadZipFile, ZipFile

from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]  # it ships no types

from metak2.report.number_gate import number_differences
from metak2.report.provenance import VERSION_LINE

_CELLS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def csv_differences(committed: str, fresh: str) -> Iterator[str]:
    """One line per cell of a comma-separated file that differs, by line and column."""
    return number_differences(_csv_cells(committed), _csv_cells(fresh))


def workbook_differences(committed: bytes, fresh: bytes) -> Iterator[str]:
    """One line per cell of a workbook that differs, by sheet and address. ValueError where one is no workbook."""
    return number_differences(_workbook_cells(committed), _workbook_cells(fresh))


def _csv_cells(text: str) -> dict[str, object]:
    return {
        f"line {line}, column {column}": _value(cell)
        for line, row in enumerate(csv.reader(StringIO(text)), start=1)
        for column, cell in enumerate(row, start=1)
    }


def _workbook_cells(content: bytes) -> dict[str, object]:
    """What stands in each cell, and the formula where there is one; not the version, which may change alone."""
    try:
        with ZipFile(BytesIO(content)) as parts:
            names = parts.namelist()
            shared = _shared(parts.read("xl/sharedStrings.xml")) if "xl/sharedStrings.xml" in names else []
            sheets = {basename(name).removesuffix(".xml"): fromstring(parts.read(name)) for name in sorted(names)
                      if name.startswith("xl/worksheets/") and name.endswith(".xml")}  # fmt: skip
            named = fromstring(parts.read("xl/workbook.xml")).iter(f"{_CELLS}sheet")
            tabs = {f"tab {at}": str(tab.get("name")) for at, tab in enumerate(named, start=1)}
    except (BadZipFile, KeyError, SyntaxError) as error:
        raise ValueError(f"no workbook: {error}") from error
    cells = {f"{sheet}!{cell.get('r')}": _cell(cell, shared) for sheet, root in sheets.items()
             for cell in root.iter(f"{_CELLS}c")}  # fmt: skip
    return {**tabs, **{address: value for address, value in cells.items() if value is not None}}


def _shared(content: bytes) -> list[str]:
    return ["".join(item.itertext()) for item in fromstring(content).iter(f"{_CELLS}si")]


def _cell(cell: Element, shared: list[str]) -> object:
    value, formula, inline = (cell.find(f"{_CELLS}{tag}") for tag in ("v", "f", "is"))
    said: object = None
    if inline is not None:
        said = "".join(inline.itertext())
    elif value is not None and value.text is not None:
        said = shared[int(value.text)] if cell.get("t") == "s" else _value(value.text)
    if isinstance(said, str) and said.startswith(VERSION_LINE):
        return None
    return said if formula is None else {"formula": formula.text, "result": said}


def _value(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text
