"""Two nested levels with independent sampling errors: the likelihood of `likelihood` by sums over groups.

Within group i, V = diag(v + s) + t 11', so that V^-1 = diag(w) - c ww' with w = 1 / (v + s), c = t / (1 + t sum w)
(Sherman & Morrison 1950): no matrix is formed and the cost is that of adding up the rows. A law holds it to the blocks.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from metak2.kernels.ascent import Point
from metak2.kernels.contract import FloatArray, IntArray
from metak2.kernels.multivariate.likelihood import LOG_TWO_PI, Fixed


class _Solved(NamedTuple):
    """Everything at one pair of variances: row weights, group sums, coefficients, projected residuals."""

    w: FloatArray
    one: FloatArray  # sum of w in each group
    c: FloatArray
    g: FloatArray  # 1 / (1 + t sum w)
    WX: FloatArray
    beta: FloatArray
    vcov: FloatArray
    u: FloatArray
    height: float
    restricted: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Nested:
    """Rows in the order of their groups: `y`, `v` `(k,)`, `X` `(k, p)`, `starts` of the groups; whether rows vary too.

    The parameters are the standard deviation between groups and, where `inner`, that between the rows of a group.
    """

    y: FloatArray
    v: FloatArray
    X: FloatArray
    starts: IntArray
    inner: bool
    outer_first: bool = True

    def fixed_part(self, theta: FloatArray) -> Fixed:
        """Generalised least squares at given standard deviations."""
        solved = self._solve(theta)
        return Fixed(beta=solved.beta, vcov=solved.vcov, log_likelihood=solved.height, restricted=solved.restricted)

    def evaluate(self, theta: FloatArray, *, restricted: bool) -> Point:
        """Height, gradient and Hessian by the standard deviations."""
        at = self._solve(theta)
        score, hessian = self._by_variances(at, restricted=restricted)
        order = [0, 1] if self.outer_first else [1, 0]
        used = np.array(order if self.inner else [0])
        score, hessian = score[used], hessian[np.ix_(used, used)]
        slope = 2 * theta
        bent = hessian * np.outer(slope, slope) + 2 * np.diag(score)
        return Point(at.restricted if restricted else at.height, score * slope, bent)

    def _variances(self, theta: FloatArray) -> tuple[float, float]:
        """Between groups, and between the rows of a group."""
        if not self.inner:
            return float(theta[0] ** 2), 0.0
        outer, inner = (theta[0], theta[1]) if self.outer_first else (theta[1], theta[0])
        return float(outer**2), float(inner**2)

    def _gather(self, rows: FloatArray) -> FloatArray:
        return np.asarray(np.add.reduceat(rows, self.starts, axis=0))

    def _solve(self, theta: FloatArray) -> _Solved:
        t, s = self._variances(theta)
        k, p = self.X.shape
        sizes = np.diff(np.append(self.starts, k))
        w = 1.0 / (self.v + s)
        one = self._gather(w)
        g = 1.0 / (1.0 + t * one)
        c = t * g
        wX = w[:, None] * self.X
        WX = wX - w[:, None] * np.repeat(c[:, None] * self._gather(wX), sizes, axis=0)
        vcov: FloatArray = np.linalg.inv(self.X.T @ WX).astype(np.float64, copy=False)
        beta = vcov @ (WX.T @ self.y)
        residual = self.y - self.X @ beta
        wr = w * residual
        u = wr - w * np.repeat(c * self._gather(wr), sizes)
        half = 0.5 * (np.log1p(t * one).sum() - np.log(w).sum())
        height = -half - 0.5 * float(residual @ u) - 0.5 * k * LOG_TWO_PI
        gram = np.linalg.slogdet(self.X.T @ self.X)[1]
        corrected = 0.5 * (np.linalg.slogdet(vcov)[1] + gram + p * LOG_TWO_PI)
        return _Solved(w, one, c, g, WX, beta, vcov, u, height, height + corrected)

    def _by_variances(self, at: _Solved, *, restricted: bool) -> tuple[FloatArray, FloatArray]:
        """Gradient and Hessian by (t, s); the terms are those of `likelihood.evaluate` for V_t = 11', V_s = I."""
        k = self.v.size
        sizes = np.diff(np.append(self.starts, k))
        w, c, g, WX, u = at.w, at.c, at.g, at.WX, at.u
        two, three = self._gather(w**2), self._gather(w**3)
        Wu = w * u - w * np.repeat(c * self._gather(w * u), sizes)
        sum_u, one_W = self._gather(u), g * at.one  # 1'V^-1 1
        XW1 = self._gather(WX)
        traces = np.array([one_W.sum(), (at.one - c * two).sum()])
        crossed = (g**2 * two).sum()
        pairs = np.array([[(one_W**2).sum(), crossed], [crossed, (two - 2 * c * three + c**2 * two**2).sum()]])
        squares = np.array([(sum_u**2).sum(), u @ u])
        mixed = sum_u @ self._gather(Wu)
        bends = np.array([[(sum_u**2) @ one_W, mixed], [mixed, u @ Wu]])
        gathered = np.stack([sum_u @ XW1, u @ WX])
        if restricted:
            lost = np.stack([XW1.T @ XW1, WX.T @ WX])
            wWX = w[:, None] * WX
            W1WX = g[:, None] * self._gather(wWX)  # X'W W 1 of each group
            WWX = wWX - w[:, None] * np.repeat(c[:, None] * self._gather(wWX), sizes, axis=0)
            cross = W1WX.T @ XW1
            threes = np.array(
                [
                    [np.vdot(at.vcov, (XW1 * one_W[:, None]).T @ XW1), np.vdot(at.vcov, cross)],
                    [np.vdot(at.vcov, cross), np.vdot(at.vcov, WX.T @ WWX)],
                ]
            )
            through = at.vcov @ lost
            pairs = pairs - 2 * threes + np.einsum("qpt,rtp->qr", through, through)
            traces = traces - np.einsum("qpp->q", through)
        hessian = 0.5 * pairs - bends + gathered @ at.vcov @ gathered.T
        return 0.5 * (squares - traces), hessian
