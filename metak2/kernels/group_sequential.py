"""Boundaries of repeated significance tests by spending functions, by recursive integration over the score process.

With S = Z sqrt(t), t the share of the information, the increments of S between looks are independent and normal with
variance t_k - t_{k-1} and mean drift (t_k - t_{k-1}); the density of S among those not yet stopped is carried from look
to look (Armitage, McPherson & Rowe 1969, J R Stat Soc A 132:235-244; Jennison & Turnbull 2000, chapter 19).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from metak2.kernels.contract import FloatArray

WIDEST = 9.0  # standard deviations: beyond this a boundary is never crossed, and no density is left to carry
PANEL = 8  # Gauss-Legendre nodes to a standard deviation of the next increment: the error is below 1e-12
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(PANEL)
HALVINGS = 80  # of a bracket of width 9: below the last digit of a double
NOTHING = 1e-6  # an inner boundary this narrow holds no probability that a double could add up


def obrien_fleming_spent(t: FloatArray, error: float) -> FloatArray:
    """How much of a one-sided error is spent at information t: 2 - 2 Phi(z_(error/2) / sqrt(t)); Lan & DeMets (1983).

    Biometrika 70:659-663. Beyond t = 1 all of it is spent.
    """
    share = np.clip(np.asarray(t, dtype=np.float64), np.finfo(float).tiny, 1.0)
    return np.asarray(2 * ndtr(ndtri(error / 2) / np.sqrt(share)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Density:
    """The density of the score at `nodes` `(m,)` times quadrature weights, among those who go on after time `t`."""

    t: float
    nodes: FloatArray
    mass: FloatArray


def efficacy_boundaries(t: FloatArray, alpha: float) -> FloatArray:
    """Two-sided symmetric boundaries of Z at looks t `(looks,)`, rising, the last at most 1; half of alpha a side.

    Infinite where the spent error is too small to be reached.
    """
    spent = np.diff(obrien_fleming_spent(t, alpha / 2), prepend=0.0)
    found = np.full(t.size, np.inf)
    before = _start()
    for look, now in enumerate(t):
        found[look] = _highest(before, float(now), float(spent[look]))
        reach = min(float(found[look]), WIDEST) * np.sqrt(now)
        step = float(t[look + 1] - now) if look + 1 < t.size else float(now)
        before = _carried(before, float(now), ((-reach, reach),), step, 0.0)
    return found


def futility_boundaries(t: FloatArray, efficacy: FloatArray, beta: float, drift: float) -> tuple[FloatArray, float]:
    """Inner boundaries |Z| < b that spend beta under `drift`, 0 where none is left; and the power that is left.

    They do not bind: `efficacy` is kept as if they were not there. At the last look, where t is 1, b is the efficacy
    boundary: whatever has not crossed it has failed.
    """
    spent = np.diff(obrien_fleming_spent(t, beta), prepend=0.0)
    found, power, before = np.zeros(t.size), 0.0, _start()
    for look, now in enumerate(t):
        root, outer = np.sqrt(now), float(min(efficacy[look], WIDEST))
        last = look + 1 == t.size and now >= 1
        found[look] = outer if last else _innermost(before, float(now), float(spent[look]), outer, drift)
        power += _above(before, float(now), outer * root, drift)
        inner, reach = found[look] * root, outer * root
        step = float(t[look + 1] - now) if look + 1 < t.size else float(now)
        if last:
            break
        before = _carried(before, float(now), ((-reach, -inner), (inner, reach)), step, drift)
    return found, power


def _start() -> _Density:
    return _Density(t=0.0, nodes=np.zeros(1), mass=np.ones(1))


def _above(before: _Density, t: float, score: float, drift: float) -> float:
    """The probability to go on before t and to be above `score` at t."""
    dt = t - before.t
    return float(before.mass @ ndtr((before.nodes + drift * dt - score) / np.sqrt(dt)))


def _highest(before: _Density, t: float, spent: float) -> float:
    """The boundary of Z above which a probability of `spent` lies."""
    root = np.sqrt(t)
    low, high = 0.0, WIDEST
    if _above(before, t, high * root, 0.0) >= spent:
        return np.inf
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if _above(before, t, middle * root, 0.0) > spent else (low, middle)
    return 0.5 * (low + high)


def _innermost(before: _Density, t: float, spent: float, outer: float, drift: float) -> float:
    """The largest b, at most `outer`, with a probability of at most `spent` between -b and b."""
    root = np.sqrt(t)

    def inside(b: float) -> float:
        return _above(before, t, -b * root, drift) - _above(before, t, b * root, drift)

    low, high = 0.0, outer
    if inside(high) <= spent:
        return outer
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if inside(middle) <= spent else (low, middle)
    return low if low > NOTHING else 0.0


def _carried(
    before: _Density, t: float, regions: tuple[tuple[float, float], ...], step: float, drift: float
) -> _Density:
    """The density at t within the regions where the test goes on; `step` is the information to the next look."""
    pieces = [_panels(low, high, np.sqrt(step)) for low, high in regions if high > low]
    nodes = np.concatenate([piece[0] for piece in pieces]) if pieces else np.zeros(0)
    weights = np.concatenate([piece[1] for piece in pieces]) if pieces else np.zeros(0)
    dt = t - before.t
    distance = (nodes[:, None] - before.nodes - drift * dt) / np.sqrt(dt)
    density = np.exp(-0.5 * distance**2) @ before.mass / np.sqrt(2 * np.pi * dt)
    return _Density(t=t, nodes=nodes, mass=density * weights)


def _panels(low: float, high: float, sd: float) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights over an interval, in panels no wider than one standard deviation of the next increment."""
    count = max(int(np.ceil((high - low) / sd)), 1)
    edges = np.linspace(low, high, count + 1)
    half = 0.5 * np.diff(edges)[:, None]
    nodes = 0.5 * (edges[:-1] + edges[1:])[:, None] + half * _NODES
    return nodes.ravel(), (half * _WEIGHTS).ravel()
