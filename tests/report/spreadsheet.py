"""A spreadsheet small enough to trust: it calculates the formulas of a workbook and believes no stored result."""

import math
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import numpy as np
import openpyxl
from scipy import special, stats

_REFERENCE = re.compile(r"(?:(\w+)!)?\$?([A-Z]{1,2})\$?(\d+)(?::\$?([A-Z]{1,2})\$?(\d+))?\b(?!\()")
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "IF": lambda test, yes, no: yes if test else no,
    "OR": lambda *tests: any(tests),
    "AND": lambda *tests: all(tests),
    "LN": math.log,
    "EXP": math.exp,
    "SQRT": math.sqrt,
    "MAX": max,
    "GAMMALN": special.gammaln,
    "NORMSINV": special.ndtri,
    "TINV": lambda both_tails, df: stats.t.isf(both_tails / 2, df),
    "SUM": np.sum,
    "SUMSQ": lambda values: np.sum(np.square(values)),
    "SUMPRODUCT": lambda first, second: np.sum(np.multiply(first, second)),
}


def calculated(content: bytes) -> dict[str, float]:
    """Sheet and address of every formula → its result, from the numbers that stand in the other cells."""
    book = openpyxl.load_workbook(BytesIO(content))
    known: dict[str, float] = {}

    def value(sheet: str, at: str) -> Any:  # noqa: ANN401 - what a cell holds
        cell = book[sheet][at]
        if cell.data_type != "f":
            return 0.0 if cell.value is None else cell.value
        name = f"{sheet}!{at}"
        if name not in known:
            known[name] = float(result(sheet, str(cell.value)[1:]))
        return known[name]

    def reference(own: str, found: re.Match[str]) -> str:
        sheet = found[1] or own
        if found[4] is None:
            return f"cell({sheet!r}, {found[2] + found[3]!r})"
        addresses = [f"{found[2]}{row}" for row in range(int(found[3]), int(found[5]) + 1)]
        return f"column({sheet!r}, {addresses!r})"

    def result(sheet: str, formula: str) -> Any:  # noqa: ANN401 - as above
        python = _REFERENCE.sub(lambda found: reference(sheet, found), formula).replace("^", "**")
        names = {**FUNCTIONS, "cell": value, "column": lambda s, column: np.array([value(s, at) for at in column])}
        return eval(re.sub(r"(?<![<>=])=(?!=)", "==", python), {"__builtins__": {}}, names)  # noqa: S307 - our own formulas

    for worksheet in book:
        for row in worksheet:
            for cell in row:
                value(worksheet.title, cell.coordinate)
    return known


def stored(content: bytes) -> dict[str, float]:
    """Sheet and address of every formula → the result that the workbook stores beside it."""
    formulas = openpyxl.load_workbook(BytesIO(content))
    results = openpyxl.load_workbook(BytesIO(content), data_only=True)
    return {
        f"{worksheet.title}!{cell.coordinate}": results[worksheet.title][cell.coordinate].value
        for worksheet in formulas
        for row in worksheet
        for cell in row
        if cell.data_type == "f"
    }
