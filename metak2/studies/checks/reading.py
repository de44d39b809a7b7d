"""MK-X, MK-L, MK-R: files that would do harm, how a layout was understood, and what an imported file says of itself."""

from collections.abc import Iterable, Sequence

from metak2.errors import CellProblem, did_you_mean
from metak2.studies.checks.files import listed


def path_outside(name: str) -> CellProblem:
    """MK-X01: an archive holds a path that leads out of it."""
    return CellProblem(
        code="MK-X01",
        severity="error",
        message=f"holds the path '{name}', which leads out of the archive",
        suggestion="export it again from the program it came from",
    )


def document_type(part: str) -> CellProblem:
    """MK-X02: XML with a document type, which no program of the field writes and attacks need."""
    where = f"{part} declares" if part else "declares"
    return CellProblem(
        code="MK-X02",
        severity="error",
        message=f"{where} a document type (DTD), and is not read",
        suggestion="export it again from the program it came from",
    )


def too_many_cells(sheet: str, what: str, limit: int) -> CellProblem:
    """MK-X03: a sheet has more rows or cells, empty formatted ones among them, than is safe to read."""
    return CellProblem(
        code="MK-X03",
        severity="error",
        message=f"has more than {limit:,} {what}, empty formatted ones among them",
        cell=sheet,
        suggestion="delete the empty rows and columns around the data, or copy the data into a new workbook",
    )


def too_many_columns(sheet: str, limit: int) -> CellProblem:
    """MK-X04: a sheet reaches further to the right than any extraction sheet does."""
    return CellProblem(
        code="MK-X04",
        severity="error",
        message=f"has cells beyond column {limit:,}",
        cell=sheet,
        suggestion="delete the columns to the right of the data, or copy the data into a new workbook",
    )


def archive_in_archive(name: str) -> CellProblem:
    """MK-X05: archives within archives, deeper than any export makes them, or too many files in one."""
    return CellProblem(
        code="MK-X05",
        severity="error",
        message=f"'{name}' is one archive too many inside this one",
        suggestion="unpack it and give the data package itself",
    )


def active_content(what: str) -> CellProblem:
    """MK-X06: macros or links to other files are in the workbook and are never followed."""
    return CellProblem(code="MK-X06", severity="note", message=f"holds {what}; they are ignored")


def column_understood(cell: str, found: str, column: str) -> CellProblem:
    """MK-L01: a column is worded otherwise than metak2's and is read as one of them."""
    return CellProblem(
        code="MK-L01",
        severity="note",
        message=f"'{found}' is read as {column}",
        cell=cell,
        column=column,
        raw=found,
        suggestion="`metak2 check --map` writes this into a file that you can change",
    )


def reviewers_left_out(cell: str, rows: int) -> CellProblem:
    """MK-L08: rows of single reviewers are left out beside the row of their consensus."""
    what = "one row of a single reviewer is" if rows == 1 else f"{rows} rows of single reviewers are"
    return CellProblem(
        code="MK-L08",
        severity="note",
        message=f"{what} left out: their studies have a row 'Consensus'",
        cell=cell,
        column="reviewer name",
    )


def header_found(cell: str, rows: Sequence[int]) -> CellProblem:
    """MK-L02: the column names do not stand in row 1."""
    where = f"row {rows[0]}" if len(rows) == 1 else f"rows {rows[0]} and {rows[-1]}"
    return CellProblem(code="MK-L02", severity="note", message=f"the column names are taken from {where}", cell=cell)


def text_file_read_as(encoding: str, delimiter: str, decimal: str) -> CellProblem:
    """MK-L03: a text file is not UTF-8 with commas and decimal points, and is read as what it is."""
    names = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}
    return CellProblem(
        code="MK-L03",
        severity="note",
        message=f"read as {encoding}, columns divided by {names.get(delimiter, delimiter)}, "
        f"decimal {names.get(decimal, 'point')}",
    )


def mapped_column_missing(sheet: str, column: str, columns: Sequence[str]) -> CellProblem:
    """MK-L04: the column mapping names a sheet or column that is not there any more."""
    return CellProblem(
        code="MK-L04",
        severity="error",
        message=f"the column mapping names '{column}', which is not there{did_you_mean(column, columns)}",
        cell=sheet,
        column=column,
        suggestion=f"there is: {listed(columns)}; change the mapping file, or delete it and run `metak2 check --map`",
    )


def mapping_unreadable(reason: str) -> CellProblem:
    """MK-L05: the column mapping file cannot be understood."""
    return CellProblem(
        code="MK-L05",
        severity="error",
        message=f"the column mapping cannot be read: {reason}",
        suggestion="change it, or delete it and run `metak2 check --map`",
    )


def footnote_left_out(cell: str, raw: str) -> CellProblem:
    """MK-L06: a line of text below the table is not a study."""
    return CellProblem(
        code="MK-L06", severity="note", message=f"a note below the table, not a study: '{raw}'", cell=cell, raw=raw
    )


def sheet_renamed(title: str, name: str) -> CellProblem:
    """MK-L07: a sheet's name has stray spaces or another spelling."""
    return CellProblem(
        code="MK-L07", severity="note", message=f"the sheet '{title}' is read as '{name}'", cell=name, raw=title
    )


def revman_disagrees(cell: str, quantity: str, stored: str, ours: str) -> CellProblem:
    """MK-R01: a number that RevMan stored does not follow from the data stored beside it."""
    return CellProblem(
        code="MK-R01",
        severity="warning",
        message=f"RevMan's {quantity} is {stored}, but the data beside it give {ours}",
        cell=cell,
        column=quantity,
        raw=stored,
        suggestion="were rows changed, or results not recalculated, after the last analysis?",
    )


def revman_not_stored(cell: str) -> CellProblem:
    """MK-R02: RevMan stored no results for an analysis, so there is nothing to compare."""
    return CellProblem(code="MK-R02", severity="note", message="holds no results to compare with", cell=cell)


def revman_not_recomputed(cell: str, why: str) -> CellProblem:
    """MK-R03: an analysis of RevMan's is of a kind that is not recomputed."""
    return CellProblem(code="MK-R03", severity="note", message=f"is not recomputed: {why}", cell=cell)


def not_this_format(what: str, reason: str) -> CellProblem:
    """MK-R04: a file is not the export that it looks like, or lacks a part that it must have."""
    return CellProblem(
        code="MK-R04",
        severity="error",
        message=f"is not {what}: {reason}",
        suggestion="export it again from the program it came from",
    )


def reference_unmatched(cell: str, title: str) -> CellProblem:
    """MK-R05: a reference belongs to no study of the sheet, or to more than one."""
    return CellProblem(
        code="MK-R05",
        severity="warning",
        message=f"the reference '{title}' matches no single study",
        cell=cell,
        raw=title,
        suggestion="put its DOI or PubMed number into the sheet studies",
    )


def flow_does_not_add_up(cell: str, stage: str, found: int, expected: int, why: str) -> CellProblem:
    """MK-R06: a count of the PRISMA flow does not follow from those above it."""
    return CellProblem(
        code="MK-R06",
        severity="warning",
        message=f"{stage} is {found}, but {why} is {expected}",
        cell=cell,
        column=stage,
        raw=str(found),
        suggestion="check the counts of the flow",
    )


def unknown_stage(cell: str, stage: str, stages: Iterable[str]) -> CellProblem:
    """MK-R10: a count of the PRISMA flow belongs to no box of the diagram."""
    return CellProblem(
        code="MK-R10",
        severity="warning",
        message=f"'{stage}' is no box of the PRISMA flow diagram{did_you_mean(stage, stages)}",
        cell=cell,
        column="stage",
        raw=stage,
        suggestion="the codebook lists the boxes under flow",
    )


def unknown_judgement(cell: str, column: str, raw: str) -> CellProblem:
    """MK-R07: a judgement of risk of bias is worded as none of the tool's."""
    return CellProblem(
        code="MK-R07",
        severity="error",
        message=f"'{raw}' is no judgement",
        cell=cell,
        column=column,
        raw=raw,
        suggestion="low, some concerns, moderate, serious, high, critical, unclear, no information, or blank",
    )


def several_tools(cell: str, tool: str, tools: Sequence[str]) -> CellProblem:
    """MK-R09: judgements of tools with other domains stand in one sheet and were asked for together."""
    return CellProblem(
        code="MK-R09",
        severity="error",
        message=f"'{tool}' has other domains than the other tools of this sheet",
        cell=cell,
        column="tool",
        raw=tool,
        suggestion="ask for one of them: " + ", ".join(f"tool='{name}'" for name in tools),
    )


def extra_needed(ending: str, extra: str) -> CellProblem:
    """MK-R08: a format needs a package that is not installed."""
    return CellProblem(
        code="MK-R08",
        severity="error",
        message=f"files ending in '{ending}' need an extra package",
        suggestion=f"pip install 'metak2[{extra}]'",
    )
