"""Do two SVGs show the same figure? Compared by structure: bytes change with every release of the drawing library."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]  # it ships no types

TOLERANCE = 0.5  # points; matplotlib 3.10 to 3.11 moved marks by up to 0.32
_STYLE_TOLERANCE = 1e-3  # opacities and widths do not drift between releases
_GEOMETRY = frozenset(
    {"d", "points", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "transform", "width", "height", "viewBox"}
)
_NUMBER = re.compile(r"(?P<kept>#[0-9A-Fa-f]{3,8}\b|#[\w-]+)|(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """An element without what may differ: its ids made alike, its numbers taken out and listed by attribute."""

    tag: str
    text: str
    look: tuple[tuple[str, str], ...]
    numbers: tuple[tuple[str, tuple[float, ...]], ...]


def figure_difference(committed: str, fresh: str) -> str:
    """What differs first between two SVG documents, in words; "" where they show the same."""
    try:
        old, new = list(_marks(committed)), list(_marks(fresh))
    except ParseError as error:
        return f"is not an SVG document ({error})"
    for before, after in zip(old, new, strict=False):
        difference = _between(before, after)
        if difference:
            return difference
    return "" if len(old) == len(new) else f"{len(old)} elements became {len(new)}"


def _marks(svg: str) -> Iterator[_Mark]:
    root: Element = fromstring(svg)
    ids: dict[str, str] = {}
    for element in root.iter():
        if "id" in element.attrib:
            ids.setdefault(element.attrib["id"], f"id{len(ids)}")
    skipped = {part for metadata in root.iter() if metadata.tag.endswith("metadata") for part in metadata.iter()}
    for element in root.iter():
        if element not in skipped:
            yield _mark(element, ids)


def _mark(element: Element, ids: dict[str, str]) -> _Mark:
    look, numbers = [], []
    for key, value in sorted(element.attrib.items()):
        plain = re.sub(r"#([\w-]+)", lambda match: "#" + ids.get(match[1], match[1]), value) if key != "id" else ""
        found = tuple(float(match["number"]) for match in _NUMBER.finditer(plain) if match["number"])
        look.append((key, _NUMBER.sub(lambda match: match["kept"] or "0", plain)))
        numbers.append((key, found))
    return _Mark(
        tag=element.tag.rpartition("}")[2],
        text=" ".join(f"{element.text or ''} {element.tail or ''}".split()),
        look=tuple(look),
        numbers=tuple(numbers),
    )


def _between(old: _Mark, new: _Mark) -> str:
    if old.tag != new.tag:
        return f"<{old.tag}> became <{new.tag}>"
    if old.text != new.text:
        return f"the text {old.text!r} became {new.text!r}"
    if old.look != new.look:
        return f"a <{old.tag}> looks different: {_first_other(old.look, new.look)}"
    for (key, before), (_, after) in zip(old.numbers, new.numbers, strict=True):
        moved = max((abs(a - b) for a, b in zip(before, after, strict=True)), default=0.0)
        if moved > (TOLERANCE if key in _GEOMETRY else _STYLE_TOLERANCE):
            return f"a <{old.tag}> moved: its {key} differs by {moved:.3g}"
    return ""


def _first_other(old: tuple[tuple[str, str], ...], new: tuple[tuple[str, str], ...]) -> str:
    before, after = dict(old), dict(new)
    key = next(key for key in sorted(before.keys() | after.keys()) if before.get(key) != after.get(key))
    return f"{key} {before.get(key, 'absent')[:60]!r} became {after.get(key, 'absent')[:60]!r}"
