"""The truncated selection model: every study above an effect is seen, one below it with a chance delta.

Rust, Lehmann & Farley (1990), J Mark Res 27:220-226. A study is seen with probability 1 - (1 - delta) Phi(u), with
u = (cut - mean) / sqrt(vi + tau2), so that the likelihood and its derivatives have a closed form.

As a function of the cut the likelihood is a saw. Between two neighbouring effects the number of studies below the cut
stays the same and only the chances of being seen change: with delta < 1 they fall and the likelihood rises all the way
to the next effect, where one more study passes below and it drops by log delta; with delta > 1 it is the other way
round. Its derivative is never 0, so a search by derivatives stops where it began or at a tooth next to it. But for each
gap the best cut is known without search, its upper end (delta <= 1) or its lower end (delta >= 1), and there remains a
smooth problem in the other parameters. The highest of these 2 (k - 1) summits is the maximum. For delta < 1 it is the
limit from below: the study at the cut still counts as above.
"""

from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from metak2.kernels.ascent import Point
from metak2.kernels.contract import FloatArray
from metak2.kernels.selection_models import Box, SelectionData, SelectionFit, by_beta, highest, normal_terms
from metak2.kernels.selection_weights import LARGEST

SMALLEST = 1e-8
ANY = Box((SMALLEST,), (LARGEST,), ((1.0,), (0.3,), (0.05,)))
RARER_BELOW = Box((SMALLEST,), (1.0,), ((0.3,), (0.05,)))
RARER_ABOVE = Box((1.0,), (LARGEST,), ((3.0,),))


def fit_truncated(data: SelectionData, cut: float, starts: FloatArray, *, fixed: FloatArray) -> SelectionFit:
    """Maximise over beta, tau2 >= 0 and delta at the effect `cut`; `starts` and `fixed` as for `fit_selection`."""
    return _at(data, (cut, data.y <= cut), ANY, starts, fixed)


def fit_cut(data: SelectionData, starts: FloatArray, *, fixed: FloatArray) -> SelectionFit:
    """Maximise over the cut as well, with at least one study on either side of it.

    `vcov` is that for the cut as given: it settles faster than the other parameters, as a point of change does.
    """
    fits = [
        _at(data, (cut, data.y <= lower), box, starts, fixed)
        for lower, upper in pairwise(np.unique(data.y).tolist())
        for cut, box in ((upper, RARER_BELOW), (lower, RARER_ABOVE))
    ]
    return max(fits, key=lambda one: (one.log_likelihood, one.converged))


def _at(
    data: SelectionData, cut: tuple[float, NDArray[np.bool_]], box: Box, starts: FloatArray, fixed: FloatArray
) -> SelectionFit:
    where, below = cut
    fit = highest(data, lambda scaled, root: partial(likelihood, scaled, where / root, below), box, starts, fixed=fixed)
    return fit._replace(cut=where)


def likelihood(data: SelectionData, cut: float, below: NDArray[np.bool_], theta: FloatArray) -> Point:
    """Log-likelihood, gradient and Hessian at theta = (beta, tau2, delta); `below` `(k,)` have chance delta."""
    p = data.x.shape[1]
    mu, total, delta = data.x @ theta[:p], data.v + theta[p], float(theta[p + 1])
    own = normal_terms(data.y - mu, total, 1)
    u, root = (cut - mu) / np.sqrt(total), np.sqrt(total)
    density = np.exp(-0.5 * u**2) / np.sqrt(2 * np.pi)
    seen = ndtr(-u) + delta * ndtr(u)
    slope = np.stack([-1 / root, -0.5 * u / total])  # of u, by mu and tau2
    bend = np.zeros((2, 2, u.size))
    bend[0, 1] = bend[1, 0] = 0.5 / (total * root)
    bend[1, 1] = 0.75 * u / total**2
    first = np.concatenate([-(1 - delta) * density * slope, ndtr(u)[None]])
    second = np.zeros((3, 3, u.size))
    second[:2, :2] = -(1 - delta) * density * (bend - u * slope[:, None] * slope)
    second[:2, 2] = second[2, :2] = density * slope
    gradient, curvature = own.first - first / seen, own.second - second / seen + first[:, None] * first / seen**2
    gradient[2] += below / delta
    curvature[2, 2] -= below / delta**2
    height = own.value.sum() + below.sum() * np.log(delta) - np.log(seen).sum()
    return by_beta(data.x, float(height), gradient, curvature)
