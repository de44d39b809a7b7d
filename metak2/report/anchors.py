"""The ids of a page: where a link to a heading, a table or a figure leads."""

from collections.abc import Sequence

from metak2.report.blocks import Block, Heading, Picture, Table, slug


def heading_anchors(blocks: Sequence[Block]) -> dict[int, str]:
    """An id for each heading, made of its words: position in the document → id, unique."""
    anchors: dict[int, str] = {}
    for at, block in enumerate(blocks):
        if isinstance(block, Heading):
            anchor = f"s-{slug(block.text)}"
            anchors[at] = anchor if anchor not in anchors.values() else f"{anchor}-{at}"
    return anchors


def anchor_of(blocks: Sequence[Block], at: int) -> str:
    """The id of a table or figure, or of the heading above anything else; "" above the first heading."""
    block = blocks[at]
    if isinstance(block, Table):
        return f"table-{at + 1}"
    if isinstance(block, Picture):
        return f"figure-{block.name}"
    above = [anchor for place, anchor in heading_anchors(blocks).items() if place <= at]
    return above[-1] if above else "report"
