"""MK-F: the file, its sheets and its columns."""

from collections.abc import Iterable, Sequence

from metak2.errors import CellProblem, did_you_mean


def listed(names: Iterable[str]) -> str:
    """The names in quotes, at most twenty of them.

    >>> listed(["a", "b"])
    '"a", "b"'
    """
    every = [f'"{name}"' for name in names]
    return ", ".join(every[:20]) + (f" and {len(every) - 20} more" if len(every) > 20 else "") if every else "nothing"


def missing_file(path: str, neighbours: Sequence[str]) -> CellProblem:
    """MK-F01: there is no such file."""
    name = path.rsplit("/", 1)[-1]
    return CellProblem(code="MK-F01", severity="error", message=f"no file {path}{did_you_mean(name, neighbours)}")


def missing_sheet(name: str, sheets: Sequence[str]) -> CellProblem:
    """MK-F02: the file has no sheet of this name, or none with results."""
    message = f'no sheet "{name}"{did_you_mean(name, sheets)}' if name else "no sheet holds arms, contrasts or effects"
    return CellProblem(code="MK-F02", severity="error", message=message, suggestion=f"there is: {listed(sheets)}")


def missing_column(sheet: str, column: str, columns: Sequence[str]) -> CellProblem:
    """MK-F03: the sheet lacks a column that is needed."""
    message = f"this column is missing{did_you_mean(column, columns)}"
    return CellProblem(
        code="MK-F03",
        severity="error",
        message=message,
        cell=sheet,
        column=column,
        suggestion=f"there is: {listed(columns)}",
    )


def unreadable(reason: str) -> CellProblem:
    """MK-F04: the file is damaged, protected by a password, or not what its name says."""
    return CellProblem(
        code="MK-F04",
        severity="error",
        message=f"cannot be read: {reason}",
        suggestion="open it in a spreadsheet program and save it as .xlsx, without a password",
    )


def too_large(size: int, limit: int) -> CellProblem:
    """MK-F05: the file is, or would unpack to, more than is safe to read."""
    return CellProblem(
        code="MK-F05",
        severity="error",
        message=f"{size / 1e6:.0f} MB when unpacked, more than the {limit / 1e6:.0f} MB that are read",
        suggestion="copy the extraction sheets into a new workbook",
    )


def unknown_format(ending: str) -> CellProblem:
    """MK-F06: the file's ending is not one that is read."""
    return CellProblem(
        code="MK-F06",
        severity="error",
        message=f"files ending in '{ending}' are not read",
        suggestion="save it as .xlsx, .xlsm or .csv",
    )


def not_utf8(position: int) -> CellProblem:
    """MK-F07: a CSV file is not in UTF-8, so its accents would be read wrongly."""
    return CellProblem(
        code="MK-F07",
        severity="error",
        message=f"not in UTF-8 (byte {position + 1})",
        suggestion='save it as "CSV UTF-8"',
    )


def empty_sheet(sheet: str) -> CellProblem:
    """MK-F08: the sheet has no header in row 1, or no row below it."""
    return CellProblem(
        code="MK-F08",
        severity="error",
        message="the sheet is empty",
        cell=sheet,
        suggestion="column names in row 1, data from row 2",
    )


def unknown_layout(sheet: str, columns: Sequence[str]) -> CellProblem:
    """MK-F09: the columns are those of no layout."""
    return CellProblem(
        code="MK-F09",
        severity="error",
        message=f"no layout has these columns: {listed(columns)}",
        cell=sheet,
        suggestion="one row per arm: study, arm, events, total; one row per contrast: study, event_e, n_e, event_c, "
        "n_c or mean_e, sd_e, n_e, mean_c, sd_c, n_c; or study, estimate, se",
    )


def rows_cut_off(sheet: str, rows: int) -> CellProblem:
    """MK-F10: a sheet that is full to its last possible row, so that more may have been cut off."""
    return CellProblem(
        code="MK-F10",
        severity="warning",
        message=f"the sheet ends at row {rows}, the last that its format can hold: rows may have been cut off",
        cell=sheet,
        suggestion="compare the number of rows with where the data come from",
    )


def counts_from_1904() -> CellProblem:
    """MK-F11: the workbook counts its days from 1904, so dates copied into it from others move by four years."""
    return CellProblem(
        code="MK-F11",
        severity="warning",
        message="this workbook counts days from 1904: dates copied from or to other workbooks move by 1,462 days",
        suggestion="check the dates against their source",
    )
