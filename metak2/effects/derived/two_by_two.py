"""Two-by-two tables from what a paper says of them: an association and the margins, or a test's accuracy.

Whole counts, rounded to the nearest, with no more precision than the numbers they come from. NaN where no table fits.
"""

import numpy as np
from numpy.typing import ArrayLike

from metak2.errors import ModelError
from metak2.kernels.contract import FloatArray

Table = tuple[FloatArray, FloatArray, FloatArray, FloatArray]


def table_from_association(
    n: ArrayLike,
    row: ArrayLike,
    column: ArrayLike,
    *,
    odds_ratio: ArrayLike | None = None,
    phi: ArrayLike | None = None,
    chi_square: tuple[ArrayLike, bool] | None = None,
) -> Table:
    """Cells a, b, c, d of `n` people with first row and first column totals `row`, `column`, and one association.

    Parameters
    ----------
    odds_ratio, phi
        One of the three associations.
    chi_square
        The statistic with 1 degree of freedom, its sign that of the association, and whether it has Yates' correction.

    >>> [int(cell) for cell in table_from_association(90, 40, 33, odds_ratio=1.3)]
    [16, 24, 17, 33]
    """
    given = [value for value in (odds_ratio, phi, chi_square) if value is not None]
    if len(given) != 1:
        raise ModelError(f"give one of odds_ratio, phi and chi_square; got {len(given)}")
    total, first, event = (np.asarray(value, dtype=np.float64) for value in (n, row, column))
    margins = first * (total - first) * event * (total - event)
    with np.errstate(divide="ignore", invalid="ignore"):
        if odds_ratio is not None:
            a = _from_odds(np.asarray(odds_ratio, dtype=np.float64), total, first, event)
        elif phi is not None:
            a = (np.asarray(phi, dtype=np.float64) * np.sqrt(margins) + first * event) / total
        else:
            statistic, corrected = chi_square  # type: ignore[misc] # one of the three is given
            value = np.asarray(statistic, dtype=np.float64)
            apart = np.sqrt(np.abs(value) * margins / total) + (total / 2 if corrected else 0.0)
            a = (np.sign(value) * apart + first * event) / total
    return _table(np.round(a), total, first, event)


def table_from_accuracy(
    n: ArrayLike, *, sensitivity: ArrayLike, specificity: ArrayLike, ppv: ArrayLike, npv: ArrayLike
) -> Table:
    """True positives, false positives, false negatives and true negatives of `n` people.

    Sensitivity and specificity with either predictive value fix the prevalence; with both, their mean is taken.
    """
    total, sens, spec, positive, negative = (
        np.asarray(value, dtype=np.float64) for value in (n, sensitivity, specificity, ppv, npv)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        by_ppv = positive * (1 - spec) / (positive * (1 - spec) + (1 - positive) * sens)
        by_npv = (1 - negative) * spec / ((1 - negative) * spec + negative * (1 - sens))
    known = np.isfinite(np.stack([by_ppv, by_npv]))
    prevalence = np.where(known, np.stack([by_ppv, by_npv]), 0.0).sum(axis=0) / np.where(
        known.any(axis=0), known.sum(axis=0), np.nan
    )
    ill, well = total * prevalence, total * (1 - prevalence)
    cells = (sens * ill, (1 - spec) * well, (1 - sens) * ill, spec * well)
    a, b, c, d = (np.asarray(np.round(cell)) for cell in cells)
    return a, b, c, d


def _from_odds(odds: FloatArray, total: FloatArray, first: FloatArray, event: FloatArray) -> FloatArray:
    """The first cell of the table with this odds ratio: the root of a quadratic that lies within the margins."""
    s = first + event
    quadratic, linear = odds - 1, total + (odds - 1) * s
    root = np.sqrt(np.maximum(linear**2 - 4 * odds * quadratic * first * event, 0.0))
    return np.asarray(2 * odds * first * event / (linear + root))


def _table(a: FloatArray, total: FloatArray, first: FloatArray, event: FloatArray) -> Table:
    cells = (a, first - a, event - a, total - first - event + a)
    possible = np.all([cell >= 0 for cell in cells], axis=0)
    a, b, c, d = (np.where(possible, cell, np.nan) for cell in cells)
    return a, b, c, d
