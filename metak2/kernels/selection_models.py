"""Selection models by maximum likelihood: effects are normal, and studies are seen with a weight w(p).

The likelihood of a study is w(y) phi(y) / integral of w phi. With s = d log(w phi) and h its second derivatives the
gradient is s(y) - E s and the Hessian h(y) - E h - Cov s, with expectations under the density w phi / A of what is
seen. The integrals run over z = y / sqrt(v) by Gauss-Legendre panels between the points where w jumps or bends.
Hedges & Vevea (2005), Selection method approaches, in: Publication bias in meta-analysis, Wiley.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.ascent import Point, Summit, climb
from metak2.kernels.contract import FloatArray
from metak2.kernels.regression import regression
from metak2.kernels.regression_tau2 import residual_tau2
from metak2.kernels.selection_weights import LARGEST, Place, WeightFunction, jumps, place

NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)
BENDS = np.arange(-8.0, 9.0)  # p is smooth but curved here; steep weights pull all mass into it from afar
AROUND_ZERO = np.array([10.0**-power for power in (12, 9, 7, 5, 4, 3, 2, 1)])  # two-sided: 1 - p vanishes at 0
REACH = 9.0  # standard deviations; beyond lies 1e-19
AROUND_PEAK = np.array([-REACH, -6.0, -3.0, 0.0, 3.0, 6.0, REACH])
SINGULAR = 1e-10
ROUGH = 1e-3  # gain at which a climb ends that only leads to the next
LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SelectionData:
    """One meta-analysis, effects pointing to the favoured side: `y`, `v`, `c` `(k,)` and the design `x` `(k, p)`."""

    y: FloatArray
    v: FloatArray
    x: FloatArray
    c: FloatArray
    two_sided: bool


class SelectionFit(NamedTuple):
    """The highest summit: parameters (beta, tau2, delta), their covariance, log-likelihood and where they ended.

    `vcov` is the inverse of the observed information of all that is estimated; where that is not positive definite,
    of the parameters inside their bounds, with NaN for the others. `cut` is the effect of a truncated model.
    """

    parameters: FloatArray
    vcov: FloatArray
    log_likelihood: float
    at_bound: NDArray[np.bool_]
    converged: bool
    cut: float | None = None


class Box(NamedTuple):
    """What delta may be, `low` to `high`, and the values from which the search for it starts."""

    low: tuple[float, ...]
    high: tuple[float, ...]
    starts: tuple[tuple[float, ...], ...]


Height = Callable[[FloatArray], Point]
Heights = Callable[[SelectionData, float], Height]
"""From data in other units, the effects divided by the number given, to the likelihood of theta."""


def fit_selection(
    data: SelectionData, weights: WeightFunction, starts: FloatArray, *, fixed: FloatArray
) -> SelectionFit:
    """Maximise over beta, tau2 >= 0 and delta; `fixed` `(p + 1 + m,)` holds NaN for what is estimated.

    `starts` `(n, p + 1)` are values of beta and tau2 to begin from, each combined with the starts of the weights.
    """

    def heights(scaled: SelectionData, _: float) -> Callable[[FloatArray], Point]:
        return partial(likelihood, scaled, weights, _edges(scaled, weights))

    box = Box(weights.low, (LARGEST,) * weights.parameters, weights.starts)
    return highest(data, heights, box, starts, fixed=fixed)


def highest(data: SelectionData, heights: Heights, box: Box, starts: FloatArray, *, fixed: FloatArray) -> SelectionFit:
    """The highest summit of a likelihood of (beta, tau2, delta), searched in units of the smallest variance."""
    unit = float(data.v.min())
    root = np.sqrt(unit)
    p = data.x.shape[1]
    scale = np.concatenate([np.full(p, root), [unit], np.ones(len(box.low))])
    scaled = SelectionData(y=data.y / root, v=data.v / unit, x=data.x, c=data.c, two_sided=data.two_sided)
    low = np.concatenate([np.full(p, -np.inf), [0.0], box.low])
    high = np.concatenate([np.full(p + 1, np.inf), box.high])
    held = ~np.isnan(fixed)
    low[held] = high[held] = (fixed / scale)[held]
    height = heights(scaled, root)
    best: Summit | None = None
    for first in starts:
        for delta in box.starts:
            start = np.concatenate([first / scale[: p + 1], delta])
            for begin in (start, _weights_held(height, start, (low, high), p + 1)):
                summit = climb(height, begin, low, high)
                if best is None or (summit.point.height, summit.converged) > (best.point.height, best.converged):
                    best = summit
    if best is None:
        raise ValueError("a search needs at least one start")
    return _unscaled(best, held, scale, data.y.size * float(np.log(root)))


def _weights_held(height: Height, start: FloatArray, box: tuple[FloatArray, FloatArray], own: int) -> FloatArray:
    """The best mean and tau2 for the weights of a start: strong selection puts the mean far from the effects seen.

    `own` is the number of parameters before those of the weights.
    """
    low, high = (end.copy() for end in box)
    low[own:] = high[own:] = np.clip(start, *box)[own:]
    return climb(height, start, low, high, enough=ROUGH).at


def _unscaled(summit: Summit, held: NDArray[np.bool_], scale: FloatArray, log_scale: float) -> SelectionFit:
    information = -summit.point.hessian / scale[:, None] / scale
    vcov = _inverse(information, ~held)
    if np.isnan(vcov).all():
        vcov = _inverse(information, ~held & ~summit.bound)
    return SelectionFit(
        parameters=summit.at * scale,
        vcov=vcov,
        log_likelihood=summit.point.height - log_scale,
        at_bound=summit.bound & ~held,
        converged=summit.converged,
    )


def _inverse(information: FloatArray, kept: NDArray[np.bool_]) -> FloatArray:
    """The inverse of the part that is kept; NaN elsewhere, and everywhere unless it is positive definite."""
    vcov = np.full(information.shape, np.nan)
    part = information[np.ix_(kept, kept)]
    if kept.any() and np.all(np.isfinite(part)) and np.all(np.diag(part) > 0):
        unit = 1 / np.sqrt(np.diag(part))
        if np.linalg.eigvalsh(part * unit[:, None] * unit).min() > SINGULAR:
            vcov[np.ix_(kept, kept)] = np.linalg.inv(part * unit[:, None] * unit) * unit[:, None] * unit
    return vcov


def likelihood(data: SelectionData, weights: WeightFunction, edges: FloatArray, theta: FloatArray) -> Point:
    """Log-likelihood, gradient and Hessian at theta = (beta, tau2, delta)."""
    p = data.x.shape[1]
    mu, tau2, delta = data.x @ theta[:p], float(theta[p]), theta[p + 1 :]
    total = data.v + tau2
    roots = np.sqrt(data.v)
    censored = weights.smallest_p
    z, width = _nodes(edges, mu / roots, np.sqrt(total) / roots)
    seen = place((data.y / roots)[:, None], data.c[:, None], two_sided=data.two_sided, smallest_p=censored)
    at_nodes = place(z, data.c[:, None], two_sided=data.two_sided, smallest_p=censored)
    own = _terms(weights, seen, delta, data.y[:, None] - mu[:, None], total[:, None])
    all_y = _terms(weights, at_nodes, delta, z * roots[:, None] - mu[:, None], total[:, None])
    with np.errstate(divide="ignore"):
        log_mass = all_y.value + np.log(width)
    peak = log_mass.max(axis=1, keepdims=True)
    mass = np.exp(log_mass - peak)
    area = mass.sum(axis=1)
    share = mass / area[:, None]
    mean = np.einsum("akn,kn->ak", all_y.first, share)
    height = float((own.value[:, 0] - np.log(area) - peak[:, 0]).sum() - np.log(roots).sum())
    gradient = own.first[:, :, 0] - mean
    centred = all_y.first - mean[:, :, None]
    spread = np.einsum("akn,bkn,kn->abk", centred, centred, share)
    curvature = own.second[..., 0] - np.einsum("abkn,kn->abk", all_y.second, share) - spread
    return by_beta(data.x, height, gradient, curvature)


def by_beta(x: FloatArray, height: float, gradient: FloatArray, curvature: FloatArray) -> Point:
    """From derivatives by (mu_i, tau2, delta) of each study to derivatives by (beta, tau2, delta)."""
    k, p = x.shape
    size = gradient.shape[0]
    chain = np.zeros((size, p + size - 1, k))
    chain[0, :p] = x.T
    for j in range(1, size):
        chain[j, p + j - 1] = 1.0
    return Point(
        height,
        np.einsum("apk,ak->p", chain, gradient),
        np.einsum("apk,abk,bqk->pq", chain, curvature, chain, optimize=True),
    )


class Terms(NamedTuple):
    """log(w phi) and its derivatives by (mu, tau2, delta), `(k, n)`, `(1 + 1 + m, k, n)` and squared."""

    value: FloatArray
    first: FloatArray
    second: FloatArray


def _terms(weights: WeightFunction, at: Place, delta: FloatArray, residual: FloatArray, total: FloatArray) -> Terms:
    weight = weights.weigh(at, delta)
    normal = normal_terms(residual, total, weights.parameters)
    normal.first[2:] = weight.first
    normal.second[2:, 2:] = weight.second
    return Terms(normal.value + weight.value, normal.first, normal.second)


def normal_terms(residual: FloatArray, total: FloatArray, m: int) -> Terms:
    """Log phi of residuals with variances `total`; zeros by `m` further parameters."""
    shape = residual.shape
    ratio = residual / total
    first = np.zeros((2 + m, *shape))
    first[0] = ratio
    first[1] = 0.5 * (ratio**2 - 1 / total)
    second = np.zeros((2 + m, 2 + m, *shape))
    second[0, 0] = -1 / total
    second[0, 1] = second[1, 0] = -ratio / total
    second[1, 1] = 0.5 / total**2 - ratio**2 / total
    return Terms(-0.5 * (LOG_2PI + np.log(total) + residual * ratio), first, second)


def _edges(data: SelectionData, weights: WeightFunction) -> FloatArray:
    """The inner edges of the panels, `(k, edges)`, where weights bend or jump."""
    k = data.y.size
    at = np.concatenate([BENDS, jumps(weights, two_sided=data.two_sided)])
    inner = [np.broadcast_to(at, (k, at.size))]
    if data.two_sided:
        near = np.concatenate([-AROUND_ZERO, AROUND_ZERO])
        inner.append(np.broadcast_to(near, (k, near.size)))
    return np.concatenate(inner, axis=1)


def _nodes(edges: FloatArray, mean: FloatArray, error: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Nodes and their widths, both `(k, n)`: panels between all edges and about the means `(k,)` of z."""
    every = np.sort(np.concatenate([edges, mean[:, None] + AROUND_PEAK * error[:, None]], axis=1), axis=1)
    half = 0.5 * np.diff(every, axis=1)[:, :, None]
    z = every[:, :-1, None] + half * (1 + NODES)
    k = z.shape[0]
    return z.reshape(k, -1), (half * WEIGHTS).reshape(k, -1)


class Unselected(NamedTuple):
    """The fit without selection: parameters (beta, tau2) and log-likelihood, with all constants."""

    parameters: FloatArray
    log_likelihood: float


def unselected(data: SelectionData, *, random: bool) -> Unselected:
    """Maximum likelihood of beta and, where `random`, tau2."""
    y, v, m, x = data.y[None], data.v[None], np.ones((1, data.y.size)), data.x[None]
    tau2 = residual_tau2("ML", y, v, m, x).tau2 if random else np.zeros(1)
    fit = regression(y, v, m, x, tau2)
    return Unselected(np.concatenate([fit.beta[0], tau2]), float(fit.ll_ml[0]))
