"""References (.ris by rispy, extra `bib`; .bib and .nbib by readers of our own) and the studies they belong to."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from metak2.errors import CellProblem, StudyDataError
from metak2.studies.checks.files import unknown_format, unreadable
from metak2.studies.checks.reading import extra_needed, reference_unmatched
from metak2.studies.delimited import decode
from metak2.studies.formats.pubmed import entries_of
from metak2.studies.guards import read_bytes
from metak2.studies.sheet import Book, tidy
from metak2.studies.sheet import text_of as said
from metak2.studies.wording import plain_words

MOST_REFERENCES = 50_000
_YEAR = re.compile(r"\b(1[89]|20)[0-9]{2}\b")
_DOI = re.compile(r"10\.[0-9]{4,9}/\S+")
_ENTRY = re.compile(r"@\s*([A-Za-z]+)\s*[{(]\s*([^,\s]*)\s*,")
_FIELD = re.compile(r"\s*([A-Za-z][\w-]*)\s*=\s*")
ACCENTS = {"`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308", "c": "\u0327", "v": "\u030c"}
_ACCENT = re.compile(r"""\\([`'^~"cv])\s*\{?\\?([A-Za-z])\}?""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A reference; `study` is the name that RevMan gives its study (RIS tag NS), `key` the entry's own."""

    title: str = ""
    authors: tuple[str, ...] = ()
    year: str = ""
    journal: str = ""
    doi: str = ""
    pmid: str = ""
    key: str = ""
    study: str = ""

    @property
    def surname(self) -> str:
        """The first author's surname."""
        first = self.authors[0] if self.authors else ""
        return first.partition(",")[0].strip() if "," in first else first.rpartition(" ")[2]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Matched:
    """References by study, and a problem for each that belongs to no single one."""

    by_study: Mapping[str, tuple[Reference, ...]]
    problems: tuple[CellProblem, ...]


def read_references(path: Path) -> tuple[Reference, ...]:
    """The references of a .ris, .bib or .nbib file. StudyDataError where it cannot be read or the extra is missing."""
    source = path.as_posix()
    text, _ = decode(read_bytes(path, source), source)
    ending = path.suffix.lower()
    if ending == ".bib":
        return _bibtex(text, source)
    if ending == ".nbib":
        return tuple(_from_pubmed(entry) for entry in islice(entries_of(text), MOST_REFERENCES))
    if ending != ".ris":
        raise StudyDataError([unknown_format(ending)], source=source)
    return _ris(text, source)


def match_references(references: Sequence[Reference], book: Book) -> Matched:
    """Each reference with its study: by RevMan's name of it, DOI, PubMed number, else first author and year."""
    known = _studies(book)
    by_study: dict[str, list[Reference]] = {}
    problems = []
    for reference in references:
        found = _found(reference, known)
        if len(found) == 1:
            by_study.setdefault(found[0], []).append(reference)
        else:
            problems.append(reference_unmatched("", reference.title or reference.key))
    return Matched(by_study={study: tuple(found) for study, found in by_study.items()}, problems=tuple(problems))


def _studies(book: Book) -> list[tuple[str, str, str]]:
    """Study, DOI and PubMed number."""
    sheets = [book.sheets["studies"]] if "studies" in book.sheets else list(book.sheets.values())
    found: dict[str, tuple[str, str, str]] = {}
    for sheet in sheets:
        for row in sheet.rows:
            name = said(row.get("study"))
            if name:
                found.setdefault(name, (name, bare_doi(said(row.get("doi"))), said(row.get("pmid"))))
    return list(found.values())


def _found(reference: Reference, known: Sequence[tuple[str, str, str]]) -> list[str]:
    ways = (
        [name for name, _, _ in known if reference.study and plain_words(name) == plain_words(reference.study)],
        [name for name, doi, _ in known if reference.doi and doi == reference.doi],
        [name for name, _, pmid in known if reference.pmid and pmid == reference.pmid],
        [name for name, _, _ in known if _is_named(name, reference)],
    )
    return next((names for names in ways if names), [])


def _is_named(study: str, reference: Reference) -> bool:
    """Whether a study is called by the first author and the year: "Habu 2004", "Müller et al. 1999a"."""
    surname, words = plain_words(reference.surname), plain_words(study)
    year = _YEAR.search(words)
    return bool(surname) and words.startswith(surname) and year is not None and year[0] == reference.year


def bare_doi(text: str) -> str:
    """A DOI without its resolver, in lower case.

    >>> bare_doi("https://doi.org/10.1001/JAMA.292.3.358")
    '10.1001/jama.292.3.358'
    """
    found = _DOI.search(text)
    return found[0].rstrip(".,;)").casefold() if found else ""


def _ris(text: str, source: str) -> tuple[Reference, ...]:
    if find_spec("rispy") is None:
        raise StudyDataError([extra_needed(".ris", "bib")], source=source)
    import rispy  # type: ignore[import-untyped] # noqa: PLC0415 - an extra, without stubs

    try:
        entries = rispy.loads(text, skip_unknown_tags=False)
    except Exception as error:  # whatever the reader stumbles over in a damaged file is the file's fault
        raise StudyDataError([unreadable(f"{type(error).__name__}: {error}")], source=source) from error
    return tuple(_from_ris(entry) for entry in entries[:MOST_REFERENCES])


def _from_ris(entry: Mapping[str, object]) -> Reference:
    def text(*names: str) -> str:
        return next((tidy(str(entry[name])) for name in names if entry.get(name)), "")

    unknown = entry.get("unknown_tag")
    named = unknown.get("NS", []) if isinstance(unknown, dict) else []
    authors = entry.get("authors") or entry.get("first_authors") or []
    year = _YEAR.search(text("year", "publication_year", "date"))
    return Reference(
        title=text("title", "primary_title"),
        authors=tuple(str(author) for author in authors) if isinstance(authors, list) else (),
        year=year[0] if year else "",
        journal=text("journal_name", "secondary_title", "alternate_title3"),
        doi=bare_doi(text("doi", "urls")),
        pmid=text("accession_number") if text("accession_number").isdigit() else "",
        key=text("id"),
        study=str(named[0]) if named else "",
    )


def _from_pubmed(entry: Mapping[str, tuple[str, ...]]) -> Reference:
    def first(*tags: str) -> str:
        return next((tidy(entry[tag][0]) for tag in tags if entry.get(tag)), "")

    year = _YEAR.search(first("DP"))
    return Reference(
        title=first("TI", "BTI"),
        authors=entry.get("FAU") or entry.get("AU", ()),
        year=year[0] if year else "",
        journal=first("JT", "TA"),
        doi=next((doi for text in (*entry.get("LID", ()), *entry.get("AID", ())) if (doi := bare_doi(text))), ""),
        pmid=first("PMID") if first("PMID").isdigit() else "",
        key=first("PMID"),
    )


def _bibtex(text: str, source: str) -> tuple[Reference, ...]:
    found: list[Reference] = []
    position = 0
    while len(found) < MOST_REFERENCES and (entry := _ENTRY.search(text, position)):
        if entry[1].casefold() in {"comment", "string", "preamble"}:
            position = entry.end()
            continue
        fields, position = _fields(text, entry.end(), source)
        found.append(_from_bibtex(entry[2], fields))
    return tuple(found)


def _fields(text: str, position: int, source: str) -> tuple[dict[str, str], int]:
    """The fields of an entry that begins at the position, and where it ends."""
    fields: dict[str, str] = {}
    while field := _FIELD.match(text, position):
        value, position = _value(text, field.end(), source)
        fields[field[1].casefold()] = value
        comma = re.compile(r"\s*,").match(text, position)
        if comma is None:
            break
        position = comma.end()
    return fields, position


def _value(text: str, position: int, source: str) -> tuple[str, int]:
    """A value in braces or quotation marks, or a bare word, and where it ends."""
    opening = text[position : position + 1]
    if opening not in {"{", '"'}:
        bare = re.compile(r"[^,\s}]*").match(text, position)
        return (bare[0], bare.end()) if bare else ("", position)
    depth = 0
    for at in range(position, len(text)):
        sign = text[at]
        if sign in "{}" and text[at - 1 : at] != "\\":
            depth += 1 if sign == "{" else -1
        closed = (opening == "{" and depth == 0) or (opening == '"' and sign == '"' and depth == 0 and at > position)
        if closed:
            return _unbraced(text[position + 1 : at]), at + 1
    raise StudyDataError([unreadable("a value is never closed")], source=source)


def _unbraced(text: str) -> str:
    accented = _ACCENT.sub(lambda found: found[2] + ACCENTS[found[1]], text)
    return tidy(" ".join(re.sub(r"[{}]|\\(?=[&%$#_])", "", accented).split()))


def _from_bibtex(key: str, fields: Mapping[str, str]) -> Reference:
    authors = [author.strip() for author in re.split(r"\s+and\s+", fields.get("author", "")) if author.strip()]
    year = _YEAR.search(fields.get("year", "") or fields.get("date", ""))
    pmid = fields.get("pmid", "")
    return Reference(
        title=fields.get("title", ""),
        authors=tuple(authors),
        year=year[0] if year else "",
        journal=fields.get("journal", "") or fields.get("journaltitle", ""),
        doi=bare_doi(fields.get("doi", "") or fields.get("url", "")),
        pmid=pmid if pmid.isdigit() else "",
        key=key,
    )
