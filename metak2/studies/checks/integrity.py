"""MK-I: what is known of a study's standing, and what Retraction Watch's file says of it."""

from collections.abc import Sequence

from metak2.errors import CellProblem, Severity, did_you_mean
from metak2.studies.rows import within

STATUSES = ("ok", "concern", "corrected", "retracted", "duplicate", "not_checked")
"""What `integrity_status` may say; blank is not_checked. ok needs a database, a date and a person."""

EVIDENCE = ("integrity_source", "integrity_date", "integrity_person")


def unknown_status(cell: str, word: str) -> CellProblem:
    """MK-I01: a word that is no status: it might mean retracted."""
    return _told(
        "MK-I01",
        "error",
        ("integrity_status", cell, word),
        f"{word!r} is not a status{did_you_mean(word, STATUSES)}",
        f"allowed: {', '.join(STATUSES)}",
    )


def ok_without_evidence(cell: str, missing: Sequence[str]) -> CellProblem:
    """MK-I02: called ok, but not where, when or by whom it was looked up: "no notice seen" is not_checked."""
    blank = ", ".join(missing)
    return _told(
        "MK-I02",
        "warning",
        ("integrity_status", cell, "ok"),
        f"called ok, but {blank} {'are' if len(missing) > 1 else 'is'} blank",
        "ok needs a database, a date and a person; write them, or write not_checked",
    )


def tidied_doi(cell: str, raw: str, doi: str) -> CellProblem:
    """MK-I03: a DOI with a resolver's address, spaces or a full stop; compared without them."""
    return _told("MK-I03", "note", ("doi", cell, raw), f"'{raw}' is compared as {doi}", "")


def not_an_identifier(cell: str, column: str, raw: str) -> CellProblem:
    """MK-I04: a text that is no DOI or PubMed number, so that the study cannot be looked up by it."""
    like = "a DOI, such as 10.1001/archinte.166.12.1256" if column == "doi" else "a PubMed number, such as 16801507"
    return _told("MK-I04", "warning", (column, cell, raw), f"'{raw}' is not {like}", "the study is not looked up by it")


def not_retraction_watch(cell: str, missing: Sequence[str], found: Sequence[str]) -> CellProblem:
    """MK-I05: a file without the columns of Retraction Watch's CSV."""
    stands = ", ".join(name[:30] for name in found[:8]) or "nothing"
    return _told(
        "MK-I05",
        "error",
        ("", cell, ""),
        f"not Retraction Watch's file: there is no column {', '.join(missing)}; its first row holds {stands}",
        "take the CSV as Crossref gives it: gitlab.com/crossref/retraction-watch-data",
    )


def broken_notice(cell: str, raw: str, why: str) -> CellProblem:
    """MK-I06: a row of Retraction Watch's file that cannot be read: another length, or a word of no meaning."""
    return _told("MK-I06", "error", ("", cell, raw), why, "download the file anew; nothing of it is used as it stands")


def shared_identifier(at: tuple[str, str, str], study: str, other: tuple[str, str], notice: str) -> CellProblem:
    """MK-I07: a notice is about the DOI or PubMed number of two studies: which of them is meant cannot be told."""
    column = at[0]
    name, where = other
    return _told(
        "MK-I07",
        "error",
        at,
        f"'{study}' and '{name}' ({within(where)}) have one {column}, and there is a notice about it: {notice}",
        f"correct the {column} of one of them, or write the integrity_status of both",
    )


def two_papers(at: tuple[str, str, str], study: str, paper: str) -> CellProblem:
    """MK-I08: the DOI and the PubMed number of a study belong to two different papers in Retraction Watch's file."""
    return _told(
        "MK-I08",
        "error",
        at,
        f"the identifiers of '{study}' are of two papers: {paper}",
        "correct the one that is wrong, or write the integrity_status of the study",
    )


def same_title(at: tuple[str, str, str], study: str, notice: str) -> CellProblem:
    """MK-I09: a notice about a paper with this title but no identifier in common: only suggested, never applied."""
    return _told(
        "MK-I09",
        "warning",
        at,
        f"'{study}' may be a paper with a notice: {notice}",
        "check this: if it is that paper, write its DOI or PubMed number; nothing was changed",
    )


def newly_noticed(cell: str, study: str, sheet: str, notice: str) -> CellProblem:
    """MK-I10: the sheet and Retraction Watch's file differ; the graver of the two is used."""
    said = sheet.replace("_", " ") or "nothing"
    return _told(
        "MK-I10",
        "warning",
        ("integrity_status", cell, sheet),
        f"the sheet says {said} of '{study}'; Retraction Watch has: {notice}",
        "the graver of the two is used; write it into the sheet",
    )


def looked_up(source: str, message: str) -> CellProblem:
    """MK-I11: how many studies were looked up in which file; who is not in it is not called ok."""
    return _told("MK-I11", "note", ("integrity_status", "", source), message, "")


def unreadable_date(cell: str, raw: str) -> CellProblem:
    """MK-I12: the date of a notice that is no date; the notice counts, its place among others is not known."""
    return _told("MK-I12", "warning", ("", cell, raw), f"'{raw}' is not a date; the notice counts without one", "")


def _told(code: str, severity: Severity, at: tuple[str, str, str], message: str, suggestion: str) -> CellProblem:
    column, cell, raw = at
    return CellProblem(
        code=code, severity=severity, message=message, cell=cell, column=column, raw=raw, suggestion=suggestion
    )
