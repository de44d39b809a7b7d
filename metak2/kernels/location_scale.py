"""Location-scale models: moderators of the mean and, through a log link, of the between-study variance.

tau2_i = exp(z_i'alpha); alpha maximises the (restricted) likelihood. Viechtbauer & López-López (2022), Research
Synthesis Methods 13:697-715. The score with respect to tau2_i is (u_i² - P_ii) / 2 with u = Py, the second derivative
P_ij² / 2 - u_i P_ij u_j (ML: w_i in place of P_ii); both are summed without a k x k matrix. One meta-analysis at a
time.
"""

from typing import NamedTuple

import numpy as np

from metak2.kernels.contract import FloatArray, Status
from metak2.kernels.regression_rows import DesignRows, solve, standardise
from metak2.kernels.regression_tau2 import ESTIMATORS

STEPS = 400
STEP_LIMIT = 3.0  # of log tau2 in one step
SMALL_SCORE = 1e-9
LEVELS = (0.1, 1.0, 10.0)  # times the tau2 without scale moderators: where the searches start
SAME_SUMMIT = 1e-6  # log-likelihood
VANISHED = 1e-6  # tau2_i relative to vi that no data tell from 0
LEAST_INFORMATION = 1 / 400  # about a direction of log tau2: a standard error of 20, an interval from e^-40 to e^40


class LocationScale(NamedTuple):
    """alpha `(q,)` with the inverse of its observed information, the log-likelihood without constants, and flags."""

    alpha: FloatArray
    vcov: FloatArray
    height: float
    status: int


class _Point(NamedTuple):
    """alpha in the basis, with the log-likelihood and its derivatives there."""

    alpha: FloatArray
    height: float
    score: FloatArray
    information: FloatArray
    expected: FloatArray


class _Problem(NamedTuple):
    """The mean model in standard units, and the scale design as a basis whose columns have length sqrt(k)."""

    rows: DesignRows
    basis: FloatArray
    restricted: bool


def location_scale(yi: FloatArray, vi: FloatArray, X: FloatArray, Z: FloatArray, *, restricted: bool) -> LocationScale:
    """The highest summit found from several starts; `yi`, `vi` `(k,)`, `X` `(k, p)`, `Z` `(k, q)` of full rank.

    NaN and the reason where the mean model cannot be estimated. FLAT where tau2 of some studies goes to 0, so that a
    coefficient has no finite estimate; TWO_SUMMITS where searches ended at different heights.
    """
    rows = standardise(yi[None], vi[None], np.ones((1, yi.size)), X[None])
    q = Z.shape[1]
    refused = int(rows.status()[0])
    if refused:
        return LocationScale(np.full(q, np.nan), np.full((q, q), np.nan), np.nan, refused)
    basis, upper = np.linalg.qr(Z)
    basis, upper = basis * np.sqrt(yi.size), upper / np.sqrt(yi.size)
    problem = _Problem(rows, basis, restricted)
    with np.errstate(all="ignore"):
        ends = [_climb(problem, start) for start in _starts(problem)]
    ends = [end for end in ends if np.isfinite(end.height)]
    if not ends:
        return LocationScale(np.full(q, np.nan), np.full((q, q), np.nan), np.nan, int(Status.NOT_CONVERGED))
    best = max(ends, key=lambda end: end.height)
    settled = [end for end in ends if np.abs(end.score).max() < 1e3 * SMALL_SCORE]
    status = Status.OK
    if any(end.height < best.height - SAME_SUMMIT for end in settled):
        status |= Status.TWO_SUMMITS
    if np.abs(best.score).max() >= 1e3 * SMALL_SCORE:
        status |= Status.NOT_CONVERGED
    if not np.linalg.eigvalsh(best.information)[0] > LEAST_INFORMATION:
        status |= Status.FLAT
    back = np.linalg.inv(upper)
    vcov = back @ np.linalg.pinv(best.information, hermitian=True, rcond=1e-15) @ back.T
    return LocationScale(back @ best.alpha, vcov, best.height, int(status))


def scale_tau2(Z: FloatArray, alpha: FloatArray) -> FloatArray:
    """tau2 of each row of the scale design, exp(z'alpha), `(n,)`."""
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(np.exp(Z @ alpha))


def _tau2(problem: _Problem, alpha: FloatArray) -> FloatArray:
    """tau2 of each study in units of the smallest vi."""
    return np.asarray(np.exp(problem.basis @ alpha) / problem.rows.unit[0])


def _starts(problem: _Problem) -> list[FloatArray]:
    rows, basis = problem.rows, problem.basis
    k = basis.shape[0]
    plain = float(ESTIMATORS["REML" if problem.restricted else "ML"](rows, None).tau2[0])
    centre = plain if plain > 0 else 0.1 * float(np.median(rows.v))
    targets = [np.full(k, np.log(level * centre)) for level in LEVELS]
    excess = np.maximum(rows.y[0] ** 2 - rows.v[0], 0.1 * rows.v[0])
    in_units = (target + np.log(rows.unit[0]) for target in (*targets, np.log(excess)))
    return [basis.T @ target / k for target in in_units]


def _climb(problem: _Problem, alpha: FloatArray) -> _Point:
    """Newton steps, damped until the likelihood rises."""
    here = _evaluate(problem, alpha)
    damping = 1e-3
    for _ in range(STEPS):
        if not np.isfinite(here.height) or np.abs(here.score).max() < SMALL_SCORE:
            break
        lowest = np.linalg.eigvalsh(here.information)[0]
        metric = here.information if lowest > 0 else here.expected
        scale = damping * np.maximum(np.diag(here.expected), 1e-12)
        step = np.linalg.lstsq(metric + np.diag(scale), here.score, rcond=None)[0]
        largest = np.abs(problem.basis @ step).max()
        step *= min(1.0, STEP_LIMIT / largest) if largest > 0 else 1.0
        there = _evaluate(problem, here.alpha + step)
        if there.height >= here.height:
            damping = max(damping / 10, 1e-12)
            here = there
        else:
            damping *= 10
            if damping > 1e12:
                break
    return here


def _evaluate(problem: _Problem, alpha: FloatArray) -> _Point:
    """Log-likelihood, score, observed and expected information of alpha."""
    rows, z = problem.rows, problem.basis
    t = _tau2(problem, alpha)
    total = rows.v[0] + t
    w = 1.0 / total
    fit = solve(rows.y, rows.m, rows.z, w[None])
    u, inverse, x = w * fit.residual[0], fit.inverse[0], rows.z[0]
    if not (np.isfinite(inverse).all() and np.isfinite(total).all()):
        nothing = np.zeros((alpha.size, alpha.size))
        return _Point(alpha, -np.inf, np.zeros(alpha.size), nothing, nothing)
    own = w * (1 - w * fit.q[0]) if problem.restricted else w
    height = -0.5 * (np.log(total).sum() + (w * fit.residual[0] ** 2).sum())
    height += 0.5 * np.linalg.slogdet(inverse)[1] if problem.restricted else 0.0
    slope = 0.5 * (u**2 - own)
    tz, tzu = t[:, None] * z, (t * u)[:, None] * z
    through = x.T @ (w[:, None] * tzu)
    bent = tzu.T @ (w[:, None] * tzu) - through.T @ inverse @ through
    squares = _squares(problem, w, inverse, tz)
    return _Point(
        alpha=alpha,
        height=float(height),
        score=tz.T @ slope,
        information=bent - 0.5 * squares - z.T @ ((slope * t)[:, None] * z),
        expected=0.5 * squares,
    )


def _squares(problem: _Problem, w: FloatArray, inverse: FloatArray, tz: FloatArray) -> FloatArray:
    """The sum over studies i, j of P_ij² tz_i tz_j' (ML: of w_i² tz_i tz_i')."""
    diagonal = w**2
    if not problem.restricted:
        return np.asarray(tz.T @ (diagonal[:, None] * tz))
    x = problem.rows.z[0]
    values, vectors = np.linalg.eigh(inverse)
    half = x @ (vectors * np.sqrt(np.maximum(values, 0.0)))
    q = (half**2).sum(axis=1)
    pairs = (half[:, :, None] * half[:, None, :]).reshape(len(w), -1)
    mixed = pairs.T @ ((w**2)[:, None] * tz)
    return np.asarray(tz.T @ ((diagonal - 2 * w**3 * q)[:, None] * tz) + mixed.T @ mixed)
