"""Maximum likelihood of a generalised linear mixed model: safeguarded Newton steps from several starts.

With an intercept of its own for each study the Hessian is arrow-shaped, and a Schur complement removes the intercepts:
a step costs the same per study however many there are.
"""

from dataclasses import dataclass, replace

import numpy as np

from metak2.kernels.contract import FloatArray
from metak2.kernels.glmm_families import Family
from metak2.kernels.glmm_marginal import Random, Rule, marginal

STEPS = 200
BACK = 50
DECREMENT = 1e-13  # of the log-likelihood in one more Newton step: the error of a parameter is its root, in units of se
FIRST_POINTS = 21
MOST_POINTS = {1: 336, 2: 168}
ACCURACY = 1e-9  # of the log-likelihood, between a rule and one of twice the points
SCAN = (0.1, 0.3, 1.0, 3.0)  # standard deviations at which a search may begin


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """A model and its data: `offset` `(k, J)`, common design `(k, J, p)`, `own` intercepts or not, random part."""

    family: Family
    offset: FloatArray
    design: FloatArray
    own: bool
    random: Random


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Place:
    """Parameters: study intercepts `alpha` `(k,)` (zeros where the model has none), `beta` `(p,)`, `phi` `(M,)`."""

    alpha: FloatArray
    beta: FloatArray
    phi: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Summit:
    """Where the likelihood is highest.

    `information` (observed) and `vcov` belong to `beta` and `phi` together, `(p + M, p + M)`, with the intercepts
    removed; a standard deviation of 0 has zeros in `vcov`. `rule` is the one that was accurate enough (0 points: no
    integral). `converged` and `accurate` say whether Newton and the quadrature came to rest.
    """

    place: Place
    log_likelihood: float
    information: FloatArray
    vcov: FloatArray
    rule: Rule
    converged: bool
    accurate: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Here:
    value: float
    slope_own: FloatArray
    slope: FloatArray
    own: FloatArray
    cross: FloatArray
    reduced: FloatArray
    reduced_slope: FloatArray
    mode: FloatArray


def maximise(problem: Problem, start: Place, *, points: int | None = None) -> Summit:
    """The highest summit found from `start` with random effects of several sizes, and without any.

    `points` fixes the rule (1 is Laplace); otherwise points are doubled until the log-likelihood rests.
    """
    random = problem.random
    first = Rule(points=points or FIRST_POINTS, as_is=points is not None)
    none = _climb(_without(problem), _place(start, phi=np.zeros(0)), Rule(points=0))
    if random.axes == 0:
        return none
    summits = [_climb(problem, begin, first) for begin in _starts(problem, none.place, first)]
    summits.append(_at_zero(problem, none, first))
    best = max(summits, key=lambda summit: summit.log_likelihood)
    if points is None:
        best = _refine(problem, best)
    return _settle_at_zero(problem, best, none)


def _starts(problem: Problem, place: Place, rule: Rule) -> list[Place]:
    """The two highest of a coarse scan over the standard deviations, the other parameters as without them."""
    random = problem.random
    columns = random.axis.size
    tried = [np.full(columns, size) for size in SCAN]
    if columns > 1:
        tried += [np.where(np.arange(columns) == m, size, 0.05) for m in range(columns) for size in SCAN[1:3]]
    scanned = sorted(
        ((_evaluate(problem, _place(place, phi=phi), rule, _no_mode(problem)).value, i) for i, phi in enumerate(tried)),
        reverse=True,
    )
    return (
        [_place(place, phi=tried[i]) for _, i in scanned[:2]]
        if columns > 1
        else [_place(place, phi=tried[scanned[0][1]])]
    )


def _at_zero(problem: Problem, none: Summit, rule: Rule) -> Summit:
    """The summit without random effects as a summit of the whole model."""
    size = problem.random.axis.size
    p = problem.design.shape[2]
    vcov = np.zeros((p + size, p + size))
    vcov[:p, :p] = none.vcov
    information = np.zeros_like(vcov)
    information[:p, :p] = none.information
    place = _place(none.place, phi=np.zeros(size))
    return Summit(
        place=place,
        log_likelihood=none.log_likelihood,
        information=information,
        vcov=vcov,
        rule=rule,
        converged=none.converged,
        accurate=True,
    )


def _settle_at_zero(problem: Problem, best: Summit, none: Summit) -> Summit:
    """0 exactly, for a standard deviation that crept towards it and is of no use."""
    slack = 1e-10 * max(1.0, abs(none.log_likelihood))
    if np.any(best.place.phi) and best.log_likelihood <= none.log_likelihood + slack:
        return _at_zero(problem, none, best.rule)
    small = (np.abs(best.place.phi) < 1e-3) & (best.place.phi != 0)
    if not small.any():
        return best
    place = _place(best.place, phi=np.where(small, 0.0, best.place.phi))
    here = _evaluate(problem, place, best.rule, _no_mode(problem))
    if here.value < best.log_likelihood - slack:
        return best
    return replace(
        best,
        place=place,
        log_likelihood=here.value,
        information=-here.reduced,
        vcov=_vcov(here, place, problem.design.shape[2]),
    )


def _refine(problem: Problem, best: Summit) -> Summit:
    """Twice the points until the log-likelihood does not move."""
    while np.any(best.place.phi):
        most = MOST_POINTS[problem.random.axes]
        doubled = Rule(points=min(2 * best.rule.points, most))
        finer = _evaluate(problem, best.place, doubled, _no_mode(problem)).value
        if abs(finer - best.log_likelihood) <= ACCURACY * max(1.0, abs(finer)):
            return best
        better = _climb(problem, best.place, doubled)
        if doubled.points == most:
            return _inaccurate(better, abs(better.log_likelihood - best.log_likelihood))
        best = better
    return best


def _inaccurate(summit: Summit, moved: float) -> Summit:
    accurate = moved <= 1e-6 * max(1.0, abs(summit.log_likelihood))
    return replace(summit, accurate=accurate)


def _climb(problem: Problem, place: Place, rule: Rule) -> Summit:
    here = _evaluate(problem, place, rule, _no_mode(problem))
    converged = False
    for _ in range(STEPS):
        direction, gain = _direction(problem, here)
        if gain < DECREMENT * max(1.0, abs(here.value)):
            converged = True
            break
        place, here, risen = _search(problem, place, here, direction, rule)
        if not risen:
            converged = gain < 1e-8 * max(1.0, abs(here.value))
            break
    phi = np.abs(place.phi)
    return Summit(
        place=_place(place, phi=place.phi if problem.random.axes < place.phi.size else phi),
        log_likelihood=here.value,
        information=-here.reduced,
        vcov=_vcov(here, place, problem.design.shape[2]),
        rule=rule,
        converged=converged and np.isfinite(here.value),
        accurate=True,
    )


def _evaluate(problem: Problem, place: Place, rule: Rule, mode: FloatArray) -> _Here:
    mean = problem.offset + problem.design @ place.beta + (place.alpha[:, None] if problem.own else 0.0)
    local = marginal(problem.family, problem.random, mean, place.phi, rule, mode)
    arms, p, size = mean.shape[1], place.beta.size, place.phi.size
    into = np.zeros((mean.shape[0], arms + size, p + size))
    into[:, :arms, :p] = problem.design
    into[:, arms:, p:] = np.eye(size)
    curved = local.hessian @ into
    flat = into.reshape(-1, p + size)
    slope = local.gradient.reshape(-1) @ flat
    common = flat.T @ curved.reshape(-1, p + size)
    if not problem.own:
        nothing = np.zeros(0)
        return _Here(
            value=float(local.value.sum()), slope_own=nothing, slope=slope, own=nothing, cross=nothing,
            reduced=common, reduced_slope=slope, mode=local.mode,
        )  # fmt: skip
    slope_own = local.gradient[:, :arms].sum(axis=1)
    own = np.minimum(local.hessian[:, :arms, :arms].sum(axis=(1, 2)), -1e-12)
    cross = curved[:, :arms].sum(axis=1)
    return _Here(
        value=float(local.value.sum()),
        slope_own=slope_own,
        slope=slope,
        own=own,
        cross=cross,
        reduced=common - cross.T @ (cross / own[:, None]),
        reduced_slope=slope - cross.T @ (slope_own / own),
        mode=local.mode,
    )


def _direction(problem: Problem, here: _Here) -> tuple[tuple[FloatArray, FloatArray], float]:
    """An ascent direction (intercepts, common) and the rise that a quadratic promises."""
    values, vectors = np.linalg.eigh(here.reduced)
    scale = np.abs(values).max(initial=1e-12)
    along = vectors.T @ here.reduced_slope / np.maximum(np.abs(values), 1e-12 * scale)
    common = vectors @ along
    gain = 0.5 * float(here.reduced_slope @ common)
    if not problem.own:
        return (here.slope_own, common), gain
    own = -(here.slope_own + here.cross @ common) / here.own
    return (own, common), gain + 0.5 * float((here.slope_own**2 / -here.own).sum())


def _search(
    problem: Problem, place: Place, here: _Here, direction: tuple[FloatArray, FloatArray], rule: Rule
) -> tuple[Place, _Here, bool]:
    """The first of halved steps that does not fall; no parameter moves by more than 5 at once."""
    own, common = direction
    longest = max(np.abs(common).max(initial=0.0), np.abs(own).max(initial=0.0) if problem.own else 0.0)
    size, p = min(1.0, 5.0 / max(longest, 1e-300)), place.beta.size
    for _ in range(BACK):
        tried = Place(
            alpha=place.alpha + size * own if problem.own else place.alpha,
            beta=place.beta + size * common[:p],
            phi=place.phi + size * common[p:],
        )
        there = _evaluate(problem, tried, rule, here.mode)
        if there.value > here.value:
            return tried, there, True
        if there.value >= here.value - 1e-14 * abs(here.value):
            return tried, there, False
        size *= 0.5
    return place, here, False


def _vcov(here: _Here, place: Place, p: int) -> FloatArray:
    """The inverse of the observed information; a standard deviation of 0 is uncorrelated with all else and left out."""
    kept = np.concatenate([np.ones(p, dtype=bool), np.abs(place.phi) > 1e-6])
    vcov = np.zeros_like(here.reduced)
    information = -here.reduced[np.ix_(kept, kept)]
    vcov[np.ix_(kept, kept)] = np.linalg.pinv(information, hermitian=True)
    return vcov


def _without(problem: Problem) -> Problem:
    k, arms, _ = problem.random.weights.shape
    empty = Random(weights=np.zeros((k, arms, 0)), axis=np.zeros(0, dtype=np.int64))
    return Problem(family=problem.family, offset=problem.offset, design=problem.design, own=problem.own, random=empty)


def _place(place: Place, *, phi: FloatArray) -> Place:
    return Place(alpha=place.alpha, beta=place.beta, phi=phi)


def _no_mode(problem: Problem) -> FloatArray:
    return np.zeros((problem.offset.shape[0], problem.random.axes))


def conditional_deviance(problem: Problem, place: Place) -> float:
    """Twice the log-likelihood that the data lack to the saturated model when the random effects sit at their modes.

    This is what lme4 calls the deviance of a fit; it is not that of the marginal likelihood.
    """
    mean = problem.offset + problem.design @ place.beta + (place.alpha[:, None] if problem.own else 0.0)
    if problem.random.axes:
        mode = marginal(problem.family, problem.random, mean, place.phi, Rule(points=3), _no_mode(problem)).mode
        mean = mean + (problem.random.loadings(place.phi) @ mode[..., None])[..., 0]
    return float(2 * (problem.family.saturated().sum() - problem.family.at(mean[..., None]).value.sum()))
