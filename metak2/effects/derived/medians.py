"""Means and SDs from five-number summaries, with the test that warns against it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metak2.errors import ModelError, UnknownOptionError
from metak2.kernels import medians, transforms
from metak2.kernels.contract import FloatArray
from metak2.studies.table import read_only

Rule = Callable[[medians.Numbers, FloatArray], FloatArray]
MEAN_METHODS: Mapping[str, Rule] = {
    "luo": medians.luo_mean,
    "wan": medians.wan_mean,
    "wan with n": medians.wan_mean_with_n,
    "bland": medians.bland_mean,
    "hozo": medians.hozo_mean,
}
SD_METHODS: Mapping[str, Rule] = {
    "wan or shi": medians.wan_or_shi_sd,
    "wan": medians.wan_sd,
    "wan tables": medians.wan_table_sd,
    "shi": medians.shi_sd,
    "bland": medians.bland_sd,
    "hozo": medians.hozo_sd,
    "walter": medians.walter_sd,
}
DISTRIBUTIONS = ("normal", "lognormal")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FiveNumbers:
    """Minimum, quartiles, median and maximum of `n` people each; NaN where a paper does not give one."""

    n: FloatArray
    median: FloatArray
    low: FloatArray
    high: FloatArray
    q1: FloatArray
    q3: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FromMedians:
    """Estimated means and SDs with the test for skewness; `skewed` where it rejects a symmetric distribution at 5 %.

    `mean` and `sd` are NaN where the method does not apply, and where the data are skewed unless that was waived.
    """

    mean: FloatArray
    sd: FloatArray
    statistic: FloatArray
    critical: FloatArray
    skewed: NDArray[np.bool_]


def five_numbers(
    median: ArrayLike,
    n: ArrayLike,
    *,
    quartiles: tuple[ArrayLike, ArrayLike] | None = None,
    limits: tuple[ArrayLike, ArrayLike] | None = None,
) -> FiveNumbers:
    """The summary of one or more groups: the median with `quartiles` (q1, q3), `limits` (minimum, maximum) or both.

    Raises
    ------
    ModelError
        Neither quartiles nor limits; numbers out of order; n that is not a whole number of 2 or more.
    """
    if quartiles is None and limits is None:
        raise ModelError("a median alone gives no SD: give quartiles=(q1, q3), limits=(minimum, maximum) or both")
    nothing = (np.nan, np.nan)
    given = (median, n, *(quartiles or nothing), *(limits or nothing))
    middle, size, q1, q3, low, high = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in given))
    order = np.stack([low, q1, middle, q3, high])
    filled = np.fmax.accumulate(order, axis=0)
    if np.any(order < filled):
        raise ModelError("the five numbers must rise: minimum ≤ q1 ≤ median ≤ q3 ≤ maximum")
    if np.any(np.isfinite(size) & ((size < 2) | (size != np.round(size)))):
        raise ModelError("n is a whole number of people, 2 or more")
    return FiveNumbers(n=size, median=middle, low=low, high=high, q1=q1, q3=q3)


def means_from_medians(
    summary: FiveNumbers,
    *,
    mean: str = "luo",
    sd: str = "wan or shi",
    distribution: Literal["normal", "lognormal"] = "normal",
    even_if_skewed: bool = False,
) -> FromMedians:
    """Means and SDs that a normal (or log-normal) distribution with these five numbers would have.

    Parameters
    ----------
    mean
        "luo" (2018), "wan" (2014), "wan with n" (its equation 3), "bland" (2015; five numbers) or "hozo" (2005; range).
    sd
        "wan or shi" (Shi 2020 with five numbers, else Wan 2014), "wan", "wan tables" (as R's meta does up to n = 50),
        "shi", "bland", "hozo" or "walter" (2007).
    distribution
        "lognormal" works on the logarithms: with all five numbers the bias-corrected estimator of Shi, Tong, Wang &
        Genton (2020), else the log-normal formulas as they are, which in small and very skewed samples lie a few per
        cent above it.
    even_if_skewed
        Give a mean and SD although the test of Shi et al. (2023) says that the data are skewed.

    >>> found = means_from_medians(five_numbers(12, 40, quartiles=(9, 18)))
    >>> round(float(found.mean), 4), round(float(found.sd), 4), bool(found.skewed)
    (13.0646, 6.9204, False)
    """
    for option, value, allowed in (
        ("mean", mean, MEAN_METHODS), ("sd", sd, SD_METHODS), ("distribution", distribution, DISTRIBUTIONS),
    ):  # fmt: skip
        if value not in allowed:
            raise UnknownOptionError(option, value, allowed)
    numbers: medians.Numbers = (summary.low, summary.q1, summary.median, summary.q3, summary.high)
    if distribution == "lognormal":
        low, q1, middle, q3, high = (transforms.to_log(number) for number in numbers)
        numbers = (low, q1, middle, q3, high)
    statistic, critical = medians.skewness_test(numbers, summary.n)
    skewed = np.asarray(statistic > critical)
    centre, spread = MEAN_METHODS[mean](numbers, summary.n), SD_METHODS[sd](numbers, summary.n)
    if distribution == "lognormal":
        centre, spread = medians.lognormal_moments(numbers, summary.n, centre, spread)
    hidden = skewed & (not even_if_skewed)
    return FromMedians(
        mean=read_only(np.where(hidden, np.nan, centre)),
        sd=read_only(np.where(hidden, np.nan, spread)),
        statistic=read_only(np.asarray(statistic)),
        critical=read_only(np.asarray(critical)),
        skewed=read_only(skewed),
    )
