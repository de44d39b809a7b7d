"""Judgements of risk of bias, whatever tool exports them, in the wording of the sheet `risk_of_bias`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from metak2.errors import CellProblem
from metak2.studies.checks.reading import unknown_judgement
from metak2.studies.sheet import CellValue, Sheet, sheet_from_cells, text_of
from metak2.studies.wording import plain_words

RISK_OF_BIAS = "risk_of_bias"
JUDGEMENTS: Mapping[str, tuple[str, ...]] = {
    "low": ("low", "low risk", "low risk of bias", "l", "+", "yes"),
    "some concerns": ("some concerns", "some concern", "some risk", "some", "s", "!"),
    "moderate": ("moderate", "moderate risk", "m"),
    "serious": ("serious", "serious risk"),
    "high": ("high", "high risk", "high risk of bias", "h", "-", "−", "no", "x"),
    "critical": ("critical", "critical risk", "c", "!!"),
    "unclear": ("unclear", "unclear risk", "unclear risk of bias", "u", "?"),
    "no information": ("no information", "ni", "n"),
    "": ("", "na", "n/a", "not applicable", "not assessed", "nr", "."),
}
_MEANING = {wording: meaning for meaning, wordings in JUDGEMENTS.items() for wording in wordings}


def judgement(text: str) -> str | None:
    """The judgement that a wording stands for, "" for not assessed, None where it stands for none.

    >>> judgement("Some Concerns"), judgement("+"), judgement("maybe")
    ('some concerns', 'low', None)
    """
    spaced = " ".join(text.casefold().split())
    return _MEANING.get(spaced, _MEANING.get(plain_words(text)) if plain_words(text) else None)


def judged(cell: CellValue, column: str) -> tuple[CellValue, CellProblem | None]:
    """The cell with its judgement in metak2's wording, or with the problem that it is none."""
    text = text_of(cell)
    meaning = judgement(text)
    if meaning is None:
        return cell, unknown_judgement(cell.address, column, text)
    if meaning == text:
        return cell, None
    return replace(cell, value=meaning or None, rule="worded as in risk_of_bias"), None


def sheet_of_judgements(
    source: str, title: str, lines: Sequence[Mapping[str, CellValue]], header: Mapping[str, CellValue]
) -> Sheet:
    """The sheet `risk_of_bias` of these rows; judgements are read, a wording that is none is a problem."""
    columns = list(dict.fromkeys(column for line in lines for column in line))
    problems = []
    body = []
    for line in lines:
        cells = []
        for column in columns:
            cell = line.get(column, CellValue(value=None, address=""))
            if column == "overall" or is_domain(column):
                cell, problem = judged(cell, column)
                problems += [problem] if problem else []
            cells.append(cell if cell.value is not None else replace(cell, raw=""))
        body.append([replace(cell, raw=str(cell.value)) if cell.rule else cell for cell in cells])
    names = [replace(header[column], value=column, raw=column) for column in columns]
    sheet = sheet_from_cells(source, RISK_OF_BIAS, names, body)
    return replace(
        sheet, title=title, problems=(*sheet.problems, *problems), header={column: header[column] for column in columns}
    )


def is_domain(column: str) -> bool:
    """Whether the column is a domain: D1, D2, and so on."""
    return column[:1] == "D" and column[1:].isdigit()


def risk_of_bias_sheet(source: str, found: Mapping[str, Mapping[str, str]], *, tool: str, title: str = "") -> Sheet:
    """The sheet from study → domain → judgement; domains become D1, D2 … in the order in which they come."""
    domains = list(dict.fromkeys(domain for by_domain in found.values() for domain in by_domain))
    overall = [domain for domain in domains if plain_words(domain).startswith("overall")]
    named = {domain: f"D{number}" for number, domain in enumerate((d for d in domains if d not in overall), start=1)}
    named |= dict.fromkeys(overall[:1], "overall")
    header = {
        name: CellValue(value=domain, address=f"{RISK_OF_BIAS}!{name}", raw=domain) for domain, name in named.items()
    }
    header |= {name: CellValue(value=name, address=f"{RISK_OF_BIAS}!{name}", raw=name) for name in ("study", "tool")}
    lines = []
    for study, by_domain in found.items():
        line = {"study": study, "tool": tool, **{named[domain]: by_domain.get(domain, "") for domain in named}}
        lines.append(
            {
                name: CellValue(value=text or None, address=f"{RISK_OF_BIAS}!{study}.{name}", raw=text)
                for name, text in line.items()
            }
        )
    return sheet_of_judgements(source, title, lines, header)
