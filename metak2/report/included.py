"""The studies of a report as references, from the columns of the workbook: authors, year, journal, DOI, PubMed, page."""

from collections.abc import Iterable

from metak2.effects.sizes import EffectSizes
from metak2.report.comparison import Comparison

SOURCES = ("authors", "journal", "doi", "pmid", "registration", "page")


def included_references(comparisons: Iterable[Comparison]) -> tuple[str, ...]:
    """Every study of the comparisons once, in order of appearance, with where its report is found.

    Empty where the data name no source at all, as arrays do.
    """
    listed: dict[str, str] = {}
    for comparison in comparisons:
        effects = comparison.primary.effects
        if not any(name in effects.moderators for name in SOURCES):
            continue
        for row, study in enumerate(_studies(effects)):
            listed.setdefault(study, _reference(effects, row, study))
    return tuple(listed.values())


def _studies(effects: EffectSizes) -> tuple[str, ...]:
    """The studies themselves, where rows are times, doses or subgroups of one."""
    keys = effects.words("key")
    return tuple(key or study for key, study in zip(keys, effects.study, strict=True))


def _reference(effects: EffectSizes, row: int, study: str) -> str:
    said = {name: effects.words(name)[row].strip() for name in ("year", "integrity_status", *SOURCES)}
    year = said["year"] if said["year"] and said["year"] not in study else ""
    authors = said["authors"] if said["authors"] and said["authors"] not in study else ""
    parts = [study, authors, year, said["journal"]]
    if said["doi"]:
        parts.append(f"https://doi.org/{said['doi'].removeprefix('https://doi.org/')}")
    if said["pmid"]:
        parts.append(f"PubMed {said['pmid']}")
    if said["registration"]:
        parts.append(f"registered as {said['registration']}")
    if said["page"].startswith("https://") and not (said["doi"] or said["pmid"]):
        parts.append(said["page"])
    text = ". ".join(part.rstrip(".") for part in parts if part)
    status = said["integrity_status"]
    mark = f" ({status})" if status in {"retracted", "concern", "corrected", "duplicate"} else ""
    unsourced = "" if len([part for part in parts if part]) > 1 else ". No source stands in the workbook"
    return f"{text}{unsourced}{mark}."
