"""Numbers as a journal prints them.

Rounding is half up from the 12-digit decimal, not from the binary float: the last bits of two machines then never
change what is printed (0.285 prints as 0.29). The minus sign is U+2212 and there is no "−0.00". Decimal point, interval
and p value follow the journal that is being written for (`metak2.display.journal`).
"""

import math
import re
from decimal import ROUND_HALF_UP, Decimal

from metak2.display.journal import NumberStyle, active

MINUS = "\u2212"
DASH = "–"  # a value that does not exist
DECIMAL = re.compile(r"(?<=\d)\.(?=\d)")


def fixed(value: float | None, digits: int) -> str:
    """The number with so many decimals; an en dash where there is none.

    >>> fixed(0.285, 2), fixed(-0.001, 2), fixed(-1.5, 1), fixed(None, 2), fixed(float("inf"), 1)
    ('0.29', '0.00', '−1.5', '–', '∞')
    """
    if value is None or math.isnan(value):
        return DASH
    if math.isinf(value):
        return "∞" if value > 0 else MINUS + "∞"
    if abs(value) >= 1e15:  # beyond what decimals are for
        return f"{value:.3g}".replace("-", MINUS).replace(".", active().numbers.point)
    snapped = Decimal(f"{value:.12g}").quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    text = f"{abs(snapped):f}".replace(".", active().numbers.point)
    return MINUS + text if snapped < 0 else text


def significant(value: float | None, digits: int = 3) -> str:
    """The number with so many significant digits, without an exponent where a clinician would not expect one.

    >>> significant(0.00012345), significant(1234.5), significant(0.31324326)
    ('0.000123', '1235', '0.313')
    """
    if value is None or math.isnan(value) or math.isinf(value) or value == 0:
        return fixed(value, 0)
    places = digits - 1 - math.floor(math.log10(abs(float(f"{value:.12g}"))))
    return fixed(value, max(places, 0))


def effect(value: float | None, digits: int = 2) -> str:
    """An effect or a limit on the displayed scale: so many decimals, more where two would hide it (0.0031).

    >>> effect(0.2011), effect(12.345), effect(0.0031), effect(123.4), effect(-0.0284, 3)
    ('0.20', '12.35', '0.0031', '123.40', '−0.028')
    """
    if value is None or math.isnan(value) or math.isinf(value):
        return fixed(value, digits)
    if 1e-9 < abs(value) < 0.01 and digits == 2:  # below that it is a residue of arithmetic
        return significant(value, 2)
    return fixed(value, digits)


def interval(low: float | None, high: float | None, digits: int = 2) -> str:
    """A confidence or prediction interval on the displayed scale.

    >>> interval(0.0495, 0.8160), interval(-0.65, -0.12)
    ('0.05 to 0.82', '−0.65 to −0.12')
    """
    return f"{effect(low, digits)}{_joint(low, high)}{effect(high, digits)}"


def effect_and_interval(value: float | None, low: float | None, high: float | None, digits: int = 2) -> str:
    """An estimate with its interval behind it, as a cell of a table or figure holds them.

    >>> effect_and_interval(0.2011, 0.0495, 0.8160)
    '0.20 (0.05 to 0.82)'
    """
    return f"{effect(value, digits)} {bracketed(low, high, digits)}"


def bracketed(low: float | None, high: float | None, digits: int = 2) -> str:
    """An interval in the brackets of a table or figure.

    >>> bracketed(0.0495, 0.8160)
    '(0.05 to 0.82)'
    """
    style = active().numbers
    opening, closing = style.brackets
    joint = _joint(low, high) if style.cell_to == style.to else style.cell_to
    return f"{opening}{effect(low, digits)}{joint}{effect(high, digits)}{closing}"


def between(low: float | None, high: float | None, digits: int = 3) -> str:
    """Two limits with so many significant digits.

    >>> between(0.11969, 1.1115)
    '0.120 to 1.11'
    """
    return f"{significant(low, digits)}{_joint(low, high)}{significant(high, digits)}"


def _joint(low: float | None, high: float | None) -> str:
    """What stands between two limits: a word where a hyphen or dash would meet a minus sign."""
    style = active().numbers
    negative = any(limit is not None and limit < 0 for limit in (low, high))
    return style.to_negative if negative else style.to


def equation(symbol: str, value: str) -> str:
    """A symbol with its value, already written.

    >>> equation("I²", "92%")
    'I² = 92%'
    """
    return f"{symbol}{active().numbers.equals}{value}"


def p_value(pval: float | None) -> str:
    """An exact p value with its letter: two significant digits, never below 0.001.

    >>> p_value(0.0123), p_value(0.5), p_value(0.00004), p_value(0.9996)
    ('p = 0.012', 'p = 0.50', 'p < 0.001', 'p = 1.00')
    """
    style = active().numbers
    if pval is None or math.isnan(pval):
        return f"{style.p_letter}{style.equals}{DASH}"
    if pval < style.p_floor:
        return f"{style.p_letter}{style.below}{_probability(f'{style.p_floor:g}', style)}"
    if style.p_ceiling and pval >= 0.995:
        return style.p_ceiling
    return f"{style.p_letter}{style.equals}{_probability(_p_digits(pval, style), style)}"


def _p_digits(pval: float, style: NumberStyle) -> str:
    if style.p_rule == "two decimals":
        return fixed(pval, 3 if pval < 0.01 else 2)
    if pval >= 0.1:
        return fixed(pval, 2)
    return min(significant(pval, 2), fixed(pval, style.p_decimals), key=len)


def _probability(text: str, style: NumberStyle) -> str:
    text = text.replace(".", style.point)
    return text if style.p_zero else text.removeprefix("0")


def p_number(pval: float | None) -> str:
    """An exact p value in a column headed p.

    >>> p_number(0.0123), p_number(0.00004)
    ('0.012', '< 0.001')
    """
    style = active().numbers
    return p_value(pval).removeprefix(style.p_letter).removeprefix(style.equals).lstrip()


def percent(value: float | None, digits: int = 0) -> str:
    """A percentage, already times 100; plainly with a narrow no-break space (U+202F) before the sign.

    >>> percent(92.2214) == "92\u202f%"
    True
    """
    return f"{fixed(value, digits)}{active().numbers.percent}"


def pointed(text: str) -> str:
    """A text that was written without a style, its numbers with the journal's decimal point.

    >>> pointed("0.5 added to every cell.")
    '0.5 added to every cell.'
    """
    return DECIMAL.sub(active().numbers.point, text)


def count(value: float | None) -> str:
    """A whole number of people or events; an en dash where there is none.

    >>> count(21.0), count(float("nan"))
    ('21', '–')
    """
    return fixed(value, 0)
