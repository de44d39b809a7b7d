"""A paper is cited where its row in docs/references.md says that it was checked, and nowhere else."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
DOCUMENT = REPOSITORY / "docs" / "references.md"
SOURCES = {"R help", "meta's help", "page", "bibliographies"}
PLACE = re.compile(
    r"\b(?P<year>(?:19|20)\d\d)\)?,? ?(?:[A-Z][\w.&\- ]*? )?(?P<volume>\d+)(?:\(\d+\))?:(?P<page>[A-Za-z]?\d+)"
    r"|doi:\s?(?P<doi>10\.[^\s\"',;)]+)"
)
"""A year, perhaps a journal, then volume:page; or a DOI."""


def places(text: str) -> set[str]:
    """Year, volume and first page of each citation; lines of a docstring or of adjoining strings are one."""
    joined = re.sub(r'"\s*\n\s*[rf]*"', "", text)
    joined = re.sub(r"\s*\n\s*(?:#:? )?", " ", joined)
    return {
        match["doi"].rstrip(".") if match["doi"] else f"{match['year']} {match['volume']}:{match['page']}"
        for match in PLACE.finditer(joined)
    }


def rows() -> list[list[str]]:
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")][1:]


def test_every_paper_cited_has_a_row_that_says_where_it_was_checked() -> None:
    modules = (REPOSITORY / "metak2").rglob("*.py")
    cited = set[str]().union(*(places(path.read_text(encoding="utf-8")) for path in modules))
    listed = set[str]().union(*(places(reference) for reference, _ in rows()))
    assert len(cited) > 150
    assert cited == listed


def test_a_row_names_a_kind_of_source_and_stands_once() -> None:
    assert {source for _, source in rows()} == SOURCES
    references = [reference for reference, _ in rows()]
    assert len(set(references)) == len(references)


def test_a_citation_is_found_in_a_docstring_in_strings_that_adjoin_and_by_its_doi() -> None:
    assert places("Rust, Lehmann & Farley 1990,\n    J Mark Res 27:220-226") == {"1990 27:220"}
    assert places('"Röver 2020, J Stat "\n    f"Softw 93(6):1-51"') == {"2020 93:1"}
    assert places("(Page et al. (2021), BMJ 372:n71; doi:10.1002/jrsm.1404.)") == {"2021 372:n71", "10.1002/jrsm.1404"}
    assert places("from 2001 to 12:30") == set()
