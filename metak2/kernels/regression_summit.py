"""The (restricted) likelihood of tau2 beside moderators: its score anywhere, and its highest summit.

`kernels.summit` proves and refines; here is the algebra of weighted least squares.
"""

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.contract import FloatArray, IntArray
from metak2.kernels.regression_rows import ELEMENTS, DesignRows, Solved, cross, solve, trace_of_squares
from metak2.kernels.summit import Terms, highest, highest_ceiling, points_to


def highest_summit(rows: DesignRows, *, restricted: bool) -> tuple[FloatArray, IntArray]:
    """tau2 in units of `rows.unit`, and status, at the maximum of the (restricted) likelihood; `(batch,)`."""
    tau2 = np.full(rows.k.size, np.nan)
    status = np.zeros(rows.k.size, dtype=np.int64)
    own = np.flatnonzero(rows.estimable)
    if own.size == 0:
        return tau2, status
    widest = np.max(np.where(rows.m[own] > 0, rows.v[own], 1.0), axis=1)
    grid = points_to(highest_ceiling(rows.spread[own], rows.df[own], widest))
    scanned = evaluate(rows, np.tile(own, len(grid)), grid.ravel(), restricted=restricted)
    tau2[own], status[own] = highest(
        grid,
        Terms(*(column.reshape(grid.shape) for column in scanned)),
        lambda row, here: evaluate(rows, own[row], here, restricted=restricted),
        lambda row, here: log_likelihood(rows, own[row], here, restricted=restricted),
        usable=np.ones(own.size, dtype=np.bool_),
    )
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
