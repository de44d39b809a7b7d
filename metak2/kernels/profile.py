"""The generalised Q statistic as a function of tau2, and its root."""

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.contract import FloatArray
from metak2.kernels.roots import falling_root
from metak2.kernels.rows import Rows


def generalised_q(y: FloatArray, v: FloatArray, m: FloatArray, tau2: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Q(tau2) and the rate at which it falls; DerSimonian & Kacker (2007). `(k, n)` and `(n,)` to `(n,)`."""
    w = 1.0 / (v + tau2)
    mw = m * w
    residual = y - (mw * y).sum(axis=0) / mw.sum(axis=0)
    weighted = mw * residual**2
    return weighted.sum(axis=0), (weighted * w).sum(axis=0)


def q_root(rows: Rows, target: FloatArray) -> FloatArray:
    """The tau2, in units of `rows.unit`, at which Q equals `target`; 0 where Q(0) is not above it. Shapes `(batch,)`.

    Newton on 1 / Q, which is nearly a straight line. Q(tau2) is at most the sum of squares divided by tau2: that
    closes the bracket.
    """
    everyone = np.arange(rows.k.size)
    q_at_zero, _ = generalised_q(*rows.take(everyone), np.zeros(rows.k.size))
    positive = np.flatnonzero((q_at_zero > target) & (target > 0))
    y, _, m = rows.take(positive)
    deviation = y - (m * y).sum(axis=0) / rows.k[positive]
    ceiling = (m * deviation**2).sum(axis=0) / target[positive]

    def inverse_gap(tau2: FloatArray, index: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
        q, fall = generalised_q(*rows.take(positive[index]), tau2)
        return 1.0 / target[positive[index]] - 1.0 / q, -fall / q**2

    low = np.zeros(positive.size)
    tau2 = np.zeros(rows.k.size)
    tau2[positive] = falling_root(inverse_gap, low, ceiling * (1 + 1e-9), low)
    return tau2
