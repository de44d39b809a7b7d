"""Two nested levels with independent sampling errors: the likelihood of `likelihood` by sums over groups.

Within group i, V = diag(v + s) + t 11', so that V^-1 = diag(w) - c ww' with w = 1 / (v + s), c = t / (1 + t sum w)
(Sherman & Morrison 1950): no matrix of rows is formed and the cost is that of adding them up. Several pairs of
variances are solved at once, on the first axis. A law holds it to the blocks.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from metak2.kernels.ascent import Point
from metak2.kernels.contract import FloatArray, IntArray
from metak2.kernels.multivariate.likelihood import LOG_TWO_PI, Fixed


class Slopes(NamedTuple):
    """Heights `(n,)`, score `(n, 2)` and information `(n, 2, 2)` by the variances (t, s), expected and observed.

    `known` `(n, 2)` is the expected information of each variance if the coefficients were known.
    """

    height: FloatArray
    score: FloatArray
    expected: FloatArray
    observed: FloatArray
    known: FloatArray


class _Solved(NamedTuple):
    """Generalised least squares at `n` pairs of variances, for the columns Z = [X y]."""

    w: FloatArray  # (n, k)
    one: FloatArray  # sum of w in each group, (n, m)
    g: FloatArray  # 1 / (1 + t sum w)
    c: FloatArray
    WZ: FloatArray  # V^-1 Z, (n, k, q)
    sums: FloatArray  # of its rows in each group, (n, m, q)
    turn: FloatArray  # (n, q, q): Z turn' are X made orthonormal under V^-1, and the residuals of y
    height: FloatArray
    restricted: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Nested:
    """The likelihood by sums; rows in the order of their groups. Made by `nested`.

    The parameters are the standard deviation between groups and, where `inner`, that between the rows of a group.
    """

    Z: FloatArray  # an orthonormal basis of X, and the residuals of least squares, (k, p + 1)
    v: FloatArray
    starts: IntArray
    group: IntArray
    inner: bool
    outer_first: bool
    origin: FloatArray  # the coefficients of least squares, (p,)
    back: FloatArray  # basis = X back, (p, p)

    @property
    def spread(self) -> float:
        """The standard deviation of the residuals of least squares."""
        return float(np.sqrt((self.Z[:, -1] ** 2).mean()))

    def fixed_part(self, theta: FloatArray) -> Fixed:
        """Generalised least squares at given standard deviations."""
        at = self._solve(self.variances(theta[None]))
        root = self.back @ at.turn[0, :-1, :-1].T
        return Fixed(
            beta=self.origin - self.back @ at.turn[0, -1, :-1],
            vcov=root @ root.T,
            log_likelihood=float(at.height[0]),
            restricted=float(at.restricted[0]),
        )

    def evaluate(self, theta: FloatArray, *, restricted: bool) -> Point:
        """Height, gradient and Hessian by the standard deviations."""
        at = self.slopes(self.variances(theta[None]), restricted=restricted)
        order = [0, 1] if self.outer_first else [1, 0]
        used = order[: theta.size]
        score, slope = at.score[0, used], 2 * theta
        bent = -at.observed[0][np.ix_(used, used)] * np.outer(slope, slope) + 2 * np.diag(score)
        return Point(float(at.height[0]), score * slope, bent)

    def variances(self, thetas: FloatArray) -> FloatArray:
        """Between groups and between the rows of a group, `(n, 2)`, of standard deviations `(n, size)`."""
        squares = np.zeros((len(thetas), 2))
        squares[:, : thetas.shape[1]] = thetas**2
        return squares if self.outer_first else squares[:, ::-1]

    def deviations(self, variances: tuple[float, float]) -> FloatArray:
        """Standard deviations `(size,)` in the order of the parameters."""
        roots = np.sqrt(variances)
        return (roots if self.outer_first else roots[::-1])[: 1 + self.inner]

    def slopes(self, variances: FloatArray, *, restricted: bool) -> Slopes:
        """Heights and derivatives by the variances; the terms are those of `likelihood.evaluate`, V_t = 11', V_s = I.

        With Z turned, tr(P V_j) and u'V_j u are the diagonal of Z'V^-1 V_j V^-1 Z, and so on.
        """
        at = self._solve(variances)
        moved = self._moved(at)
        lone, paired = self._traces(at)
        squares = moved[:, :, -1, -1]
        border = moved[:, :2, -1, :-1]
        curved = squares[:, 2:].reshape(paired.shape) - border @ border.swapaxes(1, 2)
        expected = 0.5 * paired
        if restricted:
            inside = moved[:, :, :-1, :-1]
            lost = inside.trace(axis1=2, axis2=3)
            flat = inside[:, :2].reshape(len(inside), 2, -1)
            lone -= lost[:, :2]
            expected += 0.5 * (flat @ flat.swapaxes(1, 2)) - lost[:, 2:].reshape(paired.shape)
        return Slopes(
            height=at.restricted if restricted else at.height,
            score=0.5 * (squares[:, :2] - lone),
            expected=expected,
            observed=curved - expected,
            known=0.5 * paired.diagonal(axis1=1, axis2=2),
        )

    def _gather(self, rows: FloatArray) -> FloatArray:
        sums: FloatArray = np.add.reduceat(rows, self.starts, axis=1)
        return sums

    def _weigh(self, rows: FloatArray, w: FloatArray, c: FloatArray) -> tuple[FloatArray, FloatArray]:
        """V^-1 times `rows` `(n, k, q)`, and the sums of w times them in each group `(n, m, q)`."""
        weighted = w[..., None] * rows
        sums = self._gather(weighted)
        weighted -= w[..., None] * (c[..., None] * sums).take(self.group, axis=1)
        return weighted, sums

    def _solve(self, variances: FloatArray) -> _Solved:
        t, s = variances[:, :1], variances[:, 1:]
        k, p = self.v.size, self.Z.shape[1] - 1
        w = 1.0 / (self.v + s)
        one = self._gather(w)
        raised = 1.0 + t * one
        g = 1.0 / raised
        c = t * g
        WZ, sums = self._weigh(self.Z, w, c)
        products = self.Z.T @ WZ
        root = _inverse_root(products[:, :p, :p])
        score = root @ products[:, :p, p:]
        turn = np.zeros(products.shape)
        turn[:, :p, :p] = root
        np.matmul(-score.swapaxes(1, 2), root, out=turn[:, p:, :p])
        turn[:, p, p] = 1.0
        distance = products[:, p, p] - np.vecdot(score[..., 0], score[..., 0])
        height = -0.5 * (np.log(raised).sum(axis=1) - np.log(w).sum(axis=1) + distance + k * LOG_TWO_PI)
        corrected = height + 0.5 * p * LOG_TWO_PI + np.log(root.diagonal(axis1=1, axis2=2)).sum(axis=1)
        return _Solved(w, one, g, c, WZ, g[..., None] * sums, turn, height, corrected)

    def _moved(self, at: _Solved) -> FloatArray:
        """Of Z turned, `(n, 6, q, q)`: Z'V^-1 V_j V^-1 Z for t and s, Z'V^-1 V_j V^-1 V_k V^-1 Z for tt, ts, st, ss."""
        WWZ, again = self._weigh(at.WZ, at.w, at.c)
        left, right = at.sums.swapaxes(1, 2), at.WZ.swapaxes(1, 2)
        moved = np.empty((len(left), 6, *at.turn.shape[1:]))
        np.matmul(left, at.sums, out=moved[:, 0])
        np.matmul(right, at.WZ, out=moved[:, 1])
        np.matmul(left, (at.g * at.one)[..., None] * at.sums, out=moved[:, 2])
        np.matmul(left, at.g[..., None] * again, out=moved[:, 3])
        moved[:, 4] = moved[:, 3].swapaxes(1, 2)
        np.matmul(right, WWZ, out=moved[:, 5])
        turn = at.turn[:, None]
        return np.asarray(turn @ moved @ turn.swapaxes(2, 3))

    def _traces(self, at: _Solved) -> tuple[FloatArray, FloatArray]:
        """tr(V^-1 V_j) for t and s, `(n, 2)`, and tr(V^-1 V_j V^-1 V_k), `(n, 2, 2)`."""
        square = at.w * at.w
        two, three = self._gather(square), self._gather(square * at.w)
        mean, lost = at.g * at.one, at.c * two  # 1'V^-1 1, and what grouping takes from the trace
        lone, paired = np.empty((len(two), 2)), np.empty((len(two), 2, 2))
        lone[:, 0] = mean.sum(axis=1)
        lone[:, 1] = (at.one - lost).sum(axis=1)
        paired[:, 0, 0] = np.vecdot(mean, mean)
        paired[:, 0, 1] = paired[:, 1, 0] = np.vecdot(at.g * at.g, two)
        paired[:, 1, 1] = square.sum(axis=1) - 2 * np.vecdot(at.c, three) + np.vecdot(lost, lost)
        return lone, paired


def _inverse_root(information: FloatArray) -> FloatArray:
    """The inverse of the Cholesky factor of matrices `(n, p, p)`."""
    if information.shape[1] == 1:
        return np.asarray(1.0 / np.sqrt(information))
    return np.linalg.inv(np.linalg.cholesky(information)).astype(np.float64, copy=False)


def _orthonormal(X: FloatArray) -> tuple[FloatArray, FloatArray]:
    """An orthonormal basis of the columns `(k, p)`, and what leads from it to their coefficients `(p, p)`."""
    if X.shape[1] == 1:  # the mean alone
        length = np.sqrt(X.T @ X)
        return X / length, 1 / length
    basis, upper = np.linalg.qr(X)
    return basis, np.linalg.inv(upper).astype(np.float64, copy=False)


def nested(
    data: tuple[FloatArray, FloatArray, FloatArray], group: IntArray, *, inner: bool, outer_first: bool = True
) -> Nested:
    """The likelihood of `y`, `v` `(k,)` and `X` `(k, p)` with the number of each row's group `(k,)`.

    Effects become residuals of least squares and X an orthonormal basis: nothing is lost where y or X lie far from 0.
    """
    order = np.argsort(group, kind="stable")
    y, v, X, placed = data[0][order], data[1][order], data[2][order], group[order]
    opens = np.zeros(y.size, dtype=np.int64)
    opens[1:] = placed[1:] != placed[:-1]
    basis, back = _orthonormal(X)
    gamma = basis.T @ y
    Z = np.empty((y.size, gamma.size + 1))
    Z[:, :-1], Z[:, -1] = basis, y - basis @ gamma
    number = opens.cumsum()
    return Nested(
        Z=Z,
        v=v,
        starts=number.searchsorted(np.arange(number[-1] + 1)),
        group=number,
        inner=inner,
        outer_first=outer_first,
        origin=back @ gamma,
        back=back,
    )
