"""What a text may say where a number belongs: typed signs and separators, a range, a percentage, or two numbers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["plain", "minus", "thousands", "decimal comma", "ambiguous comma", "range", "percent", "several", "none"]

_NUMBER = r"[-+]?(?:[0-9]+(?:[.,][0-9]+)?|[.,][0-9]+)"
_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:(?:[ '’][0-9]{3})+|(?:,[0-9]{3}){2,}|,[0-9]{3}(?=\.))(?:\.[0-9]+)?")
_DOT_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:(?:\.[0-9]{3})+,[0-9]+|(?:\.[0-9]{3}){2,})")
_COMMA = re.compile(r"([+-]?)([0-9]*),([0-9]+)")
_RANGE = re.compile(rf"({_NUMBER})\s*(?:-|to|bis|à|…|\.\.\.?)\s*({_NUMBER})")
_PERCENT = re.compile(rf"({_NUMBER})\s*%")
_SPACES = re.compile("[\u00a0\u2000-\u200b\u202f\u205f\u3000]")
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_WIDE = {
    wide: wide - 0xFEE0 for wide in (*range(0xFF10, 0xFF1A), *map(ord, "，．％（）＋／～"))
}  # of East Asian keyboards
_BETWEEN = r"(?:\s*(?:-|to|;|bis|à|…)\s*|,\s+)"
_SHAPES = (
    ("a (b to c)", re.compile(rf"({_NUMBER})\s*%?\s*[(\[]\s*({_NUMBER}){_BETWEEN}({_NUMBER})\s*%?\s*[)\]]")),
    ("a (b %)", re.compile(rf"({_NUMBER})\s*[(\[]\s*({_NUMBER})\s*%\s*[)\]]")),
    ("a (b)", re.compile(rf"({_NUMBER})\s*[(\[]\s*({_NUMBER})\s*[)\]]")),
    ("a ± b", re.compile(rf"({_NUMBER})\s*(?:±|\+\s*/\s*-|\+-)\s*({_NUMBER})")),
    ("a/b", re.compile(rf"({_NUMBER})\s*(?:/|of)\s*({_NUMBER})")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextNumber:
    """The numbers in a text, in order, and the shape in which they stand ("a ± b", "a/b" …).

    `comma` is "decimal" or "ambiguous" where one of several numbers has one ("13,1 ± 0,6", "1,150 ± 2").
    """

    kind: Kind
    numbers: tuple[float, ...] = ()
    shape: str = ""
    comma: str = ""


def numbers_in(text: str) -> TextNumber:
    """How the text would be read as one number, or as several.

    >>> numbers_in("−2.5").numbers, numbers_in("12.3 (4.5)").shape, numbers_in("1,150").kind
    ((-2.5,), 'a (b)', 'ambiguous comma')
    """
    typed = _SPACES.sub(" ", text).strip().translate(_WIDE)
    plain = _DASHES.sub("-", typed)
    single = _single(plain, typed)
    if single is not None:
        return single
    for shape, pattern in _SHAPES:
        found = pattern.fullmatch(plain)
        if found:
            return TextNumber(
                kind="several",
                numbers=tuple(_value(part) for part in found.groups()),
                shape=shape,
                comma=_commas(found.groups()),
            )
    found = _RANGE.fullmatch(plain)
    if found:
        return TextNumber(kind="range", numbers=(_value(found[1]), _value(found[2])), shape="a to b")
    return TextNumber(kind="none")


def _single(plain: str, typed: str) -> TextNumber | None:
    joined = re.sub(r"^([+-])\s+(?=[0-9.])", r"\1", plain)
    if _PLAIN.fullmatch(joined):
        return TextNumber(kind="plain" if _PLAIN.fullmatch(typed) else "minus", numbers=(float(joined),))
    if _GROUPED.fullmatch(joined):
        return TextNumber(kind="thousands", numbers=(float(re.sub("[ '’,]", "", joined)),))
    if _DOT_GROUPED.fullmatch(joined):
        whole = joined.replace(".", "").replace(",", ".")
        return TextNumber(kind="decimal comma" if "," in joined else "thousands", numbers=(float(whole),))
    comma = _COMMA.fullmatch(joined)
    if comma:
        unclear = _commas((joined,)) == "ambiguous"
        return TextNumber(kind="ambiguous comma" if unclear else "decimal comma", numbers=(_value(joined),))
    percent = _PERCENT.fullmatch(joined)
    return TextNumber(kind="percent", numbers=(_value(percent[1]),)) if percent else None


def _commas(numbers: Iterable[str]) -> str:
    found = [comma for comma in map(_COMMA.fullmatch, numbers) if comma]
    if any(len(comma[3]) == 3 and 1 <= len(comma[2]) <= 3 and comma[2].strip("0") for comma in found):
        return "ambiguous"
    return "decimal" if found else ""


def _value(text: str) -> float:
    return float(text.replace(",", "."))
