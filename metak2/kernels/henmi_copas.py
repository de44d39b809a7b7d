"""The confidence interval of Henmi & Copas (2010), robust to small-study effects; Stat Med 29:2969-2983.

It is centred at the common-effect estimate, whose bias under selection is smaller, and takes its width from the joint
distribution of that estimate and the DerSimonian-Laird tau2. In standard units, with c = w / sqrt(sum w), R = c'(y -
theta) is normal with variance VR = 1 + tau2 W2, and Q given R is taken as gamma with its exact conditional moments.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import gammainc

from metak2.kernels.contract import FloatArray

NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)
PANELS = 40
REACH = 9.0  # standard deviations of R; beyond lies 1e-19
HALVINGS = 200


class HenmiCopas(NamedTuple):
    """Estimate, its standard error, tau2 (DerSimonian-Laird) and the multiple of the error that gives the interval."""

    estimate: float
    se: float
    tau2: float
    multiple: float


class _Pivot(NamedTuple):
    """Q given R = r: mean e0 + e1 r^2 and variance v0 + v1 r^2, with what turns tau2 into Q."""

    df: float
    gap: float
    w2: float
    spread: float
    e0: float
    e1: float
    v0: float
    v1: float


def henmi_copas(yi: FloatArray, vi: FloatArray, *, level: float) -> HenmiCopas:
    """Estimate and the half-width of its interval in standard errors; `yi`, `vi` `(k,)` with k >= 2."""
    w = 1 / vi
    total = float(w.sum())
    w2 = float((w**2).sum()) / total
    centre = float((w * yi).sum()) / total
    q, df = float((w * (yi - centre) ** 2).sum()), yi.size - 1.0
    tau2 = max(0.0, (q - df) / (total - w2))
    pivot = _pivot(w, tau2)
    return HenmiCopas(centre, float(np.sqrt((1 + tau2 * w2) / total)), tau2, _multiple(pivot, (1 - level) / 2))


def _pivot(w: FloatArray, tau2: float) -> _Pivot:
    """The conditional moments, for A = diag(w) - cc' and S = the covariance of the effects given R."""
    total = float(w.sum())
    c = w / np.sqrt(total)
    s = 1 / w + tau2
    spread = float((c**2 * s).sum())
    mean = s * c / spread
    covariance = np.diag(s) - np.outer(s * c, s * c) / spread
    form = np.diag(w) - np.outer(c, c)
    product = form @ covariance
    w2 = float((w**2).sum()) / total
    return _Pivot(
        df=w.size - 1.0,
        gap=total - w2,
        w2=w2,
        spread=spread,
        e0=float(np.trace(product)),
        e1=float(mean @ form @ mean),
        v0=2 * float((product * product.T).sum()),
        v1=4 * float(mean @ form @ covariance @ form @ mean),
    )


def _multiple(pivot: _Pivot, tail: float) -> float:
    """The u with P(|R| / sqrt(1 + tau2(Q) W2) > u) = 2 `tail`, by bisection; the probability falls in u."""
    low, high = 0.0, 1.0
    while _upper_tail(pivot, high) > tail:
        low, high = high, 2 * high
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        if middle in {low, high}:
            break
        low, high = (middle, high) if _upper_tail(pivot, middle) > tail else (low, middle)
    return 0.5 * (low + high)


def _upper_tail(pivot: _Pivot, u: float) -> float:
    """P(R > u sqrt(1 + tau2 W2)): at R = r this asks for a Q small enough, by Gauss-Legendre panels over r."""
    end = max(u, 0.0) + REACH * np.sqrt(pivot.spread)
    edges = np.linspace(u, end, PANELS + 1)
    half = 0.5 * np.diff(edges)[:, None]
    r = edges[:-1, None] + half * (1 + NODES)
    mean, variance = pivot.e0 + pivot.e1 * r**2, pivot.v0 + pivot.v1 * r**2
    largest = pivot.df + pivot.gap * ((r / u) ** 2 - 1) / pivot.w2 if u > 0 else np.full(r.shape, np.inf)
    chance = gammainc(mean**2 / variance, largest * mean / variance)
    density = np.exp(-0.5 * r**2 / pivot.spread) / np.sqrt(2 * np.pi * pivot.spread)
    return float((half * WEIGHTS * chance * density).sum())
