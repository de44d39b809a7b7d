"""Meta-regressions that differ in the order of the design's rows only: what a permutation test fits by the thousand.

Effects and variances are shared, so the scan of the likelihood is a matrix product with the columns of the design; the
arrays lie study-major, the batch last. The statistics are those of `kernels.regression`.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.contract import FloatArray
from metak2.kernels.moments import Moments, terms_of_moments
from metak2.kernels.summit import Terms, highest, highest_ceiling, points_to

ELEMENTS = 120_000  # of one block, as in kernels.rows
WIDTH = 24  # points of a scan as blocks of rows are cut, as in kernels.likelihood


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Permuted:
    """A batch of refits as in `RegressionFit`: `beta` `(batch, p)`, `vcov` `(batch, p, p)`, the others `(batch,)`."""

    k: FloatArray
    p: int
    beta: FloatArray
    vcov: FloatArray
    scale: FloatArray
    tau2: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Shared:
    """What the rows share, in standard units: `y` and `v` `(k, 1)`, an orthonormal basis `z` `(k, p)` of the design.

    Coefficients are `start + back @ gamma * sqrt(unit)`, with gamma for the basis.
    """

    y: FloatArray
    v: FloatArray
    z: FloatArray
    unit: float
    back: FloatArray
    start: FloatArray


class _Solved(NamedTuple):
    """Weighted least squares of `n` rows; weights `w` and `residual` are `(k, n)`.

    `columns` `(k, n)` are orthogonal under w, with sums of squares `square` `(n,)`; `into` `(n, p)` takes each to the
    basis, and `gamma` `(n,)` are the coefficients for them.
    """

    w: FloatArray
    residual: FloatArray
    columns: list[FloatArray]
    square: list[FloatArray]
    into: list[FloatArray]
    gamma: list[FloatArray]


def permuted_regression(
    yi: FloatArray, vi: FloatArray, X: FloatArray, order: NDArray[np.intp], *, tau2: float | None, restricted: bool
) -> Permuted:
    """Fit the effects `yi`, `vi` `(k,)` on `X[row]` for each row of `order` `(batch, k)`.

    `tau2` is given, or None to estimate it by REML (`restricted`) or ML. All of `yi`, `vi`, `X` are usable, X `(k, p)`
    is of full rank and k > p: so is every permutation of it.
    """
    shared = _standard(yi, vi, X)
    size = max(1, ELEMENTS // max(X.size, WIDTH))
    parts = [order[start : start + size] for start in range(0, len(order), size)]
    with np.errstate(all="ignore"):
        fits = [_fit(shared, part.T, tau2, restricted=restricted) for part in parts]
    beta, vcov, scale, between = (np.concatenate(columns) for columns in zip(*fits, strict=True))
    k, p = X.shape
    return Permuted(k=np.full(len(order), float(k)), p=p, beta=beta, vcov=vcov, scale=scale, tau2=between)


def _standard(yi: FloatArray, vi: FloatArray, X: FloatArray) -> _Shared:
    unit = float(vi.min())
    length = np.sqrt((X**2).sum(axis=0))
    z, upper = np.linalg.qr(X / length)
    back = np.linalg.inv(upper) / length[:, None]
    one = z.sum(axis=0)
    # Every order of the rows explains a constant that one explains: effects then count from their mean.
    constant = bool(np.abs(z @ one - 1).max() < 1e-9)
    centre = float((yi / vi).sum() / (1 / vi).sum()) if constant else 0.0
    y = (yi - centre) / np.sqrt(unit)
    return _Shared(
        y=y[:, None],
        v=(vi / unit)[:, None],
        z=z,
        unit=unit,
        back=back,
        start=centre * (back @ one) if constant else 0 * one,
    )


def _fit(
    shared: _Shared, order: NDArray[np.intp], tau2: float | None, *, restricted: bool
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Coefficients, covariance, scale factor and tau2 of one block; `order` is `(k, n)`."""
    k, p = shared.z.shape
    columns = [column[order] for column in shared.z.T]
    n = order.shape[1]
    if tau2 is None:
        between = _highest_summit(shared, order, columns, restricted=restricted)
    else:
        between = np.full(n, tau2 / shared.unit)
    fit = _solve(shared, columns, between)
    root = np.sqrt(shared.unit)
    gamma, spread = np.zeros((n, p)), np.zeros((n, p, p))
    for one, into, square in zip(fit.gamma, fit.into, fit.square, strict=True):
        gamma += one[:, None] * into
        spread += into[:, :, None] * (into / square[:, None])[:, None, :]
    return (
        shared.start + root * gamma @ shared.back.T,
        shared.unit * (shared.back @ spread @ shared.back.T),
        np.einsum("kn,kn,kn->n", fit.w, fit.residual, fit.residual) / (k - p),
        between * shared.unit,
    )


def _solve(shared: _Shared, columns: list[FloatArray], tau2: FloatArray) -> _Solved:
    """Weighted least squares at one tau2 a row, by Gram and Schmidt's process on the columns: no digits cancel."""
    w = shared.v + tau2
    np.divide(1.0, w, out=w)
    solved = _Solved(w, np.broadcast_to(shared.y, w.shape), [], [], [], [])
    residual = solved.residual
    for number, column in enumerate(columns):
        into = np.zeros((tau2.size, len(columns)))
        into[:, number] = 1.0
        left = column
        for earlier, square, back in zip(solved.columns, solved.square, solved.into, strict=True):
            share = np.einsum("kn,kn,kn->n", w, earlier, left) / square
            left = left - share * earlier
            into -= share[:, None] * back
        square = np.einsum("kn,kn,kn->n", w, left, left)
        gamma = np.einsum("kn,kn,kn->n", w, left, residual) / square
        residual = residual - gamma * left
        for collected, one in zip(solved[2:], (left, square, into, gamma), strict=True):
            collected.append(one)
    return solved._replace(residual=residual)


def _terms(solved: _Solved, *, restricted: bool) -> Terms:
    """The terms of the score."""
    w = solved.w
    projected = w * solved.residual
    a = np.einsum("kn,kn->n", projected, projected)
    twice = projected
    for column, square in zip(solved.columns, solved.square, strict=True):
        twice = twice - np.einsum("kn,kn,kn->n", w, projected, column) / square * column
    a_fall = 2 * np.einsum("kn,kn,kn->n", w, twice, twice)
    if not restricted:
        return Terms(a, w.sum(axis=0), a_fall, np.einsum("kn,kn->n", w, w))
    weighted = [w * column for column in solved.columns]
    leverage = np.zeros_like(w)
    for column, product, square in zip(solved.columns, weighted, solved.square, strict=True):
        leverage += product * (column / square)
    b = np.einsum("kn,kn->n", w, 1 - leverage)
    b_fall = np.einsum("kn,kn,kn->n", w, w, 1 - 2 * leverage)
    for i, first in enumerate(weighted):
        for j, second in enumerate(weighted[: i + 1]):
            both = np.einsum("kn,kn->n", first, second)
            b_fall += (1 + (j < i)) * both**2 / (solved.square[i] * solved.square[j])
    return Terms(a, b, a_fall, b_fall)


def _highest_summit(
    shared: _Shared, order: NDArray[np.intp], columns: list[FloatArray], *, restricted: bool
) -> FloatArray:
    """tau2 of each row in units of `shared.unit`, `(n,)`."""
    k, p = shared.z.shape
    # The unweighted fit of any order leaves no more than the effects' own sum of squares about their mean or 0.
    grid = points_to(highest_ceiling(np.array([(shared.y**2).sum()]), np.array([float(k - p)]), shared.v.max()))

    def fitted(row: NDArray[np.intp], tau2: FloatArray) -> _Solved:
        return _solve(shared, [column[:, row] for column in columns], tau2)

    def height(row: NDArray[np.intp], tau2: FloatArray) -> FloatArray:
        fit = fitted(row, tau2)
        information = sum(np.log(square) for square in fit.square) if restricted else 0.0
        squares = np.einsum("kn,kn,kn->n", fit.w, fit.residual, fit.residual)
        return np.asarray(0.5 * (np.log(fit.w).sum(axis=0) - squares - information))

    tau2, _ = highest(
        grid,
        terms_of_moments(_moments(shared, order, grid[:, 0]), restricted=restricted),
        lambda row, here: _terms(fitted(row, here), restricted=restricted),
        height,
        usable=np.ones(order.shape[1], dtype=np.bool_),
    )
    return tau2


def _moments(shared: _Shared, order: NDArray[np.intp], grid: FloatArray) -> Moments:
    """The sums at every point of `grid`, `(points,)`: of the shared effects, and of the columns in each row's order."""
    w = 1.0 / (shared.v + grid)
    powers = np.stack([w, w * w, w * w * w])
    by_study = powers.transpose(0, 2, 1)
    p = shared.z.shape[1]
    pairs = [(i, j) for i in range(p) for j in range(i, p)]
    return Moments(
        weight=powers[:2].sum(axis=1)[:, :, None],
        effects=(powers[1:] * shared.y**2).sum(axis=1)[:, :, None],
        along=[(by_study * shared.y[:, 0]) @ column[order] for column in shared.z.T],
        across={(i, j): by_study @ (shared.z[:, i] * shared.z[:, j])[order] for i, j in pairs},
    )
