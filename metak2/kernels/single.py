"""One meta-analysis alone: the sums of `likelihood` and `profile` as dot products of arrays `(k,)`, results numbers.

A batch pays NumPy's overhead once for many rows; a row alone would pay all of it. A law holds both ways to be equal.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from metak2.kernels.contract import FloatArray
from metak2.kernels.rows import Rows


class Single(NamedTuple):
    """The only row of a block: effects, variances and multiplicities in standard units, `(k,)`."""

    y: FloatArray
    v: FloatArray
    m: FloatArray

    def score(self, tau2: float, *, restricted: bool) -> tuple[float, float]:
        """The score of the (restricted) likelihood at `tau2`, up to the factor 2, and its slope."""
        y, v, m = self
        w = 1.0 / (v + tau2)
        mw = m * w
        sum_w, sum_w2 = m @ w, mw @ w
        projected = w * (y - (mw @ y) / sum_w)
        a = (m * projected) @ projected
        twice = projected - (mw @ projected) / sum_w
        a_fall = 2 * ((mw * twice) @ twice)
        if not restricted:
            return float(a - sum_w), float(sum_w2 - a_fall)
        share = w / sum_w
        b_fall = (mw * w) @ (1 - 2 * share) + (sum_w2 / sum_w) ** 2
        return float(a - mw @ (1 - share)), float(b_fall - a_fall)

    def generalised_q(self, tau2: float) -> tuple[FloatArray, FloatArray]:
        """Q(tau2) and the rate at which it falls, NumPy scalars; DerSimonian & Kacker (2007)."""
        y, v, m = self
        w = 1.0 / (v + tau2)
        mw = m * w
        residual = y - (mw @ y) / (m @ w)
        weighted = mw * residual
        return weighted @ residual, (weighted * w) @ residual

    def sums(self, grid: FloatArray) -> Sequence[FloatArray]:
        """Sums over studies of w, w², w³, wy, w²y, w³y, w²y² and w³y² at every point of `grid`, `(points,)` each."""
        w = self.v[:, None] + grid
        np.divide(1.0, w, out=w)
        my = self.m * self.y
        moments = np.stack([self.m, my, my * self.y])
        w1, wy, _ = moments @ w
        power = w * w
        w2, w2y, w2yy = moments @ power
        np.multiply(power, w, out=power)
        w3, w3y, w3yy = moments @ power
        return w1, w2, w3, wy, w2y, w3y, w2yy, w3yy


def single(rows: Rows) -> Single:
    """The only row of `rows`."""
    return Single(rows.y[:, 0], rows.v[:, 0], rows.m[:, 0])
