"""The studies of a report as references, from the workbook: authors, year, journal, DOI, PubMed, page."""

from collections.abc import Iterable
from dataclasses import dataclass

from metak2.effects.sizes import EffectSizes
from metak2.report.comparison import Comparison

SOURCES = ("authors", "journal", "doi", "pmid", "registration", "page")
MARKED = frozenset({"retracted", "concern", "corrected", "duplicate"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A study, what is known of its publication, the page it was read from, and its standing."""

    study: str
    printed: tuple[str, ...]
    page: str
    status: str

    @classmethod
    def read(cls, effects: EffectSizes, row: int, study: str) -> "Source":
        """What the workbook says in this row."""
        said = {name: effects.words(name)[row].strip().rstrip(".") for name in (*SOURCES, "year", "integrity_status")}
        doi = said["doi"].removeprefix("https://doi.org/")
        parts = (
            said["authors"] if said["journal"] or doi or said["pmid"] else "",
            said["journal"],
            said["year"] if said["year"] not in study else "",
            f"https://doi.org/{doi}" if doi else "",
            f"PubMed {said['pmid']}" if said["pmid"] else "",
            f"registered as {said['registration']}" if said["registration"] else "",
        )
        printed = tuple(part for part in parts if part)
        page = said["page"].split(" | ")[0]
        return cls(study=study, printed=printed, page=page, status=said["integrity_status"])

    @property
    def reference(self) -> str:
        """The study as an entry of a list of references."""
        known = self.printed or ((self.page,) if self.page else ("no source stands in the workbook",))
        mark = f" ({self.status})" if self.status in MARKED else ""
        return f"{'. '.join((self.study, *known))}{mark}."


def included_references(comparisons: Iterable[Comparison]) -> tuple[str, ...]:
    """Every study of the comparisons once, in order of appearance, with where its report is found.

    Empty where the data name no source at all, as arrays do.
    """
    listed: dict[str, Source] = {}
    for comparison in comparisons:
        effects = comparison.primary.effects
        if not any(name in effects.moderators for name in SOURCES):
            continue
        for row, study in enumerate(_studies(effects)):
            listed.setdefault(study, Source.read(effects, row, study))
    pages: dict[str, list[str]] = {}
    for study, source in listed.items():
        if not source.printed and source.page:
            pages.setdefault(source.page, []).append(study)
    shared = {page: studies for page, studies in pages.items() if len(studies) > 1}
    own = [source.reference for source in listed.values() if source.printed or source.page not in shared]
    together = [f"{'; '.join(studies)}: all read from {page}." for page, studies in shared.items()]
    return (*own, *together)


def _studies(effects: EffectSizes) -> tuple[str, ...]:
    """The studies themselves, where rows are times, doses or subgroups of one."""
    keys = effects.words("key")
    return tuple(key or study for key, study in zip(keys, effects.study, strict=True))
