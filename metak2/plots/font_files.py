"""The files of the fonts that a picture is set in, for a typesetter beside matplotlib."""

from collections.abc import Iterable
from pathlib import Path

from matplotlib.font_manager import fontManager

from metak2.plots.fonts import FAMILY


def font_files(families: Iterable[str]) -> tuple[Path, ...]:
    """The upright files of each family beyond DejaVu Sans.

    Several where two versions of a font are installed: the one that `fonts_for` found a letter in is among them.
    """
    wanted = frozenset(families) - {FAMILY}
    found = {entry.fname for entry in fontManager.ttflist if entry.name in wanted and entry.style == "normal"}
    return tuple(Path(name) for name in sorted(found))
