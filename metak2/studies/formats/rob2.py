"""The RoB 2 Excel tool (riskofbias.info): its sheet "Results" with one row per assessment.

The assessor's judgement of a domain stands in "1.0 Assessor's Judgement", the algorithm's in "1.0 Algorithm result";
the assessor's is taken, the algorithm's where the assessor left it blank.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from metak2.studies.formats.risk_of_bias import sheet_of_judgements
from metak2.studies.sheet import CellValue, Sheet
from metak2.studies.wording import plain_words

_JUDGED = re.compile(r"([1-5]) 0 (assessor s judgement|algorithm result)")
OVERALL = {"assessor s overall judgement": "assessor", "algorithm s overall judgement": "algorithm"}
NAMES = {"study id": "study", "outcome": "outcome", "assessor": "assessor", "assessor name": "assessor"}


def is_rob2_tool(sheet: Sheet) -> bool:
    """Whether the sheet has the columns of the tool's results."""
    meant = {meaning for meaning in map(_meaning, sheet.columns) if meaning}
    return len({name for name, _ in meant if name.startswith("D")}) == 5 and ("overall", "assessor") in meant


def from_rob2_tool(sheet: Sheet) -> Sheet:
    """The tool's results as the sheet `risk_of_bias`."""
    by_meaning: dict[tuple[str, str], str] = {}
    for column in sheet.columns:
        meaning = _meaning(column)
        if meaning is not None:
            by_meaning.setdefault(meaning, column)
    if ("study", "") not in by_meaning:
        unique = next((column for column in sheet.columns if plain_words(column) == "unique id"), sheet.columns[0])
        by_meaning["study", ""] = unique
    names = list(dict.fromkeys(name for name, _ in by_meaning))
    lines = [
        {**{name: _chosen(row, name, by_meaning) for name in names}, "tool": _tool(row, by_meaning["study", ""])}
        for row in sheet.rows
    ]
    header = {name: sheet.header[_column(name, by_meaning)] for name in names}
    header["tool"] = CellValue(value="tool", address="", raw="tool")
    found = sheet_of_judgements(sheet.source, sheet.title or sheet.name, lines, header)
    return replace(found, problems=(*sheet.problems, *found.problems), hidden=sheet.hidden)


def _meaning(column: str) -> tuple[str, str] | None:
    """Column of `risk_of_bias` and who judged, None for the many other columns of the tool."""
    words = plain_words(column)
    domain = _JUDGED.fullmatch(words)
    if domain:
        return f"D{domain[1]}", domain[2].partition(" ")[0]
    if words in OVERALL:
        return "overall", OVERALL[words]
    return (NAMES[words], "") if words in NAMES else None


def _column(name: str, by_meaning: Mapping[tuple[str, str], str]) -> str:
    return next(by_meaning[name, who] for who in ("assessor", "algorithm", "") if (name, who) in by_meaning)


def _chosen(row: Mapping[str, CellValue], name: str, by_meaning: Mapping[tuple[str, str], str]) -> CellValue:
    found = [row[by_meaning[name, who]] for who in ("assessor", "algorithm", "") if by_meaning.get((name, who)) in row]
    return next((cell for cell in found if not cell.is_blank), found[0] if found else CellValue(value=None, address=""))


def _tool(row: Mapping[str, CellValue], study: str) -> CellValue:
    address = row[study].address if study in row else ""
    return CellValue(value="RoB 2", address=address, raw="RoB 2", rule="the file is the RoB 2 tool")
