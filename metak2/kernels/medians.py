"""Means and SDs from medians, quartiles and ranges; elementwise, NaN where a number that a method needs is missing.

`low` and `high` are minimum and maximum, `q1` and `q3` the quartiles. A method looks at what is there: the range with
the median, the quartiles with the median, or all five numbers.
"""

import numpy as np
from scipy.special import betainc, ndtr, ndtri

from metak2.kernels.contract import FloatArray

Numbers = tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]
"""low, q1, median, q3, high."""
Moments = tuple[FloatArray, FloatArray]


def luo_mean(numbers: Numbers, n: FloatArray) -> FloatArray:
    """The optimally weighted mean of Luo, Wan, Liu & Tong (2018)."""
    low, q1, median, q3, high = numbers
    with np.errstate(invalid="ignore"):
        by_range = 4 / (4 + n**0.75)
        by_quartiles = 0.7 + 0.39 / n
        outer, inner = 2.2 / (2.2 + n**0.75), 0.7 - 0.72 / n**0.55
        return _by_what_is_there(
            numbers,
            by_range * (low + high) / 2 + (1 - by_range) * median,
            by_quartiles * (q1 + q3) / 2 + (1 - by_quartiles) * median,
            outer * (low + high) / 2 + inner * (q1 + q3) / 2 + (1 - outer - inner) * median,
        )


def wan_mean(numbers: Numbers, n: FloatArray) -> FloatArray:  # noqa: ARG001 - all methods take the same two arguments
    """The mean of Wan, Wang, Liu & Tong (2014): the median and the others with fixed weights."""
    low, q1, median, q3, high = numbers
    return _by_what_is_there(
        numbers,
        (low + 2 * median + high) / 4,
        (q1 + median + q3) / 3,
        (low + 2 * q1 + 2 * median + 2 * q3 + high) / 8,
    )


def wan_mean_with_n(numbers: Numbers, n: FloatArray) -> FloatArray:
    """Equation 3 of Wan et al. (2014) for the range, with the term in 1/n that `wan_mean` leaves out."""
    low, _, median, _, high = numbers
    value = (low + 2 * median + high) / 4 + (low - 2 * median + high) / (4 * n)
    other = wan_mean(numbers, n)
    return _by_what_is_there(numbers, value, other, other)


def bland_mean(numbers: Numbers, n: FloatArray) -> FloatArray:  # noqa: ARG001 - all methods take the same two arguments
    """The mean of Bland (2015), from all five numbers."""
    low, q1, median, q3, high = numbers
    five = (low + 2 * q1 + 2 * median + 2 * q3 + high) / 8
    return _by_what_is_there(numbers, np.full_like(five, np.nan), np.full_like(five, np.nan), five)


def hozo_mean(numbers: Numbers, n: FloatArray) -> FloatArray:
    """The mean of Hozo, Djulbegovic & Hozo (2005), from median and range: above 25 people, the median."""
    low, _, median, _, high = numbers
    value = np.where(n <= 25, (low + 2 * median + high) / 4, median + 0 * (low + high))
    return _by_what_is_there(numbers, value, np.full_like(value, np.nan), np.full_like(value, np.nan))


def wan_sd(numbers: Numbers, n: FloatArray) -> FloatArray:
    """The SD of Wan, Wang, Liu & Tong (2014)."""
    low, q1, _, q3, high = numbers
    whole, half = _normal_range(n), _normal_quartiles(n)
    return _by_what_is_there(
        numbers, (high - low) / whole, (q3 - q1) / half, (high - low) / (2 * whole) + (q3 - q1) / (2 * half)
    )


def wan_table_sd(numbers: Numbers, n: FloatArray) -> FloatArray:
    """The SD of Wan et al. (2014) by their tables 1 and 2 (n up to 50; Q up to 50, n = 4 Q + 1), else as `wan_sd`."""
    low, q1, _, q3, high = numbers
    quarter = np.floor((n + 1) / 4)
    whole = np.where(n <= 50, np.round(expected_range(n), 3), _normal_range(n))
    half = np.where(quarter <= 50, np.round(expected_quartiles(quarter), 3), _normal_quartiles(n))
    five = (high - low) / (2 * whole) + (q3 - q1) / (2 * half)
    return _by_what_is_there(numbers, (high - low) / whole, (q3 - q1) / half, five)


def shi_sd(numbers: Numbers, n: FloatArray) -> FloatArray:
    """The SD of Shi, Luo, Weng et al. (2020), from all five numbers."""
    low, q1, _, q3, high = numbers
    outer = (2 + 0.14 * n**0.6) * _normal_range(n) / 2
    inner = (2 + 2 / (0.07 * n**0.6)) * _normal_quartiles(n) / 2
    five = (high - low) / outer + (q3 - q1) / inner
    return _by_what_is_there(numbers, np.full_like(five, np.nan), np.full_like(five, np.nan), five)


def wan_or_shi_sd(numbers: Numbers, n: FloatArray) -> FloatArray:
    """Shi et al. (2020) where all five numbers are known, Wan et al. (2014) elsewhere."""
    shi = shi_sd(numbers, n)
    return np.where(np.isfinite(shi), shi, wan_sd(numbers, n))


def bland_sd(numbers: Numbers, n: FloatArray) -> FloatArray:  # noqa: ARG001 - all methods take the same two arguments
    """The SD of Bland (2015), from all five numbers."""
    low, q1, median, q3, high = numbers
    squares = (low**2 + 2 * q1**2 + 2 * median**2 + 2 * q3**2 + high**2) / 16
    products = (low * q1 + q1 * median + median * q3 + q3 * high) / 8
    total = (low + 2 * q1 + 2 * median + 2 * q3 + high) ** 2 / 64
    five = np.sqrt(np.maximum(squares + products - total, 0.0))
    return _by_what_is_there(numbers, np.full_like(five, np.nan), np.full_like(five, np.nan), five)


def hozo_sd(numbers: Numbers, n: FloatArray) -> FloatArray:
    """The SD of Hozo, Djulbegovic & Hozo (2005), from median and range, by size of the sample."""
    low, _, median, _, high = numbers
    small = np.sqrt(((low - 2 * median + high) ** 2 / 4 + (high - low) ** 2) / 12)
    value = np.where(n <= 15, small, np.where(n <= 70, (high - low) / 4, (high - low) / 6))
    return _by_what_is_there(numbers, value, np.full_like(value, np.nan), np.full_like(value, np.nan))


def walter_sd(numbers: Numbers, n: FloatArray) -> FloatArray:
    """The range over its expectation in normal samples; Walter & Yao (2007)."""
    low, _, _, _, high = numbers
    value = (high - low) / expected_range(n)
    return _by_what_is_there(numbers, value, np.full_like(value, np.nan), np.full_like(value, np.nan))


def lognormal_moments(numbers: Numbers, n: FloatArray, centre: FloatArray, spread: FloatArray) -> Moments:
    """Mean and SD of log-normal data from mean and SD of their logarithms, whose five numbers are `numbers`.

    With all five numbers bias-corrected by Shi, Tong, Wang & Genton (2020), Stat Interface 13:519-531, for `spread` by
    `shi_sd`: in normal samples of five to forty its square is on average 1 + 0.28 / ln² n, its fourth power about
    1 + 3.93 / n times that of the SD. Elsewhere the log-normal formulas as they are.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        five = np.all([np.isfinite(number) for number in numbers], axis=0)
        square = spread**2 / np.where(five, 1 + 0.28 / np.log(n) ** 2, 1.0)
        fourth = spread**4 / (1 + 3.93 / n)
        less = np.where(five, 1 / n, 0.0)
        mean = np.exp(centre + square / 2) / (1 + less * (0.405 * square + 0.315 * fourth))
        raw = np.exp(2 * (centre + square)) / (1 + less * (1.62 * square + 5.04 * fourth))
        variance = raw - np.exp(2 * centre + square) / (1 + less * (1.62 * square + 1.26 * fourth))
        return mean, np.sqrt(np.maximum(variance, 0.0))


def expected_range(n: FloatArray) -> FloatArray:
    """Mean range of `n` standard normal values: the integral of 1 - Φⁿ - (1 - Φ)ⁿ; Tippett (1925)."""
    n = np.asarray(n, dtype=np.float64)
    x = np.linspace(-10, 10, 2001)
    below, above = ndtr(x), ndtr(-x)
    gap = 1 - below ** n[..., np.newaxis] - above ** n[..., np.newaxis]
    return np.asarray(gap.sum(axis=-1) * (x[1] - x[0]))


def expected_quartiles(quarter: FloatArray) -> FloatArray:
    """Mean distance of the quartiles of n = 4 Q + 1 standard normal values: twice that of the value of rank 3 Q + 1."""
    quarter = np.asarray(quarter, dtype=np.float64)[..., np.newaxis]
    x = np.linspace(-10, 10, 2001)
    beyond = 1 - betainc(3 * quarter + 1, quarter + 1, ndtr(x))
    return np.asarray(2 * ((beyond - (x < 0)).sum(axis=-1) - 0.5) * (x[1] - x[0]))


def skewness_test(numbers: Numbers, n: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Statistic and 5 % critical value of the test for skewness of Shi, Luo, Wan et al. (2023)."""
    low, q1, median, q3, high = numbers
    with np.errstate(divide="ignore", invalid="ignore"):
        outer = np.abs(low + high - 2 * median) / (high - low)
        inner = np.abs(q1 + q3 - 2 * median) / (q3 - q1)
        both = np.maximum(2.65 * np.log(0.6 * n) / np.sqrt(n) * outer, inner)
        statistic = _by_what_is_there(numbers, outer, inner, both)
        critical = _by_what_is_there(
            numbers,
            1 / np.log(n + 9) + 2.5 / (n + 1) + 0 * outer,
            2.65 / np.sqrt(n) - 6 / n**2 + 0 * inner,
            3 / np.sqrt(n) - 40 / n**3 + 0 * both,
        )
    return statistic, critical


def _normal_range(n: FloatArray) -> FloatArray:
    return np.asarray(2 * ndtri((n - 0.375) / (n + 0.25)))


def _normal_quartiles(n: FloatArray) -> FloatArray:
    return np.asarray(2 * ndtri((0.75 * n - 0.125) / (n + 0.25)))


def _by_what_is_there(numbers: Numbers, ranged: FloatArray, quartiles: FloatArray, five: FloatArray) -> FloatArray:
    low, q1, _, q3, high = numbers
    ends, middle = np.isfinite(low) & np.isfinite(high), np.isfinite(q1) & np.isfinite(q3)
    return np.where(ends & middle, five, np.where(ends, ranged, np.where(middle, quartiles, np.nan)))
