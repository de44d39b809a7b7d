"""The sheet `risk_of_bias` beside an outcome sheet: what was judged of its studies."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from metak2.errors import CellProblem
from metak2.studies.formats.risk_of_bias import RISK_OF_BIAS, is_domain, judged
from metak2.studies.sheet import Book, CellValue, Sheet, text_of

PREFIX = f"{RISK_OF_BIAS} "
OVERALL, TOOL = SPOKEN = ("overall", "tool")


def join_bias(book: Book, sheet: Sheet, outcome: str) -> Sheet:
    """The sheet with the judgements of its studies as columns `risk_of_bias D1` …, `overall` and `tool`.

    A judgement of the outcome asked for comes before one of no outcome; of several rows the last holds, as a consensus
    follows its assessors. Without a judgement nothing is joined; a wording that is none is a problem.
    """
    about = book.sheets.get(RISK_OF_BIAS)
    if about is None or about is sheet or "study" not in about.columns or "study" not in sheet.columns:
        return sheet
    by_study, problems = _by_study(about, outcome)
    found = {name for cells in by_study.values() for name in cells}
    names = [name for name in about.columns if name in found]
    if not any(is_domain(name) or name == OVERALL for name in names):
        return replace(sheet, problems=(*sheet.problems, *problems))
    rows = []
    for row in sheet.rows:
        cells = by_study.get(text_of(row.get("study")), {})
        rows.append(MappingProxyType({**row, **{f"{PREFIX}{name}": cells[name] for name in names if name in cells}}))
    columns = tuple(f"{PREFIX}{name}" for name in names)
    return replace(
        sheet,
        columns=(*sheet.columns, *columns),
        rows=tuple(rows),
        problems=(*sheet.problems, *problems),
        joined=(*sheet.joined, *columns),
    )


def _by_study(about: Sheet, outcome: str) -> tuple[dict[str, Mapping[str, CellValue]], list[CellProblem]]:
    """Study → its judged domains; rows of another outcome do not count."""
    problems: list[CellProblem] = []
    by_study: dict[str, dict[str, CellValue]] = {}
    for asked in ("", outcome):  # what is said of the outcome itself is written over what is said of the study
        for row in about.rows:
            study, of = text_of(row.get("study")), text_of(row.get("outcome"))
            if not study or of != asked:
                continue
            for name, cell in row.items():
                if not (is_domain(name) or name in SPOKEN) or cell.is_blank:
                    continue
                read, problem = (cell, None) if name == TOOL else judged(cell, name)
                problems += [problem] if problem else []
                by_study.setdefault(study, {})[name] = read
    return dict(by_study), list(dict.fromkeys(problems))
