"""Retraction Watch's CSV, as Crossref gives it: read row by row, only what concerns the papers asked for is kept.

Columns and words as documented by Crossref (crossref.org/documentation/retrieve-metadata/retraction-watch): lists are
separated by semicolons, dates are month/day/year, and 0 or "unavailable" stand where there is no identifier.
"""

import csv
import hashlib
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import TextIOWrapper
from pathlib import Path

from metak2.errors import CellProblem, StudyDataError
from metak2.studies.checks import integrity as checks
from metak2.studies.identifiers import NOTHING, doi_of, pmid_of, title_words
from metak2.studies.read import existing
from metak2.studies.reading_log import record_file
from metak2.studies.sheet import column_letter

NEEDED = (
    "Record ID",
    "Title",
    "RetractionDate",
    "RetractionDOI",
    "OriginalPaperDOI",
    "OriginalPaperPubMedID",
    "RetractionNature",
    "Reason",
)
NATURES: Mapping[str, str] = {
    "retraction": "retracted",
    "expression of concern": "concern",
    "correction": "corrected",
    "reinstatement": "reinstated",
}
"""What a notice is called, and what it makes of the paper; reinstated undoes an earlier retraction."""

_FORMATS = ("%m/%d/%Y %H:%M", "%m/%d/%Y", "%Y-%m-%d", "%m/%d/%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S")
_MOST = 5  # broken rows that are named
ALIKE = 0.85  # of the words of both titles that they share
FEWEST_WORDS = 4  # a title of three words says too little


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One row of the file: its cell, record number, what it is, when, why, and the paper it is about.

    `status` is retracted, concern, corrected or reinstated; `date` is ISO, "" where it cannot be read.
    """

    cell: str
    record: str
    nature: str
    status: str
    date: str
    reason: str
    notice_doi: str
    title: str
    doi: str
    pmid: str

    def words(self) -> str:
        """The notice in a line."""
        about = self.doi or (f"PubMed {self.pmid}" if self.pmid else f"'{self.title}'")
        when = f" of {self.date}" if self.date else ""
        return f"{self.nature}{when} of {about} (record {self.record})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The papers to look for, by what can tell them: DOIs, PubMed numbers, and the words of titles."""

    dois: frozenset[str]
    pmids: frozenset[str]
    titles: frozenset[frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """What the file says of the papers: notices with an identifier in common, and others with a title alike.

    `rows` is how many notices the file holds, `newest` the date of the latest of them.
    """

    source: str
    rows: int
    newest: str
    found: tuple[Notice, ...]
    by_title: tuple[Notice, ...]
    problems: tuple[CellProblem, ...]


def read_notices(path: str | os.PathLike[str], wanted: Wanted) -> Notices:
    """The notices about these papers. `StudyDataError` where the file has another shape or a row is broken."""
    file = existing(path)
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    record_file(Path(path).as_posix(), digest)
    return _read(file, digest, wanted)


@lru_cache(maxsize=8)
def _read(path: Path, _digest: str, wanted: Wanted) -> Notices:
    """The file with this content: a plan that asks for the same papers ten times reads it once."""
    source = path.as_posix()
    reading = _Reading(source=path.name, wanted=wanted)
    with path.open("rb") as raw, TextIOWrapper(raw, encoding="utf-8-sig", errors="replace", newline="") as text:
        rows = csv.reader(text)
        try:
            header = [name.strip() for name in next(rows, [])]
            missing = [name for name in NEEDED if name not in header]
            if missing:
                problem = checks.not_retraction_watch(f"{path.name}!A1", missing, header)
                raise StudyDataError([problem], source=source)
            reading.take(header, rows)
        except csv.Error as error:
            cell = f"{path.name}!A{rows.line_num}"
            raise StudyDataError([checks.broken_notice(cell, "", f"not a CSV row: {error}")], source=source) from None
    if reading.broken:
        raise StudyDataError(reading.broken, source=source)
    return Notices(
        source=source,
        rows=reading.rows,
        newest=reading.newest,
        found=tuple(reading.found),
        by_title=tuple(reading.by_title),
        problems=tuple(reading.problems),
    )


class _Reading:
    """What is kept while the rows go by."""

    def __init__(self, *, source: str, wanted: Wanted) -> None:
        self.source, self.wanted = source, wanted
        self.rows, self.newest = 0, ""
        self.found: list[Notice] = []
        self.by_title: list[Notice] = []
        self.broken: list[CellProblem] = []
        self.problems: list[CellProblem] = []
        self._dates: dict[str, str] = {}
        self._of_word: dict[str, list[frozenset[str]]] = defaultdict(list)
        for title in sorted(wanted.titles, key=sorted):
            for word in title if len(title) >= FEWEST_WORDS else ():
                self._of_word[word].append(title)

    def take(self, header: list[str], rows: Iterator[list[str]]) -> None:
        """Every row under the header; at most `_MOST` broken ones are named."""
        at = {name: header.index(name) for name in NEEDED}
        for number, row in enumerate(rows, start=2):
            if not row:
                continue
            self.rows += 1
            if len(row) != len(header):
                why = f"the row has {len(row)} cells, the first row has {len(header)}"
                self.broken.append(checks.broken_notice(f"{self.source}!A{number}", ", ".join(row)[:60], why))
                if len(self.broken) == _MOST:
                    return
                continue
            date = self._date(row[at["RetractionDate"]])
            self.newest = max(self.newest, date)
            self._one(row, at, number, date)

    def _one(self, row: list[str], at: Mapping[str, int], number: int, date: str) -> None:
        doi, pmid = _doi(row[at["OriginalPaperDOI"]]), pmid_of(row[at["OriginalPaperPubMedID"]])
        known = doi in self.wanted.dois or pmid in self.wanted.pmids
        if not known and not self._alike(row[at["Title"]]):
            return
        nature = row[at["RetractionNature"]].strip()
        status = NATURES.get(nature.casefold(), "")
        where = {name: f"{self.source}!{column_letter(at[name])}{number}" for name in NEEDED}
        if not status:
            why = f"{nature!r} is no nature of a notice; known are {', '.join(NATURES)}"
            self.broken.append(checks.broken_notice(where["RetractionNature"], nature, why))
            return
        if not date:
            self.problems.append(checks.unreadable_date(where["RetractionDate"], row[at["RetractionDate"]]))
        notice = Notice(
            cell=where["RetractionNature"],
            record=row[at["Record ID"]].strip(),
            nature=nature,
            status=status,
            date=date,
            reason=_reasons(row[at["Reason"]]),
            notice_doi=_doi(row[at["RetractionDOI"]]),
            title=row[at["Title"]].strip(),
            doi=doi,
            pmid=pmid,
        )
        (self.found if known else self.by_title).append(notice)

    def _alike(self, title: str) -> bool:
        """Whether one of the titles asked for shares most of its words with this one."""
        if not self._of_word:
            return False
        words = title_words(title)
        near = {other for word in words & self._of_word.keys() for other in self._of_word[word]}
        return any(alike(words, other) for other in near)

    def _date(self, text: str) -> str:
        if text not in self._dates:
            self._dates[text] = _iso(text.strip())
        return self._dates[text]


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two titles share at least `ALIKE` of their words."""
    return min(len(one), len(other)) >= FEWEST_WORDS and len(one & other) >= ALIKE * len(one | other)


def _doi(text: str) -> str:
    return "" if text.strip().casefold() in NOTHING else doi_of(text)


def _iso(text: str) -> str:
    for form in _FORMATS:
        try:
            return datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007 - a day of the calendar, no instant
        except ValueError:
            continue
    return ""


def _reasons(text: str) -> str:
    return "; ".join(part.strip().lstrip("+").strip() for part in text.split(";") if part.strip(" +"))
