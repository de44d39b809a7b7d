"""What people and spreadsheets do to one cell, as functions of the value that is true there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

Truth = int | float


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What is written in place of the true value, and how its cell looks."""

    content: Any
    number_format: str = ""
    struck: bool = False


def typed(make: Callable[[Truth], Any]) -> Callable[[Truth, str], Cell]:
    return lambda value, _: Cell(content=make(value))


def grouped(sign: str) -> Callable[[Truth], str]:
    return lambda value: f"{value:,}".replace(",", sign)


def wide(value: Truth) -> str:
    return str(value).translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})


MUTATIONS: Mapping[str, Callable[[Truth, str], Cell]] = {
    "date": typed(lambda value: datetime(2024, int(abs(value)) % 12 + 1, 21)),  # noqa: DTZ001 - as spreadsheets have it
    "first of a month": typed(lambda value: datetime(1948, int(abs(value)) % 12 + 1, 1)),  # noqa: DTZ001 - the same
    "date as text": typed(lambda _: "21-Feb"),
    "German date as text": typed(lambda _: "2. Mrz"),
    "date's number": typed(lambda _: 45343),
    "time": typed(lambda _: time(12, 30)),
    "text": typed(str),
    "text with a space": typed(lambda value: f"{value} "),
    "text with a no-break space": typed(lambda value: f"\u00a0{value}"),
    "wide digits": typed(wide),
    "decimal comma": typed(lambda value: str(value).replace(".", ",")),
    "three decimals after a comma": typed(lambda value: f"{value:.3f}".replace(".", ",")),
    "thousands by comma": typed(grouped(",")),
    "thousands by point": typed(lambda value: grouped(".")(value) if isinstance(value, int) else str(value)),
    "thousands by space": typed(grouped("\u202f")),
    "thousands by apostrophe": typed(grouped("’")),
    "printer's minus": typed(lambda value: str(value).replace("-", "\u2212")),
    "range": typed(lambda value: f"{value}–{value + 2}"),
    "range to": typed(lambda value: f"{value} to {value + 2}"),
    "two readings": typed(lambda value: f"{value}, {value + 1}"),
    "two lines": typed(lambda value: f"{value}\n{value + 1}"),
    "formula": typed(lambda value: f"={value}+0"),
    "failed formula": typed(lambda _: "#DIV/0!"),
    "TRUE": typed(lambda _: True),
    "zeros in front": typed(lambda value: f"00{value}" if value >= 0 else str(value)),
    "exponent": typed(lambda value: f"{value:.6e}"),
    "too large": typed(lambda _: 1e300),
    "infinite": typed(lambda _: "inf"),
    "mean (SD)": typed(lambda value: f"{value} (4.5)"),
    "mean ± SD": typed(lambda value: f"{value} ± 1.2"),
    "mean ± SD with commas": typed(lambda value: f"{value} ± 1,2"),
    "median [quartiles]": typed(lambda value: f"{value} [30; 60]"),
    "of people": typed(lambda value: f"{value}/210"),
    "count (%)": typed(lambda value: f"{value} (12.5%)"),
    "per cent as text": typed(lambda value: f"{value} %"),
    "shown as per cent": lambda value, _: Cell(content=value / 100, number_format="0%"),
    "mark behind": typed(lambda value: f"{value}*"),
    "letter behind": typed(lambda value: f"{value}a"),
    "about": typed(lambda value: f"~{value}"),
    "bound": typed(lambda value: f"<{value}"),
    "unit": typed(lambda value: f"{value} mg"),
    "letters for digits": typed(lambda value: str(value).replace("0", "O").replace("1", "l")),
    "not reported": typed(lambda _: "NR"),
    "dash": typed(lambda _: "–"),
    "None": typed(lambda _: "None"),
    "blank": typed(lambda _: None),
    "999": typed(lambda _: 9999),
    "struck through": lambda value, _: Cell(content=value, struck=True),
}
"""Any column. What the cell then says is the truth, or nothing, or something that must be asked about."""

OF_COUNTS: Mapping[str, Callable[[Truth, str], Cell]] = {
    "negative": typed(lambda value: -value),
    "half": typed(lambda value: value + 0.5),
    "point for thousands": typed(lambda value: value / 1000),
    "more than people": lambda value, role: Cell(content=value * 50 if role == "events" else max(1, value // 50)),
}
OF_SPREADS: Mapping[str, Callable[[Truth, str], Cell]] = {
    "negative": typed(lambda value: -value),
    "zero": typed(lambda _: 0),
    "standard error": typed(lambda value: round(value / 10, 2)),
}
