"""MK-H: what a spreadsheet shows, hides or marks without words."""

from metak2.errors import CellProblem


def hidden_row(cell: str, who: str, raw: str) -> CellProblem:
    """MK-H01: a hidden row, which would be pooled unseen."""
    return _hidden("MK-H01", cell, raw, f"row {_row(cell)} ({who}) is hidden")


def hidden_column(cell: str, column: str) -> CellProblem:
    """MK-H02: a hidden column with results."""
    return CellProblem(
        code="MK-H02",
        severity="error",
        message=f"the column '{column}' is hidden, and its values are read",
        cell=cell,
        column=column,
        raw=column,
        suggestion="unhide it; or answer: accept it, or exclude the column",
    )


def hidden_sheet(sheet: str, *, holds_results: bool) -> CellProblem:
    """MK-H03: a hidden sheet; an error where it holds results."""
    return CellProblem(
        code="MK-H03",
        severity="error" if holds_results else "note",
        message="this sheet is hidden" + (", and it holds results" if holds_results else ""),
        cell=sheet,
        raw=sheet,
        suggestion="unhide it, or answer: accept or exclude",
    )


def filtered_row(cell: str, who: str, raw: str) -> CellProblem:
    """MK-H04: a row that a filter hides, which would be pooled unseen."""
    return _hidden("MK-H04", cell, raw, f"row {_row(cell)} ({who}) is hidden by a filter")


def struck_through(cell: str, column: str, raw: str) -> CellProblem:
    """MK-H05: content that is struck through, which no reader of values sees."""
    return CellProblem(
        code="MK-H05",
        severity="error",
        message=f"'{raw}' is struck through, and would still be used",
        cell=cell,
        column=column,
        raw=raw,
        suggestion="delete it, or answer: accept it, or exclude its row",
    )


def merged_cell(cell: str, column: str, merged: str) -> CellProblem:
    """MK-H06: a blank cell inside merged cells: only the first of them holds the value."""
    return CellProblem(
        code="MK-H06",
        severity="error",
        message=f"lies in the merged cells {merged}, and only the first of them holds a value",
        cell=cell,
        column=column,
        suggestion="unmerge them and repeat the value in each row; or answer: correct with the value",
    )


def coloured_cell(cell: str, colour: str, cells: int) -> CellProblem:
    """MK-H07: cells filled with a colour: what it stands for is not read."""
    many = f"{cells} cells are" if cells > 1 else "one cell is"
    return CellProblem(
        code="MK-H07",
        severity="note",
        message=f"{many} filled with the colour {colour}; what it stands for is not read",
        cell=cell,
        raw=colour,
        suggestion="say it in a column",
    )


def _hidden(code: str, cell: str, raw: str, message: str) -> CellProblem:
    return CellProblem(
        code=code,
        severity="error",
        message=message,
        cell=cell,
        raw=raw,
        suggestion="unhide it; or answer: accept it (it is pooled), or exclude it",
    )


def _row(cell: str) -> str:
    return "".join(letter for letter in cell.rpartition("!")[2] if letter.isdigit())
