"""The letters that the figures of one page use, cut out of DejaVu Sans and packed as WOFF.

SVG keeps its text as text; with the font inside the page it looks the same where DejaVu is not installed. The same
letters give the same bytes.
"""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]  # it ships no types
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # it ships no types


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """One cut of DejaVu Sans as a CSS ``@font-face`` wants it."""

    weight: str
    style: str
    base64: str


_FILES = {
    ("normal", "normal"): "DejaVuSans.ttf",
    ("bold", "normal"): "DejaVuSans-Bold.ttf",
    ("normal", "italic"): "DejaVuSans-Oblique.ttf",
    ("bold", "italic"): "DejaVuSans-BoldOblique.ttf",
}


def faces(letters: Iterable[tuple[str, str, str]]) -> tuple[Face, ...]:
    """The cuts that are needed for ``(weight, style, text)`` runs, each with the letters used in it."""
    used: dict[tuple[str, str], set[str]] = {}
    for weight, style, text in letters:
        used.setdefault((weight, style), set()).update(text)
    return tuple(
        Face(weight=weight, style=style, base64=b64encode(_subset(_FILES[weight, style], used[weight, style])).decode())
        for weight, style in sorted(used)
    )


def font_folder() -> Path:
    """Where matplotlib keeps DejaVu, found without importing matplotlib."""
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("matplotlib, which brings the DejaVu fonts, is not installed")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"


def _subset(file: str, letters: set[str]) -> bytes:
    font = TTFont(font_folder() / file, recalcTimestamp=False)  # else the time of day stands in the file
    options = Options(recalc_timestamp=False, hinting=False, layout_features=["kern", "mark"])
    options.drop_tables += ["FFTM"]  # the editor's time stamp
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(sorted(letters)))
    subsetter.subset(font)
    font.flavor = "woff"
    packed = BytesIO()
    font.save(packed)
    return packed.getvalue()
