"""DOIs and PubMed numbers as people type them, and as they are compared."""

import re

_RESOLVER = re.compile(r"^(?:https?://)?(?:(?:dx\.|www\.)?doi\.org/|doi\s*[:=]?\s*(?=10\.))", re.IGNORECASE)
_DOI = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]+)*/\S+")
_PMID = re.compile(r"(?:pmid|pubmed)?\s*(?:id|number)?\s*[:#]?\s*0*([1-9][0-9]{0,8})(?:\.0+)?", re.IGNORECASE)
NOTHING = frozenset({"", "0", "unavailable", "na", "n/a", "none", "-", "\u2013"})
"""What stands where there is no identifier, in sheets and in Retraction Watch's file."""


def doi_of(text: str) -> str:
    """The DOI in lower case, without resolver, spaces and a full stop at its end; "" where the text is none.

    >>> doi_of("https://doi.org/10.1001/Archinte.166.12. 1256")
    '10.1001/archinte.166.12.1256'
    """
    bare = "".join(_RESOLVER.sub("", text.strip()).split()).rstrip(".,;").casefold()
    return bare if _DOI.fullmatch(bare) else ""


def is_plain_doi(text: str) -> bool:
    """Whether the text is a DOI and nothing else."""
    return _DOI.fullmatch(text) is not None and doi_of(text) == text.casefold()


def pmid_of(text: str) -> str:
    """The PubMed number; "" where the text is none.

    >>> pmid_of("PMID: 16801507"), pmid_of("PMC123")
    ('16801507', '')
    """
    found = _PMID.fullmatch(text.strip())
    return found[1] if found else ""


def title_words(title: str) -> frozenset[str]:
    """The words of a title without case, punctuation and a publisher's "RETRACTED:"."""
    words = re.findall(r"[^\W_]+", title.casefold())
    return frozenset(words[1:] if words[:1] in (["retracted"], ["retraction"], ["withdrawn"]) else words)
