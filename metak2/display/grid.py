"""A result in parts, sentences and grids: in columns of plain text for print, as an HTML fragment for a notebook."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TypeVar

from metak2.shown import show, show_html

CAUTION = "! "  # begins the line of a caveat


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Rows of cells under heads; the first cell names its row."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]

    def text(self) -> str:
        """The grid in columns as wide as their longest cell, the first to the left."""
        every = (self.heads, *self.rows)
        widths = [max(len(row[i]) for row in every) for i in range(len(self.heads))]
        return "\n".join(
            "  ".join(
                cell.ljust(width) if i == 0 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in every
        )

    def html(self) -> str:
        """The grid as an HTML table, with its heads and the names of its rows marked as such."""
        heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in self.heads)
        rows = "".join(
            f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"<td>{escape(cell)}</td>" for cell in row[1:])}</tr>'
            for row in self.rows
        )
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


Part = str | Grid
T = TypeVar("T")


def shown_in_parts(kind: type[T]) -> Callable[[Callable[[T], Iterable[Part]]], Callable[[T], Iterable[Part]]]:
    """Register the parts of a kind of result as what print and a notebook show."""

    def register(parts: Callable[[T], Iterable[Part]]) -> Callable[[T], Iterable[Part]]:
        show.register(kind, lambda result: as_text(parts(result)))
        show_html.register(kind, lambda result: as_html(parts(result)))
        return parts

    return register


def as_text(parts: Iterable[Part]) -> str:
    """The parts below each other."""
    return "\n".join(part if isinstance(part, str) else part.text() for part in parts)


def as_html(parts: Iterable[Part]) -> str:
    """The parts as one HTML fragment; a caveat says that it is one."""
    made = (_paragraph(part) if isinstance(part, str) else part.html() for part in parts if part)
    return f"<div>{''.join(made)}</div>"


def _paragraph(line: str) -> str:
    if line.startswith(CAUTION):
        return f"<p><strong>Caution:</strong> {escape(line.removeprefix(CAUTION))}</p>"
    return f"<p>{escape(line.strip())}</p>"
