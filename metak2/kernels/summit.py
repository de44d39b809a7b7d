"""The highest summit of a likelihood profile over tau2, for many rows at once: from scanned points, a proof, a root.

The score is a - b with a = y'PPy and b = tr P (REML) or tr W (ML), P = W - WX(X'WX)^-1 X'W. In a basis of contrasts
orthogonal to X that diagonalises their sampling variances, a = sum c / (l + tau2)^2 and b = sum 1 / (l + tau2). So a
and b fall monotonically in tau2, and so do the rates at which they fall, -a'/a and -b'/b, which are means of
2 / (l + tau2) and of 1 / (l + tau2) whose weights shift towards large l. The values at the two ends of a cell can
therefore prove that the score has no root inside it (a stays above b or below it), or at most one (the ratio b / a only
rises, or only falls); cells for which they cannot are halved.
"""

import math
from collections.abc import Callable
from functools import cache
from typing import Generic, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.contract import FloatArray, IntArray, Number, Status
from metak2.kernels.roots import falling_root

OK, TWO_SUMMITS, FLAT, NOT_PROVED = (
    np.int64(flag) for flag in (Status.OK, Status.TWO_SUMMITS, Status.FLAT, Status.SCANNED_NOT_PROVED)
)
MOST_POINTS = 48
HIGHEST = 1e300  # of effects that overflow when they are squared: such a row says so, the others are unharmed
STEP = 1.6  # from point to point, in min(vi) + tau2: up to 2, equal variances are always proved
HALVINGS = 12  # of a cell without proof, before it counts as scanned only
CLOSE = 1e-13  # relative error foretold of a root at which it is taken; blocks cut otherwise agree to 1e-12
NOTHING = 1e-100  # a sum of squares that is 0, kept from dividing
FLAT_LOG_LIKELIHOOD = 0.1  # a likelihood ratio of 1.1 tells nothing apart
FLAT_RATIO = 100.0  # of the typical total variance, (k - 1) / tr P


class ScoreTerms(NamedTuple, Generic[Number]):
    """a, b and their slopes with the sign turned, all falling in tau2; the score is a - b."""

    a: Number
    b: Number
    a_fall: Number
    b_fall: Number


Terms = ScoreTerms[FloatArray]


def terms_at(terms: Terms, where: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Terms:
    """The terms at the places that `where` names."""
    return ScoreTerms(terms.a[where], terms.b[where], terms.a_fall[where], terms.b_fall[where])


def score_and_slope(terms: ScoreTerms[Number]) -> tuple[Number, Number]:
    """The score and a slope for Newton's step: that of b / a, which is nearly a straight line, scaled to a - b."""
    return terms.a - terms.b, terms.b_fall - terms.a_fall * terms.b / terms.a


Evaluate = Callable[[NDArray[np.intp], FloatArray], Terms]
Height = Callable[[NDArray[np.intp], FloatArray], FloatArray]


class Cells(NamedTuple):
    """Intervals of tau2, each of one row, with the terms at both ends; arrays `(n,)`."""

    row: NDArray[np.intp]
    low: FloatArray
    high: FloatArray
    below: Terms
    above: Terms

    def at(self, where: NDArray[np.intp] | NDArray[np.bool_]) -> "Cells":
        """The cells that `where` names."""
        index = where.nonzero()[0] if where.dtype == np.bool_ else where
        return Cells(
            self.row[index], self.low[index], self.high[index], terms_at(self.below, index), terms_at(self.above, index)
        )


def highest_ceiling(spread: Number, df: Number, widest: Number) -> Number:
    """A tau2 above every root of the score, in units of the smallest variance; elementwise.

    `spread` is the sum of squares S about any fit, `df` the residual degrees of freedom, `widest` the largest variance:
    a is at most S / (1 + tau2)^2 and b at least df / (widest + tau2).
    """
    share = df / (spread + NOTHING)
    root: Number = (1 + 4 * share * (widest - 1)) ** 0.5
    return (1 + root) / (2 * share) - 1


def points_to(ceiling: FloatArray) -> FloatArray:
    """Points from 0 to twice beyond `ceiling`, `(n,)`, log-spaced in 1 + tau2; `(points, n)`."""
    top = 2 * np.minimum(np.fmax(ceiling, 0.5), HIGHEST) + 1
    return np.asarray(top ** _exponents(float(np.maximum.reduce(top)))[:, None] - 1)


def points_of_one(ceiling: float) -> FloatArray:
    """`points_to` of a single row, `(points,)`."""
    top = 2 * min(max(0.5, ceiling), HIGHEST) + 1  # NaN leaves 0.5, as `fmax` does
    return np.asarray(top ** _exponents(top) - 1)


def _exponents(top: float) -> FloatArray:
    """From 0 to 1 in as many points as make steps of about `STEP`, `(points,)`."""
    return _from_0_to_1(min(MOST_POINTS, int(math.log(top) / math.log(STEP)) + 2))


@cache
def _from_0_to_1(points: int) -> FloatArray:
    return np.linspace(0.0, 1.0, points)


def highest(
    grid: FloatArray,
    terms: Terms,
    evaluate: Evaluate,
    height: Height,
    *,
    usable: NDArray[np.bool_],
) -> tuple[FloatArray, IntArray]:
    """tau2 and status of each row at the highest summit, `(n,)`; NaN where a row is not `usable`.

    `grid` is `(points, n)`, or `(points, 1)` where rows share it, from 0 to beyond every root; `terms` are the scanned
    ones, `(points, n)`. `evaluate` and `height` give terms and log-likelihood of the rows numbered at any tau2.
    """
    status = np.where(usable & is_flat(grid, terms), FLAT, OK)
    cells, unproved = cells_with_summit(grid, terms, evaluate, usable)
    status[unproved] |= NOT_PROVED
    roots = roots_in(cells, evaluate)
    at_zero = (usable & (terms.a[0] <= terms.b[0])).nonzero()[0]
    row = np.concatenate([at_zero, cells.row])
    candidate = np.concatenate([np.zeros(at_zero.size), roots])
    tau2 = np.full(usable.size, np.nan)
    summits = np.bincount(row, minlength=usable.size)
    if row.size and summits.max() > 1:
        status[summits > 1] |= TWO_SUMMITS
        rival = summits[row] > 1
        heights = np.zeros(row.size)
        heights[rival] = height(row[rival], candidate[rival])
        order = np.lexsort((heights, row))
        row, candidate = row[order], candidate[order]
    tau2[row] = candidate
    return tau2, status


def cells_with_summit(
    grid: FloatArray, terms: Terms, evaluate: Evaluate, usable: NDArray[np.bool_]
) -> tuple[Cells, NDArray[np.intp]]:
    """Cells in which the score goes from + to -, and the rows in which a cell stayed without proof."""
    below, above = terms_at(terms, slice(None, -1)), terms_at(terms, slice(1, None))
    cells = _cells(grid, terms, np.flatnonzero(usable & ~has_no_root(below, above)))
    proved = has_one_root(cells.below, cells.above)
    found, cells = [cells.at(proved & holds_summit(cells))], cells.at(~proved)
    for _ in range(HALVINGS):
        if cells.row.size == 0:
            break
        middle = np.sqrt((1 + cells.low) * (1 + cells.high)) - 1
        between = evaluate(cells.row, middle)
        halves = (
            Cells(cells.row, cells.low, middle, cells.below, between),
            Cells(cells.row, middle, cells.high, between, cells.above),
        )
        settled = [has_no_root(half.below, half.above) | has_one_root(half.below, half.above) for half in halves]
        found += [half.at(done & holds_summit(half)) for half, done in zip(halves, settled, strict=True)]
        cells = _joined([half.at(~done) for half, done in zip(halves, settled, strict=True)])
    if len(found) == 1 and cells.row.size == 0:
        return found[0], cells.row
    return _joined([*found, cells.at(holds_summit(cells))]), np.unique(cells.row)


@overload
def has_no_root(below: ScoreTerms[float], above: ScoreTerms[float]) -> bool: ...
@overload
def has_no_root(below: Terms, above: Terms) -> NDArray[np.bool_]: ...
def has_no_root(below: ScoreTerms[Number], above: ScoreTerms[Number]) -> NDArray[np.bool_] | bool:
    """Whether a stays above b, or below it, from one end of a cell to the other."""
    return (above.a > below.b) | (below.a < above.b)


@overload
def has_one_root(below: ScoreTerms[float], above: ScoreTerms[float]) -> bool: ...
@overload
def has_one_root(below: Terms, above: Terms) -> NDArray[np.bool_]: ...
def has_one_root(below: ScoreTerms[Number], above: ScoreTerms[Number]) -> NDArray[np.bool_] | bool:
    """Whether b / a only rises, or only falls, across a cell: then at most one root lies inside."""
    rises = above.a_fall * below.b > below.b_fall * above.a
    return rises | (below.a_fall * above.b < above.b_fall * below.a)


def holds_summit(cells: Cells) -> NDArray[np.bool_]:
    """Whether the score falls through zero inside a cell, `(cells,)`."""
    return (cells.below.a > cells.below.b) & (cells.above.a <= cells.above.b)


def crossing(cells: Cells) -> FloatArray:
    """About where b / a passes 1 inside each cell: the cubic through its values and slopes at both ends, inverted.

    Rounding, or the shape of the cubic, may lead out of the cell.
    """
    with np.errstate(all="ignore"):
        return inverted_cubic(
            (cells.low, *ratio_and_slope(cells.below)), (cells.high, *ratio_and_slope(cells.above)), 1.0
        )


def inverted_cubic(low: tuple[Number, Number, Number], high: tuple[Number, Number, Number], target: float) -> Number:
    """Where the cubic for tau2 through (tau2, value, slope) at two ends has the value `target`; elementwise."""
    width, rise = high[0] - low[0], high[1] - low[1]
    s = (target - low[1]) / rise
    return low[0] + s * s * (3 - 2 * s) * width + rise * s * (1 - s) * ((1 - s) / low[2] - s / high[2])


def roots_in(cells: Cells, evaluate: Evaluate) -> FloatArray:
    """The root of the score in each cell, by `crossing` taken twice, of the cell and of the part that its root leaves.

    The error of a cubic goes with the squares of its root's distances from both ends: that of the first, `step`, with
    `before`**2, that of the second with `step`**2. Where this foretells too large an error, Newton's steps follow.
    """
    low, high = cells.low, cells.high
    first = crossing(cells)
    inside = (first > low) & (first < high)
    guess = np.where(inside, first, 0.5 * (low + high))
    between = evaluate(cells.row, guess)
    above = between.a > between.b
    below = ScoreTerms(*(np.where(above, *pair) for pair in zip(between, cells.below, strict=True)))
    beyond = ScoreTerms(*(np.where(above, *pair) for pair in zip(cells.above, between, strict=True)))
    root = crossing(Cells(cells.row, np.where(above, guess, low), np.where(above, high, guess), below, beyond))
    step, before = np.abs(root - guess), guess - np.where(above, low, high)
    left = (~(inside & (step * step * step <= CLOSE * root * before * before))).nonzero()[0]
    if left.size == 0:
        return root

    def score(tau2: FloatArray, index: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
        return score_and_slope(evaluate(cells.row[left[index]], tau2))

    low, high, guess, start = low[left], high[left], guess[left], root[left]
    start = np.where((start > low) & (start < high), start, guess)
    root[left] = falling_root(score, low, high, start, np.where(inside, step, np.nan)[left])
    return root


def ratio_and_slope(terms: ScoreTerms[Number]) -> tuple[Number, Number]:
    """The ratio b / a and its slope."""
    ratio = terms.b / terms.a
    return ratio, (ratio * terms.a_fall - terms.b_fall) / terms.a


def is_flat(grid: FloatArray, terms: Terms) -> NDArray[np.bool_]:
    """Whether values of tau2 a hundredfold apart, in typical total variance, have all but the highest likelihood.

    `(n,)`. The end of the scan suffices where the likelihood falls by more, and for good, before b is a hundredth.
    """
    flat = np.zeros(terms.b.shape[1], dtype=np.bool_)
    before_a_hundredth = (terms.b[0] > FLAT_RATIO * terms.b[1:]).any(axis=1).nonzero()[0]
    if before_a_hundredth.size == 0:
        return flat
    end = slice(before_a_hundredth[0], None)
    falling = (terms.a[end] < terms.b[end]).all(axis=0)
    doubtful = (~(falling & (_rise(grid[end][:2], terms_at(terms, end))[0] < -FLAT_LOG_LIKELIHOOD))).nonzero()[0]
    if doubtful.size == 0:
        return flat
    grid = grid if grid.shape[1] == 1 else grid[:, doubtful]
    a, b, a_fall, b_fall = (term[:, doubtful] for term in terms)
    height = np.zeros_like(a)
    np.cumsum(_rise(grid, ScoreTerms(a, b, a_fall, b_fall)), axis=0, out=height[1:])
    level = height >= height.max(axis=0) - FLAT_LOG_LIKELIHOOD
    smallest = np.where(level, b, np.inf).min(axis=0)
    flat[doubtful] = np.where(level, b, 0.0).max(axis=0) >= FLAT_RATIO * smallest
    return flat


def _rise(grid: FloatArray, terms: Terms) -> FloatArray:
    """Of the log-likelihood from each point of `grid` to the next, `(points - 1, n)`.

    The integral of half the score, by the trapezoidal rule with its correction by the slopes.
    """
    low, high = terms_at(terms, slice(0, len(grid) - 1)), terms_at(terms, slice(1, len(grid)))
    step = grid[1:] - grid[:-1]
    score = low.a - low.b + (high.a - high.b)
    bend = high.b_fall - high.a_fall - (low.b_fall - low.a_fall)
    return np.asarray(step / 4 * score - step * step / 24 * bend)


def _cells(grid: FloatArray, terms: Terms, index: NDArray[np.intp]) -> Cells:
    """The cells of a scan numbered `index`, point by point and row by row."""
    rows = terms.a.shape[1]
    point, row = np.divmod(index, rows)
    at = 0 if grid.shape[1] == 1 else row
    flat = ScoreTerms(*(np.ascontiguousarray(term).reshape(-1) for term in terms))
    following = index + rows
    return Cells(
        row,
        grid[point, at],
        grid[point + 1, at],
        ScoreTerms(*(term.take(index) for term in flat)),
        ScoreTerms(*(term.take(following) for term in flat)),
    )


def _joined(parts: list[Cells]) -> Cells:
    """Several sets of cells as one."""
    row, low, high, below, above = zip(*parts, strict=True)
    ends = [ScoreTerms(*(np.concatenate(columns) for columns in zip(*terms, strict=True))) for terms in (below, above)]
    return Cells(np.concatenate(row), np.concatenate(low), np.concatenate(high), *ends)
