"""Fisher's exact test, and the exact analysis of an odds ratio common to several tables."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from metak2.kernels.contract import FloatArray
from metak2.kernels.hypergeometric import Supports, cumulants, sum_distribution, supports

SLACK = 1e-7  # probabilities that differ by rounding alone count as equal, as in R's fisher.test


def fisher_exact(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray) -> FloatArray:
    """Two-sided p value: the sum over the tables with the same margins that are no more probable than the observed one.

    Elementwise, one table at a time. NaN where a cell is not a whole number of people.

    >>> import numpy as np
    >>> float(fisher_exact(np.array(3.0), np.array(1.0), np.array(1.0), np.array(3.0)).round(4))
    0.4857
    """
    cells = np.broadcast_arrays(*(np.asarray(cell, dtype=np.float64) for cell in (ai, bi, ci, di)))
    whole = np.all([np.isfinite(cell) & (cell >= 0) & (cell == np.floor(cell)) for cell in cells], axis=0)
    pvals = np.full(whole.shape, np.nan)
    for where in np.argwhere(whole):
        place = tuple(where)
        pvals[place] = _two_sided(*(int(cell[place]) for cell in cells))
    return pvals


def _two_sided(a: int, b: int, c: int, d: int) -> float:
    n1, n2, events = a + b, c + d, a + c
    x = np.arange(max(0, events - n2), min(n1, events) + 1, dtype=np.float64)
    # The ratio of neighbours, multiplied up from the mode outwards: no factorial, no underflow near the mode.
    ratio = (n1 - x[:-1]) * (events - x[:-1]) / ((x[:-1] + 1) * (n2 - events + x[:-1] + 1))
    mode = int(np.count_nonzero(ratio >= 1))
    upwards = np.cumprod(ratio[mode:])
    downwards = np.cumprod(1 / ratio[:mode][::-1])[::-1]
    probability = np.concatenate([downwards, [1.0], upwards])
    observed = probability[int(a - x[0])]
    return float(min(1.0, probability[probability <= observed * (1 + SLACK)].sum() / probability.sum()))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactOddsRatio:
    """Conditional maximum likelihood log odds ratio common to all tables, with exact and mid-p limits and p values.

    The estimate is infinite, and one limit with it, where the events lie at an end of what the margins allow; all are
    NaN where the margins allow one outcome only.
    """

    estimate: float
    low: float
    high: float
    pval: float
    mid_low: float
    mid_high: float
    mid_pval: float


def exact_odds_ratio(ai: FloatArray, bi: FloatArray, ci: FloatArray, di: FloatArray, *, level: float) -> ExactOddsRatio:
    """The exact analysis of k tables `(k,)` with one odds ratio: Gart (1970) on the common odds ratio, fixed margins.

    The distribution of the sum of `ai` given all margins is the convolution of the tables' own (Mehta, Patel & Gray
    1985, J Am Stat Assoc 80:969-973). Limits have at most (1 - level) / 2 beyond them; the mid-p ones count half of the
    observed outcome. The exact p value adds what is no more probable than the observed outcome; the mid-p value is
    twice the smaller tail.
    """
    possible = supports(ai, bi, ci, di)
    observed = float(ai.sum())
    ends = np.append(possible.start[1:], possible.events.size) - 1
    lowest, highest = float(possible.events[possible.start].sum()), float(possible.events[ends].sum())
    if lowest == highest:
        return ExactOddsRatio(**dict.fromkeys(ExactOddsRatio.__slots__, float("nan")))
    tilt = _tilt(possible, min(max(observed, lowest + 0.5), highest - 0.5))
    values, probability = sum_distribution(possible, tilt)
    with np.errstate(divide="ignore"):
        law = _Law(values=values, log_mass=np.log(probability) - tilt * (values - observed), observed=observed)
    alpha = (1 - level) / 2
    at_low, at_high = observed == lowest, observed == highest
    mass = law.at(0.0)
    own = mass[values == observed]
    return ExactOddsRatio(
        estimate=-np.inf if at_low else np.inf if at_high else tilt,
        low=-np.inf if at_low else _solve(lambda theta: _tails(law, theta, 1.0)[1] - alpha),
        high=np.inf if at_high else _solve(lambda theta: alpha - _tails(law, theta, 1.0)[0]),
        pval=float(min(1.0, mass[mass <= own * (1 + SLACK)].sum())),
        mid_low=-np.inf if at_low else _solve(lambda theta: _tails(law, theta, 0.5)[1] - alpha),
        mid_high=np.inf if at_high else _solve(lambda theta: alpha - _tails(law, theta, 0.5)[0]),
        mid_pval=float(min(1.0, 2 * min(_tails(law, 0.0, 0.5)))),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Law:
    """The distribution of the sum at every odds ratio: log masses at theta = 0, relative to the observed sum."""

    values: FloatArray
    log_mass: FloatArray
    observed: float

    def at(self, theta: float) -> FloatArray:
        """Probabilities at a log odds ratio."""
        exponent = self.log_mass + theta * (self.values - self.observed)
        mass = np.exp(exponent - exponent.max())
        return np.asarray(mass / mass.sum())


def _tails(law: _Law, theta: float, share: float) -> tuple[float, float]:
    """P(sum <= observed) and P(sum >= observed), of the observed sum itself only `share`."""
    mass = law.at(theta)
    own = share * float(mass[law.values == law.observed].sum())
    return float(mass[law.values < law.observed].sum()) + own, float(mass[law.values > law.observed].sum()) + own


def _tilt(possible: Supports, target: float) -> float:
    """The log odds ratio at which the sum is expected to be `target`."""

    def excess(theta: float) -> float:
        return float(cumulants(possible, np.full((possible.start.size, 1), theta))[1].sum()) - target

    return _solve(excess)


def _solve(rising: Callable[[float], float]) -> float:
    """The root of a rising function by bisection, to the last bits."""
    low, high = -1.0, 1.0
    while rising(low) > 0:
        low *= 2
    while rising(high) < 0:
        high *= 2
    while high - low > 4e-16 * max(1.0, abs(low), abs(high)):
        middle = 0.5 * (low + high)
        if middle in {low, high}:
            break
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return 0.5 * (low + high)
