"""The files of the fonts that a picture is set in, for a typesetter beside matplotlib."""

from collections.abc import Iterable
from pathlib import Path

from matplotlib.font_manager import FontProperties, fontManager

from metak2.plots.fonts import FAMILY


def font_files(families: Iterable[str]) -> tuple[Path, ...]:
    """The regular cut of each family beyond DejaVu Sans, as `fonts_for` found it among the installed fonts."""
    return tuple(Path(fontManager.findfont(FontProperties(family=[name]))) for name in families if name != FAMILY)
