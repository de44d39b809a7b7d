"""`metak2 integrity`: the trials of a plan or workbook against Retraction Watch's file, and what hangs on them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from metak2.display import sentences
from metak2.errors import MetaError, PlanError, StudyDataError
from metak2.models.integrity import in_question, three_answers
from metak2.models.pooled import Pooled
from metak2.plan.fit import fit_comparison, studies_of
from metak2.plan.run import project_of
from metak2.plan.schema import read_plan
from metak2.studies.checks.files import missing_column
from metak2.studies.read import open_book
from metak2.studies.screening import Paper, Screening, papers_of, screen
from metak2.studies.sheet import Sheet, text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What there is to say, and whether the file says anything that the sheet does not."""

    text: str
    news: bool


def integrity_of(path: Path, notices: Path) -> Found:
    """The studies of a workbook, or of each comparison of a plan, looked up in a CSV of Retraction Watch.

    Raises
    ------
    StudyDataError
        The file has another shape, the workbook cannot be read or says nothing of its studies.
    PlanError
        The plan cannot be read.
    """
    if path.suffix != ".toml":
        return _found(_lines(screen(_papers(path), notices)))
    lines: list[tuple[str, bool]] = []
    plan, file = path.resolve(), notices.resolve()
    root = project_of(plan)
    with chdir(root):
        read = read_plan(plan.relative_to(root))
        if not read.comparisons:
            files = ", ".join(read.files)
            raise PlanError([f"a plan of a network: give its file instead, {files}"], source=path.as_posix())
        for planned in read.comparisons:
            comparison = {key: value for key, value in planned.items() if key != "retraction_watch"}
            lines.append((f"{comparison.get('title', comparison['name'])}", False))
            screening = screen(papers_of(studies_of(comparison, comparison)), file)
            lines += [*_lines(screening), *_answers(comparison, screening, file), ("", False)]
    return _found(lines)


def _found(lines: Sequence[tuple[str, bool]] | Iterator[tuple[str, bool]]) -> Found:
    told = list(lines)
    return Found(text="\n".join(line for line, _ in told).strip(), news=any(news for _, news in told))


def _lines(screening: Screening) -> Iterator[tuple[str, bool]]:
    """Each study with a notice, and each problem; whether the line tells something new."""
    for match in screening.matches:
        words = "; ".join(notice.words() for notice in match.notices)
        said = match.paper.status.replace("_", " ") or "nothing"
        by = " and ".join(match.by)
        yield f"  {match.paper.study}: {match.status}, by {by} ({words}); the sheet says {said}", match.changes
    for problem in screening.problems:
        if problem.code != "MK-I10":
            yield f"  {problem.line()}", problem.severity == "error"


def _answers(comparison: Mapping[str, Any], screening: Screening, file: Path) -> Iterator[tuple[str, bool]]:
    """The pooled effect with all trials, without the retracted, and without those of concern."""
    if screening.errors:
        yield "  Not pooled again before these errors are settled.", True
        return
    plan = Path(f"{comparison['name']}.toml")
    try:
        primary = fit_comparison({**comparison, "retraction_watch": file.as_posix()}, plan).primary
    except MetaError as error:
        yield f"  Not pooled: {error}", False
        return
    if not isinstance(primary, Pooled) or not in_question(primary.effects):
        return
    for way, pooled in three_answers(primary):
        mark = " (the primary analysis)" if pooled is primary else ""
        said = f"{sentences.estimate(pooled)}, {sentences.studies(pooled.k)}" if pooled else "nothing left to pool"
        yield f"  {way}{mark}: {said}", False
    others = [pooled for _, pooled in three_answers(primary) if pooled is not None and pooled is not primary]
    yield f"  {sentences.depends_on_integrity(primary, others)}", False


def _papers(path: Path) -> tuple[Paper, ...]:
    """Every study of a workbook with its identifiers: of the sheet `studies`, else of the first that has a DOI."""
    book = open_book(path)
    sheets = [book.sheets["studies"]] if "studies" in book.sheets else list(book.sheets.values())
    for sheet in sheets:
        if "study" in sheet.columns and {"doi", "pmid"} & set(sheet.columns):
            return tuple({paper.study: paper for paper in _of_sheet(sheet)}.values())
    named = sheets[0]
    raise StudyDataError([missing_column(named.name, "doi", named.columns)], source=book.source)


def _of_sheet(sheet: Sheet) -> Iterator[Paper]:
    for row in sheet.rows:
        cells = {name: row.get(name) for name in ("doi", "pmid", "title", "integrity_status")}
        if text_of(row.get("study")):
            yield Paper(
                study=text_of(row.get("study")),
                status=text_of(cells["integrity_status"]),
                words=MappingProxyType({name: text_of(cell) for name, cell in cells.items()}),
                cells=MappingProxyType({name: cell.address if cell else "" for name, cell in cells.items()}),
            )
