"""Names beside the points of a scatter: as many as there is room for, the most telling ones first."""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from metak2.plots.chart_marks import Disc, Panel, Words
from metak2.plots.labels import clean, wrapped
from metak2.plots.marks import Align

LONGEST = 26  # characters
LETTER, WIDE_LETTER, HEIGHT = 4.6, 7.6, 8.5  # points of a small text: a Latin letter, an East Asian one, a line
LEAST_ROOM = 2.0

Box = tuple[float, float, float, float]  # left, bottom, right, top in points


def named_points(panel: Panel, order: Sequence[int]) -> Panel:
    """The panel with the names of its discs, in this order of rank, wherever they cover no other name or disc."""
    taken = [_box_of(panel, disc) for disc in panel.discs]
    words = list(panel.words)
    for at in order:
        found = _free_place(panel, panel.discs[at], [box for other, box in enumerate(taken) if other != at])
        if found is not None:
            text, box = found
            words.append(text)
            taken.append(box)
    return replace(panel, words=tuple(words))


def text_width(text: str) -> float:
    """About how many points a small text is wide; exact widths are the font's business."""
    return sum(WIDE_LETTER if unicodedata.east_asian_width(sign) in {"W", "F"} else LETTER for sign in text)


def _centre(panel: Panel, disc: Disc) -> tuple[float, float]:
    return panel.width * panel.across.position(disc.x), panel.height * panel.up.position(disc.y)


def _box_of(panel: Panel, disc: Disc) -> Box:
    x, y = _centre(panel, disc)
    return x - disc.radius, y - disc.radius, x + disc.radius, y + disc.radius


def _free_place(panel: Panel, disc: Disc, taken: Sequence[Box]) -> tuple[Words, Box] | None:
    name = wrapped(clean(disc.name), LONGEST, 1)
    x, y = _centre(panel, disc)
    width, aside = text_width(name), disc.radius + 2.5
    places: tuple[tuple[Align, float, float, float], ...] = (
        ("left", aside, -2.7, aside),
        ("right", -aside, -2.7, -aside - width),
        ("center", 0.0, aside, -width / 2),
        ("center", 0.0, -aside - 6.0, -width / 2),
    )
    for align, dx, dy, left in places:
        box = (x + left, y + dy - 1.5, x + left + width, y + dy - 1.5 + HEIGHT)
        inside = box[0] >= 0 and box[1] >= 0 and box[2] <= panel.width and box[3] <= panel.height
        if inside and not any(_overlap(box, other) for other in taken):
            return Words(x=disc.x, y=disc.y, text=name, align=align, dx=dx, dy=dy), box
    return None


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] + LEAST_ROOM and other[0] < one[2] + LEAST_ROOM and one[1] < other[3] and other[1] < one[3]
