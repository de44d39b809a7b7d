"""A document as GitHub-flavoured Markdown that reads well unrendered, too.

Text is escaped, so that a study name is never a heading, a link, a formula or HTML.
"""

import re
from collections.abc import Iterable
from typing import assert_never

from metak2.report.blocks import (
    Align,
    Block,
    Caveat,
    Document,
    Heading,
    Items,
    Paragraph,
    Picture,
    References,
    Table,
    addresses,
    one_line,
)

_ACTIVE = re.compile(r"[\\`*_\[\]<>|~$&]")
_LINE_START = re.compile(r"[#+=-]")
_ORDERED_LIST = re.compile(r"(\d+)([.)])(?=\s|$)")
_RULES: dict[Align, str] = {"left": ":--", "center": ":-:", "right": "--:"}


def markdown(document: Document) -> str:
    """The whole document, lines ending in LF."""
    parts = [f"# {escaped(document.title)}"]
    if document.data_date:
        parts.append(f"Data as of {escaped(document.data_date)}.")
    parts += [_block(block) for block in document.blocks]
    parts += ["---", *(escaped(sentence) for sentence in document.provenance)]
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    r"""The text as Markdown that renders as itself.

    >>> escaped("=1+1 <b> | *")
    '\\=1+1 \\<b\\> \\| \\*'
    """
    return _begun(_inert(one_line(text)))


def _inert(line: str) -> str:
    return _ACTIVE.sub(lambda match: "&amp;" if match[0] == "&" else "\\" + match[0], line)


def _begun(line: str) -> str:
    """The line with an escape where its beginning would make it a heading, a list or a formula."""
    if _LINE_START.match(line):
        return "\\" + line
    return _ORDERED_LIST.sub(r"\1\\\2", line, count=1) if _ORDERED_LIST.match(line) else line


def _block(block: Block) -> str:
    match block:
        case Heading():
            text = f"{'#' * block.level} {escaped(block.text)}"
        case Paragraph():
            text = escaped(block.text)
        case Caveat():
            text = f"> **Caution:** {escaped(block.text)}"
        case Items():
            text = "\n".join(f"- {escaped(item)}" for item in block.items)
        case Table():
            text = _table(block)
        case Picture():
            text = f"![{escaped(block.drawing.alt)}]({block.name}.svg)\n\n*{escaped(block.caption)}*"
        case References():
            text = "\n".join(f"{number}. {_linked(item)}" for number, item in enumerate(block.items, start=1))
        case _:
            assert_never(block)
    return text


def _table(table: Table) -> str:
    lines = [
        _row(escaped(column.title) for column in table.columns),
        _row(_RULES[column.align] for column in table.columns),
        *(_row(escaped(cell) for cell in row) for row in table.rows),
    ]
    return "\n\n".join([f"**{escaped(table.caption)}**", "\n".join(lines), *(escaped(note) for note in table.notes)])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _linked(text: str) -> str:
    return _begun("".join(f"<{part}>" if is_address else _inert(part) for part, is_address in addresses(text)))
