"""The rows of a batch of meta-regressions in standard units, and weighted least squares on them.

Effects are in units of the smallest standard error and are residuals of the fit at tau2 = 0; the design is replaced by
a basis of the same columns that is orthonormal under the weights 1 / vi. Every result is then equivariant under a
change of scale or of origin, of the effects and of the moderators, and the p x p systems are well conditioned.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.contract import FloatArray, IntArray, Status

ELEMENTS = 120_000  # of one block, as in kernels.rows
REDUNDANT = 1e-9  # share of a column's length that is not explained by the columns before it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DesignRows:
    """A block of meta-regressions in standard units; arrays `(batch, k)`, designs `(batch, k, p)`.

    Coefficients are `start + back @ gamma * sqrt(unit)`, where `gamma` belongs to the basis `z`; effects are
    `x @ start + y * sqrt(unit)`, variances `v * unit`. `raw` are the effects about their mean, in the same unit as `y`.
    `spread` is the sum of squares about the unweighted fit. `log_det` is log |X'X|, `log_basis` log |R|² of X = z R.
    """

    y: FloatArray
    raw: FloatArray
    v: FloatArray
    m: FloatArray
    x: FloatArray
    z: FloatArray
    k: FloatArray
    start: FloatArray
    back: FloatArray
    unit: FloatArray
    spread: FloatArray
    log_det: FloatArray
    log_basis: FloatArray
    redundant: NDArray[np.bool_]
    bad: NDArray[np.bool_]

    @property
    def p(self) -> int:
        """Number of columns of the design."""
        return int(self.z.shape[2])

    @property
    def df(self) -> FloatArray:
        """Residual degrees of freedom, (batch,)."""
        return self.k - self.p

    @property
    def estimable(self) -> NDArray[np.bool_]:
        """Rows with more studies than columns, a design of full rank and usable input, (batch,)."""
        return ~self.bad & (self.df >= 1) & ~self.redundant.any(axis=1)

    def determined(self, tau2: FloatArray) -> NDArray[np.bool_]:
        """Whether the coefficients are: with `tau2` `(n, k)` of 0 as many as studies are, without a residual."""
        saturated = ~self.bad & (self.df == 0) & ~self.redundant.any(axis=1) & (tau2 == 0).all(axis=1)
        return np.asarray(self.estimable | saturated)

    def status(self) -> IntArray:
        """BAD_INPUT, TOO_FEW or RANK_DEFICIENT; OK where the row can be fitted."""
        deficient = np.where(self.redundant.any(axis=1), Status.RANK_DEFICIENT, Status.OK)
        short = np.where(self.df < 1, Status.TOO_FEW, deficient)
        return np.where(self.bad, Status.BAD_INPUT, short).astype(np.int64)

    def take(self, index: NDArray[np.intp]) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """`y`, `v`, `m` and `z` of the rows numbered `index`."""
        return self.y[index], self.v[index], self.m[index], self.z[index]


class Solved(NamedTuple):
    """Weighted least squares: weights `w` `(n, k)`, `inverse` of z'Wz, `gamma`, residuals, `q` = z' inverse z."""

    w: FloatArray
    inverse: FloatArray
    gamma: FloatArray
    residual: FloatArray
    q: FloatArray


def solve(y: FloatArray, m: FloatArray, z: FloatArray, w: FloatArray) -> Solved:
    """Weighted least squares of `y` on the basis `z` with weights `m w`; p x p systems only."""
    mw = (m * w)[..., None] * z
    inverse = inverted(np.swapaxes(mw, 1, 2) @ z)
    gamma = (inverse @ (np.swapaxes(mw, 1, 2) @ y[..., None]))[..., 0]
    residual = y - (z @ gamma[..., None])[..., 0]
    q = ((z @ inverse) * z).sum(axis=2)
    return Solved(w, inverse, gamma, residual, q)


def inverted(matrices: FloatArray) -> FloatArray:
    """Inverses of symmetric positive matrices `(n, p, p)`; NaN where one is singular."""
    if matrices.shape[1] == 1:
        return np.where(np.isfinite(matrices) & (matrices > 0), 1 / matrices, np.nan)
    scale = 1 / np.sqrt(np.diagonal(matrices, axis1=1, axis2=2))
    scaled = scale[:, :, None] * matrices * scale[:, None, :]
    usable = np.asarray(np.isfinite(scaled).all(axis=(1, 2)))
    safe = np.where(usable[:, None, None], scaled, np.eye(matrices.shape[1]))
    usable &= np.abs(np.linalg.det(safe)) > 0
    safe = np.where(usable[:, None, None], safe, np.eye(matrices.shape[1]))
    found = scale[:, :, None] * np.linalg.inv(safe) * scale[:, None, :]
    return np.asarray(np.where(usable[:, None, None], found, np.nan))


def cross(z: FloatArray, weight: FloatArray) -> FloatArray:
    """The matrix z' diag(weight) z, `(n, p, p)`."""
    return np.asarray(np.swapaxes(weight[..., None] * z, 1, 2) @ z)


def trace_of_squares(inverse: FloatArray, middle: FloatArray) -> FloatArray:
    """tr(inverse middle inverse middle), `(n,)`."""
    product = inverse @ middle
    return np.asarray((product * np.swapaxes(product, 1, 2)).sum(axis=(1, 2)))


def design_blocks(yi: FloatArray, vi: FloatArray, mi: FloatArray, X: FloatArray) -> Iterator[tuple[slice, DesignRows]]:
    """The batch cut into blocks of bounded memory, in standard units."""
    yi, vi, mi = (np.atleast_2d(np.asarray(array, dtype=np.float64)) for array in (yi, vi, mi))
    X = np.asarray(X, dtype=np.float64)
    X = X[None] if X.ndim == 2 else X
    batch, k = np.broadcast_shapes(yi.shape, vi.shape, mi.shape, X.shape[:2])
    size = max(1, ELEMENTS // max(1, k * X.shape[2]))
    for begin in range(0, max(batch, 1), size):
        part = slice(begin, min(begin + size, batch))
        rows = part.stop - part.start
        y, v, m = (np.broadcast_to(a if a.shape[0] == 1 else a[part], (rows, k)) for a in (yi, vi, mi))
        design = np.broadcast_to(X if X.shape[0] == 1 else X[part], (rows, k, X.shape[2]))
        yield part, standardise(y, v, m, design)


def standardise(yi: FloatArray, vi: FloatArray, mi: FloatArray, X: FloatArray) -> DesignRows:
    """Rows in standard units; rows that cannot be used hold placeholders and are marked `bad`."""
    with np.errstate(all="ignore"):
        right = np.isfinite(yi) & np.isfinite(vi) & (vi > 0) & np.isfinite(X).all(axis=2)
        counted = np.isfinite(mi) & (mi >= 0)
        bad = ((mi != 0) & ~(right & counted)).any(axis=1)
        m = np.where(counted & ~bad[:, None], mi, 0.0)
        unit = np.min(np.where(m > 0, vi, np.inf), axis=1, initial=np.inf)
        unit = np.where(np.isfinite(unit), unit, 1.0)
        scale = np.sqrt(unit)[:, None]
        v = np.where(right, vi, unit[:, None]) / unit[:, None]
        x, y = np.where(right[..., None], X, 0.0), np.where(right, yi, 0.0) / scale
        even = _orthonormal(x, m)
        plain, first = _residual(y, even.z, m)
        weighted = _orthonormal(even.z, m / v)
        left, second = _residual(plain, weighted.z, m / v)
        back = even.back @ weighted.back
        start = (even.back @ first[..., None] + back @ second[..., None])[..., 0] * scale
        k = m.sum(axis=1)
        raw = y - ((m * y).sum(axis=1) / np.maximum(k, 1.0))[:, None]
    return DesignRows(
        y=left,
        raw=raw,
        v=v,
        m=m,
        x=x,
        z=weighted.z,
        k=k,
        start=start,
        back=back,
        unit=unit,
        spread=(m * plain**2).sum(axis=1),
        log_det=even.log_det,
        log_basis=even.log_det + weighted.log_det,
        redundant=even.redundant,
        bad=bad,
    )


class _Basis(NamedTuple):
    """An orthonormal basis `z = x back` under given weights, and log |x'Wx|."""

    z: FloatArray
    back: FloatArray
    log_det: FloatArray
    redundant: NDArray[np.bool_]


def _orthonormal(x: FloatArray, weight: FloatArray) -> _Basis:
    """Gram-Schmidt by QR; a column that those before it explain is marked and replaced by a placeholder."""
    length = np.sqrt((weight[..., None] * x**2).sum(axis=1))
    empty = ~(length > 0)
    length = np.where(empty, 1.0, length)
    _, upper = np.linalg.qr(np.sqrt(weight)[..., None] * x / length[:, None, :])
    p = x.shape[2]
    diagonal = np.zeros((x.shape[0], p))
    found = np.abs(np.diagonal(upper, axis1=1, axis2=2))
    diagonal[:, : found.shape[1]] = found
    redundant = empty | ~(diagonal > REDUNDANT)
    whole = ~redundant.any(axis=1)
    upper = np.where(whole[:, None, None], upper, np.eye(p)) if upper.shape[1] == p else np.eye(p)
    back = np.linalg.inv(upper) / length[:, :, None]
    log_det = 2 * np.log(np.where(whole[:, None], diagonal, 1.0) * length).sum(axis=1)
    return _Basis(x @ back, back, log_det, redundant)


def _residual(y: FloatArray, z: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """What is left of `y` after projection on the orthonormal basis `z`, taken twice, and the coefficients."""
    across = np.swapaxes(weight[..., None] * z, 1, 2)
    gamma = np.zeros((y.shape[0], z.shape[2]))
    for _ in range(2):
        step = (across @ y[..., None])[..., 0]
        gamma += step
        y = y - (z @ step[..., None])[..., 0]
    return y, gamma


def redundant_columns(X: FloatArray) -> NDArray[np.bool_]:
    """The columns of a design `(k, p)` that the columns before them explain, `(p,)`; Gram-Schmidt, each step twice."""
    k, p = X.shape
    kept = np.empty((k, p))
    redundant = np.ones(p, dtype=bool)
    for column in range(p):
        length = float(np.sqrt((X[:, column] ** 2).sum()))
        if not length > 0:
            continue
        rest = X[:, column] / length
        before = kept[:, :column][:, ~redundant[:column]]
        for _ in range(2 if before.size else 0):
            rest = rest - before @ (before.T @ rest)
        left = float(np.sqrt((rest**2).sum()))
        if left > REDUNDANT:
            redundant[column] = False
            kept[:, column] = rest / left
    return redundant
