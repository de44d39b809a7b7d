"""Which fonts a picture needs, and how wide a text is in them.

DejaVu Sans comes with matplotlib. What it cannot show is taken from an installed font that can, Noto fonts first; what
no font can show is written as its code point and named in a note, never drawn as an empty box.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from matplotlib.font_manager import FontEntry, FontProperties, fontManager, get_font
from matplotlib.textpath import text_to_path

from metak2.plots.labels import clean, escaped, wrapped

FAMILY = "DejaVu Sans"
PLACEHOLDER_FAMILY = "Last Resort"  # it has a box for everything


@dataclass(frozen=True, slots=True, kw_only=True)
class Fonts:
    """The families a picture is set in, in the order they are tried, what none of them shows, and notes on both."""

    families: tuple[str, ...]
    missing: frozenset[str]
    notes: tuple[str, ...]

    def legible(self, text: str) -> str:
        """The text, code points in place of what no font shows; wrapped anew where that makes it longer."""
        return text if self.missing.isdisjoint(text) else wrapped(self.spelled(text))

    def spelled(self, text: str) -> str:
        """The text, code points in place of what no font shows, not wrapped."""
        if self.missing.isdisjoint(text):
            return text
        return clean("".join(f" {escaped(sign)} " if sign in self.missing else sign for sign in text))

    def short(self, text: str, width: int) -> str:
        """The text as it is; where code points take the place of signs, on one line of so many characters."""
        return text if self.missing.isdisjoint(text) else wrapped(self.spelled(text), width, 1)

    def properties(self, *, size: float, bold: bool) -> FontProperties:
        """The font as matplotlib wants it."""
        return FontProperties(family=list(self.families), size=size, weight="bold" if bold else "normal")

    def width(self, text: str, *, size: float, bold: bool = False) -> float:
        """Width of the widest line in points."""
        return max(_width(line, self.families, size, bold) for line in text.split("\n"))

    def lines(self, text: str, width: float, size: float) -> list[str]:
        """The text in lines no wider than so many points, broken between words; further lines are indented."""
        broken = [""]
        for word in text.split(" "):
            longer = f"{broken[-1]} {word}" if broken[-1] else word
            if broken[-1] and self.width(longer, size=size) > width:
                broken.append(f"   {word}")
            else:
                broken[-1] = longer
        return broken


@lru_cache(maxsize=4096)
def _width(line: str, families: tuple[str, ...], size: float, bold: bool) -> float:
    if not line:
        return 0.0
    properties = FontProperties(family=list(families), size=size, weight="bold" if bold else "normal")
    width, _, _ = text_to_path.get_text_width_height_descent(line, properties, ismath=False)
    return float(width)


def fonts_for(texts: Iterable[str]) -> Fonts:
    """The fonts that show these texts, with name and SHA-256 of each one beyond DejaVu Sans in the notes."""
    missing = {character for text in texts for character in text if not character.isspace()} - _shown_by_default()
    families, notes = [FAMILY], []
    for entry in sorted(fontManager.ttflist, key=_preference) if missing else ():
        found = missing & _characters(entry) if _usable(entry) else set()
        if found:
            families.append(entry.name)
            notes.append(f"Font {entry.name}, sha256 {sha256(Path(entry.fname).read_bytes()).hexdigest()}")
            missing -= found
        if not missing:
            break
    if missing:
        named = " ".join(escaped(character) for character in sorted(missing))
        notes.append(f"No installed font shows {named}: written as code points. Install a Noto font that covers them.")
    return Fonts(families=tuple(families), missing=frozenset(missing), notes=tuple(notes))


@lru_cache(maxsize=1)
def _shown_by_default() -> frozenset[str]:
    path = fontManager.findfont(FontProperties(family=[FAMILY]))
    return frozenset(chr(code) for code in get_font(path).get_charmap())


def _preference(entry: FontEntry) -> tuple[bool, str, str]:
    return not entry.name.startswith("Noto Sans"), entry.name, entry.fname


def _usable(entry: FontEntry) -> bool:
    plain = entry.style == "normal" and entry.weight in {400, "normal", "regular", "book"}
    return plain and not entry.name.startswith(PLACEHOLDER_FAMILY) and entry.name != FAMILY


def _characters(entry: FontEntry) -> set[str]:
    return {chr(code) for code in get_font(entry.fname).get_charmap()}
