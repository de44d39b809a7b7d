"""Tables of judgements as robvis takes them: study, a column for each domain, overall, weight (robvis, "Introduction").

Domains may be called D1 … D7 or be named; the tool is told from how many there are and how they are judged.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from metak2.studies.formats.risk_of_bias import is_domain, judgement, sheet_of_judgements
from metak2.studies.sheet import CellValue, Sheet, text_of
from metak2.studies.wording import plain_meaning, plain_words

_DOMAIN = re.compile(r"d(?:omain)? ?([0-9]{1,2})(?: .*)?")
KEPT = ("outcome", "tool", "support", "assessor", "note")


def is_robvis(sheet: Sheet) -> bool:
    """Whether the sheet is a table of judgements: a study, at least three domains, and overall."""
    names = _names(sheet)
    domains = sum(is_domain(name) for name in names.values())
    return "study" in names.values() and "overall" in names.values() and domains >= 3 and _is_judged(sheet, names)


def from_robvis(sheet: Sheet) -> Sheet:
    """The table as the sheet `risk_of_bias`; a weight becomes no part of it."""
    names = _names(sheet)
    lines = []
    for row in sheet.rows:
        line = {names[column]: cell for column, cell in row.items() if column in names}
        if "tool" not in line:
            told = _tool(line)
            line["tool"] = CellValue(value=told, address=line["study"].address, raw=told, rule="from its domains")
        lines.append(line)
    header = {name: sheet.header.get(column, CellValue(value=column, address="")) for column, name in names.items()}
    header.setdefault("tool", CellValue(value="tool", address="", raw="tool"))
    found = sheet_of_judgements(sheet.source, sheet.title or sheet.name, lines, header)
    return replace(found, problems=(*sheet.problems, *found.problems), hidden=sheet.hidden)


def _names(sheet: Sheet) -> dict[str, str]:
    """Column of the table → column of `risk_of_bias`."""
    columns = list(sheet.columns)
    found: dict[str, str] = {}
    for column in columns:
        words = plain_words(column)
        domain = _DOMAIN.fullmatch(words)
        meaning = plain_meaning(column)
        if domain:
            found[column] = f"D{int(domain[1])}"
        elif words.startswith("overall"):
            found[column] = "overall"
        elif meaning is not None and meaning[0] == ("study",) and "study" not in found.values():
            found[column] = "study"
        elif words in KEPT:
            found[column] = words
    return found if any(map(is_domain, found.values())) else _named_domains(columns, found)


def _named_domains(columns: list[str], found: dict[str, str]) -> dict[str, str]:
    """Domains with names of their own: what stands between the study and the overall judgement."""
    if not {"study", "overall"} <= set(found.values()):
        return found
    first = next(index for index, column in enumerate(columns) if found.get(column) == "study")
    last = next(index for index, column in enumerate(columns) if found.get(column) == "overall")
    between = [column for column in columns[first + 1 : last] if column not in found]
    return {**found, **{column: f"D{number}" for number, column in enumerate(between, start=1)}}


def _is_judged(sheet: Sheet, names: Mapping[str, str]) -> bool:
    domains = [column for column, name in names.items() if is_domain(name)]
    cells = [text_of(row.get(column)) for row in sheet.rows for column in domains]
    known = [judgement(cell) is not None for cell in cells]
    return bool(known) and sum(known) >= 0.7 * len(known)


def _tool(line: Mapping[str, CellValue]) -> str:
    domains = [name for name in line if is_domain(name)]
    words = {judgement(text_of(line[name])) or "" for name in (*domains, "overall") if name in line}
    if words & {"moderate", "serious", "critical"}:
        return "ROBINS-I"
    if "unclear" in words:
        return "RoB 1"
    return "RoB 2" if len(domains) == 5 else "RoB 1" if len(domains) >= 6 else ""
