"""A long forest plot cut into pages: between its subgroups where it can, with the head of a subgroup that goes on."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from metak2.plots.marks import ForestLayout, Row

STUDIES_PER_PAGE = 50
FULL = 0.6  # of a page: a subgroup that would not fit begins a new one only where this much is filled
STUDIES = frozenset({"study", "excluded", "refit"})
CONTINUED = " (continued)"


def pages_of(whole: ForestLayout, studies: int = STUDIES_PER_PAGE) -> tuple[ForestLayout, ...]:
    """The layout itself where it fits, else its pages; the lines below stand on the last.

    Without subgroups the pages hold about as many studies each.
    """
    count = _count(whole.rows)
    if count <= studies:
        return (whole,)
    sections = _sections(whole.rows)
    evenly = -(-count // -(-count // studies))
    sheets = list(_sheets(sections, evenly if len(sections) == 1 else studies))
    last = len(sheets)
    return tuple(
        replace(
            whole,
            rows=rows,
            footer=whole.footer if at == last else (f"Continued on page {at + 1} of {last}.",),
            alt=f"Page {at} of {last}. {whole.alt if at == last else _told(whole, rows)}",
        )
        for at, rows in enumerate(sheets, start=1)
    )


def _count(rows: Sequence[Row]) -> int:
    return sum(row.kind in STUDIES for row in rows)


def _sections(rows: Sequence[Row]) -> list[list[Row]]:
    """Subgroups with their headings; what follows the last study stays with it."""
    sections: list[list[Row]] = [[]]
    for row in rows:
        if row.kind == "heading" and sections[-1]:
            sections.append([])
        sections[-1].append(row)
    return sections


def _sheets(sections: Sequence[list[Row]], studies: int) -> Iterator[tuple[Row, ...]]:
    sheet: list[Row] = []
    for section in sections:
        filled = _count(sheet)
        if filled and filled + _count(section) > studies and filled >= FULL * studies:
            yield _trimmed(sheet)
            sheet = []
        for at, row in enumerate(section):
            if row.kind in STUDIES and _count(sheet) >= studies:
                yield _trimmed(sheet)
                sheet = [_continued(section[0])] if section[0].kind == "heading" and at > 1 else []
            sheet.append(row)
    if sheet:
        yield _trimmed(sheet)


def _continued(heading: Row) -> Row:
    first, *others = heading.cells
    return replace(heading, name=heading.name + CONTINUED, cells=(first + CONTINUED, *others))


def _trimmed(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Without empty rows at the end, and without a heading whose studies begin on the next page."""
    kept = list(rows)
    while kept and kept[-1].kind == "space":
        kept.pop()
    return tuple(kept)


def _told(whole: ForestLayout, rows: Sequence[Row]) -> str:
    names = [row.name for row in rows if row.kind in STUDIES]
    return f"{whole.alt.split(':')[0]}: {len(names)} of them, from {names[0]} to {names[-1]}."
