"""Dates: what a fraction may have been before a spreadsheet made a date of it, and texts that say a date."""

import re
import unicodedata
from datetime import date

_MONTHS = (
    ("jan", "ene", "gen", "янв", "1月"), ("feb", "fev", "fevr", "фев", "2月"),
    ("mar", "mrz", "mars", "mrt", "maa", "мар", "3月"), ("apr", "avr", "abr", "апр", "4月"),
    ("may", "mai", "mag", "mei", "май", "5月"), ("jun", "juin", "giu", "июн", "6月"),
    ("jul", "juil", "lug", "июл", "7月"), ("aug", "aou", "ago", "авг", "8月"),
    ("sep", "set", "сен", "9月"), ("oct", "okt", "ott", "out", "окт", "10月"),
    ("nov", "ноя", "11月"), ("dec", "dez", "dic", "дек", "12月"),
)  # fmt: skip
_MONTH_OF = {name: month for month, names in enumerate(_MONTHS, start=1) for name in names}
_NAME = "|".join(sorted(_MONTH_OF, key=len, reverse=True))
_DAY_MONTH = re.compile(rf"([0-9]{{1,2}})[\s.\-/]*({_NAME})\w*\.?(?:[\s.\-/,]*[0-9]{{2,4}})?")
_MONTH_DAY = re.compile(rf"({_NAME})\w*\.?[\s\-/]*([0-9]{{1,2}})日?(?:[\s.\-/,]+[0-9]{{2,4}})?")
_NUMBERS = re.compile(r"([0-9]{1,2})([./\-])([0-9]{1,2})\2(?:[0-9]{4}|[0-9]{2})")
_ISO = re.compile(r"[0-9]{4}[\-/]([0-9]{1,2})[\-/]([0-9]{1,2})(?:[ T]00:00(?::00)?)?")


def date_in_text(text: str) -> tuple[int, int] | None:
    """Month and day (or the last two digits of a year) of a text that says a date, None for any other text.

    >>> date_in_text("21-Feb"), date_in_text("2. Mrz"), date_in_text("Mai 48"), date_in_text("12–14")
    ((2, 21), (3, 2), (5, 48), None)
    """
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(sign))
    plain = unicodedata.normalize("NFC", plain).strip()
    found = _DAY_MONTH.fullmatch(plain)
    if found:
        return _MONTH_OF[found[2]], int(found[1])
    found = _MONTH_DAY.fullmatch(plain)
    if found:
        return _MONTH_OF[found[1]], int(found[2])
    found = _ISO.fullmatch(plain)
    if found:
        return int(found[1]), int(found[2])
    found = _NUMBERS.fullmatch(plain)
    return (int(found[1]), int(found[3])) if found else None


def fractions(when: date) -> tuple[tuple[int, int], ...]:
    """The fractions of which a spreadsheet makes this date: "5/48" is taken for May 1948, "5/20" for 20 May.

    >>> fractions(date(1948, 5, 1))[0], fractions(date(2024, 2, 21))
    ((5, 48), ((2, 21), (21, 2)))
    """
    of_year = ((when.month, when.year % 100),) if when.day == 1 and when.year % 100 > 1 else ()
    return (*of_year, (when.month, when.day), (when.day, when.month))


def decimals(when: date) -> str:
    """The number with a point of which a spreadsheet that expects a comma makes this date.

    >>> decimals(date(2024, 5, 12)), decimals(date(1948, 5, 1))
    ('"12.5"', '"5.48"')
    """
    return f'"{when.month}.{when.year % 100}"' if when.day == 1 else f'"{when.day}.{when.month}"'


def readings(pairs: tuple[tuple[int, int], ...]) -> str:
    """The fractions as they may have been typed, and what they mean: none of them is chosen."""
    return " or ".join(f'"{first}/{second}" ({first} of {second})' for first, second in dict.fromkeys(pairs))
