"""JSON with one spelling only: the same numbers give the same bytes.

Keys are sorted, numbers have ten significant digits, −0 is 0, what is not a finite number is null, lines end in LF,
and a list of plain values stands on one line.
"""

import json
import math
from collections.abc import Mapping

import numpy as np

TINY = 1e-12  # of a field's natural scale: what is left there is the residue of an iteration, not a result


def snapped(value: float, scale: float = 1.0) -> float:
    """The number, or 0 where it is below 1e-12 of its natural scale.

    >>> snapped(3e-17), snapped(3e-17, scale=1e-16)
    (0.0, 3e-17)
    """
    return 0.0 if abs(value) < TINY * scale else value


def canonical_json(value: object) -> str:
    """The value as canonical JSON with a final line feed.

    Mappings with string keys, lists, tuples, arrays, strings, booleans, None, and numbers of Python and NumPy are
    known; anything else is a `TypeError`.

    >>> print(canonical_json({"k": 13, "ci": [-1.0712345678901, -0.0], "pi": float("nan")}), end="")
    {
      "ci": [-1.071234568, 0],
      "k": 13,
      "pi": null
    }
    """
    return _text(value, indent="") + "\n"


def _text(value: object, *, indent: str) -> str:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, Mapping):
        return _object(value, indent=indent)
    if isinstance(value, (list, tuple)):
        return _array(value, indent=indent)
    return _scalar(value)


def _object(value: Mapping[object, object], *, indent: str) -> str:
    if not value:
        return "{}"
    strangers = [key for key in value if not isinstance(key, str)]
    if strangers:
        raise TypeError(f"JSON keys are strings, not {strangers}")
    inner = indent + "  "
    lines = (f"{inner}{_quoted(str(key))}: {_text(value[key], indent=inner)}" for key in sorted(value, key=str))
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def _array(values: list[object] | tuple[object, ...], *, indent: str) -> str:
    if not any(isinstance(value, (Mapping, list, tuple, np.ndarray)) for value in values):
        return "[" + ", ".join(_scalar(value) for value in values) + "]"
    inner = indent + "  "
    return "[\n" + ",\n".join(inner + _text(value, indent=inner) for value in values) + f"\n{indent}]"


def _scalar(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool() | np.bool():
            return "true" if value else "false"
        case int() | np.integer():
            return str(int(value))
        case float() | np.floating():
            return _number(float(value))
        case str():
            return _quoted(value)
    raise TypeError(f"{type(value).__name__} has no canonical JSON form")


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "null"
    text = f"{value:.10g}"
    return "0" if text == "-0" else text


def _quoted(text: str) -> str:
    return json.dumps(text.encode("utf-8", "replace").decode("utf-8"), ensure_ascii=False)
