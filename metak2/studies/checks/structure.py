"""MK-S: what is asked of a sheet, and rows that stand twice."""

from collections.abc import Mapping, Sequence

from metak2.errors import CellProblem, did_you_mean
from metak2.studies.checks.files import listed
from metak2.studies.rows import within


def column_twice(cell: str, column: str, first: str) -> CellProblem:
    """MK-S01: two columns have one name."""
    return CellProblem(
        code="MK-S01",
        severity="error",
        message=f"this name was already used in {within(first)}",
        cell=cell,
        column=column,
        raw=column,
        suggestion="give each column a name of its own",
    )


def row_twice(cell: str, names: Sequence[str], first: str) -> CellProblem:
    """MK-S02: the same study, outcome, time and arm is given twice."""
    quoted = ", ".join(f"'{name}'" for name in names)
    verb = "was" if len(names) == 1 else "were"
    return CellProblem(
        code="MK-S02",
        severity="error",
        message=f"{quoted} {verb} already used in {within(first)}",
        cell=cell,
        column="study",
        raw=names[0],
        suggestion="delete one of the rows, or say in a column what tells them apart",
    )


def label_twice(cell: str, label: str, first: str, apart: Sequence[str]) -> CellProblem:
    """MK-S03: two rows of the table would have the same label, so their results would look like two studies."""
    ways = " or ".join(f'label = ["study", "{column}"]' for column in apart[:1])
    return CellProblem(
        code="MK-S03",
        severity="error",
        message=f"'{label}' is also the label of {within(first)}",
        cell=cell,
        column="study",
        raw=label,
        suggestion=f"they differ in {', '.join(apart)}: choose one (at, where), or {ways}" if apart else "choose one",
    )


def patients_shared(cell: str, study: str, rows: int, others: int) -> CellProblem:
    """MK-S18: rows of the table are results of the same patients, of one study or of several."""
    stand = "study stands" if others == 1 else "studies stand"
    more = f", and {others} other {stand} in several rows" if others else ""
    return CellProblem(
        code="MK-S18",
        severity="warning",
        message=f"{rows} rows are results of the patients of '{study}'{more}: they are not independent",
        cell=cell,
        column="study",
        raw=study,
        suggestion="choose one of them (at, where), combine them with aggregate(), or model them with robust()",
    )


def not_in_studies(cell: str, study: str, known: Sequence[str]) -> CellProblem:
    """MK-S04: a study with results has no row in the sheet `studies`."""
    return CellProblem(
        code="MK-S04",
        severity="error",
        message=f"'{study}' has no row in the sheet studies{did_you_mean(study, known)}",
        cell=cell,
        column="study",
        raw=study,
    )


def unknown_value(sheet: str, column: str, value: str, present: Sequence[str]) -> CellProblem:
    """MK-S05: what was asked for does not stand in the column."""
    return CellProblem(
        code="MK-S05",
        severity="error",
        message=f"no '{value}'{did_you_mean(value, present)}",
        cell=sheet,
        column=column,
        raw=value,
        suggestion=f"there is: {listed(present)}",
    )


def several_sheets(asked: str, sheets: Sequence[str]) -> CellProblem:
    """MK-S06: more than one sheet holds what was asked for."""
    what = f"'{asked}' stands in" if asked else "results stand in"
    return CellProblem(
        code="MK-S06",
        severity="error",
        message=f"{what} {len(sheets)} sheets: {listed(sheets)}",
        column="outcome" if asked else "",
        raw=asked,
        suggestion=f'say which: sheet="{sheets[0]}"',
    )


def several_outcomes(outcomes: Mapping[str, Sequence[str]]) -> CellProblem:
    """MK-S07: no outcome was named, and there are several."""
    stand = "; ".join(f"{sheet}: {listed(names)}" for sheet, names in outcomes.items())
    return CellProblem(
        code="MK-S07",
        severity="error",
        message="several outcomes, and none was asked for",
        column="outcome",
        suggestion=f"say outcome=; there is: {stand}",
    )


def blank_study(cell: str, sheet: str) -> CellProblem:
    """MK-S08: a row has content but no study."""
    return CellProblem(
        code="MK-S08",
        severity="error",
        message="a row with content has no study",
        cell=cell or sheet,
        column="study",
        suggestion="repeat the study's name in each of its rows",
    )


def study_twice(cell: str, study: str, first: str) -> CellProblem:
    """MK-S09: the sheet `studies` describes one study twice."""
    return CellProblem(
        code="MK-S09",
        severity="error",
        message=f"'{study}' was already described in {within(first)}",
        cell=cell,
        column="study",
        raw=study,
        suggestion="one row per study",
    )


def unknown_column(sheet: str, asked: str, column: str, columns: Sequence[str]) -> CellProblem:
    """MK-S10: `where` or `label` names a column that is not there."""
    return CellProblem(
        code="MK-S10",
        severity="error",
        message=f"{asked} names a column that is not there{did_you_mean(column, columns)}",
        cell=sheet,
        column=column,
        suggestion=f"there is: {listed(columns)}",
    )


def misaligned_row(cell: str, raw: str, columns: int) -> CellProblem:
    """MK-S11: a line of a CSV file has more cells than the header has names."""
    return CellProblem(
        code="MK-S11",
        severity="error",
        message=f"'{raw.strip()}' stands beyond the {columns} columns of the header",
        cell=cell,
        raw=raw,
        suggestion="put text that holds a comma into quotation marks",
    )
