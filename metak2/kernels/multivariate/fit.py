"""The summit of the likelihood over the parameters of the random terms."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np
from numpy.typing import NDArray

from metak2.kernels.ascent import Point, Summit, climb
from metak2.kernels.contract import FloatArray
from metak2.kernels.multivariate.blocks import Term
from metak2.kernels.multivariate.likelihood import Fixed, Likelihood
from metak2.kernels.multivariate.nested import Nested
from metak2.kernels.multivariate.nested_summit import Box, highest, scan

SMALL = 1e-3  # of the largest deviation: one as small as this is tried at 0
FARTHEST = 100.0  # times the spread of the residuals: a deviation beyond it is not informed by the data
SIZES = (0.05, 0.3, 1.0)
LEANS = (0.0, 0.9, -0.5)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """Where the likelihood is highest: `theta` `(size,)`, which of it was free, the fixed part there.

    `unbounded` marks deviations that ran away: the data do not inform them.
    """

    theta: FloatArray
    fixed: Fixed
    free: NDArray[np.bool_]
    unbounded: NDArray[np.bool_]
    converged: bool


def maximise(
    likelihood: Likelihood,
    terms: Sequence[Term],
    spread: float,
    *,
    restricted: bool,
    held: FloatArray | None = None,
    start: FloatArray | None = None,
) -> Found:
    """The highest summit found from the best of a coarse scan; `held` `(size,)` fixes parameters, NaN leaves them free.

    `spread` is the standard deviation of the residuals, the unit of the scan. With `start` the climb begins there only.
    """
    size = sum(term.structure.size for term in terms)
    held = np.full(size, np.nan) if held is None else held
    free, scale = np.isnan(held), _scales(terms)
    theta, converged = held, True
    if free.any() and isinstance(likelihood, Nested):
        theta, converged = _of_variances(likelihood, held, start, FARTHEST * spread, restricted=restricted)
    elif free.any():
        theta, converged = _of_parameters(likelihood, terms, held, start, spread, restricted=restricted)
    return Found(
        theta=theta,
        fixed=likelihood.fixed_part(theta),
        free=free,
        unbounded=free & scale & (np.abs(theta) >= FARTHEST * spread * (1 - 1e-9)),
        converged=converged,
    )


def _of_variances(
    likelihood: Nested, held: FloatArray, start: FloatArray | None, farthest: float, *, restricted: bool
) -> tuple[FloatArray, bool]:
    """The summit of nested intercepts, whose likelihood is climbed by variances."""
    fixed = likelihood.variances(held[None])[0].tolist()
    moving = tuple(at for at, one in enumerate(fixed) if isnan(one))
    if start is None:
        starts = scan(farthest / FARTHEST, fixed)
    else:
        (t, s), *_ = likelihood.variances(np.where(np.isnan(held), start, held)[None]).tolist()
        starts = [(t, s)]
    peak = highest(likelihood, starts, Box(moving, farthest**2), restricted=restricted)
    return likelihood.deviations(peak.at), peak.converged


def _of_parameters(
    likelihood: Likelihood,
    terms: Sequence[Term],
    held: FloatArray,
    start: FloatArray | None,
    spread: float,
    *,
    restricted: bool,
) -> tuple[FloatArray, bool]:
    """The summit over any parameters: of the climbs from the best starts the highest."""
    free, scale = np.isnan(held), _scales(terms)
    farthest = np.where(scale, FARTHEST * spread, np.inf)
    low = np.maximum(np.concatenate([term.structure.low for term in terms]), -farthest)[free]
    high = np.minimum(np.concatenate([term.structure.high for term in terms]), farthest)[free]

    def filled(part: FloatArray) -> FloatArray:
        theta = held.copy()
        theta[free] = part
        return theta

    def at(part: FloatArray) -> Point:
        point = likelihood.evaluate(filled(part), restricted=restricted)
        return Point(point.height, point.gradient[free], point.hessian[np.ix_(free, free)])

    def height(part: FloatArray) -> float:
        fixed = likelihood.fixed_part(filled(part))
        found = fixed.restricted if restricted else fixed.log_likelihood
        return found if np.isfinite(found) else -np.inf

    starts = [start[free]] if start is not None else _best_starts(height, _scan(terms, spread, free))
    summits = [climb(at, one, low, high) for one in starts]
    best = max(summits, key=lambda summit: summit.point.height)
    best = _settled(at, best, scale[free])
    return filled(best.at), best.converged


def _scales(terms: Sequence[Term]) -> NDArray[np.bool_]:
    """Which parameters are deviations."""
    none = np.zeros(0, dtype=np.bool_)
    return np.concatenate([none, *(np.arange(term.structure.size) < term.structure.scales for term in terms)])


def _best_starts(height: Callable[[FloatArray], float], points: Sequence[FloatArray]) -> list[FloatArray]:
    """The two highest points of the scan that differ most: the highest, and the highest on another scale."""
    heights = np.array([height(point) for point in points])
    first = points[int(np.argmax(heights))]
    apart = np.array([np.abs(np.log((np.abs(point) + 1e-9) / (np.abs(first) + 1e-9))).max() > 1 for point in points])
    if not apart.any():
        return [first]
    return [first, points[int(np.argmax(np.where(apart, heights, -np.inf)))]]


def _scan(terms: Sequence[Term], spread: float, free: NDArray[np.bool_]) -> list[FloatArray]:
    """Deviations of a few sizes, all alike and one at a time, with each lean of the correlations."""
    count = len(terms)
    sizes = [np.full(count, size) for size in SIZES]
    if count > 1:
        sizes += [np.where(np.arange(count) == at, large, SIZES[0]) for at in range(count) for large in SIZES[1:]]
    leaning = any(term.structure.size > term.structure.scales for term in terms)
    reach = [float(np.sqrt((term.loadings**2).sum(axis=1).mean())) for term in terms]
    leans = LEANS if leaning else LEANS[:1]
    return [_share(terms, spread * size / np.array(reach), lean)[free] for size in sizes for lean in leans]


def _share(terms: Sequence[Term], sizes: FloatArray, lean: float) -> FloatArray:
    parts = []
    for term, size in zip(terms, sizes, strict=True):
        structure = term.structure
        scale = np.arange(structure.size) < structure.scales
        part = np.where(scale, structure.start * size, lean)
        parts.append(np.clip(part, structure.low, structure.high))
    return np.concatenate(parts)


def _settled(at: Callable[[FloatArray], Point], best: Summit, scale: NDArray[np.bool_]) -> Summit:
    """0 exactly, for deviations that crept towards it and are of no use."""
    largest = np.abs(best.at[scale]).max(initial=0.0)
    for parameter in np.flatnonzero(scale):
        if best.at[parameter] == 0 or abs(best.at[parameter]) > SMALL * largest:
            continue
        trial = best.at.copy()
        trial[parameter] = 0.0
        point = at(trial)
        if point.height >= best.point.height - 1e-10 * max(1.0, abs(best.point.height)):
            best = Summit(trial, point, best.bound, best.converged)
    return best
