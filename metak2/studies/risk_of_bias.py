"""Risk of bias as it was judged, study by study and domain by domain; what nobody judged is not assessed, never low."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from metak2.errors import CellProblem, StudyDataError
from metak2.studies.checks.files import missing_sheet
from metak2.studies.checks.reading import several_tools
from metak2.studies.formats.risk_of_bias import RISK_OF_BIAS, is_domain, judged
from metak2.studies.read import open_book
from metak2.studies.sheet import CellValue, Sheet, text_of

OVERALL = "overall"
Row = Mapping[str, CellValue]
ROB_2 = {
    "D1": "Randomisation process",
    "D2": "Deviations from the intended interventions",
    "D3": "Missing outcome data",
    "D4": "Measurement of the outcome",
    "D5": "Selection of the reported result",
}
ROBINS_I = {
    "D1": "Confounding",
    "D2": "Selection of participants",
    "D3": "Classification of interventions",
    "D4": "Deviations from the intended interventions",
    "D5": "Missing data",
    "D6": "Measurement of outcomes",
    "D7": "Selection of the reported result",
}
DOMAINS: Mapping[str, Mapping[str, str]] = {"RoB 2": ROB_2, "ROBINS-I": ROBINS_I}
"""What the domains of a tool are about: Sterne et al. 2019, BMJ 366:l4898; Sterne et al. 2016, BMJ 355:i4919."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judged:
    """One study's result with its judgements, a domain each in the order of `RiskOfBias.domains`; "" = not assessed."""

    study: str
    outcome: str
    judgements: tuple[str, ...]
    overall: str
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RiskOfBias:
    """The judgements of one tool. `titles` says what each domain is about, where the tool or the sheet says it."""

    source: str
    tool: str
    domains: tuple[str, ...]
    rows: tuple[Judged, ...]
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def assessed(self) -> int:
        """In how many rows anything was judged."""
        return sum(any((*row.judgements, row.overall)) for row in self.rows)


def read_risk_of_bias(path: str | os.PathLike[str], *, outcome: str = "", tool: str = "") -> RiskOfBias:
    """The judgements in the sheet `risk_of_bias` of a workbook, or in a table of the RoB 2 tool or robvis.

    `outcome` and `tool` select rows; left out, all rows are taken.

    Raises
    ------
    StudyDataError
        No such sheet, a wording that is no judgement, rows of several tools without a choice: all with their cells.
    """
    sheet = _sheet(path)
    chosen = [row for row in sheet.rows if _asked(row, outcome) and tool in {"", text_of(row.get("tool"))}]
    first = {text_of(row.get("tool")): row for row in reversed(chosen)}
    if len(first) > 1:
        names = [*dict.fromkeys(text_of(row.get("tool")) for row in chosen)]
        problems = [several_tools(first[name]["tool"].address, name, names) for name in names]
        raise StudyDataError(problems, source=sheet.source)
    return _judgements(sheet, chosen)


def judgements_by_tool(
    path: str | os.PathLike[str], *, outcome: str, studies: Collection[str]
) -> dict[str, RiskOfBias]:
    """The judgements of these studies for an outcome ("" for all), by tool in the order of the sheet."""
    sheet = _sheet(path)
    by_tool: dict[str, list[Row]] = {}
    for row in sheet.rows:
        if _asked(row, outcome) and text_of(row.get("study")) in studies:
            by_tool.setdefault(text_of(row.get("tool")), []).append(row)
    return {tool: _judgements(sheet, rows) for tool, rows in by_tool.items()} or {"": _judgements(sheet, [])}


def _sheet(path: str | os.PathLike[str]) -> Sheet:
    book = open_book(path)
    if RISK_OF_BIAS not in book.sheets:
        raise StudyDataError([missing_sheet(RISK_OF_BIAS, list(book.sheets))], source=book.source)
    return book.sheets[RISK_OF_BIAS]


def _judgements(sheet: Sheet, chosen: Sequence[Row]) -> RiskOfBias:
    """The rows of one tool: its own domains, and whatever else of the sheet's is filled."""
    tool = text_of(chosen[0].get("tool")) if chosen else ""
    problems: list[CellProblem] = []
    known = DOMAINS.get(tool, {})
    used = {name for row in chosen for name, cell in row.items() if is_domain(name) and not cell.is_blank}
    present = [name for name in sheet.columns if is_domain(name)]
    domains = tuple(dict.fromkeys([*known, *(name for name in present if name in used or not known)]))
    rows = tuple(_row(row, domains, problems) for row in chosen)
    if problems:
        raise StudyDataError(problems, source=sheet.source)
    return RiskOfBias(
        source=sheet.source,
        tool=tool,
        domains=domains,
        rows=rows,
        titles={name: known.get(name) or _heading(sheet, name) for name in domains},
    )


def _asked(row: Row, outcome: str) -> bool:
    return not outcome or text_of(row.get("outcome")) == outcome


def _heading(sheet: Sheet, name: str) -> str:
    """What the file itself calls the domain, "" where it says no more than D1."""
    called = text_of(sheet.header.get(name))
    return "" if called == name else called


def _row(row: Row, domains: tuple[str, ...], problems: list[CellProblem]) -> Judged:
    found, cells = [], []
    for name in (*domains, OVERALL):
        cell = row.get(name, CellValue(value=None, address=""))
        meant, problem = judged(cell, name)
        problems += [problem] if problem else []
        found.append("" if problem or meant.value is None else str(meant.value))
        cells.append(cell.address)
    return Judged(
        study=text_of(row.get("study")),
        outcome=text_of(row.get("outcome")),
        judgements=tuple(found[:-1]),
        overall=found[-1],
        cells=tuple(cells),
    )
