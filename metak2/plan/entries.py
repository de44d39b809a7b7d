"""How the entries of a plan are read: one text or several, the formula and the name of a regression."""

from collections.abc import Mapping
from typing import Any


def texts(value: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """One text or several, as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value)


def formula_of(regression: Mapping[str, Any]) -> str:
    """The moderators of a `[[regression]]` as one formula."""
    return " + ".join(str(one) for one in texts(regression["moderators"]))


def label_of(regression: Mapping[str, Any]) -> str:
    """The name of a `[[regression]]`: its label, else its formula."""
    return str(regression.get("label") or formula_of(regression))
