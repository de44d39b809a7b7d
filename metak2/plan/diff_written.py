"""A comparison of two versions on standard output, or as a folder with its figures."""

import re
from collections.abc import Sequence
from pathlib import Path

from metak2.plan.diff import Compared
from metak2.plan.diff_told import as_blocks, as_json, as_lines, summary
from metak2.plots.ghost import ghost_forest
from metak2.report.blocks import Block, Document, Paragraph, Picture
from metak2.report.canonical_json import canonical_json
from metak2.report.folder import write_whole
from metak2.report.html import html
from metak2.report.manifest import MANIFEST, Sources, manifest_json
from metak2.report.markdown import markdown
from metak2.report.provenance import provenance

STYLES = ("text", "json", "md", "html")
STEM = "diff"


def diff_written(compared: Sequence[Compared], style: str) -> str:
    """The comparison as "text", "json", "md" or "html"; a page holds its figures, Markdown names them."""
    if style == "text":
        return "\n".join(line for one in compared for line in (*as_lines(one.found), "")) if compared else ""
    if style == "json":
        return canonical_json([as_json(one.found) for one in compared])
    document, pictures = _document(compared)
    if style == "md":
        return markdown(document)
    return html(document, {picture.name: picture.drawing.svg() for picture in pictures})


def write_diff(compared: Sequence[Compared], folder: Path) -> Path:
    """Write diff.html, diff.md, diff.json and the figures into a folder of their own; all of them or none."""
    document, pictures = _document(compared)
    svgs = {picture.name: picture.drawing.svg() for picture in pictures}
    files = {
        f"{STEM}.html": html(document, svgs).encode(),
        f"{STEM}.md": markdown(document).encode(),
        f"{STEM}.json": diff_written(compared, "json").encode(),
    }
    for picture in pictures:
        files[f"{picture.name}.svg"] = svgs[picture.name].encode()
        files[f"{picture.name}.png"] = picture.drawing.png()
        files[f"{picture.name}.pdf"] = picture.drawing.pdf()
    manifest = manifest_json(Sources(inputs=(), analysis=None), files)
    return write_whole(folder, {**files, MANIFEST: manifest.encode()})


def _document(compared: Sequence[Compared]) -> tuple[Document, tuple[Picture, ...]]:
    blocks: list[Block] = []
    pictures: list[Picture] = []
    if not compared:
        blocks.append(Paragraph("There is nothing to compare."))
    for at, one in enumerate(compared, start=1):
        drawn = _pictures(one, at if len(compared) > 1 else 0)
        pictures += drawn
        blocks += as_blocks(one.found, drawn)
    title = f"What moved: {compared[0].found.old} → {compared[0].found.new}" if compared else "What moved"
    return Document(title=title, blocks=tuple(blocks), data_date="", provenance=provenance(())), tuple(pictures)


def _pictures(one: Compared, number: int) -> tuple[Picture, ...]:
    """The ghost of each answer that moved and is still in the same measure."""
    moved = {move.quantity.comparison for move in one.found.moved}
    versions = (one.found.old, one.found.new)
    drawn = []
    for name, old in one.old.items():
        new = one.new.get(name)
        if new is None or name not in moved or old.effects.measure.name != new.effects.measure.name:
            continue
        stem = re.sub(r"[^a-z0-9_-]+", "-", f"{number or ''}{name}".lower()).strip("-") or "answer"
        caption = f"{name}: {versions[0]} (grey) behind {versions[1]}. {summary(one.found)}"
        drawing = ghost_forest(old, new, versions=versions)
        drawn.append(Picture(name=f"{stem}-ghost", caption=caption, drawing=drawing))
    return tuple(drawn)
