"""Names as they were typed, made safe and short enough to draw."""

import re
import textwrap
import unicodedata

NAME_WIDTH = 60
NAME_LINES = 4  # of sixty letters: a name of two hundred is shown whole
ELLIPSIS = "…"
NO_BREAK = "\u00a0"
SPACES = re.compile(r"[^\S\u202f]+")  # all but the thin space before a per cent sign
UNIT = re.compile(r"(?<=\d) (?=[a-zµμ%]{1,2}\b)")  # "45 mg" stays on one line


def clean(text: object) -> str:
    r"""One line of visible characters: control characters and white space become single spaces.

    >>> clean("Smith\n1990\t(a)\x00")
    'Smith 1990 (a)'
    """
    composed = unicodedata.normalize("NFC", str(text))
    return SPACES.sub(" ", "".join(_visible(character) for character in composed)).strip()


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    if category == "Cf":  # marks that reorder or hide text
        return ""
    return escaped(character) if category in {"Cs", "Cn", "Co"} else character


def escaped(character: str) -> str:
    """The code point in words, for a character that no font can show.

    >>> escaped("中")
    'U+4E2D'
    """
    return f"U+{ord(character):04X}"


def letters(text: str) -> int:
    """Length of a line in Latin letters; a Chinese or Korean one is as wide as two.

    >>> letters("K2"), letters("中")
    (2, 2)
    """
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def wrapped(text: object, width: int = NAME_WIDTH, lines: int = NAME_LINES) -> str:
    r"""The cleaned text broken into at most so many lines, an ellipsis where something is left out.

    Lines of East Asian text, whose characters are twice as wide, hold half as many.

    >>> wrapped("a trial with a long name", width=12, lines=2)
    'a trial with\na long name'
    """
    line = clean(text)
    wide = sum(unicodedata.east_asian_width(character) in {"W", "F"} for character in line)
    if 2 * wide > len(line):
        width = max(width // 2, 1)
    broken = textwrap.wrap(UNIT.sub(NO_BREAK, line), width=width)
    if len(broken) > lines:
        broken[lines - 1 :] = [broken[lines - 1][: width - 1].rstrip() + ELLIPSIS]
    return "\n".join(broken).replace(NO_BREAK, " ")


def sentence(text: str) -> str:
    """The text with a capital at its start; the rest stays as it is (REML, Mantel–Haenszel)."""
    return text[:1].upper() + text[1:]


def balanced(text: object, width: int) -> str:
    r"""The cleaned text in as few lines as the width asks for, of about equal length: no word is left alone.

    >>> balanced("Favours MK-4 45 mg, K2 45 mg", 26)
    'Favours MK-4\n45 mg, K2 45 mg'
    """
    widest = wrapped(text, width)
    narrower = (wrapped(text, narrow) for narrow in range(1, width))
    even = (lines for lines in narrower if lines.count("\n") == widest.count("\n") and not lines.endswith(ELLIPSIS))
    return next(even, widest)
