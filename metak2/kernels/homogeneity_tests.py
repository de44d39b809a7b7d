"""Score tests on stratified counts: of an association, and of equal odds ratios in all tables.

All take the tables as they are; where rows share them, `(1, k)`, results are still `(batch,)`. Tables without events,
or with events only, carry no information and drop out by themselves.
"""

from typing import NamedTuple

import numpy as np

from metak2.kernels.contract import FloatArray
from metak2.kernels.effect_sizes import observed_minus_expected
from metak2.kernels.heterogeneity import q_pval
from metak2.kernels.tables import Tables, tables, total


class ChiSquared(NamedTuple):
    """A chi-squared statistic with its degrees of freedom and p value, each `(batch,)`; NaN where not estimable."""

    statistic: FloatArray
    df: FloatArray
    pval: FloatArray


def mantel_haenszel_test(cells: Tables, mi: FloatArray, *, correct: bool = True) -> ChiSquared:
    """The test of Mantel & Haenszel (1959, J Natl Cancer Inst 22:719-748), hypergeometric variance; one df.

    `correct` takes Yates' half from the difference.
    """
    found, m, _ = tables(*cells, mi)
    difference, variance = observed_minus_expected(*found)
    return _association(total(m, difference), total(m, np.where(variance > 0, variance, 0.0)), correct=correct)


def cochran_test(cells: Tables, mi: FloatArray, *, correct: bool = True) -> ChiSquared:
    """The test of Cochran (1954, Biometrics 10:417-451), binomial variance; one df."""
    found, m, _ = tables(*cells, mi)
    difference, variance = observed_minus_expected(*found)
    people = sum(found[1:], found[0])
    binomial = np.where(variance > 0, variance * (people - 1) / people, 0.0)
    return _association(total(m, difference), total(m, binomial), correct=correct)


def person_time_test(events: Tables, mi: FloatArray, *, correct: bool = True) -> ChiSquared:
    """The Mantel-Haenszel test for rates; `events` is x1i, t1i, x2i, t2i (Rothman, Greenland & Lash 2008); one df."""
    x1, t1, x2, t2, m = (np.atleast_2d(np.asarray(array, dtype=np.float64)) for array in (*events, mi))
    time = t1 + t2
    difference = x1 - (x1 + x2) * t1 / time
    variance = (x1 + x2) * (t1 / time) * (t2 / time)
    return _association(total(m, difference), total(m, variance), correct=correct)


def breslow_day(cells: Tables, mi: FloatArray, log_odds_ratio: FloatArray) -> tuple[ChiSquared, ChiSquared]:
    """Are the odds ratios equal? The test of Breslow & Day (1980), and with the correction of Tarone (1985).

    `log_odds_ratio` is the Mantel-Haenszel estimate, `(batch,)`; without Tarone's correction the statistic is a little
    too large (Tarone 1985, Biometrika 72:91-95). The df are the informative tables less one.
    """
    found, m, _ = tables(*cells, mi)
    a, b, c, d = found
    n1, n2, events = a + b, c + d, a + c
    informative = (events > 0) & (b + d > 0)
    ratio = np.exp(log_odds_ratio)[:, None]
    fitted = _fitted_events(n1, n2, events, ratio)
    with np.errstate(divide="ignore", invalid="ignore"):
        information = 1 / fitted + 1 / (n1 - fitted) + 1 / (events - fitted) + 1 / (n2 - events + fitted)
        variance = np.where(informative, 1 / information, 0.0)
        difference = np.where(informative, a - fitted, 0.0)
        uncorrected = (m * np.where(informative, difference**2 * information, 0.0)).sum(axis=1)
        excess = (m * difference).sum(axis=1) ** 2 / (m * variance).sum(axis=1)
    df = total(m, informative) - 1
    return _homogeneity(uncorrected, df), _homogeneity(uncorrected - excess, df)


def _fitted_events(n1: FloatArray, n2: FloatArray, events: FloatArray, ratio: FloatArray) -> FloatArray:
    """Events of the first arm at a common odds ratio and the margins of each table: the root of a quadratic."""
    with np.errstate(divide="ignore", invalid="ignore"):
        # ratio (n1 - x)(events - x) = x (n2 - events + x), solved without cancellation
        half = 0.5 * (n2 - events + ratio * (n1 + events))
        constant = ratio * n1 * events
        root = np.sqrt(np.maximum(half**2 - (ratio - 1) * constant, 0.0))
        return np.asarray(constant / (half + root))


def _association(difference: FloatArray, variance: FloatArray, *, correct: bool) -> ChiSquared:
    distance = np.abs(difference)
    if correct:
        distance = np.where(distance >= 0.5, distance - 0.5, distance)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(variance > 0, distance**2 / variance, np.nan)
    df = np.ones_like(statistic)
    return ChiSquared(statistic, df, q_pval(statistic, df))


def _homogeneity(statistic: FloatArray, df: FloatArray) -> ChiSquared:
    known = np.isfinite(statistic) & (df >= 1)
    value = np.where(known, np.maximum(statistic, 0.0), np.nan)
    return ChiSquared(value, np.where(known, df, np.nan), np.where(known, q_pval(value, df), np.nan))
