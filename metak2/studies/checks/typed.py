"""MK-T: numbers that were typed as text: signs, separators, ranges, percentages, two numbers in one cell."""

from collections.abc import Iterator
from datetime import date, timedelta

from metak2.errors import CellProblem, Severity
from metak2.studies.checks.text_dates import decimals, fractions, readings
from metak2.studies.checks.text_numbers import numbers_in
from metak2.studies.rows import plain

COUNTS = frozenset({"events", "n", "n_randomised", "percent", "person_time"})
PARTS = {
    "a (b to c)": "an estimate and its limits, or a median and its quartiles or range",
    "a (b %)": "a count and its percentage",
    "a (b)": "a mean and its SD, or its SE",
    "a ± b": "a mean and its SD, or its SE",
    "a/b": "events of people",
}
_SERIALS = (20000, 60000)  # 1954 to 2064
_DAY_0 = date(1899, 12, 30)


def date_serial(cell: str, column: str, value: float, why: str, *, measured: bool = False) -> CellProblem:
    """MK-T08: Excel's number for a date: a fraction was turned into a date, and the date into its number."""
    when = _DAY_0 + timedelta(days=int(value))
    return CellProblem(
        code="MK-T08",
        severity="error",
        message=f"{plain(value)} is Excel's number for {when.isoformat()}, and {why}",
        cell=cell,
        column=column,
        raw=plain(value),
        suggestion=f"it may have been {f'{decimals(when)} or ' if measured else ''}{readings(fractions(when))}: type "
        f"the {'number' if measured else 'count'}",
    )


def looks_like_serial(value: float) -> bool:
    """Whether the number is a whole one between Excel's numbers for 1954 and 2064."""
    return value.is_integer() and _SERIALS[0] <= value <= _SERIALS[1]


def decimal_comma(cell: str, column: str, raw: str, number: str) -> CellProblem:
    """MK-T09: a decimal comma, read once the sheet is known to use it."""
    return _typed(
        "MK-T09",
        "error",
        (cell, column, raw),
        f"'{raw}' has a decimal comma; it would be {number}",
        'answer once for the column: read_as = "decimal comma"; or type it with a point',
    )


def ambiguous_comma(cell: str, column: str, raw: str, number: str) -> CellProblem:
    """MK-T10: a comma before three digits, which may group thousands or begin the decimals."""
    thousands = raw.replace(",", "")
    return _typed(
        "MK-T10",
        "error",
        (cell, column, raw),
        f"'{raw}' may be {number} or {thousands}",
        'answer once for the column: read_as = "decimal comma" or "thousands comma"; or type it without a comma',
    )


def ambiguous_point(cell: str, column: str, raw: str, beside: str) -> CellProblem:
    """A point before three digits beside decimal commas (MK-T10): it may group thousands or begin the decimals."""
    return _typed(
        "MK-T10",
        "error",
        (cell, column, raw),
        f"'{raw}' may be {raw} or {raw.replace('.', '')}: {beside}",
        "answer: correct it with the value; or type it without the point",
    )


def thousands(cell: str, column: str, raw: str, number: str) -> CellProblem:
    """MK-T11: thousands are grouped by a space, an apostrophe or several commas; read without them."""
    return _typed("MK-T11", "note", (cell, column, raw), f"'{raw}' is text; read as {number}", "")


def typographic_minus(cell: str, column: str, raw: str, number: str) -> CellProblem:
    """MK-T12: a minus sign as printers set it, or with a space behind it; read as a minus."""
    return _typed("MK-T12", "note", (cell, column, raw), f"'{raw}' is text; read as {number}", "")


def number_range(cell: str, column: str, raw: str) -> CellProblem:
    """MK-T13: a range where one number belongs; its second part is no negative number."""
    return _typed(
        "MK-T13", "error", (cell, column, raw), f"'{raw}' is a range, not one number", "type the limits into two cells"
    )


def kept_digits(cell: str, column: str, raw: str, number: str) -> CellProblem:
    """MK-T14: leading zeros or an exponent in a text that is read as a number."""
    return _typed(
        "MK-T14",
        "note",
        (cell, column, raw),
        f"'{raw}' is text; read as {number}",
        "if it is a name and not a quantity, the column should hold text only",
    )


def several_numbers(cell: str, column: str, raw: str, shape: str) -> CellProblem:
    """MK-T15: two or three numbers in one cell; which is which is asked once per column."""
    read = numbers_in(raw)
    said = {"decimal": "decimal commas", "ambiguous": "a comma that may be a decimal one or group thousands"}
    comma = f", with {said[read.comma]} ({' and '.join(map(plain, read.numbers))})" if read.comma else ""
    return _typed(
        "MK-T15",
        "error",
        (cell, column, raw),
        f"'{raw}' holds more than one number: {PARTS.get(shape, 'several')}{comma}",
        f"answer once for the column: read_as = {_targets(column, shape)}; or type them into cells of their own",
    )


def percent_sign(cell: str, column: str, raw: str, role: str) -> CellProblem:
    """MK-T16: a text with a per cent sign: read where the column holds percentages, else an error."""
    number = plain(numbers_in(raw).numbers[0])
    if role == "percent":
        return _typed("MK-T16", "note", (cell, column, raw), f"'{raw}' is text; read as {number} per cent", "")
    belongs = "a percentage where a count belongs" if role in COUNTS else "a percentage, and the column is not one"
    return _typed("MK-T16", "error", (cell, column, raw), f"'{raw}' is {belongs}", "type what was counted or measured")


def shown_as_percentage(cell: str, column: str, raw: str, value: float) -> CellProblem:
    """A number that its cell's format shows a hundred times as large (MK-T16)."""
    shown = f"{plain(round(100 * value, 10))}%"
    message = f"{raw} is shown as {shown}, unlike what is typed in the column's other cells or the column asks for"
    return _typed(
        "MK-T16", "error", (cell, column, raw), message, f"set the format to General and type {shown[:-1]} or {raw}"
    )


def read_typed(cell: str, column: str, raw: str, role: str) -> tuple[float, CellProblem] | None:
    """The number that a text clearly says, with the note that says so; None where it must be asked."""
    read = numbers_in(raw)
    if not read.numbers:
        return None
    number = plain(read.numbers[0])
    if read.kind == "minus":
        return read.numbers[0], typographic_minus(cell, column, raw, number)
    if read.kind == "thousands":
        return read.numbers[0], thousands(cell, column, raw, number)
    if read.kind == "percent" and role == "percent":
        return read.numbers[0], percent_sign(cell, column, raw, role)
    unusual = raw.lstrip("+-").startswith("0") and raw.lstrip("+-")[1:2].isdigit()
    if read.kind == "plain" and (unusual or "e" in raw.casefold()):
        return read.numbers[0], kept_digits(cell, column, raw, number)
    return None


def typed_problem(cell: str, column: str, raw: str, role: str) -> CellProblem | None:
    """What a text that is not plainly one number holds, None where it holds a word."""
    read = numbers_in(raw)
    if read.kind == "several":
        return several_numbers(cell, column, raw, read.shape)
    if read.kind == "range":
        return number_range(cell, column, raw)
    if read.kind == "percent":
        return percent_sign(cell, column, raw, role)
    if read.kind == "decimal comma":
        return decimal_comma(cell, column, raw, plain(read.numbers[0]))
    if read.kind == "ambiguous comma":
        return ambiguous_comma(cell, column, raw, plain(read.numbers[0]))
    return None


def decreased_by_minus(cell: str, column: str, raw: str) -> Iterator[CellProblem]:
    """MK-T17: "decreased by -7.31": a fall of a negative amount would be a rise."""
    words = raw.casefold().replace("−", "-").replace("–", "-").split()
    falls = ("decreas", "reduc", "declin", "fell", "lower", "drop", "loss", "lost")
    for first, second, third in zip(words, words[1:], words[2:], strict=False):
        if first.startswith(falls) and second == "by" and third.startswith("-") and third[1:2].isdigit():
            yield _typed(
                "MK-T17",
                "warning",
                (cell, column, raw),
                f"'{first} by {third}' says a fall of a negative amount",
                f"check the sign: is it a change of {third} or of {third[1:]}?",
            )
            return


def _targets(column: str, shape: str) -> str:
    """The columns that the numbers of a cell most likely belong into, as an answer names them."""
    stem, side = (column[:-2], column[-2:]) if column.endswith(("_e", "_c")) else (column, "")
    limits = shape == "a (b to c)"
    if shape == "a (b %)":
        return f'["{column}", "another column"]'
    partners = {
        "mean": ("dispersion_low", "dispersion_high") if limits else ("sd",) if side else ("dispersion",),
        "estimate": ("ci_low", "ci_high") if limits else ("se",),
        "event": ("n",),
        "events": ("total",),
    }
    named = [column, *(f"{partner}{side}" for partner in partners.get(stem, ("another column",)))]
    return "[" + ", ".join(f'"{name}"' for name in named) + "]"


def _typed(code: str, severity: Severity, where: tuple[str, str, str], message: str, suggestion: str) -> CellProblem:
    cell, column, raw = where
    return CellProblem(
        code=code, severity=severity, message=message, cell=cell, column=column, raw=raw, suggestion=suggestion
    )
