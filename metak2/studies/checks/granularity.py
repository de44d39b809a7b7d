"""GRIM and GRIMMER in whole numbers: which means and SDs people on a whole-number scale can have.

GRIM: Brown & Heathers 2017, Social Psychological and Personality Science. GRIMMER: Anaya 2016, doi
10.7287/peerj.preprints.2400v1, in the analytic form of Allard 2018,
https://aurelienallard.netlify.app/post/anaytic-grimmer-possibility-standard-deviations/.
A person's value is a sum of whole-number items, or their mean; n people have n times as many items.
"""

import math
from collections.abc import Iterator
from fractions import Fraction

SLACK = Fraction(1, 10**9)  # a mean that lies on the edge of rounding may have been rounded either way
MOST_SUMS = 2000  # where more sums round to the mean, any SD can be had


def sums(mean: Fraction, half: Fraction, n: int, items: int) -> range:
    """The whole sums of n people's items whose mean is printed so; empty where there is none (GRIM)."""
    size = n * items
    low, high = (mean - half - SLACK) * size, (mean + half + SLACK) * size
    return range(math.ceil(low), math.floor(high) + 1)


def sd_fits(totals: range, sd: Fraction, half: Fraction, n: int, items: int) -> bool:
    """Whether whole numbers with one of these sums can have an SD that is printed so (GRIMMER).

    The sum of squares is whole, odd where the sum is odd, and at least that of numbers as alike as the sum allows.
    """
    if n < 2 or len(totals) > MOST_SUMS:
        return True
    low, high = max(sd - half - SLACK, Fraction(0)) * items, (sd + half + SLACK) * items
    return any(_square_between(total, low, high, n) for total in totals)


def _square_between(total: int, low: Fraction, high: Fraction, n: int) -> bool:
    about = Fraction(total * total, n)
    least = math.ceil(about + (n - 1) * low * low)
    most = math.floor(about + (n - 1) * high * high)
    whole, rest = divmod(total, n)
    smallest = (n - rest) * whole * whole + rest * (whole + 1) ** 2
    first = max(least, smallest)
    first += (first - total) % 2
    return first <= most


def grim_power(n: int, items: int, decimals: int) -> float:
    """The share of printed means, taken at random, that no whole numbers of n people have.

    >>> round(grim_power(25, 1, 2), 2), grim_power(120, 1, 2)
    (0.75, 0.0)
    """
    printed = int(10**decimals)
    size = n * items
    if size >= printed:
        return 0.0
    half = Fraction(1, 2 * printed)
    possible = sum(1 for last in range(printed) if sums(Fraction(last, printed), half, n, items))
    return 1 - possible / printed


def nearest_means(mean: Fraction, n: int, items: int, decimals: int) -> Iterator[str]:
    """The means next to an impossible one, as they would be printed."""
    size = n * items
    below = math.floor(mean * size)
    for total in (below, below + 1):
        yield f"{total / size:.{decimals}f}"
