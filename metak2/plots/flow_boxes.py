"""The boxes of the PRISMA 2020 flow diagram with their counts, in the wording of its templates.

Page et al. 2021, BMJ 372:n71, templates for new and updated reviews, of databases and registers only or with other
methods as well. A box that a review has no count for is left out where the template allows it, else it says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from metak2.plots.labels import wrapped
from metak2.studies.formats.flow import Flow

REMOVED: Mapping[str, str] = {
    "Duplicate records removed": "duplicates",
    "Records marked as ineligible by automation tools": "automation",
    "Records removed for other reasons": "removed_other",
}
NOT_GIVEN = "n\u202fnot\u202fgiven"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowBox:
    """A box: its name, its lines of text, and which stages its counts are of."""

    key: str
    lines: tuple[str, ...]
    stages: tuple[str, ...]


def boxes(flow: Flow, width: Mapping[str, int]) -> dict[str, FlowBox]:
    """Every box of the diagram by its name; `width` holds the characters of a line, by the first word of the name."""
    made = _main(flow) | _aside(flow)
    if flow.other_methods:
        made |= _other_methods(flow)
    if flow.updated:
        made |= _update(flow)
    if flow.total("sought") is None and flow.total("not_retrieved") is None:
        made = {key: lines for key, lines in made.items() if key not in {"main sought", "side not retrieved"}}
    return {
        key: FlowBox(key=key, lines=_broken(lines, width[key.split()[0]]), stages=STAGES_OF.get(key, ()))
        for key, lines in made.items()
        if lines
    }


def _main(flow: Flow) -> dict[str, list[str]]:
    """What came through databases and registers, from top to bottom."""
    new, of = ("New studies", "new included") if flow.updated else ("Studies", "included")
    return {
        "main identified": _listed(flow, "Records identified from:", _sources(flow))
        or [f"Records identified ({NOT_GIVEN})"],
        "main screened": [_counted(flow, "Records screened", "screened")],
        "main sought": [_counted(flow, "Reports sought for retrieval", "sought")],
        "main assessed": [_counted(flow, "Reports assessed for eligibility", "assessed")],
        "main included": [
            _counted(flow, f"{new} included in review", "included_studies"),
            _counted(flow, f"Reports of {of} studies", "included_reports"),
            *_pooled(flow),
        ],
    }


def _aside(flow: Flow) -> dict[str, list[str]]:
    """What was left out on this way, and why."""
    return {
        "side removed": _listed(flow, "Records removed before screening:", REMOVED),
        "side excluded": _with_reasons(flow, "Records excluded", "excluded"),
        "side not retrieved": _with_reasons(flow, "Reports not retrieved", "not_retrieved"),
        "side excluded reports": _with_reasons(flow, "Reports excluded", "excluded_reports"),
    }


def _other_methods(flow: Flow) -> dict[str, list[str]]:
    return {
        "other identified": _listed(flow, "Records identified from:", _others(flow)),
        "other sought": [_counted(flow, "Reports sought for retrieval", "other_sought")],
        "away not retrieved": _with_reasons(flow, "Reports not retrieved", "other_not_retrieved"),
        "other assessed": [_counted(flow, "Reports assessed for eligibility", "other_assessed")],
        "away excluded reports": _with_reasons(flow, "Reports excluded", "other_excluded_reports"),
    }


def _update(flow: Flow) -> dict[str, list[str]]:
    """What the previous version of the review had, and what both have together."""
    return {
        "previous studies": [
            _counted(flow, "Studies included in previous version of review", "previous_studies"),
            _counted(flow, "Reports of studies included in previous version of review", "previous_reports"),
        ],
        "main total": [
            _counted(flow, "Total studies included in review", "total_studies"),
            _counted(flow, "Reports of total included studies", "total_reports"),
        ],
    }


STAGES_OF: Mapping[str, tuple[str, ...]] = {
    "main screened": ("screened",),
    "side excluded": ("excluded",),
    "main assessed": ("assessed",),
    "side excluded reports": ("excluded_reports",),
    "main included": ("included_studies",),
    "main total": ("total_studies",),
}
"""Boxes that a complete diagram has, with the stage that fills them."""


def missing(flow: Flow, shown: Mapping[str, FlowBox]) -> tuple[str, ...]:
    """The stages without a count that the diagram needs."""
    wanted = dict.fromkeys(stage for box in shown.values() for stage in box.stages)
    unidentified = () if _sources(flow) else ("identified",)
    return (*unidentified, *(stage.replace("_", " ") for stage in wanted if flow.total(stage) is None))


def _count(flow: Flow, stage: str) -> str:
    total = flow.total(stage)
    return f"({NOT_GIVEN})" if total is None else _n(total)


def _n(count: int) -> str:
    """A count in its brackets, which no line break parts: the spaces are narrow no-break ones (U+202F)."""
    return f"(n\u202f=\u202f{count:,})"


def _counted(flow: Flow, words: str, stage: str) -> str:
    return f"{words} {_count(flow, stage)}"


def _listed(flow: Flow, head: str, entries: Mapping[str, str] | Mapping[str, str | int]) -> list[str]:
    """A head with one line for each stage that has a count, or each named count."""
    lines = []
    for words, entry in entries.items():
        count = entry if isinstance(entry, int) else flow.total(entry)
        if count is not None:
            lines.append(f"   {words} {_n(count)}")
    return [head, *lines] if lines else []


def _sources(flow: Flow) -> dict[str, str | int]:
    """Databases and registers with their names where the sheet says them."""
    named: dict[str, str | int] = {}
    for stage, words in (("databases", "Databases"), ("registers", "Registers")):
        if flow.total(stage) is not None:
            named[words] = stage
            counts = flow.of(stage)
            if any(count.detail for count in counts):
                named |= {f"   {count.detail or 'not named'}": count.count for count in counts}
    if not flow.other_methods and flow.total("other_sources") is not None:
        named |= _others(flow)
    return named


def _others(flow: Flow) -> dict[str, str | int]:
    counts = flow.of("other_sources")
    if any(count.detail for count in counts):
        return {count.detail or "not named": count.count for count in counts}
    return {"Other sources": "other_sources"}


def _with_reasons(flow: Flow, words: str, stage: str) -> list[str]:
    """The total, or where the sheet gives reasons the reasons, each with its count."""
    counts = flow.of(stage)
    if not any(count.detail for count in counts):
        return [_counted(flow, words, stage)]
    reasons = [f"   {count.detail or 'no reason given'} {_n(count.count)}" for count in counts]
    return [f"{words} {_count(flow, stage)}:", *reasons]


def _pooled(flow: Flow) -> list[str]:
    return [_counted(flow, "Studies in meta-analysis", "pooled_studies")] if flow.of("pooled_studies") else []


def _broken(lines: list[str], width: int) -> tuple[str, ...]:
    """The lines broken to the width, further ones indented as their first."""
    made = []
    for line in lines:
        indent = line[: len(line) - len(line.lstrip())]
        made += [indent + part for part in wrapped(line, width - len(indent), 4).split("\n")]
    return tuple(made)
