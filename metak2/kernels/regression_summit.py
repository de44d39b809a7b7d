"""The highest summit of the (restricted) likelihood of tau2 beside moderators: a scan, a proof, a root.

As in `kernels.likelihood`, the score is a - b with a = y'PPy and b = tr P (REML) or tr W (ML), where P = W -
WX(X'WX)^-1 X'W; both, and their slopes, fall monotonically in tau2, which proves most cells.

Every root lies below t with (max v + t) / (min v + t)^2 = (k - p) / S, S the sum of squares about any fit: y'PPy is at
most max(w)^2 S and tr P at least min(w) (k - p).
"""

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.contract import FloatArray, IntArray, Status
from metak2.kernels.likelihood import Cells, Terms, holds_summit, is_proved, joined
from metak2.kernels.regression_rows import ELEMENTS, DesignRows, Solved, cross, solve, trace_of_squares
from metak2.kernels.roots import falling_root

POINTS = 48
LOWEST = 0.02  # first point above 0, in units of the smallest vi
HALVINGS = 12
NOTHING = 1e-100  # a sum of squares that is 0, kept from dividing
FLAT_LOG_LIKELIHOOD = 0.1  # a likelihood ratio of 1.1 tells nothing apart
FLAT_RATIO = 100.0  # of the typical total variance


def highest_summit(rows: DesignRows, *, restricted: bool) -> tuple[FloatArray, IntArray]:
    """tau2 in units of `rows.unit`, and status, at the maximum of the (restricted) likelihood; `(batch,)`."""
    tau2 = np.full(rows.k.size, np.nan)
    status = np.zeros(rows.k.size, dtype=np.int64)
    own = np.flatnonzero(rows.estimable)
    if own.size == 0:
        return tau2, status
    grid = _grid(rows, own)
    scanned = evaluate(rows, np.tile(own, len(grid)), grid.ravel(), restricted=restricted)
    terms = Terms(*(column.reshape(grid.shape) for column in scanned))
    status[own[_flat(grid, terms)]] |= Status.FLAT
    cells, unproved = _cells_with_summit(rows, own, grid, terms, restricted=restricted)
    status[unproved] |= Status.SCANNED_NOT_PROVED

    def score(here: FloatArray, index: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
        found = evaluate(rows, cells.row[index], here, restricted=restricted)
        return found.a - found.b, found.b_fall - found.a_fall

    roots = falling_root(score, cells.low, cells.high, 0.5 * (cells.low + cells.high))
    at_zero = own[terms.a[0] <= terms.b[0]]
    row = np.concatenate([at_zero, cells.row])
    candidate = np.concatenate([np.zeros(at_zero.size), roots])
    summits = np.bincount(row, minlength=rows.k.size)
    status[summits > 1] |= Status.TWO_SUMMITS
    rival = summits[row] > 1
    height = np.zeros(row.size)
    height[rival] = log_likelihood(rows, row[rival], candidate[rival], restricted=restricted)
    order = np.lexsort((height, row))
    tau2[row[order]] = candidate[order]
    return tau2, status


def evaluate(rows: DesignRows, row: NDArray[np.intp], tau2: FloatArray, *, restricted: bool) -> Terms:
    """The terms of the score of the rows numbered `row` at `tau2`, both `(n,)`."""
    block = max(1, ELEMENTS // max(1, rows.m.shape[1] * rows.p))
    if row.size > block:
        parts = [slice(start, start + block) for start in range(0, row.size, block)]
        done = [evaluate(rows, row[part], tau2[part], restricted=restricted) for part in parts]
        return Terms(*(np.concatenate(columns) for columns in zip(*done, strict=True)))
    y, v, m, z = rows.take(row)
    return terms_of(m, z, solve(y, m, z, 1.0 / (v + tau2[:, None])), restricted=restricted)


def terms_of(m: FloatArray, z: FloatArray, fit: Solved, *, restricted: bool) -> Terms:
    """a, b and the rates at which they fall, from a solved system."""
    w, mw = fit.w, m * fit.w
    projected = w * fit.residual
    along = ((mw * projected)[..., None] * z).sum(axis=1)
    bent = (along[:, None, :] @ fit.inverse @ along[..., None])[:, 0, 0]
    a = (m * projected**2).sum(axis=1)
    a_fall = 2 * ((mw * projected**2).sum(axis=1) - bent)
    squares = (mw * w).sum(axis=1)
    if not restricted:
        return Terms(a, mw.sum(axis=1), a_fall, squares)
    share = w * fit.q
    b = (mw * (1 - share)).sum(axis=1)
    b_fall = (mw * w * (1 - 2 * share)).sum(axis=1) + trace_of_squares(fit.inverse, cross(z, mw * w))
    return Terms(a, b, a_fall, b_fall)


def log_likelihood(rows: DesignRows, row: NDArray[np.intp], tau2: FloatArray, *, restricted: bool) -> FloatArray:
    """The (restricted) log-likelihood of the rows numbered `row` at `tau2`, without constants; `(n,)`."""
    y, v, m, z = rows.take(row)
    total = v + tau2[:, None]
    fit = solve(y, m, z, 1.0 / total)
    penalty = -np.linalg.slogdet(fit.inverse)[1] if restricted else 0.0
    return np.asarray(-0.5 * ((m * np.log(total)).sum(axis=1) + (m * fit.w * fit.residual**2).sum(axis=1) + penalty))


def _grid(rows: DesignRows, own: NDArray[np.intp]) -> FloatArray:
    """0, then log-spaced up to the proven bound; `(points, n)`."""
    used = rows.m[own] > 0
    widest = np.max(np.where(used, rows.v[own], 1.0), axis=1)
    share = rows.df[own] / np.maximum(rows.spread[own], NOTHING)
    bound = (1 + np.sqrt(1 + 4 * share * (widest - 1))) / (2 * share) - 1
    highest = np.maximum(1.01 * bound, 1.0)
    steps = np.linspace(0.0, 1.0, POINTS - 1)[:, None]
    return np.vstack([np.zeros_like(highest), LOWEST * (highest / LOWEST) ** steps])


def _flat(grid: FloatArray, terms: Terms) -> NDArray[np.bool_]:
    """Whether values of tau2 a hundredfold apart, in typical total variance, have all but the highest likelihood."""
    rise = 0.25 * (terms.a[1:] - terms.b[1:] + terms.a[:-1] - terms.b[:-1]) * np.diff(grid, axis=0)
    height = np.vstack([np.zeros_like(terms.a[:1]), np.cumsum(rise, axis=0)])
    level = height >= height.max(axis=0) - FLAT_LOG_LIKELIHOOD
    smallest = np.min(np.where(level, terms.b, np.inf), axis=0)
    return np.asarray(np.max(np.where(level, terms.b, 0.0), axis=0) >= FLAT_RATIO * smallest)


def _cells_with_summit(
    rows: DesignRows, own: NDArray[np.intp], grid: FloatArray, terms: Terms, *, restricted: bool
) -> tuple[Cells, NDArray[np.intp]]:
    """Cells in which the score goes from + to -, and the rows in which a cell stayed without proof."""
    shape = terms.a[1:].shape
    every = Cells(
        np.broadcast_to(own, shape).ravel(),
        grid[:-1].ravel(),
        grid[1:].ravel(),
        Terms(*(term[:-1].ravel() for term in terms)),
        Terms(*(term[1:].ravel() for term in terms)),
    )
    proved = is_proved(every)
    found, cells = [every.at(proved & holds_summit(every))], every.at(~proved)
    for _ in range(HALVINGS):
        if cells.row.size == 0:
            break
        middle = np.sqrt((1 + cells.low) * (1 + cells.high)) - 1
        between = evaluate(rows, cells.row, middle, restricted=restricted)
        halves = (
            Cells(cells.row, cells.low, middle, cells.below, between),
            Cells(cells.row, middle, cells.high, between, cells.above),
        )
        settled = [is_proved(half) for half in halves]
        found += [half.at(done & holds_summit(half)) for half, done in zip(halves, settled, strict=True)]
        cells = joined([half.at(~done) for half, done in zip(halves, settled, strict=True)])
    return joined([*found, cells.at(holds_summit(cells))]), np.unique(cells.row)
