"""Maximum likelihood of a generalised linear mixed model: safeguarded Newton steps from several starts.

With an intercept of its own for each study the Hessian is arrow-shaped, and a Schur complement removes the intercepts:
a step costs the same per study however many there are.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from metak2.kernels.contract import FloatArray
from metak2.kernels.glmm_marginal import Rule, marginal, marginal_value, posterior_modes
from metak2.kernels.glmm_problem import Place, Problem, by_least_squares, fixed_part

STEPS = 200
BACK = 50
DECREMENT = 1e-13  # of the log-likelihood in the last Newton step, which is taken but not looked at again
FIRST_POINTS = 21
MOST_POINTS = {1: 336, 2: 168}
ACCURACY = 1e-9  # of the log-likelihood, between a rule and one of twice the points
SCAN = (0.1, 0.3, 1.0, 3.0)  # standard deviations at which a search may begin
FINE_SCAN = 0.1 * np.sqrt(2.0) ** np.arange(12)  # the same where there is one


@dataclass(frozen=True, kw_only=True, eq=False)
class Summit:
    """Where the likelihood is highest.

    `without` is the highest log-likelihood that the same model reaches without random effects. `information`
    (observed) and `vcov` belong to `beta` and `phi` together, `(p + M, p + M)`, with the intercepts removed. `rule` is
    the one that was accurate enough (0 points: no integral), `mode` where its nodes lie. `converged` and `accurate` say
    whether Newton and the quadrature came to rest.
    """

    place: Place
    log_likelihood: float
    without: float
    information: FloatArray
    rule: Rule
    mode: FloatArray
    converged: bool
    accurate: bool

    @cached_property
    def vcov(self) -> FloatArray:
        """The inverse of the information; a standard deviation of 0 is uncorrelated with all else, its row zeros."""
        kept = np.concatenate([np.ones(self.place.beta.size, dtype=bool), np.abs(self.place.phi) > 1e-6])
        vcov = np.zeros_like(self.information)
        vcov[np.ix_(kept, kept)] = np.linalg.pinv(self.information[np.ix_(kept, kept)], hermitian=True)
        return vcov


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


def maximise(problem: Problem, *, points: int | None = None) -> Summit:
    """The highest of the summits with random effects and without any.

    `points` fixes the rule (1 is Laplace); otherwise points are doubled until the log-likelihood rests.
    """
    random = problem.random
    plain_start, starts = _starts(problem)
    plain = problem.without_random()
    none = _climb(plain, plain_start, Rule(points=0), _no_mode(plain))
    if random.axes == 0:
        return none
    first = Rule(points=points or FIRST_POINTS, as_is=points is not None)
    best = _at_zero(problem, none, first)
    for begin in starts:
        found = _climb(problem, begin, first, _no_mode(problem))
        best = max(best, found, key=lambda summit: summit.log_likelihood)
        if random.axis.size == 1 and found.log_likelihood > none.log_likelihood + _slack(none):
            break
    if points is None:
        best = _refine(problem, best)
    return replace(_settle_at_zero(problem, best, none), without=none.log_likelihood)


def _starts(problem: Problem) -> tuple[Place, list[Place]]:
    """Where to begin, by least squares, without random effects and with them.

    The best standard deviation and the best at least thrice as large; of several the two best combinations.
    """
    columns = problem.random.axis.size
    none = np.zeros((1, columns))
    if columns == 0:
        ((_, plain),) = by_least_squares(problem, none)
        return plain, []
    if columns == 1:
        sizes = FINE_SCAN[:, None]
    else:
        alone = [np.where(np.arange(columns) == m, size, 0.05) for m in range(columns) for size in SCAN[1:3]]
        sizes = np.array([*(np.full(columns, size) for size in SCAN), *alone])
    (_, plain), *scanned = by_least_squares(problem, np.concatenate([none, sizes]))
    best = sorted(scanned, key=lambda found: found[0], reverse=True)
    if columns == 1:
        best[1:] = [found for found in best[1:] if found[1].phi[0] >= 3 * best[0][1].phi[0]]
    return replace(plain, phi=np.zeros(0)), [place for _, place in best[:2]]


def _at_zero(problem: Problem, none: Summit, rule: Rule) -> Summit:
    """The summit without random effects as a summit of the whole model."""
    size, p = problem.random.axis.size, problem.design.shape[2]
    information = np.zeros((p + size, p + size))
    information[:p, :p] = none.information
    return replace(
        none, place=replace(none.place, phi=np.zeros(size)), information=information, rule=rule, mode=_no_mode(problem)
    )


def _slack(none: Summit) -> float:
    """A rise of the log-likelihood that may be rounding."""
    return 1e-10 * max(1.0, abs(none.log_likelihood))


def _settle_at_zero(problem: Problem, best: Summit, none: Summit) -> Summit:
    """0 exactly, for a standard deviation that crept towards it and is of no use."""
    slack = _slack(none)
    if np.any(best.place.phi) and best.log_likelihood <= none.log_likelihood + slack:
        return _at_zero(problem, none, best.rule)
    small = (np.abs(best.place.phi) < 1e-3) & (best.place.phi != 0)
    if not small.any():
        return best
    place = replace(best.place, phi=np.where(small, 0.0, best.place.phi))
    here = _evaluate(problem, place, best.rule, best.mode)
    if here.value < best.log_likelihood - slack:
        return best
    return replace(best, place=place, log_likelihood=here.value, information=-here.reduced)


def _refine(problem: Problem, best: Summit) -> Summit:
    """Twice the points until the log-likelihood does not move."""
    while np.any(best.place.phi):
        most = MOST_POINTS[problem.random.axes]
        doubled = Rule(points=min(2 * best.rule.points, most))
        finer = marginal_value(
            problem.family, problem.random, fixed_part(problem, best.place), best.place.phi, doubled, best.mode
        )
        if abs(finer - best.log_likelihood) <= ACCURACY * max(1.0, abs(finer)):
            return best
        better = _climb(problem, best.place, doubled, best.mode)
        if doubled.points == most:
            moved = abs(better.log_likelihood - best.log_likelihood)
            return replace(better, accurate=moved <= 1e-6 * max(1.0, abs(better.log_likelihood)))
        best = better
    return best


def _climb(problem: Problem, place: Place, rule: Rule, mode: FloatArray) -> Summit:
    here = _evaluate(problem, place, rule, mode)
    converged = False
    for _ in range(STEPS):
        direction, gain = _direction(problem, here)
        if gain < DECREMENT * max(1.0, abs(here.value)):
            converged, place = True, _moved(problem, place, direction, _share(direction))
            break
        place, here, risen = _search(problem, place, here, direction, rule)
        if not risen:
            converged = gain < 1e-8 * max(1.0, abs(here.value))
            break
    # Where each axis has one column, its sign means nothing.
    phi = place.phi if problem.random.axes < place.phi.size else np.abs(place.phi)
    return Summit(
        place=replace(place, phi=phi),
        log_likelihood=here.value,
        without=here.value,
        information=-here.reduced,
        rule=rule,
        mode=here.mode,
        converged=converged and np.isfinite(here.value),
        accurate=True,
    )


def _evaluate(problem: Problem, place: Place, rule: Rule, mode: FloatArray) -> _Here:
    local = marginal(problem.family, problem.random, fixed_part(problem, place), place.phi, rule, mode)
    arms, into = problem.offset.shape[1], problem.into
    curved = local.hessian @ into
    flat = into.reshape(-1, into.shape[2])
    slope = local.gradient.reshape(-1) @ flat
    common = flat.T @ curved.reshape(flat.shape)
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
    size = _share(direction)
    for _ in range(BACK):
        tried = _moved(problem, place, direction, size)
        there = _evaluate(problem, tried, rule, here.mode)
        if there.value > here.value:
            return tried, there, True
        if there.value >= here.value - 1e-14 * abs(here.value):
            return tried, there, False
        size *= 0.5
    return place, here, False


def _share(direction: tuple[FloatArray, FloatArray]) -> float:
    """The share of a step, at most 1, that moves no parameter by more than 5."""
    own, common = direction
    longest = max(np.abs(common).max(initial=0.0), np.abs(own).max(initial=0.0), 1e-300)
    return float(min(1.0, 5.0 / longest))


def _moved(problem: Problem, place: Place, direction: tuple[FloatArray, FloatArray], size: float) -> Place:
    own, common = direction
    p = place.beta.size
    return Place(
        alpha=place.alpha + size * own if problem.own else place.alpha,
        beta=place.beta + size * common[:p],
        phi=place.phi + size * common[p:],
    )


def _no_mode(problem: Problem) -> FloatArray:
    return np.zeros((problem.offset.shape[0], problem.random.axes))


def conditional_deviance(problem: Problem, place: Place) -> float:
    """Twice the log-likelihood that the data lack to the saturated model when the random effects sit at their modes.

    This is what lme4 calls the deviance of a fit; it is not that of the marginal likelihood.
    """
    mean = fixed_part(problem, place)
    if problem.random.axes:
        mode = posterior_modes(problem.family, problem.random, mean, place.phi)
        mean = mean + (problem.random.loadings(place.phi) @ mode[..., None])[..., 0]
    return float(2 * (problem.family.saturated().sum() - problem.family.at(mean[..., None]).value.sum()))
