"""From the words over a column to its meaning: "Events (Intervention)", "n Kontrolle", "m1i" → event_e, n_c, mean_e."""

import re
import unicodedata
from collections.abc import Mapping

from metak2.studies.synonyms import CONTROL, EXPERIMENTAL, FILLERS, MEASURE_WORDS, PLAIN, STEMS, TWO_IN_ONE

_SIGNS = re.compile(r"[^\w%]+|_")
_LEVEL = re.compile(r"\b95 ?%")
_SPLIT = re.compile(r"(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])")
_SIDED = re.compile(r"(.+?)([ec12])")


def plain_words(text: str) -> str:
    r"""The words of a header in one spelling: no accents, no punctuation, single spaces, lower case.

    >>> plain_words(" Ereignisse (Kontrolle) "), plain_words("n°\u00a0de patients")
    ('ereignisse kontrolle', 'n de patients')
    """
    apart = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("°", "").replace("№", "n"))
    bare = unicodedata.normalize("NFC", "".join(sign for sign in apart if not "\u0300" <= sign <= "\u036f"))
    words = _LEVEL.sub("95 ", bare.casefold()).replace("#", " n ").replace("%", " percent ")
    return " ".join(_SIGNS.sub(" ", words).split())


_LISTS: Mapping[str, Mapping[str, tuple[str, int]]] = {
    name: {
        plain_words(wording): (meaning, rank)
        for meaning, wordings in reversed(list(lists.items()))
        for rank, wording in reversed(list(enumerate((meaning, *wordings))))
    }
    for name, lists in (("plain", PLAIN), ("stems", STEMS))
}
_TWO = {plain_words(wording): targets for wording, targets in TWO_IN_ONE.items()}
_MEASURES = {wording: measure for measure, wordings in MEASURE_WORDS.items() for wording in wordings}

GAP = " / "  # between the upper and the lower name of a header of two rows
LAST_RANK = 1000  # of several words that all mean the same, such as "total participants"

Meaning = tuple[tuple[str, ...], int]  # columns that the header stands for, rank of the wording (0 is best)


def side_of(words: list[str]) -> tuple[str, tuple[str, ...]]:
    """The arm that the words name, "e", "c" or "", and the words that are left."""
    for side, named in (("c", CONTROL), ("e", EXPERIMENTAL)):
        long = [word for word in words if word in named and len(word) > 1]
        short = [word for word in (words[-1:] + words[:1]) if word in named and len(word) == 1 and len(words) > 1]
        if long or short:
            drop = set(long) | set(short[:1])
            return side, tuple(word for word in words if word not in drop)
    return "", tuple(words)


def sided_meaning(header: str) -> Meaning | None:
    """What a header of a sheet with one row per trial means, such as ("event_e",) or ("mean_e", "sd_e").

    >>> sided_meaning("Events (Intervention)")[0], sided_meaning("Mittelwert Kontrolle")[0], sided_meaning("year")
    (('event_e',), ('mean_c',), None)
    """
    text = plain_words(header)
    splits = [text.split(), _SPLIT.sub(" ", text).split()]
    ended = _SIDED.fullmatch(text)
    if ended and " " not in text:
        splits.append([ended[1], ended[2]])
    for words in splits:
        side, rest = side_of(words)
        found = _stem(rest) if side else None
        if found is not None:
            return tuple(f"{stem}_{side}" for stem in found[0]), found[1]
    return None


def arm_meaning(header: str) -> Meaning | None:
    """What a header means for one arm of a sheet with one row per arm: ("event",), ("mean", "sd"), and so on."""
    return _stem(tuple(plain_words(header).split()))


def plain_meaning(header: str) -> Meaning | None:
    """What a header means whatever the layout: ("study",), ("outcome",), ("ci_low", "ci_high"), and so on."""
    text = plain_words(header)
    for candidate in _shorter(tuple(text.split())):
        if candidate in _LISTS["plain"]:
            meaning, rank = _LISTS["plain"][candidate]
            return (meaning,), rank
        if candidate in _TWO and not set(_TWO[candidate]) & STEMS.keys():
            return _TWO[candidate], 0
    return None


def measure_meaning(header: str) -> tuple[tuple[str, ...], str] | None:
    """The columns and the measure of a header such as "HR" or "OR (95 % CI)".

    >>> measure_meaning("HR (95% CI)")
    (('estimate', 'ci_low', 'ci_high'), 'HR')
    """
    text = plain_words(header)
    for ending in ("", " 95 ci", " ci", " 95 ki", " ic 95"):
        measure = _MEASURES.get(text.removesuffix(ending) if ending else text)
        if measure and text.endswith(ending):
            return ("estimate", "ci_low", "ci_high") if ending else ("estimate",), measure
    return None


def _stem(words: tuple[str, ...]) -> Meaning | None:
    for candidate in _shorter(words):
        if candidate in _LISTS["stems"]:
            stem, rank = _LISTS["stems"][candidate]
            return (stem,), rank
        if candidate in _TWO and set(_TWO[candidate]) <= STEMS.keys():
            return _TWO[candidate], 0
    said = {_LISTS["stems"].get(word, ("", 0))[0] for word in words if word not in FILLERS}
    return ((said.pop(),), LAST_RANK) if len(said) == 1 and "" not in said else None


def _shorter(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words as they stand, then without words that say nothing."""
    return " ".join(words), " ".join(word for word in words if word not in FILLERS)
