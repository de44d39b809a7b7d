"""The (restricted) likelihood of tau2: its score at scanned points and anywhere, and its highest summit.

`kernels.summit` proves and refines; here are the sums over studies. Every root of the score lies below the squared
range R of the effects: with p the share of a study in the weights, |w (y - mu)| <= R w (1 - p), hence a - b <=
sum w (1 - p) (R^2 w (1 - p) - 1) < 0 once tau2 + min(vi) > R^2.
"""

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.contract import FloatArray, IntArray
from metak2.kernels.moments import mean_terms, terms_of_sums
from metak2.kernels.rows import ELEMENTS, Rows
from metak2.kernels.summit import ScoreTerms, Terms, highest, highest_ceiling, points_to

Sums = tuple[FloatArray, FloatArray, FloatArray]
"""Sums of w, w² and w³, of the same times y, and of w²y² and w³y²; powers along the first axis."""

CANCELLED = 0.01  # what is left of a sum when two digits of it are lost
WIDTH = 24  # points of a scan as blocks of rows are cut: those of effects that range over 300 standard errors


def highest_summit(rows: Rows, *, restricted: bool) -> tuple[FloatArray, IntArray]:
    """tau2 in units of `rows.unit`, and status, at the maximum of the (restricted) likelihood. Shapes `(batch,)`."""
    grid = points_to(_ceiling(rows))
    terms = _scan_of_sums(rows, grid, restricted=restricted) or _row_scan(rows, grid, restricted=restricted)
    return highest(
        grid,
        terms,
        lambda row, tau2: evaluate(rows, row, tau2, restricted=restricted),
        lambda row, tau2: log_likelihood(rows, row, tau2, restricted=restricted),
        usable=(rows.k >= 2) & ~rows.bad,
    )


def evaluate(rows: Rows, row: NDArray[np.intp], tau2: FloatArray, *, restricted: bool) -> Terms:
    """The terms of the score of the rows numbered `row` at `tau2`, both `(n,)`."""
    block = max(1, ELEMENTS // max(1, rows.m.shape[0]))
    if row.size > block:
        parts = [slice(start, start + block) for start in range(0, row.size, block)]
        done = [evaluate(rows, row[part], tau2[part], restricted=restricted) for part in parts]
        return ScoreTerms(*(np.concatenate(columns) for columns in zip(*done, strict=True)))
    terms = _terms if rows.y.shape == rows.m.shape else _terms_of_sums
    return terms(*rows.take(row), tau2, restricted=restricted)


def log_likelihood(rows: Rows, row: NDArray[np.intp], tau2: FloatArray, *, restricted: bool) -> FloatArray:
    """The (restricted) log-likelihood of the rows numbered `row` at `tau2`, without constants. Shapes `(n,)`."""
    y, v, m = rows.take(row)
    total = v + tau2
    weight = m / total
    sum_w = weight.sum(axis=0)
    residual = y - (weight * y).sum(axis=0) / sum_w
    penalty = np.log(sum_w) if restricted else 0.0
    return np.asarray(-0.5 * ((m * np.log(total)).sum(axis=0) + (weight * residual**2).sum(axis=0) + penalty))


def _ceiling(rows: Rows) -> FloatArray:
    """A tau2 above every root, `(batch,)`, or `(1,)` where rows share their variances.

    A study that is not used has the effect 0, which lies between the others, and the smallest variance.
    """
    reach = rows.y.max(axis=0, initial=0.0) - rows.y.min(axis=0, initial=0.0)
    widest = rows.v.max(axis=0, initial=1.0)
    squares = _spread(rows)
    known = np.isfinite(reach) & np.isfinite(squares)
    ceiling = highest_ceiling(np.where(known, squares, 0.0), np.maximum(rows.k - 1, 1.0), widest)
    ceiling = np.minimum(ceiling, np.where(known, reach, 0.0) ** 2)
    if ceiling.size > 1 and (rows.y.shape[1] == 1 or _same_design(rows)):
        return np.asarray(ceiling.max(keepdims=True))
    return np.asarray(ceiling)


def _spread(rows: Rows) -> FloatArray:
    """The sum of squares of the effects about their mean, rounded up, `(batch,)`."""
    if rows.y.shape[1] == 1:
        y = rows.y[:, 0]
        linear, square = np.array([y, y * y]) @ rows.m
    else:
        my = rows.m * rows.y
        linear, square = my.sum(axis=0), np.einsum("kn,kn->n", my, rows.y)
    return np.asarray(np.maximum(square - linear**2 / np.maximum(rows.k, 1.0), 0.0) + 1e-12 * square)


def _same_design(rows: Rows) -> bool:
    """Whether the rows differ in their effects only."""
    return bool((rows.v == rows.v[:, :1]).all() and (rows.m == rows.m[:, :1]).all())


def _terms(y: FloatArray, v: FloatArray, m: FloatArray, tau2: FloatArray, *, restricted: bool) -> Terms:
    """The terms at one tau2 a row, from residuals, whose weighted sum is 0, so that no digits cancel."""
    w = v + tau2
    np.divide(1.0, w, out=w)
    mw = m * w
    sum_w = mw.sum(axis=0)
    residual = y - (y[:, 0] @ mw if y.shape[1] == 1 else np.einsum("kn,kn->n", mw, y)) / sum_w
    weighted = np.multiply(w, residual, out=residual)
    along, square = np.einsum("kn,kn->n", mw, weighted), np.einsum("kn,kn->n", mw, w)
    a, a_slope = np.einsum("kn,kn,kn->n", m, weighted, weighted), np.einsum("kn,kn,kn->n", mw, weighted, weighted)
    cube = np.einsum("kn,kn,kn->n", mw, w, w) if restricted else square
    nothing = np.zeros_like(sum_w)
    return mean_terms((sum_w, square, cube), (nothing, along, nothing), (a, a_slope), restricted=restricted)


def _terms_of_sums(y: FloatArray, v: FloatArray, m: FloatArray, tau2: FloatArray, *, restricted: bool) -> Terms:
    """`_terms` where rows share `y` and `v`, `(k, 1)`: a third of the passes, as the sums are matrix products.

    Rows of which a difference of sums has lost digits are taken from residuals.
    """
    w = v + tau2
    np.divide(1.0, w, out=w)
    column = y[:, 0]
    basis = np.array([np.ones_like(column), column, column * column])
    weighted = m * w
    first = basis @ weighted
    weighted *= w
    second = basis @ weighted
    weighted *= w
    third = basis @ weighted
    alone, linear, square = zip(first, second, third, strict=True)
    terms = terms_of_sums(alone, linear, square[1:], restricted=restricted)
    lost = ((terms.a < CANCELLED * square[1]) | (terms.b < CANCELLED * alone[0])).nonzero()[0]
    if lost.size == 0:
        return terms
    exact = _terms(y, v, m[:, lost], tau2[lost], restricted=restricted)
    terms = ScoreTerms(*(np.array(term) for term in terms))
    for term, again in zip(terms, exact, strict=True):
        term[lost] = again
    return terms


def _row_scan(rows: Rows, grid: FloatArray, *, restricted: bool) -> Terms:
    scanned = [_terms(rows.y, rows.v, rows.m, tau2, restricted=restricted) for tau2 in grid]
    return ScoreTerms(*(np.stack(columns) for columns in zip(*scanned, strict=True)))


def _scan_of_sums(rows: Rows, grid: FloatArray, *, restricted: bool) -> Terms | None:
    """The scan as matrix products, where rows share their variances; terms are `(points, batch)`."""
    if rows.y.shape[1] == 1:
        return terms_of_sums(*_many_row_sums(rows, grid[:, 0]), restricted=restricted)
    if grid.shape[1] == 1:
        return terms_of_sums(*_drawn_row_sums(rows, grid[:, 0]), restricted=restricted)
    return None


def _drawn_row_sums(rows: Rows, grid: FloatArray) -> Sums:
    """The sums where only the effects differ from row to row: those of weights are `(points, 1)`."""
    powers = _powers(rows.v[:, :1], grid)
    alone = (powers * rows.m[:, :1]).sum(axis=1)[:, :, None]
    by_study, my = powers.transpose(0, 2, 1), rows.m * rows.y
    return alone, by_study @ my, by_study[1:] @ (my * rows.y)


def _many_row_sums(rows: Rows, grid: FloatArray) -> Sums:
    """The sums where only the multiplicities differ from row to row."""
    by_study = _powers(rows.v, grid).transpose(0, 2, 1)
    y = rows.y[:, 0]
    columns = np.concatenate([by_study, by_study * y, by_study[1:] * y**2])
    sums = (columns.reshape(-1, y.size) @ rows.m).reshape(len(columns), grid.size, -1)
    return sums[:3], sums[3:6], sums[6:]


def _powers(v: FloatArray, grid: FloatArray) -> FloatArray:
    """The powers w, w² and w³ of the weights at every point, `(3, k, points)`."""
    w = 1.0 / (v + grid)
    square = w * w
    return np.array([w, square, square * w])
