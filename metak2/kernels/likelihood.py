"""The highest summit of the (restricted) likelihood of tau2: a scan, a proof, a root.

The score is a - b with a = y'PPy and b = tr P (REML) or tr W (ML), W = diag(1 / (vi + tau2)) and P = W - W11'W /
1'W1. Both, and their slopes 2 y'PPPy and tr PP (tr WW), fall monotonically in tau2. So the values at the two ends of
a cell can prove that the score has no root inside it, or at most one; cells for which they cannot are halved.

Every root lies below the squared range R of the effects: with p the share of a study in the weights,
|w (y - mu)| <= R w (1 - p), hence a - b <= sum w (1 - p) (R^2 w (1 - p) - 1) < 0 once tau2 + min(vi) > R^2.
"""

from collections.abc import Sequence
from functools import cache, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.contract import FloatArray, IntArray, Status
from metak2.kernels.roots import falling_root, one_falling_root
from metak2.kernels.rows import ELEMENTS, Rows
from metak2.kernels.single import single

OK, TWO_SUMMITS, FLAT = (np.int64(flag) for flag in (Status.OK, Status.TWO_SUMMITS, Status.FLAT))
POINTS = 48
LOWEST = 0.02  # first point above 0, in units of the smallest vi
HALVINGS = 12  # of a cell without proof, before it counts as scanned only
FLAT_LOG_LIKELIHOOD = 0.1  # a likelihood ratio of 1.1 tells nothing apart
FLAT_RATIO = 100.0  # of the typical total variance, (k - 1) / tr P


class Terms(NamedTuple):
    """a, b and their slopes with the sign turned, all falling in tau2; the score is a - b."""

    a: FloatArray
    b: FloatArray
    a_fall: FloatArray
    b_fall: FloatArray

    def at(self, where: NDArray[np.bool_] | slice) -> "Terms":
        """The terms at the places that `where` marks."""
        return Terms(*(term[where] for term in self))


class Cells(NamedTuple):
    """Intervals of tau2, each of one row, with the terms at both ends; arrays `(n,)`."""

    row: NDArray[np.intp]
    low: FloatArray
    high: FloatArray
    below: Terms
    above: Terms

    def at(self, where: NDArray[np.bool_]) -> "Cells":
        """The cells that `where` marks."""
        return Cells(self.row[where], self.low[where], self.high[where], self.below.at(where), self.above.at(where))


def highest_summit(rows: Rows, *, restricted: bool) -> tuple[FloatArray, IntArray]:
    """tau2 in units of `rows.unit`, and status, at the maximum of the (restricted) likelihood. Shapes `(batch,)`."""
    alone = _summit_of_one(rows, restricted=restricted) if rows.k.size == 1 else None
    if alone is not None:
        return alone
    grid = _grid(rows)
    terms = _scan_of_sums(rows, grid, restricted=restricted) or _row_scan(rows, grid, restricted=restricted)
    status = np.where(_flat(rows, grid, terms), Status.FLAT, Status.OK).astype(np.int64)
    cells, unproved = _cells_with_summit(rows, grid, terms, restricted=restricted)
    status[unproved] |= Status.SCANNED_NOT_PROVED

    def score(tau2: FloatArray, index: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
        found = evaluate(rows, cells.row[index], tau2, restricted=restricted)
        return found.a - found.b, found.b_fall - found.a_fall

    start = 0.5 * (cells.low + cells.high)
    roots = falling_root(score, cells.low, cells.high, start)
    at_zero = np.flatnonzero(terms.a[0] <= terms.b[0])
    row = np.concatenate([at_zero, cells.row])
    candidate = np.concatenate([np.zeros(at_zero.size), roots])
    summits = np.bincount(row, minlength=rows.k.size)
    status[summits > 1] |= Status.TWO_SUMMITS
    rival = summits[row] > 1
    height = np.zeros(row.size)
    height[rival] = log_likelihood(rows, row[rival], candidate[rival], restricted=restricted)
    order = np.lexsort((height, row))
    tau2 = np.full(rows.k.size, np.nan)
    tau2[row[order]] = candidate[order]
    return tau2, status


def _summit_of_one(rows: Rows, *, restricted: bool) -> tuple[FloatArray, IntArray] | None:
    """`highest_summit` of a single row; None where a cell of the scan must be halved, or nothing can be estimated."""
    if not rows.k[0] >= 2 or rows.bad[0]:
        return None
    row = single(rows)
    used = row.y if row.m.all() else row.y[row.m > 0]
    grid = _points(np.array([used.max() - used.min()]))[:, 0]
    terms = _from_sums(*row.sums(grid), restricted=restricted)
    every = Cells(np.arange(grid.size - 1), grid[:-1], grid[1:], terms.at(slice(None, -1)), terms.at(slice(1, None)))
    if not is_proved(every).all():
        return None
    score = partial(row.score, restricted=restricted)
    candidates = [0.0] if terms.a[0] <= terms.b[0] else []
    for cell in np.flatnonzero(holds_summit(every)).tolist():
        low, high = float(grid[cell]), float(grid[cell + 1])
        above, below = float(terms.a[cell] - terms.b[cell]), float(terms.b[cell + 1] - terms.a[cell + 1])
        candidates.append(one_falling_root(score, low, high, low + (high - low) * above / (above + below)))
    status = FLAT if _flat(rows, grid, terms)[0] else OK
    if len(candidates) == 1:
        return np.array(candidates), np.array([status])
    found = np.array(candidates)
    height = log_likelihood(rows, np.zeros(found.size, dtype=np.intp), found, restricted=restricted)
    return found[[np.argmax(height)]], np.array([status | TWO_SUMMITS])


def evaluate(rows: Rows, row: NDArray[np.intp], tau2: FloatArray, *, restricted: bool) -> Terms:
    """The terms of the score of the rows numbered `row` at `tau2`, both `(n,)`."""
    block = max(1, ELEMENTS // max(1, rows.m.shape[0]))
    if row.size > block:
        parts = [slice(start, start + block) for start in range(0, row.size, block)]
        done = [_terms(*rows.take(row[part]), tau2[part], restricted=restricted) for part in parts]
        return Terms(*(np.concatenate(columns) for columns in zip(*done, strict=True)))
    return _terms(*rows.take(row), tau2, restricted=restricted)


def log_likelihood(rows: Rows, row: NDArray[np.intp], tau2: FloatArray, *, restricted: bool) -> FloatArray:
    """The (restricted) log-likelihood of the rows numbered `row` at `tau2`, without constants. Shapes `(n,)`."""
    y, v, m = rows.take(row)
    total = v + tau2
    weight = m / total
    sum_w = weight.sum(axis=0)
    residual = y - (weight * y).sum(axis=0) / sum_w
    penalty = np.log(sum_w) if restricted else 0.0
    return np.asarray(-0.5 * ((m * np.log(total)).sum(axis=0) + (weight * residual**2).sum(axis=0) + penalty))


def _grid(rows: Rows) -> FloatArray:
    """0, then log-spaced beyond the squared range; `(points, batch)`, or `(points, 1)` where variances are shared."""
    used = np.any(rows.m > 0, axis=1, keepdims=True) if rows.y.shape[1] == 1 else rows.m > 0
    spread = np.max(np.where(used, rows.y, -np.inf), axis=0, initial=-np.inf)
    spread -= np.min(np.where(used, rows.y, np.inf), axis=0, initial=np.inf)
    spread = np.where(np.isfinite(spread), spread, 0.0)
    if spread.size > 1 and (rows.v == rows.v[:, :1]).all() and (rows.m == rows.m[:, :1]).all():
        spread = spread.max(keepdims=True)
    return _points(spread)


def _points(spread: FloatArray) -> FloatArray:
    """The grid for effects that range over `spread`."""
    highest = np.maximum(2 * spread**2, 1.0)
    return np.vstack([np.zeros_like(highest), LOWEST * (highest / LOWEST) ** _steps(POINTS)])


@cache
def _steps(points: int) -> FloatArray:
    """Exponents from 0 to 1 for all points but the first, `(points - 1, 1)`."""
    return np.linspace(0.0, 1.0, points - 1)[:, None]


def _terms(y: FloatArray, v: FloatArray, m: FloatArray, tau2: FloatArray, *, restricted: bool) -> Terms:
    w = 1.0 / (v + tau2)
    mw = m * w
    sum_w = mw.sum(axis=0)
    share = w / sum_w
    projected = w * (y - (mw * y).sum(axis=0) / sum_w)
    a = (m * projected**2).sum(axis=0)
    twice = projected - (mw * projected).sum(axis=0) / sum_w
    a_fall = 2 * (mw * twice**2).sum(axis=0)
    sum_w2 = (mw * w).sum(axis=0)
    if not restricted:
        return Terms(a, sum_w, a_fall, sum_w2)
    b = (mw * (1 - share)).sum(axis=0)
    b_fall = (mw * w * (1 - 2 * share)).sum(axis=0) + (sum_w2 / sum_w) ** 2
    return Terms(a, b, a_fall, b_fall)


def _row_scan(rows: Rows, grid: FloatArray, *, restricted: bool) -> Terms:
    scanned = [_terms(rows.y, rows.v, rows.m, tau2, restricted=restricted) for tau2 in grid]
    return Terms(*(np.stack(columns) for columns in zip(*scanned, strict=True)))


def _scan_of_sums(rows: Rows, grid: FloatArray, *, restricted: bool) -> Terms | None:
    """The scan as matrix products, where rows share their variances; terms are `(points, batch)`."""
    if rows.y.shape[1] == 1:
        return _from_sums(*_many_row_sums(rows, grid[:, 0]), restricted=restricted)
    if grid.shape[1] == 1:
        return _from_sums(*_drawn_row_sums(rows, grid[:, 0]), restricted=restricted)
    return None


def _from_sums(
    w1: FloatArray,
    w2: FloatArray,
    w3: FloatArray,
    *of_effects: FloatArray,
    restricted: bool,
) -> Terms:
    """The terms from the sums of w, w², w³, and of wy, w²y, w³y, w²y², w³y²."""
    wy, w2y, w3y, w2yy, w3yy = of_effects
    mean = wy / w1
    a = np.maximum(w2yy - 2 * mean * w2y + mean**2 * w2, 0.0)
    a_fall = 2 * (w3yy - 2 * mean * w3y + mean**2 * w3 - (w2y - mean * w2) ** 2 / w1)
    if not restricted:
        return Terms(a, np.broadcast_to(w1, a.shape), a_fall, np.broadcast_to(w2, a.shape))
    b, b_fall = w1 - w2 / w1, w2 - 2 * w3 / w1 + (w2 / w1) ** 2
    return Terms(a, np.broadcast_to(b, a.shape), a_fall, np.broadcast_to(b_fall, a.shape))


def _drawn_row_sums(rows: Rows, grid: FloatArray) -> Sequence[FloatArray]:
    """The same where only the effects differ from row to row: the sums of weights are `(points, 1)`."""
    w = 1.0 / (rows.v[:, :1] + grid)
    powers = (w, w**2, w**3)
    alone = [(rows.m[:, :1] * power).sum(axis=0)[:, None] for power in powers]
    my = rows.m * rows.y
    linear = np.hstack(powers).T @ my
    square = np.hstack(powers[1:]).T @ (my * rows.y)
    return (*alone, *linear.reshape(3, grid.size, -1), *square.reshape(2, grid.size, -1))


def _many_row_sums(rows: Rows, grid: FloatArray) -> Sequence[FloatArray]:
    """Sums over studies of w, w², w³, wy, w²y, w³y, w²y² and w³y² at every point, `(points, batch)` each."""
    w = 1.0 / (rows.v + grid)
    powers = (w, w**2, w**3)
    columns = [*powers, *(power * rows.y for power in powers), *(power * rows.y**2 for power in powers[1:])]
    return tuple((np.hstack(columns).T @ rows.m).reshape(len(columns), grid.size, -1))


def _flat(rows: Rows, grid: FloatArray, terms: Terms) -> NDArray[np.bool_]:
    """Whether values of tau2 a hundredfold apart, in typical total variance, have all but the highest likelihood."""
    score = terms.a - terms.b
    height = np.zeros_like(score)
    np.cumsum(0.25 * (score[1:] + score[:-1]) * (grid[1:] - grid[:-1]), axis=0, out=height[1:])
    level = height >= height.max(axis=0) - FLAT_LOG_LIKELIHOOD
    smallest = np.where(level, terms.b, np.inf).min(axis=0)
    return np.asarray((rows.k > 1) & (np.where(level, terms.b, 0.0).max(axis=0) >= FLAT_RATIO * smallest))


def _cells_with_summit(
    rows: Rows, grid: FloatArray, terms: Terms, *, restricted: bool
) -> tuple[Cells, NDArray[np.intp]]:
    """Cells in which the score goes from + to -, and the rows in which a cell stayed without proof."""
    shape = terms.a[1:].shape
    every = Cells(
        np.broadcast_to(np.arange(shape[1]), shape).ravel(),
        np.broadcast_to(grid[:-1], shape).ravel(),
        np.broadcast_to(grid[1:], shape).ravel(),
        Terms(*(term[:-1].ravel() for term in terms)),
        Terms(*(term[1:].ravel() for term in terms)),
    )
    proved = is_proved(every)
    estimable = ((rows.k >= 2) & ~rows.bad)[every.row]
    found, cells = [every.at(proved & holds_summit(every))], every.at(~proved & estimable)
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


def holds_summit(cells: Cells) -> NDArray[np.bool_]:
    """Whether the score falls through zero inside a cell, `(cells,)`."""
    return (cells.below.a > cells.below.b) & (cells.above.a <= cells.above.b)


def is_proved(cells: Cells) -> NDArray[np.bool_]:
    """No root, since a stays above b or below it; or at most one, since the score only falls or only rises."""
    below, above = cells.below, cells.above
    no_root = (above.a > below.b) | (below.a < above.b)
    return no_root | (above.a_fall > below.b_fall) | (below.a_fall < above.b_fall)


def joined(parts: list[Cells]) -> Cells:
    """Several sets of cells as one."""
    row, low, high, below, above = zip(*parts, strict=True)
    ends = [Terms(*(np.concatenate(columns) for columns in zip(*terms, strict=True))) for terms in (below, above)]
    return Cells(np.concatenate(row), np.concatenate(low), np.concatenate(high), *ends)
