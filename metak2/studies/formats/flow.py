"""The counts of a PRISMA 2020 flow diagram from a sheet `flow`: stage, count, and for some stages a reason or source.

Each count must follow from those above it (Page et al. 2021, BMJ 372:n71); where it does not, the cell is named.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from metak2.errors import CellProblem
from metak2.studies.checks.counts import not_a_count
from metak2.studies.checks.reading import flow_does_not_add_up, unknown_stage
from metak2.studies.sheet import Book, CellValue, Sheet, text_of
from metak2.studies.wording import plain_words

FLOW = "flow"
STAGES: Mapping[str, tuple[str, ...]] = {
    "databases": ("databases", "records identified from databases", "identified from databases", "identified",
                  "records identified", "database results", "identified_databases"),
    "registers": ("registers", "records identified from registers", "identified from registers"),
    "previous_studies": ("previous studies", "studies included in previous version of review"),
    "previous_reports": ("previous reports", "reports of studies included in previous version of review"),
    "other_sources": ("other sources", "records identified from other sources", "websites", "citation searching",
                      "organisations", "other methods", "records identified from other methods"),
    "other_sought": ("other sought", "other reports sought for retrieval",
                     "reports sought for retrieval other methods"),
    "other_not_retrieved": ("other not retrieved", "other reports not retrieved",
                            "reports not retrieved other methods"),
    "other_assessed": ("other assessed", "other reports assessed for eligibility",
                       "reports assessed for eligibility other methods"),
    "other_excluded_reports": ("other excluded reports", "other reports excluded", "reports excluded other methods"),
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
    "included_studies": ("included studies", "studies included", "studies included in review", "included",
                         "new studies included", "new studies included in review"),
    "included_reports": ("included reports", "reports of included studies", "reports included",
                         "reports of new included studies"),
    "total_studies": ("total studies", "total studies included in review"),
    "total_reports": ("total reports", "reports of total included studies"),
    "pooled_studies": ("pooled studies", "studies in meta analysis", "included in meta analysis", "meta analysis"),
}  # fmt: skip
_STAGE = {plain_words(wording): stage for stage, wordings in STAGES.items() for wording in (stage, *wordings)}
_COUNT_COLUMNS = ("count", "n", "number", "total", "records")
_SOURCES = frozenset({"websites", "citation searching", "organisations"})
"""Wordings of a stage that are also the name of the source."""
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
    """The counts of a flow diagram, and what does not add up in them.

    `included_studies` and `included_reports` are those that this search brought; `total_…` hold for a review that has a
    previous version, together with its `previous_…`.
    """

    counts: tuple[FlowCount, ...]
    problems: tuple[CellProblem, ...] = field(default=())
    source: str = ""

    @property
    def updated(self) -> bool:
        """Whether the review updates a previous version."""
        return any(count.stage.startswith(("previous_", "total_")) for count in self.counts)

    @property
    def other_methods(self) -> bool:
        """Whether other methods have their own way through the diagram; if not, their records are screened too."""
        return any(count.stage.startswith("other_") and count.stage != "other_sources" for count in self.counts)

    def of(self, stage: str) -> tuple[FlowCount, ...]:
        """The counts of the stage, in the order of the sheet."""
        return tuple(count for count in self.counts if count.stage == stage)

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
        if cell is None or cell.is_blank:
            continue
        meant, count = _STAGE.get(plain_words(named)), _whole(cell)
        if meant is None:
            problems.append(unknown_stage(cell.address, named, _STAGE))
        elif count is None:
            problems.append(not_a_count(cell.address, named, text_of(cell), "n"))
        else:
            said = text_of(row.get(detail)) or (named if plain_words(named) in _SOURCES else "")
            counts.append(FlowCount(stage=meant, count=count, detail=said, cell=cell.address))
    flow = Flow(counts=tuple(counts), source=sheet.source)
    return replace(flow, problems=(*problems, *_arithmetic(flow)))


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
    yield from _screened(flow)
    unsought = flow.total("sought") is None
    for stage, before, less in (
        ("assessed" if unsought else "sought", "screened", "excluded"),
        ("assessed", "sought", "not_retrieved"),
        ("other_assessed", "other_sought", "other_not_retrieved"),
    ):
        above, away = flow.total(before), flow.total(less)
        if above is not None and away is not None:
            yield from _compare(flow, stage, above - away, f"{_words(before)} less {_words(less)}")
    yield from _included(flow)
    for what in ("studies", "reports"):
        previous, new = flow.total(f"previous_{what}"), flow.total(f"included_{what}")
        if previous is not None and new is not None:
            yield from _compare(flow, f"total_{what}", previous + new, "the sum of previous and new ones")
    for stage, ceiling, why in (
        ("included_studies", "included_reports", "the most that their reports allow"),
        ("previous_studies", "previous_reports", "the most that their reports allow"),
        ("total_studies", "total_reports", "the most that their reports allow"),
        ("other_sought", "other_sources", "the most that other methods identified"),
        ("pooled_studies", "total_studies" if flow.updated else "included_studies", "the number of included studies"),
    ):
        count, most = flow.total(stage), flow.total(ceiling)
        if count is not None and most is not None and count > most:
            yield flow_does_not_add_up(flow.cell(stage), stage, count, most, why)


def _screened(flow: Flow) -> Iterable[CellProblem]:
    """Records screened are those identified less those removed before."""
    sources = ("databases", "registers") if flow.other_methods else ("databases", "registers", "other_sources")
    found = [flow.total(stage) for stage in sources]
    if any(count is not None for count in found):
        removed = ("duplicates", "automation", "removed_other")
        left = sum(filter(None, found)) - sum(flow.total(stage) or 0 for stage in removed)
        yield from _compare(flow, "screened", left, "identified less removed")


def _included(flow: Flow) -> Iterable[CellProblem]:
    """Reports of included studies are those assessed less those excluded, on either way through the diagram."""
    assessed, excluded = flow.total("assessed"), flow.total("excluded_reports")
    if assessed is None or excluded is None:
        return
    others, away = flow.total("other_assessed"), flow.total("other_excluded_reports") or 0
    left, why = assessed - excluded, "assessed less excluded reports"
    if others is not None:
        left, why = left + others - away, f"{why}, other methods among them,"
    yield from _compare(flow, "included_reports", left, why)


def _words(stage: str) -> str:
    return stage.replace("_", " ")


def _compare(flow: Flow, stage: str, expected: int, why: str) -> Iterable[CellProblem]:
    found = flow.total(stage)
    if found is not None and found != expected:
        yield flow_does_not_add_up(flow.cell(stage), stage, found, expected, why)
