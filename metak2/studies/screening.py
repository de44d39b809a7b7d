"""Studies against Retraction Watch's file: who has a notice, by DOI or PubMed number; a title alone only suggests."""

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from metak2.errors import CellProblem, StudyDataError
from metak2.studies.checks import integrity as checks
from metak2.studies.identifiers import NOTHING, doi_of, is_plain_doi, pmid_of, title_words
from metak2.studies.notices import Notice, Notices, Wanted, alike, read_notices
from metak2.studies.table import StudyTable, read_only

GRAVITY = {"": 0, "not_checked": 0, "ok": 0, "corrected": 1, "duplicate": 2, "concern": 3, "retracted": 4}
UNDECIDED = frozenset({"", "not_checked", "ok"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A study as it can be looked up: words of its row in the sheet, with their cells."""

    study: str
    status: str
    words: MappingProxyType[str, str]
    cells: MappingProxyType[str, str]

    @property
    def identifiers(self) -> tuple[tuple[str, str], ...]:
        """The DOI and the PubMed number, as far as they are there."""
        both = (("doi", doi_of(self.words["doi"])), ("pmid", pmid_of(self.words["pmid"])))
        return tuple((column, value) for column, value in both if value)

    def at(self, column: str) -> tuple[str, str, str]:
        """Column, cell and content."""
        return column, self.cells[column], self.words[column]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The notices about one study, in order of time, and what they make of it; `by` says what was in common."""

    paper: Paper
    by: tuple[str, ...]
    notices: tuple[Notice, ...]
    status: str

    @property
    def decisive(self) -> Notice:
        """The notice that the status comes from, the latest of its kind."""
        wanted = "reinstated" if all(one.status != self.status for one in self.notices) else self.status
        return [one for one in self.notices if one.status == wanted][-1]

    @property
    def changes(self) -> bool:
        """Whether the file says something graver than the sheet."""
        return GRAVITY[self.status] > GRAVITY[self.paper.status]


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """What a file of notices says of some studies.

    `problems` are errors, warnings and notes with their cells: identifiers that are none, one identifier for two
    studies, titles alike, and what differs from the sheet.
    """

    notices: Notices
    papers: tuple[Paper, ...]
    matches: tuple[Match, ...]
    problems: tuple[CellProblem, ...]

    @property
    def errors(self) -> tuple[CellProblem, ...]:
        """What must be settled before anything is pooled."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


def screen(papers: Sequence[Paper], path: str | os.PathLike[str]) -> Screening:
    """Look these studies up in a CSV of Retraction Watch. `StudyDataError` where the file cannot be read as that."""
    notices = read_notices(path, _wanted(papers))
    problems = [problem for paper in papers for problem in _identifiers(paper)]
    by_value: dict[tuple[str, str], list[Paper]] = defaultdict(list)
    for paper in papers:
        for identifier in paper.identifiers:
            by_value[identifier].append(paper)
    matches = [match for paper in papers if (match := _match(paper, notices)) is not None]
    for match in matches:
        problems += _unclear(match, by_value)
        problems += _differing(match)
    problems += [problem for paper in papers for problem in _titles(paper, notices)]
    told = (*dict.fromkeys(problems), *notices.problems, _summary(papers, notices, matches))
    return Screening(notices=notices, papers=tuple(papers), matches=tuple(matches), problems=told)


def mark_retractions(studies: StudyTable, path: str | os.PathLike[str]) -> StudyTable:
    """The studies with what Retraction Watch's CSV says of them in their integrity columns.

    The graver of sheet and file is used. A study that the file does not hold keeps what the sheet says: no notice seen
    is not_checked, never ok. Titles only suggest; suggestions and differences are among the table's problems.

    Raises
    ------
    StudyDataError
        The file has another shape, or a notice cannot be told to belong to one study.
    """
    found = screen(papers_of(studies), path)
    if found.errors:
        raise StudyDataError(found.errors, source=studies.source)
    by_study = {match.paper.study: match for match in found.matches if match.changes}
    columns, cells = dict(studies.columns), dict(studies.cells)
    told = {study: _said(match) for study, match in by_study.items()}
    for column in ("integrity_status", "integrity_date", "integrity_source", "integrity_note"):
        words = [
            told[key][column] if key in told else word
            for key, word in zip(_keys(studies), studies.words(column), strict=True)
        ]
        columns[column] = read_only(np.array(words, dtype=object))
        cells.setdefault(column, ("",) * len(studies))
    return replace(
        studies,
        columns=MappingProxyType(columns),
        cells=MappingProxyType(cells),
        problems=(*studies.problems, *found.problems),
    )


def papers_of(studies: StudyTable) -> tuple[Paper, ...]:
    """Each study of a table once, however many rows it has."""
    papers: dict[str, Paper] = {}
    blank = ("",) * len(studies)
    for row, key in enumerate(_keys(studies)):
        columns = ("doi", "pmid", "title", "integrity_status")
        papers.setdefault(
            key,
            Paper(
                study=key,
                status=studies.words("integrity_status")[row],
                words=MappingProxyType({name: studies.words(name)[row].strip() for name in columns}),
                cells=MappingProxyType({name: studies.cells.get(name, blank)[row] for name in columns}),
            ),
        )
    return tuple(papers.values())


def _keys(studies: StudyTable) -> tuple[str, ...]:
    """What the sheet calls the study of each row, whose label may say more."""
    return studies.words("key") if "key" in studies.columns else studies.study


def _wanted(papers: Sequence[Paper]) -> Wanted:
    found = [identifier for paper in papers for identifier in paper.identifiers]
    return Wanted(
        dois=frozenset(value for column, value in found if column == "doi"),
        pmids=frozenset(value for column, value in found if column == "pmid"),
        titles=frozenset(title_words(paper.words["title"]) for paper in papers if paper.words["title"]),
    )


def _identifiers(paper: Paper) -> list[CellProblem]:
    """MK-I03 and I04: what was tidied, and what is no identifier."""
    problems = []
    raw, doi = paper.words["doi"], doi_of(paper.words["doi"])
    if raw.casefold() not in NOTHING and not doi:
        problems.append(checks.not_an_identifier(paper.cells["doi"], "doi", raw))
    elif doi and not is_plain_doi(raw):
        problems.append(checks.tidied_doi(paper.cells["doi"], raw, doi))
    if paper.words["pmid"].casefold() not in NOTHING and not pmid_of(paper.words["pmid"]):
        problems.append(checks.not_an_identifier(paper.cells["pmid"], "pmid", paper.words["pmid"]))
    return problems


def _match(paper: Paper, notices: Notices) -> Match | None:
    own = dict(paper.identifiers)
    found = [one for one in notices.found if _shared(own, one)]
    if not found:
        return None
    by = dict.fromkeys(column for one in found for column in _shared(own, one))
    ordered = tuple(sorted(found, key=lambda one: one.date))
    return Match(paper=paper, by=tuple(by), notices=ordered, status=standing(ordered))


def _shared(own: dict[str, str], notice: Notice) -> list[str]:
    """The identifiers that study and notice have in common."""
    theirs = {"doi": notice.doi, "pmid": notice.pmid}
    return [column for column, value in own.items() if theirs[column] == value]


def standing(notices: Sequence[Notice]) -> str:
    """What the notices make of a paper: the gravest, where a reinstatement undoes the retractions before it.

    A notice without a date cannot be told to lie before the reinstatement, and stands. A paper that was reinstated and
    has nothing against it else is corrected: its record was changed, and the paper stands.
    """
    undone = max((one.date for one in notices if one.status == "reinstated"), default="")
    standing_still = [
        one.status
        for one in notices
        if one.status != "reinstated" and not (one.status == "retracted" and one.date and one.date <= undone)
    ]
    return max(standing_still, key=GRAVITY.__getitem__, default="corrected")


def _unclear(match: Match, by_value: dict[tuple[str, str], list[Paper]]) -> list[CellProblem]:
    """MK-I07 and I08 where nobody has decided in the sheet what the study's status is."""
    paper = match.paper
    if paper.status not in UNDECIDED:
        return []
    words = "; ".join(one.words() for one in match.notices)
    problems = []
    for column, value in paper.identifiers:
        others = [other for other in by_value[column, value] if other.study != paper.study]
        if column in match.by and others:
            other = others[0]
            at = (other.study, other.cells[column])
            problems.append(checks.shared_identifier(paper.at(column), paper.study, at, words))
    own = dict(paper.identifiers)
    for one in match.notices:
        theirs = {"doi": one.doi, "pmid": one.pmid}
        apart = [column for column in own if theirs[column] and theirs[column] != own[column]]
        if apart:
            said = f"the sheet has {apart[0]} {own[apart[0]]}, but record {one.record} has {theirs[apart[0]]}"
            problems.append(checks.two_papers(paper.at(apart[0]), paper.study, said))
    return problems


def _differing(match: Match) -> list[CellProblem]:
    """MK-I10 where sheet and file differ; a sheet that says graver things is left alone and told."""
    paper, words = match.paper, "; ".join(one.words() for one in match.notices)
    if paper.status in {match.status, "duplicate"}:
        return []
    return [checks.newly_noticed(paper.cells["integrity_status"], paper.study, paper.status, words)]


def _titles(paper: Paper, notices: Notices) -> list[CellProblem]:
    """MK-I09: notices with a title alike and no identifier in common."""
    own = title_words(paper.words["title"])
    return [
        checks.same_title(paper.at("title"), paper.study, f"{one.words()}, '{one.title}'")
        for one in (*notices.by_title, *notices.found)
        if not _shared(dict(paper.identifiers), one) and alike(own, title_words(one.title))
    ]


def _summary(papers: Sequence[Paper], notices: Notices, matches: Sequence[Match]) -> CellProblem:
    asked = sum(bool(paper.identifiers) for paper in papers)
    without = [paper.study for paper in papers if not paper.identifiers]
    newest = f", the newest of {notices.newest}" if notices.newest else ""
    lost = f"; without DOI and PubMed number, not looked up: {', '.join(without)}" if without else ""
    return checks.looked_up(
        notices.source,
        f"{asked} of {len(papers)} studies looked up in {notices.source} ({notices.rows} notices{newest}): "
        f"{len(matches)} with a notice{lost}. Who has none is not thereby ok",
    )


def _said(match: Match) -> dict[str, str]:
    """The integrity columns of a study with a notice."""
    one = match.decisive
    source = f"Retraction Watch, record {one.record}, matched by {' and '.join(match.by)}"
    said = "; ".join(f"{notice.nature} {notice.date}".strip() for notice in match.notices)
    return {
        "integrity_status": match.status,
        "integrity_date": one.date,
        "integrity_source": source + (f" (notice {one.notice_doi})" if one.notice_doi else ""),
        "integrity_note": f"{said}: {one.reason}" if one.reason else said,
    }
