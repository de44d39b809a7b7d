"""What a printed number may have been before it was rounded, and the p values and z scores that follow from it."""

import math
from statistics import NormalDist

from metak2.studies.checks.text_numbers import numbers_in
from metak2.studies.rows import Entry, plain

NORMAL = NormalDist()
_T975 = ((8, 2.3060), (15, 2.1314), (30, 2.0423))


def decimals(raw: str) -> int:
    """Digits after the point as typed.

    >>> decimals("0.80"), decimals("12"), decimals("2.5e-05")
    (2, 0, 6)
    """
    mantissa, _, exponent = raw.strip().casefold().partition("e")
    shift = int(exponent) if exponent.lstrip("+-").isdigit() else 0
    return max(0, len(mantissa.partition(".")[2]) - shift)


def as_typed(entry: Entry) -> str:
    """The number as it stands in its cell; where the cell holds other things too, as one would type it."""
    if numbers_in(entry.raw).kind == "plain" or not isinstance(entry.value, float):
        return entry.raw
    return plain(entry.value)


def significant(raw: str) -> int:
    """Digits from the first that is not 0.

    >>> significant("0.031"), significant("0.8")
    (2, 1)
    """
    return len("".join(letter for letter in raw.partition("e")[0] if letter.isdigit()).lstrip("0"))


def half_units(entries: list[Entry]) -> list[float]:
    """Half a unit in the last printed digit of each of some numbers printed side by side.

    A spreadsheet drops zeros at the end, so a number with fewer decimals than its neighbours is taken to have had as
    many, unless it has two significant digits and one decimal less: 0.13 (0.031 to 0.554).
    """
    typed = [as_typed(entry) for entry in entries]
    shown = [decimals(text) for text in typed]
    most = max(shown)
    own = [
        digits if digits == most - 1 and significant(text) >= 2 else most
        for digits, text in zip(shown, typed, strict=True)
    ]
    return [0.5 * 10.0**-digits for digits in own]


def z_of_p(p: float, *, one_sided: bool = False) -> float:
    """The size of the z score with this p value."""
    tail = min(p, 1 - p) if one_sided else p / 2
    return math.inf if tail <= 0 else abs(NORMAL.inv_cdf(tail))


def z_range_of_p(entry: Entry, *, one_sided: bool = False) -> tuple[float, float]:
    """The z scores that round to this p value; 0.001 and its like may be printed for anything below."""
    p = float(entry.value)
    half = 0.5 * 10.0 ** -decimals(as_typed(entry))
    low, high = max(p - half, 0.0), min(p + half, 1.0)
    bound = p <= 0.01 and significant(as_typed(entry)) == 1 and f"{p:e}".startswith("1")
    scores = sorted((z_of_p(low, one_sided=one_sided), z_of_p(high, one_sided=one_sided)))
    if one_sided and low < 0.5 < high:
        scores[0] = 0.0
    return scores[0], math.inf if bound else scores[1]


def z_of_t(t: float, df: float) -> float:
    """The z score with the p value of this t (Wallace 1959, Annals of Mathematical Statistics 30:1121)."""
    return (8 * df + 1) / (8 * df + 3) * math.sqrt(df * math.log1p(t * t / df))


def z_range(estimates: tuple[float, float], errors: tuple[float, float]) -> tuple[float, float]:
    """The smallest and largest size of estimate / error between these bounds."""
    low, high = sorted(map(abs, estimates))
    if estimates[0] <= 0 <= estimates[1]:
        low = 0.0
    return (low / errors[1], high / errors[0]) if errors[0] > 0 else (low / errors[1], math.inf)


def widened_for_t(scores: tuple[float, float], level: float) -> tuple[float, float]:
    """The z scores if the 95 per cent interval was made with Student's t of 8 or more degrees of freedom."""
    if abs(level - 0.95) > 1e-9:
        return scores
    found = [*scores]
    for df, critical in _T975:
        found += [z_of_t(score * critical / 1.959964, df) for score in scores if math.isfinite(score)]
    return min(found), max(found)


def gap(one: tuple[float, float], other: tuple[float, float]) -> float:
    """How far two ranges lie apart, 0 where they meet."""
    return max(0.0, one[0] - other[1], other[0] - one[1])


def p_text(z: float) -> str:
    """The two-sided p value of a z score, as one would print it.

    >>> p_text(1.96), p_text(5)
    ('0.050', '<0.001')
    """
    p = math.erfc(z / math.sqrt(2))
    return "<0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def chi2_tail(chi2: float, df: int) -> float:
    """P(X > chi2) for whole degrees of freedom, by the closed forms."""
    half = chi2 / 2
    if df % 2 == 0:
        term = total = 1.0
        for step in range(1, df // 2):
            term *= half / step
            total += term
        return float(math.e**-half * total)
    total = math.erfc(math.sqrt(half))
    term = math.sqrt(half / math.pi) * 2.0 * float(math.e**-half)
    for step in range(1, (df + 1) // 2):
        total += term
        term *= half / (step + 0.5)
    return total
