"""The counts of a PRISMA 2020 flow diagram from a sheet `flow`: stage, count, and for some stages a reason or source.

Each count must follow from those above it (Page et al. 2021, BMJ 372:n71); where it does not, the cell is named.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from metak2.errors import CellProblem
from metak2.studies.checks.counts import not_a_count
from metak2.studies.checks.reading import flow_does_not_add_up
from metak2.studies.sheet import Book, CellValue, Sheet, text_of
from metak2.studies.wording import plain_words

FLOW = "flow"
STAGES: Mapping[str, tuple[str, ...]] = {
    "databases": ("databases", "records identified from databases", "identified from databases", "identified",
                  "records identified", "database results", "identified_databases"),
    "registers": ("registers", "records identified from registers", "identified from registers"),
    "other_sources": ("other sources", "records identified from other sources", "websites", "citation searching",
                      "organisations", "other methods"),
    "duplicates": ("duplicates", "duplicates removed", "duplicate records removed"),
    "automation": ("automation", "marked as ineligible by automation tools",
                   "records marked as ineligible by automation tools"),
    "removed_other": ("removed other", "removed for other reasons", "records removed for other reasons"),
    "screened": ("screened", "records screened"),
    "excluded": ("excluded", "records excluded"),
    "sought": ("sought", "reports sought for retrieval", "sought for retrieval"),
    "not_retrieved": ("not retrieved", "reports not retrieved"),
    "assessed": ("assessed", "reports assessed for eligibility", "assessed for eligibility", "full text assessed"),
    "excluded_reports": ("excluded reports", "reports excluded", "full text excluded", "excluded with reason"),
    "included_studies": ("included studies", "studies included", "studies included in review", "included"),
    "included_reports": ("included reports", "reports of included studies", "reports included"),
    "pooled_studies": ("pooled studies", "studies in meta analysis", "included in meta analysis", "meta analysis"),
}  # fmt: skip
_STAGE = {plain_words(wording): stage for stage, wordings in STAGES.items() for wording in (stage, *wordings)}
_COUNT_COLUMNS = ("count", "n", "number", "total", "records")
_DETAIL_COLUMNS = ("reason", "source", "database", "detail", "note")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FlowCount:
    """One count: its stage, its reason or source, and the cell it stands in."""

    stage: str
    count: int
    detail: str = ""
    cell: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flow:
    """The counts of a flow diagram, and what does not add up in them."""

    counts: tuple[FlowCount, ...]
    problems: tuple[CellProblem, ...] = field(default=())

    def total(self, stage: str) -> int | None:
        """All counts of the stage together, None where there are none."""
        found = [count.count for count in self.counts if count.stage == stage]
        return sum(found) if found else None

    def cell(self, stage: str) -> str:
        """The first cell of the stage."""
        return next((count.cell for count in self.counts if count.stage == stage), "")


def read_flow(book: Book) -> Flow | None:
    """The flow of the sheet `flow`, None where the file has no such sheet."""
    sheet = book.sheets.get(FLOW)
    return flow_of(sheet) if sheet is not None and sheet.columns else None


def flow_of(sheet: Sheet) -> Flow:
    """The counts of the sheet; a stage or a count that is none is a problem, as is arithmetic that fails."""
    stage = _column(sheet, ("stage", "step", "box", "item"))
    number = _column(sheet, _COUNT_COLUMNS) if stage else ""
    detail = _column(sheet, _DETAIL_COLUMNS)
    counts: list[FlowCount] = []
    problems: list[CellProblem] = []
    for row in sheet.rows:
        named = text_of(row.get(stage or sheet.columns[0]))
        cell = row.get(number or (sheet.columns[1] if len(sheet.columns) > 1 else sheet.columns[0]))
        meant = _STAGE.get(plain_words(named), plain_words(named).replace(" ", "_"))
        count = _whole(cell)
        if cell is None or cell.is_blank:
            continue
        if count is None:
            problems.append(not_a_count(cell.address, named, text_of(cell), "n"))
        else:
            counts.append(FlowCount(stage=meant, count=count, detail=text_of(row.get(detail)), cell=cell.address))
    flow = Flow(counts=tuple(counts))
    return Flow(counts=flow.counts, problems=(*problems, *_arithmetic(flow)))


def _column(sheet: Sheet, wordings: Iterable[str]) -> str:
    return next((column for wording in wordings for column in sheet.columns if plain_words(column) == wording), "")


def _whole(cell: CellValue | None) -> int | None:
    if cell is None or isinstance(cell.value, bool):
        return None
    try:
        value = float(cell.value) if isinstance(cell.value, (int, float, str)) else -1.0
    except ValueError:
        return None
    return int(value) if value >= 0 and value.is_integer() else None


def _arithmetic(flow: Flow) -> Iterable[CellProblem]:
    """Each stage against what the stages above it leave."""
    total = flow.total
    found = [total(stage) for stage in ("databases", "registers")]
    if any(count is not None for count in found):
        removed = ("duplicates", "automation", "removed_other")
        left = sum(filter(None, found)) - sum(total(stage) or 0 for stage in removed)
        yield from _compare(flow, "screened", left, "identified less removed")
    for stage, before, less in (
        ("sought", "screened", "excluded"),
        ("assessed", "sought", "not_retrieved"),
        ("included_reports", "assessed", "excluded_reports"),
    ):
        above, away = total(before), total(less)
        if above is not None and away is not None:
            yield from _compare(flow, stage, above - away, f"{before} less {less.replace('_', ' ')}")
    studies, reports, pooled = total("included_studies"), total("included_reports"), total("pooled_studies")
    if studies is not None and reports is not None and studies > reports:
        cell = flow.cell("included_studies")
        yield flow_does_not_add_up(cell, "included_studies", studies, reports, "the most that their reports allow")
    if pooled is not None and studies is not None and pooled > studies:
        cell = flow.cell("pooled_studies")
        yield flow_does_not_add_up(cell, "pooled_studies", pooled, studies, "the number of included studies")


def _compare(flow: Flow, stage: str, expected: int, why: str) -> Iterable[CellProblem]:
    found = flow.total(stage)
    if found is not None and found != expected:
        yield flow_does_not_add_up(flow.cell(stage), stage, found, expected, why)
